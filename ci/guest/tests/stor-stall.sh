#!/bin/bash
# The host's storage stalls for a minute: writes succeed when it is back.
# drivers: ours intree
# kernel: plain
# timeout: 300
# boot: --smp 2
. /job/lib/common.sh
. /job/lib/stor.sh
written() { [ -s "/run/status.$1" ]; }
for id in scsi ide; do
	disk=$(_wait_disk_on $id) || exit 1
	case $disk in
	/dev/hvd*) echo 3000 >"/sys/block/${disk##*/}/queue/io_timeout" ;;
	*) echo 3 >"/sys/block/${disk##*/}/device/timeout" ;;
	esac
	_run mke2fs -q -F -t ext4 "$disk" 64m
	mkdir -p /run/$id
	_run mount -o errors=remount-ro "$disk" /run/$id
	_knob $id silent all
	(
		dd if=/dev/zero of=/run/$id/file bs=64k count=16 conv=fsync 2>/dev/null
		echo $? >/run/status.$id
	) &
done
sleep 60
for id in scsi ide; do _knob $id silent none; done
bad=''
for id in scsi ide; do
	_wait_for 90 written $id || _fail "$id: the write does not end"
	if [ "$(</run/status.$id)" = 0 ] && echo again >/run/$id/more && sync -f /run/$id/more; then
		_note "$id: the write ended well after 60 s of silence"
	else
		bad="$bad $id"
		_note "$id: after 60 s of silence: $(grep /run/$id /proc/mounts)"
	fi
done
[ -z "$bad" ] || _fail "a host that came back cost the file system:$bad"
