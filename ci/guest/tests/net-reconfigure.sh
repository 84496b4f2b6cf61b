#!/bin/bash
# RSS, ring, channel and MTU changes under a TCP load: the stream goes on, whole.
# drivers: ours
# kernel: plain debug kcsan rt
# timeout: 300
# boot: --smp 4 --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=3,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,subchannels=3,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up

a() { ip netns exec a "$@"; }
reconfigure() {
	_run a ethtool -X eth0 equal 2
	_run a ethtool -X eth0 hkey "$(printf '%02x:' {1..39})28"
	_run a ethtool -X eth0 default
	_run a ethtool -G eth0 rx 1000 tx 64
	_run a ethtool -L eth0 combined 1
	_run a ethtool -L eth0 combined 4
	_run ip -n a link set eth0 mtu 4000
	_run ip -n a link set eth0 mtu 1500
	_run a ethtool -C eth0 tx-frames 1
	_run a ethtool -C eth0 tx-frames 8
	_run a ethtool -G eth0 rx 4096 tx 256
}

rounds=$(_long 100 3)
(for ((i = 0; i < rounds; i++)); do reconfigure; done; : >/run/enough) &
changes=$!
until [ -e /run/enough ]; do
	_tcp a b 10.9.0.2 8
	_tcp b a 10.9.0.1 8
	kill -0 $changes 2>/dev/null || break
done
wait $changes || _fail "a change was refused"
[ "$(a ethtool -l eth0 | awk '/^Combined/ { n = $2 } END { print n }')" = 4 ] ||
	_fail "not 4 channels in the end"
a ethtool -S eth0 | grep -E 'malformed|stray' | awk '$2 > 0' | grep . &&
	_fail "the driver refused messages"

# A ring that is not named stays as it is, also when the host's sections are
# not of the guest's size; and what is asked for is what one gets.
rings() { a ethtool -g eth0 | awk '/^RX:/ { rx = $2 } /^TX:/ { tx = $2 } END { print rx, tx }'; }
[ "$(rings)" = "4096 256" ] ||
	_fail "rings of 4096 and 256 were asked for last, they are $(rings)"
for mtu in 1500 9000; do
	_run ip -n a link set eth0 mtu $mtu
	read -r rx tx <<<"$(rings)"
	_run a ethtool -G eth0 tx 128
	[ "$(rings)" = "$rx 128" ] ||
		_fail "MTU $mtu: rings of $rx and $tx, tx 128 was asked for and made them $(rings)"
	_run a ethtool -G eth0 rx 200
	[ "$(rings)" = "200 128" ] ||
		_fail "MTU $mtu: rings of 200 and 128 were asked for, they are $(rings)"
	_run a ethtool -G eth0 rx "$rx" tx "$tx"
	[ "$(rings)" = "$rx $tx" ] ||
		_fail "MTU $mtu: rings of $rx and $tx were asked for, they are $(rings)"
done
_run ip -n a link set eth0 mtu 1500
_run a ping -q -c 3 -W 2 10.9.0.2
