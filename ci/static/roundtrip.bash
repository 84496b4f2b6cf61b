# shellcheck shell=bash
# roundtrip LINUX: applies the series in three ways to the files of LINUX that
# it touches, and compares the results byte by byte.

by_git_am() {
	git -C "$1" init -q
	git -C "$1" add -A
	git -C "$1" -c user.name=t -c user.email=t@localhost commit -q -m base
	series_files | xargs -d '\n' git -C "$1" -c user.name=t -c user.email=t@localhost am -q --whitespace=error-all
	rm -rf "$1/.git"
}

by_quilt() {
	(
		cd "$1" || exit 1
		export QUILT_PATCHES=$TOP/patches QUILT_SERIES=$TOP/series QUILT_PC=.pc
		quilt --quiltrc=- push -a -q --fuzz=0 >"$TMP/quilt.log" || {
			cat "$TMP/quilt.log" >&2
			exit 1
		}
	)
	rm -rf "$1/.pc"
}

by_copy() { "$TOP/scripts/refresh" --into "$1"; }

roundtrip() {
	local way release
	release=$(make -s -C "$1" kernelversion)
	for way in by_git_am by_quilt by_copy; do
		mkdir "$TMP/$way"
		upstream_subset "$1" "$TMP/$way"
		must "$way: does not apply to Linux $release" $way "$TMP/$way"
	done
	for way in by_quilt by_copy; do
		diff -r "$TMP/by_git_am" "$TMP/$way" || die "$way differs from git am"
	done
	printf 'Linux %s: %s patches, %s files, three ways, no difference\n' "$release" \
		"$(series | wc -l)" "$(find "$TMP/by_copy" -type f | wc -l)"
}
