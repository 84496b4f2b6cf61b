#!/usr/bin/env bash
# The figures of README, the cover letter and performance.rst are those that are kept
# packages: python3
# timeout: 30
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

"$TOP/scripts/report" --check
grep -c '"set": ' "$TOP/Documentation/figures/figures.json" | sed 's/$/ results/'
