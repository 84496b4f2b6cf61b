#!/bin/bash
# Data take the path of a VF and leave it again: no connection is lost, no frame comes twice.
# drivers: ours intree
# kernel: plain debug kcsan
# control: long
# timeout: 300
# boot: --bare --append hv_netvsc.sriov=1
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -netdev hubport,id=h1,hubid=0"
# boot: --qemu "-netdev hubport,id=hv,hubid=0"
# boot: --qemu "-device hv-net,id=n0,netdev=h0,mac=52:54:00:12:34:01,vf-netdev=hv"
# boot: --qemu "-device hv-net,id=n1,netdev=h1,mac=52:54:00:12:34:02"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
_run modprobe e1000
# The in-tree driver looks for the VF by its slot.
SLOT=9
_knob n0 x-vf-serial $SLOT

VF=
joined() {
	VF=$(_inside a ip -o link show master eth0 | awk -F': ' '{ print $2 }')
	[ -n "$VF" ]
}
left() { ! joined; }
plug() {
	_run _device_add "e1000,id=vf,netdev=hv,mac=52:54:00:12:34:01,addr=$SLOT.0,romfile="
	_wait_for 20 joined || _fail "no VF is joined to eth0"
}
unplug() {
	_run _device_del vf
	_wait_for 20 left || _fail "the VF stays"
}

# counts: packets of the VF's own counting and of the host's, sent and received.
counts() {
	local vf="0 0"
	[ -z "$VF" ] || vf=$(_inside a cat "/sys/class/net/$VF/statistics/"{tx,rx}_packets | xargs)
	echo "$vf $(_host n0 tx-packets rx-packets)"
}
# grew FROM TO: the counters of one path, by 100 both ways, and not of the other.
grew() {
	local before after i by
	read -ra before <<<"$(counts)"
	sleep 0.5
	read -ra after <<<"$(counts)"
	for i in 0 1 2 3; do by[i]=$((after[i] - before[i])); done
	[ "${by[$1]}" -ge 100 ] && [ "${by[$1 + 1]}" -ge 100 ] && [ "${by[$2]}" -le 9 ]
}
on_path() { [ "$(_host n0 data-path)" = "$1" ]; }
# by_vf WHEN, by_nic WHEN: the host's data path, and what the frames really do.
by_vf() {
	_wait_for 15 on_path 1 || _fail "$1: the data path is not that of the VF"
	_wait_for 15 grew 0 2 || _fail "$1: data do not take the path of the VF"
	_note "$1: by the VF"
}
by_nic() {
	_wait_for 15 on_path 0 || _fail "$1: the data path is not the synthetic one"
	_wait_for 15 grew 2 0 || _fail "$1: data do not take the synthetic path"
	_note "$1: by the synthetic adapter"
}

# Whatever may happen to a VF, with a stream FROM TO ADDRESS.
endless() { until [ -e /run/enough ]; do cat /run/blob; done; }
through() {
	local stream ping
	rm -f /run/enough
	(_stream "$1" "$2" "$3" endless) &
	stream=$!
	ip netns exec b ping -i 0.1 10.9.0.1 >/run/ping &
	ping=$!
	happen
	: >/run/enough
	wait $stream || _fail "$1 to $2: the stream did not get through"
	kill -INT $ping
	wait $ping
	_note "$1 to $2: $(grep received /run/ping)"
	grep -q 'DUP!' /run/ping && _fail "a frame came twice"
	awk '/received/ { exit $4 < 0.8 * $1 }' /run/ping || _fail "too many echoes are lost"
}
happen() {
	plug
	by_nic "plugged in"
	_knob n0 x-vf-associated true
	by_vf "associated"
	_run ip -n a link set "$VF" down
	by_nic "VF down"
	_run ip -n a link set "$VF" up
	by_vf "VF up"
	_run _qmp set_link '{"name":"vf","up":false}'
	by_nic "link lost"
	_run _qmp set_link '{"name":"vf","up":true}'
	by_vf "link back"
	_knob n0 x-vf-associated false
	by_nic "taken back"
	_knob n0 x-vf-associated true
	by_vf "given again"
	if _ours; then
		_knob n0 x-switch-data-path true
		by_nic "the host switched"
		_knob n0 x-vf-associated false
		_knob n0 x-vf-associated true
		by_vf "given a third time"
	fi
	_run ip -n a link set eth0 mtu 4000
	by_vf "MTU"
	[ "$(_inside a cat "/sys/class/net/$VF/mtu")" = 4000 ] || _fail "the VF has another MTU"
	_run ip -n a link set eth0 mtu 1500
	by_vf "MTU again"
	unplug
	by_nic "pulled out"
	plug
	by_vf "plugged in again"
	unplug
	by_nic "pulled out again"
	_knob n0 x-vf-associated false
}

through a b 10.9.0.2
through b a 10.9.0.1

# What is set on eth0 holds for the VF.
flags() { [ $(($(_inside a cat "/sys/class/net/$VF/flags") & $1)) = $(($2)) ]; }
plug
_knob n0 x-vf-associated true
_wait_for 15 on_path 1 || _fail "the data path is not that of the VF"
flags 0x800 0x800 || _fail "the VF is no slave"
_inside a ip -6 addr show dev "$VF" | _has . && _fail "the VF has an address"
_run ip -n b neigh flush dev eth0
_run _inside b ping -q -c 1 -W 5 fd09::1
if _ours; then
	_run ip -n a link set eth0 promisc on
	flags 0x100 0x100 || _fail "the VF filters"
	_run ip -n a link set eth0 promisc off
	flags 0x100 0 || _fail "the VF does not filter any more"
fi
_run ip -n a link set eth0 down
_wait_for 15 on_path 0 || _fail "down: the data path stays that of the VF"
flags 1 0 || _fail "the VF stays up"
_run ip -n a link set eth0 up
_wait_for 15 on_path 1 || _fail "up: the data path is not that of the VF again"
_wait_for 15 _inside b ping -q -c 1 -W 1 10.9.0.1 || _fail "no traffic after down and up"

# The driver goes first.
_run rmmod hv_netvsc
_inside a ip -o link show "$VF" | _has master && _fail "the VF has a master still"
_run _device_del vf
