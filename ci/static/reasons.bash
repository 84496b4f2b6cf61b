# shellcheck shell=bash
# reasons FILE: the entries of a list of exceptions; each line is "entry # why"
# and one without a reason is an error.
reasons() {
	local line list
	list=$(basename "$1")
	[ -e "$1" ] || return 0
	while read -r line; do
		case $line in
		'' | '#'*) continue ;;
		*' # '?*) printf '%s\n' "${line%% # *}" ;;
		*) die "$list: there is no reason for: $line" ;;
		esac
	done <"$1"
}
