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
. /job/lib/vf.sh
_pair_up
_run modprobe e1000
# The in-tree driver looks for the VF by its slot.
SLOT=9
_knob n0 x-vf-serial $SLOT

plug() { _vf_plug "e1000,id=vf,netdev=hv,mac=52:54:00:12:34:01,addr=$SLOT.0,romfile="; }

# Whatever may happen to a VF.
happen() {
	plug
	_by_nic "plugged in"
	_knob n0 x-vf-associated true
	_by_vf "associated"
	_run ip -n a link set "$VF" down
	_by_nic "VF down"
	_run ip -n a link set "$VF" up
	_by_vf "VF up"
	_run _qmp set_link '{"name":"vf","up":false}'
	_by_nic "link lost"
	_run _qmp set_link '{"name":"vf","up":true}'
	_by_vf "link back"
	_knob n0 x-vf-associated false
	_by_nic "taken back"
	_knob n0 x-vf-associated true
	_by_vf "given again"
	if _ours; then
		_knob n0 x-switch-data-path true
		_by_nic "the host switched"
		_knob n0 x-vf-associated false
		_knob n0 x-vf-associated true
		_by_vf "given a third time"
	fi
	_run ip -n a link set eth0 mtu 4000
	_by_vf "MTU"
	[ "$(_inside a cat "/sys/class/net/$VF/mtu")" = 4000 ] || _fail "the VF has another MTU"
	_run ip -n a link set eth0 mtu 1500
	_by_vf "MTU again"
	_vf_unplug
	_by_nic "pulled out"
	plug
	_by_vf "plugged in again"
	_vf_unplug
	_by_nic "pulled out again"
	_knob n0 x-vf-associated false
}

_through a b 10.9.0.2 happen
_through b a 10.9.0.1 happen

# What is set on eth0 holds for the VF.
flags() { [ $(($(_inside a cat "/sys/class/net/$VF/flags") & $1)) = $(($2)) ]; }
plug
_knob n0 x-vf-associated true
_wait_for 15 _on_path 1 || _fail "the data path is not that of the VF"
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
_wait_for 15 _on_path 0 || _fail "down: the data path stays that of the VF"
flags 1 0 || _fail "the VF stays up"
_run ip -n a link set eth0 up
_wait_for 15 _on_path 1 || _fail "up: the data path is not that of the VF again"
_wait_for 15 _inside b ping -q -c 1 -W 1 10.9.0.1 || _fail "no traffic after down and up"

# The driver goes first.
_run rmmod hv_netvsc
_inside a ip -o link show "$VF" | _has master && _fail "the VF has a master still"
_run _device_del vf
