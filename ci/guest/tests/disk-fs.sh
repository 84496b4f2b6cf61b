#!/bin/bash
# ext4 and xfs on both disk classes survive a mixed load: checked, mounted again, compared.
# drivers: ours intree mixed
# kernel: plain debug rt
# control: long
# timeout: 240
# boot: --smp 2
. /job/lib/common.sh
. /job/lib/stor.sh

job() {
	fio --name=fs --directory="$1" --rw=randwrite --bsrange=512-64k --bs_unaligned=1 \
		--size="$(_long 160m 12m)" --ioengine=psync --fsync=64 --verify=crc32c \
		--verify_fatal=1 --verify_dump=0 "${@:2}" >"/run/fio.${1##*/}" 2>&1 ||
		_fail "$1: fio $2: $(head -n 5 "/run/fio.${1##*/}")"
}

# round DISK FS BLOCK-SIZE: on one disk; in a shell of its own.
round() {
	local disk=$1 fs=$2 bs=$3 at=/run/${1##*/} i pids=()
	mkdir -p "$at"
	case $fs in
	ext4) _run mkfs.ext4 -q -F -b "$bs" "$disk" ;;
	xfs) _run mkfs.xfs -q -f -b size="$bs" "$disk" ;;
	esac
	_run mount -t "$fs" "$disk" "$at"
	for i in 1 2 3; do
		mkdir "$at/$i"
		fsmix "$at/$i" "$fs$i$disk" "$(_long 4000 150)" >"/run/sums.${disk##*/}.$i" &
		pids+=($!)
	done
	job "$at" --do_verify=0
	for i in "${pids[@]}"; do
		wait "$i" || _fail "$disk: $fs: contents differ while mounted"
	done
	_run cp -a "$at/1" "$at/copy"
	_run umount "$at"
	case $fs in
	ext4) _run e2fsck -fn "$disk" ;;
	xfs) _run xfs_repair -n "$disk" ;;
	esac
	_run mount -t "$fs" "$disk" "$at"
	cat "/run/sums.${disk##*/}".* >/run/sums."${disk##*/}"
	[ "$(wc -l </run/sums."${disk##*/}")" -gt 30 ] || _fail "$disk: $fs: the load left no files"
	_run md5sum -c --quiet /run/sums."${disk##*/}"
	_run diff -r "$at/1" "$at/copy"
	job "$at" --verify_only
	_run umount "$at"
	_note "$disk: $fs of $bs bytes a block:" \
		"$(wc -l </run/sums."${disk##*/}") files and fio's as they were"
}

scsi=$(_wait_disk "$CLASS_SCSI") || exit 1
ide=$(_wait_disk "$CLASS_IDE") || exit 1
_run modprobe xfs
# Blocks of less than a page come in pieces that the block layer merges.
for pair in "ext4 xfs 1024" "xfs ext4 1024"; do
	read -r one other bs <<<"$pair"
	(round "$scsi" "$one" 4096) &
	pid=$!
	(round "$ide" "$other" "$bs") || exit 1
	wait $pid || exit 1
done
! dmesg | grep -E '(EXT4-fs|XFS) .*(error|corrupt)|I/O error' || _fail "the kernel saw errors"
