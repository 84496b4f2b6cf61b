#!/bin/bash
# Names by id that an fstab may hold lead to the same disk with either driver.
# drivers: ours
# kernel: plain
# boot: --bare --smp 2 --load hv_vmbus --image a:64M --qemu "-device hv-scsi,id=scsi"
# boot: --qemu "-device scsi-hd,bus=scsi.0,drive=a,id=disk,serial=abc"
# boot: --qemu "-set device.disk.wwn=0x5000c50015ea71aa"
. /job/lib/common.sh
_run modprobe sd_mod
mkdir -p /etc/udev/rules.d
cp /job/60-persistent-storage-hvd.rules /etc/udev/rules.d/
bad=''
for driver in hv_storvsc "hv_blkvsc scsi_class=1"; do
	# shellcheck disable=SC2086 # a module and its parameter
	_run modprobe $driver
	disk=$(_wait_disk "$CLASS_SCSI") || exit 1
	_run /usr/lib/systemd/systemd-udevd --daemon
	_run udevadm trigger --action=add --subsystem-match=block
	_run udevadm settle --timeout=60
	_note "$driver: $(find /dev/disk/by-id -type l -printf '%f ')"
	for name in wwn-0x5000c50015ea71aa scsi-35000c50015ea71aa; do
		[ "$(readlink -f /dev/disk/by-id/$name)" = "$disk" ] ||
			bad="$bad ${driver%% *}:$name"
	done
	_run udevadm control --exit
	rm -rf /dev/disk
	sleep 1
	_run rmmod "${driver%% *}"
done
[ -z "$bad" ] || _fail "names that do not lead to the disk:$bad"
