#!/bin/bash
# Another network behind the link: DHCP clients renew; the same one: switches learn where we are.
# drivers: ours intree
# kernel: plain debug rt
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
ip -n a -o monitor link dev eth0 >/run/monitor &
monitor=$!
sleep 1
_knob n0 x-network-change true
seen() { grep -q NO-CARRIER /run/monitor; }
_wait_for 15 seen || _fail "no DHCP client sees the link go: $(cat /run/monitor)"
carrier() { [ "$(_inside a cat /sys/class/net/eth0/carrier)" = 1 ]; }
_wait_for 15 carrier || _fail "the carrier stays off"
_wait_for 15 _inside a ping -q -c 1 -W 1 10.9.0.2 || _fail "no traffic on the other network"

# Down and up at once: both are seen.
sleep 4
: >/run/monitor
_run _qmp set_link '{"name":"n0","up":false}'
_run _qmp set_link '{"name":"n0","up":true}'
if _ours; then _wait_for 15 seen || _fail "nobody learns that the link went"; fi
_wait_for 15 carrier || _fail "the carrier stays off"
_wait_for 15 _inside a ping -q -c 1 -W 1 10.9.0.2 || _fail "no traffic after all"

# The link is said to be up again, as after a migration: the carrier stays, and
# switches and neighbors are told where the address is now.
sleep 4
: >/run/monitor
_inside b tcpdump -n -e -l --immediate-mode -Z root -i eth0 arp >/run/arp 2>/run/tcpdump.log &
tcpdump=$!
_wait_for 30 grep -q listening /run/tcpdump.log || _fail "tcpdump does not listen"
_knob n0 x-link-again true
announced() { grep -qE 'Announcement 10.9.0.1|who-has 10.9.0.1 .*tell 10.9.0.1,' /run/arp; }
_wait_for 15 announced || _fail "nobody is told where the address is: $(cat /run/arp)"
kill $tcpdump
seen && _fail "the carrier went"
kill $monitor
