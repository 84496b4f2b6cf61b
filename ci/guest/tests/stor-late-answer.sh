#!/bin/bash
# A command stays the host's through a LUN reset that ends nothing, until it is answered.
# drivers: ours
# kernel: plain debug
# timeout: 150
# boot: --smp 2
. /job/lib/common.sh
. /job/lib/stor.sh
was_reset() { [ "$(_prop "$id" stat-lun-resets)" -gt "$resets" ]; }

for id in ide scsi; do
	disk=$(_wait_disk_on $id) || exit 1
	case $disk in
	/dev/hvd*) echo 3000 >"/sys/block/${disk##*/}/queue/io_timeout" ;;
	*) echo 3 >"/sys/block/${disk##*/}/device/timeout" ;;
	esac
	_pattern $id 1 | dd of="$disk" bs=64k oflag=direct status=none || _fail "$disk: write"
	resets=$(_prop $id stat-lun-resets)
	_knob $id silent srb
	dd if="$disk" of=/run/got bs=4k count=1 iflag=direct status=none &
	reader=$!
	_wait_for 40 was_reset || _fail "$disk: no LUN reset"
	# The host has acknowledged the reset, and goes on with the read all the same.
	sleep 8
	_knob $id silent none
	wait $reader || _fail "$disk: the read failed, although the host answered it"
	cmp /run/got <(_pattern $id 1 | head -c 4096) || _fail "$disk: the read returned other data"
	# An answer to nothing: the driver had given up a buffer that the host still had.
	! dmesg | grep -iE "(unknown|stale).*transaction|answer to nothing" ||
		_fail "$disk: the driver did not know the command any more that the host answered"
	_note "$disk of $(_driver_of "$disk"): answered after the reset, once"
done
