#!/usr/bin/env bash
# arm64 with 64K pages, gcc, W=1: as modules and built in, no warning
# when: long
# packages: gcc-aarch64-linux-gnu
# timeout: 900
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"
export ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-
build_modes arm64-64k allnoconfig m y <<"END"
CONFIG_EFI=y
CONFIG_ARM64_64K_PAGES=y
END
