#!/bin/bash
# Discarded and zeroed ranges read as zeroes, their neighbours stay.
# drivers: ours intree
# kernel: plain debug
. /job/lib.sh
for class in $CLASS_SCSI $CLASS_IDE; do
	disk=$(wait_disk "$class") || exit 1
	dd if=/dev/urandom of=/run/data bs=1M count=16 status=none
	dd if=/run/data of="$disk" bs=1M oflag=direct status=none || fail "write"
	[ "$(cat "/sys/block/${disk##*/}/queue/discard_max_bytes")" -gt 0 ] || fail "$disk: no discard"
	run blkdiscard -o $((4 << 20)) -l $((2 << 20)) "$disk"
	run blkdiscard -z -o $((10 << 20)) -l $((1 << 20)) "$disk"
	dd if=/dev/zero of=/run/data bs=1M seek=4 count=2 conv=notrunc status=none
	dd if=/dev/zero of=/run/data bs=1M seek=10 count=1 conv=notrunc status=none
	dd if="$disk" bs=1M count=16 iflag=direct status=none | cmp - /run/data || fail "$disk: contents differ"
	note "$disk: discard and zeroes as they should be"
done
