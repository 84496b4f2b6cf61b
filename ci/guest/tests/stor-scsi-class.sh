#!/bin/bash
# hv_blkvsc takes a SCSI-class controller on request: all LUNs, sub-channels, polling, verified.
# drivers: ours
# kernel: plain debug kcsan
# boot: --smp 4 --load hv_vmbus --image d1:128M --qemu "-device scsi-hd,bus=scsi.0,lun=5,drive=d1,serial=five"
# timeout: 240
. /job/lib.sh
_run modprobe hv_blkvsc scsi_class=1 poll_queues=1
_wait_for 20 _has_disk "$CLASS_SCSI" 2 || _fail "two LUNs are not two disks"
for n in 1 2; do
	disk=$(_disk_of "$CLASS_SCSI" $n)
	case $disk in /dev/hvd*) ;; *) _fail "$disk is not hv_blkvsc's" ;; esac
	_run fio --name=v --filename="$disk" --rw=randwrite --bsrange=512-256k --direct=1 --ioengine=io_uring \
		--iodepth=32 --size=100m --io_size="$(_long 256m 16m)" --verify=crc32c --do_verify=1 \
		--verify_fatal=1 --verify_dump=0
	_run fio --name=p --filename="$disk" --rw=randwrite --bs=4k --direct=1 --ioengine=io_uring --hipri=1 \
		--iodepth=8 --size=100m --io_size=4m --verify=crc32c --do_verify=1 --verify_fatal=1 --verify_dump=0
	_note "$disk lun $(cat "/sys/block/${disk##*/}/lun") queues $(find "/sys/block/${disk##*/}/mq" -mindepth 1 -maxdepth 1 | wc -l) verified"
done
_run modprobe -r hv_blkvsc
[ -z "$(_disk_of "$CLASS_SCSI")" ] || _fail "disks stay after the driver went"
