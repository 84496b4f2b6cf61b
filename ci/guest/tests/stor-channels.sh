#!/bin/bash
# 1, 2, 4 and 8 channels on 8 CPUs: each carries commands, and the data are right.
# drivers: ours intree mixed
# kernel: plain debug kcsan rt
# control: long
# timeout: 300
# boot: --smp 8 --bare --image hot:256M
. /job/lib/common.sh
. /job/lib/stor.sh

there() { _has_disk "$CLASS_SCSI"; }
gone() { [ -z "$(_vmbus_devices "$CLASS_SCSI")" ]; }
# packets ID: to the host on each open channel of the controller, by the host's count.
packets() { _channels 'c["packets-in"]' "id == '$1' and c['state'] == 'open'" | xargs; }
targets() { _channels 'c["target-vp"]' "id == '$1' and c['state'] == 'open'" | sort -u | wc -l; }
# busy ID N: are there N channels, each with more than a probe's few commands.
all_used() {
	local n=0 count
	for count in $(packets "$1"); do
		[ "$count" -gt 40 ] || return 1
		n=$((n + 1))
	done
	[ $n = "$2" ]
}

verified() {
	_verified "$1" --rw=randwrite --bsrange=4k-64k --iodepth=16 --numjobs=8 \
		--cpus_allowed=0-7 --cpus_allowed_policy=split --offset_increment=32m --size=32m \
		--io_size="$2"
}

# reopened ID N DISK: a recovery closes all channels, and has the host offer new ones.
reopened() {
	_recover "$1"
	verified "$3" 1m
	[ "$(packets "$1" | wc -w)" = "$2" ] ||
		_fail "$2 channels, and after a recovery $(packets "$1")"
}

# check_channels ID N: with the driver that is loaded.
check_channels() {
	local id=$1 n=$2 disk
	_run _device_add "hv-scsi,id=$id,subchannels=$((n - 1))"
	_run _device_add "scsi-hd,bus=$id.0,drive=hot,id=l$id"
	_wait_for 60 there || _fail "$n channels: no disk"
	disk=$(_disk_of "$CLASS_SCSI")
	verified "$disk" "$(_long 32m 3m)"
	all_used "$id" "$n" || _fail "$n channels wanted, commands on them: $(packets "$id")"
	# With fewer CPUs than ours, in-tree may give two channels one CPU.
	! _ours || [ "$(targets "$id")" = "$n" ] ||
		_fail "$n channels interrupt only $(targets "$id") CPUs"
	! _is_ours "$disk" || reopened "$id" "$n" "$disk"
	_note "$disk of $(_driver_of "$disk"): commands on $n channels: $(packets "$id")"
	_run _device_del "l$id"
	_run _device_del "$id"
	_wait_for 60 gone || _fail "$n channels: the controller does not go"
}
# The bus of drivers/hv has mainline's hv_storvsc: see intree.
_is_mixed || for n in 1 2 4 8; do check_channels "s$n" $n; done
if _there hv_blkvsc; then
	_run rmmod hv_storvsc
	_run rmmod hv_blkvsc
	_run modprobe hv_blkvsc scsi_class=1
	for n in 1 2 4 8; do check_channels "b$n" $n; done
fi
