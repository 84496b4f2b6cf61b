#!/bin/bash
# One disk is replaced by another at once: nothing meant for the first reaches the second.
# drivers: ours
# kernel: plain debug rt
# timeout: 150
# boot: --smp 2 --bare --load hv_vmbus --image a:64M --image b:96M
# boot: --qemu "-device hv-scsi,id=scsi"
. /job/lib/common.sh
. /job/lib/stor.sh
plug() { _run _device_add "scsi-hd,bus=scsi.0,id=lun,lun=3,drive=$1,serial=serial$1"; }
unplug() { _run _device_del lun; }
# replaced SIZE: the disk is there, and it is the one of that size.
replaced() {
	disk=$(_disk_on scsi)
	[ -b "$disk" ] && [ "$(blockdev --getsize64 "$disk")" = $(($1 << 20)) ]
}

swap() {
	plug a
	disk=$(_wait_disk_on scsi) || exit 1
	_pattern "a$1" 2 | dd of="$disk" bs=1M iflag=fullblock oflag=direct status=none ||
		_fail "$1: write to a"
	# Its page cache is full of it, and dirty where nobody has synced.
	exec 7<>"$disk"
	_run dd if="$disk" of=/dev/null bs=1M count=2
	_pattern dirty 1 | dd of="$disk" bs=64k seek=16 conv=notrunc status=none ||
		_fail "$1: dirty write"
	unplug
	plug b
	_wait_for 30 replaced 96 || _fail "$1: the guest has not noticed that another disk is there"
	! dd if="$disk" bs=1M count=1 status=none | cmp -s - <(_pattern "a$1" 1) ||
		_fail "$1: the first disk's contents are read from the second"
	! dd if="$disk" bs=1M skip=1 count=1 iflag=direct status=none |
		cmp -s - <(_pattern dirty 1) ||
		_fail "$1: what was dirty of the first disk was written to the second"
	_pattern "b$1" 2 | dd of="$disk" bs=1M iflag=fullblock oflag=direct status=none ||
		_fail "$1: write to b"
	exec 7<&-
	sync
	# Nor later, when whoever had the first disk open lets go of it.
	dd if="$disk" bs=1M count=2 iflag=direct status=none | cmp - <(_pattern "b$1" 2) ||
		_fail "$1: the second disk was written to"
	unplug
	_wait_for 30 none || _fail "$1: the disk does not go"
	_note "$1: another disk was noticed"
}
none() { [ -z "$(_disk_on scsi)" ]; }

for driver in hv_storvsc hv_blkvsc; do
	_run modprobe $driver scsi_class=1
	for i in $(seq "$(_long 50 2)"); do swap "$driver $i"; done
	_run rmmod $driver
done
