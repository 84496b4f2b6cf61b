#!/bin/bash
# Tags and tunnels that the host does not know: every checksum is right at the far end.
# drivers: ours
# kernel: plain debug rt
# timeout: 240
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=1,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,subchannels=1,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
_run modprobe 8021q

# Mainline leaves checksum and segmentation of such packets to the host, which
# looks for the headers behind an Ethernet header of 14 bytes.
n=1
for ns in a b; do
	# A tag that stays in the frame counts as payload to the host.
	_run ip -n $ns link set eth0 mtu 1600
	_run ip -n $ns link add link eth0 name outer mtu 1500 type vlan proto 802.1ad id 7
	_run ip -n $ns link set outer up
	_run ip -n $ns addr add 10.7.0.$n/24 dev outer
	_run ip -n $ns link add link outer name oq mtu 1496 type vlan id 6
	_run ip -n $ns link set oq up
	_run ip -n $ns addr add 10.6.0.$n/24 dev oq
	_run ip -n $ns link add link eth0 name q mtu 1504 type vlan id 8
	_run ip -n $ns link set q up
	_run ip -n $ns link add link q name qq mtu 1500 type vlan id 9
	_run ip -n $ns link set qq up
	_run ip -n $ns addr add 10.8.0.$n/24 dev qq
	_run ip -n $ns link add link q name qo mtu 1500 type vlan proto 802.1ad id 9
	_run ip -n $ns link set qo up
	_run ip -n $ns addr add 10.5.0.$n/24 dev qo
	n=2
done
for net in 7 8 6 5; do
	_wait_for 10 _inside a ping -q -c 1 -W 1 10.$net.0.2 || _fail "10.$net: no traffic"
	_tcp a b 10.$net.0.2 "$(_long 64 4)"
	_tcp b a 10.$net.0.1 "$(_long 64 4)"
	_udp a b 10.$net.0.2 100 1 1400
done

# Frames with a checksum that is left to the device, from a packet socket.
for kind in gre:eth0 ipip:eth0 tag:q; do
	_inner_tcp "${kind%:*}" "${kind#*:}" ||
		_fail "$kind: the sum of the pseudo header was sent as the checksum"
done
