#!/bin/bash
# Each driver hears a million lies: nothing breaks, and after each round every device works.
# drivers: ours
# when: long
# timeout: 420
# variants: storvsc blkvsc netvsc vmbus
# boot: --lies off --smp 2 --image kept:32M
# boot: --qemu "-device hv-scsi,id=kept -device scsi-hd,bus=kept.0,drive=kept"
. /job/lib/common.sh
. /job/lib/stor.sh
. /job/lib/lies.sh

# SECONDS CLASS:RATE...: rounds, one after the other and from the beginning again. Most
# of the time for lies after which a channel goes on.
case $VARIANT in
storvsc | blkvsc)
	LIES_LOADED=(scsi)
	[ "$VARIANT" = storvsc ] || LIES_LOADED=(ide)
	counted="hv-${LIES_LOADED[0]}/"
	rounds=("60 srb:400" "5 srb:200+srb-data:300+vstor-init:150"
		"5 srb:20+pkt:5+index:2+close:500")
	;;
netvsc)
	LIES_LOADED=(nic)
	counted=hv-net/
	rounds=("60 tx:400+rx:400" "5 tx:200+rx:200+nvsp:200+rndis:150"
		"5 rx:20+pkt:5+index:2+close:500")
	;;
vmbus)
	counted='(vmbus|hyperv-synic|hypercall)/'
	rounds=("60 synic:300+hcall:100" "5 msg:60+msg-order:80+hcall:20+late:2")
	;;
esac
export LIES_SECONDS LIES_THREADS=64
who=$(IFS=+; echo "${LIES_LOADED[*]}")
[ "$VARIANT" != vmbus ] || who=bus+vp+hcall

# Lies to this driver.
heard() {
	_prop bridge x-lies-told | tr " " "\n" |
		awk -F= -v of="^$counted" '$0 ~ of { n += $2 } END { print n + 0 }'
}

want=$(_long 1000000 1000)
_lies_begin
for ((seed = 1; $(heard) < want; seed++)); do
	read -r LIES_SECONDS classes <<<"${rounds[(seed - 1) % ${#rounds[@]}]}"
	_lies_round "$seed,class=$classes,who=$who"
	_note "$(heard) lies"
done
_lies_end
