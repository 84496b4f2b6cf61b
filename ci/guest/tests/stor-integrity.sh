#!/bin/bash
# Buffers, page cache and disk hold what they must after stalls, resets, recoveries and losses.
# drivers: ours
# kernel: plain debug
# timeout: 360
# variants: storvsc ide scsi
# boot: --smp 2 --bare --load hv_vmbus --image hot:64M
# boot: --qemu "-object throttle-group,id=slow,x-bps-total=4000000"
# boot: --qemu "-blockdev driver=throttle,node-name=slowly,throttle-group=slow,file=hot"
. /job/lib/common.sh
. /job/lib/stor.sh

# Kilobytes a second and operations a second that the host does from now on.
limit() {
	local limits="{\"bps-total\":$(($1 * 1000)),\"iops-total\":$2}"
	_run _qmp qom-set "{\"path\":\"/objects/slow\",\"property\":\"limits\",\"value\":$limits}"
}
some() { echo "$(($1 + RANDOM % ($2 - $1)))"; }
fast() { limit 50000 20000; }

# begin, end: the load. It compares all it knew before it goes on.
begin() {
	rm -f /run/stop
	_impatient "$disk"
	blockmodel "$disk" /run/model /run/stop "$watch" >/run/load 2>&1 &
	load=$!
	_wait_for 60 busy || _fail "$1: the load does not begin: $(cat /run/load)"
}
busy() { [ "$(_prop ctl x-stat-writes)" -gt "$writes" ]; }
# end WHAT [STATUS]: 3 where the disk was taken away.
end() {
	local status
	_wait_for 120 _ended $load || _fail "$1: I/O does not end"
	wait $load
	status=$?
	[ "$status" = "${2:-0}" ] || _fail "$1: $status: $(cat /run/load)"
	! dmesg | grep "unknown transaction id" || _fail "$1: a command was taken back"
	_note "$1: $(cat /run/load)"
	steps=$((steps + $(sed -n 's/ steps.*//p' /run/load)))
}
stop() {
	fast
	touch /run/stop
	end "$1"
}
plug() {
	_plug_controller "$class" slowly 1
	disk=$(_wait_disk "$class") || exit 1
	writes=$(_prop ctl x-stat-writes)
}

slow() {
	limit "$(some 300 4000)" "$(some 20 400)"
	sleep "$(some 1 3)"
}
# The host completes nothing for a while.
stall() {
	_knob ctl x-silent "$(shuf -n 1 -e srb all)"
	sleep "$(some 1 8)"
	_knob ctl x-silent none
}
# What the host does meanwhile goes on, and ends after the reset was acknowledged.
reset() {
	[ "$driver" = hv_storvsc ] || return 0
	_knob ctl x-silent srb
	sleep 1
	# SCSI_RESET: of the disk, the bus, the host.
	python3 - "$disk" "$(shuf -n 1 -e 1 2 3)" <<-"E2" &
		import fcntl, os, struct, sys
		fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
		try:
		    fcntl.ioctl(fd, 0x2284, struct.pack("i", int(sys.argv[2]) | 0x100))
		except OSError:
		    pass
	E2
	sleep "$(some 1 3)"
	_knob ctl x-silent none
	wait $!
}
recover() {
	_recover ctl
	sleep 1
}
# What the host holds back is lost.
lose() {
	_knob ctl x-silent srb
	sleep 1
	_knob ctl x-silent drop
	_recover ctl
}
troubles() { shuf -r -n "$1" -e slow stall reset recover lose; }

case $VARIANT in
storvsc) driver=hv_storvsc class=$CLASS_SCSI ;;
ide) driver=hv_blkvsc class=$CLASS_IDE ;;
scsi) driver=hv_blkvsc class=$CLASS_SCSI ;;
esac
params=
[ "$VARIANT" != scsi ] || params=scsi_class=1
watch=$(_long 30 3) steps=0
rounds=$(_long 30 1)
_run modprobe "$driver" ${params:+"$params"}
plug
for round in $(seq "$rounds"); do
	begin "$round: troubles"
	for what in slow stall reset recover lose $(troubles "$(_long 20 1)"); do
		slow
		$what
	done
	stop "$round: troubles"

	writes=$(_prop ctl x-stat-writes)
	begin "$round: unbind"
	slow
	at=$(_vmbus_devices "$class")
	echo "${at##*/}" >"/sys/bus/vmbus/drivers/$driver/unbind" || _fail "unbind"
	end "$round: unbind" 3
	fast
	echo "${at##*/}" >"/sys/bus/vmbus/drivers/$driver/bind" || _fail "bind"
	disk=$(_wait_disk "$class") || exit 1

	writes=$(_prop ctl x-stat-writes)
	begin "$round: loss"
	slow
	_unplug_controller "$class"
	end "$round: loss" 3
	fast
	plug
done
begin "at the end"
stop "at the end"
[ "$steps" -gt $((rounds * 20)) ] || _fail "$steps steps: this shows nothing"
_note "$driver: $steps steps, all as it must be"
