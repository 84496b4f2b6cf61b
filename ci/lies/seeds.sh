#!/bin/bash
# The host lies: nothing breaks, all I/O ends, no data change, and then every device works.
# drivers: ours
# timeout: 420
# variants: results start rings interrupts bus time all
# boot: --lies off --smp 2 --image kept:32M
# boot: --qemu "-device hv-scsi,id=kept -device scsi-hd,bus=kept.0,drive=kept"
. /job/lib/common.sh
. /job/lib/stor.sh
. /job/lib/lies.sh

# CLASS[:RATE] of lies, in permille. What makes channels break is told seldom: it is
# the last that those hear. Classes that take away what a thread waits for cost its
# timeout, half a minute.
case $VARIANT in
results) classes=srb:200+srb-data:300+tx:200+rx:300+rndis:200+nvsp:100 ;;
start) classes=vstor-init:150+nvsp:200+rndis:100+srb-data:300 ;;
rings) classes=pkt:5+index:2+srb:20+rx:20+close:500 ;;
interrupts) classes=synic:300+hcall:100 ;;
time) classes=time:300 ;;
# One class by itself, for scripts/lies.
*:*) classes=$VARIANT ;;
bus) classes=msg:60+msg-order:80+hcall:20+late:2+close:300 ;;
*) classes=msg:10+msg-order:20+synic:50+hcall:20+late:1+pkt:2+index:1+close:100+srb:50+srb-data:50
	classes+=+vstor-init:20+nvsp:20+rndis:20+rx:50+tx:50+time:50 ;;
esac

# Longer rounds are for those who have the time.
arg() { sed -n "s/.*\bhv\.$1=\([0-9]*\).*/\1/p" /proc/cmdline; }
LIES_SECONDS=$(arg seconds)
LIES_SECONDS=${LIES_SECONDS:-3}
budget=$(arg budget)

_lies_begin
given=$(</job/lies)
first=$(arg seed)
first=${first:-1}
if [ "$given" != off ]; then
	_lies_round "$given"
else
	end=$((SECONDS + ${budget:-$(_long 4000 30)}))
	for ((seed = first; SECONDS < end; seed++)); do
		_lies_round "$seed,class=$classes,who=scsi+ide+nic+bus+vp+hcall+clock"
	done
	_note "seeds: $((seed - first)), from $first on"
fi
_lies_end
