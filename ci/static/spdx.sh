#!/usr/bin/env bash
# Every source file begins with its licence, in the form that checkpatch wants
# timeout: 30
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

bad=0
cd "$DRIVERS"
find . -type f -printf '%P\n' | sort >"$TMP/files"
[ -s "$TMP/files" ] || die "no source file was found"
while read -r file; do
	line=$(head -n 1 "$file")
	case $file:$line in
	*.rst:'.. SPDX-License-Identifier: GPL-2.0') ;;
	*.c:'// SPDX-License-Identifier: GPL-2.0'*) ;;
	*.h:'/* SPDX-License-Identifier: GPL-2.0'*' */') ;;
	*Makefile:'# SPDX-License-Identifier: GPL-2.0'* | *Kconfig:'# SPDX-License-Identifier: GPL-2.0'*) ;;
	*TODO:* | Documentation/ABI/*:* | *.rules:'# SPDX-License-Identifier: GPL-2.0'* | *.kunitconfig:*) ;;
	*)
		printf '%s: %s\n' "$file" "$line"
		bad=1
		;;
	esac
done <"$TMP/files"
[ $bad = 0 ] || die "no licence, or not in the first line"
printf '%s files\n' "$(wc -l <"$TMP/files")"
