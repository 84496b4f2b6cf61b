#!/bin/bash
# A host that speaks no newer VMBus gets this version; all devices and channels work with it.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# variants: 4.0 4.1 5.0 5.1 5.2 5.3 6.0
# brief: 4.0 5.2 6.0
# boot: --vmbus max-version=%v
. /job/lib/common.sh

# The host and the guest's log name the version, and every device is there.
check_version() {
	local got class
	got=$(_qmp x-query-hyperv | _json 'd["return"]["vmbus"].get("version")')
	[ "$got" = "$VARIANT" ] || _fail "the host says $got was agreed on, not $VARIANT"
	dmesg | _has -Ei "vmbus.*version:? ?${VARIANT/./\\.}\$" ||
		_fail "$VARIANT is not in the log: $(dmesg | grep -i vmbus)"
	for class in $CLASS_SCSI $CLASS_IDE $CLASS_NET; do
		[ "$(_vmbus_devices "$class" | wc -l)" = 1 ] ||
			_fail "class $class: $(_vmbus_devices "$class" | wc -l) devices, 1 offered"
	done
	lsvmbus -v >/run/lsvmbus || _fail "lsvmbus"
	[ "$(grep -c '^VMBUS ID' /run/lsvmbus)" = 3 ] ||
		_fail "not 3 devices in lsvmbus: $(</run/lsvmbus)"
}

# Written with one pattern, read back past every cache.
check_disk() {
	local disk
	disk=$(_wait_disk "$1") || exit 1
	_verified "$disk" --size=32m --rw=randwrite --bsrange=4k-128k --iodepth=16 --numjobs=2 \
		--offset_increment=64m --randseed="$RANDOM"
}

check_nic() {
	local nic
	nic=$(_nic)
	[ -n "$nic" ] || _fail "no network interface"
	_run ip link set "$nic" up
	_run busybox_dhcp "$nic"
	_run ping -q -c 5 -i 0.05 -W 2 -s 1472 10.0.2.2
}

# Where the host sends a channel's interrupts.
target_vp() { _channels 'c.get("target-vp")' "c['relid'] == $1"; }
moved() { [ "$(target_vp "$1")" = "$2" ]; }

# move_channel CHANNEL-DIRECTORY CPU: from 4.1 on the host can be asked to; before
# that it cannot, and then nothing may have changed.
move_channel() {
	local dir=$1 cpu=$2 relid=${1##*/} old
	old=$(<"$dir/cpu")
	[ "$old" != "$cpu" ] || return 0
	if [ "$VARIANT" = 4.0 ]; then
		! { echo "$cpu" >"$dir/cpu"; } 2>/dev/null ||
			_fail "channel $relid moved, with protocol 4.0"
		cpu=$old
	else
		echo "$cpu" >"$dir/cpu" || _fail "channel $relid does not move to CPU $cpu"
	fi
	[ "$(<"$dir/cpu")" = "$cpu" ] ||
		_fail "channel $relid: CPU $(<"$dir/cpu") in sysfs, not $cpu"
	# Below 5.3 the host does not say when it was done.
	_wait_for 5 moved "$relid" "$cpu" ||
		_fail "channel $relid: the host interrupts VP $(target_vp "$relid"), not $cpu"
}

# Each channel of the controller to every processor.
check_moves() {
	local dir cpu
	for dir in "$(_vmbus_devices "$CLASS_SCSI")"/channels/*; do
		for cpu in 0 1 2 3; do move_channel "$dir" $cpu; done
	done
}

on_cpu3() { grep -qx 3 "$(_vmbus_devices "$CLASS_SCSI")"/channels/*/cpu; }

# Channels leave a processor that goes only where the host says when that was
# done, from 5.3 on.
stuck() {
	case $VARIANT in
	4.* | 5.[0-2]) true ;;
	*) false ;;
	esac
}

# A processor that channels are on: they leave it, or it cannot go.
check_offline() {
	local online=/sys/devices/system/cpu/cpu3/online
	on_cpu3 || _fail "no channel is on CPU 3"
	if stuck; then
		! { echo 0 >$online; } 2>/dev/null ||
			_fail "CPU 3 went, with channels that cannot leave it"
		on_cpu3 || _fail "a channel left CPU 3, which could not go"
		return
	fi
	echo 0 >$online || _fail "CPU 3 does not go"
	! on_cpu3 || _fail "a channel is on CPU 3, which is gone"
	check_disk "$CLASS_SCSI"
	echo 1 >$online || _fail "CPU 3 does not come"
}

check_version
check_disk "$CLASS_SCSI"
check_disk "$CLASS_IDE"
check_nic
check_moves
check_offline
# Where the channels are now, they carry data as well.
check_disk "$CLASS_SCSI"
_note "$VARIANT: disks verified, adapter answers"
