#!/bin/bash
# A disk that grows on the host grows in the guest, in use, and is whole.
# drivers: ours intree mixed
# kernel: plain debug rt
. /job/lib/common.sh
. /job/lib/stor.sh
grown() { [ "$(blockdev --getsize64 "$disk")" = "$1" ]; }
for pair in $CLASS_SCSI:scsi0 $CLASS_IDE:ide0; do
	disk=$(_wait_disk "${pair%:*}") || exit 1
	old=$(blockdev --getsize64 "$disk")
	new=$((old + (256 << 20)))
	exec 7<"$disk"
	_run _qmp block_resize "{\"node-name\":\"${pair#*:}\",\"size\":$new}"
	# The host reports the change as a unit attention on the next command.
	dd if="$disk" of=/dev/null bs=4k count=1 iflag=direct status=none || true
	_wait_for 15 grown "$new" || {
		! _is_ours "$disk" ||
			_fail "$disk stays at $(blockdev --getsize64 "$disk"), $new on the host"
		# The in-tree driver needs a rescan.
		echo 1 >"/sys/block/${disk##*/}/device/rescan"
		_wait_for 5 grown "$new" ||
			_fail "$disk stays at $(blockdev --getsize64 "$disk"), $new on the host"
	}
	exec 7<&-
	dd if=/dev/urandom of=/run/tail bs=1M count=4 status=none
	dd if=/run/tail of="$disk" bs=1M seek=$((new / 1048576 - 4)) oflag=direct status=none ||
		_fail "write at the new end"
	dd if="$disk" bs=1M skip=$((new / 1048576 - 4)) iflag=direct status=none |
		cmp - /run/tail ||
		_fail "the new end differs"
	_note "$disk: $old -> $new"
done

# An idle disk shows it after the documented step, without any I/O.
for pair in scsi:scsi0 ide:ide0; do
	disk=$(_wait_disk_on "${pair%:*}") || exit 1
	_is_ours "$disk" || continue
	new=$(($(blockdev --getsize64 "$disk") + (64 << 20)))
	sleep 1
	_run _qmp block_resize "{\"node-name\":\"${pair#*:}\",\"size\":$new}"
	sleep 1
	echo 1 >"/sys/block/${disk##*/}/device/rescan" || _fail "$disk: no rescan"
	_wait_for 5 grown "$new" || _fail "$disk: idle, stays at $(blockdev --getsize64 "$disk")"
	_note "$disk: $new after a rescan"
done
