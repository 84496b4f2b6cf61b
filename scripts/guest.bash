# shellcheck shell=bash
# How scripts/boot runs a guest: watches it, ends it when it must, and finds out
# what came of it. To be sourced by scripts/boot, whose variables it uses: cmd
# (the QEMU command), dir (the guest's files), timeout, logdir, expect, violations,
# lies, again, dry.
# shellcheck disable=SC2154 # they are assigned there

# cleanup: what has to happen however scripts/boot ends.
cleanup() {
	[ -z "${qemu_pid:-}" ] || kill "$qemu_pid" 2>/dev/null || true
	stop_watchdog
	if [ -n "$logdir" ]; then
		# Of an earlier guest; nothing else in there is ours.
		rm -f "$logdir"/{console,cpus,qemu,violations}.log
		cp "$dir"/*.log "$logdir/" 2>/dev/null || true
	fi
	[ -n "$dry" ] || rm -rf "$dir"
}

# run_shell: a guest on this terminal.
run_shell() {
	local within=() status=0
	[ -z "$timeout" ] || within=(timeout --foreground "$timeout")
	"${within[@]}" "${cmd[@]}" || status=$?
	[ "$status" != 124 ] || say "the guest was ended after $timeout s"
	exit "$status"
}

# A guest that is resumed does not start its user space.
came_up() { [ -e "$dir/first.console" ] || grep -q up "$dir/status"; }
has_status() { grep -q '^[0-9]' "$dir/status"; }
splats_of() { awk -f "$HV_TOP/ci/guest/tools/races.awk" "$1" | grep -Ef "$HV_TOP/ci/guest/tools/splats"; }

# What a guest that does not end is doing, for console.log and cpus.log: its
# tasks and where its processors are (SysRq), and what these have not yet taken.
where_it_is() {
	local key
	for key in 9 w l t; do
		echo "sendkey alt-sysrq-$key"
		sleep 2
	done >"$dir/hmp.in"
	echo 'info registers -a' >"$dir/hmp.in"
	printf 'info lapic %d\n' 0 1 2 3 >"$dir/hmp.in"
	timeout 2 cat "$dir/hmp.out" >"$dir/cpus.log" || true
}

end_guest() {
	# Whoever was killed has no guest any more.
	kill -0 $$ 2>/dev/null || return 0
	echo "guest: $1" >"$dir/late"
	cp "$dir/console.log" "$dir/late.console"
	where_it_is || true
	kill "$qemu_pid"
}

# watchdog LIMIT: a guest is up when its user space is, before any driver is loaded.
watchdog() {
	local limit=$1 up_limit=120
	# The other kernels are slow, and so is a machine that builds another beside them.
	[ "$kernel" = plain ] || up_limit=360
	[ "$up_limit" -lt "$limit" ] || up_limit=$limit
	sleep "$up_limit"
	if ! came_up; then
		end_guest "not up after $up_limit s"
		return
	fi
	sleep "$((limit - up_limit))"
	end_guest "no end after $limit s"
}

stop_watchdog() {
	[ -n "${watchdog_pid:-}" ] || return 0
	pkill -P "$watchdog_pid" 2>/dev/null || true
	kill "$watchdog_pid" 2>/dev/null || true
	watchdog_pid=
}

# run_guest: until QEMU has ended; its status is in qemu_status.
run_guest() {
	local cat_pid ended status=0
	rm -f "$dir/late" "$dir/late.console" "$dir/out"
	# The job's output goes through a pipe: QEMU opens it anew, and would not
	# share a file's position with us.
	mkfifo "$dir/out"
	cat <"$dir/out" &
	cat_pid=$!
	# Should this be killed, QEMU goes as well.
	setpriv --pdeathsig TERM "${cmd[@]}" </dev/null >"$dir/out" 2>"$dir/qemu.log" &
	qemu_pid=$!
	watchdog "${timeout:-600}" </dev/null >/dev/null 2>&1 &
	watchdog_pid=$!
	wait -n -p ended "$qemu_pid" "$cat_pid" || status=$?
	if [ "$ended" = "$cat_pid" ] && [ "$status" != 0 ]; then
		# Nobody reads any more: QEMU would try for ever.
		say "the guest was ended: nobody reads its output"
		exit 141
	fi
	qemu_status=0
	if [ "$ended" = "$qemu_pid" ]; then
		qemu_status=$status
		wait "$cat_pid" || true
	else
		wait "$qemu_pid" || qemu_status=$?
	fi
	qemu_pid=
	stop_watchdog
}

# run_again: with what the first run left in the logs before what the second does.
run_again() {
	local log
	for log in console violations; do mv "$dir/$log.log" "$dir/first.$log"; done
	add_arguments "$again"
	run_guest
	for log in console violations; do
		cat "$dir/$log.log" >>"$dir/first.$log"
		mv "$dir/first.$log" "$dir/$log.log"
	done
}

# check_violations: what the host counted as an error of the guest. On its own it
# reports no message, packet or request that it dropped. That the guest reports
# its own panic is none.
check_violations() {
	# A guest that is lied to violates what it is led to; its job looks at the rest.
	[ -z "$lies" ] || return 0
	sed -i -e '/^Guest crashed$/d' -e '/^HV crash parameters: /d' "$dir/violations.log"
	if [ -n "$violations" ]; then
		[ ! -s "$dir/violations.log" ] || return 0
		say "a violation of the protocol was expected, and the host saw none"
	else
		[ -s "$dir/violations.log" ] || return 0
		say "the host saw $(wc -l <"$dir/violations.log") violations of the protocol, such as:"
		head -n 5 "$dir/violations.log" >&2
	fi
	exit 97
}

# run_job: a guest with a job, and the job's status. 97: the host saw a violation
# of the protocol; 98: the guest gave no status; 99: its kernel complained.
run_job() {
	run_guest
	[ -z "$again" ] || [ -e "$dir/late" ] || has_status || run_again
	# A status does not count if the guest could not even power off.
	if [ -e "$dir/late" ] || ! has_status; then
		no_verdict
	fi
	splats_of "$dir/console.log" >"$dir/splats.all" || true
	if [ -n "$expect" ]; then
		grep -vE -e "$expect" "$dir/splats.all" >"$dir/splats" || true
	else
		cp "$dir/splats.all" "$dir/splats"
	fi
	if [ -s "$dir/splats" ] && [ "$(tail -n 1 "$dir/status")" = 0 ]; then
		head -n 3 "$dir/splats" >&2
		exit 99
	fi
	[ "$(tail -n 1 "$dir/status")" != 0 ] || check_violations
	exit "$(tail -n 1 "$dir/status")"
}

no_verdict() {
	cat "$dir/late" >&2 2>/dev/null || true
	say "the guest gave no status (QEMU: $qemu_status); the end of its console and of QEMU's log:"
	tail -n 40 "$dir/late.console" >&2 2>/dev/null || tail -n 40 "$dir/console.log" >&2 || true
	tail -n 5 "$dir/qemu.log" >&2 || true
	exit 98
}
