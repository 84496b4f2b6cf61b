#!/bin/bash
# Tags and tunnels that the host does not know: every checksum is right at the far end.
# drivers: ours
# kernel: plain debug
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
	_run ip -n $ns link add link eth0 name q mtu 1504 type vlan id 8
	_run ip -n $ns link set q up
	_run ip -n $ns link add link q name qq mtu 1500 type vlan id 9
	_run ip -n $ns link set qq up
	_run ip -n $ns addr add 10.8.0.$n/24 dev qq
	n=2
done
for net in 7 8; do
	_wait_for 10 _inside a ping -q -c 1 -W 1 10.$net.0.2 || _fail "10.$net: no traffic"
	_tcp a b 10.$net.0.2 "$(_long 64 4)"
	_tcp b a 10.$net.0.1 "$(_long 64 4)"
	_udp a b 10.$net.0.2 100 1 1400
done

# Frames with a checksum that is left to the device, from a packet socket: TCP
# in GRE, TCP in IPIP, and TCP behind a tag of 802.1Q that is in the frame.
cat >/run/lib.py <<'PY'
import socket, struct
def checksum(data):
    data += b"\0" * (len(data) & 1)
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return n ^ 0xffff
inner = socket.inet_aton("172.16.0.1"), socket.inet_aton("172.16.0.2")
outer = socket.inet_aton("10.9.0.1"), socket.inet_aton("10.9.0.2")
def ip(protocol, addresses, payload):
    h = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0)
    h += b"".join(addresses)
    return h[:10] + struct.pack("!H", checksum(h)) + h[12:] + payload
def pseudo(addresses):
    return b"".join(addresses) + struct.pack("!HH", 6, 120)
def tcp(addresses):
    return struct.pack("!HHIIBBHHH", 1000, 2000, 1, 0, 0x50, 0x10, 1024,
                       checksum(pseudo(addresses)) ^ 0xffff, 0) + bytes(range(100))
PY
cat >/run/send.py <<'PY'
import sys
from lib import *
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.setsockopt(263, 15, 1)	# SOL_PACKET, PACKET_VNET_HDR
s.bind(("eth0", 0x0800))
head = bytes.fromhex(sys.argv[1].replace(":", "")) + s.getsockname()[4]
kinds = {
    "gre": b"\x08\0" + ip(47, outer, struct.pack("!HH", 0, 0x800) + ip(6, inner, tcp(inner))),
    "ipip": b"\x08\0" + ip(4, outer, ip(6, inner, tcp(inner))),
    "tag": b"\x81\0\0\x08\x08\0" + ip(6, inner, tcp(inner)),
}
frame = head + kinds[sys.argv[2]]
proto = 0x8100 if sys.argv[2] == "tag" else 0x0800
for i in range(5):
    s.sendto(struct.pack("<BBHHHH", 1, 0, 0, 0, len(frame) - 120, 16) + frame, ("eth0", proto))
PY
cat >/run/receive.py <<'PY'
import sys
from lib import *
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind(("q" if sys.argv[1] == "tag" else "eth0", 3))
s.settimeout(15)
print("ready", flush=True)
good = bad = 0
while good + bad < 5:
    frame = s.recv(2000)
    if frame[-100:] != bytes(range(100)):
        continue
    ok = checksum(pseudo(inner) + frame[-120:]) == 0
    good += ok
    bad += not ok
print(good, bad)
PY
to=$(_inside b cat /sys/class/net/eth0/address)
for kind in gre ipip tag; do
	PYTHONPATH=/run ip netns exec b python3 /run/receive.py $kind >/run/out &
	receiver=$!
	_wait_for 20 grep -q ready /run/out || _fail "nobody receives"
	PYTHONPATH=/run _run _inside a python3 /run/send.py "$to" $kind
	wait $receiver
	_note "TCP in $kind, checksums right and wrong: $(tail -n 1 /run/out)"
	[ "$(tail -n 1 /run/out)" = "5 0" ] ||
		_fail "$kind: the sum of the pseudo header was sent as the checksum"
done
