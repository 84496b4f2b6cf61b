#!/bin/bash
# Each offload on and off: same bytes at the far end, right checksums, work on the right side.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 240
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=1,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,subchannels=1,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
mib=$(_long 256 4)
segments=$((2 * mib * 1024 * 1024 / 1448))

# feature NS NAME LINE on|off: switches it; LINE is what ethtool -k calls it.
feature() {
	_run _inside "$1" ethtool -K eth0 "$2" "$4"
	_inside "$1" ethtool -k eth0 | _has "^$3: $4" || _fail "$1: $2 is not $4"
}
tso() { feature a tso tcp-segmentation-offload "$1"; }

# a's counters of netlink's queue statistics that are about the host's work.
qcount() {
	local names="tx-needs-csum tx-hw-gso-packets tx-hw-gso-wire-packets"
	names+=" tx-hw-gso-bytes tx-hw-gso-wire-bytes"
	_inside a qstats eth0 | awk -v names="$names" '
		/^device/ { v[$2] = $3 }
		END {
			n = split(names, name)
			for (i = 1; i <= n; i++) printf "%s%s", v[name[i]], i < n ? " " : "\n"
		}'
}
# as_host WHEN: netlink's counters of what the host does agree with the host's own.
as_host() {
	local host now more i
	read -ra now <<<"$(qcount)"
	for i in "${!now[@]}"; do now[i]=$((now[i] - QUEUE[i])); done
	host="$((HOST[tx-csum] + HOST[tx-lso-segments])) ${HOST[tx-lso]} ${HOST[tx-lso-segments]}"
	[ "${now[*]:0:3}" = "$host" ] ||
		_fail "$1: the host counts $host sums, packets and segments, netlink ${now[*]:0:3}"
	# 54 to 94 bytes of headers for each segment but the first.
	i=$((now[2] - now[1])) more=$((now[4] - now[3]))
	((more >= i * 54 && more <= i * 94)) ||
		_fail "$1: $i segments more have $more bytes more"
}

# What the host counted of a's packets meanwhile is in HOST, what came in at b in FRAMES.
declare -A HOST
traffic() {
	local names=(tx-packets tx-lso tx-lso-segments tx-csum tx-errors) before after i
	read -ra before <<<"$(_host n0 "${names[@]}")"
	if _ours; then read -ra QUEUE <<<"$(qcount)"; fi
	_look b
	_tcp a b 10.9.0.2 "$mib"
	_tcp a b fd09::2 "$mib"
	_udp a b 10.9.0.2 300 1 300
	_udp a b fd09::2 300 1153 1452
	_looked
	read -ra after <<<"$(_host n0 "${names[@]}")"
	for i in "${!names[@]}"; do HOST[${names[i]}]=$((after[i] - before[i])); done
	if _ours; then as_host "$1"; fi
	_note "$1: ${HOST[tx-packets]} packets," \
		"LSO made ${HOST[tx-lso-segments]} of ${HOST[tx-lso]}," \
		"${HOST[tx-csum]} checksums by the host; seen at b: $(tail -n 1 /run/frames.out)"
	[ "${HOST[tx-errors]}" = 0 ] || _fail "$1: the host refused ${HOST[tx-errors]} packets"
	[ "${FRAMES[missed]}" = 0 ] || _fail "$1: ${FRAMES[missed]} frames were not looked at"
	[ "${FRAMES[bad]}" = 0 ] ||
		_fail "$1: ${FRAMES[bad]} of ${FRAMES[frames]} frames have a wrong checksum"
	[ "${FRAMES[udp]}" -ge 600 ] || _fail "$1: only ${FRAMES[udp]} datagrams were seen"
}
no_lso() {
	[ "${HOST[tx-lso]}" = 0 ] || _fail "$1, but the host segmented ${HOST[tx-lso]} packets"
}

# What the host joins is LRO or hardware GRO to a driver. With that and GRO off
# the frames at b are the ones on the wire.
rsc=(lro large-receive-offload)
if _inside b ethtool -k eth0 | _has '^large-receive-offload: off \[fixed\]'; then
	rsc=(rx-gro-hw rx-gro-hw)
fi
feature b "${rsc[@]}" off
feature b gro generic-receive-offload off
traffic "all on at a"
[ "${FRAMES[over]}" = 0 ] || _fail "a frame of ${FRAMES[longest]} bytes on the wire"
[ "${FRAMES[open]}" = 0 ] || _fail "${FRAMES[open]} frames came without their checksum"
[ "${HOST[tx-lso-segments]}" -ge $((segments / 2)) ] || _fail "LSO made too few segments"
# How many segments a packet has is TCP's choice; one that has less than two is none for LSO.
[ "${HOST[tx-lso-segments]}" -ge $((${HOST[tx-lso]} * 2)) ] ||
	_fail "LSO: ${HOST[tx-lso]} packets made only ${HOST[tx-lso-segments]}"
[ "${HOST[tx-csum]}" -ge 600 ] || _fail "the host computed only ${HOST[tx-csum]} checksums"

tso off
traffic "TSO off"
no_lso "TSO is off"
[ "${HOST[tx-csum]}" -ge "$segments" ] || _fail "the host computed only ${HOST[tx-csum]} checksums"

feature a gso generic-segmentation-offload off
traffic "TSO and GSO off"
no_lso "TSO is off"
feature a gso generic-segmentation-offload on
tso on

feature a sg scatter-gather off
traffic "scatter-gather off"
no_lso "there is no scatter-gather"
feature a sg scatter-gather on

feature a tx tx-checksumming off
traffic "checksums off"
no_lso "checksums are off"
[ "${HOST[tx-csum]}" = 0 ] || _fail "checksums are off, but the host computed ${HOST[tx-csum]}"
feature a tx tx-checksumming on
tso on

# The receiving side. A wrong checksum is one, whoever looks: five right
# datagrams and five wrong ones to a port where nobody listens.
wrong() {
	local ports errors
	ports=$(_udp_count b NoPorts)
	errors=$(_udp_count b InCsumErrors)
	_run _inside a python3 - "$(_inside b cat /sys/class/net/eth0/address)" <<'PY'
import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0x0800))
def checksum(data):
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return n ^ 0xffff
source, to = socket.inet_aton("10.9.0.1"), socket.inet_aton("10.9.0.2")
for i in range(10):
    data = bytes(range(64))
    udp = struct.pack("!HHHH", 4000 + i, 5011, 72, 0) + data
    right = checksum(source + to + struct.pack("!HH", 17, 72) + udp)
    udp = udp[:6] + struct.pack("!H", right ^ (i & 1)) + data
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 92, i, 0, 64, 17, 0) + source + to
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    to_mac = bytes.fromhex(sys.argv[1].replace(":", ""))
    s.send(to_mac + s.getsockname()[4] + b"\x08\0" + ip + udp)
PY
	counted() {
		echo $(($(_udp_count b InCsumErrors) - errors)) $(($(_udp_count b NoPorts) - ports))
	}
	as_sent() { [ "$(counted)" = "5 5" ]; }
	_wait_for 5 as_sent || _fail "$1: five wrong datagrams and five right ones were sent;" \
		"refused and taken were $(counted)"
}
wrong "receive checksums on"
feature b rx rx-checksumming off
wrong "receive checksums off"
traffic "receive checksums off"
feature b rx rx-checksumming on
feature b gro generic-receive-offload on
traffic "GRO"
[ "${FRAMES[over]}" -ge 50 ] || _fail "GRO joined only ${FRAMES[over]} packets"
feature b gro generic-receive-offload off

# The host joins segments.
feature b "${rsc[@]}" on
joined=$(_host n1 rx-rsc)
traffic "RSC"
# Writes of every length: the host divides what it joined where its sections end,
# and the last fragment can have any length.
odd() {
	python3 -c '
import os, random, time
r = random.Random(1)
data = r.randbytes(1 << 14)
for i in range(1500):
    os.write(1, data[:r.randrange(1, 1 << 14)])
    time.sleep(0.001)'
}
_stream a b 10.9.0.2 odd
read -r joined_now all <<<"$(_host n1 rx-rsc rx-rsc-segments)"
_note "RSC: the host joined $all segments to $((joined_now - joined)) packets"
[ $((joined_now - joined)) -ge 20 ] || _fail "RSC: the host joined hardly anything"
[ "${FRAMES[over]}" -ge 20 ] || _fail "RSC: only ${FRAMES[over]} long packets came up"
if _ours; then
	got=$(_inside b ethtool -S eth0 | awk '/rx_lro_packets/ { print $2 }')
	[ "$got" = "$joined_now" ] ||
		_fail "RSC: the host joined $joined_now packets, the driver counts $got"
	refused=$(_inside b ethtool -S eth0 |
		awk '/malformed|stray/ { s += $2 } END { print s + 0 }')
	[ "$refused" = 0 ] || _fail "RSC: the driver refused $refused pieces"
fi
feature b "${rsc[@]}" off
traffic "RSC off"
[ "$(_host n1 rx-rsc)" = "$joined_now" ] || _fail "RSC is off, but the host joins packets"
[ "${FRAMES[over]}" = 0 ] || _fail "a frame of ${FRAMES[longest]} bytes on the wire"
