#!/bin/bash
# Names that fstab, cloud-init and the Azure agent use lead to the disk with either driver.
# drivers: ours
# kernel: plain debug rt
# boot: --smp 2 --bare --load hv_vmbus --image os:64M --image tmp:64M --image a:64M
# boot: --qemu "-device hv-ide,id=os,drive=os,serial=os"
# boot: --qemu "-device hv-ide,id=tmp,target=1,drive=tmp,serial=tmp"
# boot: --qemu "-device hv-scsi,id=scsi"
# boot: --qemu "-device scsi-hd,bus=scsi.0,drive=a,serial=abc"
. /job/lib/common.sh
. /job/lib/stor.sh

udev() {
	_run /usr/lib/systemd/systemd-udevd --daemon
	_run udevadm trigger --action=add --subsystem-match=block
	_run udevadm settle --timeout=60
}
no_udev() {
	_run udevadm control --exit
	rm -rf /dev/disk
}
property() { udevadm info -q property -n "$1" | sed -n "s/^$2=//p"; }
leads() { [ "$(readlink -f "/dev/disk/$1")" = "$2" ] || _fail "$driver: $1 is not $2"; }

mkdir -p /etc/udev/rules.d
cp /job/60-persistent-storage-hvd.rules /etc/udev/rules.d/
# As the Azure agent's rules match, for the disks of a Generation 1 machine.
cat >/etc/udev/rules.d/66-azure.rules <<"E2"
SUBSYSTEM!="block", GOTO="end"
ENV{DEVTYPE}!="disk", GOTO="end"
ENV{ID_VENDOR}!="Msft", GOTO="end"
ENV{ID_MODEL}!="Virtual_Disk", GOTO="end"
ATTRS{device_id}=="{00000000-0000-*", SYMLINK+="disk/azure/root"
ATTRS{device_id}=="{00000000-0001-*", SYMLINK+="disk/azure/resource"
LABEL="end"
E2

driver=hv_blkvsc
_run modprobe hv_blkvsc
root=$(_wait_disk_on os) || exit 1
resource=$(_wait_disk_on tmp) || exit 1
[ "$root $resource" = "/dev/hvda /dev/hvdb" ] || _fail "order: $root $resource"
udev
leads azure/root "$root"
leads azure/resource "$resource"
no_udev
_run rmmod hv_blkvsc

naa=
while read -r driver params; do
	_run modprobe "$driver" ${params:+"$params"}
	disk=$(_wait_disk_on scsi) || exit 1
	udev
	# The first driver is udev's own kind of disk: its names are the measure.
	[ -n "$naa" ] || naa=$(property "$disk" ID_WWN_WITH_EXTENSION | sed s/^0x//)
	[[ $naa =~ ^6002248[0-9a-f]{25}$ ]] || _fail "$driver: name $naa"
	leads "by-id/wwn-0x$naa" "$disk"
	leads "by-id/scsi-3$naa" "$disk"
	for pair in ID_BUS=scsi ID_TYPE=disk "ID_WWN_WITH_EXTENSION=0x$naa" "ID_SERIAL=3$naa"; do
		[ "$(property "$disk" "${pair%%=*}")" = "${pair#*=}" ] ||
			_fail "$driver: ${pair%%=*} is $(property "$disk" "${pair%%=*}")"
	done
	_note "$driver: $(cd /dev/disk/by-id && echo *)"
	no_udev
	_run rmmod "$driver"
done <<-E2
	hv_storvsc
	hv_blkvsc scsi_class=1
E2
