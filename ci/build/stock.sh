#!/usr/bin/env bash
# The DKMS package compiles on Debian's 6.12, 7.2 and 7.3 kernels, and nothing is warned of
# packages: debootstrap
# timeout: 1200
#
# In a Debian 13 with its compiler and the headers of the kernels, which is made once.
set -euo pipefail
# shellcheck disable=SC2034 # the library reads it
LOCK=lock.stock
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=ci/guest/stock.bash
. "$TOP/ci/guest/stock.bash"

SERIES=(6.12 7.2 7.3)
TMP=$(mktemp -d "${TMPDIR:-/tmp}/hv-stock-build.XXXXXX")
trap 'rm -rf "$TMP"' EXIT

debian() {
	local root=$1 release packages=(linux-base/trixie-backports)
	stock_debian "$root" make,patch,gcc
	for release in $(stock_releases "$root" "${SERIES[@]}"); do
		packages+=("linux-headers-$release")
	done
	stock_install "$root" "${packages[@]}"
	rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
}

# make_root DIR: what it says while it works is of interest when it fails only.
make_root() {
	debian "$1" >"$TMP/root.log" 2>&1 && return
	tail -n 20 "$TMP/root.log" >&2
	return 1
}

# in_root COMMAND...: objtool wants /proc, which goes when the command has ended.
in_root() {
	# shellcheck disable=SC2016 # for the other shell
	unshare -m sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$root" "$@"
}

# compile_on RELEASE: what DKMS would do, in the package's own directory.
compile_on() {
	local release=$1 work=$root/build.$BASHPID i
	cp -r "$TMP"/usr/src/hv-blkvsc-* "$work"
	for i in "${!PATCH[@]}"; do
		[[ ! $release =~ ${PATCH_MATCH[i]} ]] || patch -s -p1 -d "$work" <"$work/patches/${PATCH[i]}"
	done
	status=0
	in_root make -s -j"$HV_JOBS" -C "/${work##*/}" \
		KDIR="/usr/src/linux-headers-$release" modules >"$TMP/make.log" 2>&1 || status=$?
	modules=$(find "$work" -name '*.ko' | wc -l)
	rm -rf "$work"
	[ "$status" = 0 ] || { tail -n 20 "$TMP/make.log"; die "Linux $release: it does not compile"; }
	[ ! -s "$TMP/make.log" ] || { head -n 20 "$TMP/make.log"; die "Linux $release: warnings"; }
	[ "$modules" = 3 ] || die "Linux $release: $modules modules, not three"
	echo "Linux $release: $modules modules"
}

need_space 2
dpkg-deb -x "$("$TOP/scripts/dkms" "$TMP")" "$TMP"
# Of the package, which patch is for which kernel; what it asks DKMS for is not needed.
PATCH=() PATCH_MATCH=()
# shellcheck disable=SC1090,SC2034
kernel_source_dir='' . "$TMP"/usr/src/hv-blkvsc-*/dkms.conf
root=$(cached stock "$(printf '%s\n' "${SERIES[@]}" trixie | sha256sum | cut -c1-16)" make_root)
mapfile -t releases < <(find "$root/usr/src" -name 'linux-headers-*-cloud-amd64' -printf '%f\n' |
	sort -V)
[ ${#releases[@]} = ${#SERIES[@]} ] || die "headers of ${#releases[@]} kernels, not ${#SERIES[@]}"
for release in "${releases[@]#linux-headers-}"; do compile_on "$release"; done
