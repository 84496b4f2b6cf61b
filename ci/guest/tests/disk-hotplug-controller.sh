#!/bin/bash
# A controller with a disk appears at run time and carries data.
# drivers: ours intree
# kernel: plain debug rt
# boot: --image hot:128M
. /job/lib/common.sh
_wait_disk "$CLASS_SCSI" >/dev/null || exit 1
two() { [ "$(_vmbus_devices "$CLASS_SCSI" | wc -l)" = 2 ] && _has_disk "$CLASS_SCSI" 2; }
_run _device_add hv-scsi,id=hotscsi
_run _device_add scsi-hd,bus=hotscsi.0,drive=hot,id=hotlun
_wait_for 30 two || _fail "the second controller's disk is not seen"
for n in 1 2; do
	disk=$(_disk_of "$CLASS_SCSI" $n)
	_verified "$disk" --size=32m --rw=randwrite --bs=4k --iodepth=32
done
