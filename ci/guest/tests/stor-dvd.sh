#!/bin/bash
# A controller with a DVD drive is left to hv_storvsc; one with disks only is not.
# drivers: ours
# kernel: plain debug rt
# boot: --smp 2 --bare --load hv_vmbus --image a:64M --image b:64M --image c:64M
# boot: --qemu "-device hv-scsi,id=mixed -device scsi-hd,bus=mixed.0,lun=0,drive=a"
# boot: --qemu "-device scsi-cd,bus=mixed.0,lun=1,drive=b"
# boot: --qemu "-device hv-scsi,id=disks -device scsi-hd,bus=disks.0,lun=0,drive=c"
. /job/lib/common.sh
. /job/lib/stor.sh
_run modprobe hv_blkvsc scsi_class=1
_run modprobe hv_storvsc
disk=$(_wait_disk_on disks) || exit 1
case $disk in /dev/hvd*) ;; *) _fail "a controller with disks only has $disk" ;; esac
disk=$(_wait_disk_on mixed 0:0) || exit 1
case $disk in /dev/sd*) ;; *) _fail "the disk beside a DVD drive is $disk" ;; esac
_wait_for 20 test -b /dev/sr0 || _fail "no DVD drive"
_verified "$disk" --rw=randwrite --bsrange=4k-64k --iodepth=8 --size=32m --io_size=4m
_note "DVD drive and $disk with hv_storvsc, the other disk with hv_blkvsc"
