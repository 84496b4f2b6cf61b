#!/bin/bash
# Every device is unbound and bound again and again; nothing is left behind.
# drivers: ours intree mixed
# kernel: plain debug kcsan rt
# control: long
# timeout: 150
. /job/lib/common.sh
. /job/lib/leaks.sh
drv=/sys/bus/vmbus/drivers
nic_there() { [ -n "$(_nic)" ]; }
sum() { dd if="$1" bs=64k count=8 iflag=direct status=none | md5sum; }
declare -A dir driver=([$CLASS_SCSI]=hv_storvsc [$CLASS_IDE]=hv_storvsc [$CLASS_NET]=hv_netvsc) sums
! _there hv_blkvsc || driver[$CLASS_IDE]=hv_blkvsc
for class in "${!driver[@]}"; do dir[$class]=$(_vmbus_devices "$class"); done
for class in $CLASS_SCSI $CLASS_IDE; do
	disk=$(_wait_disk "$class") || exit 1
	_run dd if=/dev/urandom of="$disk" bs=64k count=8 oflag=direct
	sums[$class]=$(sum "$disk")
done

cycle() {
	local class
	for class in $CLASS_SCSI $CLASS_IDE $CLASS_NET; do
		echo "${dir[$class]##*/}" >"$drv/${driver[$class]}/unbind" ||
			_fail "$1: unbind $class"
		[ ! -e "${dir[$class]}/driver" ] || _fail "$1: $class is still bound"
	done
	_shares "0 0" || _fail "$1: all unbound, and the host holds $(_shared) buffers and pages"
	for class in $CLASS_SCSI $CLASS_IDE $CLASS_NET; do
		echo "${dir[$class]##*/}" >"$drv/${driver[$class]}/bind" || _fail "$1: bind $class"
	done
	for class in $CLASS_SCSI $CLASS_IDE; do
		disk=$(_wait_disk "$class") || _fail "$1: no disk of class $class"
		[ "$(sum "$disk")" = "${sums[$class]}" ] || _fail "$1: $disk: data differ"
	done
	_wait_for 10 nic_there || _fail "$1: no network adapter"
}

for i in 1 2 3; do cycle "warm-up $i"; done
# Sub-channels come some time after the disk.
sleep 1
_leak_start
cycles=$(_long 1000 20)
for ((i = 0; i < cycles; i++)); do cycle "round $i"; done
_leak_end "$cycles"
_run ip link set "$(_nic)" up
_run busybox_dhcp "$(_nic)"
_run ping -q -c 3 -i 0.1 10.0.2.2
