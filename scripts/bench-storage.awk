# Lays two outputs of ci/guest/tools/bench-storage side by side: in-tree, then ours.
# Lines: disk depth batch instructions signals interrupts.
BEGIN {
	printf "%-5s %5s %5s | %9s %9s %9s %6s %14s | %8s %8s | %8s %8s\n", "disk", "depth", "batch",
		"null_blk", "in-tree", "ours", "share", "driver's share", "sig in", "sig ours", "irq in", "irq ours"
}
{
	load = $2 " " $3
	if ($1 == "null") {
		null_ns[FNR == NR, load] = $4
		next
	}
	if (FNR == NR) {
		instructions[$1, load] = $4; signals[$1, load] = $5; interrupts[$1, load] = $6
		next
	}
	a = instructions[$1, load]
	printf "%-5s %5d %5d | %9d %9d %9d %6.3f %14.3f | %8.4f %8.4f | %8.4f %8.4f\n", $1, $2, $3,
		null_ns[0, load], a, $4, $4 / a, ($4 - null_ns[0, load]) / (a - null_ns[1, load]),
		signals[$1, load], $5, interrupts[$1, load], $6
}
