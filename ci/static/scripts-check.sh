#!/usr/bin/env bash
# ci/check deletes only its own files, runs once at a time, ends on a signal, knows its tests
# packages: git
# timeout: 300
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=ci/static/defect.bash
. "$(dirname "$0")/defect.bash"

# A copy with two tests: one that waits for the file $GO, one for a guest.
copy=$(fresh_copy)
find "$copy/ci" -mindepth 2 -name '*.sh' -perm -u+x -delete
cat >"$copy/ci/static/nap.sh" <<'END'
#!/usr/bin/env bash
# Waits
touch "$GO.wanted"
until [ -e "$GO" ]; do sleep 0.1; done
END
cat >"$copy/ci/guest/tests/many.sh" <<'END'
#!/bin/bash
# Has variants.
# drivers: ours intree
# variants: 4.0 5.1
# brief: 5.1
# boot: --vmbus max-version=%v
END
chmod +x "$copy/ci/static/nap.sh" "$copy/ci/guest/tests/many.sh"
export HV_CACHE=$TMP/cache GO=$TMP/go
check() { "$copy/ci/check" "$@" >"$TMP/log" 2>&1; }

# fails WORDS ARGS...: ci/check refuses ARGS in these words.
fails() {
	local words=$1
	shift
	! check "$@" || die "taken: $*"
	grep -q -- "$words" "$TMP/log" || die "$*: $(tail -n 3 "$TMP/log")"
}

# start: a run that waits, for the caller to end; its output is in first.
start() {
	rm -f "$GO" "$GO.wanted"
	"$copy/ci/check" static >"$TMP/first" 2>&1 &
	until [ -e "$GO.wanted" ]; do
		kill -0 $! || die "a run ends before its test: $(tail -n 3 "$TMP/first")"
		sleep 0.1
	done
}

touch "$GO"
mkdir -p "$TMP/stuff/code"
touch "$TMP/stuff/photo.jpg"
fails 'name a new directory' --out "$TMP/stuff" static
[ "$(ls "$TMP/stuff")" = $'code\nphoto.jpg' ] || die "--out deletes what is in the directory"
check --out "$TMP/out" static || die "one test of no time fails: $(tail -n 3 "$TMP/log")"
touch "$TMP/out/mine"
check --out "$TMP/out" static || die "a second run fails: $(tail -n 3 "$TMP/log")"
[ -e "$TMP/out/mine" ] || die "a second run deletes what it did not make"

start
fails 'another ci/check' static
touch "$GO"
wait $! || die "a second run spoils the first one"
grep -qx '1 passed, 0 failed, 0 skipped' "$TMP/first" || die "the first of two says: $(tail -n 1 "$TMP/first")"

for signal in TERM HUP; do
	start
	kill -$signal $!
	status=0
	wait $! || status=$?
	[ $status = 130 ] || die "on SIG$signal ci/check ends with $status"
	# A child that was just being made may see the signal late.
	for _ in $(seq 100); do
		pgrep -f "$copy/ci/static/nap.sh" >/dev/null || break
		sleep 0.1
	done
	! pgrep -f "$copy/ci/static/nap.sh" >/dev/null || die "on SIG$signal the test goes on"
done

for jobs in 0 x ''; do fails 'takes a number' --jobs "$jobs"; done
fails 'takes a directory' --out
fails 'no tier or test' nonsense
fails 'no tier or test' --list nonsense
fails 'no tier or test' guest/many@theirs-plain
# listed N ARGS...: with ARGS there are N tests.
listed() {
	local n=$1
	shift
	check --list "$@"
	[ "$(wc -l <"$TMP/log")" = "$n" ] || die "$* stands for $(wc -l <"$TMP/log") tests, not $n"
}
listed 2 guest
listed 4 --long guest
listed 4 guest/many
listed 2 guest/many-4.0
listed 2 guest/many@intree-plain
listed 1 guest/many-5.1@ours-plain
echo "--out, --jobs, --list, names, two at once, signals"
