#!/usr/bin/env bash
# The drivers' documents: what they name exists, the ABI files parse and are complete
# packages: python3
# timeout: 60
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$(linux)
pages=$DRIVERS/Documentation
abi=$pages/ABI
bad=0
complain() {
	echo "$*"
	bad=1
}

# Entries of the project's own files and of the kernel's that begin as $1 does.
documented() {
	grep -rhqE "^(What:)?[[:space:]]+$1\$" "$abi" "$tree"/Documentation/ABI/*/sysfs-bus-vmbus
}

# found PATTERN FILE...: what the first group of PATTERN matches, once each.
found() {
	local pattern=$1
	shift
	sed -nE "s/.*$pattern.*/\\1/p" "$@" | sort -u
}

log=$(python3 "$tree/tools/docs/get_abi.py" -D "$abi" validate 2>&1) || complain "get_abi.py failed"
[ -z "$log" ] || complain "$log"

cd "$DRIVERS"
mapfile -t files < <(sources)
while read -r name; do
	documented "/sys/module/hv_[a-z]+/parameters/$name" || complain "no ABI entry: module parameter $name"
done < <(found '^module_param\w*\((\w+),' "${files[@]}")
while read -r name; do
	documented "/sys/block/hvd<X>/$name" || complain "no ABI entry: disk attribute $name"
done < <(found '^static DEVICE_ATTR_\w+\((\w+)' stor/blkvsc*.c)
while read -r name; do
	documented "/sys/bus/vmbus/devices/<UUID>/channels/<N>/$name" || complain "no ABI entry: channel attribute $name"
done < <(found '^VMB_CHANNEL_[A-Z]+\((\w+),' vmbus/sysfs.c)

# Files of the drivers that the pages name.
while read -r name; do
	[ -e "$name" ] || complain "a page names $name, which does not exist"
done < <(grep -ohE '\b(include|vmbus|stor|net)/[a-z0-9_/]+\.[ch]\b' "$pages"/*.rst | sort -u)

# A page that includes a comment of the code finds it there.
while read -r file title; do
	grep -qxF " * DOC: $title" "${file#"$TARGET"/}" 2>/dev/null || complain "$file has no comment \"DOC: $title\""
done < <(sed -nE '/^\.\. kernel-doc:: /{s///;N;s/\n +:doc://;p}' "$pages"/*.rst)

[ $bad = 0 ] || die "the documents have findings"
printf '%s pages, %s ABI files\n' "$(find "$pages" -name '*.rst' | wc -l)" "$(find "$abi" -type f | wc -l)"
