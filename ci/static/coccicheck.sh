#!/usr/bin/env bash
# coccicheck with all of the kernel's rules; findings that stay are in coccicheck.ignore
# packages: coccinelle ocaml-nox
# timeout: 900
set -euo pipefail
# shellcheck source=ci/build/lib.sh
. "$(dirname "$0")/../build/lib.sh"

# shellcheck source=ci/static/reasons.bash
. "$(dirname "$0")/reasons.bash"
tree=$(our_tree)
obj=$BUILD/cocci
mkdir -p "$obj"
log=$obj/report.log
kmake "$tree" "$obj" allnoconfig >/dev/null
# One process per rule. A rule that cannot be run must not count as clean.
kmake "$tree" "$obj" coccicheck MODE=report M=$TARGET J="$HV_JOBS" ${HV_COCCI:+COCCI="$HV_COCCI"} >"$log" 2>"$log.err" || {
	tail -n 15 "$log.err" >&2
	die "coccicheck could not run"
}
if grep -nE 'parse error|Fatal error|exception' "$log.err" >&2; then
	die "coccicheck could not read something"
fi
grep -E '^[^ ]+:[0-9]+' "$log" | sed "s|^.*$TARGET/||" >"$log.found" || true
while read -r entry; do
	grep -vF "$entry" "$log.found" >"$log.rest" || true
	mv "$log.rest" "$log.found"
done < <(reasons "$(dirname "$0")/coccicheck.ignore")
if [ -s "$log.found" ]; then
	head -n 30 "$log.found"
	die "coccicheck has findings"
fi
printf '%s rules, no finding\n' "$(find "$tree/scripts/coccinelle/" -name '*.cocci' | wc -l)"
