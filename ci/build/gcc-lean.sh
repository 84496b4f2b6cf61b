#!/usr/bin/env bash
# x86-64, gcc, W=1, without KUnit, debugfs, tracing, fault injection: no warning
# timeout: 900
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"
# Without KUnit the KUnit tests are not compiled.
export COMPILE_CONFIG=$TOP/ci/configs/compile-lean.config LEAVE_OUT=KUNIT MAY_SKIP=1
build_modes x86_64-lean allnoconfig m y <<"END"
CONFIG_SMP=y
CONFIG_SCSI=y
END
for option in KUNIT DEBUG_FS FTRACE FAULT_INJECTION; do
	! grep -q "^CONFIG_$option=" "$BUILD/x86_64-lean/.config" || die "CONFIG_$option is on"
done
