#!/bin/bash
# Controllers and adapters come and go while the others carry data that is verified.
# drivers: ours
# kernel: plain debug kcsan rt
# timeout: 400
# boot: --image hot:64M
# boot: --qemu "-netdev user,id=net1,net=10.0.3.0/24"
. /job/lib/common.sh
. /job/lib/leaks.sh
scsi=$(_wait_disk "$CLASS_SCSI") || exit 1
ide=$(_wait_disk "$CLASS_IDE") || exit 1
first=$(_nic)
_run ip link set "$first" up
_run busybox_dhcp "$first"

verify() { # DISK: until /run/stop exists, write blocks and read them back
	while [ ! -e /run/stop ]; do
		fio --name=v --filename="$1" --size=16m --rw=randwrite --bsrange=4k-64k --direct=1 \
			--ioengine=io_uring --iodepth=8 --verify=crc32c --do_verify=1 \
			--verify_fatal=1 --verify_dump=0 --randseed=$RANDOM ||
			return 1
		echo . >>"/run/verified.${1##*/}"
	done
}
chatter() {
	while [ ! -e /run/stop ]; do ping -q -c 20 -i 0.05 -W 3 -s 1400 10.0.2.2 || return 1; done
}
start_load() {
	rm -f /run/stop
	verify "$scsi" >/run/fio.scsi 2>&1 &
	pids=($!)
	verify "$ide" >/run/fio.ide 2>&1 &
	pids+=($!)
	chatter >/run/ping 2>&1 &
	pids+=($!)
}
logs() { tail -n 5 /run/fio.scsi /run/fio.ide /run/ping; }
stop_load() {
	local pid
	: >/run/stop
	for pid in "${pids[@]}"; do
		wait "$pid" || _fail "what went on elsewhere failed: $(logs)"
	done
}

second() { _has_disk "$CLASS_SCSI" 2; }
adapters() { [ "$(_vmbus_devices "$CLASS_NET" | wc -l)" = "$1" ] && [ -n "$(_nic "$1")" ]; }
released() { ! _qmp x-query-hyperv | _has -E 'hotscsi|hotnic'; }

# where WORDS: fails, and says what the kernel is waiting for.
where() {
	echo w >/proc/sysrq-trigger
	dmesg | tail -n 120
	ls -l /sys/bus/vmbus/devices/*/driver
	_fail "$1"
}

cycle() {
	local disk hot
	# The host may still be letting go of the last ones.
	_wait_for 10 _device_add hv-scsi,id=hotscsi,subchannels=3 || _fail "$1: no hv-scsi"
	_wait_for 10 _device_add scsi-hd,bus=hotscsi.0,drive=hot,id=hotlun ||
		_fail "$1: no scsi-hd"
	_wait_for 10 _device_add hv-net,id=hotnic,netdev=net1 || _fail "$1: no hv-net"
	_wait_for 20 second || where "$1: the new controller's disk is not seen"
	_wait_for 20 adapters 2 || _fail "$1: the new adapter is not seen"
	disk=$(for n in 1 2; do _disk_of "$CLASS_SCSI" $n; done | grep -vx "$scsi")
	dd if=/dev/urandom of=/run/data bs=64k count=8 status=none
	dd if=/run/data of="$disk" bs=64k oflag=direct status=none || _fail "$1: write to $disk"
	dd if="$disk" bs=64k count=8 iflag=direct status=none | cmp - /run/data ||
		_fail "$1: $disk: data differ"
	hot=$(for n in 1 2; do _nic $n; done | grep -vx "$first")
	_run ip link set "$hot" up
	_run ip addr add 10.0.3.15/24 dev "$hot"
	_wait_for 10 ping -q -c 1 -W 1 10.0.3.2 || _fail "$1: $hot: no answer"
	# In the middle of it.
	dd if="$disk" of=/dev/null bs=4k iflag=direct status=none 2>/dev/null &
	_run _device_del hotscsi
	_run _device_del hotnic
	_wait_for 30 released ||
		_fail "$1: the guest does not let go: $(ls /sys/bus/vmbus/devices)"
	wait $!
	_wait_for 10 adapters 1 || _fail "$1: the adapter stays"
	! second || _fail "$1: the disk stays"
	for pid in "${pids[@]}"; do
		kill -0 "$pid" 2>/dev/null ||
			_fail "$1: what was going on elsewhere broke: $(logs)"
	done
}

start_load
for i in 1 2 3 4; do cycle "warm-up $i"; done
stop_load
_leak_start
cycles=$(_long 500 8)
start_load
for ((i = 0; i < cycles; i++)); do cycle "round $i"; done
stop_load
for disk in "$scsi" "$ide"; do
	_note "$disk: $(wc -l <"/run/verified.${disk##*/}") passes of 16 MiB verified meanwhile"
done
_leak_end "$cycles"
