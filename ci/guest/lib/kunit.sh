# shellcheck shell=bash
# The KUnit suites, for ci/kunit/suites.sh and tools/coverage.

# Loads every suite of the series as a module: each has cases, and each passes.
_kunit_suites() {
	local dir ko result n suites=0 cases=0 modules
	dir=/lib/modules/$(uname -r)/kernel/drivers/staging/hv/tests
	modules=("$dir"/*_kunit.ko)
	for ko in "${modules[@]}"; do
		[ -e "$ko" ] || _fail "no suite in $dir"
		_run modprobe "$(basename "$ko" .ko)"
	done
	for result in /sys/kernel/debug/kunit/*/results; do
		suites=$((suites + 1))
		cat "$result"
		! grep -q '^ *not ok' "$result" || _fail "a case failed in $result"
		n=$(grep -c '^    ok' "$result")
		[ "$n" -gt 0 ] || _fail "no case ran in $result"
		cases=$((cases + n))
	done
	[ "$suites" -ge "${#modules[@]}" ] || _fail "a module holds no suite"
	_note "$suites suites, $cases cases"
}
