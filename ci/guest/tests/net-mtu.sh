#!/bin/bash
# MTU 68, 1500, 9000 and the largest: full frames pass, one byte more does not.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 240
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0"
# boot: --qemu "-device hv-net,id=n0,subchannels=1,max-mtu=65521,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0"
# boot: --qemu "-device hv-net,id=n1,subchannels=1,max-mtu=65521,netdev=h1"
# boot: --qemu "-netdev hubport,id=h2,hubid=1"
# boot: --qemu "-device hv-net,id=n2,subchannels=1,max-mtu=4000,netdev=h2"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up

mtu_of() { ip -n a -o link show eth0 | sed 's/.* mtu \([0-9]*\).*/\1/'; }
both() {
	local ns
	for ns in a b; do _run ip -n $ns link set eth0 mtu "$1"; done
	[ "$(mtu_of)" = "$1" ] || _fail "MTU $1 was set, it is $(mtu_of)"
	_wait_for 10 _inside a ping -q -c 1 -W 1 -s 8 10.9.0.2 || _fail "MTU $1: no answer"
}

largest=$(ip -n a -d -o link show eth0 | sed 's/.* maxmtu \([0-9]*\).*/\1/')
[ "$largest" -ge 65000 ] || _fail "the host takes 65521 bytes, the driver $largest"
for mtu in 9000 "$largest" 68 1500; do
	both "$mtu"
	_look b
	for size in 0 $((mtu - 29)) $((mtu - 28)); do
		_run _inside a ping -M "do" -q -c 2 -i 0.1 -W 2 -s "$size" 10.9.0.2
	done
	_looked
	[ "${FRAMES[longest]}" = "$mtu" ] ||
		_fail "MTU $mtu: the longest frame holds ${FRAMES[longest]} bytes"
	_inside a ping -M "do" -q -c 1 -W 1 -s $((mtu - 27)) 10.9.0.2 >/dev/null 2>&1 &&
		_fail "MTU $mtu: a byte more goes through"
	# Around the edge, and beyond it in fragments.
	[ "$mtu" -gt 60000 ] || _udp a b 10.9.0.2 100 $((mtu - 50 > 0 ? mtu - 50 : 1)) $((mtu + 50))
	_note "MTU $mtu: whole frames pass, longer ones do not"
	[ "$mtu" -ge 1500 ] || continue
	_tcp a b 10.9.0.2 "$(_long 256 16)"
	_tcp b a 10.9.0.1 "$(_long 256 16)"
done

for mtu in 67 $((largest + 1)); do
	ip -n a link set eth0 mtu "$mtu" 2>/dev/null && _fail "MTU $mtu was taken"
done
[ "$(mtu_of)" = 1500 ] || _fail "a refused MTU left $(mtu_of)"
_run _inside a ping -q -c 1 -W 2 10.9.0.2

# This host's limit shows only when it is asked.
_ours || exit 0
third=$(_nic 1)
_run ip link set "$third" up
_run ip link set "$third" mtu 4000
ip link set "$third" mtu 4001 2>/dev/null && _fail "the host takes 4000 bytes, 4001 were taken"
[ "$(cat "/sys/class/net/$third/mtu")" = 4000 ] ||
	_fail "a refused MTU left $(cat "/sys/class/net/$third/mtu")"
[ "$(cat "/sys/class/net/$third/carrier")" = 1 ] || _fail "no carrier after a refused MTU"
# It is refused for good, and nothing of it stays: the host has 4000 bytes still,
# and every MTU up to that can be set.
for mtu in 3999 4000 1500; do _run ip link set "$third" mtu $mtu; done
ip link set "$third" mtu 4001 2>/dev/null && _fail "4001 bytes were taken"
_run ip link set "$third" mtu 4000
