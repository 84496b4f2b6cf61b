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

# wait_console WORDS: the guest says so, or has ended.
wait_console() {
	until grep -aq "^stock: .*$1" "$CONSOLE"; do
		kill -0 "$qemu_pid" 2>/dev/null || return 0
		sleep 0.2
	done
}

# boot STOCK: to the guest's end. Without S4: where a guest may hibernate, mainline
# gives the host no memory.
boot() {
	local name
	for name in scsi ide; do truncate -s 128M "$TMP/$name"; done
	mkfifo "$TMP/hmp.in" "$TMP/hmp.out"
	timeout 150 "$QEMU" -L /usr/share/seabios -L /usr/share/qemu -machine pc \
		-accel tcg,thread=multi -cpu qemu64,hv-passthrough -smp 2 -m 768 -nodefaults \
		-display none -no-reboot -serial "file:$CONSOLE" -kernel "$1/bzImage" \
		-initrd "$TMP/initrd" -append 'console=ttyS0 panic=-1' \
		-chardev "pipe,id=hmp,path=$TMP/hmp" -mon chardev=hmp,mode=readline \
		-global PIIX4_PM.disable_s4=1 -device vmbus-bridge \
		-device hv-scsi,id=scsi,subchannels=1 \
		-blockdev "driver=raw,node-name=scsi0,file.driver=file,file.filename=$TMP/scsi" \
		-device scsi-hd,bus=scsi.0,drive=scsi0 \
		-blockdev "driver=raw,node-name=ide0,file.driver=file,file.filename=$TMP/ide" \
		-device hv-ide,id=ide,drive=ide0 -netdev user,id=net \
		-device hv-net,id=nic,netdev=net -device hv-balloon,id=balloon \
		-d guest_errors -D "$TMP/violations.log" >"$TMP/qemu.log" 2>&1 &
	qemu_pid=$!
	wait_console 'may take'
	echo 'balloon 640' >"$TMP/hmp.in"
	wait_console 'may give it back'
	echo 'balloon 768' >"$TMP/hmp.in"
	wait "$qemu_pid" || true
	qemu_pid=
	rm "$TMP"/hmp.*
}

check() {
	local stock
	stock=$("$HV_TOP/scripts/sources" "stock-$1")
	: >"$CONSOLE"
	: >"$TMP/violations.log"
	initramfs "$stock" "$TMP/initrd" || die "Linux $1: no initramfs can be made"
	boot "$stock"
	grep -a '^stock: ' "$CONSOLE" || true
	if [ -s "$TMP/violations.log" ]; then
		head -n 5 "$TMP/violations.log"
		die "Linux $1 did what the protocol does not allow, or the host believes so"
	fi
	grep -aq '^stock: ok' "$CONSOLE" || {
		tail -n 20 "$CONSOLE" "$TMP/qemu.log"
		die "Linux $1 does not use all devices"
	}
}

need_packages kmod xz-utils cpio
QEMU=$("$HV_TOP/ci/qemu/build")
BUSYBOX=$("$HV_TOP/scripts/rootfs")/busybox
CONSOLE=$TMP/console.log
for series in 6.12 7.3; do check $series; done
