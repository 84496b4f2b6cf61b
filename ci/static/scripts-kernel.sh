#!/usr/bin/env bash
# scripts/kernel builds the source that it names, as that is now
# packages: git
# timeout: 300
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

# A source of a few files, and a make that "builds" a kernel that names it.
source_tree() {
	mkdir -p "$1"/{drivers/staging,drivers/ata,Documentation/driver-api,scripts/kconfig,tools/hv}
	printf 'VERSION = 7\nPATCHLEVEL = 3\nNAME = %s\n' "$2" >"$1/Makefile"
	touch "$1"/{drivers/staging,drivers/ata,Documentation/driver-api}/x "$1/MAINTAINERS" "$1/Kbuild" "$1/tools/hv/lsvmbus"
	# shellcheck disable=SC2016 # the script's own
	printf '#!/bin/bash\nshift 4\ncat "$@" >.config\n' >"$1/scripts/kconfig/merge_config.sh"
	chmod +x "$1/scripts/kconfig/merge_config.sh"
}
mkdir "$TMP/bin"
cat >"$TMP/bin/make" <<'END'
#!/bin/bash
for arg in "$@"; do
	case $arg in
	O=*) obj=${arg#O=} ;;
	INSTALL_MOD_PATH=*) mkdir -p "${arg#*=}/lib/modules/7.3" ;;
	/*) tree=$arg ;;
	esac
done
mkdir -p "$obj/arch/x86/boot"
[ ! -e "$FAIL" ] || exit 1
sed -n 's/^NAME = //p' "$tree/Makefile" >"$obj/arch/x86/boot/bzImage"
touch "$obj/System.map"
END
# There is always room.
printf '#!/bin/sh\necho; echo x 0 99999999 99999999 0 x\n' >"$TMP/bin/df"
chmod +x "$TMP/bin/"*
source_tree "$TMP/cache/src/linux-7.3" packaged
source_tree "$TMP/mine" mine
export HV_CACHE=$TMP/cache PATH=$TMP/bin:$PATH FAIL=$TMP/fail

# builds WHAT: the kernel that scripts/kernel prints was built from WHAT.
builds() {
	local dir
	dir=$("$TOP/scripts/kernel" intree 2>"$TMP/err") || {
		tail -n 5 "$TMP/err"
		die "scripts/kernel failed for the $1 source"
	}
	[ "$(cat "$dir/bzImage")" = "$1" ] || die "a kernel of the $(cat "$dir/bzImage") source is called one of the $1 source"
}

builds packaged
KERNEL_SRC=$TMP/mine builds mine
(cd "$TMP" && KERNEL_SRC=mine builds mine)
builds packaged
sed -i s/mine/edited/ "$TMP/mine/Makefile"
KERNEL_SRC=$TMP/mine builds edited
touch "$FAIL"
sed -i s/edited/broken/ "$TMP/mine/Makefile"
! KERNEL_SRC=$TMP/mine "$TOP/scripts/kernel" intree >/dev/null 2>&1 || die "a failed build counts as a kernel"
rm "$FAIL"
# A git command was killed, and the next one finds its lock.
git=$(echo "$TMP"/cache/build/linux.*/.git)
touch "$git/index.lock"
rm -f "$git/hv-state"
KERNEL_SRC=$TMP/mine builds broken
touch "$TMP/mine/.config"
! KERNEL_SRC=$TMP/mine "$TOP/scripts/kernel" intree >/dev/null 2>"$TMP/err" || die "a source that was built in is taken"
grep -q mrproper "$TMP/err" || die "nothing says what to do with a source that was built in"
echo "two sources, an edit, a failed build, a stale lock"
