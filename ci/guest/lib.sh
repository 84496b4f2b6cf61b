# shellcheck shell=bash
# For the guest's test scripts: verdicts, waiting, the host's QMP, counters.
# A test is a script that ends with status 0, or calls fail.

set -u -o pipefail
PATH=/job:/usr/sbin:/usr/bin:/sbin:/bin

_fail() {
	echo "FAIL: $*" >&2
	exit 1
}

_note() { echo "  $*"; }

# run COMMAND...: a step that must succeed; its output only when it does not.
_run() {
	local out
	out=$("$@" 2>&1) || _fail "$*: $(tail -n 12 <<<"$out")"
}

# long FULL SHORT: a volume, whole under --long.
_long() { if [ -e /job/long ]; then echo "$1"; else echo "$2"; fi; }

# A kernel that checks everything takes its time, as scripts/boot's caller knows.
patience=1
[ ! -e /sys/kernel/debug/kmemleak ] && [ ! -e /sys/kernel/debug/kcsan ] || patience=4

# wait_for SECONDS COMMAND...: until the command succeeds.
_wait_for() {
	local end=$((SECONDS + $1 * patience))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# The host's monitor, from inside the guest. qmp COMMAND [JSON-ARGUMENTS]
# prints what it returns.
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

_qmp() {
	_qmp_open
	local id=$$.$RANDOM
	printf '{"execute":"%s","id":"%s"%s}\n' "$1" "$id" "${2:+,\"arguments\":$2}" >&"$QMP_FD"
	_qmp_answer "$id"
}

# json PATH: a value out of JSON on standard input; PATH is a Python expression on d.
_json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }

# The disks and the adapter of the driver set under test.
_ours() { [ -d /sys/module/hv_blkvsc ] || modinfo hv_blkvsc >/dev/null 2>&1; }

# vmbus_devices CLASS-GUID: the sysfs directories of that class.
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

# disk_of CLASS [N]: /dev name of the Nth disk behind a class, once it is there.
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

# nic [N]: the Nth network interface on the bus.
_nic() {
	local d
	for d in $(_vmbus_devices "$CLASS_NET"); do
		ls "$d/net" 2>/dev/null
	done | sed -n "${1:-1}p"
}
