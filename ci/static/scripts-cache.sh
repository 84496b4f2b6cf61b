#!/usr/bin/env bash
# Nothing half-made gets into the cache, and what is being made is locked
# timeout: 180
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

# in_script CODE: CODE in a script of the project's, with a cache of its own.
in_script() { HV_CACHE=$TMP/cache bash -euo pipefail -c ". \"\$HV_TOP/scripts/lib.sh\"; $1" 2>"$TMP/err"; }
in_cache() { find "$TMP/cache/kind" -mindepth 1 -printf '%P\n' | sort | paste -sd' '; }
# shellcheck disable=SC2016 # in_script expands it
broken='broken() { echo half >"$1/half"; mkdir "$1.more"; false; echo whole >"$1/half"; }'
# shellcheck disable=SC2016 # and this
whole='whole() { touch "$1/whole"; echo "made" >>"$HV_CACHE/made"; }'

! in_script "$broken; cached kind broken broken" || die "a maker that failed in its middle counts as done"
[ -z "$(in_cache)" ] || die "it left $(in_cache)"
! in_script "$broken; with_lock x make_once '$TMP/cache/kind/broken' broken || false" ||
	die "a maker in a condition counts as done"
grep -q 'in a condition' "$TMP/err" || die "nothing says that the maker was in a condition"
[ -z "$(in_cache)" ] || die "in a condition it left $(in_cache)"
! in_script "$broken; dir=\$(cached kind broken broken); echo \"\$dir\"" || die "in \$() a failure is not seen"

# Two at once make one thing once.
in_script "$whole; cached kind whole whole" >"$TMP/first" &
in_script "$whole; cached kind whole whole" >"$TMP/second"
wait $!
[ "$(cat "$TMP/first" "$TMP/second" | sort -u)" = "$TMP/cache/kind/whole" ] || die "two at once disagree"
[ "$(in_cache)" = "whole whole/whole" ] || die "two at once left $(in_cache)"
[ "$(wc -l <"$TMP/cache/made")" = 1 ] || die "two at once made it twice"

# What an interruption left goes after a day, and so does what nobody used.
mkdir "$TMP/cache/kind/.new.abcdef" "$TMP/cache/kind/old"
touch -d '2 days ago' "$TMP/cache/kind/.new.abcdef"
touch -d '9 days ago' "$TMP/cache/kind/old"
in_script "$whole; cached kind next whole" >/dev/null
[ "$(in_cache)" = "next next/whole whole whole/whole" ] || die "there is still $(in_cache)"

# A hang-up ends the job of a step; a job whose script was killed keeps the lock.
for signal in HUP KILL; do
	set -m
	in_script "with_lock x step 'a long job' '$TMP/log' sleep 77.$$" &
	set +m
	for _ in $(seq 200); do
		job=$(pgrep -f "^sleep 77.$$") && break
		sleep 0.1
	done
	kill -$signal -- -$!
	wait $! 2>/dev/null || true
	if [ $signal = HUP ]; then
		for _ in $(seq 200); do kill -0 "$job" 2>/dev/null || break; sleep 0.1; done
		! kill -0 "$job" 2>/dev/null || die "after a hang-up the job goes on"
	else
		! flock -n "$TMP/cache/locks/x" true || die "the job goes on without the lock"
		kill "$job"
	fi
done
echo "makers, locks, leftovers, signals"
