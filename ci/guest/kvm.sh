#!/usr/bin/env bash
# The drivers, and mainline's, on real KVM with QEMU's Hyper-V host: disks, network, reloads, CPUs
# when: long
# packages: kmod xz-utils cpio e2fsprogs
# timeout: 3600
#
# Where there is KVM (or in ci/guest/nested.bash's machine): short jobs, each with a
# verdict of its own. A job without one, as happens there, is repeated, and counted.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"
# shellcheck source=ci/guest/nested.bash
. "$HV_TOP/ci/guest/nested.bash"

TRIES=5
TMP=$(mktemp -d "${TMPDIR:-/tmp}/hv-kvm.XXXXXX")
# shellcheck disable=SC2317 # called by the trap
cleanup() {
	[ -z "$(jobs -rp)" ] || kill "$(jobs -rp)" 2>/dev/null || true
	rm -rf "$TMP" ${guest:+"$guest"}
}
trap cleanup EXIT
JOB=$HV_TOP/ci/guest/tools/kvm-job
boot() {
	local drivers=$1
	shift
	"$HV_TOP/scripts/boot" --accel kvm --drivers "$drivers" --smp 2 --mem 768 --job "$JOB" "$@"
}

# guest_disk DRIVERS: the machine's disk, with the command of scripts/boot as its job.
guest_disk() {
	local tree=$TMP/tree
	boot "$1" --dry-run >"$TMP/command" 2>"$TMP/dry"
	guest=$(sed -n 's/^its files are in \(.*\): remove.*/\1/p' "$TMP/dry")
	kernel=$(grep -o -- '-kernel [^ ]*' "$TMP/command" | cut -d' ' -f2)
	root=$("$HV_TOP/scripts/rootfs")/root.img
	mkdir -p "$tree/usr/share"
	nested_program "$tree" "$QEMU"
	cp -rL --parents /usr/share/seabios /usr/share/qemu "$kernel" "$root" "$tree"
	mkdir -p "$tree$(dirname "$guest")"
	cp -r --sparse=always "$guest" "$tree$guest"
	{
		echo "cd $guest"
		echo "timeout 240 $(cat "$TMP/command") </dev/null >out.log 2>qemu.log"
		echo 'cp status console.log violations.log out.log qemu.log /result'
	} >"$tree/nested"
	nested_disk "$tree" "$TMP/disk"
	rm -rf "$tree" "$guest"
	guest=
}

# verdict DIR: also what QEMU takes for a violation of the protocol counts.
verdict() {
	local status
	status=$(grep '^[0-9]' "$1/status" 2>/dev/null | tail -n 1 || true)
	[ "$status" != 0 ] || [ ! -s "$1/violations.log" ] || status=97
	nested_verdict "$1" "$status"
}

# in_nested DRIVERS
in_nested() {
	local try dir word
	guest_disk "$1"
	for ((try = 1; try <= TRIES; try++)); do
		dir=$TMP/$1-$try
		mkdir "$dir"
		nested_run "$TMP/disk" "$dir" 330
		word=$(verdict "$dir")
		echo "$1, try $try: $word"
		case $word in
		passed)
			cat "$dir/out.log"
			echo "$1: passed, after $((try - 1)) without a verdict"
			return
			;;
		failed) tail -n 20 "$dir"/{out.log,console.log,violations.log}; die "$1 failed" ;;
		esac
		tail -n 6 "$dir"/*.log || true
	done
	die "$1: $TRIES times without a verdict"
}

QEMU=$("$HV_TOP/ci/qemu/build")
lacks=$(kvm_lacks)
if [ -n "$lacks" ]; then
	echo "$lacks: in a machine of emulated SVM"
	BUSYBOX=$("$HV_TOP/scripts/rootfs")/busybox
	nested_initramfs "$TMP/nested.initrd"
fi
for drivers in ours intree; do
	if [ -n "$lacks" ]; then in_nested $drivers; else boot $drivers; fi
done
