#!/bin/bash
# Every error of the host is reported as what it is, after few tries, and the disk keeps working.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 240
# boot: --smp 2 --bare --image s:64M --image i:64M
# boot: --qemu "-device hv-scsi,id=scsi"
. /job/lib/common.sh
. /job/lib/stor.sh
export LC_ALL=C

# plug NODE FILE DEVICE: a disk whose host cannot read one sector, nor write another.
plug() {
	local read='{"event":"none","iotype":"read","errno":61,"sector":40960}'
	local write='{"event":"none","iotype":"write","errno":5,"sector":49152}'
	local debug="{\"driver\":\"blkdebug\",\"image\":\"$2\",\"inject-error\":[$read,$write]}"
	_run _qmp blockdev-add "{\"driver\":\"raw\",\"node-name\":\"$1\",\"file\":$debug}"
	_run _device_add "$3,drive=$1"
}

# try COMMAND...: "ok" or what the system call said.
try() {
	local out
	if out=$("$@" 2>&1 >/run/got); then echo ok; else sed -n '1s/.*: //p' <<<"$out"; fi
}
read_at() { try dd if="$disk" bs=4k skip="$1" count=1 iflag=direct status=none; }
write_at() { try dd if=/run/data of="$disk" bs=4k seek="$1" count=1 oflag=direct status=none; }
# got EXPECTED WHAT: $result is one of EXPECTED, which "|" separates.
got() {
	case "|$1|" in *"|$result|"*) ;; *) _fail "$disk: $2: \"$result\", not \"$1\"" ;; esac
}
# works: and has the contents of before.
works() {
	result=$(read_at 0)
	got ok "$1: a read after it"
	cmp -s /run/got /run/data || _fail "$disk: $1: data differ after it"
}

# injected SENSE SCSI-STATUS SRB-STATUS TIMES WHAT EXPECTED: on one read.
injected() {
	local before tries seen
	before=$(_prop "$id" x-stat-injected)
	_knob "$id" x-inject-sense $(($1))
	_knob "$id" x-inject-scsi-status $(($2))
	_knob "$id" x-inject-srb-status $(($3))
	_knob "$id" x-inject-count "$4"
	result=$(read_at 0)
	seen=$result
	_knob "$id" x-inject-count 0
	got "$6" "$5"
	tries=$(($(_prop "$id" x-stat-injected) - before))
	[ $tries -ge 1 ] || _fail "$disk: $5: the host was not asked"
	# Bounded: ours 5 times again, the SCSI midlayer likewise.
	[ $tries -le 12 ] || _fail "$disk: $5: $tries tries"
	works "$5"
	_note "$disk: $5: $seen after $tries"
}

# failures: how many the log has.
failures() { dmesg | grep -c "CDB .*SRB status"; }
# logged COMMAND...: an error of ours is logged once, not each try of it.
logged() {
	local before
	before=$(failures)
	"$@"
	! _ours || [ $(($(failures) - before)) = 1 ] || _fail "$disk: $*: $(dmesg | tail -n 5)"
}

errors() {
	_run dd if=/run/data of="$disk" bs=4k count=1 oflag=direct
	# Not one of the errors that nothing can be done about is taken for data.
	injected 0x031100 2 0x84 1 "unrecovered read error" "No data available|Input/output error"
	injected 0x030c00 2 0x84 100 "medium error for ever" "No data available|Input/output error"
	injected 0x072700 2 0x84 1 "write protected" "Remote I/O error|Input/output error"
	injected 0x072707 2 0x84 1 "out of space" "No space left on device|Input/output error"
	# To this the SCSI midlayer answers with an older opcode, for good.
	[ "$id" = scsi ] ||
		logged injected 0x052000 2 0x84 1 "invalid opcode" "Operation not supported"
	injected 0x052100 2 0x84 1 "LBA out of range" "Remote I/O error|Input/output error"
	injected 0x000000 0x18 0x04 1 "reservation conflict" "Invalid exchange"
	injected 0x044400 2 0x84 100 "hardware error for ever" "Remote I/O error|Input/output error"
	injected 0x0b0000 2 0x84 100 "aborted for ever" "Input/output error"
	logged injected 0x000000 0 0x04 100 "SRB error for ever" "Input/output error"
	if _ours; then
		# No data is no success, whatever it is called.
		injected 0x011800 2 0x84 100 "recovered error for ever" "Input/output error"
		injected 0x000100 2 0x84 100 "no sense for ever" "Input/output error"
		injected 0x000000 0x10 0x04 100 "intermediate for ever" "Input/output error"
		injected 0x000000 0x06 0x04 100 "no such status for ever" "Input/output error"
	fi
	# What can be repeated is, and nobody sees it.
	injected 0x062900 2 0x84 1 "power on, reset" ok
	injected 0x062a09 2 0x84 1 "capacity changed" ok
	injected 0x0b0006 2 0x84 2 "aborted twice" ok
	injected 0x010000 2 0x84 1 "recovered error without data" ok
	injected 0x000000 8 0x04 3 "busy three times" ok
	injected 0x000000 0x28 0x04 3 "task set full three times" ok
	injected 0x020401 2 0x84 2 "becoming ready" ok

	# The host's own storage is bad in one place.
	result=$(read_at 5120)
	got "No data available|Input/output error" "read of a bad sector"
	result=$(read_at 5119)
	got ok "read before a bad sector"
	result=$(read_at 5121)
	got ok "read after a bad sector"
	result=$(write_at 6144)
	got "Input/output error" "write to a bad sector"
	result=$(write_at 6145)
	got ok "write after a bad sector"
	# In one big I/O the error is still one.
	result=$(try dd if="$disk" bs=1M skip=20 count=1 iflag=direct status=none)
	got "No data available|Input/output error" "big read with a bad sector in it"
	works "bad sectors"
	_verified "$disk" --rw=randwrite --bsrange=4k-64k --iodepth=16 --size=16m --io_size=4m
	_note "$disk of $(_driver_of "$disk"): bad sectors, and it works on"
}

_pattern data 1 >/run/all
head -c 4096 /run/all >/run/data
plug bads s scsi-hd,bus=scsi.0
plug badi i hv-ide,id=ide
for id in scsi ide; do
	disk=$(_wait_disk_on $id) || exit 1
	errors
done
