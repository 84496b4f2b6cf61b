#!/usr/bin/env bash
# The guest's tests fail on drivers that are broken for them: other data, a complaint of the kernel
# timeout: 900
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/../build/lib.sh"
# shellcheck source=ci/build/broken-driver.bash
. "$TOP/ci/build/broken-driver.bash"

# Beyond the first MiB, so that the disk is found as ever.
must_fail_in_guest "reads of the block beside" guest/disk-verify 'verify' \
	stor/blkvsc_cdb.c \
	'/^void blkvsc_cdb_rw/,/^}/s/_be32\(lba, /_be32(lba ^ (!write \&\& lba > 2048), /'
must_fail_in_guest "a warning of the kernel" guest/net-basic 'status 99' \
	net/netdev.c '/^static int netvsc_open/,/^}/s/^\{$/{\n\tWARN_ON(ndev);/'
