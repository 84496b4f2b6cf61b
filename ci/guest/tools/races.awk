# Takes out of a kernel log what KCSAN found elsewhere. It watches the whole
# kernel, which has races of its own: a report counts when one of the two
# accesses is in a driver's function, or in what that called.
/BUG: KCSAN:/ {
	report = ""
	inside = 1
	ours = near = 0
}
!inside {
	print
	next
}
{ report = report $0 "\n" }
near-- > 0 && /\[hv_/ { ours = 1 }
/ to 0x[0-9a-f]* of [0-9]* bytes by / { near = 2 }
/==========/ {
	if (ours)
		printf "%s", report
	inside = 0
}
END {
	# One that is cut off: nobody knows.
	if (inside)
		printf "%s", report
}
