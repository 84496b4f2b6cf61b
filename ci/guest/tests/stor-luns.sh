#!/bin/bash
# 64 LUNs on two targets, each with its own contents; some come and half go while in use.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 240
# boot: --smp 2 --bare --load hv_vmbus --image pool:64M
# boot: --qemu "-device hv-scsi,id=scsi,subchannels=1"
# boot: --qemu "-device hv-ide,id=whole,drive=pool,share-rw=on"
. /job/lib/common.sh
. /job/lib/stor.sh

# The first and the last LUN number, and what is in between: "target:lun".
keys=("0:254" "1:0" "1:77" "1:254")
for lun in $(seq 0 59); do keys+=("0:$lun"); done
late=4

# name TARGET:LUN: its device, of whichever driver.
name() {
	local b at=/sys/bus/vmbus/devices/$scsi
	for b in "$at"/block/*; do
		if [ -e "$b/lun" ] && [ "$(<"$b/lun")" = "$1" ]; then echo "${b##*/}"; fi
	done
	for b in "$at"/host*/target*/*:0:"$1"/block/*; do
		if [ -e "$b" ]; then echo "${b##*/}"; fi
	done
}
count() {
	local n=0 b
	for b in "/sys/bus/vmbus/devices/$scsi"/{block/*,host*/target*/*/block/*}; do
		if [ -e "$b" ]; then n=$((n + 1)); fi
	done
	[ "$n" = "$1" ]
}
# Each LUN is one MiB of the pool, so that the whole disk shows what went where.
plug() {
	local key=${keys[$1]} pool lun
	pool="\"file\":\"pool\",\"offset\":$(($1 << 20)),\"size\":1048576"
	_run _qmp blockdev-add "{\"driver\":\"raw\",\"node-name\":\"n$1\",$pool}"
	lun=scsi-id=${key%:*},lun=${key#*:}
	_run _device_add "scsi-hd,bus=scsi.0,id=d$1,drive=n$1,share-rw=on,$lun"
}
blocks() {
	python3 -c '
import random, sys
for i in range(int(sys.argv[1])):
    open("/run/b%d" % i, "wb").write(random.Random(i).randbytes(65536))' "$1"
}
# check INDEX: through the LUN.
check() {
	local disk
	disk=$(name "${keys[$1]}")
	[ -b "/dev/$disk" ] || _fail "LUN ${keys[$1]} is not there"
	[ "$(<"/sys/block/$disk/size")" = 2048 ] || _fail "LUN ${keys[$1]} has another size"
	dd if="/dev/$disk" bs=64k count=1 iflag=direct status=none | cmp -s - "/run/b$1" ||
		_fail "LUN ${keys[$1]} has another's contents"
}

scsi=$(basename "$(_vmbus_devices "$CLASS_SCSI")")
last=$((${#keys[@]} - 1))
for i in $(seq 0 $((last - late))); do plug "$i"; done
_run modprobe hv_storvsc
! _ours || _run modprobe hv_blkvsc
whole=$(_wait_disk "$CLASS_IDE") || exit 1
_wait_for 60 count $((last + 1 - late)) || _fail "not all LUNs that were there are seen"
for i in $(seq $((last - late + 1)) $last); do plug "$i"; done
_wait_for 60 count $((last + 1)) || _fail "not all LUNs that came are seen"

blocks $((last + 1))
for i in $(seq 0 $last); do
	disk=$(name "${keys[$i]}")
	dd if="/run/b$i" of="/dev/$disk" bs=64k oflag=direct status=none ||
		_fail "LUN ${keys[$i]}: write"
done
for i in $(seq 0 $last); do
	check "$i"
	dd if="$whole" bs=64k skip=$((i * 16)) count=1 iflag=direct status=none |
		cmp -s - "/run/b$i" ||
		_fail "what was written to LUN ${keys[$i]} is elsewhere on the host"
done
_note "$((last + 1)) LUNs, each with its own contents"

# Every other one goes, while another is read.
busy=$(name "${keys[1]}")
fio --name=load --filename="/dev/$busy" --rw=randread --bs=4k --direct=1 --ioengine=io_uring \
	--iodepth=4 --time_based --runtime=600 >/dev/null 2>&1 &
load=$!
for i in $(seq 0 2 $last); do _run _device_del "d$i"; done
_wait_for 60 count $(((last + 1) / 2)) || _fail "not all LUNs go"
for i in $(seq 1 2 $last); do check "$i"; done
for i in $(seq 0 2 $last); do [ -z "$(name "${keys[$i]}")" ] || _fail "LUN ${keys[$i]} stays"; done
kill -0 $load || _fail "the load on LUN ${keys[1]} ended"
kill $load
wait $load
_note "half of them went, the rest is what it was"

# The same by the other front end.
if _ours; then
	_run rmmod hv_storvsc
	_run rmmod hv_blkvsc
	_run modprobe hv_blkvsc scsi_class=1
	_wait_for 60 count $(((last + 1) / 2)) || _fail "hv_blkvsc does not see all LUNs"
	for i in $(seq 1 2 $last); do check "$i"; done
	for i in $(seq 0 2 $last); do
		[ -z "$(name "${keys[$i]}")" ] ||
			_fail "hv_blkvsc: LUN ${keys[$i]} is there"
	done
	case $(name "${keys[1]}") in hvd*) ;; *) _fail "not hv_blkvsc's" ;; esac
	_note "hv_blkvsc sees the same"
fi
