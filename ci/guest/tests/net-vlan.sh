#!/bin/bash
# VLANs over the pair: tagged traffic passes, another VLAN's does not.
# drivers: ours intree
# kernel: plain debug rt
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
_run modprobe 8021q
n=1
for ns in a b; do
	for vid in 7 4094; do
		_run ip -n $ns link add link eth0 name v$vid type vlan id $vid
		_run ip -n $ns addr add 10.$((vid % 200)).0.$n/24 dev v$vid
		_run ip -n $ns link set v$vid up
	done
	n=2
done
for vid in 7 4094; do
	_run ip netns exec a ping -q -c 3 -i 0.1 -W 2 -s 1400 10.$((vid % 200)).0.2
	_tcp a b 10.$((vid % 200)).0.2 "$(_long 128 16)"
done
ip -n b link set v7 down
ip netns exec a ping -q -c 2 -i 0.2 -W 1 10.7.0.2 >/dev/null &&
	_fail "VLAN 7 answers though it is down"
exit 0
