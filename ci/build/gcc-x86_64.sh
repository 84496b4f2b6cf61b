#!/usr/bin/env bash
# x86-64, gcc, W=1: as modules and built in, no warning
# timeout: 900
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"
extra='CONFIG_64BIT=y
CONFIG_SMP=y
CONFIG_HYPERVISOR_GUEST=y'
build_modes x86_64 allnoconfig m y <<<"$extra"
on_other_bus x86_64 allnoconfig <<<"$extra"
