#!/bin/bash
# Every VSTOR version on both disk classes: negotiated as capped, with data and flushes.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 180
# boot: --smp 2 --bare --image sd:64M --image se:64M --image ic:64M --image id:64M
# boot: --qemu "-device hv-scsi,id=s6.0,vstor-version=6.0 -device scsi-hd,bus=s6.0.0,drive=sd"
# boot: --qemu "-device hv-scsi,id=s6.2,vstor-version=6.2 -device scsi-hd,bus=s6.2.0,drive=se"
# boot: --qemu "-device hv-ide,id=i6.0,vstor-version=6.0,drive=ic,path=1"
# boot: --qemu "-device hv-ide,id=i6.2,vstor-version=6.2,drive=id,path=1,target=1"
. /job/lib/common.sh
. /job/lib/stor.sh
for id in s6.0 s6.2 i6.0 i6.2; do
	disk=$(_wait_disk_on $id) || exit 1
	# The host accepts no version above its limit; in-tree does not log the result.
	! _ours || dmesg | _has "$(_instance $id): VSTOR ${id#?}," ||
		_fail "$id: another version was agreed upon"
	_verified "$disk" --rw=randwrite --bsrange=512-64k --iodepth=16 --size=60m \
		--io_size="$(_long 256m 4m)"
	before=$(_prop $id x-stat-flushes)
	_pattern "$id" 1 | dd of="$disk" bs=64k conv=fsync status=none || _fail "$id: write"
	[ "$(_prop $id x-stat-flushes)" -gt "$before" ] ||
		[ "$(_prop $id x-stat-fua-writes)" -gt 0 ] ||
		_fail "$id: fsync did not reach the host"
	_pattern "$id" 1 | cmp - <(dd if="$disk" bs=64k count=16 iflag=direct status=none) ||
		_fail "$id: data differ"
	! _ours || [ "$(_prop $id x-stat-refusals)" = 0 ] || _fail "$id: the host refused commands"
	_note "$id: $disk of $(_driver_of "$disk") verified"
done
