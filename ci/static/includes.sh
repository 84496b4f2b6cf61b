#!/usr/bin/env bash
# Every file includes the header of each facility that it uses
# packages: python3
# timeout: 60
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

python3 "$(dirname "$0")/includes.py"
