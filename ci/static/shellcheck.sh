#!/usr/bin/env bash
# The tool shellcheck on every script
# packages: shellcheck git
# timeout: 400
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TOP"
repository_files >"$TMP/files"
while read -r file; do
	case $file in *.patch | *.diff) continue ;; esac
	if head -n 1 "$file" | grep -qE '^#!.*[/ ](ba|da)?sh( |$)|^# shellcheck shell='; then
		printf '%s\n' "$file"
	fi
done <"$TMP/files" >"$TMP/scripts"
[ -s "$TMP/scripts" ] || die "no scripts were found"
xargs -d '\n' -P "$HV_JOBS" -n 6 shellcheck -x -S style -f gcc <"$TMP/scripts" >"$TMP/found" || true
while read -r code dir; do
	grep -vE "^${dir}[^:]*:.*\\[$code\\]$" "$TMP/found" >"$TMP/rest" || true
	mv "$TMP/rest" "$TMP/found"
done < <(reasons ci/static/shellcheck.ignore)
if [ -s "$TMP/found" ]; then
	head -n 40 "$TMP/found"
	die "shellcheck has findings"
fi
printf '%s scripts\n' "$(wc -l <"$TMP/scripts")"
