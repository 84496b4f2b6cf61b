#!/usr/bin/env bash
# checkpatch --strict on every patch; what is ignored is in checkpatch.ignore
# timeout: 300
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

# codespell.sh runs codespell; checkpatch would take minutes with its dictionary.
need_packages perl
tree=$(linux)
ignore=$(reasons "$(dirname "$0")/checkpatch.ignore" | paste -sd,)
bad=0
# Away from a git directory, in which checkpatch would want a tree of git's to
# validate licence names for each file anew; spdx.sh looks at them.
cd "$TMP"
check() {
	perl "$tree/scripts/checkpatch.pl" --root="$tree" --strict \
		--no-signoff --show-types --quiet --ignore "$ignore" "$1" >"$TMP/$(basename "$1").log" 2>&1 ||
		echo "checkpatch: status $?" >>"$TMP/$(basename "$1").log"
}
for patch in $(patches); do
	check "$patch" &
	while [ "$(jobs -rp | wc -l)" -ge "$HV_JOBS" ]; do
		wait -n || true
	done
done
wait
for patch in $(patches); do
	log=$TMP/$(basename "$patch").log
	if [ -s "$log" ]; then
		head -n 30 "$log"
		bad=1
	fi
done
[ $bad = 0 ] || die "checkpatch has findings"
printf '%s patches, ignored types: %s\n' "$(series | wc -l)" "$ignore"
