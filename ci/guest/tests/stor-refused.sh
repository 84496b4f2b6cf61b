#!/bin/bash
# WRITE SAME and UNMAP that the host does not know are turned off, not I/O errors.
# drivers: ours
# kernel: plain debug rt
# boot: --qemu "-global hv-stor.msft-disk=off"
. /job/lib/common.sh
. /job/lib/stor.sh
export LC_ALL=C

# refuse OPCODE: CHECK CONDITION, SRB status INVALID REQUEST, no sense data.
refuse() {
	_knob "$id" x-inject-sense 0
	_knob "$id" x-inject-scsi-status 2
	_knob "$id" x-inject-srb-status 6
	_knob "$id" x-inject-opcode "$1"
	_knob "$id" x-inject-count 1000
}
allow() { _knob "$id" x-inject-count 0; }

while read -r id same; do
	disk=$(_wait_disk_on "$id") || exit 1
	_run dd if=/dev/urandom of="$disk" bs=1M count=4 oflag=direct
	before=$(_prop "$id" x-stat-injected)
	refuse "$same"
	_run blkdiscard -z -o 1048576 -l 65536 "$disk"
	[ "$(_prop "$id" x-stat-injected)" -gt "$before" ] ||
		_fail "$disk: WRITE SAME was not tried"
	dd if="$disk" bs=64k skip=16 count=1 iflag=direct status=none |
		cmp - <(head -c 65536 /dev/zero) || _fail "$disk: not zeroed"
	[ "$(_queue "$disk" write_zeroes_max_bytes)" = 0 ] ||
		_fail "$disk: WRITE SAME is still offered"
	refuse 66
	blkdiscard -o 1048576 -l 1048576 "$disk" 2>/dev/null
	blkdiscard -o 1048576 -l 1048576 "$disk" 2>/run/err &&
		_fail "$disk: a discard that does not work"
	grep -q "not supported" /run/err || _fail "$disk: discard: $(cat /run/err)"
	allow
	_verified "$disk" --rw=randwrite --bsrange=4k-64k --iodepth=8 --size=16m --io_size=2m
	_note "$disk of $(_driver_of "$disk"): zeroes written, discard turned off"
done <<-E2
	scsi 65
	ide 147
E2
