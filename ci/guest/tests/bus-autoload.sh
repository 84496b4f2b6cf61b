#!/bin/bash
# udev loads all drivers, starting from the bus's ACPI name, and gives disks lasting names.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 200
# boot: --load none
. /job/lib/common.sh
mods() { lsmod | awk 'NR > 1 { print $1 }' | grep -E '^hv_|^sd_mod' | sort | xargs; }
[ -z "$(mods)" ] || _fail "loaded before udev: $(mods)"
mkdir -p /etc/udev/rules.d
cp /job/60-persistent-storage-hvd.rules /etc/udev/rules.d/
_run /usr/lib/systemd/systemd-udevd --daemon
_run udevadm trigger --action=add --type=subsystems
_run udevadm trigger --action=add --type=devices
# All devices of the machine go through udev's rules: minutes, where all is checked.
_run udevadm settle --timeout=$((60 * PATIENCE))
scsi=$(_wait_disk "$CLASS_SCSI") || exit 1
ide=$(_wait_disk "$CLASS_IDE") || exit 1
_run udevadm settle --timeout=$((30 * PATIENCE))
[ -n "$(_nic)" ] || _fail "no network interface"
want="hv_netvsc hv_storvsc hv_vmbus sd_mod"
! _ours || want="hv_blkvsc hv_netvsc hv_storvsc hv_vmbus hv_vstor sd_mod"
[ "$(mods)" = "$want" ] || _fail "udev loaded $(mods), not $want"

# The names lead to the disks with these NAA designators.
link() {
	local found
	found=$(readlink -e "$1") || _fail "no link $1 among $(find /dev/disk -type l)"
	[ "$found" = "$2" ] || _fail "$1 leads to $found, not $2"
}
guid() { basename "$(_vmbus_devices "$1")"; }
naa() { cat "/sys/block/${1##*/}/"{device/,}wwid 2>/dev/null | sed -n 's/^naa\.//p'; }
by_id() { find /dev/disk/by-id -name "*$1*" ! -name '*-part*'; }
for disk in "$scsi" "$ide"; do
	[ -n "$(naa "$disk")" ] || _fail "$disk has no NAA designator"
	[ -n "$(by_id "$(naa "$disk")")" ] ||
		_fail "no name for $(naa "$disk"): $(ls /dev/disk/by-id)"
	for name in $(by_id "$(naa "$disk")"); do link "$name" "$disk"; done
done
# udev's own names for SCSI disks have more in front, and no dashes in the GUID.
by_path() {
	find /dev/disk/by-path -name "*vmbus-$(guid "$1" | tr -d -)-lun-0" \
		-o -name "vmbus-$(guid "$1")-lun-0:0"
}
for pair in "$CLASS_SCSI $scsi" "$CLASS_IDE $ide"; do
	read -r class disk <<<"$pair"
	[ "$(by_path "$class" | wc -l)" = 1 ] ||
		_fail "no name by path for $disk: $(ls /dev/disk/by-path)"
	link "$(by_path "$class")" "$disk"
done

# What is written to a disk later has its links as well, and so do partitions.
for disk in "$scsi" "$ide"; do
	label=fs${disk##*/}
	_run sfdisk -q "$disk" <<<$'label: gpt\n,64M,L'
	part=${disk}1
	_wait_for 10 test -b "$part" || part=${disk}p1
	_wait_for 10 test -b "$part" || _fail "$disk: no partition"
	# Its name by label comes from a change that udev sees, so udev must know it first.
	_run udevadm settle --timeout=$((60 * PATIENCE))
	_run mke2fs -q -F -L "$label" "$part"
	_wait_for 20 test -e "/dev/disk/by-label/$label" ||
		_fail "$disk: no name by its label: $(find /dev/disk -name '*fs*')"
	link "/dev/disk/by-label/$label" "$part"
	link "/dev/disk/by-uuid/$(blkid -o value -s UUID "$part")" "$part"
done
[ "$(find /dev/disk/by-path -name '*vmbus-*-part1' | wc -l)" = 2 ] ||
	_fail "no names by path for the partitions: $(ls /dev/disk/by-path)"
_note "modules loaded by udev: $(mods)"
_note "$(find /dev/disk -type l | wc -l) lasting names"

# What left is loaded again when a device comes.
# Not by modprobe -r, which takes the bus away as well.
for m in hv_netvsc hv_storvsc; do _run rmmod $m; done
gone() { ! lsmod | _has '^hv_storvsc'; }
_wait_for 5 gone || _fail "hv_storvsc stays"
_run udevadm trigger --action=add --subsystem-match=vmbus
_wait_for 30 _has_disk "$CLASS_SCSI" || _fail "not loaded again"
