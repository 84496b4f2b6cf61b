#!/bin/bash
# Small adjacent I/O that the block layer merges, within and across pages, ends where it belongs.
# drivers: ours intree mixed
# kernel: plain debug rt
# control: long
# boot: --smp 2
. /job/lib/common.sh
. /job/lib/stor.sh
# The second word of stat: how many reads the block layer joined; the sixth: writes.
joined() { awk '{ print $2 + $6 }' "/sys/block/${1##*/}/stat"; }
for class in $CLASS_SCSI $CLASS_IDE; do
	disk=$(_wait_disk "$class") || exit 1
	before=$(joined "$disk")
	for piece in 512 1024 1536 3072 4608; do
		for count in 8 9 600; do
			_run pieces "$disk" $((piece * count)) $piece $count
		done
	done
	[ "$(joined "$disk")" -gt $((before + 1000)) ] ||
		_fail "$disk: nothing was joined: this shows nothing"
	_note "$disk of $(_driver_of "$disk"): right, $(($(joined "$disk") - before)) joined"
done
