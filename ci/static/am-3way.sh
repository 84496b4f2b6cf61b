#!/usr/bin/env bash
# git am -3 applies the series where upstream has changed the lines next to it
# packages: git
# timeout: 120
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

in_repo() { git -C "$TMP/repo" -c user.name=t -c user.email=t@localhost "$@"; }

upstream_subset "$(linux)" "$TMP/repo"
in_repo init -q
in_repo add -A
in_repo commit -q -m 'the release that the series stands on'
# What stands directly above our line of each file gets another name.
sed -i -E 's|^(source "drivers/staging/)[a-z0-9_]+(/Kconfig")$|\1renamed\2|' \
	"$TMP/repo/drivers/staging/Kconfig"
sed -i 's/piix_ignore_devices_quirk/piix_leave_devices_quirk/' "$TMP/repo/drivers/ata/ata_piix.c"
in_repo commit -q -a -m 'what upstream did since'

mapfile -t series < <(series_files)
if in_repo am -q "${series[@]}" >"$TMP/am.log" 2>&1; then
	die "git am applies without -3: this test changes no line that the series stands on"
fi
in_repo am --abort
in_repo am -q -3 "${series[@]}" >"$TMP/am.log" 2>&1 || {
	cat "$TMP/am.log" >&2
	die "git am -3 does not apply the series"
}
diff -r "$DRIVERS" "$TMP/repo/$TARGET" || die "git am -3 makes other drivers than drivers-staging-hv"
printf '%s patches, three-way\n' "${#series[@]}"
