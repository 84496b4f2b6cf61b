#!/usr/bin/env bash
# The guest's tests keep their form: header, names of functions, 100 columns
# packages: git
# timeout: 30
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

KEYS='drivers kernel control when timeout variants brief violations boot xfail'
bad=0
complain() {
	printf '%s\n' "$*"
	bad=1
}
functions() { sed -n 's/^\([A-Za-z_][A-Za-z_0-9]*\)() *{.*/\1/p' "$@" | sort -u; }

# A description, then keys that exist, in their order.
check_header() {
	[ -x "$1" ] || complain "$1: not executable"
	awk -v keys="$KEYS" '
		BEGIN { n = split(keys, key); for (i = 1; i <= n; i++) place[key[i]] = i }
		NR == 1 { if ($0 != "#!/bin/bash") print "the first line is not #!/bin/bash"; next }
		NR == 2 { if (!/^# [A-Za-z0-9].*\.$/ || /^# [a-z]+: /) print "no description"; next }
		!/^#/ { exit }
		{
			name = $2
			sub(/:$/, "", name)
			if (!(name in place))
				print "line " NR ": there is no key " name
			else if (place[name] < last)
				print "line " NR ": " name " is out of order"
			else
				last = place[name]
		}
		END { if (!last) print "no header" }' "$1"
	grep -q '^# drivers: ' "$1" || echo "no drivers in the header"
}

# check_brief TEST: what runs without --long is one of the variants.
check_brief() {
	comm -13 <(header "$1" variants | tr ' ' '\n' | sort) <(header "$1" brief | tr ' ' '\n' | sort) |
		sed 's/$/ is called brief, and is no variant/'
}

# check_calls TEST: what it takes from the library is in what it sources.
check_calls() {
	local libs
	mapfile -t libs < <(sed -n 's|^\. /job/\(lib/[a-z]*\.sh\)$|ci/guest/\1|p' "$1")
	grep -v '^ *#' "$1" | grep -oE '(^|[[:space:](!])_[a-z_0-9]+($|[[:space:])])' |
		tr -d ' \t(!)' | sort -u | comm -23 - <(functions "${libs[@]}") |
		sed 's/$/ is in none of the libraries that it sources/'
	functions "$1" | sed -n 's/^_.*/&: an underscore begins the name of a function of the library/p'
}

# check_pipes FILE: no reader leaves before the writer has ended.
check_pipes() {
	grep -nE '\| *grep (-[A-Za-z]+ )*-[A-Za-z]*q' "$1" |
		sed 's/^\([0-9]*\):.*/line \1: grep -q leaves its pipe early; _has does not/'
}

cd "$TOP"
tests=(ci/guest/tests/*.sh ci/kunit/suites.sh ci/lies/*.sh)
for test in "${tests[@]}"; do
	while read -r words; do complain "$test: $words"; done < <(check_header "$test")
	while read -r words; do complain "$test: $words"; done < <(check_brief "$test")
	while read -r words; do complain "$test: $words"; done < <(check_calls "$test")
done
for file in "${tests[@]}" ci/guest/lib/*.sh; do
	while read -r words; do complain "$file: $words"; done < <(check_pipes "$file")
done
for lib in ci/guest/lib/*.sh; do
	for name in $(functions "$lib" | grep -v '^_'); do
		complain "$lib: $name() does not begin with an underscore"
	done
done
while read -r file; do
	while read -r words; do complain "$file: $words"; done < <(expand "$file" |
		awk 'length > 100 { print "line " NR " has " length " columns" }')
done < <(repository_files | grep -E '^ci/(guest|lies)/')
[ "$bad" = 0 ] || die "the guest's tests lack their form: see ci/guest/README"
printf '%s tests\n' "${#tests[@]}"
