#!/usr/bin/env bash
# The Hyper-V tests of kvm-unit-tests pass on the test host; KVM_UNIT_TESTS=DIR is their source
# packages: build-essential
# timeout: 600
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"

if [ -z "${KVM_UNIT_TESTS:-}" ]; then
	echo "skip: KVM_UNIT_TESTS is not set to a source tree of kvm-unit-tests"
	exit 77
fi
[ -e "$KVM_UNIT_TESTS/x86/hyperv_synic.c" ] ||
	die "KVM_UNIT_TESTS: there is no x86/hyperv_synic.c in $KVM_UNIT_TESTS"
TMP=$(mktemp -d "${TMPDIR:-/tmp}/hv-kut.XXXXXX")
trap 'rm -rf "$TMP"' EXIT
QEMU=$("$HV_TOP/ci/qemu/build")

build() {
	cd "$TMP/kut"
	rm -f config.mak
	./configure --arch=x86_64
	make -j"$HV_JOBS" x86/hyperv_{synic,connections,stimer,clock}.flat
}

# run NAME [ARGUMENT]: status 1 is the tests' word for success.
run() {
	local name=$1 log=$TMP/$1${2:+-$2}.log passed failed status=0
	timeout 120 "$QEMU" -L /usr/share/seabios -L /usr/share/qemu -machine pc \
		-accel tcg,thread=multi -cpu qemu64,hv-passthrough -smp 2 -m 256 -nodefaults \
		-display none -no-reboot -serial stdio -device hyperv-testdev -device pc-testdev \
		-device isa-debug-exit,iobase=0xf4,iosize=0x4 \
		-kernel "$TMP/kut/x86/$name.flat" ${2:+-append "$2"} >"$log" 2>&1 </dev/null || status=$?
	passed=$(grep -c '^PASS: ' "$log" || true)
	failed=$(grep -c '^FAIL: ' "$log" || true)
	total=$((total + passed))
	printf '%s: %s passed, %s failed, status %s\n' "$name${2:+ $2}" "$passed" "$failed" "$status"
	if [ "$status" != 1 ] || [ "$passed" = 0 ] || [ "$failed" != 0 ]; then
		tail -n 20 "$log"
		bad=1
	fi
}

cp -r "$KVM_UNIT_TESTS" "$TMP/kut"
(build) >"$TMP/build.log" 2>&1 || {
	tail -n 20 "$TMP/build.log"
	die "kvm-unit-tests does not build"
}
total=0 bad=0
run hyperv_synic
run hyperv_connections
run hyperv_stimer
run hyperv_stimer direct
run hyperv_clock
echo "$total passed"
[ "$bad" = 0 ]
