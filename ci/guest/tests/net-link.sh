#!/bin/bash
# Link down and up on the host: carrier follows, traffic comes back.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
# linkwatch has an event for a second: whoever asks for the link state meanwhile
# runs the notifiers.
for i in 1 2 3; do
	_run _qmp set_link '{"name":"n0","up":false}'
	_run _qmp set_link '{"name":"n0","up":true}'
	for _ in 1 2 3 4 5 6 7 8; do
		_run _inside a ethtool eth0 >/dev/null
		sleep 0.5
	done
done
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
