#!/usr/bin/env bash
# The DKMS package on Debian's 6.12, 7.2 and 7.3 kernels: root on hvda, hand-over, hot plug, removal
# when: long
# packages: debootstrap e2fsprogs
# timeout: 2400
#
# A small Debian 13 is made, with the kernels as they are shipped; the package is
# installed there as a user would. Guests boot from a disk of hv_blkvsc, which
# runs on the bus of drivers/hv, beside hv_storvsc and hv_netvsc. Then the package
# is removed, and the same disk boots on hv_storvsc.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"
# shellcheck source=ci/guest/stock.bash
. "$(dirname "$0")/stock.bash"

need_space 8
TMP=$(mktemp -d "${TMPDIR:-/tmp}/hv-stock-blkvsc.XXXXXX")
ROOT=$TMP/root
# shellcheck disable=SC2317 # called by the trap
cleanup() {
	[ -z "${qemu_pid:-}" ] || kill "$qemu_pid" 2>/dev/null || true
	! mountpoint -q "$ROOT/proc" || umount "$ROOT/proc"
	rm -rf "$TMP"
}
trap cleanup EXIT

# failed WORDS LOG...
failed() {
	tail -n 20 "${@:2}"
	die "$1"
}

# Debian 13 with the kernels and their headers; initramfs images are made below.
make_root() {
	# What a kernel of the backports asks for is there as well.
	local release packages=(linux-base/trixie-backports)
	stock_debian "$ROOT" initramfs-tools,udev,kmod,zstd,dkms,fio,e2fsprogs
	mount -t proc proc "$ROOT/proc"
	RELEASES=$(stock_releases "$ROOT" 6.12 7.2 7.3)
	for release in $RELEASES; do
		packages+=("linux-headers-$release" "linux-image-$release")
	done
	stock_install "$ROOT" "${packages[@]}"
	for release in $RELEASES; do
		[ -e "$ROOT/boot/initrd.img-$release" ] ||
			chroot "$ROOT" update-initramfs -c -k "$release"
	done
}

# What is in the root, but for logs, caches, and DKMS' key, which is the machine's.
files() {
	(cd "$ROOT" && find . -xdev \( -path ./proc -o -path ./var/log -o -path ./var/cache \
		-o -path ./var/lib/dpkg -o -path './var/lib/dkms/mok.*' \) -prune -o -print | sort)
}

install_package() {
	cp "$("$HV_TOP/scripts/dkms" "$TMP")" "$ROOT/package.deb"
	chroot "$ROOT" dpkg -i /package.deb
	rm "$ROOT/package.deb"
}

# The compiler has nothing to say, on any kernel.
built_cleanly() {
	local logs
	logs=$(find "$ROOT/var/lib/dkms" -name make.log)
	[ "$(wc -l <<<"$logs")" = "$(wc -w <<<"$RELEASES")" ] ||
		die "DKMS has built for $(wc -l <<<"$logs") kernels, not $(wc -w <<<"$RELEASES")"
	! xargs grep -i warning <<<"$logs" || die "the compiler warns"
}

image() {
	local tree=$TMP/tree
	# /proc is as large as all memory that there can be.
	umount "$ROOT/proc"
	cp -al "$ROOT" "$tree" 2>/dev/null || cp -a "$ROOT" "$tree"
	mount -t proc proc "$ROOT/proc"
	rm -rf "$tree"/usr/{src,lib/gcc,libexec/gcc,share/doc,share/locale} \
		"$tree"/var/{cache,lib}/apt
	install -m755 "$HV_TOP/ci/guest/tools/stock-blkvsc-init" "$tree/sbin/check-init"
	rm -f "$TMP/disk"
	mke2fs -q -t ext4 -L hvroot -d "$tree" "$TMP/disk" 2G
	rm -rf "$tree"
}

# start RELEASE WORD: from the disk, by the initramfs that Debian made.
start() {
	stock_start 400 1024 "$ROOT/boot/vmlinuz-$1" "$ROOT/boot/initrd.img-$1" \
		"root=LABEL=hvroot init=/sbin/check-init $2" \
		-blockdev "driver=raw,node-name=root,file.driver=file,file.filename=$TMP/disk" \
		-device hv-ide,id=root,drive=root,serial=hvroot \
		-blockdev "driver=raw,node-name=data,file.driver=file,file.filename=$TMP/data" \
		-device hv-ide,id=data,drive=data,serial=data,target=1 -device hv-scsi,id=scsi \
		-blockdev "driver=raw,node-name=scsi,file.driver=file,file.filename=$TMP/scsi" \
		-device scsi-hd,bus=scsi.0,drive=scsi -netdev user,id=net \
		-device hv-net,netdev=net
}

# boot RELEASE WORD: to the guest's end; its disk is in order then. The data disk goes
# when the guest is ready, and comes back.
boot() {
	truncate -s 256M "$TMP/data"
	truncate -s 64M "$TMP/scsi"
	start "$1" "$2"
	stock_when 'may remove' 'device_del data'
	stock_when 'may add' 'device_add hv-ide,id=data2,drive=data,serial=data,target=1'
	stock_end "Linux $1, $2,"
	e2fsck -fn "$TMP/disk" >"$TMP/fsck.log" 2>&1 ||
		failed "the root file system is damaged" "$TMP/fsck.log"
}

CONSOLE=$TMP/console.log
QEMU=$("$HV_TOP/ci/qemu/build")
make_root >"$TMP/root.log" 2>&1 || failed "no Debian can be made" "$TMP/root.log"
files >"$TMP/before"
install_package >"$TMP/install.log" 2>&1 ||
	failed "the package is not installed" "$TMP/install.log"
built_cleanly
image
for release in $RELEASES; do boot "$release" blkvsc; done
chroot "$ROOT" dpkg -P hv-blkvsc-dkms >"$TMP/remove.log" 2>&1 ||
	failed "the package is not removed" "$TMP/remove.log"
files | diff "$TMP/before" - || die "the package leaves a trace"
image
for release in $RELEASES; do boot "$release" removed; done
