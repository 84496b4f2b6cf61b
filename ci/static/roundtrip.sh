#!/usr/bin/env bash
# git am, quilt and copying give byte-identical trees on Linux 7.3
# packages: git quilt patch python3 rsync
# timeout: 120
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck source=ci/static/roundtrip.bash
. "$(dirname "$0")/roundtrip.bash"
roundtrip "$(linux)"
