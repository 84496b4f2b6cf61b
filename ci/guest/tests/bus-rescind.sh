#!/bin/bash
# A controller that is in use goes away; its removal ends and the rest works on.
# drivers: ours intree
# kernel: plain debug kcsan
# boot: --image hot:128M --qemu "-device hv-scsi,id=hotscsi -device scsi-hd,bus=hotscsi.0,drive=hot,id=hotlun"
# timeout: 90
# xfail intree: removal of a rescinded hv_storvsc waits for ever in "Synchronizing SCSI cache": a write to a rescinded ring returns -ENODEV, which storvsc_queuecommand() takes for queued, and its timeout handler always starts the timer anew
. /job/lib.sh
two() { [ "$(vmbus_devices "$CLASS_SCSI" | wc -l)" = 2 ] && has_disk "$CLASS_SCSI" 2; }
# Gone is what the guest has released, not what merely left a directory.
gone() {
	[ "$(vmbus_devices "$CLASS_SCSI" | wc -l)" = 1 ] && ! qmp x-query-hyperv | grep -q hotscsi
}
wait_for 20 two || fail "two controllers are offered, not two seen"
fio --name=load --filename="$(disk_of "$CLASS_SCSI" 2)":"$(disk_of "$CLASS_SCSI" 1)" --rw=randrw --bs=4k --direct=1 \
	--ioengine=io_uring --iodepth=8 --time_based --runtime=20 --continue_on_error=all >/run/fio.log 2>&1 &
sleep 2
qmp device_del '{"id":"hotscsi"}' >/dev/null || fail "device_del"
start=$SECONDS
# The host takes the device away by itself after 30 s; the guest must be quicker.
wait_for 20 gone || fail "the rescinded controller is still there after 20 s"
note "gone after $((SECONDS - start)) s"
wait_for 5 has_disk "$CLASS_SCSI" || fail "the other controller's disk is gone"
run dd if="$(disk_of "$CLASS_SCSI")" of=/dev/null bs=1M count=4 iflag=direct
kill %1
wait
