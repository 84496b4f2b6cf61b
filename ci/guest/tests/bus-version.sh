#!/bin/bash
# VMBus 5.3, the highest of the host, is agreed on and all devices carry data.
# drivers: ours intree
# kernel: plain debug
. /job/lib.sh
. /job/version.sh
version 5.3
lsvmbus -v >/run/lsvmbus || _fail "lsvmbus"
[ "$(grep -c '^VMBUS ID' /run/lsvmbus)" = 3 ] || _fail "not 3 devices in lsvmbus: $(</run/lsvmbus)"
