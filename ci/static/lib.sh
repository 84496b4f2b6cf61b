# shellcheck shell=bash
# What the tests of the static tier share.

set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
only_help "$@"
TOP=$HV_TOP
mapfile -t packages < <(header "$0" packages | tr ' ' '\n')
need_packages "${packages[@]}"

# shellcheck source=ci/static/reasons.bash
. "$TOP/ci/static/reasons.bash"

DRIVERS=$TOP/drivers-staging-hv
TARGET=drivers/staging/hv
# Python modules that packages bring are seen by the system's own python only.
PATH=/usr/bin:$PATH
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT

linux() { "$TOP/scripts/sources" linux; }

# repository_files: everything that is, or would be, in the repository. A gate
# that sees no file must not pass for one that found nothing.
repository_files() {
	local files file
	if [ -e "$TOP/.git" ]; then
		files=$(git -C "$TOP" -c core.quotePath=false ls-files --cached --others --exclude-standard) ||
			die "git does not list the files of $TOP"
		files=$(while read -r file; do [ ! -e "$TOP/$file" ] || printf '%s\n' "$file"; done <<<"$files")
	else
		files=$(cd "$TOP" && find . -type f -printf '%P\n')
	fi
	[ -n "$files" ] || die "no file of $TOP was found"
	sort <<<"$files"
}

sources() { (cd "$DRIVERS" && find . -name "*.[ch]" -printf '%P\n' | sort); }

# upstream_subset LINUX DIR: only the upstream files that the series touches.
upstream_subset() {
	local file
	sed -n 's|^diff --git a/\([^ ]*\) .*|\1|p' "$TOP"/patches/[0-9]*.patch |
		grep -v "^$TARGET/" | sort -u | while read -r file; do
		mkdir -p "$2/$(dirname "$file")"
		cp "$1/$file" "$2/$file"
	done
}
