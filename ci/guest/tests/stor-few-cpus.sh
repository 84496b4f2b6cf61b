#!/bin/bash
# With fewer CPUs than possible ones, both channels of a controller carry commands.
# drivers: ours intree
# kernel: plain
# boot: --smp 2 --bare --image a:256M --append possible_cpus=8
# boot: --qemu "-device hv-scsi,id=scsi,subchannels=1 -device scsi-hd,bus=scsi.0,drive=a"
. /job/lib/common.sh
. /job/lib/stor.sh
disk=$(_wait_disk_on scsi) || exit 1
_note "possible: $(</sys/devices/system/cpu/possible), online: $(</sys/devices/system/cpu/online)"
_run fio --name=v --filename="$disk" --direct=1 --rw=randread --bs=4k --ioengine=io_uring \
	--iodepth=8 --numjobs=2 --cpus_allowed=0-1 --cpus_allowed_policy=split --size=64m \
	--io_size=4m
counts=$(_channels 'c["packets-in"]' 'id == "scsi" and c["state"] == "open"' | xargs)
_note "commands per channel: $counts"
[ "$(wc -w <<<"$counts")" = 2 ] || _fail "not two channels: $counts"
for n in $counts; do [ "$n" -gt 40 ] || _fail "a channel is idle: $counts"; done
