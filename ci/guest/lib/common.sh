# shellcheck shell=bash
# For every test: verdicts, waiting, the test host's monitor, devices, verified I/O.
# A test is a script that ends with status 0, or calls _fail.

set -u -o pipefail
PATH=/job/tools:/usr/sbin:/usr/bin:/sbin:/bin

_fail() {
	echo "FAIL: $*" >&2
	exit 1
}

_note() { echo "  $*"; }

# _run COMMAND...: a step that must succeed; its output only when it does not.
_run() {
	local out
	out=$("$@" 2>&1) || _fail "$*: $(tail -n 12 <<<"$out")"
}

# _nothing_flushed: a disk that is gone has nothing left to be written back to.
_nothing_flushed() {
	! _ours || ! dmesg | grep "Synchronize Cache.*failed" ||
		_fail "a disk that is gone was flushed"
}

# _long FULL SHORT: a volume, whole under --long.
_long() { if [ -e /job/long ]; then echo "$1"; else echo "$2"; fi; }

# A kernel that checks everything takes its time, as scripts/boot's caller knows.
PATIENCE=1
[ ! -e /sys/kernel/debug/kmemleak ] && [ ! -e /sys/kernel/debug/kcsan ] &&
	[ ! -e /sys/kernel/realtime ] || PATIENCE=4

# _has GREP-ARGUMENTS: grep -q at the end of a pipe. It reads everything: to
# pipefail, a writer that died of SIGPIPE is a pattern that is not there.
_has() { grep "$@" | cat >/dev/null; }

# _wait_for SECONDS COMMAND...: until the command succeeds.
_wait_for() {
	local end=$((SECONDS + $1 * PATIENCE))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# The test host's monitor, from inside the guest.
_qmp_open() {
	[ -z "${QMP_FD:-}" ] || return 0
	exec {QMP_FD}<>/dev/virtio-ports/qmp
	printf '{"execute":"qmp_capabilities","id":"hello"}\n' >&"$QMP_FD"
	_qmp_answer hello >/dev/null
}

_qmp_answer() {
	local line
	while read -r -t 30 -u "$QMP_FD" line; do
		case $line in
		*"\"id\": \"$1\""*)
			printf '%s\n' "${line%$'\r'}"
			case $line in *'"error"'*) return 1 ;; esac
			return 0
			;;
		esac
	done
	return 1
}

# _qmp COMMAND [JSON-ARGUMENTS]: prints the answer; fails where that is an error.
_qmp() {
	_qmp_open
	local id=$$.$RANDOM
	printf '{"execute":"%s","id":"%s"%s}\n' "$1" "$id" "${2:+,\"arguments\":$2}" >&"$QMP_FD"
	_qmp_answer "$id"
}

# _json EXPRESSION: of Python, on d, which is the JSON on standard input.
_json() {
	python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"
}

# _json_value WORD: as QEMU's command line takes it, in JSON.
_json_value() {
	case $1 in
	on | true) echo true ;;
	off | false) echo false ;;
	*[!0-9]* | '') echo "\"$1\"" ;;
	*) echo "$1" ;;
	esac
}

# _channels EXPRESSION [CONDITION]: Python, for each channel that the host offers,
# in the order of sub-channels. c is what x-query-hyperv says of it, id its
# device's: _channels 'c["target-vp"]' 'id == "scsi" and c["state"] == "open"'
_channels() {
	_qmp x-query-hyperv | python3 -c '
import json, sys
channels = json.load(sys.stdin)["return"]["vmbus"]["channels"]
for c in sorted(channels, key=lambda c: c["subchannel"]):
    id = c["device"].rsplit("/", 1)[1]
    if eval(sys.argv[2]):
        print(eval(sys.argv[1]))' "$1" "${2:-True}"
}

# _device_add DRIVER[,PROPERTY=VALUE...], as QEMU's -device has it; _device_del ID.
_device_add() {
	local properties property json
	IFS=, read -ra properties <<<"$1"
	json="\"driver\":\"${properties[0]}\""
	for property in "${properties[@]:1}"; do
		json+=",\"${property%%=*}\":$(_json_value "${property#*=}")"
	done
	_qmp device_add "{$json}"
}
_device_del() { _qmp device_del "{\"id\":\"$1\"}"; }

# _prop ID NAME: a property of one of the host's devices. _knob ID NAME VALUE: sets it.
_prop() {
	_qmp qom-get "{\"path\":\"/machine/peripheral/$1\",\"property\":\"$2\"}" |
		_json 'd["return"]'
}
_knob() {
	local path="\"path\":\"/machine/peripheral/$1\"" value
	value=$(_json_value "$3")
	_qmp qom-set "{$path,\"property\":\"$2\",\"value\":$value}" >/dev/null ||
		_fail "the host has no knob $2 on $1, or not the value $3"
}

# Are the drivers under test this series'? All, or hv_blkvsc on the bus of drivers/hv;
# _is_ours DISK.
_there() { [ -d "/sys/module/$1" ] || modinfo "$1" >/dev/null 2>&1; }
_is_mixed() { _there hv_vmb; }
_ours() { _there hv_blkvsc && ! _is_mixed; }
_is_ours() { _ours || [[ $1 = /dev/hvd* ]]; }

# _vmbus_devices CLASS-GUID: the sysfs directories of that class.
_vmbus_devices() {
	local d class
	# No program is started: this is called very often.
	for d in /sys/bus/vmbus/devices/*; do
		{ read -r class <"$d/class_id"; } 2>/dev/null || continue
		if [ "$class" = "{$1}" ]; then echo "$d"; fi
	done
}
# shellcheck disable=SC2034 # for the tests
CLASS_SCSI=ba6163d9-04a1-4d29-b605-72e2ffb1dc7f
# shellcheck disable=SC2034
CLASS_IDE=32412632-86cb-44a2-9b5c-50d1417354f5
CLASS_NET=f8615163-df3e-46c5-913f-f2d2f965ed0e

# _disk_of CLASS [N]: /dev name of the Nth disk behind a class, once it is there.
_disk_of() {
	local d b
	for d in $(_vmbus_devices "$1"); do
		for b in "$d"/block/* "$d"/host*/target*/*/block/*; do
			if [ -e "$b" ]; then echo "/dev/${b##*/}"; fi
		done
	done | sed -n "${2:-1}p"
}
_wait_disk() {
	_wait_for 20 _has_disk "$@" || _fail "no disk of class $1"
	_disk_of "$@"
}
_has_disk() { [ -b "$(_disk_of "$@")" ]; }

# _nic [N]: the Nth network interface on the bus.
_nic() {
	local d
	for d in $(_vmbus_devices "$CLASS_NET"); do
		ls "$d/net" 2>/dev/null
	done | sed -n "${1:-1}p"
}

# _verified DISK ARGUMENTS...: fio that writes, reads back and compares checksums.
_verified() {
	local disk=$1
	shift
	_run fio --name=v --filename="$disk" --direct=1 --ioengine=io_uring --fallocate=none \
		--verify=crc32c --do_verify=1 --verify_fatal=1 --verify_dump=0 "$@"
}

# _virtio_disk SERIAL: prints the virtio disk with that serial number.
_virtio_disk() {
	local b
	for b in /sys/block/vd*; do
		[ "$(<"$b/serial")" != "$1" ] || echo "/dev/${b##*/}"
	done | grep . || _fail "there is no virtio disk $1"
}

# _kexec_load: the kernel and the initramfs that are the disks with these serial
# numbers, to be started by kexec -e; hv.kexec on its command line tells it apart.
_kexec_load() {
	local image disk
	for image in kernel initrd; do
		disk=$(_virtio_disk "$image") || exit 1
		cat "$disk" >/run/$image
	done
	_run kexec -l /run/kernel --initrd=/run/initrd \
		--command-line="$(cat /proc/cmdline) hv.kexec"
}
