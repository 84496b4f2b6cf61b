# shellcheck shell=bash
# Does something that is done often cost memory for good? _leak_start, then the
# cycles, then _leak_end CYCLES. Warm up before: caches and slabs fill once.

# KiB that are neither free nor a file's nor a process's: slab, per-CPU and
# vmalloc areas, and pages that no counter in /proc/meminfo knows of. Free pages
# that processors keep to themselves, some MiB, are in no counter but zoneinfo's.
# KASAN keeps freed slab objects back; there slab is left to kmemleak, which knows
# each object. Its shadow of a vmalloc area stays until many areas are given up at
# once (12 MiB of it with four processors), and it stores each stack it ever saw:
# memory of the tool, which the debug kernel lists in /proc/allocinfo.
_kernel_kib() {
	local slab=SUnreclaim tools=/dev/null
	[ -e /sys/kernel/debug/kmemleak ] || slab=none
	[ ! -r /proc/allocinfo ] || tools=/proc/allocinfo
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk -v slab=$slab: '
		/^(Buffers|Cached|AnonPages|SReclaimable|MemFree):/ || $1 == slab { other += $2 }
		$1 == "count:" { other += $2 * 4 }
		$3 ~ /(^|\/)(mm\/kasan\/|lib\/stackdepot)/ { other += $1 / 1024 }
		/^MemTotal:/ { total = $2 }
		END { printf "%d\n", total - other }' /proc/meminfo /proc/zoneinfo $tools
}

# What is freed by RCU, by queued work and by ends of processes takes its time: the
# least of many looks, until none has found less for two seconds. What leaks, stays.
_settled_kib() {
	local least now end=$((SECONDS + 20 * PATIENCE)) quiet=0
	least=$(_kernel_kib)
	while [ $quiet -lt 8 ] && [ $SECONDS -lt $end ]; do
		sleep 0.25
		now=$(_kernel_kib)
		quiet=$((quiet + 1))
		[ "$now" -gt $((least - 64)) ] || quiet=0
		[ "$now" -ge "$least" ] || least=$now
	done
	echo "$least"
}

# The larger parts of it, for the one who has to find what grew.
_kernel_parts() {
	awk '/^(SUnreclaim|KernelStack|PageTables|VmallocUsed|Percpu):/ {
		printf "%s %s KiB ", $1, $2 }' /proc/meminfo
}

# The lines of code whose memory grew most, where the kernel keeps accounts of that.
_growers() {
	[ -r /proc/allocinfo ] || return 0
	awk 'NR == FNR { was[$3 $4 $5] = $1; next }
		{ grown = $1 - was[$3 $4 $5] }
		grown > 32768 { print grown / 1024, "KiB", $3, $4, $5 }' \
		/run/allocinfo /proc/allocinfo | sort -rn | head -n 12
}

# Buffers that the guest shares with the host, and their pages, as the host sees it.
_shared() {
	local answer
	answer=$(_qmp x-query-hyperv) || _fail "x-query-hyperv"
	[[ $answer =~ \"gpadls\":\ ([0-9]+) ]] && printf '%s ' "${BASH_REMATCH[1]}"
	[[ $answer =~ \"gpadl-pages\":\ ([0-9]+) ]] && printf '%s\n' "${BASH_REMATCH[1]}"
}
_shares() { [ "$(_shared)" = "$1" ]; }

_leak_start() {
	leak_shared=$(_shared)
	leak_kib=$(_settled_kib)
	leak_parts=$(_kernel_parts)
	[ ! -r /proc/allocinfo ] || cat /proc/allocinfo >/run/allocinfo
}

_leak_end() {
	local cycles=$1 grown lost
	_wait_for 10 _shares "$leak_shared" ||
		_fail "the host holds $(_shared) buffers and pages after $cycles cycles," \
			"$leak_shared before"
	grown=$(($(_settled_kib) - leak_kib))
	_note "$cycles cycles: the kernel grew by $grown KiB"
	# The smallest ring would be 16 KiB.
	[ $grown -le $((1024 + cycles)) ] ||
		_fail "the kernel grew by $grown KiB in $cycles cycles; before: $leak_parts;" \
			"now: $(_kernel_parts); grew: $(_growers)"
	lost=$(sed -n 's/^lost_pages //p' /sys/kernel/debug/hv_vmbus/bus 2>/dev/null)
	[ "${lost:-0}" = 0 ] || _fail "$lost pages are lost to the host"
	_leak_scan
}

# Where the kernel can look for memory that nobody points to: what it finds twice
# is none that was just on its way.
_leak_scan() {
	local found=/sys/kernel/debug/kmemleak
	[ -w $found ] || return 0
	echo scan >$found
	sleep 6
	echo scan >$found
	! grep -q . $found || _fail "memory that nobody points to: $(head -n 40 $found)"
}
