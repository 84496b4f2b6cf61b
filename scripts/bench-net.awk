# Side by side, from the lines that ci/guest/tools/bench-net prints: load instructions
# signals interrupts. First file: in-tree drivers; second: ours.
FNR == NR { instr[$1] = $2; signals[$1] = $3; irqs[$1] = $4; next }
FNR == 1 {
	printf "%-14s %10s %10s %7s %9s %9s %9s %9s\n", "per packet", "in-tree", "ours", "share",
		"signals", "ours", "irqs", "ours"
}
$1 in instr {
	printf "%-14s %10.0f %10.0f %7.3f %9.4f %9.4f %9.4f %9.4f\n", $1, instr[$1], $2,
		instr[$1] ? $2 / instr[$1] : 0, signals[$1], $3, irqs[$1], $4
}
