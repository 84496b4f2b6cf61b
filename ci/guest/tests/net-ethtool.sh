#!/bin/bash
# What Documentation/networking describes for netvsc is taken: link settings, hash fields, names.
# drivers: ours intree
# kernel: plain debug rt
# boot: --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=3,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,subchannels=3,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up

# Bonding wants a speed and a duplex.
_run _inside a ethtool -s eth0 speed 10000 duplex full autoneg off
_inside a ethtool eth0 | _has 'Speed: 10000Mb/s' || _fail "the speed is not 10000"
_inside a ethtool eth0 | _has 'Duplex: Full' || _fail "the duplex is not full"

# The cure for fragments of datagrams that part on two queues.
fields() { _inside a ethtool -n eth0 rx-flow-hash "$1" | grep -c 'L4 bytes'; }
# queues: how many of a's take 160 datagrams of 40 ports, from all CPUs in turn.
queues() {
	per_queue() { _inside a ethtool -S eth0 | awk '/tx_queue_[0-9]*_packets/ { print $2 }'; }
	local before
	before=$(per_queue)
	_run _inside a python3 - <<'PY'
import itertools, os, socket
for _, cpu in zip(range(40), itertools.cycle(sorted(os.sched_getaffinity(0)))):
    os.sched_setaffinity(0, {cpu})
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for i in range(4):
        s.sendto(b"x", ("10.9.0.2", 9))
PY
	paste <(echo "$before") <(per_queue) | awk '$2 - $1 >= 10 { n++ } END { print n + 0 }'
}
if _ours; then
	_run _inside a ethtool -N eth0 rx-flow-hash udp4 sd
	n=$(queues)
	[ "$n" = 1 ] || _fail "the ports do not count, and datagrams take $n queues"
	_run _inside a ethtool -N eth0 rx-flow-hash udp4 sdfn
	n=$(queues)
	[ "$n" -ge 2 ] || _fail "the ports count, and all datagrams take one queue"
fi
for flow in tcp4 tcp6 udp4 udp6; do
	_run _inside a ethtool -N eth0 rx-flow-hash $flow sd
	[ "$(fields $flow)" = 0 ] || _fail "$flow: the ports still count"
	_udp a b 10.9.0.2 100 2000 4000
	_run _inside a ethtool -N eth0 rx-flow-hash $flow sdfn
	[ "$(fields $flow)" = 2 ] || _fail "$flow: the ports do not count"
done

# Counters that scripts read, by the names that they know.
_inside a ethtool -S eth0 >/run/stats
for name in tx_scattered tx_busy tx_send_full rx_comp_busy rx_no_memory stop_queue wake_queue \
	tx_no_memory tx_too_big tx_queue_0_packets rx_queue_0_bytes; do
	grep -q " $name:" /run/stats || _fail "ethtool -S does not say $name"
done
