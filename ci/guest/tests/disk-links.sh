#!/bin/bash
# udev's names follow a disk of hv_blkvsc, its partitions and file systems, and go with it.
# drivers: ours
# kernel: plain debug rt
# boot: --smp 2 --bare --load hv_vmbus,hv_blkvsc --image hot:64M
. /job/lib/common.sh
. /job/lib/stor.sh
mkdir -p /etc/udev/rules.d
cp /job/60-persistent-storage-hvd.rules /etc/udev/rules.d/
_run /usr/lib/systemd/systemd-udevd --daemon
_run udevadm trigger --action=add
_run udevadm settle --timeout=60

# link NAME DEVICE: leads there, soon.
link() {
	_wait_for 20 leads "$1" "$2" ||
		_fail "$1 does not lead to $2: $(find /dev/disk -type l -printf '%P->%l ')"
}
leads() { [ "$(readlink -f "/dev/disk/$1")" = "$2" ]; }
# The host lets go of the device when the guest has: only then is its id free.
unplugged() {
	_qmp qom-list '{"path":"/machine/peripheral"}' |
		_json '{"syn"}.isdisjoint(p["name"] for p in d["return"]) or exit(1)'
}
absent() { [ -z "$(find /dev/disk -type l -lname '*hvd*')" ]; }

for round in 1 2; do
	_run _device_add "hv-ide,id=syn,drive=hot,serial=Serial 1"
	disk=$(_wait_disk_on syn) || exit 1
	at=by-path/vmbus-$(_instance syn)-lun-0:0
	link "$at" "$disk"
	link "by-id/hv-Virtual_Disk_Serial_1" "$disk"
	link "by-diskseq/$(cat "/sys/block/${disk##*/}/diskseq")" "$disk"
	if [ $round = 1 ]; then
		_run sfdisk -q "$disk" <<-E2
			label: gpt
			size=24MiB, name=first, uuid=11111111-2222-3333-4444-555555555555
			name=second
		E2
		link by-partlabel/second "${disk}2"
		_run mkfs.ext4 -q -L Etikett -U 99999999-8888-7777-6666-555555555555 "${disk}1"
	fi
	link "$at-part1" "${disk}1"
	link by-partlabel/first "${disk}1"
	link by-partuuid/11111111-2222-3333-4444-555555555555 "${disk}1"
	# mkfs closed what it wrote to: udev looks again.
	link by-label/Etikett "${disk}1"
	link by-uuid/99999999-8888-7777-6666-555555555555 "${disk}1"
	_run mount LABEL=Etikett /mnt
	_run umount /mnt
	_run _device_del syn
	_wait_for 30 unplugged || _fail "the host keeps the device"
	_wait_for 30 absent || _fail "names stay: $(find /dev/disk -type l)"
done
_note "names of $disk: path, serial number, partitions, label; gone with it, and back"
