#!/bin/bash
# Where the host offers a monitored channel, signals use the monitor page, not the hypercall.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# boot: --bare --image a:128M --image b:128M --image c:128M
# boot: --qemu "-device hv-scsi,id=on,monitor=on,monitor-latency=100,subchannels=3"
# boot: --qemu "-device scsi-hd,bus=on.0,drive=a,serial=on"
# boot: --qemu "-device hv-scsi,id=off,subchannels=3 -device scsi-hd,bus=off.0,drive=b,serial=off"
# boot: --qemu "-device hv-ide,id=ide,drive=c,monitor=on,monitor-latency=100"
# boot: --qemu "-netdev user,id=net0"
# boot: --qemu "-device hv-net,id=nic,netdev=net0,monitor=on,monitor-latency=100"
. /job/lib/common.sh
. /job/lib/stor.sh
_wait_disk "$CLASS_SCSI" 2 >/dev/null || exit 1
_wait_disk "$CLASS_IDE" >/dev/null || exit 1
# counts ID: of all its channels, hypercalls, looks at the monitor page that found
# something, and packets from the guest.
counts() {
	_channels '" ".join(str(c[k]) for k in ("signals", "monitor-triggers", "packets-in"))' \
		"id == '$1'" | awk '{ s += $1; t += $2; p += $3 } END { print s, t, p }'
}
load() {
	_verified "$1" --rw=randwrite --bsrange=4k-64k --iodepth=8 --size=100m --io_size=12m
}
declare -A signals
measure() { # DEVICE COMMAND...
	local id=$1 before after
	shift
	before=$(counts "$id")
	"$@"
	after=$(counts "$id")
	read -r s0 t0 p0 s1 t1 p1 <<<"$before $after"
	signals[$id]=$((s1 - s0)) triggers=$((t1 - t0)) packets=$((p1 - p0))
	_note "$id: $packets packets from the guest, ${signals[$id]} hypercalls," \
		"$triggers by monitor page"
}
traffic() {
	_run ip link set "$(_nic)" up
	_run busybox_dhcp "$(_nic)"
	_run ping -q -c 40 -i 0.02 -W 2 -s 1400 10.0.2.2
}

measure off load "$(_disk_on off)"
[ "$triggers" = 0 ] || _fail "a channel without a monitor used one"
[ "${signals[off]}" -gt 100 ] || _fail "the load did not even need ${signals[off]} signals"
for id in on ide; do
	measure $id load "$(_disk_on $id)"
	[ "$triggers" -gt 50 ] || _fail "$id: the monitor page was hardly used"
	[ "${signals[$id]}" -le $((signals[off] / 20)) ] ||
		_fail "$id: signals by hypercall, in spite of the monitor page"
done
measure nic traffic
[ "$triggers" -gt 20 ] || _fail "nic: the monitor page was hardly used"
[ "${signals[nic]}" -le 2 ] || _fail "nic: signals by hypercall, in spite of the monitor page"
ip link set "$(_nic)" down

# sysfs says which entry, and the latency, here in units of 100 ns.
as_host_says() { _qmp x-query-hyperv | sysfs-expect 1000 >/run/differences; }
_wait_for 10 as_host_says || _fail "sysfs differs from the host: $(</run/differences)"
