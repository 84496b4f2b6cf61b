#!/bin/bash
# Polled I/O (io_uring IOPOLL) on an IDE-class disk, verified, beside interrupt-driven I/O.
# drivers: ours
# kernel: plain debug rt
# timeout: 240
# boot: --smp 2 --load hv_vmbus
. /job/lib/common.sh
_run modprobe hv_blkvsc poll_queues=1
disk=$(_wait_disk "$CLASS_IDE") || exit 1
[ "$(cat "/sys/block/${disk##*/}/queue/io_poll")" = 1 ] || _fail "no polling"
fio --name=irq --filename="$disk" --rw=randwrite --bs=4k --direct=1 --ioengine=io_uring \
	--iodepth=16 --offset=64m --size=64m --io_size="$(_long 64m 8m)" --verify=crc32c \
	--do_verify=1 --verify_fatal=1 --verify_dump=0 >/tmp/irq.log 2>&1 &
pid=$!
_verified "$disk" --rw=randwrite --bs=4k --hipri=1 --iodepth=16 --size=64m \
	--io_size="$(_long 64m 8m)"
wait "$pid" || _fail "interrupt-driven I/O beside it: $(tail -n 5 /tmp/irq.log)"
_note "verified"
