#!/bin/bash
# A host that does not answer: connect, unload and crash still end, and the next try works.
# drivers: ours
# kernel: plain debug rt
# when: long
# timeout: 900
# boot: --bare --load none --reboot --vmbus id=bridge
# boot: --expect "Kernel panic - not syncing: sysrq triggered crash" --image a:64M
# boot: --qemu "-action panic=none"
# boot: --qemu "-device hv-ide,id=ide,drive=a"
. /job/lib/common.sh
deaf() { _knob bridge x-deaf "$1"; }
clock() { _qmp x-query-hyperv | _json 'd["return"]["clock"] // 10**9'; }
load() { for m in hv_vmbus hv_blkvsc; do _run modprobe $m; done; }
unload() { for m in hv_blkvsc hv_vstor hv_vmbus; do _run rmmod $m; done; }
logged() { dmesg | _has "$1"; }
# within LEAST MOST COMMAND...: it takes so many seconds; less if the host was not deaf.
within() {
	local least=$1 most=$2 start=$SECONDS
	shift 2
	"$@"
	_note "$*: $((SECONDS - start)) s"
	[ $((SECONDS - start)) -ge "$least" ] ||
		_fail "$* took $((SECONDS - start)) s: somebody answered"
	[ $((SECONDS - start)) -le "$most" ] || _fail "$* took $((SECONDS - start)) s"
}

load
disk=$(_wait_disk "$CLASS_IDE") || exit 1
read -r stage since < <(dd if="$disk" bs=512 count=1 iflag=direct status=none | tr -dc '[:print:]')
if [ "${stage:-0}" = 1 ]; then
	took=$(($(clock) - since))
	_note "crash and reboot: $took s"
	[ $took -ge 100 ] || _fail "the crash path did not wait for the host, $took s"
	[ $took -le 300 ] || _fail "the crash path took $took s"
	exit 0
fi

_run dd if=/dev/urandom of="$disk" bs=64k seek=1 count=16 oflag=direct
sum() { dd if="$disk" bs=64k skip=1 count=16 iflag=direct status=none | md5sum; }
before=$(sum)
again() {
	load
	disk=$(_wait_disk "$CLASS_IDE") || _fail "$1: no disk"
	[ "$(sum)" = "$before" ] || _fail "$1: data differ"
}

unload
deaf true
within 95 160 _run modprobe hv_vmbus
logged 'cannot connect to the host' || _fail "the log does not mention it"
_run rmmod hv_vmbus
deaf false
again "after a connection that failed"

# The ring's pages and the connection are the host's until it says otherwise.
deaf true
within 100 250 unload
logged 'did not confirm the unload' || _fail "the log does not mention it"
deaf false
again "after an unload that failed"

printf '%-512s' "1 $(clock)" | dd of="$disk" bs=512 count=1 oflag=direct status=none ||
	_fail "write"
sync
deaf true
echo c >/proc/sysrq-trigger
sleep 300
