#!/bin/bash
# An NVMe disk on a bus of PCI pass-through: data, its interrupts, unbind, eject, hot add, rescind.
# drivers: ours intree
# kernel: plain
# control: long
# timeout: 200
# variants: 1.1 1.2 1.3 1.4
# brief: 1.1 1.4
# boot: --bare --image d1:256M --qemu "-device hv-pci,id=vpci,max-version=%v"
# boot: --qemu "-device nvme,id=ssd,bus=vpci.0,drive=d1,serial=first"
. /job/lib/common.sh
. /job/lib/clients.sh
drv=/sys/bus/vmbus/drivers/hv_pci

# there SERIAL: $disk is the disk with that number. gone: there is none.
there() {
	local serial
	for disk in /sys/class/nvme/nvme*/nvme*n1; do
		# There are spaces behind it.
		{ read -r serial <"${disk%/*}/serial"; } 2>/dev/null || continue
		[ "$serial" = "$1" ] || continue
		disk=/dev/${disk##*/}
		[ -b "$disk" ] && return
	done
	return 1
}
gone() { ! grep -q nvme /proc/partitions; }
sum() { dd if="$disk" bs=1M count=16 iflag=direct status=none | md5sum; }
same() { [ "$(sum)" = "$before" ] || _fail "$1: other data"; }
checked() {
	_wait_for 30 there "$1" || _fail "no disk $1"
	_ready vpci "$VARIANT"
}

# plug SERIAL: the host's image is free some time after the last disk was.
plug() {
	_wait_for 20 _device_add "nvme,id=ssd,bus=vpci.0,drive=d1,serial=$1" ||
		_fail "the host has no disk $1"
}

# irq_of QUEUE; interrupts QUEUE: how many each CPU took.
irq_of() { awk -v q="nvme[0-9]+q$1\$" '$NF ~ q { print $1 + 0 }' /proc/interrupts; }
interrupts() {
	awk -v irq="$(irq_of "$1"):" '$1 == irq { for (i = 2; $i ~ /^[0-9]+$/; i++) print $i }' \
		/proc/interrupts | xargs
}

# What a disk that has gone left undone is given up before the host takes the bus by force.
_run modprobe nvme_core io_timeout=5
_run modprobe nvme
_run modprobe pci_hyperv
checked first
_verified "$disk" --size=64m --rw=randwrite --bs=4k --iodepth=32
_verified "$disk" --size=64m --rw=write --bs=1m --iodepth=4

# Each queue interrupts the CPU that it is for, and no other.
for ((queue = 1; queue <= $(nproc); queue++)); do
	cpu=$(<"/proc/irq/$(irq_of $queue)/effective_affinity_list")
	_run fio --name=r --filename="$disk" --direct=1 --rw=randread --bs=4k --size=1m \
		--cpus_allowed="$cpu"
	read -ra took <<<"$(interrupts $queue)"
	[ "${took[cpu]}" -ge 200 ] || _fail "queue $queue of CPU $cpu: ${took[*]} interrupts"
	took[cpu]=0
	for n in "${took[@]}"; do
		[ "$n" = 0 ] || _fail "queue $queue interrupts others than CPU $cpu: ${took[*]}"
	done
done
# The one that is for no CPU moves, where the kernel lets it.
controller=/sys/class/nvme/$(basename "${disk%n1}")
irq=$(irq_of 0)
for cpu in 2 1 3; do
	echo $cpu >"/proc/irq/$irq/smp_affinity_list" || _fail "the interrupt cannot move"
	read -ra took <<<"$(interrupts 0)"
	for _ in 1 2 3; do echo 1 >"$controller/rescan_controller"; done
	read -ra now <<<"$(interrupts 0)"
	[ "${now[cpu]}" -ge $((took[cpu] + 3)) ] ||
		_fail "moved to CPU $cpu: ${took[*]} interrupts before, now ${now[*]}"
done
_note "$(_prop vpci x-messages) messages, interrupts moved $(_prop vpci x-retargets) times"
[ "$(_prop vpci x-strays)" = 0 ] || _fail "$(_prop vpci x-strays) messages that nobody wants"

before=$(sum)
id=$(basename "$drv"/*-*-*-*-*)
for round in 1 2 3; do
	echo "$id" >$drv/unbind || _fail "round $round: unbind"
	gone || _fail "round $round: a disk without a driver"
	_service_is vpci closed || _fail "round $round: the channel is open without a driver"
	[ "$(_prop vpci x-interrupts)" = 0 ] || _fail "round $round: interrupts without a driver"
	echo "$id" >$drv/bind || _fail "round $round: bind"
	checked first
	same "round $round"
done

# The host asks for the disk and gets it; then there is another.
for round in 1 2; do
	_run _device_del ssd
	_wait_for 20 gone || _fail "round $round: the disk is there without a device"
	ejected() { [ "$(_prop vpci x-ejections)" = "$round" ]; }
	_wait_for 10 ejected || _fail "round $round: the guest did not let go of the disk"
	plug "second$round"
	checked "second$round"
	same "hot add $round"
	_verified "$disk" --size=16m --rw=randwrite --bs=4k --iodepth=32
	before=$(sum)
done

# The whole bus goes, while the disk has much to do.
fio --name=w --filename="$disk" --direct=1 --rw=randwrite --bs=4k --iodepth=32 --size=64m \
	--offset=64m --ioengine=io_uring --time_based --runtime=120 >/run/fio 2>&1 &
busy() { [ "$(awk '{ print $9 }' "/sys/block/${disk##*/}/stat")" -gt 0 ]; }
_wait_for 20 busy || _fail "no I/O: $(</run/fio)"
_run _device_del vpci
_wait_for 60 gone || _fail "the disk stays without its bus"
! wait $! || _fail "I/O without a disk ended well"
vanished() { ! _prop vpci x-state; }
_wait_for 30 vanished || _fail "the guest does not let go of the bus"
_run _device_add "hv-pci,id=vpci,max-version=$VARIANT"
plug third
checked third
same "a bus later"
_verified "$disk" --size=16m --rw=randwrite --bs=4k --iodepth=32

_run rmmod pci_hyperv
gone || _fail "a disk without a driver"
_service_is vpci closed || _fail "the channel is open without a driver"
[ "$(_prop vpci x-interrupts)" = 0 ] || _fail "interrupts without a driver"
