#!/bin/bash
# TCP each way with MD5 at the far end, offloads on and off, and checksums seen.
# drivers: ours intree
# kernel: plain debug kcsan rt
# timeout: 240
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
mib=$(_long 1024 48)
for off in on off; do
	for ns in a b; do
		_inside $ns ethtool -K eth0 tx $off rx $off sg $off tso $off gso $off gro $off \
			>/dev/null 2>&1
	done
	_tcp a b 10.9.0.2 "$mib"
	_tcp b a 10.9.0.1 "$mib"
	_tcp a b fd09::2 "$((mib / 2))"
	_note "offloads $off: $mib MiB each way are whole"
done
