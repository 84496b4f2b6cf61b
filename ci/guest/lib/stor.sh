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

# _front_ends: of this series, lines of "driver class module-parameters".
_front_ends() {
	! _ours || echo "hv_storvsc $CLASS_SCSI"
	printf '%s\n' "hv_blkvsc $CLASS_IDE" "hv_blkvsc $CLASS_SCSI scsi_class=1"
}

# _plug_controller CLASS DRIVE SUBCHANNELS: a controller "ctl" with a disk;
# _unplug_controller CLASS. The host may still be letting go of the last ones: of
# the controller, then of the disk, which its last requests hold.
_added() { _wait_for 30 _device_add "$1" || _fail "device_add $1: $(_device_add "$1")"; }
_plug_controller() {
	case $1 in
	"$CLASS_SCSI")
		_added "hv-scsi,id=ctl,subchannels=$3"
		_added "scsi-hd,bus=ctl.0,drive=$2,id=lun"
		;;
	*) _added "hv-ide,id=ctl,drive=$2" ;;
	esac
}
_unplug_controller() {
	_run _device_del ctl
	_wait_for 60 _no_devices "$1" || _fail "the controller does not go"
}
_no_devices() { [ -z "$(_vmbus_devices "$1")" ]; }

# _impatient DISK [SECONDS]: a short timeout, so that there are many while the host is
# silent.
_impatient() {
	local seconds=${2:-3}
	case $1 in
	/dev/hvd*) echo "${seconds}000" >"/sys/block/${1##*/}/queue/io_timeout" ;;
	*) echo "$seconds" >"/sys/block/${1##*/}/device/timeout" ;;
	esac
}

# Of the host's device ID: _swallowed ID N: has it kept N commands back so far?
# _status ID: what the driver says of it. _recover ID: see the sysfs attribute.
_swallowed() { [ "$(_prop "$1" x-stat-swallowed)" -ge "$2" ]; }
_status() { cat "/sys/kernel/debug/hv_vstor/$(_instance "$1")/status"; }
_recover() {
	echo 1 >"/sys/bus/vmbus/devices/$(_instance "$1")/recover" ||
		_fail "recover: $(dmesg | tail -n 5)"
}

# _ended PID...: of the programs that do I/O.
_ended() {
	local pid
	for pid; do
		! kill -0 "$pid" 2>/dev/null || return 1
	done
}
