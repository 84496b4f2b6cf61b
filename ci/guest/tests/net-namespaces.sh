#!/bin/bash
# The adapter moves between network namespaces, by hand and when one ends, and works in each.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 180
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=3,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,subchannels=3,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
_run ip netns add c
_run ip -n c link set lo up
own=$(_inside a cat /sys/class/net/eth0/address)
sent=0
home=a
for ((i = 0; i < $(_long 100 3); i++)); do
	other=$([ "$home" = a ] && echo c || echo a)
	# Under load: what is on its way is lost, nothing else is.
	udp-seq -t 1 "$home" b 10.9.0.2 10000000 64 1400 >/dev/null 2>&1 &
	load=$!
	sleep 0.3
	_run ip -n "$home" link set eth0 netns "$other"
	wait $load
	ip -n "$home" link show eth0 >/dev/null 2>&1 &&
		_fail "round $i: the adapter is still in $home"
	[ "$(_inside "$other" cat /sys/class/net/eth0/address)" = "$own" ] ||
		_fail "round $i: the address has changed"
	_run ip -n "$other" link set eth0 up
	_run ip -n "$other" addr add 10.9.0.1/24 dev eth0
	home="$other"
	_wait_for 10 _inside "$home" ping -q -c 1 -W 1 10.9.0.2 ||
		_fail "round $i: no traffic in $home"
	_tcp "$home" b 10.9.0.2 4
	_tcp b "$home" 10.9.0.1 4
	now=$(_inside "$home" cat /sys/class/net/eth0/statistics/tx_packets)
	[ "$now" -gt "$sent" ] || _fail "round $i: $sent packets were counted, now $now"
	sent=$now
done
# A physical adapter goes back to the first namespace when its own ends.
_run ip netns del "$home"
back() { [ -n "$(_nic 1)" ]; }
_wait_for 20 back || _fail "the adapter is gone with its namespace"
there=$(_nic 1)
_run ip link set "$there" up
_run ip addr add 10.9.0.1/24 dev "$there"
_wait_for 10 ping -q -c 1 -W 1 10.9.0.2 || _fail "no traffic in the first namespace"
