# shellcheck shell=bash
# Two adapters on one hub, each in a network namespace: a and b, with addresses
# 10.9.0.1 and 10.9.0.2 (fd09::1, fd09::2). Boot with
# --bare --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0
#   -netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1"
_pair_up() {
	local n=1 ns
	for ns in a b; do
		local dev
		dev=$(_nic 1)
		[ -n "$dev" ] || _fail "two adapters are offered, not two seen"
		ip netns add $ns
		ip link set "$dev" netns $ns name eth0
		ip -n $ns link set lo up
		ip -n $ns link set eth0 up
		ip -n $ns addr add 10.9.0.$n/24 dev eth0
		ip -n $ns addr add fd09::$n/64 dev eth0 nodad
		n=2
	done
	# What is sent before the neighbour is known waits in the stack, and may be
	# overtaken when it is let go: each asks for the other before a test counts.
	_wait_for 10 ip netns exec a ping -q -c 1 -W 1 10.9.0.2 || _fail "the pair does not talk"
	_wait_for 10 ip netns exec a ping -q -c 1 -W 1 fd09::2 ||
		_fail "the pair does not talk by IPv6"
}

# _tcp FROM TO ADDRESS MIB: a stream of that many MiB, in fours, with its MD5
# compared at the far end. stream FROM TO ADDRESS COMMAND...: of its output.
_tcp() { _stream "$1" "$2" "$3" _blobs "$(($4 / 4))"; }
_stream() {
	local from=$1 to=$2 address=$3 sent got
	shift 3
	[ -e /run/blob ] || dd if=/dev/urandom of=/run/blob bs=1M count=4 status=none
	rm -f /run/sent
	ip netns exec "$to" nc -l -N "$address" 5001 </dev/null | md5sum >/run/got &
	_wait_for 20 _listening "$to" || _fail "nc does not listen"
	"$@" | tee >(md5sum >/run/sent) | ip netns exec "$from" nc -N "$address" 5001 >/dev/null ||
		_fail "tcp $from to $to: the stream broke"
	wait $!
	# Nobody waits for a process substitution.
	_wait_for 10 test -s /run/sent || _fail "no sum of what was sent"
	sent=$(</run/sent)
	got=$(</run/got)
	[ -n "$sent" ] || _fail "no sum of what was sent"
	[ "$sent" = "$got" ] || _fail "tcp $from to $to: sent $sent, received $got"
}
_blobs() { local i; for ((i = 0; i < $1; i++)); do cat /run/blob; done; }
_listening() { ip netns exec "$1" ss -Hltn 'sport = 5001' | _has .; }

# _inside NS COMMAND...
_inside() { ip netns exec "$@"; }

# _inner_tcp KIND DEVICE: five frames from a to b with TCP inside of something,
# its checksum left to the device; are the checksums right that arrive at DEVICE?
_inner_tcp() {
	local receiver sums
	rm -f /run/inner
	ip netns exec b inner-tcp receive "$1" "$2" >/run/inner &
	receiver=$!
	_wait_for 20 grep -q ready /run/inner || _fail "nobody receives"
	_run _inside a inner-tcp send "$1" "$(_inside b cat /sys/class/net/eth0/address)"
	wait $receiver || _fail "$1: the frames do not arrive: $(</run/inner)"
	sums=$(tail -n 1 /run/inner)
	_note "TCP in $1, checksums right and wrong: $sums"
	[ "$sums" = "5 0" ]
}

# _udp FROM TO ADDRESS COUNT MIN MAX: numbered datagrams of every size, in small
# windows: not one may be lost, and each comes byte by byte as it was sent.
_udp() {
	local out
	out=$(udp-seq -w 32 "$@") || _fail "udp $*"
	case $out in
	"sent=$4 received=$4 lost=0 duplicate=0 corrupt=0 reordered=0 full=0") ;;
	*) _fail "udp $*: $out" ;;
	esac
}

# _udp_count NS NAME: one of UDP's own counters, see /proc/net/snmp.
_udp_count() {
	_inside "$1" cat /proc/net/snmp |
		awk -v n="$2" '
			/^Udp:/ && at { print $at }
			/^Udp:/ { for (i = 1; i <= NF; i++) if ($i == n) at = i }'
}

# _host ID COUNTER...: the host's counters of adapter ID, its queues' summed up.
_host() {
	local id=$1
	shift
	_qmp qom-get "{\"path\":\"/machine/peripheral/$id\",\"property\":\"x-stats\"}" |
		awk -v names="$*" '
		function counter(name,	rest, sum, found) {
			rest = $0
			while (match(rest, "\"" name "\": [0-9]+")) {
				found = 1
				sum += substr(rest, RSTART + length(name) + 4)
				rest = substr(rest, RSTART + RLENGTH)
			}
			return found ? sum + 0 : "?"
		}
		{
			n = split(names, name)
			for (i = 1; i <= n; i++)
				printf "%s%s", counter(name[i]), i < n ? " " : "\n"
		}' || _fail "the host does not say $* of $id"
}

# _look NS: from now on every frame that comes in is looked at (tools/src/frames.c).
# _looked: ends that; what was seen is in FRAMES[frames], FRAMES[longest], ...
_look() {
	ip netns exec "$1" frames eth0 >/run/frames.out &
	LOOKER=$!
	_wait_for 20 grep -q ready /run/frames.out || _fail "nobody looks at frames"
}
declare -A FRAMES
_looked() {
	local word
	kill "$LOOKER"
	wait "$LOOKER" || _fail "the look at frames failed"
	# shellcheck disable=SC2034 # for the tests
	for word in $(tail -n 1 /run/frames.out); do FRAMES[${word%%=*}]=${word#*=}; done
}
