#!/bin/bash
# WRITE SAME or UNMAP that the host does not know: zeroes are written, a discard is not supported.
# drivers: ours intree
# kernel: plain
# timeout: 150
# boot: --smp 2
. /job/lib/common.sh
. /job/lib/stor.sh
export LC_ALL=C
UNMAP=66 WRITE_SAME_10=65 WRITE_SAME_16=147
bad=''
# unknown OPCODE: the host answers INVALID REQUEST, without sense data.
unknown() {
	_knob "$id" inject-sense 0
	_knob "$id" inject-scsi-status 2
	_knob "$id" inject-srb-status 6
	_knob "$id" inject-opcode "$1"
	_knob "$id" inject-count 1000
}
# wrong WHAT: with the command that did it.
wrong() {
	bad="$bad $driver:$1"
	_note "$driver: $1: $(</run/err)"
}

for id in scsi ide; do
	disk=$(_wait_disk_on $id) || exit 1
	driver=$(_driver_of "$disk")
	_run dd if=/dev/urandom of="$disk" bs=64k seek=16 count=1 oflag=direct
	for opcode in $WRITE_SAME_10 $WRITE_SAME_16; do
		unknown "$opcode"
		blkdiscard -z -o 1048576 -l 65536 "$disk" 2>/run/err || wrong zeroes
	done
	_knob $id inject-count 0
	dd if="$disk" bs=64k skip=16 count=1 iflag=direct status=none |
		cmp - <(head -c 65536 /dev/zero) 2>/run/err || wrong contents
	# A discard that does not happen costs nothing, but is no I/O error for ever.
	unknown $UNMAP
	blkdiscard -o 1048576 -l 1048576 "$disk" 2>/dev/null
	blkdiscard -o 1048576 -l 1048576 "$disk" 2>/run/err || grep -q "not supported" /run/err ||
		wrong discard
	_knob $id inject-count 0
	[ "$(_prop $id stat-injected)" -gt 0 ] || _fail "$disk: never asked: this shows nothing"
done
[ -z "$bad" ] || _fail "a command that the host does not know is an I/O error:$bad"
