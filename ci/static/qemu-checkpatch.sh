#!/usr/bin/env bash
# QEMU's own checkpatch on the patches of the test host
# packages: perl
# timeout: 300
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$("$TOP/scripts/sources" qemu)
bad=0 count=0
mapfile -t ignore < <(reasons "$(dirname "$0")/qemu-checkpatch.ignore")
cd "$tree"
while read -r patch; do
	count=$((count + 1))
	perl scripts/checkpatch.pl --no-signoff --strict --terse --no-summary "$patch" >"$TMP/log" 2>&1 || true
	for entry in "${ignore[@]}"; do
		grep -vF "$entry" "$TMP/log" >"$TMP/rest" || true
		mv "$TMP/rest" "$TMP/log"
	done
	if [ -s "$TMP/log" ]; then
		head -n 10 "$TMP/log"
		bad=1
	fi
done < <(find "$TOP/ci/qemu" -name '*.patch' ! -name '0000-*' | sort)
[ $bad = 0 ] || die "checkpatch has findings in the QEMU patches"
[ $count -gt 0 ] || die "there are no QEMU patches"
printf '%s patches\n' $count
