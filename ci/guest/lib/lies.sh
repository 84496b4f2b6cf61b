# shellcheck shell=bash
# Rounds of lies on a guest with the disks scsi and ide, a disk "kept" that is never
# lied to, and the adapter nic. _lies_begin; _lies_round SPEC...; _lies_end.
# Needs lib/stor.sh. SPEC is that of scripts/boot --lies.

# How long a round's lies go on, $LIES_SECONDS, is up to the test. How long anything may
# take to end after them: a thread waits 30 s for the host, and some for one another.
LIES_PATIENCE=150
# What works meanwhile, each in how many threads.
LIES_LOADED=(scsi ide nic)
LIES_THREADS=8

declare -A LIES_AT LIES_SUM
LIES_JOBS=()
_lies_spec=off

# A failure names the lies that it takes to see it again.
_lies_fail() {
	_fail "lies $_lies_spec: $*
again: scripts/lies --repeat '$_lies_spec'"
}

# The disk behind one of the host's devices, if there is one now.
_lies_disk() {
	local b
	for b in "${LIES_AT[$1]}"/block/* "${LIES_AT[$1]}"/host*/target*/*/block/*; do
		if [ -b "/dev/${b##*/}" ]; then
			echo "/dev/${b##*/}"
			return
		fi
	done
	return 1
}

# What no test writes to, from 8 MiB on: of the host's file, not of the page cache.
_lies_sum() {
	dd if="$(_lies_disk "$1")" bs=64k skip=128 count=128 iflag=direct status=none | md5sum
}

_lies_begin() {
	local id disk guid
	while read -r id guid; do
		LIES_AT[$id]=/sys/bus/vmbus/devices/$guid
	done < <(_channels 'id + " " + c["instance-id"]' 'not c["subchannel"]')
	for id in scsi ide kept; do
		_wait_for 30 _lies_disk $id || _fail "no disk $id"
		disk=$(_lies_disk $id)
		_run dd if=/dev/urandom of="$disk" bs=64k seek=128 count=128 oflag=direct
		LIES_SUM[$id]=$(_lies_sum $id)
		_impatient "$disk" 2
	done
	_run fill-free $(($(awk '/^MemFree:/ { print $2 }' /proc/meminfo) / 1024 - 96))
	[ ! -w /sys/module/hv_vstor/parameters/recover_after ] ||
		echo 2 >/sys/module/hv_vstor/parameters/recover_after
}

_lies_tell() {
	local path='"path":"/machine/peripheral/bridge"'
	_qmp qom-set "{$path,\"property\":\"x-lies\",\"value\":\"$1\"}" >/dev/null ||
		_fail "the host takes no lies such as $1"
}

# --- While the host lies ---

_lies_job() {
	"$@" >/dev/null 2>&1 &
	LIES_JOBS+=($!)
}

_lies_load_disk() {
	local disk
	disk=$(_lies_disk "$1") || return
	_impatient "$disk" 2
	disk-io load "$disk" "$LIES_SECONDS" "$LIES_THREADS"
}

_lies_nic_up() {
	local nic
	nic=$(ls "${LIES_AT[nic]}/net") || return
	ip link set "$nic" up || return
	ip addr replace 10.0.2.15/24 dev "$nic"
}

_lies_load_nic() {
	local i
	_lies_nic_up || return
	for ((i = 1; i <= LIES_THREADS; i++)); do
		ping -f -q -s 1400 -w "$LIES_SECONDS" 10.0.2.2 &
	done
	wait
}

_lies_load() {
	case $1 in
	nic) _lies_job _lies_load_nic ;;
	*) _lies_job _lies_load_disk "$1" ;;
	esac
}

_lies_driver() {
	case $1 in
	nic) echo hv_netvsc ;;
	ide) if _ours; then echo hv_blkvsc; else echo hv_storvsc; fi ;;
	*) echo hv_storvsc ;;
	esac
}

_lies_unbind() {
	[ ! -e "${LIES_AT[$1]}/driver" ] ||
		echo "${LIES_AT[$1]##*/}" >"${LIES_AT[$1]}/driver/unbind"
}

_lies_bind() {
	[ -e "${LIES_AT[$1]}/driver" ] ||
		echo "${LIES_AT[$1]##*/}" >"/sys/bus/vmbus/drivers/$(_lies_driver "$1")/bind"
}

_lies_rebind() {
	_lies_unbind "$1"
	_lies_bind "$1"
}

# A disk that is not lied to has its data, at any time; where the lies are about the
# bus it may fail, but not have others.
_lies_watch_kept() {
	local sum end=$((SECONDS + LIES_SECONDS))
	while [ $SECONDS -lt $end ]; do
		sleep 0.2
		sum=$(_lies_sum kept) || continue
		[ "$sum" = "${LIES_SUM[kept]}" ] || : >/run/kept-differs
	done
}

# --- When it has stopped ---

_lies_none_left() {
	local pid
	for pid in "${LIES_JOBS[@]}"; do
		! kill -0 "$pid" 2>/dev/null || return 1
	done
}

_lies_stuck() {
	local pid
	for pid in "${LIES_JOBS[@]}"; do
		! kill -0 "$pid" 2>/dev/null ||
			ps -o pid,stat,wchan:32,args -p "$pid" --ppid "$pid" -h
	done
	cat /sys/kernel/debug/hv_vstor/*/status /sys/kernel/debug/hv_vmbus/channels
	dmesg | tail -n 25
}

_lies_settle() {
	_wait_for $LIES_PATIENCE _lies_none_left ||
		_lies_fail "after $LIES_PATIENCE s I/O or a bind has not ended: $(_lies_stuck 2>&1)"
	LIES_JOBS=()
}

_lies_rebind_bus() {
	local driver
	for driver in /sys/bus/platform/drivers/*vmbus*; do
		echo VMBUS:00 >"$driver/unbind"
		echo VMBUS:00 >"$driver/bind"
	done
}

_lies_repair() {
	local id
	case $_lies_spec in
	*msg* | *late* | *hcall*) _lies_job _lies_rebind_bus ;;
	*)
		for id in scsi ide nic; do _lies_job _lies_rebind $id; done
		;;
	esac
	_lies_settle
	_wait_for 60 _lies_all_there || _lies_fail "not all devices are back:" \
		"$(ls -d "${LIES_AT[@]}" 2>&1; _lies_stuck 2>&1)"
}

_lies_all_there() {
	_lies_disk scsi && _lies_disk ide && _lies_disk kept && [ -d "${LIES_AT[nic]}/net" ]
}

# What the host counts as violations; a guest that was lied to may do anything, one
# that hears the truth may not.
_lies_errors() {
	local answer
	answer=$(_qmp x-query-hyperv) && [[ $answer =~ \"guest-errors\":\ ([0-9]+) ]] &&
		echo "${BASH_REMATCH[1]}"
}

_lies_judge() {
	local id errors disk
	errors=$(_lies_errors)
	[ ! -e /run/kept-differs ] || _lies_fail "a disk that was not lied to had other data"
	for id in scsi ide kept; do
		disk=$(_lies_disk $id)
		[ "$(_lies_sum $id)" = "${LIES_SUM[$id]}" ] || _lies_fail "$id: data differ"
		disk-io verify "$disk" 2>/run/io.log || _lies_fail "$id: I/O fails: $(</run/io.log)"
	done
	_lies_nic_up || _lies_fail "the adapter does not come up"
	_wait_for 20 ping -q -c 3 -i 0.05 -W 1 10.0.2.2 || _lies_fail "the adapter is dead"
	[ "$(_lies_errors)" = "$errors" ] ||
		_lies_fail "violations of the protocol when the host had stopped lying"
	! dmesg | grep -Ef /job/tools/splats >/run/splats || _lies_fail "$(head -n 3 /run/splats)"
}

# --- Rounds ---

_lies_round() {
	local id start=$SECONDS
	_lies_spec=$1
	_lies_tell "$1"
	for id in "${LIES_LOADED[@]}"; do _lies_load "$id"; done
	_lies_job _lies_watch_kept
	sleep $((LIES_SECONDS / 2))
	case $1 in
	# They are told when a device starts.
	*init* | *nvsp* | *msg* | *close*)
		for id in scsi ide nic; do _lies_job _lies_rebind $id; done
		;;
	esac
	sleep $((LIES_SECONDS - LIES_SECONDS / 2))
	_lies_tell off
	_lies_settle
	local settled=$SECONDS
	_lies_repair
	local repaired=$SECONDS
	_lies_judge
	_note "$1: all ended after $((settled - start)) s, back after $((repaired - start)) s," \
		"judged after $((SECONDS - start)) s"
}

# TEST UNIT READY with the bytes in it that the spy looks for.
_lies_leak() {
	python3 - "$(_lies_disk kept)" <<'END'
import ctypes, fcntl, struct, sys
cdb = ctypes.create_string_buffer(b"\0" + b"\xaa" * 14 + b"\0", 16)
sense = ctypes.create_string_buffer(32)
hdr = struct.pack("iiBBHIPPPIIiPBBBBHHiII", ord("S"), -1, 16, 32, 0, 0, 0,
    ctypes.addressof(cdb), ctypes.addressof(sense), 5000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
with open(sys.argv[1], "rb") as disk:
    fcntl.ioctl(disk, 0x2285, hdr)
END
}

# Nothing of the guest's free memory has got to the host, which would have seen it.
_lies_end() {
	local spied
	_note "lies told: $(_prop bridge x-lies-told)"
	spied=$(_prop bridge x-lies-spied)
	[ "$spied" = 0 ] || _fail "free memory of the guest in $spied messages or packets"
	_lies_tell 1,only=none
	_lies_leak
	_lies_tell off
	[ "$(_prop bridge x-lies-spied)" -gt 0 ] || _fail "the spy sees nothing"
}
