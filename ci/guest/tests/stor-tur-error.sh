#!/bin/bash
# A host that fails TEST UNIT READY with an SRB error: the disk appears within seconds.
# drivers: ours intree
# kernel: plain
# boot: --smp 2 --load hv_vmbus
. /job/lib/common.sh
. /job/lib/stor.sh
_knob scsi inject-opcode 0
_knob scsi inject-sense 0
_knob scsi inject-scsi-status 2
_knob scsi inject-srb-status 4
_knob scsi inject-count 100000
start=$SECONDS
_run modprobe hv_storvsc
_wait_for 20 _has_disk "$CLASS_SCSI" ||
	_fail "no disk after $((SECONDS - start)) s: $(dmesg | tail -n 3)"
[ "$(_prop scsi stat-injected)" -gt 0 ] || _fail "no TEST UNIT READY: this shows nothing"
_note "disk after $((SECONDS - start)) s"
