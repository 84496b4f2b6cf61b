#!/bin/bash
# The host's time is the guest's after a sync, and only that of its PTP clock after a sample.
# drivers: ours intree
# kernel: plain
# control: long
# timeout: 60
# variants: 1.0 3.0 4.0
# brief: 1.0 4.0
# boot: --bare --qemu "-device hv-timesync,id=time,max-version=%v"
. /job/lib/common.sh
. /job/lib/clients.sh
uptime() { sed 's/\..*//' /proc/uptime; }
# When the guest was started, by its own clock and by the host's: seconds since 1970.
by_guest() { echo $(($(date +%s) - $(uptime))); }
by_host() {
	local now
	now=$(python3 -c '
import os, time
fd = os.open("/dev/ptp0", os.O_RDONLY)
print(int(time.clock_gettime(~fd << 3 | 3)))') || return 1
	echo $((now - $(uptime)))
}
# is WHOSE SECONDS: that much later than at first, give or take 5 s
is() {
	local by
	by=$("by_$1") && [ $((by - start - $2)) -ge -5 ] && [ $((by - start - $2)) -le 5 ]
}

start=$(by_guest)
_knob time x-offset 3600000
_run modprobe hv_utils
_ready time "$VARIANT"
# The first message is a sync.
_wait_for 10 is guest 3600 || _fail "$(($(by_guest) - start)) s later after a sync of 3600 s"
_wait_for 10 is host 3600 || _fail "the PTP clock says $(($(by_host) - start)) s, not 3600 s"

_knob time x-offset 7200000
_ask time sample
_wait_for 10 is host 7200 || _fail "the PTP clock says $(($(by_host) - start)) s, not 7200 s"
is guest 3600 || _fail "$(($(by_guest) - start)) s later after a sample"

_knob time x-offset 0
_ask time sync
_wait_for 10 is guest 0 || _fail "$(($(by_guest) - start)) s later after a sync of 0 s"
# And more samples come by themselves.
before=$(_prop time x-answers)
_wait_for 20 _more_answers time "$((before + 1))" || _fail "no two samples in 20 s"
is host 0 || _fail "the PTP clock says $(($(by_host) - start)) s, not 0 s"
