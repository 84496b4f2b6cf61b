#!/bin/bash
# When the network behind the adapter changes, the carrier drops, so that DHCP renews.
# drivers: ours intree
# kernel: plain
# control: long
# boot: --bare --smp 2
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0"
. /job/lib/common.sh
nic=$(_nic)
carrier() { [ "$(cat "/sys/class/net/$nic/carrier")" = "$1" ]; }
_run ip link set "$nic" up
_wait_for 10 carrier 1 || _fail "no carrier to begin with"
ip -o monitor link dev "$nic" >/run/events &
monitor=$!
sleep 1
_knob n0 x-network-change on
lost() { grep -q NO-CARRIER /run/events; }
_wait_for 10 lost || _fail "no DHCP client saw the link go: $(</run/events)"
_wait_for 10 carrier 1 || _fail "the link does not come back"
kill $monitor
