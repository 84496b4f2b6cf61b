#!/usr/bin/env bash
# Debian's own 6.12 and 7.3 cloud kernels, as shipped, use every device of the test host
# timeout: 400
#
# A control that needs no kernel build, and nothing of this series: disks are
# written and compared, the network answers, memory goes to the host and comes
# back, and the host has counted no error of the guest's.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"
# shellcheck source=ci/guest/stock.bash
. "$(dirname "$0")/stock.bash"

MODULES='sd_mod hv_storvsc hv_netvsc hv_utils hv_balloon'
TMP=$(mktemp -d "${TMPDIR:-/tmp}/hv-stock.XXXXXX")
# shellcheck disable=SC2317 # called by the trap
cleanup() {
	[ -z "${qemu_pid:-}" ] || kill "$qemu_pid" 2>/dev/null || true
	rm -rf "$TMP"
}
trap cleanup EXIT

# initramfs STOCK OUT: busybox, and the modules with what they depend on, in order.
initramfs() {
	local stock=$1 out=$2 tree release module file name
	tree=$(mktemp -d "$TMP/tree.XXXXXX")
	release=$(basename "$stock"/usr/lib/modules/*)
	mkdir -p "$tree"/{bin,modules}
	cp "$BUSYBOX" "$tree/bin/busybox"
	cp "$HV_TOP/ci/guest/tools/stock-init" "$tree/init"
	for module in $MODULES; do
		modprobe -d "$stock" -S "$release" --show-depends "$module"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$TMP/list" || return
	while read -r file; do
		name=$(basename "$file" .xz)
		xz -dc "$file" >"$tree/modules/$name" || return
		printf '%s\n' "$name" >>"$tree/modules/order"
	done <"$TMP/list"
	(cd "$tree" && find . | cpio -o -H newc --quiet -R 0:0) >"$out"
	rm -rf "$tree"
}

# boot STOCK: to the guest's end. Without S4: where a guest may hibernate, mainline
# gives the host no memory.
boot() {
	local name
	for name in scsi ide; do truncate -s 128M "$TMP/$name"; done
	stock_start 150 768 "$1/bzImage" "$TMP/initrd" '' -global PIIX4_PM.disable_s4=1 \
		-device hv-scsi,id=scsi,subchannels=1 \
		-blockdev "driver=raw,node-name=scsi0,file.driver=file,file.filename=$TMP/scsi" \
		-device scsi-hd,bus=scsi.0,drive=scsi0 \
		-blockdev "driver=raw,node-name=ide0,file.driver=file,file.filename=$TMP/ide" \
		-device hv-ide,id=ide,drive=ide0 -netdev user,id=net \
		-device hv-net,id=nic,netdev=net -device hv-balloon,id=balloon
	stock_when 'may take' 'balloon 640'
	stock_when 'may give it back' 'balloon 768'
}

check() {
	local stock
	stock=$("$HV_TOP/scripts/sources" "stock-$1")
	initramfs "$stock" "$TMP/initrd" || die "Linux $1: no initramfs can be made"
	boot "$stock"
	stock_end "Linux $1"
}

need_packages kmod xz-utils cpio
QEMU=$("$HV_TOP/ci/qemu/build")
BUSYBOX=$("$HV_TOP/scripts/rootfs")/busybox
CONSOLE=$TMP/console.log
for series in 6.12 7.3; do check $series; done
