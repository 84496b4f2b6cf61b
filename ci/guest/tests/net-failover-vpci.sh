#!/bin/bash
# A VF that comes by PCI pass-through: data move to it and back, and no connection is lost.
# drivers: ours intree
# kernel: plain
# control: long
# timeout: 300
# boot: --bare --qemu "-netdev hubport,id=h0,hubid=0 -netdev hubport,id=h1,hubid=0"
# boot: --qemu "-netdev hubport,id=hv,hubid=0 -device hv-pci,id=vpci,serial=1001"
# boot: --qemu "-device hv-net,id=n0,netdev=h0,mac=52:54:00:12:34:01,vf-netdev=hv"
# boot: --qemu "-device hv-net,id=n1,netdev=h1,mac=52:54:00:12:34:02"
. /job/lib/common.sh
. /job/lib/net.sh
. /job/lib/vf.sh
# The drivers announce that they can have a VF only where one can come.
[ ! -e /sys/module/hv_netvsc/parameters/sriov ] ||
	[ "$(</sys/module/hv_netvsc/parameters/sriov)" = Y ] || _fail "a VF is not asked for"
_pair_up
_run modprobe e1000e
_run modprobe pci_hyperv
# The in-tree driver looks for the VF by this number, which no slot of ACPI has.
_knob n0 x-vf-serial 1001

plug() { _vf_plug "e1000e,id=vf,bus=vpci.0,netdev=hv,mac=52:54:00:12:34:01,romfile="; }
ejected() { [ "$(_prop vpci x-ejections)" = "$1" ]; }
taken() {
	_wait_for 10 ejected "$1" || _fail "the guest did not let go of the VF when it was asked"
	_wait_for 10 closed || _fail "the bus of the VF is there without it"
}
closed() { [ "$(_prop vpci x-state)" = closed ]; }
begun=0

happen() {
	# Mainline's driver takes it that the word comes first, and waits with all locks.
	_ours || _knob n0 x-vf-associated true
	plug
	! _ours || _by_nic "plugged in"
	_knob n0 x-vf-associated true
	_by_vf "associated"
	# First the word, to which mainline's driver does nothing, and then the device.
	_knob n0 x-vf-associated false
	! _ours || _by_nic "taken back"
	_vf_unplug
	taken $((begun + 1))
	_by_nic "ejected"
	_knob n0 x-vf-associated true
	plug
	_by_vf "given again"
	# Without a word before.
	_vf_unplug
	taken $((begun + 2))
	_by_nic "ejected in use"
	plug
	_by_vf "given a third time"
	# The driver of the bus goes, and all that is behind it.
	_run rmmod pci_hyperv
	_wait_for 20 _vf_left || _fail "the VF stays without its bus"
	_by_nic "without a bus"
	_run modprobe pci_hyperv
	_wait_for 20 _vf_joined || _fail "no VF with the bus"
	_by_vf "with a bus again"
	_knob n0 x-vf-associated false
	_vf_unplug
	taken $((begun + 3))
	begun=$((begun + 3))
}

_through a b 10.9.0.2 happen
_through b a 10.9.0.1 happen
[ "$(_prop vpci x-strays)" = 0 ] || _fail "$(_prop vpci x-strays) messages that nobody wants"
_note "$(_prop vpci x-messages) messages"
