#!/bin/bash
# kexec into the same kernel: the devices are back, with the data written before.
# drivers: ours intree mixed
# kernel: plain debug rt
# timeout: 120
# boot: --mem 2048
# boot: --qemu "-drive file=@/kernel,format=raw,if=none,id=k,readonly=on"
# boot: --qemu "-device virtio-blk-pci,drive=k,serial=kernel"
# boot: --qemu "-drive file=@/initrd,format=raw,if=none,id=i,readonly=on"
# boot: --qemu "-device virtio-blk-pci,drive=i,serial=initrd"
. /job/lib/common.sh
disk=$(_wait_disk "$CLASS_SCSI") || exit 1
count=$(dd if="$disk" bs=512 count=1 iflag=direct status=none | tr -dc 0-9)
count=${count:-0}
_note "kernel $count, by kexec: $(grep -c hv.kexec /proc/cmdline)"
_wait_disk "$CLASS_IDE" >/dev/null || _fail "kernel $count: no IDE-class disk"
[ "$(_vmbus_devices "$CLASS_NET" | wc -l)" = 1 ] || _fail "kernel $count: no network adapter"
[ "$count" -lt "$(_long 10 2)" ] || exit 0
printf '%-512s' $((count + 1)) | dd of="$disk" bs=512 count=1 oflag=direct conv=sync status=none ||
	_fail "write"
_kexec_load
kexec -e
sleep 60
