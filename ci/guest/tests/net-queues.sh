#!/bin/bash
# Every queue carries traffic, each way, and nothing is lost on the way.
# drivers: ours intree
# kernel: plain debug kcsan rt
# control: long
# timeout: 180
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=3,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,subchannels=3,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
for ns in a b; do
	_run ip netns exec $ns ethtool -L eth0 combined 4
done
sleep 1
for dir in a:b:10.9.0.2 b:a:10.9.0.1; do
	IFS=: read -r from to addr <<<"$dir"
	_run ip netns exec "$from" ping -q -c 2 -W 2 "$addr"
	ip netns exec "$to" iperf3 -s -1 -D >/dev/null
	_wait_for 5 ip netns exec "$to" ss -Hltn 'sport = 5201' || true
	sleep 0.5
	_run ip netns exec "$from" iperf3 -c "$addr" -P 16 -n "$(_long 1024M 96M)"
done
# The host's own counts: packets to the guest, per channel, four channels a device.
words='" ".join([id] + [str(c[k]) for k in ("subchannel", "packets-out", "packets-in")])'
counts=$(_channels "$words" 'c["type"] == "hv-net"')
[ "$(wc -l <<<"$counts")" = 8 ] || _fail "not 4 channels for each adapter: $counts"
while read -r dev sub out in; do
	_note "$dev channel $sub: $out packets to the guest, $in from it"
	if [ "$out" -le 20 ] || [ "$in" -le 20 ]; then _fail "a channel was not used: $counts"; fi
done <<<"$counts"
