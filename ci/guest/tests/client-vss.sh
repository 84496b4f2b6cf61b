#!/bin/bash
# The host has file systems frozen and thawed by Debian's hv_vss_daemon; writes wait meanwhile.
# drivers: ours intree
# kernel: plain
# timeout: 90
# boot: --bare --qemu "-device hv-vss,id=vss"
# boot: --image d0:256M --qemu "-device hv-scsi,id=scsi -device scsi-hd,bus=scsi.0,drive=d0"
. /job/lib/common.sh
. /job/lib/clients.sh
disk=$(_wait_disk "$CLASS_SCSI") || exit 1
_run mkfs.ext4 -q "$disk"
_run mount "$disk" /mnt
_run modprobe hv_utils
# Who keeps the file systems is not there yet.
_ready vss 5.0
_ask vss freeze $((0x80004005))
_run hv_vss_daemon
_wait_for 10 pgrep hv_vss_daemon || _fail "hv_vss_daemon has ended"
registered() { dmesg | _has 'VSS: userspace daemon'; }
_wait_for 10 registered || _fail "hv_vss_daemon has not registered"
_ask vss check-hot-backup
# Its flags are not looked at: the daemon writes its status over the operation, which
# hv_utils looks at to know whether to set them.
for round in 1 2 3; do
	_ask vss freeze
	: >"/mnt/$round" &
	writer=$!
	sleep 2
	kill -0 $writer 2>/dev/null || _fail "round $round: written to a frozen file system"
	_ask vss thaw
	wait $writer || _fail "round $round: not written to a thawed file system"
	[ -e "/mnt/$round" ] || _fail "round $round: the file is not there"
done
_ask vss backup-complete
_run umount /mnt
