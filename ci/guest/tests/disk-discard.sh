#!/bin/bash
# Discarded and zeroed ranges read as zeroes; the host gets UNMAP and, if it likes, WRITE SAME.
# drivers: ours intree mixed
# kernel: plain debug rt
# variants: on off
# boot: --qemu "-global hv-stor.msft-disk=%v"
. /job/lib/common.sh
. /job/lib/stor.sh

zero() { dd if=/dev/zero of=/run/data bs=512 seek="$1" count="$2" conv=notrunc status=none; }
same() {
	dd if="$disk" bs=1M count=16 iflag=direct status=none | cmp - /run/data ||
		_fail "$disk: $1: contents differ"
}
# asked COUNTER COMMAND...: the command makes the host's counter go up.
asked() {
	local counter=$1 before written
	shift
	before=$(_prop "$id" "$counter")
	written=$(_prop "$id" x-stat-write-bytes)
	_run "$@"
	[ "$(_prop "$id" "$counter")" -gt "$before" ] ||
		_fail "$disk: $*: $counter stays at $before"
	[ "$(_prop "$id" x-stat-write-bytes)" = "$written" ] ||
		_fail "$disk: $*: wrote the zeroes one by one"
}

for id in scsi ide; do
	disk=$(_wait_disk_on $id) || exit 1
	dd if=/dev/urandom of=/run/data bs=1M count=16 status=none
	dd if=/run/data of="$disk" bs=1M oflag=direct status=none || _fail "write"
	[ "$(_queue "$disk" discard_max_bytes)" -gt 0 ] || _fail "$disk: no discard"
	asked x-stat-unmaps blkdiscard -o $((4 << 20)) -l $((2 << 20)) "$disk"
	zero 8192 4096
	same "discard"
	# Hyper-V's disks unmap with UNMAP only: zeroes are written.
	if [ "$VARIANT" = on ]; then
		limit=$(_queue "$disk" write_zeroes_max_bytes)
		[ "$limit" = 0 ] || _fail "$disk: WRITE SAME of up to $limit bytes"
		_run blkdiscard -z -o $((10 << 20)) -l $((1 << 20)) "$disk"
		zero 20480 2048
		same "zeroes"
		_note "$disk: discard as it should be, zeroes written"
		continue
	fi
	# Mainline's driver turns WRITE SAME off.
	_is_ours "$disk" || { _note "$disk: discard as it should be"; continue; }
	[ "$(_queue "$disk" write_zeroes_max_bytes)" -gt 0 ] || _fail "$disk: no write zeroes"
	asked x-stat-write-sames blkdiscard -z -o $((10 << 20)) -l $((1 << 20)) "$disk"
	zero 20480 2048
	# Not on any boundary but that of a sector.
	asked x-stat-write-sames blkdiscard -z -o $(((12 << 20) + 512)) -l $((65536 - 1024)) "$disk"
	zero 24577 126
	same "zeroes"
	# By a file system: what a hole is punched into is zeroes.
	_run fallocate -p -o $((14 << 20)) -l $((512 << 10)) "$disk"
	zero 28672 1024
	sync
	same "punched hole"
	_note "$disk: discard and zeroes as they should be"
done
