#!/bin/bash
# In a panic the message gets to the host's screen before the connection ends.
# drivers: ours
# kernel: plain
# timeout: 90
# boot: --bare --reboot --image note:1M
# boot: --expect "Kernel panic - not syncing: sysrq triggered crash"
# boot: --qemu "-device virtio-blk-pci,drive=note,serial=note -action panic=none"
# boot: --qemu "-device hv-video,id=video,xres=800,yres=600"
. /job/lib/common.sh
. /job/lib/clients.sh

# Mainline's bus does not wait until the host has read the last report, so there it depends.
disk=$(_virtio_disk note) || exit 1
reports=$(_prop video x-dirts)
_run modprobe hyperv_drm
_ready video 3.5
_wait_for 20 [ -c /dev/fb0 ] || _fail "no /dev/fb0"

# What the host was told before the crash is in the first sector of the disk.
read -r before < <(dd if="$disk" bs=512 count=1 iflag=direct status=none | tr -dc '[:digit:]')
if [ -z "${before:-}" ]; then
	_draw 1 0 0 >/run/mode || _fail "/dev/fb0 cannot be drawn on"
	told() { [ "$(_prop video x-dirts)" -gt 0 ]; }
	_wait_for 10 told || _fail "the host is not told what is drawn"
	sleep 1
	printf '%-512s' "$(_prop video x-dirts)" | dd of="$disk" bs=512 oflag=direct status=none ||
		_fail "write to $disk"
	echo c >/proc/sysrq-trigger
	sleep 60
	_fail "still alive"
fi
_note "$before reports before the crash, $reports after it"
[ "$reports" -gt "$before" ] || _fail "the host was not told of the message"
