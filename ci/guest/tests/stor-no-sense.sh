#!/bin/bash
# One CHECK CONDITION without sense data, with any SRB error, is retried and not reported.
# drivers: ours intree
# kernel: plain
# timeout: 150
# boot: --smp 2
. /job/lib/common.sh
. /job/lib/stor.sh
bad=''
for id in scsi ide; do
	disk=$(_wait_disk_on $id) || exit 1
	# Errors that Hyper-V is known to send without sense data: aborted, error, bus reset, ...
	for srb in 2 4 9 10 14; do
		before=$(_prop $id stat-injected)
		_knob $id inject-sense 0
		_knob $id inject-scsi-status 2
		_knob $id inject-srb-status $srb
		_knob $id inject-count 1
		dd if="$disk" of=/dev/null bs=4k count=1 iflag=direct 2>/run/err || {
			bad="$bad ${disk##*/}:$srb"
			_note "$(_driver_of "$disk"): SRB status $srb: $(head -n 1 /run/err)"
		}
		[ "$(_prop $id stat-injected)" -gt "$before" ] || _fail "$disk: none injected"
		_knob $id inject-count 0
	done
done
[ -z "$bad" ] || _fail "one transient error was final:$bad"
