#!/usr/bin/env bash
# ci/guest/openvmm.sh itself: arguments, disks that come and go, verdicts; with no host at all
# packages: kmod xz-utils cpio e2fsprogs
# timeout: 300
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/../static/lib.sh"

# In the host's place: says what its guest would say, and ends with the verdict $SAYS.
cat >"$TMP/openvmm" <<'END'
#!/bin/bash
set -e
wrong() { echo "stand-in: $*" >&2; exit 1; }
all=" $* "
for want in ' --hv ' ' -p 2 ' ' -m 1GB ' ' hv.root=scsi' ' pci=off ' \
	' --vmbus-scsi id=s,sub_channels=1 ' ',on=s,lun=0 ' ',on=s,lun=1 ' ' --net consomme '; do
	case $all in *"$want"*) ;; *) wrong "no$want" ;; esac
done
while [ $# -gt 0 ]; do
	case $1 in
	-k | -r) [ -e "$2" ] || wrong "no $2" ;;
	--disk) disk=${2#file:}; [ -f "${disk%%,*}" ] || wrong "no $disk" ;;
	--com1) console=${2#file=} ;;
	esac
	shift
done
[ -d "$HOME" ] || wrong "no HOME"
[ -n "$SAYS" ] || exit 0
echo 'openvmm: add' >>"$console"
read -r -t 20 line
[ "$line" = 'd --lun 5 --ram 33554432' ] || wrong "$line"
echo 'openvmm: remove' >>"$console"
read -r -t 20 line
[ "$line" = 'D --target 0 --path 0 --lun 5' ] || wrong "$line"
printf '%s\n' "$SPLAT" "openvmm: verdict $SAYS" >>"$console"
END
chmod +x "$TMP/openvmm"
mkdir -p "$TMP/kernel/lib/modules" "$TMP/tmp"
touch "$TMP/kernel/bzImage"
export HV_QEMU=$TMP/openvmm HV_KERNEL=$TMP/kernel TMPDIR=$TMP/tmp HV_KVM=here SPLAT=''
run() { OPENVMM=$TMP/openvmm "$TOP/ci/guest/openvmm.sh" >"$TMP/log" 2>&1; }
says() { grep -q -- "$1" "$TMP/log" || die "$1 is not said: $(tail -n 5 "$TMP/log")"; }

SAYS=0 run || die "a good guest does not pass: $(tail -n 8 "$TMP/log")"
says 'intree: passed, after 0'
! SAYS=1 run || die "a bad verdict passes"
says 'ours: failed'
! SPLAT='WARNING: x' SAYS=0 run || die "a complaint of the kernel passes"
says 'ours: failed'
! SAYS='' run || die "no verdict passes"
says 'ours, try 5: none'
status=0
OPENVMM='' "$TOP/ci/guest/openvmm.sh" >"$TMP/log" 2>&1 || status=$?
[ "$status" = 77 ] || die "without OPENVMM the status is $status"
says '^skip: '
[ -z "$(ls -A "$TMP/tmp")" ] || die "left: $(ls -A "$TMP/tmp")"
echo "arguments, LUNs, verdicts, skip"
