#!/usr/bin/env bash
# git am, quilt and copying give byte-identical trees on the newest other 7.x
# packages: git quilt patch python3 rsync
# timeout: 900
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck source=ci/static/roundtrip.bash
. "$(dirname "$0")/roundtrip.bash"
roundtrip "$("$TOP/scripts/sources" linux-other)"
