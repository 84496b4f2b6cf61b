#!/bin/bash
# TCP inside GRE, with its checksum left to the device, leaves with the right one.
# drivers: ours intree
# kernel: plain
# control: long
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
_inner_tcp gre eth0 || _fail "TCP in GRE left with the sum of the pseudo header for a checksum"
