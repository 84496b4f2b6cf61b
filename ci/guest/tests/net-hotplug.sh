#!/bin/bash
# The adapter is pulled out and plugged in again, under load each time, and carries whole streams.
# drivers: ours
# kernel: plain debug kcsan rt
# timeout: 240
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
there() { ip -n a link show eth0; }
gone() { ! there; }
offered() { [ -n "$(_nic 1)" ]; }

rounds=$(_long 200 6)
for ((i = 0; i < rounds; i++)); do
	ip netns exec b iperf3 -s -1 >/dev/null 2>&1 &
	server=$!
	sleep 0.5
	ip netns exec a iperf3 -c 10.9.0.2 -t 30 >/dev/null 2>&1 &
	load=$!
	sleep 1
	_run _device_del n0
	_wait_for 30 gone || _fail "round $i: the interface stays"
	kill $load $server 2>/dev/null
	wait $load $server 2>/dev/null
	_wait_for 20 _device_add hv-net,id=n0,netdev=h0 || _fail "round $i: device_add"
	_wait_for 30 offered || _fail "round $i: the new adapter is not seen"
	_run ip link set "$(_nic 1)" netns a name eth0
	_run ip -n a link set eth0 up
	_run ip -n a addr add 10.9.0.1/24 dev eth0
	_wait_for 20 ip netns exec a ping -q -c 1 -W 1 10.9.0.2 || _fail "round $i: no traffic"
	_tcp a b 10.9.0.2 4
	_tcp b a 10.9.0.1 4
done
