#!/usr/bin/env bash
# The drivers, and mainline's, on Microsoft's open host; OPENVMM=PROGRAM is that host
# when: long
# packages: kmod xz-utils cpio e2fsprogs
# timeout: 3600
#
# Where there is no KVM, in ci/guest/nested.bash's machine. The root is a disk of the host.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"
# shellcheck source=ci/guest/nested.bash
. "$HV_TOP/ci/guest/nested.bash"

if [ -z "${OPENVMM:-}" ]; then
	echo "skip: OPENVMM is not set to a program of OpenVMM"
	exit 77
fi
[ -x "$OPENVMM" ] || die "OPENVMM: $OPENVMM cannot be run"
OPENVMM=$(realpath "$OPENVMM")
TRIES=5
TMP=$(mktemp -d "${TMPDIR:-/tmp}/hv-openvmm.XXXXXX")
trap 'rm -rf "$TMP" ${guest:+"$guest"}' EXIT

# guest_files DRIVERS: those of scripts/boot, in $guest; its kernel and arguments.
guest_files() {
	"$HV_TOP/scripts/boot" --drivers "$1" --root scsi --smp 2 \
		--job "$HV_TOP/ci/guest/tools/openvmm-job" --dry-run >"$TMP/command" 2>"$TMP/dry"
	guest=$(sed -n 's/^its files are in \(.*\): remove.*/\1/p' "$TMP/dry")
	eval "words=($(cat "$TMP/command"))"
	for ((i = 0; i < ${#words[@]}; i++)); do
		case ${words[i]} in
		-kernel) kernel=$(realpath "${words[i + 1]}") ;;
		-append) append=${words[i + 1]} ;;
		esac
	done
	mkdir "$guest/home"
}

# driver: the script that runs the host, wherever that is. Its monitor reads standard
# input; disks come and go as the guest's console asks.
driver() {
	local command=("$OPENVMM" --hv -p 2 -m 1GB -k "$kernel" -r "$guest/initrd"
		-c "$append pci=off" --com1 "file=$guest/console.log"
		--vmbus-scsi "id=s,sub_channels=1" --disk "file:$guest/root,on=s,lun=0"
		--disk "file:$guest/scsi0,on=s,lun=1" --net consomme)
	printf 'command="%s"\n' "$(printf '%q ' "${command[@]}" | sed 's/["$`\\]/\\&/g')"
	printf 'guest=%q\n' "$guest"
	cat "$HV_TOP/ci/guest/tools/openvmm-drive"
}

verdict() {
	local status
	: >>"$1/console.log"
	status=$(sed -n 's/.*openvmm: verdict \([0-9]*\).*/\1/p' "$1/console.log")
	nested_verdict "$1" "$status"
}

# once DIR: the guest on the host; its console comes to DIR.
once() {
	if [ -n "$lacks" ]; then
		nested_run "$TMP/disk" "$1" 330
	else
		timeout 240 sh "$guest/drive" || true
		cp "$guest"/*.log "$1/"
	fi
}

# in_machine: the disk of the machine in which the host runs.
in_machine() {
	local tree=$TMP/tree
	mkdir -p "$tree$(dirname "$guest")"
	nested_program "$tree" "$OPENVMM"
	cp -L --parents "$kernel" "$tree"
	cp -r --sparse=always "$guest" "$tree$guest"
	{
		echo "mount -t tmpfs tmpfs $guest/home"
		cat "$guest/drive"
		echo "cp $guest/*.log /result/"
	} >"$tree/nested"
	mkdir -p "$tree/etc"
	echo 'nameserver 127.0.0.1' >"$tree/etc/resolv.conf"
	nested_disk "$tree" "$TMP/disk"
	rm -rf "$tree"
}

check() {
	local try dir word
	guest_files "$1"
	driver >"$guest/drive"
	[ -z "$lacks" ] || in_machine
	for ((try = 1; try <= TRIES; try++)); do
		dir=$TMP/$1-$try
		mkdir "$dir"
		once "$dir"
		word=$(verdict "$dir")
		echo "$1, try $try: $word"
		[ "$word" = none ] || break
		tail -n 6 "$dir"/*.log || true
	done
	grep -a '^  \|^FAIL' "$dir/console.log" || true
	# What the host says of channels that were closed in the wrong order.
	! grep -a 'channel response failure' "$dir/host.log" || word="faulted by the host"
	rm -rf "$guest"
	[ "$word" = passed ] || die "$1: $word on $OPENVMM"
	echo "$1: passed, after $((try - 1)) without a verdict"
}

lacks=$(kvm_lacks)
if [ -n "$lacks" ]; then
	echo "$lacks: in a machine of emulated SVM"
	QEMU=$("$HV_TOP/ci/qemu/build")
	BUSYBOX=$("$HV_TOP/scripts/rootfs")/busybox
	nested_initramfs "$TMP/nested.initrd"
fi
for drivers in ours intree; do check $drivers; done
