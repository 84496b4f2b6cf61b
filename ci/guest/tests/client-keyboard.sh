#!/bin/bash
# Keys that are sent to the host's synthetic keyboard arrive, those with prefixes as well.
# drivers: ours intree
# kernel: plain
# timeout: 60
# boot: --bare --qemu "-device hv-kbd,id=keyboard"
. /job/lib/common.sh
. /job/lib/clients.sh
INSTANCE=d34b2567-b9b6-42b9-8778-0a4ec0b955bf
# press QCODE
press() {
	_run _qmp send-key \
		"{\"keys\":[{\"type\":\"qcode\",\"data\":\"$1\"}],\"hold-time\":20}"
}
# Type 1 is a key, with its number and whether it went down.
keys() { sed -n 's/^1 //p' /run/events; }
expect() { [ "$(keys)" = "$1" ]; }

_run modprobe evdev
for round in 1 2 3; do
	_input_begin keyboard hyperv_keyboard _events_of $INSTANCE
	want=
	# a; right arrow: prefix E0; pause: prefix E1
	for key in a:30 right:106 pause:119; do
		press "${key%:*}"
		want+=${want:+$'\n'}"${key#*:} 1"$'\n'"${key#*:} 0"
		_wait_for 10 expect "$want" ||
			_fail "round $round, ${key%:*}: got $(keys | tr '\n' ',')"
	done
	_input_end keyboard hyperv_keyboard
done
[ "$(_prop keyboard x-dropped)" = 0 ] || _fail "the host dropped events"
