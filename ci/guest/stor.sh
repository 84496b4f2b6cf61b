# shellcheck shell=bash
# For the storage tests: the host's knobs and counters, verified I/O, patterns.

# prop ID NAME: a property of one of the host's devices.
_prop() { _qmp qom-get "{\"path\":\"/machine/peripheral/$1\",\"property\":\"$2\"}" | _json 'd["return"]'; }

# knob ID NAME JSON-VALUE: sets one.
_knob() {
	_qmp qom-set "{\"path\":\"/machine/peripheral/$1\",\"property\":\"$2\",\"value\":$3}" >/dev/null ||
		_fail "the host has no knob $2 on $1"
}

# verified DISK ARGUMENTS...: fio that writes, reads back and compares checksums.
_verified() {
	local disk=$1
	shift
	_run fio --name=v --filename="$disk" --direct=1 --ioengine=io_uring --verify=crc32c --do_verify=1 \
		--verify_fatal=1 --verify_dump=0 --fallocate=none "$@"
}

# pattern SEED MIB: data that no other seed gives.
_pattern() { python3 -c 'import random,signal,sys; r=random.Random(sys.argv[1])
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
for _ in range(int(sys.argv[2])): sys.stdout.buffer.write(r.randbytes(1 << 20))' "$1" "$2"; }

# sum DISK [MIB]: of what is on the host, not in the page cache.
_sum() { dd if="$1" bs=64k count=$((${2:-1} * 16)) iflag=direct status=none | md5sum; }

# queue DISK LIMIT, driver_of DISK.
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

# instance ID: the GUID by which the guest knows one of the host's devices.
_instance() {
	_qmp x-query-hyperv | _json "next(c['instance-id'] for c in d['return']['vmbus']['channels']
		if c['device'] == '/machine/peripheral/$1')"
}

# disk_on ID [TARGET:LUN]: the disk behind it; wait_disk_on waits for it.
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
