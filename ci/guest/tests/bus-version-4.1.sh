#!/bin/bash
# A host that takes no more than VMBus 4.1 gets it, and all devices carry data.
# drivers: ours intree
# control: long
# kernel: plain debug
# boot: --vmbus max-version=4.1
. /job/lib.sh
. /job/version.sh
version 4.1
