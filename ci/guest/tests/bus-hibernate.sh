#!/bin/bash
# Suspend to a disk of the drivers, and resume: I/O goes on, devices come and go meanwhile.
# drivers: ours mixed
# kernel: plain debug rt
# control: long
# timeout: 300
# variants: sda hvda
# boot: --bare --reboot --mem 768 --append resume=/dev/%v
# boot: --image scsi0:512M --image scsi1:1G --image ide0:512M --image ide1:1G --image new0:64M
# boot: --qemu "-device hv-scsi,id=scsi,subchannels=3"
# boot: --qemu "-global hv-scsi.instanceid=3f1c0c6e-52a1-4a55-9d3b-7a2f0b6a1c01"
# boot: --qemu "-device scsi-hd,bus=scsi.0,drive=scsi0,lun=0"
# boot: --qemu "-device scsi-hd,bus=scsi.0,drive=scsi1,lun=1"
# boot: --qemu "-device hv-ide,id=ide,drive=ide0 -device hv-ide,id=ide1,drive=ide1,target=1"
# boot: --qemu "-netdev user,id=net0 -device hv-net,id=nic,netdev=net0"
# boot: --qemu "-netdev user,id=net1,net=10.0.3.0/24"
# boot: --again "-device hv-net,id=newnic,netdev=net1,mac=52:54:00:00:00:77"
. /job/lib/common.sh
. /job/lib/stor.sh
# After a resume virtio_console of Linux 7.3 takes the ports of the host for closed: it
# asks before it can take an answer. It has to look anew, and what the test says waits.
exec >/run/said 2>&1
trap 'cat /run/said >/dev/virtio-ports/out' EXIT
ports_again() {
	local driver=/sys/bus/virtio/drivers/virtio_console device
	device=$(basename "$driver"/virtio[0-9]*)
	[ -z "${QMP_FD:-}" ] || exec {QMP_FD}>&-
	QMP_FD=
	echo "$device" >$driver/unbind
	echo "$device" >$driver/bind
	_wait_for 10 test -c "$(realpath /dev/virtio-ports/qmp)"
}

swap=/dev/$VARIANT
scsi=$(_wait_disk "$CLASS_SCSI" 2) || exit 1
ide=$(_wait_disk "$CLASS_IDE" 2) || exit 1
nic=$(_nic)
_run ip link set "$nic" up
_run busybox_dhcp "$nic"
_run ping -q -c 3 -i 0.1 10.0.2.2
[ "$(</sys/bus/vmbus/hibernation)" = 1 ] || _fail "the bus says that it does not hibernate"

# What the host calls the devices: instance and channel.
relids() {
	local d
	for d in /sys/bus/vmbus/devices/*; do printf '%s %s\n' "${d##*/}" "$(<"$d/id")"; done | sort
}
open_channels() { _channels 'c["relid"]' 'c["state"] == "open"' | wc -l; }

# Of either class one disk may be swap. On the other are what lies still, and then what
# is written.
_run mkswap "$swap"
_run swapon "$swap"
for disk in "$scsi" "$ide"; do
	_pattern "$disk" 16 |
		dd of="$disk" bs=1M seek=512 oflag=direct iflag=fullblock status=none ||
		_fail "write to $disk"
done
still() { dd if="$1" bs=1M skip=512 count=16 iflag=direct status=none | md5sum; }
sums="$(still "$scsi") $(still "$ide")"
_pattern memory 32 >/run/memory
memory=$(md5sum </run/memory)

verify() { # DISK: until /run/stop exists, write blocks and read them back
	while [ ! -e /run/stop ]; do
		fio --name=v --filename="$1" --offset=640m --size=64m --rw=randwrite \
			--bsrange=4k-64k --direct=1 --ioengine=io_uring --iodepth=16 \
			--verify=crc32c --do_verify=1 --verify_fatal=1 --verify_dump=0 \
			--randseed=$RANDOM || return 1
		echo . >>"/run/verified.${1##*/}"
	done
}
for disk in "$scsi" "$ide"; do
	verify "$disk" >"/run/fio.${disk##*/}" 2>&1 &
	pids+=($!)
done

# hibernate MODE: returns in the kernel that was restored.
rounds=0
hibernate() {
	local before after open instance relid
	before=$(relids)
	open=$(open_channels)
	echo "$1" >/sys/power/disk || _fail "no mode $1: $(</sys/power/disk)"
	sync
	echo disk >/sys/power/state || _fail "$1: not suspended: $(dmesg | tail -n 20)"
	ports_again || _fail "$1: no monitor"
	rounds=$((rounds + 1))
	# The kernel that wrote the image has said so; this one is in the image.
	[ "$(dmesg | grep -c 'pages for snapshot')" = "$rounds" ] || _fail "$1: no image was made"
	! dmesg | _has -i 'saving image data' || _fail "$1: not resumed: $(dmesg | tail -n 20)"
	after=$(relids)
	# A host that goes on counts on; another one may begin with the same number.
	[ "$1" != reboot ] || while read -r instance relid; do
		! grep -qxF "$instance $relid" <<<"$after" ||
			_fail "$1: the channel of $instance has its old number $relid"
	done <<<"$before"
	_note "$1: $open channels open before, $(open_channels) after: ${after//$'\n'/, }"
}

# check MODE: data, memory, network and what goes on are as they should be.
check() {
	local pid
	for pid in "${pids[@]}"; do
		kill -0 "$pid" 2>/dev/null || _fail "$1: fio: $(tail -n 5 /run/fio.*)"
	done
	[ "$(still "$scsi") $(still "$ide")" = "$sums" ] || _fail "$1: data differ"
	[ "$(md5sum </run/memory)" = "$memory" ] || _fail "$1: memory differs"
	_wait_for 10 ping -q -c 1 -W 1 10.0.2.2 || _fail "$1: $nic: no answer"
}
adapters() { [ "$(_vmbus_devices "$CLASS_NET" | wc -l)" = "$1" ] && [ -n "$(_nic "$1")" ]; }
address() { cat "/sys/class/net/$(_nic "$1")/address" 2>/dev/null; }
new_one() { [[ "$(address 1) $(address 2)" = *52:54:00:00:00:77* ]]; }
third() { _has_disk "$CLASS_SCSI" 3; }

if _ours && grep -q deep /sys/power/mem_sleep 2>/dev/null; then
	echo deep >/sys/power/mem_sleep
	! echo mem 2>/dev/null >/sys/power/state || _fail "suspended to RAM"
	dmesg | _has 'hv_vmbus.*no suspend to RAM' || _fail "not said: no suspend to RAM"
	check "suspend to RAM refused"
fi

# The same host with the same devices.
for ((i = 0; i < $(_long 20 1); i++)); do
	hibernate reboot
	check reboot
done

# Turned off: the host is another process, without the two devices that were
# added by hand, and with another adapter.
on_another_host() {
	_device_add hv-scsi,id=hotscsi,instanceid=3f1c0c6e-52a1-4a55-9d3b-7a2f0b6a1c02 >/dev/null ||
		_fail "no hv-scsi"
	_device_add scsi-hd,bus=hotscsi.0,drive=new0 >/dev/null || _fail "no scsi-hd"
	_device_add hv-net,id=hotnic,netdev=net1 >/dev/null || _fail "no hv-net"
	_wait_for 20 third || _fail "the new controller's disk is not seen"
	_wait_for 20 adapters 2 || _fail "the new adapter is not seen"
	hibernate platform
	check platform
	_wait_for 30 new_one ||
		_fail "the new adapter is not there: $(ls /sys/bus/vmbus/devices)"
	_wait_for 30 adapters 2 || _fail "the adapter that is gone stays"
	! third || _fail "the disk that is gone stays"
}
# vmbus_bus_resume() of drivers/hv leaves what is gone where it is.
! _ours || on_another_host
grep -q "^$swap " /proc/swaps || _fail "no swap on $swap"

: >/run/stop
for pid in "${pids[@]}"; do
	wait "$pid" || _fail "fio: $(tail -n 5 /run/fio.*)"
done
for disk in "$scsi" "$ide"; do
	_note "$disk: $(wc -l <"/run/verified.${disk##*/}") passes of 64 MiB verified meanwhile"
done
_run swapoff "$swap"
