#!/usr/bin/env bash
# checkpatch --strict on every patch; what is ignored is in checkpatch.ignore
# packages: perl
# timeout: 600
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

# codespell.sh runs codespell; checkpatch would take minutes with its dictionary.
tree=$(linux)
# Outside a git directory: inside one, checkpatch looks up the licence names of
# each file in the git tree. spdx.sh checks them.
cd "$TMP"
# scripts/signoff has its signed patches checked.
if [ -n "${HV_SIGNED_DIR:-}" ]; then
	mapfile -t files < <(find "$HV_SIGNED_DIR" -name '*.patch' ! -name '*0000-*' | sort)
else
	mapfile -t files < <(series_files)
	nosign=--no-signoff
fi
export nosign
# shellcheck disable=SC2016 # the inner shell expands them
printf '%s\n' "${files[@]}" | xargs -d '\n' -P "$HV_JOBS" -I{} sh -c 'perl "$1/scripts/checkpatch.pl" --root="$1" --strict $nosign \
	--terse --showfile --show-types --no-summary "$2" >"$(basename "$2").log" 2>&1 ||
	[ -s "$(basename "$2").log" ] || echo "$2: checkpatch failed" >"$(basename "$2").log"' - "$tree" {}
[ "$(find . -name '*.log' | wc -l)" = "${#files[@]}" ] || die "not every patch was checked"
cat ./*.log >found
used=''
while read -r type file; do
	before=$(wc -l <found)
	grep -vE "^${file:-[^:]*}:([0-9]*:)? [A-Z]+:$type:" found >rest || true
	mv rest found
	used+=" $type:$((before - $(wc -l <found)))"
done < <(reasons "$TOP/ci/static/checkpatch.ignore")
if [ -s found ]; then
	head -n 60 found
	die "checkpatch has $(wc -l <found) findings"
fi
printf '%s patches; ignored with a reason:%s\n' "${#files[@]}" "$used"
