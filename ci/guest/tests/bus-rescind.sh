#!/bin/bash
# A controller that is in use goes away; its removal ends and the rest keeps working.
# drivers: ours intree
# kernel: plain debug kcsan rt
# control: long
# timeout: 90
# boot: --image hot:128M
# boot: --qemu "-device hv-scsi,id=hotscsi -device scsi-hd,bus=hotscsi.0,drive=hot,id=hotlun"
# xfail intree: removal of a rescinded hv_storvsc waits for ever in "Synchronizing SCSI cache": a
# xfail intree: write to a rescinded ring returns -ENODEV, which storvsc_queuecommand() takes for
# xfail intree: queued, and its timeout handler always starts the timer anew
. /job/lib/common.sh
two() { [ "$(_vmbus_devices "$CLASS_SCSI" | wc -l)" = 2 ] && _has_disk "$CLASS_SCSI" 2; }
# Gone is what the guest has released, not what merely left a directory.
gone() {
	[ "$(_vmbus_devices "$CLASS_SCSI" | wc -l)" = 1 ] && ! _qmp x-query-hyperv | _has hotscsi
}
_wait_for 20 two || _fail "two controllers are offered, not two seen"
fio --name=load --filename="$(_disk_of "$CLASS_SCSI" 2)":"$(_disk_of "$CLASS_SCSI" 1)" --rw=randrw \
	--bs=4k --direct=1 --ioengine=io_uring --iodepth=8 --time_based --runtime=20 \
	--continue_on_error=all >/run/fio.log 2>&1 &
sleep 2
_run _device_del hotscsi
start=$SECONDS
# The host takes the device away by itself after 30 s; the guest must be quicker.
_wait_for 20 gone || _fail "the rescinded controller is still there after 20 s"
_note "gone after $((SECONDS - start)) s"
_wait_for 5 _has_disk "$CLASS_SCSI" || _fail "the other controller's disk is gone"
_run dd if="$(_disk_of "$CLASS_SCSI")" of=/dev/null bs=1M count=4 iflag=direct
kill %1
wait
_nothing_flushed
