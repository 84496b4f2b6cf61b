#!/bin/bash
# Every kernel message of netconsole reaches the far end in order while the adapter is busy.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 180
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=3,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,subchannels=3,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
_run modprobe netconsole
mkdir -p /run/config
_run mount -t configfs none /run/config
target=/run/config/netconsole/far
_run mkdir $target
echo eth0 >$target/dev_name
echo 10.9.0.1 >$target/local_ip
echo 10.9.0.2 >$target/remote_ip
echo 6666 >$target/remote_port
_inside b cat /sys/class/net/eth0/address >$target/remote_mac

# The far end: one datagram, one line.
ip netns exec b python3 -u -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
s.bind(("10.9.0.2", 6666))
print("listening")
while True:
    print(s.recv(2000).decode(errors="replace").strip())
' >/run/messages &
_wait_for 30 grep -q listening /run/messages || _fail "nobody listens"
# The adapter is looked for where the writer is.
_run _inside a bash -c "echo 1 >$target/enabled"
# messages FROM COUNT WHEN: numbered messages, and the far end has just these.
messages() {
	local i
	: >/run/want
	for ((i = $1; i < $1 + $2; i++)); do
		echo "<3>hv-message $i $filler" >/dev/kmsg || _fail "no message to the kernel"
		echo "hv-message $i $filler" >>/run/want
	done
	_wait_for 10 grep -q "hv-message $((i - 1)) " /run/messages || true
	grep -o 'hv-message .*' /run/messages | tail -n "+$(($1 + 1))" >/run/got
	cmp -s /run/want /run/got ||
		_fail "$3: $2 messages were sent, $(wc -l </run/got) arrived; first difference:" \
			"$(diff /run/want /run/got | sed -n '1,3p')"
	_note "$3: $2 messages arrive, in order"
}
filler=$(printf 'x%.0s' {1..300})
n=$(_long 2000 100)
messages 0 "$n" "idle"

# Streams of the same adapter, each way, meanwhile.
for to in a:b:10.9.0.2:5201 b:a:10.9.0.1:5202; do
	IFS=: read -r from at addr port <<<"$to"
	ip netns exec "$at" iperf3 -s -1 -p "$port" >/dev/null 2>&1 &
	listens() { _inside "$at" ss -Hltn "sport = $port" | _has .; }
	_wait_for 30 listens || _fail "iperf3 does not listen"
	ip netns exec "$from" iperf3 -c "$addr" -p "$port" -P 4 -t 600 >/dev/null 2>&1 &
	load[port]=$!
done
sleep 1
before=$(_inside a cat /sys/class/net/eth0/statistics/tx_packets)
messages "$n" "$n" "under load"
after=$(_inside a cat /sys/class/net/eth0/statistics/tx_packets)
[ $((after - before)) -ge $((n * 5)) ] ||
	_fail "there was no load: $((after - before)) packets in all"
kill "${load[@]}"
_run _inside a ping -q -c 2 -i 0.2 -W 2 10.9.0.2

# Down, and up again: no message is lost after it.
_run ip -n a link set eth0 down
echo "<3>nobody hears this" >/dev/kmsg
_run ip -n a link set eth0 up
sleep 1
if [ "$(cat $target/enabled)" != 1 ]; then _run _inside a bash -c "echo 1 >$target/enabled"; fi
_wait_for 10 _inside a ping -q -c 1 -W 1 10.9.0.2 || _fail "no traffic after down and up"
messages $((2 * n)) 20 "up again"
echo 0 >$target/enabled
rmdir $target
