#!/bin/bash
# Modules are unloaded and loaded while synthetic timers keep time; nothing is left behind.
# drivers: ours intree
# kernel: plain debug kcsan rt
# control: long
# timeout: 200
# xfail intree: vmbus_exit() calls hv_stimer_global_cleanup(), which stops the built-in clock
# xfail intree: event devices without handing over to another timer: the guest stands still
. /job/lib/common.sh
. /job/lib/leaks.sh
_wait_disk "$CLASS_SCSI" >/dev/null || exit 1
mods="hv_netvsc hv_storvsc"
! _ours || mods="hv_netvsc hv_blkvsc hv_storvsc hv_vstor"
disk=$(_wait_disk "$CLASS_SCSI") || exit 1
_run dd if=/dev/urandom of="$disk" bs=64k count=16 oflag=direct
sum=$(dd if="$disk" bs=64k count=16 iflag=direct status=none | md5sum)

devices() { find /sys/bus/vmbus/devices -type l | wc -l; }
there=$(devices)

cycle() {
	for m in $mods hv_vmbus; do _run rmmod "$m"; done
	# The host must hold nothing of the guest when its memory is free again.
	_shares "0 0" || _fail "$1: unloaded, and the host holds $(_shared) buffers and pages"
	sleep 0.2 # would not end without a clock event device
	_run modprobe hv_vmbus
	# Who loads the bus finds what the host has offered.
	[ "$(devices)" = "$there" ] || _fail "$1: $(devices) devices of $there are there at once"
	for m in hv_storvsc $(_ours && echo hv_blkvsc) hv_netvsc; do _run modprobe "$m"; done
	disk=$(_wait_disk "$CLASS_SCSI") || _fail "$1: no disk"
	_wait_disk "$CLASS_IDE" >/dev/null || _fail "$1: no IDE-class disk"
	_wait_for 10 nic_there || _fail "$1: no network adapter"
	[ "$(dd if="$disk" bs=64k count=16 iflag=direct status=none | md5sum)" = "$sum" ] ||
		_fail "$1: data differ"
}
nic_there() { [ -n "$(_nic)" ]; }

for i in 1 2; do cycle "warm-up $i"; done
_leak_start
cycles=$(_long 1000 5)
for ((i = 0; i < cycles; i++)); do cycle "round $i"; done
_leak_end "$cycles"
