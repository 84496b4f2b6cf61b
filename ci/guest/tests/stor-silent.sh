#!/bin/bash
# A host that completes nothing for long: no I/O ends, no byte moves, all goes on when it does.
# drivers: ours
# kernel: plain debug rt
# timeout: 300
. /job/lib/common.sh
. /job/lib/stor.sh

idle() { _status "$id" | _has "^outstanding 0"; }
alive() { ! _ended "$1"; }
# moved: what the host has done so far. It must stand still.
moved() { echo "$(_prop "$id" x-stat-read-bytes) $(_prop "$id" x-stat-write-bytes)"; }
# warnings: of the controller.
warnings() { dmesg | grep -c "$(_instance $id): .* commands outstanding, the oldest for"; }
# mounted: a file system does not notice, and takes more afterwards.
mounted() {
	_run mke2fs -q -F -t ext4 "$disk" 64m
	mkdir -p "/run/$id"
	_run mount -o errors=remount-ro "$disk" "/run/$id"
	_knob "$id" x-silent all
	dd if=/run/data of="/run/$id/file" bs=64k conv=fsync status=none &
	writer=$!
	sleep "$(_long 300 10)"
	alive $writer || _fail "$disk: fsync ended that the host has not completed"
	_knob "$id" x-silent none
	_wait_for 60 _ended $writer || _fail "$disk: fsync does not go on"
	wait $writer || _fail "$disk: fsync failed"
	grep -q " /run/$id ext4 rw," /proc/mounts || _fail "$(grep "/run/$id" /proc/mounts)"
	_run umount "/run/$id"
	_run e2fsck -fn "$disk"
	_run mount "$disk" "/run/$id"
	cmp "/run/$id/file" /run/data || _fail "$disk: the file has other data"
	_run umount "/run/$id"
}

for id in ide scsi; do
	disk=$(_wait_disk_on $id) || exit 1
	_impatient "$disk"
	start=$SECONDS
	_pattern "$id" 4 >/run/data
	_run dd if=/run/data of="$disk" bs=1M oflag=direct
	for what in srb all; do
		before=$(_prop $id x-stat-swallowed)
		_knob $id x-silent $what
		dd if="$disk" bs=1M count=4 iflag=direct status=none >/run/back &
		reader=$!
		dd if=/run/data of="$disk" bs=1M seek=8 oflag=direct status=none &
		writer=$!
		_wait_for 20 _swallowed "$id" $((before + 2)) || _fail "$disk: nothing is under way"
		host=$(moved)
		sleep "$(_long 600 20)"
		alive $reader || _fail "$disk: a read ended that the host has not completed"
		alive $writer || _fail "$disk: a write ended that the host has not completed"
		[ "$(moved)" = "$host" ] || _fail "$disk: the host was made to move data"
		warned=$(warnings)
		[ "$warned" -ge 1 ] || _fail "$disk: nothing in the log says what is the matter"
		[ "$warned" -le $(((SECONDS - start) / 60 + 1)) ] ||
			_fail "$disk: $warned warnings in $((SECONDS - start)) s"
		_status "$id" | _has "^outstanding [1-9]" || _fail "$disk: $(_status "$id")"
		_knob $id x-silent none
		_wait_for 30 _ended $reader || _fail "$disk: the read does not go on"
		_wait_for 30 _ended $writer || _fail "$disk: the write does not go on"
		wait $reader || _fail "$disk: the read failed"
		wait $writer || _fail "$disk: the write failed"
		cmp /run/back /run/data || _fail "$disk: the read came back with other data"
		dd if="$disk" bs=1M skip=8 count=4 iflag=direct status=none |
			cmp - /run/data || _fail "$disk: the write went elsewhere"
		! dmesg | grep "unknown transaction id" ||
			_fail "$disk: a command was taken back from the host"
		_wait_for 5 idle || _fail "$disk: $(_status "$id")"
		_note "$disk: silent to $what: waited, and went on"
	done
	[ "$(_prop $id x-stat-lun-resets)" = 0 ] || _fail "$disk: a reset was asked for"
	# What was asked for during the silence is not in the way afterwards.
	_verified "$disk" --rw=randwrite --bsrange=4k-64k --iodepth=16 --size=32m --io_size=4m
	mounted
	_note "$disk: silent to a file system: waited, and went on"
done
