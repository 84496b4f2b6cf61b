#!/bin/bash
# All channels carry commands where far more CPUs are possible than there are.
# drivers: ours
# kernel: plain debug rt
# timeout: 240
# boot: --smp 2,maxcpus=8 --bare --load hv_vmbus --image a:256M
# boot: --qemu "-device hv-scsi,id=scsi,subchannels=1 -device scsi-hd,bus=scsi.0,drive=a"
. /job/lib/common.sh
. /job/lib/stor.sh
packets() { _channels 'c["packets-in"]' "id == 'scsi' and c['state'] == 'open'" | xargs; }

possible=$(cat /sys/devices/system/cpu/possible)
[ "$possible" = 0-7 ] || _fail "CPUs $possible are possible: this shows nothing"
while read -r driver params; do
	_run modprobe "$driver" ${params:+"$params"}
	disk=$(_wait_disk "$CLASS_SCSI") || exit 1
	_verified "$disk" --rw=randwrite --bs=4k --iodepth=8 --numjobs=2 --cpus_allowed=0-1 \
		--cpus_allowed_policy=split --offset_increment=32m --size=32m --io_size=2m
	counts=$(packets)
	[ "$(wc -w <<<"$counts")" = 2 ] || _fail "$driver: channels: $counts"
	for n in $counts; do
		[ "$n" -gt 40 ] || _fail "$driver: a channel is idle: $counts"
	done
	[ "$(_channels 'c["target-vp"]' "id == 'scsi'" | sort -u | wc -l)" = 2 ] ||
		_fail "$driver: channels share a CPU"
	_note "$driver: $possible possible, commands per channel: $counts"
	_run rmmod "$driver"
done <<-E2
	hv_storvsc
	hv_blkvsc scsi_class=1
E2
