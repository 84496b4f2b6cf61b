#!/bin/bash
# Every KUnit suite of the series, loaded as a module; each case must pass.
# drivers: ours
# kernel: plain debug kcsan rt
# timeout: 300
# boot: --bare
. /job/lib/common.sh
. /job/lib/kunit.sh
_kunit_suites
