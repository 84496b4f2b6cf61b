#!/bin/bash
# XDP native: pass, drop, tx, redirect, and frames of several pages.
# drivers: ours
# kernel: plain debug kcsan rt
# timeout: 180
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up

program() {
	ip -force -n b link set dev eth0 xdpdrv object /job/tools/xdp.bpf.o program "$1"
}
none() { _run ip -n b link set dev eth0 xdpdrv off; }
counted() {
	_inside b ethtool -S eth0 |
		awk -v n="_xdp_$1:" '$1 ~ n"$" { s += $2 } END { print s + 0 }'
}

# echo SIZE COUNT: how many datagrams to port 7 come back whole.
echoes() {
	ip netns exec a python3 - "$1" "$2" <<'PY'
import os, socket, sys
size, count = int(sys.argv[1]), int(sys.argv[2])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("10.9.0.2", 7))
s.settimeout(0.5)
back = 0
for i in range(count):
    data = os.urandom(size)
    s.send(data)
    try:
        back += s.recv(65536) == data
    except OSError:
        pass
print(back)
PY
}

_run program pass
_run ip netns exec a ping -q -c 5 -i 0.1 -W 2 -s 1400 10.9.0.2
[ "$(counted pass)" -ge 5 ] || _fail "the program saw $(counted pass) frames"
_tcp a b 10.9.0.2 "$(_long 64 8)"
_note "pass: $(counted pass) frames"

_run program drop
n=$(echoes 100 4)
[ "$n" = 0 ] || _fail "drop: $n came back"
[ "$(counted drop)" -ge 4 ] || _fail "drop counted $(counted drop)"
_run ip netns exec a ping -q -c 2 -W 2 10.9.0.2

for how in tx redirect; do
	_run program "echo_$how"
	for size in 1 18 100 1000 1472; do
		n=$(echoes "$size" 20)
		[ "$n" = 20 ] || _fail "$how, $size bytes: $n of 20 came back"
	done
	[ "$(counted "$how")" -ge 100 ] || _fail "$how counted $(counted "$how")"
	_note "$how: $(counted "$how") frames"
done
none

# Frames that do not fit into one page.
for ns in a b; do _run ip -n "$ns" link set eth0 mtu 9000; done
! program pass 2>/dev/null || _fail "a program without frags support was taken at MTU 9000"
_run program pass_frags
_run ip netns exec a ping -q -c 3 -i 0.1 -W 2 -M "do" -s 8972 10.9.0.2
_tcp a b 10.9.0.2 "$(_long 64 8)"
for how in tx redirect; do
	_run program "echo_$how"
	for size in 4000 8000 8972; do
		n=$(echoes "$size" 10)
		[ "$n" = 10 ] || _fail "$how, $size bytes: $n of 10 came back"
	done
done
none
_run ip netns exec a ping -q -c 2 -W 2 10.9.0.2
