#!/bin/bash
# A host that throttles, is late, or says nothing of what it took back: devices, unload, kexec work.
# drivers: ours
# kernel: plain debug rt
# timeout: 240
# variants: post-refuse=5 post-timeout=3 silent-rescind=on open-delay=200 disconnect-delay=5000
# boot: --mem 2048 --vmbus %v --image hot:64M
# boot: --qemu "-netdev user,id=net1,net=10.0.3.0/24"
# boot: --qemu "-drive file=@/kernel,format=raw,if=none,id=k,readonly=on"
# boot: --qemu "-device virtio-blk-pci,drive=k,serial=kernel"
# boot: --qemu "-drive file=@/initrd,format=raw,if=none,id=i,readonly=on"
# boot: --qemu "-device virtio-blk-pci,drive=i,serial=initrd"
. /job/lib/common.sh
. /job/lib/leaks.sh
. /job/lib/stor.sh
drv=/sys/bus/vmbus/drivers
declare -A driver=([$CLASS_SCSI]=hv_storvsc [$CLASS_IDE]=hv_blkvsc [$CLASS_NET]=hv_netvsc)
nic_there() { [ -n "$(_nic)" ]; }
lost() { awk '/^lost_pages/ { print $2 }' /sys/kernel/debug/hv_vmbus/bus; }
wait_all() { # WHEN: the devices are there and work
	disk=$(_wait_disk "$CLASS_SCSI") || _fail "$1: no disk"
	_wait_disk "$CLASS_IDE" >/dev/null || _fail "$1: no IDE-class disk"
	_wait_for 20 nic_there || _fail "$1: no network adapter"
	[ -z "${sum:-}" ] || [ "$(_sum "$disk")" = "$sum" ] || _fail "$1: data differ"
	nic=$(_nic)
	_run ip link set "$nic" up
	_run busybox_dhcp "$nic"
	_run ping -q -c 2 -i 0.1 10.0.2.2
}

renew_mtu() {
	for mtu in 4000 1500 9000 1500; do _run ip link set "$nic" mtu "$mtu"; done
	_run ping -q -c 2 -i 0.1 10.0.2.2
}

rebind() {
	local class dir
	for class in "${!driver[@]}"; do
		dir=$(_vmbus_devices "$class")
		echo "${dir##*/}" >"$drv/${driver[$class]}/unbind" || _fail "unbind $class"
		echo "${dir##*/}" >"$drv/${driver[$class]}/bind" || _fail "bind $class"
	done
}

second() { _has_disk "$CLASS_SCSI" 2 && [ -n "$(_nic 2)" ]; }
gone() { ! second && ! _qmp x-query-hyperv | _has -E 'hotscsi|hotnic'; }
hotplug() {
	_wait_for 10 _device_add hv-scsi,id=hotscsi,subchannels=3 || _fail "no hv-scsi"
	_wait_for 10 _device_add scsi-hd,bus=hotscsi.0,drive=hot || _fail "no scsi-hd"
	_wait_for 10 _device_add hv-net,id=hotnic,netdev=net1 || _fail "no hv-net"
	_wait_for 30 second || _fail "the new devices are not seen"
	_run _device_del hotscsi
	_run _device_del hotnic
	_wait_for 30 gone || _fail "the guest does not let go: $(ls /sys/bus/vmbus/devices)"
}

reload() {
	local m
	[ "$(lost)" = 0 ] || _fail "$(lost) pages are lost"
	for m in hv_netvsc hv_blkvsc hv_storvsc hv_vstor hv_vmbus; do _run rmmod $m; done
	_shares "0 0" || _fail "unloaded, and the host holds $(_shared) buffers and pages"
	for m in hv_vmbus hv_storvsc hv_blkvsc hv_netvsc; do _run modprobe $m; done
}

wait_all "kernel $(grep -c hv.kexec /proc/cmdline)"
if grep -q hv.kexec /proc/cmdline; then
	exit 0
fi
_run dd if=/dev/urandom of="$disk" bs=64k count=16 oflag=direct
sum=$(_sum "$disk")
for ((i = 0; i < $(_long 50 2); i++)); do
	for step in renew_mtu rebind hotplug reload; do
		start=$SECONDS
		$step
		wait_all "$step, round $i"
		_note "$step: $((SECONDS - start)) s"
	done
done
_kexec_load
kexec -e
sleep 60
