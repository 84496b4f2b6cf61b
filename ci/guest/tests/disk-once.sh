#!/bin/bash
# A disk of the emulated IDE controller appears once in any load order; its CD-ROM stays.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 180
# boot: --smp 2 --bare --load hv_vmbus,hv_storvsc --image disk:64M --image cd:8M
# boot: --qemu "-device hv-ide,id=syn,drive=disk,serial=once,share-rw=on"
# boot: --qemu "-device ide-hd,bus=ide.0,unit=0,drive=disk,serial=once,share-rw=on"
# boot: --qemu "-device ide-cd,bus=ide.1,unit=0,drive=cd,share-rw=on"
# boot: --qemu "-device hv-scsi,id=scsi -device scsi-hd,bus=scsi.0,drive=cd,share-rw=on"
. /job/lib/common.sh
. /job/lib/stor.sh

# Every block device whose start is the disk's, with its driver.
seen() {
	local b
	for b in /sys/block/sd* /sys/block/hvd*; do
		if [ -b "/dev/${b##*/}" ] && [ "$(_sum "/dev/${b##*/}")" = "$disk_sum" ]; then
			_driver_of "${b##*/}"
		fi
	done | sort | xargs
}
expect() {
	local drivers
	drivers=$(seen)
	[ "$drivers" = "$2" ] || _fail "$1: the disk is seen by \"$drivers\", not by \"$2\""
	_note "$1: ${drivers:-no disk}"
}
# The CD-ROM, which comes when ata_piix has looked at its ports.
load_ata() {
	_run modprobe ata_piix "$@"
	_wait_for 30 test -b /dev/sr0 || _fail "no CD-ROM on the emulated controller"
	[ "$(_driver_of sr0)" = ata_piix ] || _fail "sr0 is on $(_driver_of sr0)"
	[ "$(_sum /dev/sr0)" = "$cd_sum" ] || _fail "the CD-ROM reads otherwise than was written"
}
ide_there() { _has_disk "$CLASS_IDE"; }
ide_gone() { ! _has_disk "$CLASS_IDE"; }

# What is on the CD-ROM is written through a disk that shares its image.
disk=$(_wait_disk "$CLASS_SCSI") || exit 1
_pattern cd 1 | dd of="$disk" bs=64k oflag=direct status=none || _fail "write of the CD-ROM"
cd_sum=$(_sum "$disk")

# Our hv_storvsc leaves the IDE class to hv_blkvsc; new_id makes it bind.
if _ours; then drivers='hv_blkvsc hv_storvsc'; else drivers=hv_storvsc; fi
bind() {
	_run modprobe "$1"
	! _ours || [ "$1" != hv_storvsc ] ||
		echo "$CLASS_IDE" >/sys/bus/vmbus/drivers/hv_storvsc/new_id || _fail "new_id"
	_wait_for 20 ide_there || _fail "$1: no disk"
}
unbind() {
	_run rmmod "$1" # modprobe -r takes the bus away too
	_wait_for 20 ide_gone || _fail "$1: the disk stays"
}

unbind hv_storvsc
for driver in $drivers; do
	bind "$driver"
	_pattern "$driver" 1 | dd of="$(_disk_of "$CLASS_IDE")" bs=64k oflag=direct status=none ||
		_fail "$driver: write"
	disk_sum=$(_sum "$(_disk_of "$CLASS_IDE")")
	load_ata
	expect "$driver, then ata_piix" "$driver"
	_run modprobe -r ata_piix
	unbind "$driver"

	load_ata
	expect "ata_piix alone" ""
	bind "$driver"
	expect "ata_piix, then $driver" "$driver"
	_run modprobe -r ata_piix

	# If asked to, ata_piix shows it as well: a second appearance would be noticed.
	load_ata prefer_ms_hyperv=0
	expect "ata_piix prefer_ms_hyperv=0" "$(printf '%s\n' ata_piix "$driver" | sort | xargs)"
	_run modprobe -r ata_piix
	unbind "$driver"
done
