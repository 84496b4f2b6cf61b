#!/bin/bash
# What the host lost is repeated by a recovery, by hand and by itself, with the right data.
# drivers: ours
# kernel: plain debug rt
# timeout: 300
. /job/lib/common.sh
. /job/lib/stor.sh

# forgotten WAY: the host forgets all that is under way; WAY makes it good.
forgotten() {
	local before reader writer
	before=$(_prop "$id" x-stat-swallowed)
	_knob "$id" x-silent srb
	dd if="$disk" bs=1M count=8 iflag=direct status=none >/run/back &
	reader=$!
	dd if=/run/data of="$disk" bs=1M seek=16 oflag=direct status=none &
	writer=$!
	_wait_for 20 _swallowed "$id" $((before + 2)) || _fail "$disk: nothing was under way"
	sleep 1
	_knob "$id" x-silent drop
	sleep 1
	! _ended $reader || _fail "$disk: a forgotten read ended by itself"
	"$1"
	_wait_for 60 _ended $reader ||
		_fail "$disk: $1: the read is not repeated: $(_status "$id")"
	_wait_for 60 _ended $writer ||
		_fail "$disk: $1: the write is not repeated: $(_status "$id")"
	wait $reader || _fail "$disk: $1: a forgotten read failed"
	wait $writer || _fail "$disk: $1: a forgotten write failed"
	cmp /run/back /run/data || _fail "$disk: $1: a forgotten read has other data"
	dd if="$disk" bs=1M skip=16 count=8 iflag=direct status=none | cmp - /run/data ||
		_fail "$disk: $1: a forgotten write has other data"
	_status "$id" | _has "^lost 0" || _fail "$disk: $1: $(_status "$id")"
	_note "$disk: $1: repeated"
}
by_hand() { _recover "$id"; }
by_itself() { echo 5 >/sys/module/hv_vstor/parameters/recover_after; }

for id in ide scsi; do
	disk=$(_wait_disk_on $id) || exit 1
	_impatient "$disk"
	echo 0 >/sys/module/hv_vstor/parameters/recover_after
	_pattern $id 8 >/run/data
	_run dd if=/run/data of="$disk" bs=1M oflag=direct
	forgotten by_hand
	forgotten by_itself
	echo 0 >/sys/module/hv_vstor/parameters/recover_after

	# One after the other is lost, of many; each recovery repeats what was under way.
	(_verified "$disk" --rw=randwrite --bsrange=4k-64k --iodepth=16 --numjobs=2 \
		--offset_increment=128m --size=128m --io_size="$(_long 128m 12m)" \
		--rate_iops=300) &
	fio=$!
	before=$(_prop $id x-stat-swallowed)
	for _ in $(seq "$(_long 20 2)"); do
		had=$(_prop $id x-stat-swallowed)
		_knob $id x-swallow 3
		# A job whose command is lost may send no other: one is enough.
		_wait_for 60 eval "_swallowed $id $((had + 1)) || _ended $fio" ||
			_fail "$disk: nothing to lose"
		_knob $id x-swallow 0
		! _ended $fio || break
		_knob $id x-silent srb
		sleep 0.2
		_knob $id x-silent drop
		by_hand
	done
	_knob $id x-swallow 0
	_wait_for 120 _ended $fio || _fail "$disk: I/O does not end: $(_status "$id")"
	wait $fio || _fail "$disk: lost commands: I/O failed"
	[ "$(_prop $id x-stat-swallowed)" -gt "$before" ] || _fail "$disk: nothing was lost"
	_note "$disk: $(($(_prop $id x-stat-swallowed) - before)) lost under load, verified"
done
