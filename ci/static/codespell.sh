#!/usr/bin/env bash
# codespell on the drivers, the documents, the scripts and the patch messages
# packages: codespell git
# timeout: 60
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TOP"
mapfile -t words < <(reasons ci/static/codespell.ignore)
ignore=$(IFS=,; printf '%s' "${words[*]}")
# A patch repeats what it takes from the drivers: only its message is new.
repository_files | grep -v '^patches/' >"$TMP/files"
for patch in patches/[0-9]*.patch; do
	sed '/^---$/q' "$patch" >"$TMP/$(basename "$patch").msg"
done
xargs -d '\n' codespell ${ignore:+-L "$ignore"} <"$TMP/files" || die "codespell has findings"
codespell ${ignore:+-L "$ignore"} "$TMP"/*.msg || die "codespell has findings in a message"
printf '%s files, %s messages\n' "$(wc -l <"$TMP/files")" "$(find "$TMP" -name '*.msg' | wc -l)"
