# shellcheck shell=bash
# What a load costs, for scripts/bench: executed instructions, signals to the
# host and interrupts from it.

# _counters: the three, of all processors and channels, so far. Python starts
# only when they are read, for its instructions count as well.
_counters() {
	local answer
	answer=$(_qmp x-query-hyperv) || return
	_json '" ".join(str(v) for v in (
		d["return"]["instructions"],
		sum(c["signals"] for c in d["return"]["vmbus"]["channels"]),
		sum(c["interrupts"] for c in d["return"]["vmbus"]["channels"])))' <<<"$answer"
}

# _cost COMMAND...: what it adds to each of them.
_cost() {
	local before after
	before=$(_counters)
	"$@" >/dev/null || _fail "$*"
	after=$(_counters)
	paste <(xargs -n 1 <<<"$before") <(xargs -n 1 <<<"$after") | awk '{ print $2 - $1 }' | xargs
}

# _per LABEL SHORT LONG COMMAND...: a line with what one unit costs, "@" in the
# command stands for the number of units. Two runs of different length are
# subtracted, so that start and end cancel out; the first run only warms up. The
# median of three such pairs: while the guest waits for the monitor its timers
# run, for as long as a busy machine lets it wait.
_per() {
	local label=$1 short=$2 long=$3 a b
	shift 3
	_cost "${@/@/$short}" >/dev/null || exit 1
	for _ in 1 2 3; do
		a=$(_cost "${@/@/$short}") || exit 1
		b=$(_cost "${@/@/$long}") || exit 1
		echo "$a $b"
	done | awk -v n=$((long - short)) -v l="$label" '
		function max(a, b) { return a > b ? a : b }
		function min(a, b) { return a < b ? a : b }
		function median(v) { return max(min(v[1], v[2]), min(max(v[1], v[2]), v[3])) }
		{ x[NR] = ($4 - $1) / n; y[NR] = ($5 - $2) / n; z[NR] = ($6 - $3) / n }
		END {
			if (NR != 3)
				exit 1
			printf "%s %.0f %.4f %.4f\n", l, median(x), median(y), median(z)
		}'
}
