#!/bin/bash
# A disk that is "becoming ready" for its first commands appears, with its 3 TiB.
# drivers: ours intree
# kernel: plain
# boot: --smp 2 --bare --load hv_vmbus --image i:3T --qemu "-device hv-ide,id=ide,drive=i"
. /job/lib/common.sh
. /job/lib/stor.sh
READ_CAPACITY_16=158
_knob ide inject-opcode $READ_CAPACITY_16
_knob ide inject-sense $((0x020401))
_knob ide inject-scsi-status 2
_knob ide inject-srb-status $((0x84))
_knob ide inject-count 12
if _ours; then _run modprobe hv_blkvsc; else _run modprobe hv_storvsc; fi
_wait_for 40 _has_disk "$CLASS_IDE" || _fail "the disk never comes: $(dmesg | tail -n 4)"
disk=$(_disk_of "$CLASS_IDE")
size_is_right() { [ "$(blockdev --getsize64 "$disk")" = $((3 << 40)) ]; }
_wait_for 10 size_is_right ||
	_fail "$disk: size $(blockdev --getsize64 "$disk")"
