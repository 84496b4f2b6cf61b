#!/bin/bash
# Flushes and FUA writes reach the host, by its own counters.
# drivers: ours
# kernel: plain debug rt
# timeout: 120
. /job/lib/common.sh
disk=$(_wait_disk "$CLASS_IDE") || exit 1
name=${disk##*/}
[ "$(cat "/sys/block/$name/queue/write_cache")" = "write back" ] || _fail "no write cache seen"
flushes=$(_prop ide x-stat-flushes)
_run dd if=/dev/zero of="$disk" bs=4k count=1 conv=fsync
[ "$(_prop ide x-stat-flushes)" -gt "$flushes" ] || _fail "fsync did not reach the host"
fua=$(_prop ide x-stat-fua-writes)
_run dd if=/dev/zero of="$disk" bs=4k count=16 oflag=direct,dsync
[ "$(_prop ide x-stat-fua-writes)" -ge $((fua + 16)) ] ||
	[ "$(_prop ide x-stat-flushes)" -ge $((flushes + 16)) ] ||
	_fail "16 synchronous writes: neither FUA nor flushes"
_note "flushes $flushes to $(_prop ide x-stat-flushes)," \
	"FUA writes $fua to $(_prop ide x-stat-fua-writes)"
