#!/usr/bin/env bash
# No guest test gives one of its functions the name of a library's: the library would call it
# timeout: 30
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

functions() { sed -n 's/^\([a-z_][a-z_0-9]*\)().*/\1/p' "$1" | sort -u; }

bad=0 tests=0
cd "$TOP/ci/guest"
for test in tests/*.sh kunit/*.sh; do
	tests=$((tests + 1))
	while read -r lib; do
		for name in $(comm -12 <(functions "$lib") <(functions "$test")); do
			printf 'ci/guest/%s: %s() is also in %s\n' "$test" "$name" "$lib"
			bad=1
		done
	done < <(sed -n 's|^\. /job/\([a-z-]*\.sh\)$|\1|p' "$test")
done
[ -e "$test" ] || die "no guest test was found"
[ $bad = 0 ] || die "rename them in the tests"
printf '%s tests\n' $tests
