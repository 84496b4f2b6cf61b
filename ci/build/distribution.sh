#!/usr/bin/env bash
# A distribution's build: Debian's cloud configuration, a package, its initramfs, a boot from hvda
# when: long
# packages: libdw-dev debhelper debootstrap e2fsprogs cpio
# timeout: 14400
#
# Does what Documentation/distribution.rst describes. Debug information and module
# signatures are left out: they cost hours and a key, and no check looks at them.
set -euo pipefail
# Its trees are its own, and it takes hours: the other tests need not wait.
# shellcheck disable=SC2034 # the library reads it
LOCK=lock.distribution
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"

DIR=$BUILD/distribution
need_space 14

# The source as Debian has it, with the series.
source_tree() {
	local tree=$1 patch
	cp -al "$LINUX/." "$tree" 2>/dev/null || cp -a "$LINUX/." "$tree"
	while read -r patch; do
		patch -s -t -p1 -F0 -d "$tree" <"$TOP/patches/$patch" || die "$patch does not apply"
	done < <(series)
}

# Debian's configuration with ours on top; every line of ours has to survive.
configuration() {
	local obj=$1 config
	config=$("$TOP/scripts/sources" debian-config)
	xz -dc "$config"/config.amd64_none_cloud-amd64.xz >"$obj/debian.config"
	cat >"$obj/cheaper.config" <<-'END'
		CONFIG_DEBUG_INFO_NONE=y
		# CONFIG_MODULE_SIG is not set
		CONFIG_SYSTEM_TRUSTED_KEYS=""
	END
	cp "$TOP/ci/configs/distribution.config" "$obj/want.config"
	"$DIR/linux/scripts/kconfig/merge_config.sh" -m -O "$obj" "$obj/debian.config" \
		"$obj/cheaper.config" "$obj/want.config" >"$obj/merge.log"
	kmake "$DIR/linux" "$obj" olddefconfig >>"$obj/merge.log" 2>&1
	wanted "$obj" || die "the configuration does not hold"
}

# -d: the build dependencies are installed above.
packages() {
	kmake "$DIR/linux" "$DIR/obj" bindeb-pkg DPKG_FLAGS=-d KDEB_PKGVERSION=1 LOCALVERSION=-hv
}

# A small Debian, in which the kernel's package is installed as a user would.
root() {
	local root=$1
	debootstrap --variant=minbase --include=initramfs-tools,udev,kmod,zstd \
		bookworm "$root" "$(mirror)"
	printf '%s\n' hv_vmbus hv_blkvsc hv_storvsc >>"$root/etc/initramfs-tools/modules"
	install -m644 "$TOP/drivers-staging-hv/60-persistent-storage-hvd.rules" "$root/etc/udev/rules.d/"
	install -m755 "$TOP/ci/guest/tools/distribution-init" "$root/sbin/check-init"
}

install_package() {
	cp "$1" "$2/kernel.deb"
	chroot "$2" dpkg -i /kernel.deb
	rm "$2/kernel.deb"
}

# boot ROOT: from the disk on the IDE class, by the initramfs just made.
boot() {
	local qemu image=$DIR/disk console=$DIR/console.log
	qemu=$("$TOP/ci/qemu/build")
	rm -f "$image" "$console"
	mke2fs -q -t ext4 -L hvroot -d "$1" "$image" 2G
	timeout 600 "$qemu" -L /usr/share/seabios -L /usr/share/qemu -machine pc -accel tcg,thread=multi \
		-cpu qemu64,hv-passthrough -smp 2 -m 1024 -nodefaults -display none -no-reboot \
		-serial "file:$console" -kernel "$(echo "$1"/boot/vmlinuz-*)" -initrd "$(echo "$1"/boot/initrd.img-*)" \
		-append "console=ttyS0 panic=-1 root=LABEL=hvroot init=/sbin/check-init" \
		-device vmbus-bridge -blockdev "driver=raw,node-name=disk,file.driver=file,file.filename=$image" \
		-device hv-ide,drive=disk,serial=hvroot -netdev user,id=net -device hv-net,netdev=net ||
		say "QEMU ended with $?"
	grep -a '^check: ' "$console" || { tail -n 20 "$console" >&2; return 1; }
	grep -aqx 'check: ok.*' "$console"
}

rm -rf "$DIR/linux.new" "$DIR/root"
mkdir -p "$DIR/obj"
mkdir "$DIR/linux.new"
source_tree "$DIR/linux.new"
# Unchanged files keep their time, so a second run is short.
sync_tree "$DIR/linux.new" "$DIR/linux"
rm -rf "$DIR/linux.new"
configuration "$DIR/obj"
rm -f "$DIR"/*.deb
step "building the package" "$DIR/package.log" packages
step "making a root file system" "$DIR/root.log" root "$DIR/root"
deb=$(find "$DIR" -maxdepth 1 -name 'linux-image-*.deb' ! -name '*dbg*')
step "installing $(basename "$deb")" "$DIR/install.log" install_package "$deb" "$DIR/root"
must "it does not boot from hvda: $DIR/console.log" boot "$DIR/root"
