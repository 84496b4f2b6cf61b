#!/bin/bash
# The root file system is on an hvd disk: programs run from it, and it is clean at the end.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 180
# boot: --smp 2 --bare --root ide
. /job/lib/common.sh
. /job/lib/stor.sh
read -r disk fs < <(awk '$2 == "/" { print $1, $3 }' /proc/mounts)
# Disks of the IDE class are named by path and target; this one is 1:1.
! _ours || [ "$disk" = /dev/hvdd ] || _fail "the root is on $disk"
[ "$disk" = "$(_disk_of "$CLASS_IDE")" ] || _fail "$disk is no IDE-class disk"
[ "$fs" = ext4 ] || _fail "the root is $fs"

# Programs read back from the disk are what they were when they were in memory.
find /usr/bin /usr/sbin -type f -exec md5sum {} + >/run/sums
[ "$(wc -l </run/sums)" -gt 200 ] || _fail "there are only $(wc -l </run/sums) programs"
echo 3 >/proc/sys/vm/drop_caches
_run md5sum -c --quiet /run/sums

# Grown while it is the root.
_run resize2fs "$disk"
mkdir /var/mix
pids=()
for i in 1 2; do
	fsmix /var/mix/$i $i "$(_long 4000 200)" >/run/mix.$i &
	pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || _fail "contents differ"; done
_run cp -a /usr/bin /var/copy
sync
echo 3 >/proc/sys/vm/drop_caches
cat /run/mix.* >/run/mix
_run md5sum -c --quiet /run/mix
_run diff -r --no-dereference /usr/bin /var/copy
_run mount -o remount,ro /
_run e2fsck -fn "$disk"
_note "$(_driver_of "$disk"): root on $disk, $(wc -l </run/sums) programs and" \
	"$(wc -l </run/mix) files as they were, clean"
