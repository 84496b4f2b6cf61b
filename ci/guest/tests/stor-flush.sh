#!/bin/bash
# Flushes and FUA writes reach the host, by its own counters.
# drivers: ours
# kernel: plain debug
# timeout: 120
. /job/lib.sh
prop() { qmp qom-get "{\"path\":\"/machine/peripheral/ide\",\"property\":\"$1\"}" | json 'd["return"]'; }
disk=$(wait_disk "$CLASS_IDE") || exit 1
name=${disk##*/}
[ "$(cat "/sys/block/$name/queue/write_cache")" = "write back" ] || fail "no write cache seen"
flushes=$(prop stat-flushes)
run dd if=/dev/zero of="$disk" bs=4k count=1 conv=fsync
[ "$(prop stat-flushes)" -gt "$flushes" ] || fail "fsync did not reach the host"
fua=$(prop stat-fua-writes)
run dd if=/dev/zero of="$disk" bs=4k count=16 oflag=direct,dsync
[ "$(prop stat-fua-writes)" -ge $((fua + 16)) ] || [ "$(prop stat-flushes)" -ge $((flushes + 16)) ] ||
	fail "16 synchronous writes: neither FUA nor flushes"
note "flushes $flushes to $(prop stat-flushes), FUA writes $fua to $(prop stat-fua-writes)"
