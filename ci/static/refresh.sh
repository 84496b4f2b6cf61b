#!/usr/bin/env bash
# The patches, series and drivers-staging-hv/ agree
# packages: git rsync
# timeout: 40
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

"$TOP/scripts/refresh" --check
