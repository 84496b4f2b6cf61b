#!/usr/bin/env bash
# sparse on every source file, with endianness: no finding
# timeout: 900
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/../build/lib.sh"

# Debian 12's own sparse is too old for 7.3, and kbuild then only says so and
# checks nothing: the words "not available" are a failure like any other output.
sparse=$("$TOP/scripts/sources" sparse)
[ -x "$sparse/sparse" ] || die "sparse was not built in $sparse"
tree=$(our_tree)
obj=$BUILD/x86_64
extra=$(printf '%s\n' CONFIG_64BIT=y CONFIG_SMP=y CONFIG_HYPERVISOR_GUEST=y)
mkdir -p "$obj"
{
	cat "$TOP/ci/configs/compile.config"
	printf '%s\n' "$extra"
	drivers_config m
} | sort -u >"$obj/fragment"
must "not configured" configure "$tree" "$obj" allnoconfig "$obj/fragment"
must "make prepare failed" prepare "$tree" "$obj"
W='' must "sparse has findings" compile "$tree" "$obj" C=2 CHECK="$sparse/sparse"
W='' on_other_bus x86_64 allnoconfig C=2 CHECK="$sparse/sparse" <<<"$extra"
printf '%s files, no finding\n' \
	"$(cd "$tree" && find $TARGET -name '*.c' | wc -l)"
