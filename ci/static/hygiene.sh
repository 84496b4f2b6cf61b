#!/usr/bin/env bash
# No machine paths, package-server addresses or workplace words in any file
# packages: git
# timeout: 60
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

# The classes keep this file from finding itself.
pattern='(^|[^A-Za-z0-9_}.*])[/](work|root|home/[a-z]+)[/]'
pattern+='|https?:[/][/][^/ ]*(mirror|proxy|cache|artifactor|nexus|deb[.]debian|security[.]debian|snapshot[.]debian|archive[.]ubuntu|pypi|registry)'
pattern+='|[a-z0-9-]+[.](internal|corp|lan)[/: ]'
bad=0
cd "$TOP"
repository_files >"$TMP/files"
while read -r file; do
	if grep -IHnE "$pattern" "$file"; then
		bad=1
	fi
done <"$TMP/files"
[ $bad = 0 ] || die "the above belongs to one machine, not to the project"
printf '%s files\n' "$(wc -l <"$TMP/files")"
