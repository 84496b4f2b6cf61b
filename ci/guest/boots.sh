#!/usr/bin/env bash
# Guests start and power off, two at a time: 60, or 1,000 with --long; all clocks of each run
# when: long
# packages: cpio procps
# timeout: 21600
#
# The machine of scripts/boot with none of the drivers loaded, and an init that sleeps on
# each processor and powers off. BOOTS=N is another number; what a guest that failed did
# is kept in BOOTS_LOG (HV_CACHE/boots).
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"
# shellcheck source=scripts/guest.bash
. "$HV_TOP/scripts/guest.bash"

BOOTS=${BOOTS:-$([ -n "${HV_LONG:-}" ] && echo 1000 || echo 60)}
[[ $BOOTS =~ ^[1-9][0-9]*$ ]] || die "BOOTS is a number of boots, not $BOOTS"
BOOTS_LOG=${BOOTS_LOG:-$HV_CACHE/boots}
# A machine with other work may give a guest seconds of its time in minutes.
LIMIT=180
TMP=$(mktemp -d "${TMPDIR:-/tmp}/hv-boots.XXXXXX")
# shellcheck disable=SC2317 # called by the trap
remove() {
	local running
	mapfile -t running < <(jobs -rp)
	[ "${#running[@]}" = 0 ] || kill "${running[@]}" 2>/dev/null || true
	wait
	rm -rf "$TMP"
}
trap remove EXIT
trap 'exit 130' INT TERM HUP

initramfs() {
	mkdir -p "$TMP/tree/bin"
	cp "$("$HV_TOP/scripts/rootfs")/busybox" "$TMP/tree/bin/busybox"
	cat >"$TMP/tree/init" <<-'END'
		#!/bin/busybox sh
		/bin/busybox mkdir /dev
		/bin/busybox mount -t devtmpfs dev /dev
		for cpu in 0 1 2 3; do
			/bin/busybox taskset -c $cpu /bin/busybox sleep 0.05 || exit
		done
		echo "boots: up" >/dev/console
		exec /bin/busybox poweroff -f
	END
	chmod +x "$TMP/tree/init"
	(cd "$TMP/tree" && find . | cpio -o -H newc --quiet -R 0:0) >"$TMP/initrd"
}

# has_ended SECONDS PID
has_ended() {
	local ticks=$(($1 * 10))
	while kill -0 "$2" 2>/dev/null; do
		[ $((ticks -= 1)) -gt 0 ] || return 1
		sleep 0.1
	done
}

# boot_once NUMBER: in $dir, by $TMP/command.
boot_once() {
	local why='' status=0
	: >"$dir/console.log"
	bash "$dir/command" </dev/null >"$dir/out" 2>"$dir/qemu.log" &
	qemu_pid=$!
	if ! has_ended $LIMIT $qemu_pid; then
		why="no end after $LIMIT s"
		where_it_is
		kill $qemu_pid
	fi
	wait $qemu_pid || status=$?
	qemu_pid=
	if [ -z "$why" ]; then
		[ "$status" = 0 ] || why="QEMU ended with status $status"
		grep -aq '^boots: up' "$dir/console.log" || why="not up"
		! splats_of "$dir/console.log" >/dev/null || why="the kernel complained"
	fi
	if [ -n "$why" ]; then
		mkdir -p "$BOOTS_LOG/$1"
		cp "$dir"/*.log "$BOOTS_LOG/$1/"
		echo "boot $1: $why: see $BOOTS_LOG/$1" | tee -a "$TMP/bad"
	fi
	echo "$1" >>"$TMP/done"
}

# row FIRST: every other boot, in a directory of its own.
row() {
	local n
	dir=''
	trap '[ -z "${qemu_pid:-}" ] || kill $qemu_pid 2>/dev/null; rm -rf ${dir:+"$dir"}' EXIT
	trap 'exit 130' TERM
	"$HV_TOP/scripts/boot" --load none --run true --dry-run 2>"$TMP/dry.$1" |
		sed 's/^/exec /' >"$TMP/command.$1"
	dir=$(sed -n 's/^its files are in \(.*\): remove.*/\1/p' "$TMP/dry.$1")
	mv "$TMP/command.$1" "$dir/command"
	cp "$TMP/initrd" "$dir/initrd"
	for ((n = $1; n <= BOOTS; n += 2)); do boot_once "$n"; done
}

initramfs
: >"$TMP/done"
: >"$TMP/bad"
start=$SECONDS
row 1 &
first=$!
row 2 &
wait $first
wait $!
took=$((SECONDS - start))
[ "$(wc -l <"$TMP/done")" = "$BOOTS" ] || die "$(wc -l <"$TMP/done") of $BOOTS boots were made"
echo "$BOOTS boots in $took s, $(wc -l <"$TMP/bad") failed"
[ ! -s "$TMP/bad" ]
