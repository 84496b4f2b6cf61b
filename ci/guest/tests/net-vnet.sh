#!/bin/bash
# Packets that the host coalesced can be read with a virtio header, each of them.
# drivers: ours
# kernel: plain debug rt
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
cat >/run/read.py <<'PY'
import errno, signal, socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.setsockopt(263, 15, 1)	# SOL_PACKET, PACKET_VNET_HDR
s.setsockopt(1, 33, 64 << 20)	# SOL_SOCKET, SO_RCVBUFFORCE
s.bind(("eth0", 3))
s.settimeout(1)
end = False
def stop(*_):
    global end
    end = True
signal.signal(signal.SIGTERM, stop)
print("reading", flush=True)
good = bad = long = 0
while not end:
    try:
        n = len(s.recv(70000))
        good += 1
        long += n > 3000
    except socket.timeout:
        pass
    except OSError as e:
        bad += e.errno == errno.EINVAL
print(good, long, bad)
PY
_run _inside b ethtool -K eth0 lro on gro off
ip netns exec b python3 /run/read.py >/run/out &
reader=$!
_wait_for 20 grep -q reading /run/out || _fail "nobody reads"
_tcp a b 10.9.0.2 8
_tcp a b fd09::2 8
kill $reader
wait $reader
joined=$(_host n1 rx-rsc)
read -r good long bad <<<"$(tail -n 1 /run/out)"
_note "the host joined $joined packets; $good were read, $long of them long, $bad refused"
[ "$joined" -gt 0 ] || _fail "nothing was joined: this shows nothing"
[ "$long" -gt 0 ] || _fail "no long packet was read"
[ "$bad" = 0 ] || _fail "$bad packets cannot be read with a virtio header"
