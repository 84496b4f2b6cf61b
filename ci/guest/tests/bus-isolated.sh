#!/bin/bash
# Processors that are isolated from managed interrupts get no channel, not even when asked for.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 60
# boot: --append isolcpus=managed_irq,3
. /job/lib/common.sh
disk=$(_wait_disk "$CLASS_SCSI") || exit 1
_run dd if=/dev/urandom of="$disk" bs=1M count=8 oflag=direct
set_cpu() { echo "$2" 2>/dev/null >"$1/cpu"; }
n=0
for ch in /sys/bus/vmbus/devices/*/channels/*; do
	[ "$(<"$ch/cpu")" != 3 ] || _fail "$ch is on the isolated processor"
	# A closed channel takes any other; before it is open nobody asks the host.
	set_cpu "$ch" 1 || continue
	! set_cpu "$ch" 3 || _fail "$ch: the isolated processor was taken"
	[ "$(<"$ch/cpu")" = 1 ] || _fail "$ch is on processor $(<"$ch/cpu")"
	n=$((n + 1))
done
[ $n -ge 3 ] || _fail "$n channels could be moved"
_run dd if="$disk" of=/dev/null bs=1M count=8 iflag=direct
_note "$n channels"
