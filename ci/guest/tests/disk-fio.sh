#!/bin/bash
# fio verifies every block size, depth, engine and CPU: polled, direct and buffered.
# drivers: ours intree mixed
# kernel: plain debug kcsan rt
# control: long
# timeout: 240
. /job/lib/common.sh
. /job/lib/stor.sh
cpus=$(nproc)
runs=0

# matrix ENGINE RW BS DEPTH [ARGUMENTS...]: on $disk, one job a CPU, each with a share of the disk.
matrix() {
	local engine=$1 rw=$2 bs=$3 depth=$4 share io
	shift 4
	share=$(($(blockdev --getsize64 "$disk") / cpus >> 22 << 22))
	# Enough blocks for the depth, but not all night for small ones.
	case $bs in
	512) io=192k ;;
	4k) io=768k ;;
	4m) io=12m ;;
	*) io=4m ;;
	esac
	io=$(_long 64m $io)
	set -- --ioengine="$engine" --rw="$rw" --bs="$bs" --iodepth="$depth" --numjobs="$cpus" \
		--cpus_allowed="0-$((cpus - 1))" --cpus_allowed_policy=split \
		--offset_increment="$share" --size="$share" --io_size="$io" "$@"
	case "$*" in
	*--direct=0*)
		# What is verified has to come from the disk, not from the page cache.
		_verified "$disk" "$@" --do_verify=0 --end_fsync=1
		echo 3 >/proc/sys/vm/drop_caches
		_verified "$disk" "$@" --verify_only
		;;
	*) _verified "$disk" "$@" ;;
	esac
	runs=$((runs + 1))
}

every_combination() {
	local bs rw depth
	for bs in 512 1k 4k 16k 64k 256k 1m 4m; do
		for rw in write randwrite; do
			for depth in 1 8 32 128 256; do
				matrix io_uring $rw $bs $depth
				matrix libaio $rw $bs $depth
				[ -z "$polled" ] || matrix io_uring $rw $bs $depth $polled
			done
			matrix io_uring $rw $bs 64 --iodepth_batch_submit=32 \
				--iodepth_batch_complete_min=16
			matrix psync $rw $bs 1
			matrix psync $rw $bs 1 --direct=0
		done
	done
}

some_combinations() {
	matrix io_uring randwrite 512 256
	matrix io_uring write 4m 32
	matrix libaio write 64k 128
	matrix psync randwrite 4k 1
	matrix psync write 512 1 --direct=0
	matrix psync randwrite 1m 1 --direct=0
	if [ -n "$polled" ]; then
		matrix io_uring randwrite 4k 128 $polled
		matrix io_uring write 4m 1 $polled
	fi
}

# Polled queues, where the driver has them.
if _there hv_blkvsc; then
	_run rmmod hv_blkvsc
	_run modprobe hv_blkvsc poll_queues=1
fi
for class in $CLASS_SCSI $CLASS_IDE; do
	disk=$(_wait_disk "$class") || exit 1
	polled=''
	[ "$(_queue "$disk" io_poll)" = 0 ] || polled='--hipri=1'
	if [ -e /job/long ]; then every_combination; else some_combinations; fi
	_note "$disk: $runs combinations verified on $cpus CPUs${polled:+, polled too}"
	runs=0
done
# A polled disk that is never polled would not have been tested.
! _is_ours "$disk" || [ -n "$polled" ] || _fail "$disk cannot be polled"
