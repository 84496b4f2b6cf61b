#!/usr/bin/env bash
# checkpatch --strict on every patch; what is ignored is in checkpatch.ignore
# timeout: 300
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

need_packages perl codespell git
tree=$(linux)
ignore=$(reasons "$(dirname "$0")/checkpatch.ignore" | paste -sd,)
bad=0
check() {
	perl "$tree/scripts/checkpatch.pl" --root="$tree" --strict --codespell \
		--codespellfile="$(python3 -c 'import codespell_lib, os
print(os.path.join(os.path.dirname(codespell_lib.__file__), "data", "dictionary.txt"))' 2>/dev/null ||
			echo /usr/share/codespell/dictionary.txt)" \
		--no-signoff --show-types --quiet --ignore "$ignore" "$1" >"$TMP/$(basename "$1").log" 2>&1 || return 1
	[ ! -s "$TMP/$(basename "$1").log" ]
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
