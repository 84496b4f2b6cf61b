#!/usr/bin/env bash
# x86-64, clang 19, W=1: as modules and built in, no warning
# when: long
# packages: clang-19 lld-19 llvm-19
# timeout: 900
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"
export CCNAME=clang
build_modes x86_64-clang allnoconfig m y <<"END"
CONFIG_64BIT=y
CONFIG_SMP=y
CONFIG_HYPERVISOR_GUEST=y
END
