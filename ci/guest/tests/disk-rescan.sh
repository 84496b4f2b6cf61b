#!/bin/bash
# The documented rescan shows that an idle disk has grown.
# drivers: ours intree
# kernel: plain
# boot: --smp 2
. /job/lib/common.sh
. /job/lib/stor.sh
grown() { [ "$(blockdev --getsize64 "$disk")" -gt "$old" ]; }
bad=''
for pair in scsi:scsi0 ide:ide0; do
	disk=$(_wait_disk_on "${pair%:*}") || exit 1
	old=$(blockdev --getsize64 "$disk")
	sleep 1
	_run _qmp block_resize "{\"node-name\":\"${pair#*:}\",\"size\":$((old + (64 << 20)))}"
	sleep 2
	echo 1 >"/sys/block/${disk##*/}/device/rescan" || bad="$bad ${disk##*/}:no-rescan"
	_wait_for 5 grown || bad="$bad ${disk##*/}:still-$old"
done
[ -z "$bad" ] || _fail "the documented rescan does not show the new size:$bad"
