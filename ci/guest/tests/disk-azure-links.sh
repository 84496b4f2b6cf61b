#!/bin/bash
# Azure's udev rules find the OS disk and the temporary disk of a Generation 1 machine.
# drivers: ours intree
# kernel: plain
# boot: --bare --smp 2 --load hv_vmbus --image osd:64M --image tmpd:64M
# boot: --qemu "-device hv-ide,id=os,drive=osd,serial=os"
# boot: --qemu "-device hv-ide,id=tmp,target=1,drive=tmpd,serial=tmp"
. /job/lib/common.sh
if _ours; then _run modprobe hv_blkvsc; else _run modprobe hv_storvsc; fi
_run modprobe sd_mod
mkdir -p /etc/udev/rules.d
cp /job/60-persistent-storage-hvd.rules /etc/udev/rules.d/
# What WALinuxAgent, cloud-init and azure-vm-utils look at.
cat >/etc/udev/rules.d/66-azure.rules <<'RULES'
SUBSYSTEM!="block", GOTO="end"
ENV{DEVTYPE}!="disk", GOTO="end"
ENV{ID_VENDOR}!="Msft", GOTO="end"
ENV{ID_MODEL}!="Virtual_Disk", GOTO="end"
ATTRS{device_id}=="{00000000-0000-*", SYMLINK+="disk/azure/root"
ATTRS{device_id}=="{00000000-0001-*", SYMLINK+="disk/azure/resource"
LABEL="end"
RULES
_wait_disk "$CLASS_IDE" 2 >/dev/null || exit 1
_run /usr/lib/systemd/systemd-udevd --daemon
_run udevadm trigger --action=add --subsystem-match=block
_run udevadm settle --timeout=60
for n in 1 2; do
	disk=$(_disk_of "$CLASS_IDE" $n)
	_note "$disk: $(udevadm info -q property -n "$disk" |
		grep -E '^ID_(VENDOR|MODEL)=' | xargs)"
done
for name in root resource; do
	[ -b /dev/disk/azure/$name ] || _fail "no /dev/disk/azure/$name"
done
[ "$(readlink -f /dev/disk/azure/root)" != "$(readlink -f /dev/disk/azure/resource)" ] ||
	_fail "both names lead to $(readlink -f /dev/disk/azure/root)"
