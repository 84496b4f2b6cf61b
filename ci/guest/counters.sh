# shellcheck shell=bash
# What a load costs, for scripts/bench: executed instructions, signals to the
# host and interrupts from it.

# counters: the three, of all processors and channels, so far.
counters() {
	qmp x-query-hyperv | json '" ".join(str(v) for v in (
		d["return"]["instructions"],
		sum(c["signals"] for c in d["return"]["vmbus"]["channels"]),
		sum(c["interrupts"] for c in d["return"]["vmbus"]["channels"])))'
}

# cost COMMAND...: what it adds to each of them.
cost() {
	local before after
	before=$(counters)
	"$@" >/dev/null || fail "$*"
	after=$(counters)
	paste <(xargs -n 1 <<<"$before") <(xargs -n 1 <<<"$after") | awk '{ print $2 - $1 }' | xargs
}

# per LABEL SHORT LONG COMMAND...: a line with what one unit costs, "@" in the
# command stands for the number of units. Two runs of different length are
# subtracted, so that start and end cancel out; the first run only warms up.
per() {
	local label=$1 short=$2 long=$3 a b
	shift 3
	cost "${@/@/$short}" >/dev/null || exit 1
	a=$(cost "${@/@/$short}") || exit 1
	b=$(cost "${@/@/$long}") || exit 1
	awk -v n=$((long - short)) -v l="$label" \
		'{ printf "%s %.0f %.4f %.4f\n", l, ($4 - $1) / n, ($5 - $2) / n, ($6 - $3) / n }' <<<"$a $b"
}
