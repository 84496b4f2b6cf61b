# shellcheck shell=bash
# For tests that show that the guest tests can fail: put a defect into a copy of the
# drivers, build them as modules, and expect one of their tests to fail. To be
# sourced after ci/build/lib.sh.

# shellcheck source=ci/static/lib.sh
. "$TOP/ci/static/lib.sh"
# shellcheck source=ci/static/defect.bash
. "$TOP/ci/static/defect.bash"
# shellcheck source=ci/build/guest-modules.bash
. "$TOP/ci/build/guest-modules.bash"

# must_fail_in_guest WHAT TEST WORDS FILE EDIT: with the sed script EDIT applied
# to FILE of drivers-staging-hv, the test has to fail with WORDS in its output.
must_fail_in_guest() {
	local what=$1 test=$2 words=$3 file=$4 edit=$5 copy kernel log=$TMP/gate.log
	local tree=$BUILD/broken-tree obj=$BUILD/broken dir=$BUILD/broken-kernel
	kernel=$("$TOP/scripts/kernel" ours plain)
	copy=$(fresh_copy)
	sed -i -E "$edit" "$copy/drivers-staging-hv/$file"
	! cmp -s "$copy/drivers-staging-hv/$file" "$TOP/drivers-staging-hv/$file" ||
		die "$file has changed: no defect was made in it"
	borrow "$tree.new"
	"$copy/scripts/refresh" --into "$tree.new"
	sync_tree "$tree.new" "$tree"
	rm -rf "$tree.new" "$copy"
	build_modules "$kernel" "$tree" "$obj" || {
		tail -n 15 "$obj/modules.log" >&2
		die "the drivers with the defect do not build"
	}
	kernel_with_modules "$kernel" "$obj" "$dir"
	if HV_KERNEL=$dir "$TOP/ci/check" --out "$TMP/out" "$test@ours-plain" >"$log" 2>&1; then
		tail -n 5 "$log"
		die "$test does not see: $what"
	fi
	if ! grep -qE "$words" "$log"; then
		tail -n 20 "$log"
		die "$test fails on '$what', but not because of it"
	fi
	rm -rf "$dir"
	printf '%s fails on: %s\n' "$test" "$what"
}
