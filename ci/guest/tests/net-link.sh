#!/bin/bash
# Link down and up on the host: carrier follows, traffic comes back.
# drivers: ours intree
# kernel: plain debug
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
carrier() { [ "$(ip netns exec a cat /sys/class/net/eth0/carrier)" = "$1" ]; }
for i in $(seq "$(_long 100 4)"); do
	for id in n0 n1; do
		_run _qmp set_link "{\"name\":\"$id\",\"up\":false}"
	done
	_wait_for 10 carrier 0 || _fail "round $i: carrier stays on"
	for id in n0 n1; do
		_run _qmp set_link "{\"name\":\"$id\",\"up\":true}"
	done
	_wait_for 10 carrier 1 || _fail "round $i: carrier stays off"
	_wait_for 10 ip netns exec a ping -q -c 1 -W 1 10.9.0.2 || _fail "round $i: no traffic"
done
