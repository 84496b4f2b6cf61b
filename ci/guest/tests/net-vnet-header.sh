#!/bin/bash
# Packets that the host has joined can be read with a virtio header, as monitors of VMs do.
# drivers: ours intree
# kernel: plain
# timeout: 150
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
cat >/run/read.py <<'PY'
import errno, socket, sys, time
SOL_PACKET, PACKET_VNET_HDR, ETH_P_ALL = 263, 15, 3
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
s.bind(("eth0", ETH_P_ALL))
s.settimeout(1)
print("ready", flush=True)
good = bad = 0
end = time.time() + float(sys.argv[1])
while time.time() < end:
    try:
        s.recv(70000)
        good += 1
    except socket.timeout:
        pass
    except OSError as e:
        bad += e.errno == errno.EINVAL
print(good, bad)
PY
for rsc in lro rx-gro-hw; do _inside b ethtool -K eth0 $rsc on >/dev/null 2>&1; done
ip netns exec b python3 /run/read.py 20 >/run/read &
reader=$!
_wait_for 20 grep -q ready /run/read || _fail "nobody reads"
_tcp a b 10.9.0.2 16
wait $reader
joined=$(_host n1 rx-rsc)
read -r good bad < <(tail -n 1 /run/read)
_note "the host joined $joined packets; $good were read, $bad refused"
[ "$joined" -gt 0 ] || _fail "the host joined nothing: this shows nothing"
[ "$bad" = 0 ] || _fail "$bad packets cannot be read with a virtio header"
