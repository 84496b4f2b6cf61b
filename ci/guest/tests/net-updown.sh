#!/bin/bash
# Down, up and link flaps under a TCP stream: it ends whole, no queue or memory is lost.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# when: long
# timeout: 300
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=3,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,subchannels=3,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
. /job/lib/leaks.sh
_pair_up
if ! _ours; then for ns in a b; do _inside $ns ethtool -L eth0 combined 4; done; fi
channels() { _inside a ethtool -l eth0 | awk '/^Combined/ { n = $2 } END { print n }'; }
four() { [ "$(channels)" = 4 ]; }
_wait_for 10 four || _fail "$(channels) channels, not 4"

cycle() {
	ip -n a link set eth0 down || _fail "down"
	ip -n a link set eth0 up || _fail "up"
}
flap() {
	_run _qmp set_link '{"name":"n0","up":false}'
	_wait_for 10 carrier 0 || _fail "the carrier stays on"
	_run _qmp set_link '{"name":"n0","up":true}'
	_wait_for 10 carrier 1 || _fail "the carrier stays off"
}
carrier() { [ "$(_inside a cat /sys/class/net/eth0/carrier)" = "$1" ]; }

# Memory is compared with both adapters down and their queues made anew: for as
# long as a queue lives, its page pool keeps what the load once needed.
afresh() {
	local ns
	both down
	for ns in a b; do
		_run _inside "$ns" ethtool -L eth0 combined 3
		_run _inside "$ns" ethtool -L eth0 combined 4
	done
	_wait_for 10 four || _fail "$(channels) channels, not 4"
}
both() { for ns in a b; do ip -n "$ns" link set eth0 "$1" || _fail "$ns: $1"; done; }
answers() { _inside a ping -q -c 1 -W 1 10.9.0.2; }
# load ROUNDS: one stream that lasts as long as what is done to the adapter, and ends whole.
feed() {
	until [ -e /run/enough ]; do cat /run/blob; done
	cat /run/blob
}
# The listener has closed its own side: half-closed still counts as connected.
flowing() { _inside a ss -Htn state connected 'dport = 5001' | _has .; }
load() {
	local rounds=$1 pid passed i
	rm -f /run/enough
	_stream a b 10.9.0.2 feed &
	pid=$!
	_wait_for 20 flowing || _fail "no stream"
	passed=$(_host n0 tx-bytes)
	for ((i = 0; i < rounds; i++)); do
		cycle
		[ $((i % 10)) != 9 ] || flap
		kill -0 $pid 2>/dev/null || _fail "round $i: the stream broke"
		sleep 0.2
	done
	passed=$(($(_host n0 tx-bytes) - passed))
	: >/run/enough
	wait $pid || _fail "the stream is not whole"
	_note "$rounds times down and up, $((passed >> 20)) MiB passed meanwhile," \
		"the stream is whole"
	[ "$passed" -ge $((rounds * 10000)) ] || _fail "there was no load: $passed bytes"
}
load 10
afresh
_leak_start
both up
_wait_for 20 answers || _fail "the pair does not talk"
rounds=$(_long 1000 20)
load "$rounds"
afresh
_leak_end "$rounds"
both up
_wait_for 20 answers || _fail "the pair does not talk any more"

# Every queue still works, on both sides.
[ "$(channels)" = 4 ] || _fail "$(channels) channels are left of 4"
queues() {
	_qmp qom-get '{"path":"/machine/peripheral/n0","property":"x-stats"}' | _json '" ".join(
		"%d %d" % (q["tx-packets"], q["rx-packets"]) for q in d["return"]["queues"])'
}
iperf_listens() { _inside "$1" ss -Hltn 'sport = 5201' | _has .; }
read -ra old <<<"$(queues)"
for to in a:b:10.9.0.2 b:a:10.9.0.1; do
	IFS=: read -r from at addr <<<"$to"
	_inside "$at" iperf3 -s -1 -D >/dev/null
	_wait_for 20 iperf_listens "$at" || _fail "iperf3 does not listen"
	_run _inside "$from" iperf3 -c "$addr" -P 16 -n 48M
done
read -ra new <<<"$(queues)"
for i in "${!old[@]}"; do
	[ $((new[i] - old[i])) -ge 5 ] ||
		_fail "a queue does not work: before ${old[*]}, then ${new[*]}"
done

for what in -l -g -k -c -x -S -i -d -T ''; do
	# shellcheck disable=SC2086 # an empty one is meant as well
	_inside a ethtool $what eth0 >/run/answer 2>&1 || ! _ours ||
		_fail "ethtool $what: $(tail -n 3 /run/answer)"
	[ -s /run/answer ] || _fail "ethtool $what says nothing"
done
true
