#!/bin/bash
# An address by DHCP, ping with payloads of every size up to a full frame.
# drivers: ours intree
# kernel: plain debug rt
. /job/lib/common.sh
nic=$(_nic)
[ -n "$nic" ] || _fail "no network interface"
_run ip link set "$nic" up
_run busybox_dhcp "$nic"
for size in 0 1 17 18 19 56 255 256 1000 1471 1472; do
	_run ping -q -c 3 -i 0.05 -W 2 -s $size 10.0.2.2
done
