#!/bin/bash
# Every KUnit suite of the series, loaded as a module; each case must pass.
# drivers: ours
# kernel: plain debug kcsan
# timeout: 300
# boot: --bare
. /job/lib/common.sh
dir=/lib/modules/$(uname -r)/kernel/drivers/staging/hv/tests
suites=0 cases=0
for ko in "$dir"/*.ko; do
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
modules=("$dir"/*.ko)
[ "$suites" -ge "${#modules[@]}" ] || _fail "a module holds no suite"
_note "$suites suites, $cases cases"
