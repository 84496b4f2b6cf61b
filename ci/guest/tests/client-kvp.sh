#!/bin/bash
# The host sets, changes, lists and deletes the pairs that Debian's hv_kvp_daemon keeps.
# drivers: ours intree
# kernel: plain
# control: long
# timeout: 150
# variants: 3.0 4.0
# brief: 4.0
# boot: --bare --qemu "-device hv-kvp,id=kvp,max-version=%v"
. /job/lib/common.sh
. /job/lib/clients.sh
# HV_S_CONT: there is nothing, or nothing more.
NONE=$((0x80070103))
# pair POOL INDEX KEY=VALUE: what the host reads. It does not get a value by its
# key: hv_utils takes that from a message to enumerate, and four bytes are missing.
pair() {
	_ask kvp "enumerate $1 $2"
	[ "$(_prop kvp x-key)=$(_prop kvp x-value)" = "$3" ] ||
		_fail "pool $1, $2: $(_prop kvp x-key)=$(_prop kvp x-value), not $3"
}

_run modprobe hv_utils
_run hv_kvp_daemon
_ready kvp "$VARIANT"
_ask kvp "set 0 colour blaugrün"
_ask kvp "set-number 0 count 4294967295"
grep -q blaugrün /var/lib/hyperv/.kvp_pool_0 || _fail "the pair is not in the daemon's file"
pair 0 0 colour=blaugrün
pair 0 1 count=4294967295
_ask kvp "enumerate 0 2" $NONE
_ask kvp "set 0 colour red and yellow"
pair 0 0 "colour=red and yellow"
_ask kvp "delete 0 colour"
_ask kvp "delete 0 colour" $NONE
_ask kvp "get 0 colour" $NONE
pair 0 0 count=4294967295
_ask kvp "enumerate 0 1" $NONE

# Nearly the longest value: there is room for 1,023 letters.
long=$(printf '%01000d' 0)
_ask kvp "set 0 long $long"
pair 0 1 "long=$long"

# The guest has a pool of its own, in a file that any program can write.
python3 -c '
import struct
record = struct.pack("512s2048s", b"service", b"up")
open("/var/lib/hyperv/.kvp_pool_1", "ab").write(record)'
pair 1 0 service=up
# And one that the daemon fills in: number 4 is the kernel.
pair 2 4 "OSBuildNumber=$(uname -r)"
