#!/bin/bash
# TCP inside GRE, with its checksum left to the device, leaves with the right one.
# drivers: ours intree
# kernel: plain
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
cat >/run/checksum.py <<'PY'
import struct
def checksum(data):
    data += b"\0" * (len(data) & 1)
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return n ^ 0xffff
PY
# As a nested guest's: a virtio header says where the sum is to be.
cat >/run/send.py <<'PY'
import socket, struct, sys
from checksum import checksum
SOL_PACKET, PACKET_VNET_HDR, ETH_P_IP = 263, 15, 0x800
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
s.bind(("eth0", ETH_P_IP))
outer = socket.inet_aton("10.9.0.1"), socket.inet_aton("10.9.0.2")
inner = socket.inet_aton("172.16.0.1"), socket.inet_aton("172.16.0.2")
def ip(proto, addresses, length):
    h = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 1, 0, 64, proto, 0) + b"".join(addresses)
    return h[:10] + struct.pack("!H", checksum(h)) + h[12:]
pseudo = checksum(b"".join(inner) + struct.pack("!HH", 6, 120)) ^ 0xffff
tcp = struct.pack("!HHIIBBHHH", 1000, 2000, 1, 0, 0x50, 0x10, 1024, pseudo, 0) + bytes(range(100))
gre = struct.pack("!HH", 0, ETH_P_IP) + ip(6, inner, 120) + tcp
to = bytes.fromhex(sys.argv[1].replace(":", ""))
frame = to + s.getsockname()[4] + b"\x08\0" + ip(47, outer, len(gre)) + gre
for i in range(5):
    s.send(struct.pack("<BBHHHH", 1, 0, 0, 0, 58, 16) + frame)
PY
cat >/run/receive.py <<'PY'
import socket, struct
from checksum import checksum
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x800))
s.bind(("eth0", 0x800))
s.settimeout(15)
print("ready", flush=True)
good = bad = 0
while good + bad < 5:
    p = s.recv(2000)
    if p[23] != 47:
        continue
    right = checksum(p[50:58] + struct.pack("!HH", 6, 120) + p[58:178]) == 0
    good += right
    bad += not right
print(good, bad)
PY
export PYTHONPATH=/run
ip netns exec b python3 /run/receive.py >/run/sums &
receiver=$!
_wait_for 20 grep -q ready /run/sums || _fail "nobody receives"
_run _inside a python3 /run/send.py "$(_inside b cat /sys/class/net/eth0/address)"
wait $receiver || _fail "the frames do not arrive: $(</run/sums)"
sums=$(tail -n 1 /run/sums)
_note "inner TCP checksums right, wrong: $sums"
[ "$sums" = "5 0" ] || _fail "TCP in GRE left with the sum of the pseudo header for a checksum"
