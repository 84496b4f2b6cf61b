#!/usr/bin/env bash
# i386, gcc, W=1: as modules and built in, no warning
# when: long
# timeout: 900
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"
export ARCH=i386
build_modes i386 allnoconfig m y <<"END"
CONFIG_SMP=y
CONFIG_HYPERVISOR_GUEST=y
END
