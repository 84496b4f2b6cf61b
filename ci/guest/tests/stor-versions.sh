#!/bin/bash
# Every VSTOR version is negotiated and carries data: 6.2 is the default, the others follow.
# drivers: ours
# kernel: plain
# boot: --smp 2 --bare --image a:64M --image b:64M --image c:64M --image d:64M --qemu "-device hv-scsi,id=va,vstor-version=2.0 -device scsi-hd,bus=va.0,drive=a -device hv-scsi,id=vb,vstor-version=5.1 -device scsi-hd,bus=vb.0,drive=b -device hv-scsi,id=vc,vstor-version=6.0 -device scsi-hd,bus=vc.0,drive=c -device hv-scsi,id=vd,vstor-version=6.2 -device scsi-hd,bus=vd.0,drive=d"
# timeout: 180
. /job/lib.sh
wait_for 30 has_disk "$CLASS_SCSI" 4 || fail "not all versions give a disk"
for version in 2.0 5.1 6.0 6.2; do
	dmesg | grep -q "hv_storvsc .*VSTOR $version," || fail "version $version was not negotiated"
done
for n in 1 2 3 4; do
	disk=$(disk_of "$CLASS_SCSI" $n)
	run fio --name=v --filename="$disk" --rw=randwrite --bsrange=512-64k --direct=1 --ioengine=io_uring \
		--iodepth=16 --size=60m --io_size=8m --verify=crc32c --do_verify=1 --verify_fatal=1 --verify_dump=0
	note "$disk verified"
done
