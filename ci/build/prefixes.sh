#!/usr/bin/env bash
# Every prefix of the series: as modules, W=1, modpost, no warning; --long: built in as well
# timeout: 1500
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"

# The storage transport has no symbol that a configuration can set before its
# first driver arrives: turn it on from make's command line.
forced() {
	sed -n 's/^config \(.*_VSTOR.*\)$/CONFIG_\1='"$1"'/p' "$tree/$TARGET/Kconfig"
}

glue() {
	kmake "$tree" "$1" W=1 drivers/ata/ata_piix.o >"$1/glue.log" 2>&1 && [ ! -s "$1/glue.log" ] && return
	head -n 20 "$1/glue.log" >&2
	return 1
}

modes=(m)
[ -z "${HV_LONG:-}" ] || modes=(m y)
tree=$BUILD/prefix new=$BUILD/prefix.new
borrow "$new"
count=0 total=$(series | wc -l)
while read -r patch; do
	count=$((count + 1))
	patch -s -t -p1 -F0 -d "$new" <"$TOP/patches/$patch" || die "$patch does not apply"
	sync_tree "$new" "$tree"
	for mode in "${modes[@]}"; do
		obj=$BUILD/prefix-$mode
		mkdir -p "$obj"
		{
			cat "$TOP/ci/configs/compile.config"
			printf '%s\n' CONFIG_64BIT=y CONFIG_SMP=y CONFIG_HYPERVISOR_GUEST=y \
				CONFIG_ATA=y CONFIG_ATA_SFF=y CONFIG_ATA_BMDMA=y "CONFIG_ATA_PIIX=$mode"
			drivers_config "$mode" "$tree/$TARGET/Kconfig" | grep -v '_VSTOR'
		} | sort -u >"$obj/fragment"
		must "$patch, =$mode: not configured" configure "$tree" "$obj" allnoconfig "$obj/fragment"
		must "$patch, =$mode: make prepare failed" prepare "$tree" "$obj"
		mapfile -t force < <(forced "$mode")
		[ $count -gt 1 ] || rm -rf "${obj:?}/$TARGET"
		KEEP=1 must "$patch, =$mode: not clean" compile "$tree" "$obj" "${force[@]}"
		[ "$mode" = y ] || must "$patch: modpost has findings" check_modules "$tree" "$obj"
		if grep -q '^diff --git a/drivers/ata/' "$TOP/patches/$patch"; then
			glue "$obj" || die "$patch, =$mode: drivers/ata is not clean"
		fi
	done
	printf '%s/%s %s: %s files, %s\n' $count "$total" "$patch" \
		"$(find "$tree/$TARGET" -name '*.c' | wc -l)" "${modes[*]/#/=}"
done < <(series)
rm -rf "$new"
