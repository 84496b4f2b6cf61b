# shellcheck shell=bash
# A VF of the first of a pair of adapters: whose path data take, and whether a
# stream notices. To be sourced after net.sh.

# $VF: the VF that is joined to eth0 of a, if there is one.
VF=
_vf_joined() {
	VF=$(_inside a ip -o link show master eth0 | awk -F': ' '{ print $2 }')
	[ -n "$VF" ]
}
_vf_left() { ! _vf_joined; }

# _vf_plug DEVICE-PROPERTIES, _vf_unplug: the device "vf" of the host.
_vf_plug() {
	_run _device_add "$1"
	_wait_for 20 _vf_joined || _fail "no VF is joined to eth0"
}
_vf_unplug() {
	_run _device_del vf
	_wait_for 20 _vf_left || _fail "the VF stays"
}

# _vf_counts: packets of the VF's own counting and of the host's, sent and received.
_vf_counts() {
	local vf="0 0"
	[ -z "$VF" ] || vf=$(_inside a cat "/sys/class/net/$VF/statistics/"{tx,rx}_packets | xargs)
	echo "$vf $(_host n0 tx-packets rx-packets)"
}
# _vf_grew FROM TO: the counters of one path, by 100 both ways, and not of the other.
_vf_grew() {
	local before after i by
	read -ra before <<<"$(_vf_counts)"
	sleep 0.5
	read -ra after <<<"$(_vf_counts)"
	for i in 0 1 2 3; do by[i]=$((after[i] - before[i])); done
	[ "${by[$1]}" -ge 100 ] && [ "${by[$1 + 1]}" -ge 100 ] && [ "${by[$2]}" -le 9 ]
}
_on_path() { [ "$(_host n0 data-path)" = "$1" ]; }

# _by_vf WHEN, _by_nic WHEN: the host's data path, and what the frames really do.
_by_vf() {
	_wait_for 15 _on_path 1 || _fail "$1: the data path is not that of the VF"
	_wait_for 15 _vf_grew 0 2 || _fail "$1: data do not take the path of the VF"
	_note "$1: by the VF"
}
_by_nic() {
	_wait_for 15 _on_path 0 || _fail "$1: the data path is not the synthetic one"
	_wait_for 15 _vf_grew 2 0 || _fail "$1: data do not take the synthetic path"
	_note "$1: by the synthetic adapter"
}

# _through FROM TO ADDRESS COMMAND...: what the command does, with a stream.
_endless() { until [ -e /run/enough ]; do cat /run/blob; done; }
_through() {
	local from=$1 to=$2 address=$3 stream ping
	shift 3
	rm -f /run/enough
	(_stream "$from" "$to" "$address" _endless) &
	stream=$!
	ip netns exec b ping -i 0.1 10.9.0.1 >/run/ping &
	ping=$!
	"$@"
	: >/run/enough
	wait $stream || _fail "$from to $to: the stream did not get through"
	kill -INT $ping
	wait $ping
	_note "$from to $to: $(grep received /run/ping)"
	grep -q 'DUP!' /run/ping && _fail "a frame came twice"
	awk '/received/ { exit $4 < 0.8 * $1 }' /run/ping || _fail "too many echoes are lost"
}
