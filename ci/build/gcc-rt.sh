#!/usr/bin/env bash
# x86-64 with PREEMPT_RT, gcc, W=1: as modules, no warning
# when: long
# timeout: 900
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"
build_modes x86_64-rt allnoconfig m <<"END"
CONFIG_64BIT=y
CONFIG_SMP=y
CONFIG_PREEMPT_RT=y
CONFIG_HYPERVISOR_GUEST=y
END
