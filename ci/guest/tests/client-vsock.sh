#!/bin/bash
# Hyper-V sockets: guest to host and host to guest, megabytes, half close, refusals, rescind.
# drivers: ours intree
# kernel: plain
# control: long
# timeout: 400
# variants: 4.0 5.3 6.0
# brief: 6.0
# boot: --bare --vmbus max-version=%v
# boot: --qemu "-device hv-sock,id=sock,path=@/sock,listen=@/sock_1,open-timeout=10000"
. /job/lib/common.sh
connections() { [ "$(_prop sock x-connections)" = "$1" ]; }
none_left() { _wait_for 20 connections 0 || _fail "$(_prop sock x-connections) are left"; }
pipes() { compgen -G '/sys/bus/vmbus/drivers/hv_sock/????????-*'; }
no_pipes() { ! pipes; }

for round in 1 2; do
	_run modprobe hv_sock
	for step in "volume $(_long 64 4)" sizes half full "many $(_long 300 30)" "parallel 8" \
		refused; do
		# shellcheck disable=SC2086 # words
		_run vsock $step
		none_left
		_wait_for 20 no_pipes || _fail "$step: devices are left"
		_note "round $round: $step: $(_prop sock x-connected) connections yet"
	done
	_wait_for 10 rmmod hv_sock || _fail "hv_sock cannot be unloaded: $(rmmod hv_sock 2>&1)"
done
[ "$(_prop sock x-refused)" -ge 2 ] || _fail "the host has refused $(_prop sock x-refused)"

# held: a connection is there and in use.
held() {
	rm -f /run/ready
	vsock hold /run/ready &
	HOLDER=$!
	_wait_for 20 test -e /run/ready || _fail "no connection to hold"
}
# dropped HOW: it is gone, and its user knows.
is_dead() { ! kill -0 "$HOLDER"; }
dropped() {
	_wait_for 60 is_dead || _fail "$1: the connection goes on"
	wait "$HOLDER" || _fail "$1: its user has failed"
	_wait_for 20 no_pipes || _fail "$1: devices are left"
	_note "$1: its user has been told"
}

_run modprobe hv_sock
# Mainline's hv_sock uses the rings after that, which its bus has freed.
if _ours; then
	held
	device=$(pipes | head -n 1)
	echo "${device##*/}" >/sys/bus/vmbus/drivers/hv_sock/unbind || _fail "unbind"
	dropped "the driver is unbound"
	none_left
	held
	echo VMBUS:00 >/sys/bus/platform/drivers/hv_vmbus/unbind || _fail "unbind the bus"
	dropped "the bus is unbound"
	none_left
	echo VMBUS:00 >/sys/bus/platform/drivers/hv_vmbus/bind || _fail "bind the bus"
	_run vsock volume 1
	none_left
fi
held
_run _device_del sock
dropped "the host's device is gone"
_run vsock nobody 1
_run rmmod hv_sock
