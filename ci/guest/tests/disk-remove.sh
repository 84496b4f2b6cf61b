#!/bin/bash
# A controller goes in the middle of a load, again and again: I/O ends, and all comes back.
# drivers: ours mixed
# kernel: plain debug kcsan rt
# timeout: 240
# boot: --smp 4 --bare --load hv_vmbus --image hot:64M --image ihot:64M
. /job/lib/common.sh
. /job/lib/stor.sh

drive() { if [ "$class" = "$CLASS_SCSI" ]; then echo hot; else echo ihot; fi; }
plug() { _plug_controller "$class" "$(drive)" 3; }
none_of() { ! compgen -G "/sys/block/$1*" >/dev/null; }

cycle() {
	local disk load status
	plug
	disk=$(_wait_disk "$class") || _fail "$1: no disk"
	dd if="$disk" bs=64k count=16 iflag=direct status=none | cmp - /run/data ||
		_fail "$1: $disk: data differ"
	fio --name=load --filename="$disk" --rw=randrw --bsrange=4k-128k --direct=1 \
		--ioengine=io_uring --iodepth=32 --numjobs=2 --offset=16m --time_based \
		--runtime=600 >/run/fio.log 2>&1 &
	load=$!
	# Somewhere between the first request and the middle of it.
	until [ "$(_prop ctl x-stat-writes)" -gt $((RANDOM % 100)) ]; do
		kill -0 $load 2>/dev/null || _fail "$1: fio ended early: $(tail -n 5 /run/fio.log)"
	done
	_unplug_controller "$class"
	# fio ends when its I/O does.
	_wait_for 30 _ended $load || _fail "$1: I/O on a disk that is gone does not end"
	wait $load
	status=$?
	[ $status != 0 ] || _fail "$1: fio saw no error"
	_wait_for 10 none_of "$(basename "$disk")" || _fail "$1: $disk stays"
}

_pattern data 1 >/run/data
while read -r driver class params; do
	_run modprobe "$driver" ${params:+"$params"}
	plug
	disk=$(_wait_disk "$class") || exit 1
	_run dd if=/run/data of="$disk" bs=64k oflag=direct
	_unplug_controller "$class"
	for i in $(seq "$(_long 170 3)"); do cycle "$driver $i"; done
	_note "$driver${params:+ $params}: $i times"
	_run rmmod "$driver"
done < <(_front_ends)
