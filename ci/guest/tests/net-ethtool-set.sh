#!/bin/bash
# Speed and duplex can be set, and the hash of UDP flows, as the kernel's netvsc page describes.
# drivers: ours intree
# kernel: plain
# boot: --smp 2
. /job/lib/common.sh
nic=$(_nic)
_run ip link set "$nic" up
bad=''
ethtool -s "$nic" speed 10000 duplex full autoneg off || bad="$bad speed"
grep -qx full "/sys/class/net/$nic/duplex" || bad="$bad duplex:$(<"/sys/class/net/$nic/duplex")"
ethtool -N "$nic" rx-flow-hash udp4 sd || bad="$bad sd"
ethtool -N "$nic" rx-flow-hash udp4 sdfn || bad="$bad sdfn"
[ -z "$bad" ] || _fail "refused:$bad"
