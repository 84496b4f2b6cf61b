#!/usr/bin/env bash
# kernel-doc -Wall on the drivers
# packages: python3
# timeout: 120
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$(linux)
tool=$tree/tools/docs/kernel-doc
[ -e "$tool" ] || tool=$tree/scripts/kernel-doc
cd "$DRIVERS"
mapfile -t files < <(sources)
[ "${#files[@]}" -gt 0 ] || die "no source file was found"
python3 "$tool" -none -Wall -Werror "${files[@]}" >"$TMP/log" 2>&1 || {
	head -n 30 "$TMP/log"
	die "kernel-doc has findings"
}
if [ -s "$TMP/log" ]; then
	head -n 30 "$TMP/log"
	die "kernel-doc has findings"
fi
printf '%s files, %s comments\n' "${#files[@]}" "$(cat "${files[@]}" | grep -c '^/\*\*$')"
