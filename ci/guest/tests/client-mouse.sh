#!/bin/bash
# What is done to the host's synthetic mouse arrives: places, buttons, the wheel.
# drivers: ours intree
# kernel: plain
# timeout: 60
# boot: --bare --qemu "-device hv-mouse,id=mouse"
. /job/lib/common.sh
. /job/lib/clients.sh
device() {
	local d
	for d in /sys/class/input/event*; do
		grep -q 'Vmbus HID' "$d/device/name" && echo "/dev/input/${d##*/}"
	done
}
move() {
	_run _qmp input-send-event "{\"events\":[
		{\"type\":\"abs\",\"data\":{\"axis\":\"x\",\"value\":$1}},
		{\"type\":\"abs\",\"data\":{\"axis\":\"y\",\"value\":$2}}]}"
}
button() {
	_run _qmp input-send-event "{\"events\":[
		{\"type\":\"btn\",\"data\":{\"button\":\"$1\",\"down\":$2}}]}"
}
# arrives EVENT...: each is a line of the record, and comes after those before it.
arrives() {
	local event
	for event in "$@"; do
		_wait_for 10 grep -qxF "$event" /run/events || _fail "round $round: no event $event"
	done
	: >/run/events
}

_run modprobe evdev
for round in 1 2 3; do
	_input_begin mouse hid_hyperv device
	move $((1000 + round)) $((32767 - round))
	arrives "3 0 $((1000 + round))" "3 1 $((32767 - round))"
	for key in left:272 right:273 middle:274 side:275 extra:276; do
		button "${key%:*}" true
		arrives "1 ${key#*:} 1"
		button "${key%:*}" false
		arrives "1 ${key#*:} 0"
	done
	button wheel-up true
	arrives "2 8 1"
	button wheel-down true
	arrives "2 8 -1"
	_input_end mouse hid_hyperv
done
[ "$(_prop mouse x-dropped)" = 0 ] || _fail "the host dropped events"
