#!/usr/bin/env bash
# Nothing in the repository carries a Signed-off-by; only a person can sign off
# packages: git
# timeout: 30
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

bad=0
repository_files >"$TMP/files"
while read -r file; do
	# Text about the trailer is fine; the trailer itself begins a line.
	if grep -HniE '^[[:space:]]*Signed-off-by:[[:space:]]*[^[:space:]].*@' "$TOP/$file"; then
		bad=1
	fi
done <"$TMP/files"
if [ -e "$TOP/.git" ]; then
	git -C "$TOP" log --format=%B >"$TMP/log"
	! grep -niE '^Signed-off-by:.*@' "$TMP/log" || bad=1
fi
[ $bad = 0 ] || die "a Signed-off-by is in the repository"
printf '%s files, no Signed-off-by\n' "$(wc -l <"$TMP/files")"
