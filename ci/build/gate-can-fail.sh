#!/usr/bin/env bash
# The gates of the build tier fail on a driver that is broken for them
# when: long
# timeout: 900
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=ci/static/lib.sh
. "$TOP/ci/static/lib.sh"
# shellcheck source=ci/static/defect.bash
. "$TOP/ci/static/defect.bash"
export HV_MODES=m
RING=drivers-staging-hv/vmbus/ring.c

copy=$(fresh_copy)
printf 'int gate_unused(void);\nint gate_unused(void)\n{\n\tint unused;\n\n\treturn 0;\n}\n' >>"$copy/$RING"
must_fail "an unused variable" build/gcc-x86_64 "$copy" 'unused variable'

copy=$(fresh_copy)
printf '// SPDX-License-Identifier: GPL-2.0\n' >"$copy/drivers-staging-hv/vmbus/gate.c"
must_fail "a file that the Makefile does not know" build/gcc-x86_64 "$copy" 'gate.c was not compiled'

copy=$(fresh_copy)
printf 'int vmb_nowhere(void);\nint gate_call(void);\nint gate_call(void)\n{\n\treturn vmb_nowhere();\n}\n' >>"$copy/$RING"
must_fail "a symbol that nobody defines" build/gcc-x86_64 "$copy" 'vmb_nowhere is undefined'
