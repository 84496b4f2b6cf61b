#!/bin/bash
# Commands that the host loses, or forgets before a reset, are repeated with the right data.
# drivers: ours
# kernel: plain debug
# when: long
# timeout: 240
. /job/lib/common.sh
. /job/lib/stor.sh
slow() {
	case $1 in
	/dev/hvd*) echo 3000 >"/sys/block/${1##*/}/queue/io_timeout" ;;
	*)
		echo 3 >"/sys/block/${1##*/}/device/timeout"
		# The question after a reset may be lost as well, and a command has 18 s in all.
		echo 2 >"/sys/block/${1##*/}/device/eh_timeout"
		;;
	esac
}
# What a reset takes back is aborted, and one command after it is told of it:
# a unit attention. Nothing else may fail.
failures() {
	local aborts resets
	aborts=$(_prop "$id" stat-aborts)
	resets=$(_prop "$id" stat-lun-resets)
	echo $(($(_prop "$id" stat-failures) - aborts - resets))
}
reset_since() { [ "$(_prop "$id" stat-lun-resets)" -gt "$1" ]; }
swallowed() { [ "$(_prop "$id" stat-swallowed)" -ge "$1" ]; }

lose() {
	local fio before resets last
	slow "$disk"
	# One after the other is lost, of many.
	before=$(_prop "$id" stat-swallowed)
	resets=$(_prop "$id" stat-lun-resets)
	(_verified "$disk" --rw=randwrite --bsrange=4k-64k --iodepth=16 --numjobs=2 \
		--offset_increment=128m --size=128m --io_size="$(_long 128m 16m)" \
		--rate_iops=300) &
	fio=$!
	for i in $(seq "$(_long 20 2)"); do
		last=$(_prop "$id" stat-lun-resets)
		_knob "$id" swallow 3
		_wait_for 60 swallowed $((before + 3 * i)) ||
			_fail "$disk: the host was not asked enough to lose anything"
		kill -0 $fio 2>/dev/null || break
		# One recovery at a time.
		_wait_for 60 reset_since "$last" || _fail "$disk: no LUN reset"
		sleep 4
	done
	wait $fio || _fail "$disk: lost commands: I/O failed"
	_knob "$id" swallow 0
	[ "$(_prop "$id" stat-lun-resets)" -gt "$resets" ] || _fail "$disk: no LUN reset"
	[ "$(failures)" -le "$failed" ] || _fail "$disk: the host failed commands"
	_note "$disk: $(($(_prop "$id" stat-swallowed) - before)) lost," \
		"$(($(_prop "$id" stat-lun-resets) - resets)) LUN resets, verified"

	# All that is under way, reads and writes, is forgotten for good; the reset is answered.
	_pattern "$id" 8 >/run/data
	_run dd if=/run/data of="$disk" bs=1M oflag=direct
	before=$(_prop "$id" stat-swallowed)
	_knob "$id" silent srb
	dd if="$disk" bs=1M count=8 iflag=direct status=none >/run/back &
	local reader=$!
	dd if=/run/data of="$disk" bs=1M seek=16 oflag=direct status=none &
	local writer=$!
	_wait_for 20 swallowed $((before + 2)) || _fail "$disk: nothing was under way"
	sleep 1
	_knob "$id" silent drop
	wait $reader || _fail "$disk: a forgotten read failed"
	wait $writer || _fail "$disk: a forgotten write failed"
	cmp /run/back /run/data || _fail "$disk: a forgotten read came back with other data"
	dd if="$disk" bs=1M skip=16 count=8 iflag=direct status=none | cmp - /run/data ||
		_fail "$disk: a forgotten write was not repeated"
	_note "$disk: forgotten commands were repeated"
}

disk=$(_wait_disk "$CLASS_IDE") || exit 1
id=ide
failed=$(failures)
lose
disk=$(_wait_disk "$CLASS_SCSI") || exit 1
id=scsi
failed=$(failures)
lose
