#!/bin/bash
# Every NVSP version of the host: what it allows works, with the data checked.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# when: long
# timeout: 240
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=3,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0"
# boot: --qemu "-device hv-net,id=n1,subchannels=3,nvsp-version=5,netdev=h1"
# boot: --qemu "-netdev hubport,id=h2,hubid=0"
# boot: --qemu "-device hv-net,id=n2,subchannels=3,nvsp-version=6,netdev=h2"
# boot: --qemu "-netdev hubport,id=h3,hubid=0"
# boot: --qemu "-device hv-net,id=n3,subchannels=3,nvsp-version=6.1,netdev=h3"
. /job/lib/common.sh
. /job/lib/net.sh
_run modprobe 8021q

# The far end is n0; the others come one after the other.
all() { [ -n "$(_nic 4)" ]; }
_wait_for 20 all || _fail "four adapters are offered, $(_nic 1,4 | wc -l) seen"
place() {
	_run ip netns add "$2"
	_run ip link set "$1" netns "$2" name eth0
	_run ip -n "$2" link set eth0 up
	_run ip -n "$2" addr add 10.9.0."$3"/24 dev eth0
	_run ip -n "$2" addr add fd09::"$3"/64 dev eth0 nodad
}
mac_of() { _prop "$1" mac | tr A-F a-f; }
by_mac() { grep -l "$1" /sys/class/net/*/address | cut -d/ -f5; }
place "$(by_mac "$(mac_of n0)")" b 2
_run ip -n b link add link eth0 name v7 type vlan id 7
_run ip -n b addr add 10.7.0.2/24 dev v7
_run ip -n b link set v7 up

n=0
for name in 5 6 6.1; do
	n=$((n + 1))
	place "$(by_mac "$(mac_of n$n)")" a 1
	read -r got offered <<<"$(_host n$n nvsp-version subchannels)"
	case $name in
	6.1) want=$((0x60001)) ;;
	*) want=$((name << 16)) ;;
	esac
	[ "$got" = "$want" ] || _fail "version $name: agreed on $got, not $want"
	[ "$offered" = 3 ] || _fail "version $name: $offered sub-channels"
	_wait_for 10 _inside a ping -q -c 1 -W 1 10.9.0.2 || _fail "version $name: no traffic"
	_tcp a b 10.9.0.2 "$(_long 128 4)"
	_tcp b a fd09::1 "$(_long 128 4)"
	_udp a b 10.9.0.2 200 1273 1472
	_udp b a 10.9.0.1 200 1 200
	_run ip -n a link add link eth0 name v7 type vlan id 7
	_run ip -n a addr add 10.7.0.1/24 dev v7
	_run ip -n a link set v7 up
	_tcp a b 10.7.0.2 4
	for ns in a b; do _run ip -n $ns link set eth0 mtu 9000; done
	_wait_for 10 _inside a ping -q -c 1 -W 1 10.9.0.2 ||
		_fail "version $name: no traffic with MTU 9000"
	_run _inside a ping -q -M "do" -c 2 -i 0.2 -W 2 -s 8972 10.9.0.2
	_tcp a b 10.9.0.2 4
	_run ip -n b link set eth0 mtu 1500
	refused=$(_host n$n guest-errors tx-errors)
	[ "$refused" = "0 0" ] ||
		_fail "version $name: the host refused messages and packets: $refused"
	_note "version $name: TCP, UDP, a VLAN, MTU 9000; $offered sub-channels"
	_run ip netns del a
done
