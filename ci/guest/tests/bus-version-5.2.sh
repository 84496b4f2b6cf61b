#!/bin/bash
# A host that takes no more than VMBus 5.2 gets it, and all devices carry data.
# drivers: ours intree
# control: long
# kernel: plain debug
# boot: --vmbus max-version=5.2
. /job/lib.sh
. /job/version.sh
version 5.2
