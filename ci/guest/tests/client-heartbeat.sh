#!/bin/bash
# The host asks whether the guest is alive, and it answers as long as it has the driver.
# drivers: ours intree
# kernel: plain
# control: long
# timeout: 60
# variants: 1.0 3.0
# brief: 3.0
# boot: --bare --qemu "-device hv-heartbeat,id=heartbeat,max-version=%v,x-period=200"
. /job/lib/common.sh
. /job/lib/clients.sh
beats() {
	_wait_for 30 _more_answers heartbeat "$(($(_prop heartbeat x-answers) + 10))" ||
		_fail "less than 10 answers in 30 s"
}
for round in 1 2 3; do
	_run modprobe hv_utils
	_ready heartbeat "$VARIANT"
	beats
	_note "round $round: $(_prop heartbeat x-answers) answers, $(_prop heartbeat x-missed) late"
	_run rmmod hv_utils
	_wait_for 10 _service_is heartbeat closed || _fail "the channel is open without a driver"
	before=$(_prop heartbeat x-answers)
	sleep 1
	! _more_answers heartbeat "$before" || _fail "answers without a driver"
done
