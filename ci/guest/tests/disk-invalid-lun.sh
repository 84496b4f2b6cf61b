#!/bin/bash
# A disk that is gone by the SRB status alone goes, without an event, and a rescan brings it back.
# drivers: ours mixed
# kernel: plain debug
# boot: --smp 2 --bare --load hv_vmbus --image hot:64M
. /job/lib/common.sh
. /job/lib/stor.sh
export LC_ALL=C

# What Hyper-V answers for a LUN that is not there: CHECK CONDITION, INVALID LUN.
absent() {
	_knob ctl x-inject-sense 0
	_knob ctl x-inject-scsi-status 2
	_knob ctl x-inject-srb-status 32
	_knob ctl x-inject-count 1000000
}
none() { ! _has_disk "$class"; }

while read -r driver class params; do
	_run modprobe "$driver" ${params:+"$params"}
	_plug_controller "$class" hot 1
	disk=$(_wait_disk "$class") || exit 1
	absent
	! dd if="$disk" of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null ||
		_fail "$driver: a disk that is not there was read"
	_wait_for 20 none || _fail "$driver: the host says INVALID LUN, and $disk stays"
	_knob ctl x-inject-count 0
	at=/sys/bus/vmbus/devices/$(_instance ctl)
	echo 1 >"$at/rescan" || _fail "$driver: rescan"
	disk=$(_wait_disk "$class") || exit 1
	_verified "$disk" --rw=randwrite --bs=4k --iodepth=8 --size=16m --io_size=1m
	# Nor does a rescan keep it.
	absent
	echo 1 >"$at/rescan" || _fail "$driver: rescan"
	_wait_for 20 none || _fail "$driver: rescanned, and $disk stays"
	_knob ctl x-inject-count 0
	_unplug_controller "$class"
	_note "$driver${params:+ $params}: gone, back, and gone"
	_run rmmod "$driver"
done < <(_front_ends)
