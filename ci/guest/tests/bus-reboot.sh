#!/bin/bash
# The guest reboots and finds its devices again, with the data it wrote.
# drivers: ours intree mixed
# kernel: plain debug rt
# timeout: 120
# boot: --reboot
. /job/lib/common.sh
disk=$(_wait_disk "$CLASS_SCSI") || exit 1
count=$(dd if="$disk" bs=512 count=1 iflag=direct status=none | tr -dc 0-9)
count=${count:-0}
_note "boot $count"
[ "$(_vmbus_devices "$CLASS_NET" | wc -l)" = 1 ] || _fail "boot $count: no network adapter"
_wait_disk "$CLASS_IDE" >/dev/null || _fail "boot $count: no IDE-class disk"
[ "$count" -lt "$(_long 20 2)" ] || exit 0
printf '%-512s' $((count + 1)) | dd of="$disk" bs=512 count=1 oflag=direct conv=sync status=none ||
	_fail "write"
sync
fio --name=load --filename="$disk" --offset=1m --rw=randread --bs=4k --direct=1 \
	--ioengine=io_uring --iodepth=8 --time_based --runtime=60 >/dev/null 2>&1 &
sleep 1
# Mainline's drivers stay connected until the machine is reset: now and then a
# completion wakes a task up on a CPU that is stopped, and the kernel complains.
if ! _ours; then kill $!; wait; fi
# A clean reboot: the drivers' shutdown runs, with I/O going on.
busybox reboot -f
sleep 60
