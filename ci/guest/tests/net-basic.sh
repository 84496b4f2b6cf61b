#!/bin/bash
# An address by DHCP, ping with payloads from nothing to a full frame.
# drivers: ours intree
# kernel: plain debug
. /job/lib.sh
nic=$(nic)
[ -n "$nic" ] || fail "no network interface"
run ip link set "$nic" up
run busybox_dhcp "$nic"
for size in 0 1 17 18 19 56 255 256 1000 1471 1472; do
	run ping -q -c 3 -i 0.05 -W 2 -s $size 10.0.2.2
done
