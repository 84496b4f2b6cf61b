#!/usr/bin/env bash
# Every prefix of the series boots on the test host and loads its modules
# when: long
# timeout: 3600
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=ci/build/guest-modules.bash
. "$(dirname "$0")/guest-modules.bash"

kernel=$("$TOP/scripts/kernel" ours plain)
tree=$BUILD/prefix-boot-tree new=$BUILD/prefix-boot.new obj=$BUILD/prefix-boot dir=$BUILD/prefix-boot-kernel

# The guest's job: load everything there is, twice, and print what is bound.
# shellcheck disable=SC2016 # the guest's shell expands it
JOB='set -e
mods=$(cd /lib/modules/*/kernel/drivers/staging/hv 2>/dev/null && find . -name "*.ko" ! -name "*_kunit.ko" -printf "%f\n" | sed "s/\.ko//") || true
for round in 1 2; do
	for m in $mods; do modprobe $m; done
	sleep 1
	echo "modules: $(echo $mods | wc -w), devices: $(ls /sys/bus/vmbus/devices 2>/dev/null | wc -l)," \
		"bound: $(ls -d /sys/bus/vmbus/drivers/*/????????-* 2>/dev/null | wc -l)"
	for m in $mods; do modprobe -r $m 2>/dev/null || true; done
	for m in $mods; do [ ! -d /sys/module/$m ] || { echo "$m cannot be unloaded"; exit 1; }; done
done'

borrow "$new"
count=0
while read -r patch <&3; do
	count=$((count + 1))
	patch -s -t -p1 -F0 -d "$new" <"$TOP/patches/$patch" || die "$patch does not apply"
	sync_tree "$new" "$tree"
	mapfile -t force < <(sed -n 's/^config \(.*_VSTOR.*\)$/CONFIG_\1=m/p' "$tree/$TARGET/Kconfig")
	build_modules "$kernel" "$tree" "$obj" "${force[@]}" || {
		tail -n 15 "$obj/modules.log" >&2
		die "$patch: does not build"
	}
	kernel_with_modules "$kernel" "$obj" "$dir"
	HV_KERNEL=$dir "$TOP/scripts/boot" --load none --timeout 300 --run "$JOB" >"$obj/boot.log" 2>&1 || {
		tail -n 20 "$obj/boot.log" >&2
		die "$patch: does not boot"
	}
	printf '%s %s: %s\n' $count "$patch" "$(grep '^modules: ' "$obj/boot.log" | tail -n 1)"
done 3< <(series)
rm -rf "$new" "$dir"
