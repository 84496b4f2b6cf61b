#!/bin/bash
# Processors go and come under disk and network load; channels leave and nothing is lost.
# drivers: ours intree mixed
# kernel: plain debug kcsan rt
# control: long
# timeout: 300
# boot: --bare --image a:512M --image b:256M
# boot: --qemu "-device hv-scsi,id=scsi,subchannels=3 -device scsi-hd,bus=scsi.0,drive=a"
# boot: --qemu "-device hv-ide,id=ide,drive=b"
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0,subchannels=3"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1,subchannels=3"
. /job/lib/common.sh
. /job/lib/net.sh
[ "$(nproc)" = 4 ] || _fail "$(nproc) processors, not 4"
scsi=$(_wait_disk "$CLASS_SCSI") || exit 1
ide=$(_wait_disk "$CLASS_IDE") || exit 1
_pair_up
# A pass is as long as the kernel that runs it lets it be, in MiB.
pass=$((32 / PATIENCE))

verify() {
	while [ ! -e /run/stop ]; do
		fio --name=v --filename="$1" --size=${pass}m --rw=randwrite --bsrange=4k-64k \
			--direct=1 --ioengine=io_uring --iodepth=8 --numjobs=2 \
			--offset_increment=64m --verify=crc32c --do_verify=1 --verify_fatal=1 \
			--verify_dump=0 --randseed=$RANDOM || return 1
		echo . >>"/run/verified.${1##*/}"
	done
}
# tcp() compares checksums at both ends.
streams() { while [ ! -e /run/stop ]; do _tcp a b 10.9.0.2 $pass; echo . >>/run/streams; done; }
verify "$scsi" >/run/fio.scsi 2>&1 &
pids=($!)
verify "$ide" >/run/fio.ide 2>&1 &
pids+=($!)
(streams) >/run/stream 2>&1 &
pids+=($!)
logs() { tail -n 5 /run/fio.scsi /run/fio.ide /run/stream; }

# The host's own view: whom it interrupts, of all open channels.
targets() { _channels 'c["target-vp"]' 'c["state"] == "open"' | xargs; }
left() { ! grep -qw "$1" <<<"$(targets)"; }
sleep 1
[ "$(targets | wc -w)" -ge 9 ] || _fail "channels to: $(targets)"
for cpu in 1 2 3; do ! left $cpu || _fail "no channel on CPU $cpu to begin with: $(targets)"; done

rounds=$(_long 100 2)
for ((i = 0; i < rounds; i++)); do
	for cpu in 1 2 3; do
		echo 0 >/sys/devices/system/cpu/cpu$cpu/online ||
			_fail "round $i: CPU $cpu does not go"
		left $cpu || _fail "round $i: CPU $cpu is gone, the host interrupts it: $(targets)"
		# All the way down to one, every other time.
		[ $((i % 2)) = 0 ] || echo 1 >/sys/devices/system/cpu/cpu$cpu/online
	done
	[ $((i % 2)) = 1 ] || for cpu in 3 1 2; do
		echo 1 >/sys/devices/system/cpu/cpu$cpu/online ||
			_fail "round $i: CPU $cpu does not come"
	done
	[ "$(nproc)" = 4 ] || _fail "round $i: $(nproc) processors"
	# Back to a processor that was away.
	for dir in "$(_vmbus_devices "$CLASS_SCSI")"/channels/*; do
		echo $((1 + i % 3)) >"$dir/cpu" || _fail "round $i: $dir does not move"
	done
	! left $((1 + i % 3)) ||
		_fail "round $i: nothing was moved to CPU $((1 + i % 3)): $(targets)"
	for pid in "${pids[@]}"; do
		kill -0 "$pid" 2>/dev/null || _fail "round $i: the load broke: $(logs)"
	done
done
# A load that stands still is one whose counters do, however slow the machine is.
counts() {
	awk '{ print $1 + $5 }' "/sys/block/${scsi##*/}/stat" "/sys/block/${ide##*/}/stat"
	ip netns exec b cat /sys/class/net/eth0/statistics/rx_bytes
}
mapfile -t start < <(counts)
moving() {
	local now
	mapfile -t now < <(counts)
	[ "${now[0]}" != "${start[0]}" ] && [ "${now[1]}" != "${start[1]}" ] &&
		[ "${now[2]}" != "${start[2]}" ]
}
_wait_for 60 moving ||
	_fail "the load stands still: ${start[*]}, then $(counts | xargs):" \
		"$(cat /sys/kernel/debug/hv_vmbus/channels)"
# At least one whole pass more, of each.
before=$(cat /run/verified.* /run/streams 2>/dev/null | wc -l)
passed() { [ "$(cat /run/verified.* /run/streams 2>/dev/null | wc -l)" -gt $((before + 2)) ]; }
_wait_for 200 passed || _fail "the load does not get on: $(logs)"
: >/run/stop
for pid in "${pids[@]}"; do wait "$pid" || _fail "the load failed: $(logs)"; done
for f in "/run/verified.${scsi##*/}" "/run/verified.${ide##*/}" /run/streams; do
	[ -s "$f" ] || _fail "$f: not one pass"
done
_note "$rounds rounds; passes verified: $(wc -l </run/verified."${scsi##*/}")" \
	"$(wc -l </run/verified."${ide##*/}"), streams $(wc -l </run/streams)"
