#!/bin/bash
# Down and up, link flaps, under a TCP stream that ends whole: no queue and no memory is lost, and ethtool answers.
# drivers: ours intree
# control: long
# kernel: plain debug
# when: long
# boot: --bare --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=3,netdev=h0 -netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,subchannels=3,netdev=h1"
# timeout: 300
. /job/lib.sh
. /job/net-pair.sh
. /job/leaks.sh
pair_up
if ! ours; then for ns in a b; do inside $ns ethtool -L eth0 combined 4; done; fi
channels() { inside a ethtool -l eth0 | awk '/^Combined/ { n = $2 } END { print n }'; }
four() { [ "$(channels)" = 4 ]; }
wait_for 10 four || fail "$(channels) channels, not 4"

cycle() {
	ip -n a link set eth0 down || fail "down"
	ip -n a link set eth0 up || fail "up"
}
flap() {
	qmp set_link '{"name":"n0","up":false}' >/dev/null || fail "set_link"
	wait_for 10 carrier 0 || fail "the carrier stays on"
	qmp set_link '{"name":"n0","up":true}' >/dev/null || fail "set_link"
	wait_for 10 carrier 1 || fail "the carrier stays off"
}
carrier() { [ "$(inside a cat /sys/class/net/eth0/carrier)" = "$1" ]; }

# Memory is compared with both adapters down and their queues made anew: for as
# long as a queue lives, its page pool keeps what the load once needed.
afresh() {
	local ns
	both down
	for ns in a b; do
		run inside "$ns" ethtool -L eth0 combined 3
		run inside "$ns" ethtool -L eth0 combined 4
	done
	wait_for 10 four || fail "$(channels) channels, not 4"
}
both() { for ns in a b; do ip -n "$ns" link set eth0 "$1" || fail "$ns: $1"; done; }
answers() { inside a ping -q -c 1 -W 1 10.9.0.2; }
# load ROUNDS: one stream that lasts as long as what is done to the adapter, and ends whole.
feed() {
	until [ -e /run/enough ]; do cat /run/blob; done
	cat /run/blob
}
# The listener has closed its own side: half-closed is connected, too.
flowing() { inside a ss -Htn state connected 'dport = 5001' | grep -q .; }
load() {
	local rounds=$1 pid passed i
	rm -f /run/enough
	stream a b 10.9.0.2 feed &
	pid=$!
	wait_for 20 flowing || fail "no stream"
	passed=$(host n0 tx-bytes)
	for ((i = 0; i < rounds; i++)); do
		cycle
		[ $((i % 10)) != 9 ] || flap
		kill -0 $pid 2>/dev/null || fail "round $i: the stream broke"
		sleep 0.2
	done
	passed=$(($(host n0 tx-bytes) - passed))
	: >/run/enough
	wait $pid || fail "the stream is not whole"
	note "$rounds times down and up, $((passed >> 20)) MiB passed meanwhile, the stream is whole"
	[ "$passed" -ge $((rounds * 10000)) ] || fail "there was no load: $passed bytes"
}
load 10
afresh
leak_start
both up
wait_for 20 answers || fail "the pair does not talk"
rounds=$(long 1000 20)
load "$rounds"
afresh
leak_end "$rounds"
both up
wait_for 20 answers || fail "the pair does not talk any more"

# Every queue still works, on both sides.
[ "$(channels)" = 4 ] || fail "$(channels) channels are left of 4"
queues() {
	qmp qom-get '{"path":"/machine/peripheral/n0","property":"stats"}' |
		json '" ".join("%d %d" % (q["tx-packets"], q["rx-packets"]) for q in d["return"]["queues"])'
}
iperf_listens() { inside "$1" ss -Hltn 'sport = 5201' | grep -q .; }
read -ra old <<<"$(queues)"
for to in a:b:10.9.0.2 b:a:10.9.0.1; do
	IFS=: read -r from at addr <<<"$to"
	inside "$at" iperf3 -s -1 -D >/dev/null
	wait_for 20 iperf_listens "$at" || fail "iperf3 does not listen"
	run inside "$from" iperf3 -c "$addr" -P 16 -n 48M
done
read -ra new <<<"$(queues)"
for i in "${!old[@]}"; do
	[ $((new[i] - old[i])) -ge 5 ] || fail "a queue does not work: before ${old[*]}, then ${new[*]}"
done

for what in -l -g -k -c -x -S -i -d -T ''; do
	# shellcheck disable=SC2086 # none is one, too
	inside a ethtool $what eth0 >/run/answer 2>&1 || { ours && fail "ethtool $what: $(tail -n 3 /run/answer)"; }
	[ -s /run/answer ] || fail "ethtool $what says nothing"
done
true
