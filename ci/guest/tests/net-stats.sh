#!/bin/bash
# Device, ethtool, netlink and host count the same packets and bytes, per queue and in all.
# drivers: ours
# kernel: plain debug kcsan rt
# timeout: 240
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=3,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,subchannels=3,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
# Nobody asks for a neighbour while counters are being compared.
for ns in a:1:b:2 b:2:a:1; do
	IFS=: read -r ns _ other n <<<"$ns"
	for addr in 10.9.0.$n fd09::$n; do
		_run ip -n "$ns" neigh replace "$addr" dev eth0 nud permanent \
			lladdr "$(_inside "$other" cat /sys/class/net/eth0/address)"
	done
done

# Each prints tx packets, tx bytes, rx packets, rx bytes of a namespace's adapter.
from_host() { _host "$1" tx-packets tx-bytes rx-packets rx-bytes; }
from_device() {
	_inside "$1" cat /sys/class/net/eth0/statistics/{tx,rx}_{packets,bytes} | xargs
}
from_netlink() {
	_inside "$1" qstats eth0 | awk -v where="$2" '
		$1 ~ "^" where { s[$2] += $3 }
		END {
			print s["tx-packets"] + 0, s["tx-bytes"] + 0,
				s["rx-packets"] + 0, s["rx-bytes"] + 0
		}'
}
from_ethtool() {
	_inside "$1" ethtool -S eth0 | awk '
		{ sub(":", "", $1) }
		$1 ~ /_queue_[0-9]*_(packets|bytes)$/ { sub("_queue_[0-9]*", "", $1); s[$1] += $2 }
		END {
			print s["tx_packets"] + 0, s["tx_bytes"] + 0,
				s["rx_packets"] + 0, s["rx_bytes"] + 0
		}'
}
# agree WHEN [part]: all say the same, once the last neighbour has spoken.
# "part": some queues are not in use any more, the others do not make up all.
agree() {
	local ns id
	for ns in a:n0 b:n1; do
		id=${ns#*:} ns=${ns%:*}
		same() {
			said=("device: $(from_device "$ns")" "netlink: $(from_netlink "$ns" device)"
				"host: $(from_host "$id")")
			[ "$1" = part ] || said+=(
				"netlink's queues: $(from_netlink "$ns" '(rx|tx)')"
				"ethtool's queues: $(from_ethtool "$ns")"
				"host: $(from_host "$id")")
			[ "$(printf '%s\n' "${said[@]#*: }" | sort -u | wc -l)" = 1 ]
		}
		_wait_for 60 same "${2:-}" || _fail "$1, $ns: $(printf '%s; ' "${said[@]}")"
		_note "$1, $ns: ${#said[@]} times the same tx packets and bytes, rx packets and" \
			"bytes: ${said[0]#*: }"
	done
}

# Under load no counter ever goes back.
watch() {
	local line old=(0 0 0 0) i
	until [ -e /run/enough ]; do
		read -ra line <<<"$(from_device a)"
		for i in 0 1 2 3; do
			[ "${line[i]}" -lt "${old[i]}" ] || continue
			echo "${old[*]} then ${line[*]}" >/run/back
			return
		done
		old=("${line[@]}")
	done
}

agree "at first"
watch &
watcher=$!
for i in 1 2; do
	_tcp a b 10.9.0.2 "$(_long 256 8)"
	_tcp b a fd09::1 "$(_long 256 8)"
done
: >/run/enough
wait $watcher
[ ! -e /run/back ] || _fail "a counter went back: $(</run/back)"
agree "TCP with segmentation by the host"
for ns in a b; do _run _inside $ns ethtool -K eth0 tso off tx off gro off lro off; done
_tcp a b 10.9.0.2 8
_udp a b 10.9.0.2 500 1 500
agree "TCP and UDP without offloads"
for ns in a b; do _run _inside $ns ethtool -K eth0 tx on tso on gro on; done

# What was counted by queues that are gone stays counted.
_run _inside a ethtool -L eth0 combined 2
_wait_for 10 _inside a ping -q -c 1 -W 1 10.9.0.2 || _fail "no answer with 2 channels"
_tcp a b 10.9.0.2 8
agree "2 channels of 4" part
_run _inside a ethtool -L eth0 combined 4
_wait_for 10 _inside a ping -q -c 1 -W 1 10.9.0.2 || _fail "no answer with 4 channels"
_tcp b a 10.9.0.1 8
agree "4 channels again"
_run _inside a ethtool -G eth0 rx 512 tx 64
_wait_for 10 _inside a ping -q -c 1 -W 1 10.9.0.2 || _fail "no answer with short rings"
_tcp b a 10.9.0.1 8
agree "short rings"
for rsc in rx-gro-hw lro; do _inside b ethtool -K eth0 $rsc on >/dev/null 2>&1; done
_tcp a b 10.9.0.2 8
agree "segments joined by the host"

_inside a ip -s -d link show eth0 >/run/show || _fail "ip -s -d"
_inside a ethtool -S eth0 | grep -E 'malformed|stray' | awk '$2 > 0' | grep . &&
	_fail "the driver refused messages"
true
