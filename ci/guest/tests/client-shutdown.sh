#!/bin/bash
# The host asks the guest to power off, to reboot and to hibernate; it says yes, and begins to.
# drivers: ours intree
# kernel: plain
# control: long
# timeout: 60
# variants: 1.0 3.0 3.1 3.2
# brief: 1.0 3.2
# boot: --bare --qemu "-device hv-shutdown,id=shutdown,max-version=%v"
. /job/lib/common.sh
. /job/lib/clients.sh
# What the kernel starts then; this root has neither.
for program in poweroff reboot; do
	printf '#!/bin/bash\n: >/run/%s\n' $program >/usr/sbin/$program
	chmod +x /usr/sbin/$program
done
_run modprobe hv_utils
_ready shutdown "$VARIANT"
for force in '' ' force'; do
	for program in poweroff reboot; do
		[ ! -e /run/$program ] || _fail "$program before it was asked for"
		_ask shutdown "$program$force"
		_wait_for 10 test -e /run/$program || _fail "$program$force has not begun"
		rm /run/$program
	done
done

# The guest's programs are told; it is for them to write the image.
stdbuf -oL udevadm monitor --kernel --property --subsystem-match=vmbus >/run/uevents &
monitor=$!
_wait_for 10 grep -q KERNEL /run/uevents || _fail "udevadm does not listen"
_ask shutdown hibernate
_wait_for 10 grep -q EVENT=hibernate /run/uevents || _fail "no event for hibernation"
kill $monitor
