#!/bin/bash
# The host takes memory from the guest, page by page, and gives it back.
# drivers: ours intree
# kernel: plain
# boot: --bare --qemu "-device hv-balloon,id=balloon"
# boot: --qemu "-global PIIX4_PM.disable_s4=1"
. /job/lib/common.sh
# hv_balloon gives nothing away where a guest can hibernate, and so this one cannot.
MB=$((1 << 20))
actual() { _qmp query-balloon | _json 'd["return"]["actual"]'; }
free_kb() { awk '/^MemFree:/ { print $2 }' /proc/meminfo; }
# give MB: what the guest shall have, and has soon
give() {
	_run _qmp balloon "{\"value\":$(($1 * MB))}"
	_wait_for 60 has "$1" || _fail "the guest has $(($(actual) / MB)) MB, not $1 MB"
}
has() { [ "$(actual)" = $(($1 * MB)) ]; }

_run modprobe hv_balloon
_wait_for 20 _qmp query-balloon || _fail "the host has no balloon: $(_qmp query-balloon)"
for round in 1 2; do
	before=$(free_kb)
	give 724
	during=$(free_kb)
	[ $((before - during)) -gt $((250 * 1024)) ] ||
		_fail "round $round: 300 MB taken, and only $((before - during)) kB less are free"
	give 1024
	after=$(free_kb)
	[ $((after - during)) -gt $((250 * 1024)) ] ||
		_fail "round $round: 300 MB back, and only $((after - during)) kB more are free"
	_note "round $round: free $before kB, $during kB, $after kB"
done
