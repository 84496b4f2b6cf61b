#!/usr/bin/env bash
# get_maintainer.pl sends every patch to the right lists
# packages: perl git rsync
# timeout: 120
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$(linux)
# get_maintainer runs in a kernel tree only: make one of links, with our entry.
mkdir "$TMP/tree"
ln -s "$tree"/* "$TMP/tree/"
rm "$TMP/tree/MAINTAINERS"
upstream_subset "$tree" "$TMP/real"
"$TOP/scripts/refresh" --into "$TMP/real"
cp "$TMP/real/MAINTAINERS" "$TMP/tree/"
bad=0
cd "$TMP/tree"
# shellcheck disable=SC2016 # the inner shell expands it
series_files | xargs -d '\n' -P "$HV_JOBS" -I{} sh -c 'perl scripts/get_maintainer.pl --no-git \
	--no-git-fallback --nom --nor --no-rolestats --l "$1" >"$2/$(basename "$1").lists"' - {} "$TMP"
while read -r patch; do
	lists=$(cat "$TMP/$(basename "$patch").lists")
	want="linux-hyperv@vger.kernel.org linux-staging@lists.linux.dev"
	if ! grep -q "^diff --git a/$TARGET/" "$patch"; then
		want=
	fi
	case $(sed -n 's|^diff --git a/\([^ ]*\) .*|\1|p' "$patch") in
	*drivers/ata/*) want+=" linux-ide@vger.kernel.org" ;;
	esac
	for list in $want; do
		if ! grep -q "$list" <<<"$lists"; then
			printf '%s: does not go to %s\n' "$(basename "$patch")" "$list"
			bad=1
		fi
	done
done < <(series_files)
[ $bad = 0 ] || die "a patch would not reach the right lists"
printf '%s patches\n' "$(series | wc -l)"
