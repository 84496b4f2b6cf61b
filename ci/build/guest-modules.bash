# shellcheck shell=bash
# The guest kernel with the modules of another tree: its image stays, the
# drivers are modules, so only they are built, against its configuration. To be
# sourced after ci/build/lib.sh.

# build_modules KERNEL TREE OBJ [ARGS...]: the drivers of TREE as modules; make's
# output is in OBJ/modules.log.
build_modules() {
	local kernel=$1 tree=$2 obj=$3 log=$3/modules.log targets
	shift 3
	mkdir -p "$obj"
	# The tree may not know all of the drivers' symbols, an earlier one even less.
	cp "$kernel/config" "$obj/.config"
	kmake "$tree" "$obj" olddefconfig >"$log" 2>&1 && prepare "$tree" "$obj" &&
		kmake "$tree" "$obj" "$@" "$TARGET/" >>"$log" 2>&1 || return 1
	mapfile -t targets < <(sed 's/\.o$/.ko/' "$obj/$TARGET/modules.order" 2>/dev/null | grep .)
	[ ${#targets[@]} = 0 ] ||
		kmake "$tree" "$obj" KBUILD_MODPOST_WARN=1 "$@" "${targets[@]}" >>"$log" 2>&1 || return 1
}

# kernel_with_modules KERNEL OBJ DIR: in DIR the guest kernel with the modules
# of OBJ in place of its own.
kernel_with_modules() {
	local kernel=$1 obj=$2 dir=$3 modules release object
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
