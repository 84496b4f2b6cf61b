# shellcheck shell=bash
# What the tests of the build tier share. Only drivers/staging/hv is compiled,
# against a tree that borrows everything else from the pristine kernel source.

set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
only_help "$@"
TOP=$HV_TOP

mapfile -t packages < <(header "$0" packages | tr ' ' '\n')
need_packages @compile "${packages[@]}"
BUILD=$HV_CACHE/build-tier$(source_id)
mkdir -p "$BUILD"
# One at a time: the tests share the trees, but for one that names a lock of its
# own. A test that runs tests holds it.
if [ -z "${HV_BUILD_LOCKED:-}" ]; then
	exec 8>"$BUILD/${LOCK:-lock}"
	flock -n 8 || { say "waiting for another run of these tests"; flock 8; }
	export HV_BUILD_LOCKED=1
fi
TARGET=drivers/staging/hv
LINUX=$("$TOP/scripts/sources" linux)
use_ccache

# unfold TREE FILE: turns the borrowed FILE and the directories above it into
# real ones, so that it can be changed.
unfold() {
	local tree=$1 dir=. part
	local parts
	IFS=/ read -ra parts <<<"$2"
	for part in "${parts[@]}"; do
		dir=$dir/$part
		[ -L "$tree/$dir" ] || continue
		rm "$tree/$dir"
		if [ -d "$LINUX/$dir" ]; then
			mkdir "$tree/$dir"
			ln -s "$LINUX/$dir"/* "$tree/$dir/"
		else
			cp "$LINUX/$dir" "$tree/$dir"
		fi
	done
}

# borrow TREE: a kernel tree of symbolic links into the pristine source, with
# the files that the series touches as copies.
borrow() {
	local tree=$1 file
	rm -rf "$tree"
	mkdir -p "$tree"
	ln -s "$LINUX"/* "$LINUX"/.[a-z]* "$tree/"
	rm -rf "$tree/.git"
	touched | while read -r file; do
		unfold "$tree" "$file"
	done
}

# The upstream files that the series changes.
touched() {
	sed -n 's|^diff --git a/\([^ ]*\) .*|\1|p' "$TOP"/patches/[0-9]*.patch |
		grep -v "^$TARGET/" | sort -u
}

# our_tree: prints a tree with the drivers as they stand in drivers-staging-hv.
# Files that did not change keep their time.
our_tree() {
	local tree=$BUILD/tree new=$BUILD/tree.new
	borrow "$new"
	"$TOP/scripts/refresh" --into "$new"
	sync_tree "$new" "$tree"
	rm -rf "$new"
	printf '%s\n' "$tree"
}

# sync_tree FROM TO: makes TO like FROM without touching what is equal.
sync_tree() {
	mkdir -p "$2"
	rsync -rl --checksum --delete "$1/" "$2/"
}

# kmake TREE OBJ ARGS...: make with ccache; the tools of the environment
# variables ARCH, CROSS_COMPILE and CCNAME (default gcc).
kmake() {
	local tree=$1 obj=$2
	shift 2
	local cc=${CROSS_COMPILE:-}${CCNAME:-gcc} host=gcc llvm=()
	if [ "${CCNAME:-}" = clang ]; then
		# With LLVM= the host's programs are linked by lld, which gcc looks
		# for without the version in its name.
		cc=clang${CLANG_VERSION:--19} host=$cc
		llvm=("LLVM=${CLANG_VERSION:--19}")
	fi
	mkdir -p "$obj"
	make -s -C "$tree" O="$obj" -j"$HV_JOBS" "${llvm[@]}" CC="ccache $cc" HOSTCC="ccache $host" \
		KBUILD_BUILD_TIMESTAMP=@0 KBUILD_BUILD_USER=build KBUILD_BUILD_HOST=localhost "$@"
}

# configure TREE OBJ BASE FRAGMENT...: BASE is a make target (allnoconfig,
# allmodconfig, ...); a fragment is a file or "-" for standard input. Fails if
# the configuration refuses a line. Nothing is done if nothing changed.
configure() {
	local tree=$1 obj=$2 base=$3 key
	shift 3
	mkdir -p "$obj"
	cat -- "$@" >"$obj/want.config"
	key=$({
		cat "$obj/want.config"
		printf '%s\n' "$base" "$LINUX" "${ARCH:-}" "${CROSS_COMPILE:-}" "${CCNAME:-}" "${RAND_SEED:-}"
		find "$tree/$TARGET" -name Kconfig -exec cat {} + 2>/dev/null || true
	} | sha256sum)
	if [ "$(cat "$obj/configured" 2>/dev/null)" = "$key" ]; then
		return 0
	fi
	rm -f "$obj/configured"
	kmake "$tree" "$obj" KCONFIG_ALLCONFIG="$obj/want.config" "$base" >"$obj/configure.log" 2>&1 || {
		tail -n 5 "$obj/configure.log" >&2
		return 1
	}
	wanted "$obj" || return 1
	printf '%s\n' "$key" >"$obj/configured"
}

# wanted OBJ: the lines of want.config that the configuration does not have.
wanted() {
	local line name bad=0
	while read -r line; do
		case $line in
		CONFIG_*=n) line="# ${line%=n} is not set" ;;
		esac
		case $line in
		CONFIG_*=*)
			if ! grep -qxF "$line" "$1/.config"; then
				say "the configuration refuses $line"
				bad=1
			fi
			;;
		"# CONFIG_"*" is not set")
			name=${line#\# }
			if grep -q "^${name%% *}=" "$1/.config"; then
				say "the configuration insists on ${name%% *}"
				bad=1
			fi
			;;
		esac
	done <"$1/want.config"
	return $bad
}

# prepare TREE OBJ: what has to be there before a directory can be compiled.
prepare() {
	kmake "$1" "$2" prepare >"$2/prepare.log" 2>&1 || {
		tail -n 15 "$2/prepare.log" >&2
		return 1
	}
}

# compile TREE OBJ [ARGS...]: compiles the drivers; any warning is a failure,
# and so is a source file that was not compiled although it is in the tree.
# With MAY_SKIP=1 a file need not be compiled; with KEEP=1 what an earlier,
# clean compile has made stays.
compile() {
	[ -n "${KEEP:-}" ] || rm -rf "${2:?}/$TARGET"
	if ! compile_clean "$@"; then
		rm -rf "${2:?}/$TARGET"
		return 1
	fi
}

compile_clean() {
	local tree=$1 obj=$2 log=$2/compile.log
	shift 2
	if ! kmake "$tree" "$obj" W="${W-1}" "$@" $TARGET/ >"$log" 2>&1; then
		grep -E 'error|Error|undefined' "$log" | head -n 20 >&2
		return 1
	fi
	if [ -s "$log" ]; then
		head -n 20 "$log" >&2
		say "warnings: $(grep -c 'warning:' "$log")"
		return 1
	fi
	not_compiled "$tree" "$obj" || return 1
}

not_compiled() {
	local tree=$1 obj=$2 file bad=0
	while read -r file; do
		[ -z "${MAY_SKIP:-}" ] || continue
		# A configuration has one bus, and perhaps no clients; see on_other_bus.
		case $file in
		*/vmbus/adapter.c | */vmbus/client*.c | */vmbus_client_kunit.c) continue ;;
		esac
		if [ ! -e "$obj/${file%.c}.o" ]; then
			say "$file was not compiled"
			bad=1
		fi
	done < <(cd "$tree" && find $TARGET -name '*.c' | sort)
	return $bad
}

OURS='(vmb|vstor|storvsc|blkvsc|netvsc)_'

# unresolved OBJ: symbols of ours that a module uses and that none exports.
# modpost stops naming them after ten, so it is not asked.
unresolved() {
	local objects
	mapfile -t objects < <(sed "s|^|$1/|" "$1/$TARGET/modules.order")
	nm -u "${objects[@]}" | awk -v ours="^$OURS" 'NF == 2 && $2 ~ ours { print $2 }' | sort -u >"$1/symbols.used"
	nm "${objects[@]}" | sed -n 's/.* __export_symbol_//p' | sort -u >"$1/symbols.exported"
	comm -23 "$1/symbols.used" "$1/symbols.exported"
}

# check_modules TREE OBJ: modpost on what was compiled as modules. The kernel
# itself is not built here, so its symbols are unknown and not checked (the
# guest kernel's build does that); those of the drivers must resolve.
check_modules() {
	local tree=$1 obj=$2 log=$2/modpost.log
	kmake "$tree" "$obj" modules_prepare >"$log" 2>&1 || {
		tail -n 15 "$log" >&2
		return 1
	}
	[ -s "$obj/$TARGET/modules.order" ] || return 0
	(cd "$obj" && scripts/mod/modpost -M -w -W -o "$BUILD/modpost.symvers" -T $TARGET/modules.order) \
		>"$log" 2>&1 || {
		tail -n 15 "$log" >&2
		return 1
	}
	grep -vE "^WARNING: modpost: .* symbol '[^']*' undefined!$|suppressed [0-9]+ unresolved symbol" "$log" >"$log.bad" || true
	unresolved "$obj" | sed 's/.*/& is undefined/' >>"$log.bad"
	if [ -s "$log.bad" ]; then
		head -n 20 "$log.bad" >&2
		return 1
	fi
}

# drivers_config m|y [KCONFIG]: a fragment that turns every driver on. What Kconfig
# alone decides has no value here, nor has what hangs on the choice of the bus.
drivers_config() {
	local value=$1
	printf '%s\n' CONFIG_STAGING=y CONFIG_HYPERV=y '# CONFIG_HYPERV_VMBUS is not set'
	awk '/^(menu)?config / { print symbol; symbol = $2 } /def_bool|_CLIENTS/ { symbol = "" }
		END { print symbol }' "${2:-$TOP/drivers-staging-hv/Kconfig}" | grep . |
		while read -r symbol; do
			printf 'CONFIG_%s=%s\n' "$symbol" "$value"
		done
}

# on_bus NAME BUS BASE FILE ARGS... <FRAGMENT: the drivers that run on BUS, compiled as
# modules, FILE among them.
on_bus() {
	local name="$1, on $2" base=$3 file=$4 tree obj=$BUILD/$1-${2//\//-}
	shift 4
	tree=$(our_tree)
	mkdir -p "$obj"
	grep -v '^# CONFIG_HYPERV_VMBUS' | sort -u >"$obj/fragment"
	must "$name: not configured" configure "$tree" "$obj" "$base" "$obj/fragment"
	must "$name: make prepare failed" prepare "$tree" "$obj"
	MAY_SKIP=1 must "$name: not clean" compile "$tree" "$obj" "$@"
	[ -e "$obj/$TARGET/$file.o" ] || die "$name: $file.c was not compiled"
	printf '%s: %s files, no warning\n' "$name" \
		"$(find "$obj/$TARGET" -name '*.o' ! -name '*.mod.o' | wc -l)"
}

# on_other_bus NAME BASE ARGS... <EXTRA: on the bus of drivers/hv, with the lines of EXTRA
# in the configuration; and on our bus where it serves the drivers of <linux/hyperv.h>.
on_other_bus() {
	local name=$1 base=$2 common
	shift 2
	common=$(cat "${COMPILE_CONFIG:-$TOP/ci/configs/compile.config}" -)
	{
		printf '%s\n' "$common"
		printf 'CONFIG_%s=m\n' HYPERV_VMBUS HYPERV_STAGING HYPERV_STAGING_BLOCK
	} | on_bus "$name" drivers/hv "$base" vmbus/adapter "$@"
	{
		printf '%s\n' "$common" CONFIG_HYPERV_VMBUS=m CONFIG_HYPERV_VMBUS_HARDENED=y
		drivers_config m
	} | on_bus "$name" drivers/staging/hv "$base" vmbus/client "$@"
}

# build_modes NAME BASE MODE... <EXTRA: the drivers as modules (m) and built in
# (y), in one object tree, with the lines of EXTRA in the configuration.
build_modes() {
	local name=$1 base=$2 tree obj mode extra
	shift 2
	extra=$(cat)
	tree=$(our_tree)
	obj=$BUILD/$name
	mkdir -p "$obj"
	for mode in ${HV_MODES:-"$@"}; do
		{
			cat "${COMPILE_CONFIG:-$TOP/ci/configs/compile.config}"
			printf '%s\n' "$extra"
			drivers_config "$mode" | grep -v -- "${LEAVE_OUT:-^$}"
		} | sort -u >"$obj/fragment"
		must "$name, =$mode: not configured" configure "$tree" "$obj" "$base" "$obj/fragment"
		must "$name, =$mode: make prepare failed" prepare "$tree" "$obj"
		must "$name, =$mode: not clean" compile "$tree" "$obj"
		[ "$mode" = y ] || must "$name: modpost has findings" check_modules "$tree" "$obj"
		printf '%s, =%s: %s files, no warning\n' "$name" "$mode" \
			"$(cd "$tree" && find $TARGET -name '*.c' | wc -l)"
	done
}
