#!/bin/bash
# Disks of 3 TiB: beyond 2 TiB of 512-byte blocks nothing wraps.
# drivers: ours intree mixed
# kernel: plain debug rt
# control: long
# boot: --smp 2 --bare --image s:3T --image i:3T
# boot: --qemu "-device hv-scsi,id=scsi -device scsi-hd,bus=scsi.0,drive=s"
# boot: --qemu "-device hv-ide,id=ide,drive=i"
. /job/lib/common.sh
. /job/lib/stor.sh
# read_at BYTE N: N times 512 KiB.
read_at() { dd if="$disk" bs=512k count="$2" skip="$1" iflag=direct,skip_bytes status=none; }

for class in $CLASS_SCSI $CLASS_IDE; do
	disk=$(_wait_disk "$class") || exit 1
	[ "$(blockdev --getsize64 "$disk")" = $((3 << 40)) ] ||
		_fail "$disk: size $(blockdev --getsize64 "$disk")"
	# Where 32 bits of blocks or of bytes end, across it, and the last MiB.
	places="0 $(((1 << 32) - 1048576)) $(((2 << 40) - 524288)) $((2 << 40))"
	places+=" $(((5 << 39) + 4096)) $(((3 << 40) - 1048576))"
	for at in $places; do
		_pattern "$at" 1 | dd of="$disk" bs=512k iflag=fullblock seek="$at" \
			oflag=direct,seek_bytes status=none ||
			_fail "$disk: write at $at"
	done
	for at in $places; do
		# The fourth overwrote half of the third.
		[ "$at" != $(((2 << 40) - 524288)) ] || continue
		read_at "$at" 2 | cmp - <(_pattern "$at" 1) ||
			_fail "$disk: at $at there is something else"
	done
	at=$(((2 << 40) - 524288))
	read_at $at 1 | cmp - <(_pattern $at 1 | head -c 524288) ||
		_fail "$disk: below 2 TiB there is something else"
	_run blkdiscard -o $((2 << 40)) -l 1048576 "$disk"
	read_at $((2 << 40)) 2 | cmp - <(head -c 1048576 /dev/zero) ||
		_fail "$disk: discarded beyond 2 TiB, but not zero"
	_note "$disk of $(_driver_of "$disk"): 3 TiB"
done
