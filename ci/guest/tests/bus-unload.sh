#!/bin/bash
# All modules are removed and loaded again while synthetic timers keep the time.
# drivers: ours intree
# kernel: plain debug
# timeout: 90
# xfail intree: vmbus_exit() calls hv_stimer_global_cleanup(), which stops the built-in clock event devices without handing over to another timer: the guest stands still
. /job/lib.sh
wait_disk "$CLASS_SCSI" >/dev/null || exit 1
grep -q . /proc/interrupts
mods="hv_netvsc hv_storvsc"
! ours || mods="hv_netvsc hv_blkvsc hv_storvsc hv_vstor"
for i in $(seq "$(long 1000 5)"); do
	for m in $mods hv_vmbus; do
		run rmmod "$m"
	done
	sleep 0.2 # would not end without a clock event device
	for m in hv_vmbus hv_storvsc $(ours && echo hv_blkvsc) hv_netvsc; do run modprobe "$m"; done
	disk=$(wait_disk "$CLASS_SCSI") || fail "round $i: no disk"
	run dd if="$disk" of=/dev/null bs=64k count=16 iflag=direct
done
