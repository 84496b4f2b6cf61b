#!/usr/bin/env bash
# x86-64 without SMP, gcc, W=1: as modules and built in, no warning
# when: long
# timeout: 900
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"
build_modes x86_64-up allnoconfig m y <<"END"
CONFIG_64BIT=y
# CONFIG_SMP is not set
CONFIG_HYPERVISOR_GUEST=y
END
