#!/bin/bash
# The packet filter: foreign frames, groups and a new address arrive exactly when they should.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 240
# violations: expected
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=1,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,subchannels=1,netdev=h1"
# boot: --qemu "-netdev hubport,id=h2,hubid=1"
# boot: --qemu "-device hv-net,id=n2,subchannels=1,mac-spoofing=off,netdev=h2"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up

cat >/run/send.py <<'PY'
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0x88b5))
for i in range(5):
    to = bytes.fromhex(sys.argv[1].replace(":", ""))
    s.send(to + s.getsockname()[4] + b"\x88\xb5" + bytes([i]) * 64)
PY

# arrive WHAT TO N [-p]: of five frames from a to link address TO, N come up in
# b. The host's counter shows that it was the host that kept the others. With -p
# tcpdump does not ask for other machines' frames.
arrive() {
	local before after got tcpdump
	: >/run/tcpdump.log
	ip netns exec b tcpdump ${4:+"$4"} -n -e -l --immediate-mode -Z root -i eth0 \
		ether proto 0x88b5 >/run/frames 2>/run/tcpdump.log &
	tcpdump=$!
	_wait_for 30 grep -q listening /run/tcpdump.log || _fail "tcpdump does not listen"
	read -ra before <<<"$(_host n1 rx-filtered rx-packets)"
	_run _inside a python3 /run/send.py "$2"
	reached() {
		read -ra after <<<"$(_host n1 rx-filtered rx-packets)"
		[ $((after[0] + after[1])) -ge $((before[0] + before[1] + 5)) ]
	}
	_wait_for 15 reached || _fail "$1: five frames to $2 did not reach the host's adapter"
	captured() { got=$(grep -c "> $2, ethertype" /run/frames); [ "$got" -ge "$1" ]; }
	_wait_for 10 captured "$3" "$2"
	# One too many would come now.
	sleep 0.5
	captured 0 "$2"
	kill $tcpdump
	wait $tcpdump
	_note "$1: $got of five frames to $2 come up, the host kept $((after[0] - before[0]))"
	[ "$got" = "$3" ] || _fail "$1: that is not $3"
	[ $((after[0] - before[0])) -ge $((5 - $3)) ] ||
		_fail "$1: the host passed them to the guest"
}
# filter ID: the packet filter that the host has: 1 own, 4 groups, 8 broadcast, 32 all.
filter_is() { [ "$(_host "$1" packet-filter)" = "$2" ]; }
wait_filter() {
	_wait_for 15 filter_is "$1" "$2" ||
		_fail "$3: the host's filter is $(_host "$1" packet-filter), not $2"
}

own=$(_inside b cat /sys/class/net/eth0/address)
foreign=52:54:00:99:99:99 group=33:33:00:00:77:77
wait_filter n1 13 "up"
arrive "own address" "$own" 5 -p
arrive "broadcast" ff:ff:ff:ff:ff:ff 5 -p
arrive "another's address" $foreign 0 -p
# A host has no list of groups, it passes all of them or none.
arrive "a group" $group 5 -p

arrive "promiscuous by tcpdump" $foreign 5
wait_filter n1 13 "tcpdump ended"
arrive "no longer promiscuous" $foreign 0 -p
_run ip -n b link set eth0 promisc on
wait_filter n1 32 "promiscuous"
_run ip -n b link set eth0 promisc off
_run ip -n b link set eth0 allmulticast on
arrive "all-multicast" $group 5 -p
arrive "all-multicast" $foreign 0 -p
_run ip -n b link set eth0 allmulticast off
wait_filter n1 13 "all-multicast off"

# Groups of IP: what is joined comes, what is left does not.
cat >/run/listen.py <<'PY'
import select, socket, struct, sys
def receiver(family):
    s = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind(("", 5012))
    return s
def count(s):
    n = 0
    while select.select([s], [], [], 0.5)[0]:
        n += s.recv(2000) == b"group" * 200
    return n
index = socket.if_nametoindex("eth0")
four = struct.pack("=4s4si", socket.inet_aton("239.1.2.3"), bytes(4), index)
six = socket.inet_pton(socket.AF_INET6, "ff05::123") + struct.pack("=I", index)
got4, got6 = receiver(socket.AF_INET), receiver(socket.AF_INET6)
for line in sys.stdin:
    if line != "count\n":
        # join: IP_ADD_MEMBERSHIP, IPV6_JOIN_GROUP; leave: the other way.
        got4.setsockopt(socket.IPPROTO_IP, 35 if line == "join\n" else 36, four)
        got6.setsockopt(socket.IPPROTO_IPV6, 20 if line == "join\n" else 21, six)
        print("done")
    else:
        print(count(got4), count(got6))
PY
cat >/run/say.py <<'PY'
import socket, struct
index = socket.if_nametoindex("eth0")
four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
four.setsockopt(socket.IPPROTO_IP, 32, struct.pack("=4s4si", b"", b"", index))
six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
for i in range(10):
    four.sendto(b"group" * 200, ("239.1.2.3", 5012))
    six.sendto(b"group" * 200, ("ff05::123", 5012))
PY
coproc LISTENER { exec ip netns exec b python3 -u /run/listen.py; }
ask() {
	echo "$1" >&"${LISTENER[1]}"
	read -r -t 30 answer <&"${LISTENER[0]}" || _fail "the listener is gone"
}
was=$(_inside b cat /sys/class/net/eth0/statistics/multicast)
groups=
for what in join leave; do
	ask $what
	_run _inside a python3 /run/say.py
	ask count
	groups="$groups $answer"
done
now=$(_inside b cat /sys/class/net/eth0/statistics/multicast)
_note "groups, IPv4 and IPv6: joined, then left:$groups; multicast frames counted: $((now - was))"
[ "$groups" = " 10 10 0 0" ] || _fail "groups:$groups datagrams, not 10 10 0 0"
[ $((now - was)) -ge 40 ] || _fail "multicast counted only $((now - was)) frames"

# Down: the host keeps everything.
_run ip -n b link set eth0 down
wait_filter n1 0 "down"
_run ip -n b link set eth0 up
wait_filter n1 13 "up again"
_run ip -n b addr add fd09::2/64 dev eth0 nodad

# Another address, while up; it lasts over a new agreement with the host.
new=52:54:00:aa:bb:cc
_run ip -n b link set eth0 address $new
arrive "the new address" $new 5 -p
arrive "the old address" "$own" 0 -p
_run ip -n a neigh flush dev eth0
_run _inside a ping -q -c 2 -i 0.2 -W 2 10.9.0.2
if _ours; then
	_run _inside b ethtool -G eth0 tx 64
	arrive "the new address after a ring change" $new 5 -p
	_run ip -n b link set eth0 down
	_run ip -n b link set eth0 up
fi
_run ip -n b link set eth0 address "$own"
arrive "the first address again" "$own" 5 -p
_run ip -n a neigh flush dev eth0

# An interface on top with an address of its own.
_run modprobe macvlan
_run ip -n b link add mv link eth0 type macvlan mode bridge
_run ip -n b addr add 10.8.0.2/24 dev mv
_run ip -n b link set mv up
_run ip -n a addr add 10.8.0.1/24 dev eth0
_run _inside a ping -q -c 3 -i 0.2 -W 2 10.8.0.2
_tcp a b 10.8.0.2 8
_run ip -n b link del mv
wait_filter n1 13 "macvlan gone"

# A host that does not allow another address: an error, and the old one stays.
third=$(_nic 1)
_run ip link set "$third" up
was=$(cat "/sys/class/net/$third/address")
ip link set "$third" address $new 2>/run/err &&
	_fail "the address was changed though the host refuses"
_note "host refuses another address: $(tail -n 1 /run/err)"
[ "$(cat "/sys/class/net/$third/address")" = "$was" ] ||
	_fail "the host refused, but the address is another"
