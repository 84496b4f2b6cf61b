# shellcheck shell=bash
# version WANTED: the protocol version that the host and both sides' logs tell,
# data through every kind of device, and channels that move as far as this
# version lets them.
version() {
	local want=$1 got class
	got=$(_qmp x-query-hyperv | _json 'd["return"]["vmbus"].get("version")')
	[ "$got" = "$want" ] || _fail "the host says $got was agreed on, not $want"
	dmesg | grep -Eiq "vmbus.*version:? ?${want/./\\.}\$" || _fail "$want is not in the log: $(dmesg | grep -i vmbus)"
	for class in $CLASS_SCSI $CLASS_IDE $CLASS_NET; do
		[ "$(_vmbus_devices "$class" | wc -l)" = 1 ] || _fail "class $class: $(_vmbus_devices "$class" | wc -l) devices, 1 offered"
	done
	version_disk "$CLASS_SCSI"
	version_disk "$CLASS_IDE"
	version_nic
	version_move
	version_offline
	# Where the channel is now, it carries data as well.
	version_disk "$CLASS_SCSI"
	_note "$got: disks verified, adapter answers"
}

# Written with one pattern, read back past every cache.
version_disk() {
	local disk
	disk=$(_wait_disk "$1") || exit 1
	_run fio --name=v --filename="$disk" --size=32m --rw=randwrite --bsrange=4k-128k --direct=1 \
		--ioengine=io_uring --iodepth=16 --numjobs=2 --offset_increment=64m \
		--verify=crc32c --do_verify=1 --verify_fatal=1 --verify_dump=0 --randseed="$RANDOM"
}

version_nic() {
	local nic
	nic=$(_nic)
	[ -n "$nic" ] || _fail "no network interface"
	_run ip link set "$nic" up
	_run busybox_dhcp "$nic"
	_run ping -q -c 5 -i 0.05 -W 2 -s 1472 10.0.2.2
}

# Where the host sends a channel's interrupts.
target_vp() {
	_qmp x-query-hyperv | _json "[c.get('target-vp') for c in d['return']['vmbus']['channels'] if c['relid'] == $1][0]"
}

# Each channel of the controller to every processor: from 4.1 on the host can be
# told, before it cannot, and then nothing may have changed.
version_move() {
	local dir cpu old relid
	for dir in "$(_vmbus_devices "$CLASS_SCSI")"/channels/*; do
		relid=${dir##*/}
		for cpu in 0 1 2 3; do
			old=$(<"$dir/cpu")
			[ "$old" != "$cpu" ] || continue
			if [ "$want" = 4.0 ]; then
				! { echo $cpu >"$dir/cpu"; } 2>/dev/null || _fail "channel $relid moved, with protocol 4.0"
				cpu=$old
			else
				echo $cpu >"$dir/cpu" || _fail "channel $relid does not move to CPU $cpu"
			fi
			[ "$(<"$dir/cpu")" = "$cpu" ] || _fail "channel $relid: CPU $(<"$dir/cpu") in sysfs, not $cpu"
			# Below 5.3 nobody says when it was done.
			_wait_for 5 moved "$relid" "$cpu" || _fail "channel $relid: the host interrupts VP $(target_vp "$relid"), not $cpu"
		done
	done
}

# A processor that channels are on: they leave it, or it cannot go. Mainline's
# driver moves them only where the host says when that was done, from 5.3 on.
stuck() {
	case $want in
	4.0) true ;;
	5.3) false ;;
	*) ! _ours ;;
	esac
}
version_offline() {
	local online=/sys/devices/system/cpu/cpu3/online
	on_cpu3 || _fail "no channel is on CPU 3"
	if stuck; then
		! { echo 0 >$online; } 2>/dev/null || _fail "CPU 3 went, with channels that cannot leave it"
		on_cpu3 || _fail "a channel left CPU 3, which could not go"
		return
	fi
	echo 0 >$online || _fail "CPU 3 does not go"
	! on_cpu3 || _fail "a channel is on CPU 3, which is gone"
	version_disk "$CLASS_SCSI"
	echo 1 >$online || _fail "CPU 3 does not come"
}
on_cpu3() { grep -qx 3 "$(_vmbus_devices "$CLASS_SCSI")"/channels/*/cpu; }
moved() { [ "$(target_vp "$1")" = "$2" ]; }
