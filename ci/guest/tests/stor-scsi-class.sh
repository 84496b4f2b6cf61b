#!/bin/bash
# hv_blkvsc takes a SCSI-class controller on request: all LUNs, sub-channels, polling, verified.
# drivers: ours mixed
# kernel: plain debug kcsan rt
# timeout: 240
# boot: --smp 4 --load hv_vmbus --image d1:128M
# boot: --qemu "-device scsi-hd,bus=scsi.0,lun=5,drive=d1,serial=five"
# boot: --qemu "-global hv-scsi.luns-overrun=on"
. /job/lib/common.sh
_run modprobe hv_blkvsc scsi_class=1 poll_queues=1
_wait_for 20 _has_disk "$CLASS_SCSI" 2 || _fail "two LUNs are not two disks"
for n in 1 2; do
	disk=$(_disk_of "$CLASS_SCSI" $n)
	case $disk in
	/dev/hvd[a-d]) _fail "$disk is a name of the IDE class" ;;
	/dev/hvd*) ;;
	*) _fail "$disk is not hv_blkvsc's" ;;
	esac
	_verified "$disk" --rw=randwrite --bsrange=512-256k --iodepth=32 --size=100m \
		--io_size="$(_long 256m 16m)"
	_verified "$disk" --rw=randwrite --bs=4k --hipri=1 --iodepth=8 --size=100m --io_size=4m
	at=/sys/block/${disk##*/}
	queues=("$at"/mq/*)
	_note "$disk lun $(<"$at/lun") queues ${#queues[@]} verified"
done
# A DVD drive that is added later is of no use here.
_run _device_add scsi-cd,bus=scsi.0,lun=6
said() { dmesg | _has "LUN 000006 is no disk"; }
_wait_for 20 said || _fail "nothing in the log about the DVD drive"
_run modprobe -r hv_blkvsc
[ -z "$(_disk_of "$CLASS_SCSI")" ] || _fail "disks stay after the driver went"
