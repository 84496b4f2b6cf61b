#!/bin/bash
# One error without sense data is repeated, and a slow start or a stall costs no disk.
# drivers: ours
# kernel: plain debug rt
# timeout: 480
# boot: --smp 2 --load hv_vmbus --image hot:64M
. /job/lib/common.sh
. /job/lib/stor.sh

# inject OPCODE SENSE SCSI-STATUS SRB-STATUS COUNT; 256 is any opcode.
inject() {
	_knob "$id" x-inject-opcode "$1"
	_knob "$id" x-inject-sense "$2"
	_knob "$id" x-inject-scsi-status "$3"
	_knob "$id" x-inject-srb-status "$4"
	_knob "$id" x-inject-count "$5"
}

# TEST UNIT READY fails for ever: no disk is spun up for that, which takes 100 s.
id=scsi
inject 0 0 2 4 100000
# READ CAPACITY(16) says for a while that the disk is becoming ready.
id=ide
inject 158 132097 2 132 30
start=$SECONDS
_run modprobe hv_storvsc
_run modprobe hv_blkvsc
_wait_for 20 _has_disk "$CLASS_SCSI" || _fail "no disk without TEST UNIT READY"
_note "without TEST UNIT READY: a disk after $((SECONDS - start)) s"
_wait_for 60 _has_disk "$CLASS_IDE" || _fail "becoming ready, and the disk never comes"
_note "becoming ready: a disk after $((SECONDS - start)) s"

for id in scsi ide; do
	disk=$(_wait_disk_on $id) || exit 1
	_knob $id x-inject-count 0
	for srb in 1 2 4 9 10 14; do
		inject 40 0 2 $srb 1
		dd if="$disk" of=/dev/null bs=4k count=1 iflag=direct 2>/run/err ||
			_fail "$disk: one CHECK CONDITION, SRB status $srb: $(head -n 1 /run/err)"
		_knob $id x-inject-count 0
	done
	_note "$disk of $(_driver_of "$disk"): errors without sense data are repeated"
done
_run rmmod hv_blkvsc
_run rmmod hv_storvsc

# stall COMMAND...: the host does not answer for longer than an INQUIRY is waited for.
stall() {
	_knob "$id" x-silent srb
	"$@" &
	sleep 40
	_knob "$id" x-silent none
	wait $! || _fail "$*"
}
none() { ! _has_disk_on scsi 0:5; }
while read -r driver class params; do
	id=scsi
	[ "$class" = "$CLASS_SCSI" ] || id=ide
	stall modprobe "$driver" ${params:+"$params"}
	disk=$(_wait_disk_on $id) || exit 1
	_run dd if="$disk" of=/dev/null bs=64k count=1 iflag=direct
	if [ $id = scsi ]; then
		stall _device_add scsi-hd,bus=scsi.0,drive=hot,lun=5,id=hotlun
		_wait_for 30 _has_disk_on scsi 0:5 || _fail "$driver: added, and not seen"
		stall _device_del hotlun
		_wait_for 30 none || _fail "$driver: removed, and still there"
	fi
	_note "$driver: $disk after a stall"
	_run rmmod "$driver"
done < <(_front_ends)
