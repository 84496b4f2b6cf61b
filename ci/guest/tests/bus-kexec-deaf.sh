#!/bin/bash
# No kexec while the host may still write to this kernel's memory: the machine restarts instead.
# drivers: ours
# kernel: plain debug rt
# when: long
# timeout: 300
# variants: shutdown unbind
# boot: --mem 2048 --reboot --vmbus id=bridge
# boot: --qemu "-drive file=@/kernel,format=raw,if=none,id=k,readonly=on"
# boot: --qemu "-device virtio-blk-pci,drive=k,serial=kernel"
# boot: --qemu "-drive file=@/initrd,format=raw,if=none,id=i,readonly=on"
# boot: --qemu "-device virtio-blk-pci,drive=i,serial=initrd"
. /job/lib/common.sh
disk=$(_wait_disk "$CLASS_SCSI") || exit 1
stage=$(dd if="$disk" bs=512 count=1 iflag=direct status=none | tr -dc 0-9)
if [ "${stage:-0}" = 1 ]; then
	! grep -q hv.kexec /proc/cmdline || _fail "the new kernel was started all the same"
	exit 0
fi
printf '%-512s' 1 | dd of="$disk" bs=512 count=1 oflag=direct status=none || _fail "write"
sync
_kexec_load
# UNLOAD is accepted and forgotten; the reset ends that.
_knob bridge x-deaf true
[ "$VARIANT" = shutdown ] || echo VMBUS:00 >/sys/bus/platform/drivers/hv_vmbus/unbind
kexec -e
sleep 250
