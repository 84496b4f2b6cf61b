# shellcheck shell=bash
# For tests that show that a gate can fail: make a copy of the repository, put a
# defect into it, and run the gate of the copy, which has to fail and say why.

# fresh_copy: prints a new copy of the repository, without its history.
fresh_copy() {
	local copy
	copy=$(mktemp -d "$TMP/copy.XXXXXX")
	repository_files >"$TMP/files"
	tar -C "$TOP" -cf - --verbatim-files-from -T "$TMP/files" | tar -C "$copy" -xf -
	printf '%s\n' "$copy"
}

# must_fail WHAT GATE COPY WORDS: runs COPY/ci/GATE.sh; it has to fail, with
# WORDS (an extended regular expression) in its output.
must_fail() {
	local what=$1 gate=$2 copy=$3 words=$4 log=$TMP/gate.log
	if "$copy/ci/$gate.sh" >"$log" 2>&1; then
		tail -n 5 "$log"
		die "$gate does not see: $what"
	fi
	if ! grep -qE "$words" "$log"; then
		tail -n 20 "$log"
		die "$gate fails on '$what', but not because of it"
	fi
	printf '%s fails on: %s\n' "$gate" "$what"
	rm -rf "$copy"
}
