#!/bin/bash
# Both disk classes, written and verified with checksums, queue depth 32, every CPU.
# drivers: ours intree mixed
# kernel: plain debug kcsan rt
# timeout: 240
. /job/lib/common.sh
for class in $CLASS_SCSI $CLASS_IDE; do
	disk=$(_wait_disk "$class") || exit 1
	cpus=$(nproc)
	size=$(($(blockdev --getsize64 "$disk") / cpus / 4096 * 4096))
	for rw in write randwrite; do
		_verified "$disk" --rw=$rw --bsrange=4k-256k --iodepth=32 --numjobs="$cpus" \
			--cpus_allowed="0-$((cpus - 1))" --cpus_allowed_policy=split \
			--offset_increment=$size --size=$size --io_size="$(_long 1g 24m)"
	done
	_note "$disk verified on $cpus CPUs"
done
