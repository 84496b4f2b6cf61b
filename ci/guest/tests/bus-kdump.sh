#!/bin/bash
# A crash under load: the second kernel dumps through the drivers, and the dump is whole.
# drivers: ours intree mixed
# kernel: plain debug rt
# control: long
# timeout: 150
# variants: post-refuse=16 post-refuse=2
# boot: --reboot --mem 2560 --append crashkernel=768M --vmbus %v
# boot: --expect "Kernel panic - not syncing: sysrq triggered crash"
# boot: --qemu "-action panic=none"
# boot: --qemu "-drive file=@/kernel,format=raw,if=none,id=k,readonly=on"
# boot: --qemu "-device virtio-blk-pci,drive=k,serial=kernel"
# boot: --qemu "-drive file=@/initrd,format=raw,if=none,id=i,readonly=on"
# boot: --qemu "-device virtio-blk-pci,drive=i,serial=initrd"
. /job/lib/common.sh
scsi=$(_wait_disk "$CLASS_SCSI") || exit 1
ide=$(_wait_disk "$CLASS_IDE") || exit 1
[ -n "$(_nic)" ] || _fail "no network interface"

# What happened so far is in the first sector of the IDE-class disk.
read -r stage marker < <(dd if="$ide" bs=512 count=1 iflag=direct status=none | tr -dc '[:print:]')
stage=${stage:-0}
next() {
	printf '%-512s' "$1 $marker" | dd of="$ide" bs=512 count=1 oflag=direct status=none ||
		_fail "write to $ide"
	sync
}
_note "stage $stage, $(nproc) processors," \
	"$([ -e /proc/vmcore ] && echo "a dump to write" || echo "no dump")"

crash() {
	local b line
	for b in /sys/block/vd*; do
		case $(<"$b/serial") in
		kernel | initrd) cat "/dev/${b##*/}" >"/run/$(<"$b/serial")" ;;
		esac
	done
	line=$(sed 's/crashkernel=[^ ]*//' /proc/cmdline)
	_run kexec -p /run/kernel --initrd=/run/initrd \
		--command-line="$line nr_cpus=1 reset_devices hv.kdump"
	[ "$(</sys/kernel/kexec_crash_loaded)" = 1 ] || _fail "no kernel is ready to take over"
	_run mke2fs -q -F -t ext4 "$scsi" 256m
	marker=$RANDOM$RANDOM$RANDOM
	next 1
	echo "kdump marker $marker." >/dev/kmsg
	# The host is to be in the middle of something.
	fio --name=r --filename="$scsi:$ide" --rw=randread --bs=64k --direct=1 --ioengine=io_uring \
		--iodepth=16 --numjobs=4 --offset=1m --time_based --runtime=60 >/dev/null 2>&1 &
	ip link set "$(_nic)" up
	busybox_dhcp "$(_nic)" >/dev/null 2>&1
	ping -f 10.0.2.2 >/dev/null 2>&1 &
	sleep 1
	# Not where messages from the host arrive.
	taskset -c 2 bash -c 'echo c >/proc/sysrq-trigger'
	sleep 60
	_fail "still alive"
}

dump() {
	[ "$(nproc)" = 1 ] || _fail "not in the second kernel's environment"
	mount "$scsi" /mnt || _fail "mount $scsi"
	vmcore-dmesg /proc/vmcore >/mnt/dmesg || _fail "the log cannot be read from /proc/vmcore"
	grep -q "kdump marker $marker\\." /mnt/dmesg ||
		_fail "the log of the dump is another one: $(tail -n 3 /mnt/dmesg)"
	grep -q "sysrq triggered crash" /mnt/dmesg || _fail "the log does not mention the crash"
	dd if=/proc/vmcore of=/mnt/vmcore bs=1M count="$(_long 160 48)" iflag=fullblock \
		status=none ||
		_fail "writing the dump"
	(cd /mnt && sha256sum dmesg vmcore >sums) || _fail "checksums"
	umount /mnt || _fail "umount"
	_run ip link set "$(_nic)" up
	_run busybox_dhcp "$(_nic)"
	_run ping -q -c 3 -i 0.1 10.0.2.2
	next 2
	busybox reboot -f
	sleep 60
}

look() {
	_run e2fsck -f -n "$scsi"
	mount -o ro "$scsi" /mnt || _fail "mount $scsi"
	(cd /mnt && sha256sum --quiet -c sums) || _fail "the dump is not what was written"
	grep -q "kdump marker $marker\\." /mnt/dmesg || _fail "the log has no marker"
	# ELF, 64 bits, little-endian, a core file.
	[ "$(xxd -p -l 18 /mnt/vmcore | cut -c 1-12,33-36)" = 7f454c4602010400 ] ||
		_fail "not a core file: $(xxd -l 18 /mnt/vmcore)"
	_note "$(stat -c %s /mnt/vmcore) bytes of dump, $(wc -l </mnt/dmesg) lines of log"
}

case $stage-$(grep -c 'hv\.kdump' /proc/cmdline) in
0-0) crash ;;
1-1) dump ;;
2-0) look ;;
*) _fail "stage $stage of the test does not belong to the command line $(</proc/cmdline)" ;;
esac
