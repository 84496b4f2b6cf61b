#!/bin/bash
# VMBus 5.3 is negotiated and every device of the host is there.
# drivers: ours intree
# kernel: plain debug
. /job/lib.sh
dmesg | grep -Eiq 'vmbus.*version:? ?5\.3' || fail "VMBus 5.3 is not in the log: $(dmesg | grep -i vmbus)"
for class in $CLASS_SCSI $CLASS_IDE $CLASS_NET; do
	[ "$(vmbus_devices "$class" | wc -l)" = 1 ] || fail "class $class: $(vmbus_devices "$class" | wc -l) devices, 1 offered"
done
lsvmbus -v >/run/lsvmbus || fail "lsvmbus"
note "$(grep -c '^VMBUS ID' /run/lsvmbus) devices in lsvmbus"
