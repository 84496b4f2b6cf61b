# shellcheck shell=bash
# Two adapters on one hub, each in a network namespace: a and b, with addresses
# 10.9.0.1 and 10.9.0.2 (fd09::1, fd09::2). Boot with
# --bare --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0
#   -netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1"
pair_up() {
	local n=1 ns
	for ns in a b; do
		local dev
		dev=$(nic 1)
		[ -n "$dev" ] || fail "two adapters are offered, not two seen"
		ip netns add $ns
		ip link set "$dev" netns $ns name eth0
		ip -n $ns link set lo up
		ip -n $ns link set eth0 up
		ip -n $ns addr add 10.9.0.$n/24 dev eth0
		ip -n $ns addr add fd09::$n/64 dev eth0 nodad
		n=2
	done
	wait_for 10 ip netns exec a ping -q -c 1 -W 1 10.9.0.2 || fail "the pair does not talk"
}

# tcp FROM TO ADDRESS MIB: a stream with its MD5 compared at the far end.
tcp() {
	local sent got
	[ -e /run/blob ] || dd if=/dev/urandom of=/run/blob bs=1M count=8 status=none
	ip netns exec "$2" nc -l -N "$3" 5001 </dev/null | md5sum >/run/got &
	wait_for 5 listening "$2" || fail "nc does not listen"
	blobs "$(($4 / 8))" | tee >(md5sum >/run/sent) | ip netns exec "$1" nc -N "$3" 5001 >/dev/null ||
		fail "tcp $1 to $2: the stream broke"
	wait $!
	sent=$(</run/sent)
	got=$(</run/got)
	if [ -z "$sent" ] || [ "$sent" != "$got" ]; then fail "tcp $1 to $2: sent $sent, received $got"; fi
}
blobs() { local i; for ((i = 0; i < $1; i++)); do cat /run/blob; done; }
listening() { ip netns exec "$1" ss -Hltn 'sport = 5001' | grep -q .; }
