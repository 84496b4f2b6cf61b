#!/bin/bash
# The root file system is on hvda, mounted writable: everything that runs comes from there, and it is clean in the end.
# drivers: ours intree
# control: long
# kernel: plain debug
# boot: --smp 2 --bare --root ide
# timeout: 180
. /job/lib.sh
. /job/stor.sh
read -r disk fs < <(awk '$2 == "/" { print $1, $3 }' /proc/mounts)
! ours || [ "$disk" = /dev/hvda ] || fail "the root is on $disk"
[ "$disk" = "$(disk_of "$CLASS_IDE")" ] || fail "$disk is no IDE-class disk"
[ "$fs" = ext4 ] || fail "the root is $fs"

# Programs read back from the disk are what they were when they were in memory.
find /usr/bin /usr/sbin -type f -exec md5sum {} + >/run/sums
[ "$(wc -l </run/sums)" -gt 200 ] || fail "there are only $(wc -l </run/sums) programs"
echo 3 >/proc/sys/vm/drop_caches
run md5sum -c --quiet /run/sums

# Grown while it is the root.
run resize2fs "$disk"
mkdir /var/mix
pids=()
for i in 1 2; do
	fsmix /var/mix/$i $i "$(long 4000 200)" >/run/mix.$i &
	pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || fail "contents differ"; done
run cp -a /usr/bin /var/copy
sync
echo 3 >/proc/sys/vm/drop_caches
cat /run/mix.* >/run/mix
run md5sum -c --quiet /run/mix
run diff -r --no-dereference /usr/bin /var/copy
run mount -o remount,ro /
run e2fsck -fn "$disk"
note "$(driver_of "$disk"): root on $disk, $(wc -l </run/sums) programs and $(wc -l </run/mix) files as they were, clean"
