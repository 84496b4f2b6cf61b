#!/bin/bash
# A disk of the emulated IDE controller appears once, by whichever driver and in whichever order; its CD-ROM stays.
# drivers: ours intree
# control: long
# kernel: plain debug
# timeout: 180
# boot: --smp 2 --bare --load hv_vmbus,hv_storvsc --image disk:64M --image cd:8M --qemu "-device hv-ide,id=syn,drive=disk,serial=once,share-rw=on -device ide-hd,bus=ide.0,unit=0,drive=disk,serial=once,share-rw=on -device ide-cd,bus=ide.1,unit=0,drive=cd,share-rw=on -device hv-scsi,id=scsi -device scsi-hd,bus=scsi.0,drive=cd,share-rw=on"
. /job/lib.sh
. /job/stor.sh

# Every block device whose start is the disk's, with its driver.
seen() {
	local b
	for b in /sys/block/sd* /sys/block/hvd*; do
		if [ -b "/dev/${b##*/}" ] && [ "$(sum "/dev/${b##*/}")" = "$disk_sum" ]; then
			driver_of "${b##*/}"
		fi
	done | sort | xargs
}
expect() {
	local drivers
	drivers=$(seen)
	[ "$drivers" = "$2" ] || fail "$1: the disk is seen by \"$drivers\", not by \"$2\""
	note "$1: ${drivers:-no disk}"
}
# The CD-ROM, which comes when ata_piix has looked at its ports.
load_ata() {
	run modprobe ata_piix "$@"
	wait_for 30 test -b /dev/sr0 || fail "no CD-ROM on the emulated controller"
	[ "$(driver_of sr0)" = ata_piix ] || fail "sr0 is on $(driver_of sr0)"
	[ "$(sum /dev/sr0)" = "$cd_sum" ] || fail "the CD-ROM reads otherwise than was written"
}
ide_there() { has_disk "$CLASS_IDE"; }
ide_gone() { ! has_disk "$CLASS_IDE"; }

# What is on the CD-ROM is written through a disk that shares its image.
disk=$(wait_disk "$CLASS_SCSI") || exit 1
pattern cd 1 | dd of="$disk" bs=64k oflag=direct status=none || fail "write of the CD-ROM"
cd_sum=$(sum "$disk")

# Our hv_storvsc leaves the IDE class to hv_blkvsc, unless it is told.
if ours; then drivers='hv_blkvsc hv_storvsc'; else drivers=hv_storvsc; fi
bind() {
	run modprobe "$1"
	! ours || [ "$1" != hv_storvsc ] ||
		echo "$CLASS_IDE" >/sys/bus/vmbus/drivers/hv_storvsc/new_id || fail "new_id"
	wait_for 20 ide_there || fail "$1: no disk"
}
unbind() {
	run rmmod "$1" # modprobe -r takes the bus away too
	wait_for 20 ide_gone || fail "$1: the disk stays"
}

unbind hv_storvsc
for driver in $drivers; do
	bind "$driver"
	pattern "$driver" 1 | dd of="$(disk_of "$CLASS_IDE")" bs=64k oflag=direct status=none || fail "$driver: write"
	disk_sum=$(sum "$(disk_of "$CLASS_IDE")")
	load_ata
	expect "$driver, then ata_piix" "$driver"
	run modprobe -r ata_piix
	unbind "$driver"

	load_ata
	expect "ata_piix alone" ""
	bind "$driver"
	expect "ata_piix, then $driver" "$driver"
	run modprobe -r ata_piix

	# Told to, ata_piix shows it too: the second appearance would be noticed.
	load_ata prefer_ms_hyperv=0
	expect "ata_piix prefer_ms_hyperv=0" "$(printf '%s\n' ata_piix "$driver" | sort | xargs)"
	run modprobe -r ata_piix
	unbind "$driver"
done
