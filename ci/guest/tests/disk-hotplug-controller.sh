#!/bin/bash
# A whole controller with a disk comes at run time and carries data.
# drivers: ours intree
# kernel: plain debug
# boot: --image hot:128M
. /job/lib.sh
_wait_disk "$CLASS_SCSI" >/dev/null || exit 1
two() { [ "$(_vmbus_devices "$CLASS_SCSI" | wc -l)" = 2 ] && _has_disk "$CLASS_SCSI" 2; }
_qmp device_add '{"driver":"hv-scsi","id":"hotscsi"}' >/dev/null || _fail "device_add hv-scsi"
_qmp device_add '{"driver":"scsi-hd","bus":"hotscsi.0","drive":"hot","id":"hotlun"}' >/dev/null || _fail "device_add scsi-hd"
_wait_for 30 two || _fail "the second controller's disk is not seen"
for n in 1 2; do
	disk=$(_disk_of "$CLASS_SCSI" $n)
	_run fio --name=v --filename="$disk" --size=32m --rw=randwrite --bs=4k --direct=1 --ioengine=io_uring --iodepth=32 \
		--verify=crc32c --verify_fatal=1
done
