#!/bin/bash
# UDP: every size intact; under a flood each datagram arrives once or is counted as dropped.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 240
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=3,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,subchannels=3,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up

# Nothing may be lost while the far end keeps up: every size up to the MTU.
_udp a b 10.9.0.2 1472 1 1472
_udp b a 10.9.0.1 1472 1 1472
_udp a b fd09::2 1452 1 1452
_udp b a fd09::1 1452 1 1452
_note "every size arrives, each way, IPv4 and IPv6"

# stat NS NAME: a counter of the device.
stat() { _inside "$1" cat "/sys/class/net/eth0/statistics/$2"; }
qdisc_drops() {
	_inside "$1" tc -s qdisc show dev eth0 | awk '
		/dropped/ {
			gsub(",", "")
			for (i = 1; i < NF; i++)
				if ($i == "dropped")
					s += $(i + 1)
		}
		END { print s + 0 }'
}

# settled: host and guest agree on what passed, packet by packet.
settled() {
	local out in
	read -r out h_dropped <<<"$(_host n0 tx-packets tx-dropped)"
	read -r h_filtered h_early h_big h_lost <<<"$(
		_host n1 rx-filtered rx-not-ready rx-oversize rx-dropped)"
	in=$(_host n1 rx-packets)
	state="a sent $(stat a tx_packets), the host took $out + $h_dropped dropped;"
	state+=" it gave b $in, b counts $(stat b rx_packets)"
	[ $((out + h_dropped)) = "$(stat a tx_packets)" ] && [ "$in" = "$(stat b rx_packets)" ] &&
		[ "$out" = $((in + h_filtered + h_early + h_big + h_lost)) ]
}

# flood OPTIONS...: as fast as it goes; what is missing was counted somewhere.
flood() {
	local before after out i missing=0
	local what=("socket full" "qdisc" "a's driver" "a's device" "b's driver"
		"host, link down" "host, filter")
	places() {
		echo "$(_udp_count b RcvbufErrors) $(qdisc_drops a) $(stat a tx_dropped)" \
			"$(stat a tx_errors) $(stat b rx_dropped)" \
			"$(_host n0 tx-dropped) $(_host n1 rx-filtered)"
	}
	read -ra before <<<"$(places)"
	out=$(udp-seq "$@") || _fail "udp-seq $*"
	_wait_for 20 settled || _fail "the counts disagree: $state"
	read -ra after <<<"$(places)"
	_note "$out"
	for i in "${!before[@]}"; do
		n=$((after[i] - before[i]))
		missing=$((missing + n))
		[ "$n" = 0 ] || _note "  ${what[i]}: $n"
	done
	declare -gA U
	for i in $out; do U[${i%%=*}]=${i#*=}; done
	[ "${U[duplicate]}" = 0 ] || _fail "${U[duplicate]} datagrams came twice"
	[ "${U[corrupt]}" = 0 ] || _fail "${U[corrupt]} datagrams are not what was sent"
	[ "${U[lost]}" = "$missing" ] ||
		_fail "${U[lost]} datagrams are lost, $missing are accounted for"
}

count=$(_long 1000000 6000)
flood a b 10.9.0.2 "$count" 16 1472
[ "${U[reordered]}" = 0 ] || _fail "one flow, but ${U[reordered]} datagrams overtook others"
flood a b fd09::2 "$count" 16 64

# A far end that does not keep up: the loss is real, and all of it is counted.
flood -r 4096 a b 10.9.0.2 "$count" 16 1472
[ "${U[lost]}" -gt 0 ] || _fail "nothing was lost with a tiny buffer: this shows nothing"
true
