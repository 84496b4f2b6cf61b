#!/usr/bin/env bash
# checkpatch --strict on every patch; what is ignored is in checkpatch.ignore
# timeout: 300
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

need_packages perl codespell git python3-ply python3-git
tree=$(linux)
ignore=$(reasons "$(dirname "$0")/checkpatch.ignore" | paste -sd,)
bad=0
dictionary=
for file in /usr/share/codespell/dictionary.txt /usr/lib/python3/dist-packages/codespell_lib/data/dictionary.txt; do
	[ ! -e $file ] || dictionary=$file
done
[ -n "$dictionary" ] || die "codespell's dictionary was not found"
check() {
	perl "$tree/scripts/checkpatch.pl" --root="$tree" --strict --codespell --codespellfile="$dictionary" \
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
