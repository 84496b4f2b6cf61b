#!/bin/bash
# The kernel's own tests of network drivers (kselftest, drivers/net), on a pair of adapters.
# drivers: ours
# kernel: plain
# when: long
# timeout: 600
# boot: --selftests --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,netdev=h0,subchannels=3"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,netdev=h1,subchannels=3"
. /job/lib/common.sh
. /job/lib/net.sh
# On the plain kernel alone: these tests give the debug kernel seconds. No
# control: mainline's driver has no queue statistics, and its counters begin
# at 0 again after down and up, which stats.procfs_downup_hammer forbids.
_pair_up
# The tests take the link down, and give no address again.
for ns in a b; do
	_inside $ns sh -c 'echo 1 >/proc/sys/net/ipv6/conf/eth0/keep_addr_on_down' ||
		_fail "$ns: keep_addr_on_down"
done
tests=/job/linux/tools/testing/selftests/drivers/net
export NETIF=eth0 LOCAL_V4=10.9.0.1 REMOTE_V4=10.9.0.2 LOCAL_V6=fd09::1 REMOTE_V6=fd09::2
export REMOTE_TYPE=netns REMOTE_ARGS=b KSFT_MACHINE_SLOW=1 PYTHONDONTWRITEBYTECODE=1

# Not among them: xdp, whose program wants the kernel's BTF (net-xdp is ours).
# A line: a script, then the cases that this device has nothing for, each of
# which must say so: what is skipped unasked is a failure.
while read -r name lacks; do
	if [[ $name = napi_threaded && $(ethtool --json -l lo 2>&1) == *'bad command line'* ]]; then
		_note "$name: this ethtool does not print channels as JSON"
		continue
	fi
	_inside a python3 $tests/"$name".py </dev/null >/run/out 2>&1
	status=$?
	sed 's/^/  /' /run/out
	[ $status = 0 ] || _fail "$name: status $status"
	grep -q '^# Totals: pass:[1-9]' /run/out || _fail "$name: nothing passed"
	! grep -q '^not ok' /run/out || _fail "$name: $(grep '^not ok' /run/out)"
	skipped=$(sed -n 's/^ok [0-9]* \([^ ]*\) *# \(SKIP\|XFAIL\).*/\1/p' /run/out |
		sed 's/.*\.//' | xargs)
	[ "$skipped" = "$lacks" ] || _fail "$name: skipped '$skipped', not '$lacks'"
done <<-LIST
	queues
	stats check_pause check_fec check_fec_hist
	napi_id
	napi_threaded
	ring_reconfig reconfig_tx_stall
	ping test_xdp_offload
LIST
