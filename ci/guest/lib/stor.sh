# shellcheck shell=bash
# For the storage tests: patterns, sums, and which disk is behind which device.

# _pattern SEED MIB: data that no other seed gives.
_pattern() {
	python3 -c '
import random, signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
r = random.Random(sys.argv[1])
for _ in range(int(sys.argv[2])):
    sys.stdout.buffer.write(r.randbytes(1 << 20))' "$1" "$2"
}

# _sum DISK [MIB]: of what is on the host, not in the page cache.
_sum() { dd if="$1" bs=64k count=$((${2:-1} * 16)) iflag=direct status=none | md5sum; }

# _queue DISK LIMIT, _driver_of DISK.
_queue() { cat "/sys/block/${1##*/}/queue/$2"; }
_driver_of() {
	local d
	d=$(realpath "/sys/block/${1##*/}/device")
	while [ "$d" != / ]; do
		# The disk's own is sd; what is asked is the controller's.
		case $(readlink "$d/driver") in
		*/hv_* | */ata_*) basename "$(readlink "$d/driver")"; return ;;
		esac
		d=$(dirname "$d")
	done
}

# _instance ID: the GUID by which the guest knows one of the host's devices.
_instance() { _channels 'c["instance-id"]' "id == '$1' and c['subchannel'] == 0"; }

# _disk_on ID [TARGET:LUN]: the disk behind it; _wait_disk_on waits for it.
_disk_on() {
	local at b lun want=${2:-}
	at=/sys/bus/vmbus/devices/$(_instance "$1")
	for b in "$at"/block/* "$at"/host*/target*/*/block/*; do
		[ -e "$b" ] || continue
		lun=$(cat "$b/lun" 2>/dev/null || realpath "$b/device")
		case ${want:+$lun} in
		'' | "$want" | *:"$want")
			echo "/dev/${b##*/}"
			return
			;;
		esac
	done
}
_wait_disk_on() {
	_wait_for 30 _has_disk_on "$@" || _fail "no disk on $*"
	_disk_on "$@"
}
_has_disk_on() { [ -b "$(_disk_on "$@")" ]; }
