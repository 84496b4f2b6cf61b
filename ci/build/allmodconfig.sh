#!/usr/bin/env bash
# allmodconfig and allyesconfig with HYPERV_VMBUS=n: W=1, no warning
# when: long
# timeout: 1200
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"

# With HYPERV_VMBUS=y or =m, which both would choose, these drivers are not
# compiled at all and the configuration proves nothing.
export COMPILE_CONFIG=$TOP/ci/configs/compile-lean.config
build_modes allmod allmodconfig m <<<'CONFIG_KUNIT=m'
build_modes allmod allyesconfig y <<<'CONFIG_KUNIT=y'
