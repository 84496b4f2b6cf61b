#!/bin/bash
# A host that answers no command, then not even a reset: every I/O ends in time.
# drivers: ours
# kernel: plain debug
# timeout: 240
. /job/lib/common.sh
read_block() { dd if="$1" of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null; }

echo 2 >/sys/module/hv_vstor/parameters/reset_timeout
for id in ide scsi; do
	case $id in
	ide) disk=$(_wait_disk "$CLASS_IDE") || exit 1 ;;
	scsi) disk=$(_wait_disk "$CLASS_SCSI") || exit 1 ;;
	esac
	name=${disk##*/}
	case $id in
	ide) echo 3000 >"/sys/block/$name/queue/io_timeout" ;;
	scsi) echo 3 >"/sys/block/$name/device/timeout" ;;
	esac

	# The LUN reset is answered, and what was swallowed is repeated.
	_knob $id silent srb
	read_block "$disk" &
	pid=$!
	before=$SECONDS
	until [ "$(_prop $id stat-lun-resets)" -gt 0 ]; do
		[ $((SECONDS - before)) -lt 40 ] || _fail "$disk: no LUN reset"
		sleep 0.5
	done
	_knob $id silent none
	wait "$pid" || _fail "$disk: the read failed although the host came back"
	_note "$disk: LUN reset, the read was repeated"

	# Nothing is answered: an error, within the timeout and the resets.
	_knob $id silent all
	before=$SECONDS
	! read_block "$disk" || _fail "$disk: a read worked without a host"
	took=$((SECONDS - before))
	[ $took -le 40 ] || _fail "$disk: the read took $took s to fail"
	_knob $id silent none
	_note "$disk: the read failed after $took s"
	[ $id = ide ] || echo running >"/sys/block/$name/device/state"
	_wait_for 30 read_block "$disk" || _fail "$disk: does not come back"
	_note "$disk: back"
done
