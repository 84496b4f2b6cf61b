#!/usr/bin/env bash
# scripts/bench and scripts/profile count in guests of both driver sets, for scripts/report's pages
# packages: python3 gnuplot-nox fonts-dejavu-core
# timeout: 900
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"

TMP=$(mktemp -d "${TMPDIR:-/tmp}/hv-figures.XXXXXX")
trap 'rm -rf "$TMP"' EXIT
"$HV_TOP/scripts/bench" --quick --kernel plain --out "$TMP/out" >"$TMP/table"

# counted SET DEVICE LABELS: it was measured, and every counter of it counts.
counted() {
	grep -E "\"set\": \"$1\".*\"(disk|nic)\": \"$2\".*$3" "$TMP/out/figures.json" >"$TMP/found" ||
		die "$1 $2 $3 was not measured"
	! grep -qE '"(instructions|signals|interrupts|bytes_in|bytes_out)": \[0\.0,' "$TMP/found" ||
		die "$1 $2 $3 costs nothing: $(head -n 1 "$TMP/found")"
}
for drivers in ours intree; do
	for disk in ide scsi; do counted $drivers $disk '"load": "(read|write)"'; done
	counted $drivers hv '"load": "udp-both"'
	counted $drivers hv '"load": "tcp-stream"'
	counted $drivers scsi '"channels": 2'
	counted $drivers scsi '"devices": 4'
done
for disk in vblk piix; do
	grep -qE "\"intree\".*\"disk\": \"$disk\"" "$TMP/out/figures.json" || die "no $disk"
done

# The functions that a read goes through are found, in the driver and in the bus.
"$HV_TOP/scripts/profile" --quick --kernel plain --out "$TMP/profile" >/dev/null
for drivers in ours intree; do
	for module in hv_vmbus hv_netvsc scsi_mod; do
		grep -qE "\"set\": \"$drivers\".*\"modules\".*\"$module\": [1-9]" "$TMP/profile/profile.json" ||
			die "$drivers: nothing of $module was executed"
	done
done

# The pages of a copy, from these counts.
mkdir "$TMP/top"
tar -C "$HV_TOP" -cf - scripts README patches/0000-cover-letter.patch | tar -C "$TMP/top" -xf -
mkdir "$TMP/top/Documentation"
"$TMP/top/scripts/report" "$TMP/out/figures.json" "$TMP/profile/profile.json"
grep -q '^By function: UDP' "$TMP/top/Documentation/performance.rst" || die "no functions on the page"
"$TMP/top/scripts/report" --check
for plot in storage-read net; do
	for suffix in svg png; do
		[ -s "$TMP/top/Documentation/figures/$plot.$suffix" ] || die "there is no plot $plot.$suffix"
	done
done
# A figure that somebody changes by hand is seen.
sed -i '/^  hv_blkvsc  /s/[0-9]/7&/' "$TMP/top/README"
! "$TMP/top/scripts/report" --check 2>"$TMP/err" || die "a changed figure in README is not seen"
grep -q README "$TMP/err" || die "nothing names README: $(cat "$TMP/err")"
"$HV_TOP/scripts/figures.py" same "$TMP/out/figures.json" "$TMP/out/figures.json"
printf '%s results\n' "$(grep -c '"set": ' "$TMP/out/figures.json")"
