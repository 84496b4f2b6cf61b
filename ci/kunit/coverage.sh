#!/usr/bin/env bash
# Lines of the drivers that the KUnit suites run, per file and module (gcov)
# when: long
# timeout: 5400
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"

# Per cent of the drivers' lines that stand in files which a suite enters.
FLOOR=85

need_packages gcc python3 tar
command -v gcov >/dev/null || die "gcov is missing: it comes with the compiler"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
kernel=$("$HV_TOP/scripts/kernel" ours gcov)
HV_KERNEL=$kernel "$HV_TOP/scripts/boot" --kernel gcov --bare --timeout 900 \
	--qemu "-chardev file,id=coverage,path=$tmp/counters.tar -device virtserialport,chardev=coverage,name=coverage" \
	--job "$HV_TOP/ci/guest/tools/coverage"
cp -r "$kernel/gcov" "$tmp/notes"
tar -C "$tmp/notes" -xf "$tmp/counters.tar"
python3 "$(dirname "$0")/coverage.py" "$tmp/notes" "$FLOOR"
