#!/bin/bash
# A disk's serial, names, block sizes, rotation, write protection and partitions.
# drivers: ours intree
# kernel: plain debug rt
# control: long
# timeout: 180
# boot: --smp 2 --bare --load hv_vmbus,hv_storvsc --image plain:64M --image e512:64M
# boot: --image n4k:64M --image ssd:64M --image ro:64M --image ide:64M
# boot: --qemu "-device hv-ide,id=ide,drive=ide,serial=ideserial"
# boot: --qemu "-device hv-scsi,id=scsi"
# boot: --qemu "-device scsi-hd,bus=scsi.0,lun=0,drive=plain,id=plain,serial=plainserial"
# boot: --qemu "-set device.plain.rotation_rate=7200"
# boot: --qemu "-device scsi-hd,bus=scsi.0,lun=1,drive=e512,id=e512,serial=e512"
# boot: --qemu "-set device.e512.logical_block_size=512 -set device.e512.physical_block_size=4096"
# boot: --qemu "-set device.e512.rotation_rate=5400"
# boot: --qemu "-device scsi-hd,bus=scsi.0,lun=2,drive=n4k,id=n4k,serial=n4k,dpofua=on"
# boot: --qemu "-set device.n4k.logical_block_size=4096 -set device.n4k.physical_block_size=4096"
# boot: --qemu "-set device.n4k.rotation_rate=15000"
# boot: --qemu "-device scsi-hd,bus=scsi.0,lun=3,drive=ssd,id=ssd,serial=ssd"
# boot: --qemu "-set device.ssd.rotation_rate=1 -set device.ssd.write-cache=off"
# boot: --qemu "-device scsi-hd,bus=scsi.0,lun=4,drive=rodrive,serial=ro"
# boot: --qemu "-blockdev driver=raw,node-name=rodrive,file=ro,read-only=on"
# boot: --image foreign:64M --qemu "-device hv-scsi,id=pass,msft-disk=off"
# boot: --qemu "-device scsi-hd,bus=pass.0,drive=foreign,id=foreign,serial=foreign"
# boot: --qemu "-set device.foreign.wwn=0x5000c50015ea71aa"
. /job/lib/common.sh
. /job/lib/stor.sh

# is WHAT VALUE EXPECTED
is() { [ "$2" = "$3" ] || _fail "$1 is \"$2\", not \"$3\""; }
# The parts that SCSI disks and ours show at different places.
serial_of() {
	if [ -e "/sys/block/${1##*/}/serial" ]; then
		cat "/sys/block/${1##*/}/serial"
	else
		tail -c +5 "/sys/block/${1##*/}/device/vpd_pg80"
	fi
}
wwid_of() { cat "/sys/block/${1##*/}/wwid" 2>/dev/null || cat "/sys/block/${1##*/}/device/wwid"; }

# Seconds; a host's storage may stall for minutes.
timeout_of() {
	if [ -e "/sys/block/${1##*/}/device/timeout" ]; then
		cat "/sys/block/${1##*/}/device/timeout"
	else
		echo $(($(_queue "$1" io_timeout) / 1000))
	fi
}

check_disk() {
	local disk=$1 serial=$2 logical=$3 physical=$4 rotational=$5 cache=$6
	is "$disk: serial" "$(serial_of "$disk")" "$serial"
	is "$disk: logical_block_size" "$(_queue "$disk" logical_block_size)" "$logical"
	is "$disk: physical_block_size" "$(_queue "$disk" physical_block_size)" "$physical"
	is "$disk: rotational" "$(_queue "$disk" rotational)" "$rotational"
	is "$disk: write_cache" "$(_queue "$disk" write_cache)" "$cache"
	is "$disk: size" "$(blockdev --getsize64 "$disk")" $((64 << 20))
	! _ours || is "$disk: timeout" "$(timeout_of "$disk")" 240
	wwids+=("$(wwid_of "$disk")")
	_verified "$disk" --rw=randwrite --bs="$logical" --iodepth=16 --io_size=$((logical * 256)) \
		--size=32m
	_verified "$disk" --rw=randwrite --bsrange="$logical"-64k --iodepth=8 --io_size=2m \
		--size=32m
	if [ "$logical" = 4096 ]; then
		# By hand: less than a block has to be refused, not rounded.
		! dd if=/dev/zero of="$disk" bs=512 count=1 oflag=direct 2>/dev/null ||
			_fail "$disk: took half a block"
	fi
}

check_partitions() {
	local disk=$1
	_run sfdisk -q "$disk" <<-E
		label: gpt
		size=16MiB
		size=16MiB
	E
	_wait_for 10 test -b "${disk}2" || _fail "$disk: no second partition"
	is "$disk: partition 2's size" "$(blockdev --getsize64 "${disk}2")" $((16 << 20))
	_pattern "$disk" 1 | dd of="${disk}2" bs=64k conv=fsync status=none ||
		_fail "${disk}2: write"
	# Where the partition begins on the disk is where its data are.
	dd if="$disk" bs=1M skip=17 count=1 iflag=direct status=none |
		cmp - <(_pattern "$disk" 1) ||
		_fail "${disk}2 is not at 17 MiB of $disk"
	_run blockdev --rereadpt "$disk"
	_run sfdisk -q --delete "$disk" 2
	_wait_for 10 test ! -e "${disk}2" || _fail "$disk: partition 2 stays"
	[ -b "${disk}1" ] || _fail "$disk: partition 1 is gone"
}

# Every disk has a name of its own, the virtual ones of Microsoft's kind.
check_wwids() {
	local wwid
	for wwid in "${wwids[@]}"; do
		[[ $wwid =~ ^naa\.6002248[0-9a-f]{25}$ ]] || _fail "wwid \"$wwid\""
	done
	is "wwids" "$(printf '%s\n' "${wwids[@]}" | sort -u | wc -l)" "${#wwids[@]}"
}

check_all() {
	local disk wwids=()
	disk=$(_wait_disk_on scsi 0:0) || exit 1
	check_disk "$disk" plainserial 512 512 1 "write back"
	# 64 MiB: what the VHD format's rule gives; sd has a rule of its own.
	check_partitions "$disk"
	disk=$(_wait_disk_on scsi 0:1) || exit 1
	check_disk "$disk" e512 512 4096 1 "write back"
	disk=$(_wait_disk_on scsi 0:2) || exit 1
	check_disk "$disk" n4k 4096 4096 1 "write back"
	is "$disk: fua" "$(_queue "$disk" fua)" 1
	check_partitions "$disk"
	disk=$(_wait_disk_on scsi 0:3) || exit 1
	check_disk "$disk" ssd 512 512 0 "write through"
	check_wwids
	disk=$(_wait_disk_on scsi 0:4) || exit 1
	is "$disk: ro" "$(blockdev --getro "$disk")" 1
	! dd if=/dev/urandom of="$disk" bs=4k count=1 conv=fsync 2>/dev/null ||
		_fail "$disk: written to"
	_run dd if="$disk" of=/dev/null bs=64k iflag=direct
	# One that is passed through to the guest has the name that it was given.
	disk=$(_wait_disk_on pass) || exit 1
	is "$disk: wwid" "$(wwid_of "$disk")" naa.5000c50015ea71aa
	_note "six disks of $(_driver_of "$disk") are what they say"
}

check_all
if _ours; then
	_run rmmod hv_storvsc
	_run modprobe hv_blkvsc scsi_class=1
	check_all
fi
disk=$(_wait_disk "$CLASS_IDE") || exit 1
wwids=()
check_disk "$disk" ideserial 512 512 0 "write back"
check_wwids
check_partitions "$disk"
_note "and $disk of $(_driver_of "$disk")"
