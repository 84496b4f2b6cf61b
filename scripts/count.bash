# shellcheck shell=bash
# What scripts/bench and scripts/profile have in common: options, and guests in which
# instructions are counted. To be sourced after scripts/lib.sh; the caller sets out,
# the directory for results unless --out names another.
# shellcheck disable=SC2034,SC2154 # set there; "taken" is for them

# Where the guest finds the counters of the test host, in physical memory.
COUNTERS=0xfed60000
lag=20000 kernel=bench volume=normal

# common_option ARGS...: takes the first of them if both scripts have it; "taken" says
# how many words it had.
common_option() {
	taken=1
	case $1 in
	--quick | --long) volume=${1#--} ;;
	--kernel)
		case ${2:-} in bench | plain) ;; *) die "--kernel takes bench or plain" ;; esac
		kernel=$2 taken=2
		;;
	--out)
		case ${2:-} in '' | -*) die "--out takes a directory" ;; esac
		out=$(realpath -m -- "$2") taken=2
		;;
	-h | --help) usage ;;
	*) taken=0 ;;
	esac
}

# open_out: nobody else writes there.
open_out() {
	mkdir -p "$out"
	exec 7>"$out/lock"
	flock -n 7 || die "another scripts/$(basename "$0") writes into $out: wait for it"
}

# A disk that reads zeroes, after the lag.
null_disk() { printf 'driver=null-co,size=1073741824,read-zeroes=on,latency-ns=%s' "$lag"; }

# count_in_guest DRIVERS JOB ARGS...: its output, of a guest that scripts/boot starts so.
count_in_guest() {
	local drivers=$1 job=$2
	shift 2
	"$HV_TOP/scripts/boot" --drivers "$drivers" --kernel "$kernel" --icount --timeout 3600 \
		--vmbus "x-signal-lag=$lag,x-counters=$COUNTERS" \
		--append "hv.bench=$volume hv.counters=$COUNTERS" --job "$job" "$@"
}

# Which drivers the figures are of: the git tree of their directory.
tree_of_drivers() {
	git -C "$HV_TOP" rev-parse --short=12 HEAD:drivers-staging-hv 2>/dev/null || echo unknown
}
