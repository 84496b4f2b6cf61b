#!/bin/bash
# Every NVSP version of the host: what it allows works, with the data checked.
# drivers: ours intree
# control: long
# kernel: plain debug
# when: long
# boot: --bare --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=3,netdev=h0" --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,subchannels=3,nvsp-version=1,netdev=h1 -netdev hubport,id=h2,hubid=0 -device hv-net,id=n2,subchannels=3,nvsp-version=2,netdev=h2 -netdev hubport,id=h3,hubid=0 -device hv-net,id=n3,subchannels=3,nvsp-version=4,netdev=h3" --qemu "-netdev hubport,id=h4,hubid=0 -device hv-net,id=n4,subchannels=3,nvsp-version=5,netdev=h4 -netdev hubport,id=h5,hubid=0 -device hv-net,id=n5,subchannels=3,nvsp-version=6,netdev=h5 -netdev hubport,id=h6,hubid=0 -device hv-net,id=n6,subchannels=3,nvsp-version=6.1,netdev=h6"
# timeout: 240
. /job/lib.sh
. /job/net-pair.sh
run modprobe 8021q

# The far end is n0; the others come one after the other.
all() { [ -n "$(nic 7)" ]; }
wait_for 20 all || fail "seven adapters are offered, $(nic 1,7 | wc -l) seen"
place() {
	run ip netns add "$2"
	run ip link set "$1" netns "$2" name eth0
	run ip -n "$2" link set eth0 up
	run ip -n "$2" addr add 10.9.0."$3"/24 dev eth0
	run ip -n "$2" addr add fd09::"$3"/64 dev eth0 nodad
}
mac_of() { qmp qom-get "{\"path\":\"/machine/peripheral/$1\",\"property\":\"mac\"}" | json 'd["return"].lower()'; }
by_mac() { grep -l "$1" /sys/class/net/*/address | cut -d/ -f5; }
place "$(by_mac "$(mac_of n0)")" b 2
run ip -n b link add link eth0 name v7 type vlan id 7
run ip -n b addr add 10.7.0.2/24 dev v7
run ip -n b link set v7 up

n=0
for name in 1 2 4 5 6 6.1; do
	n=$((n + 1))
	place "$(by_mac "$(mac_of n$n)")" a 1
	read -r got offered <<<"$(host n$n nvsp-version subchannels)"
	case $name in
	1) want=2 ;;
	2) want=$((0x30002)) ;;
	6.1) want=$((0x60001)) ;;
	*) want=$((name << 16)) ;;
	esac
	[ "$got" = "$want" ] || fail "version $name: agreed on $got, not $want"
	# Sub-channels came with version 5.
	[ "$offered" = $((n >= 4 ? 3 : 0)) ] || fail "version $name: $offered sub-channels"
	wait_for 10 inside a ping -q -c 1 -W 1 10.9.0.2 || fail "version $name: no traffic"
	tcp a b 10.9.0.2 "$(long 128 4)"
	tcp b a fd09::1 "$(long 128 4)"
	udp a b 10.9.0.2 200 1273 1472
	udp b a 10.9.0.1 200 1 200
	run ip -n a link add link eth0 name v7 type vlan id 7
	run ip -n a addr add 10.7.0.1/24 dev v7
	run ip -n a link set v7 up
	tcp a b 10.7.0.2 4
	if [ $n -gt 1 ]; then
		for ns in a b; do run ip -n $ns link set eth0 mtu 9000; done
		wait_for 10 inside a ping -q -c 1 -W 1 10.9.0.2 || fail "version $name: no traffic with MTU 9000"
		run inside a ping -q -M "do" -c 2 -i 0.2 -W 2 -s 8972 10.9.0.2
		tcp a b 10.9.0.2 4
		run ip -n b link set eth0 mtu 1500
	fi
	refused=$(host n$n guest-errors tx-errors)
	[ "$refused" = "0 0" ] || fail "version $name: the host refused messages and packets: $refused"
	note "version $name: TCP, UDP, a VLAN$([ $n = 1 ] || echo ", MTU 9000"); $offered sub-channels"
	run ip netns del a
done
