#!/bin/bash
# What a slow host still does after a rescind, an unbind or a recovery touches no memory of others.
# drivers: ours mixed
# kernel: plain debug rt
# control: long
# timeout: 600
# boot: --smp 2 --mem 512 --bare --load hv_vmbus --image hot:64M
# boot: --qemu "-object throttle-group,id=slow,x-bps-total=400000"
# boot: --qemu "-blockdev driver=throttle,node-name=slowly,throttle-group=slow,file=hot"
. /job/lib/common.sh
. /job/lib/stor.sh

# speed BYTES-PER-SECOND: of the disk; 0 is as fast as it can.
speed() {
	_qmp qom-set "{\"path\":\"slow\",\"property\":\"limits\",\"value\":{\"bps-total\":$1}}" \
		>/dev/null || _fail "the host does not change the disk's speed"
}
plug() {
	_plug_controller "$class" slowly 1
	disk=$(_wait_disk "$class") || exit 1
}
# under_way: reads and writes, slowly, for more seconds than the test takes.
under_way() {
	local i
	speed 400000
	load=()
	for i in 0 1 2 3; do
		dd if="$disk" of=/dev/null bs=1M count=16 skip=$((i * 8)) iflag=direct 2>/dev/null &
		load+=($!)
		dd if=/run/data of="$disk" bs=256k count=4 seek=$((128 + i * 16)) oflag=direct \
			2>/dev/null &
		load+=($!)
	done
	sleep 2
	_status ctl | _has "^outstanding [1-9]" || _fail "$driver: $(_status ctl)"
}
# What was free is ours now: if the host writes to it, that shows.
fill() {
	local mib
	mib=$(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024 - 96))
	mkdir -p /run/guard
	mount -t tmpfs -o size=${mib}m guard /run/guard || _fail "tmpfs"
	dd if=/dev/zero bs=1M count=$((mib - 8)) status=none |
		tr '\0' '\245' >/run/guard/all || _fail "guard"
}
# intact STEP: nothing was, and the host may end what it has in hand.
intact() {
	tr -d '\245' </run/guard/all | head -c 1 | wc -c | _has -x 0 ||
		_fail "$driver: $1: memory was written to that is not the disk's"
	speed 0
	umount /run/guard
}

head -c 1048576 /dev/zero | tr '\0' 'x' >/run/data
while read -r driver class params; do
	_run modprobe "$driver" ${params:+"$params"}
	plug
	under_way
	_unplug_controller "$class"
	_wait_for 60 _ended "${load[@]}" || _fail "$driver: I/O does not end after a rescind"
	fill
	sleep "$(_long 60 15)"
	intact rescind
	_note "$driver: rescind: nothing was touched; $(dmesg | grep -c 'kept from reuse') kept"

	plug
	under_way
	_recover ctl
	# The host has confirmed that it is done with all of them.
	_status ctl | _has "^lost 0" || _fail "$driver: $(_status ctl)"
	fill
	sleep "$(_long 60 15)"
	intact recovery
	kill "${load[@]}" 2>/dev/null
	_wait_for 120 _ended "${load[@]}" || _fail "$driver: I/O does not end after a recovery"
	# Each block is what one of the writers wrote, or what there was.
	dd if="$disk" bs=256k skip=128 count=64 iflag=direct status=none |
		tr -d 'x\0' | head -c 1 | wc -c | _has -x 0 ||
		_fail "$driver: other data than what was written are on the disk"
	_note "$driver: recovery: nothing was touched"
	_unplug_controller "$class"
	_run rmmod "$driver"
done < <(_front_ends)
