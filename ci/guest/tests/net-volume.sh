#!/bin/bash
# A large volume of TCP each way, and both at once, with MD5 at the far end.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 240
# boot: --mem 1024 --bare
# boot: --qemu "-netdev hubport,id=h0,hubid=0 -device hv-net,id=n0,subchannels=3,netdev=h0"
# boot: --qemu "-netdev hubport,id=h1,hubid=0 -device hv-net,id=n1,subchannels=3,netdev=h1"
. /job/lib/common.sh
. /job/lib/net.sh
_pair_up
mib=$(_long 4096 48)
for to in a:b:10.9.0.2 b:a:10.9.0.1; do
	IFS=: read -r from at addr <<<"$to"
	start=$EPOCHSECONDS
	_tcp "$from" "$at" "$addr" "$mib"
	_note "$from to $at: $mib MiB are whole, $((EPOCHSECONDS - start)) s"
done
read -ra sent <<<"$(_host n0 tx-bytes rx-bytes)"
for n in "${sent[@]}"; do
	[ "$n" -ge $((mib * 1024 * 1024)) ] || _fail "the host saw only $n bytes of $mib MiB"
done
