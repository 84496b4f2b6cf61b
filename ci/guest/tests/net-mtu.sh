#!/bin/bash
# MTU 9000: frames of that size pass whole, and back to 1500.
# drivers: ours intree
# kernel: plain debug
# boot: --bare --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0 -netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1"
. /job/lib.sh
. /job/net-pair.sh
pair_up
for mtu in 9000 1500; do
	for ns in a b; do run ip -n $ns link set eth0 mtu $mtu; done
	wait_for 10 ip netns exec a ping -q -c 1 -W 1 10.9.0.2 || fail "MTU $mtu: no answer"
	for size in 1000 1472 $((mtu - 29)) $((mtu - 28)); do
		run ip netns exec a ping -M "do" -q -c 2 -i 0.1 -W 2 -s $size 10.9.0.2
	done
	tcp a b 10.9.0.2 "$(long 256 16)"
	tcp b a 10.9.0.1 "$(long 256 16)"
done
