#!/usr/bin/env bash
# Every prefix of the series boots on the test host and loads its modules
# when: long
# timeout: 3600
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"

# The kernel image is the guest kernel's: the drivers are modules, so only they
# differ from prefix to prefix. They are built against its configuration.
series() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$TOP/series"; }
kernel=$("$TOP/scripts/kernel" ours plain)
tree=$BUILD/prefix-boot-tree new=$BUILD/prefix-boot.new obj=$BUILD/prefix-boot dir=$BUILD/prefix-boot-kernel
mkdir -p "$obj"

build_modules() {
	local log=$obj/modules.log targets
	if ! cmp -s "$kernel/config" "$obj/kernel.config"; then
		cp "$kernel/config" "$obj/.config"
	fi
	# The prefix may not know all of the drivers' symbols yet.
	kmake "$tree" "$obj" olddefconfig >"$log" 2>&1 && prepare "$tree" "$obj" &&
		kmake "$tree" "$obj" "$@" $TARGET/ >>"$log" 2>&1 || return 1
	mapfile -t targets < <(sed 's/\.o$/.ko/' "$obj/$TARGET/modules.order" 2>/dev/null | grep .)
	[ ${#targets[@]} = 0 ] ||
		kmake "$tree" "$obj" KBUILD_MODPOST_WARN=1 "$@" "${targets[@]}" >>"$log" 2>&1 || return 1
}

# The guest kernel's directory, with this prefix's modules instead of all.
prefix_kernel() {
	local modules release
	release=$(ls "$kernel/lib/modules")
	rm -rf "$dir"
	cp -a "$kernel" "$dir"
	modules=$dir/lib/modules/$release
	rm -rf "$modules/kernel/$TARGET"
	while read -r object; do
		install -D -m644 "$obj/${object%.o}.ko" "$modules/kernel/${object%.o}.ko"
	done < <(cat "$obj/$TARGET/modules.order" 2>/dev/null)
	(cd "$modules" && find kernel -name '*.ko' | sort >modules.order)
	depmod -b "$dir" "$release"
}

# What the guest does: loads everything there is, twice, and says what is bound.
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
	patch -s -p1 -F0 -d "$new" <"$TOP/patches/$patch" || die "$patch does not apply"
	sync_tree "$new" "$tree"
	mapfile -t force < <(sed -n 's/^config \(.*_VSTOR.*\)$/CONFIG_\1=m/p' "$tree/$TARGET/Kconfig")
	build_modules "${force[@]}" || {
		tail -n 15 "$obj/modules.log" >&2
		die "$patch: does not build"
	}
	prefix_kernel
	HV_KERNEL=$dir "$TOP/scripts/boot" --load none --timeout 300 --run "$JOB" >"$obj/boot.log" 2>&1 || {
		tail -n 20 "$obj/boot.log" >&2
		die "$patch: does not boot"
	}
	printf '%s %s: %s\n' $count "$patch" "$(grep '^modules: ' "$obj/boot.log" | tail -n 1)"
done 3< <(series)
rm -rf "$new" "$dir"
