#!/bin/bash
# A LUN appears while the first disk is busy, carries data, and goes again.
# drivers: ours intree
# kernel: plain debug rt
# boot: --image hot:128M
. /job/lib/common.sh
first=$(_wait_disk "$CLASS_SCSI") || exit 1
fio --name=load --filename="$first" --rw=randread --bs=4k --direct=1 --ioengine=io_uring \
	--iodepth=8 --time_based --runtime=600 >/dev/null 2>&1 &
load=$!
two() { _has_disk "$CLASS_SCSI" 2; }
one() { ! two; }
for i in $(seq "$(_long 100 3)"); do
	# The host may still be letting go of the last one.
	_wait_for 5 _device_add scsi-hd,bus=scsi.0,drive=hot,lun=5,id=hotlun ||
		_fail "device_add"
	_wait_for 20 two || _fail "round $i: the new LUN is not seen"
	disk=$(for n in 1 2; do _disk_of "$CLASS_SCSI" $n; done | grep -v "^$first$")
	dd if=/dev/urandom of=/run/data bs=1M count=4 status=none
	dd if=/run/data of="$disk" bs=1M oflag=direct status=none || _fail "round $i: write"
	dd if="$disk" bs=1M count=4 iflag=direct status=none | cmp - /run/data ||
		_fail "round $i: data differ"
	_run _device_del hotlun
	_wait_for 30 one || _fail "round $i: the LUN does not go"
done
kill -0 $load || _fail "the load on the first disk ended"
kill $load
_nothing_flushed
