#!/bin/bash
# Memory and ring space run out: probes fail cleanly, I/O only waits, nothing leaks.
# drivers: ours
# kernel: debug
# timeout: 600
. /job/lib/common.sh
. /job/lib/leaks.sh
debug=/sys/kernel/debug
vmbus=/sys/bus/vmbus/drivers
scsi=$(_wait_disk "$CLASS_SCSI") || exit 1
ide=$(_wait_disk "$CLASS_IDE") || exit 1

# inject WHERE PERCENT: from now on; 0 ends it.
inject() {
	echo 0 >$debug/"$1"/verbose
	echo -1 >$debug/"$1"/times
	echo "$2" >$debug/"$1"/probability || _fail "no fault injection in $1"
}
for where in failslab fail_page_alloc; do
	echo 0 >$debug/$where/verbose
	echo N >$debug/$where/ignore-gfp-wait
done
echo 0 >$debug/fail_page_alloc/min-order

# To senders the ring seems full: they wait, and nothing is lost.
inject hv_vmbus/fail_send 20
for disk in "$scsi" "$ide"; do
	_verified "$disk" --rw=randwrite --bsrange=4k-64k --iodepth=16 --size=100m \
		--io_size="$(_long 256m 12m)"
done
nic=$(_nic)
_run ip link set "$nic" up
_run busybox_dhcp "$nic"
_run ping -q -c 20 -i 0.05 -W 5 -s 1400 10.0.2.2
inject hv_vmbus/fail_send 0

# with_nth N FILE WORD: writes it while the Nth allocation of the writer fails.
# Says whether that many were needed at all.
with_nth() {
	(
		# Opened before: the allocations that count are the driver's.
		exec 3>"$2" 2>/dev/null
		echo "$1" >/proc/self/fail-nth
		echo "$3" >&3
		read -r left </proc/self/fail-nth
		echo 0 >/proc/self/fail-nth
		[ "$left" = 0 ]
	)
}

# every_nth DRIVER-DIRECTORY DEVICE: its probe with each allocation failing once.
every_nth() {
	local n failed=0
	for ((n = 1; n <= $(_long 2000 60); n++)); do
		echo "$2" >"$1/unbind" || _fail "unbind $2, round $n"
		with_nth $n "$1/bind" "$2" || break
		[ -e "$1/$2" ] && continue
		failed=$((failed + 1))
		echo "$2" >"$1/bind" || _fail "$2: does not bind after allocation $n failed"
	done
	[ -e "$1/$2" ] || echo "$2" >"$1/bind" || _fail "$2: does not bind in the end"
	_note "$2: $((n - 1)) allocations failed, one by one, and $failed of the probes with them"
	[ $failed -gt 3 ] || _fail "$2: hardly a probe failed: is there fault injection?"
}
device() { basename "$(_vmbus_devices "$1")"; }
there() { _has_disk "$CLASS_SCSI" && _has_disk "$CLASS_IDE" && [ -n "$(_nic)" ]; }
whole() {
	_wait_for 60 there || _fail "$1: not all devices are back"
	for disk in $(_disk_of "$CLASS_SCSI") $(_disk_of "$CLASS_IDE"); do
		_verified "$disk" --rw=randwrite --bs=16k --size=4m --ioengine=psync
	done
}

for round in warm-up counted; do
	every_nth $vmbus/hv_storvsc "$(device "$CLASS_SCSI")"
	every_nth $vmbus/hv_blkvsc "$(device "$CLASS_IDE")"
	every_nth $vmbus/hv_netvsc "$(device "$CLASS_NET")"
	whole "$round, devices"
	# The whole bus, with all that hangs on it.
	every_nth /sys/bus/platform/drivers/hv_vmbus VMBUS:00
	whole "$round, bus"
	sleep 2
	[ $round = counted ] || _leak_start
done
_leak_end 200

# Rings and GPADLs that cannot be had, at random, in whatever context.
inject hv_vmbus/fail_alloc 30
for ((i = 0; i < $(_long 200 10); i++)); do
	for pair in "hv_storvsc $CLASS_SCSI" "hv_blkvsc $CLASS_IDE" "hv_netvsc $CLASS_NET"; do
		read -r driver class <<<"$pair"
		[ ! -e "$(_vmbus_devices "$class")/driver" ] ||
			device "$class" >"$vmbus/$driver/unbind"
		{ device "$class" >"$vmbus/$driver/bind"; } 2>/dev/null
	done
done
inject hv_vmbus/fail_alloc 0
for pair in "hv_storvsc $CLASS_SCSI" "hv_blkvsc $CLASS_IDE" "hv_netvsc $CLASS_NET"; do
	read -r driver class <<<"$pair"
	[ -e "$(_vmbus_devices "$class")/driver" ] || device "$class" >"$vmbus/$driver/bind" ||
		_fail "$driver does not bind"
done
whole "after allocations that failed at random"
