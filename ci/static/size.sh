#!/usr/bin/env bash
# Functions stay short, and the bus half of the in-tree one
# packages: python3
# timeout: 30
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

python3 "$(dirname "$0")/size.py"
