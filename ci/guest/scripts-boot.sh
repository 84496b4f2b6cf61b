#!/usr/bin/env bash
# scripts/boot keeps to its files, ends with its reader and on signals, refuses wrong values
# timeout: 300
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/../static/lib.sh"

# A QEMU that is up, says something for $TALK seconds, reports $STATUS, and has seen
# the violation of the protocol that $SEEN names.
cat >"$TMP/qemu" <<'END'
#!/bin/bash
for arg in "$@"; do
	[ "${last:-}" != -D ] || printf '%s' "$SEEN" >"$arg"
	last=$arg
	case $arg in
	file,id=status,path=*) status=${arg#*path=} ;;
	file,id=console,path=*) console=${arg#*path=} ;;
	esac
done
echo >"${console//,,/,}"
echo up >"${status//,,/,}"
for _ in $(seq "$TALK"); do echo hello; sleep 1; done
printf '%s\n' "$@"
echo "$STATUS" >>"${status//,,/,}"
END
chmod +x "$TMP/qemu"
mkdir -p "$TMP/kernel/lib/modules" "$TMP/tmp" "$TMP/a b,c@d" "$TMP/logs"
touch "$TMP/kernel/bzImage"
export HV_QEMU=$TMP/qemu HV_KERNEL=$TMP/kernel TMPDIR=$TMP/tmp TALK=0 STATUS=0 SEEN=
boot() { "$TOP/scripts/boot" "$@" 2>"$TMP/err"; }

# refused WORDS ARGS...: before anything is done, and in these words.
refused() {
	local words=$1
	shift
	! boot "$@" >"$TMP/out" || die "taken: $*"
	grep -q -- "$words" "$TMP/err" || die "$*: $(cat "$TMP/err")"
	[ -z "$(ls -A "$TMP/tmp")" ] || die "$*: left $(ls -A "$TMP/tmp")"
}
for value in fast base compile; do refused 'takes plain' --kernel $value; done
for value in 0 abc -1 241; do refused 'takes a number' --smp $value; done
refused 'takes a number' --timeout 10m
refused 'takes tcg kvm' --accel xen
refused 'accel tcg only' --accel kvm --icount
for value in foo foo: foo:1X foo:0 foo:-1 a/b:1M ../esc:1M :1M 'a b:1M' ä:1M 0x:1M 'a#b:1M'; do
	refused 'takes NAME:SIZE' --image "$value"
done
for value in initrd:1M root:1M qemu.log:1M; do refused 'choose another' --image $value; done
refused 'there twice' --image a:1M --image a:1M
refused 'takes a value' --log --dry-run
refused 'takes a value' --run ''
refused 'cannot be' --log "$TMP/qemu/logs"
refused 'takes a script' --job /etc
refused 'regular expression' --expect '['
HV_KERNEL=$TMP refused bzImage --run x

echo thesis >"$TMP/logs/thesis.log"
STATUS=7 boot --run x --log "$TMP/logs" >/dev/null || status=$?
[ "${status:-0}" = 7 ] || die "the job's status is ${status:-0}, not 7: $(cat "$TMP/err")"
[ -e "$TMP/logs/console.log" ] || die "no log was kept"
[ -e "$TMP/logs/thesis.log" ] || die "--log removes what is not its own"

# ended STATUS ARGS...: with that status.
ended() {
	local want=$1 status=0
	shift
	boot --run x "$@" >/dev/null || status=$?
	[ "$status" = "$want" ] ||
		die "${SEEN:-nothing} seen, $*: status $status, not $want: $(cat "$TMP/err")"
}
ended 97 --violations
export SEEN=$'vmbus: open of channel 7 which is open\n'
ended 97
grep -q 'channel 7' "$TMP/err" || die "the violation is not named: $(cat "$TMP/err")"
ended 0 --violations
STATUS=5 ended 5
export SEEN=''

TMPDIR="$TMP/a b,c@d" boot --run x --qemu '-device x,file=@/y *' >"$TMP/out" ||
	die "in a TMPDIR with odd letters: $(cat "$TMP/err")"
grep -qx '\*' "$TMP/out" || die "a star of --qemu is expanded"
grep -qx "x,file=$TMP/a b,,c@d/hv-boot.*/y" "$TMP/out" || die "@ of --qemu is not the directory"

start=$SECONDS
TALK=100 boot --run x | head -n 1 >/dev/null || true
[ $((SECONDS - start)) -lt 50 ] || die "without a reader the guest goes on"

for signal in TERM HUP KILL; do
	TALK=100 "$TOP/scripts/boot" --run x >"$TMP/out" 2>&1 &
	for _ in $(seq 600); do
		! grep -q hello "$TMP/out" || break
		sleep 0.1
	done
	kill -$signal $!
	wait $! 2>/dev/null || true
	for _ in $(seq 100); do
		pgrep -f "$TMP/qemu .*id=status" >/dev/null || break
		sleep 0.1
	done
	! pgrep -f "$TMP/qemu .*id=status" >/dev/null || die "after SIG$signal QEMU runs on"
	[ $signal = KILL ] || [ -z "$(ls -A "$TMP/tmp")" ] ||
		die "after SIG$signal there is $(ls -A "$TMP/tmp")"
done
echo "values, logs, violations, TMPDIR, a reader that goes, signals"
