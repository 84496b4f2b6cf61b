#!/bin/bash
# The sysfs ABI is complete and true, lsvmbus prints what the host knows; override, dynamic ids.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# boot: --qemu "-device hv-balloon,id=balloon"
. /job/lib/common.sh
_wait_disk "$CLASS_SCSI" >/dev/null || exit 1
_wait_disk "$CLASS_IDE" >/dev/null || exit 1
_run ip link set "$(_nic)" up
_run busybox_dhcp "$(_nic)"
ip link set "$(_nic)" down
as_host_says() { _qmp x-query-hyperv | sysfs-expect >/run/differences; }
# Until the last packet is through.
_wait_for 10 as_host_says || _fail "sysfs differs from the host: $(</run/differences)"

bus=/sys/bus/vmbus
scsi=$(_vmbus_devices "$CLASS_SCSI")
guid=${scsi##*/}
bound() {
	[ "$(readlink "$scsi/driver")" ] && [ "$(basename "$(readlink "$scsi/driver")")" = "$1" ]
}
refused() { ! { echo "$2" >"$1"; } 2>/dev/null || _fail "$1 took $2"; }
bound hv_storvsc || _fail "the controller is bound to $(readlink "$scsi/driver")"

# driver_override: only the driver that it names, then anyone again.
echo "$guid" >$bus/drivers/hv_storvsc/unbind || _fail "unbind"
echo nobody >"$scsi/driver_override" || _fail "driver_override"
[ "$(<"$scsi/driver_override")" = nobody ] ||
	_fail "driver_override reads $(<"$scsi/driver_override")"
refused $bus/drivers/hv_storvsc/bind "$guid"
echo "$guid" >$bus/drivers_probe
[ ! -e "$scsi/driver" ] || _fail "bound against its driver_override"
echo hv_storvsc >"$scsi/driver_override"
echo "$guid" >$bus/drivers_probe
_wait_for 10 bound hv_storvsc || _fail "not bound to the driver of driver_override"
echo >"$scsi/driver_override"
_wait_disk "$CLASS_SCSI" >/dev/null || exit 1

# Dynamic ids come and go, once each.
new_id=$bus/drivers/hv_storvsc/new_id remove_id=$bus/drivers/hv_storvsc/remove_id
refused $new_id rubbish
refused $remove_id 11111111-2222-3333-4444-555555555555
echo 11111111-2222-3333-4444-555555555555 >$new_id || _fail "new_id"
echo 11111111-2222-3333-4444-555555555555 >$remove_id || _fail "remove_id"
refused $remove_id 11111111-2222-3333-4444-555555555555
# In-tree would wait for minutes for the answer of what is no disk.
_ours || exit 0

# One makes a driver try a device that it does not know. A balloon is no disk, so
# it has to give up, and leave the channel closed.
class=525074dc-8985-46e2-8057-a307dc18a502
balloon=$(_vmbus_devices $class)
tries() { dmesg | grep -c "${balloon##*/}: probe with driver hv_storvsc failed"; }
refused $bus/drivers/hv_storvsc/bind "${balloon##*/}"
[ "$(tries)" = 0 ] || _fail "tried without an id: $(dmesg | grep probe)"
echo $class >$new_id || _fail "new_id"
tried() { [ "$(tries)" -gt 0 ]; }
_wait_for 60 tried || _fail "new_id did not make the driver try: $(dmesg | tail -n 5)"
closed() { [ "$(_channels 'c["state"]' 'id == "balloon"')" = offered ]; }
_wait_for 10 closed || _fail "the failed probe left the channel open"
[ ! -e "$balloon/driver" ] || _fail "the balloon is bound to $(readlink "$balloon/driver")"
echo $class >$remove_id || _fail "remove_id"
before=$(tries)
refused $bus/drivers/hv_storvsc/bind "${balloon##*/}"
[ "$(tries)" = "$before" ] || _fail "tried again after remove_id"
_note "override and dynamic ids work"
