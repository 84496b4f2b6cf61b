#!/usr/bin/env bash
# random configurations with HYPERV_VMBUS=n: W=1, no warning; HV_SEEDS chooses them
# when: long
# timeout: 1200
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/lib.sh"

export COMPILE_CONFIG=$TOP/ci/configs/compile-lean.config MAY_SKIP=1

# The drivers are chosen at random as well: some are off, some built in.
choose() {
	local seed=$1 symbol values=(m y n) i=0
	printf 'CONFIG_HYPERV_STAGING=%s\n' "${values[seed % 2]}"
	for symbol in STORAGE BLOCK NET KUNIT_TEST; do
		i=$((i + 1))
		local value=${values[(seed * (i + 2) / i) % 3]}
		if [ $((seed % 2)) = 0 ] && [ "$value" = y ]; then
			value=m
		fi
		printf 'CONFIG_HYPERV_STAGING_%s=%s\n' "$symbol" "$value"
	done
	# KUNIT_ALL_TESTS would hide the choice of our tests.
	printf '%s\n' CONFIG_KUNIT=y CONFIG_KUNIT_ALL_TESTS=n CONFIG_SCSI=y
}

tree=$(our_tree)
obj=$BUILD/rand
mkdir -p "$obj"
for seed in ${HV_SEEDS:-1 2 3 4}; do
	export KCONFIG_SEED=$seed RAND_SEED=$seed
	{
		cat "$COMPILE_CONFIG"
		choose "$seed"
	} >"$obj/fragment"
	must "seed $seed: not configured" configure "$tree" "$obj" randconfig "$obj/fragment"
	must "seed $seed: make prepare failed" prepare "$tree" "$obj"
	must "seed $seed: not clean" compile "$tree" "$obj"
	compiled=$(find "$obj/$TARGET" -name '*.o' | wc -l)
	[ "$compiled" -gt 0 ] || die "seed $seed: nothing was compiled"
	printf 'seed %s: %s objects, no warning (%s)\n' "$seed" "$compiled" \
		"$(choose "$seed" | sed -n 's/^CONFIG_HYPERV_STAGING_//p' | paste -sd' ')"
done
