#!/bin/bash
# A CD-ROM on the SCSI controller: read back what a disk wrote, no writing, medium out and in again.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 150
# boot: --smp 2 --bare --image cd:16M --image other:8M
# boot: --qemu "-device hv-scsi,id=scsi -device scsi-hd,bus=scsi.0,lun=0,drive=cd,share-rw=on"
# boot: --qemu "-device scsi-hd,bus=scsi.0,lun=1,drive=other,share-rw=on"
# boot: --qemu "-device scsi-cd,bus=scsi.0,lun=2,id=dvd,drive=cd,share-rw=on"
. /job/lib/common.sh
. /job/lib/stor.sh
lun() { basename "$(echo /sys/bus/vmbus/devices/*/host*/target*/*:0:0:"$1"/block/*)"; }
have() { [ -b "/dev/$(lun "$1")" ]; }
size_is() {
	dd if=/dev/sr0 of=/dev/null bs=2k count=1 iflag=direct 2>/dev/null &&
		[ "$(blockdev --getsize64 /dev/sr0)" = "$1" ]
}
unreadable() { ! dd if=/dev/sr0 of=/dev/null bs=2k count=1 iflag=direct 2>/dev/null; }

# Opening the device must not close the tray.
echo 0 >/proc/sys/dev/cdrom/autoclose
for i in 0 1 2; do _wait_for 20 have $i || _fail "no LUN $i"; done
[ "$(lun 2)" = sr0 ] || _fail "LUN 2 is no CD-ROM"
_pattern cd 16 >/run/cd
_pattern other 8 >/run/other
_run dd if=/run/cd of="/dev/$(lun 0)" bs=1M oflag=direct
_run dd if=/run/other of="/dev/$(lun 1)" bs=1M oflag=direct

# In pieces that are no power of two, and by several readers at once.
_wait_for 10 size_is $((16 << 20)) || _fail "the CD-ROM's size is $(blockdev --getsize64 /dev/sr0)"
dd if=/dev/sr0 bs=22k iflag=fullblock status=none | cmp - /run/cd ||
	_fail "the CD-ROM's contents differ"
echo 3 >/proc/sys/vm/drop_caches
for i in 0 1 2 3; do
	dd if=/dev/sr0 bs=2k skip=$((i * 2048)) count=2048 iflag=direct status=none |
		cmp - <(tail -c +$(((i << 22) + 1)) /run/cd | head -c $((4 << 20))) &
	pids[i]=$!
done
for i in 0 1 2 3; do wait "${pids[i]}" || _fail "reader $i saw something else"; done
! dd if=/run/other of=/dev/sr0 bs=2k count=1 oflag=direct 2>/dev/null ||
	_fail "a CD-ROM was written to"
_note "16 MiB read through sr0"

for medium in other cd; do
	_run _qmp blockdev-open-tray '{"id":"dvd"}'
	_wait_for 10 unreadable || _fail "readable with an open tray"
	_run _qmp blockdev-remove-medium '{"id":"dvd"}'
	# A node of its own: those of the disks are taken.
	node="\"node-name\":\"disc-$medium\""
	_run _qmp blockdev-add "{\"driver\":\"raw\",$node,\"read-only\":true,\"file\":\"$medium\"}"
	_run _qmp blockdev-insert-medium "{\"id\":\"dvd\",$node}"
	_run _qmp blockdev-close-tray '{"id":"dvd"}'
	_wait_for 20 size_is "$(stat -c %s /run/$medium)" ||
		_fail "the new medium's size is not seen"
	dd if=/dev/sr0 bs=64k status=none | cmp - /run/$medium ||
		_fail "the new medium reads otherwise"
	_note "medium changed to $medium"
done
