# shellcheck shell=bash
# For the jobs of scripts/bench: what a load costs, by the counters of the test host
# (tools/src/counters.h), and what memory the devices take. A job prints one line for
# each sample: "R KEY=VALUE...", first what was measured, then what was counted.

# _bench QUICK NORMAL LONG: a number of units, by what scripts/bench was asked for.
_bench() {
	case $(sed -n 's/.*\bhv\.bench=\([a-z]*\).*/\1/p' /proc/cmdline) in
	quick) echo "$1" ;;
	long) echo "$3" ;;
	*) echo "$2" ;;
	esac
}
_bench_quick() { [ "$(_bench 1 0 0)" = 1 ]; }

# _sample LABELS COMMAND...: once; the command prints what it has counted.
_sample() {
	local labels=$1 line
	shift
	line=$("$@") || _fail "$labels: $*"
	echo "R $labels $line"
}

# _samples N LABELS COMMAND...: N times, for a median. The next sample begins at
# another moment of the timers that run beside it.
_samples() {
	local n=$1 i
	shift
	for ((i = 0; i < n; i++)); do _sample "$@"; done
}

# _memory: KiB that are free, and where some of the others are. What processors
# keep for themselves is as good as free.
_memory() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '
		FILENAME == "/proc/zoneinfo" { if ($1 == "count:") free += $2 * 4; next }
		{ kib[$1] = $2 }
		END {
			print kib["MemFree:"] + free, kib["Slab:"], kib["Percpu:"],
				kib["KernelStack:"], kib["PageTables:"]
		}' /proc/zoneinfo /proc/meminfo
}

# _memory_since BEFORE: "mem_total=KIB mem_slab=KIB ..." that have been taken since.
_memory_since() {
	local a b
	read -ra a <<<"$1"
	read -ra b <<<"$(_memory)"
	echo "mem_total=$((a[0] - b[0])) mem_slab=$((b[1] - a[1]))" \
		"mem_percpu=$((b[2] - a[2])) mem_stack=$((b[3] - a[3]))"
}

# _unbind DRIVER-DIRECTORY DEVICE...; _bind LABELS DRIVER-DIRECTORY CLASS N DEVICE...:
# with a line for what that cost, and for the memory that the devices have then.
_unbind() {
	local driver=$1 device
	shift
	for device in "$@"; do
		echo "$device" >"$driver/unbind" || _fail "unbind $device"
	done
	sleep 2
}
_bind() {
	local labels=$1 driver=$2 memory line
	shift 2
	memory=$(_memory)
	line=$(sysfs-bind "$driver/bind" "$@") || _fail "$labels: bind ${*:3}"
	[ -z "${AFTER_BIND:-}" ] || "$AFTER_BIND"
	echo "R $labels $line $(_memory_since "$memory")"
}

# _mac_nic MAC: the interface that has this address.
_mac_nic() {
	local nic
	for nic in /sys/class/net/*; do
		[ "$(<"$nic/address")" != "$1" ] || echo "${nic##*/}"
	done
}
