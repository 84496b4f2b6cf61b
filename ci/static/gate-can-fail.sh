#!/usr/bin/env bash
# Each gate of the static tier fails on a defect that is made for it
# packages: git
# timeout: 1200
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=ci/static/defect.bash
. "$(dirname "$0")/defect.bash"

# The file for most defects. Words are put together so that this file has none.
RING=drivers-staging-hv/vmbus/ring.c
first_patch() { series | head -n 1; }

# only_first_patch COPY: the gate need not check the other patches.
only_first_patch() { first_patch >"$1/series"; }

copy=$(fresh_copy)
echo '/* edited */' >>"$copy/$RING"
must_fail "a source edited without refresh" static/refresh "$copy" 'patches/ is stale'

copy=$(fresh_copy)
sed -i '0,/^+#define /s//&X_/' "$copy/patches/$(first_patch)"
must_fail "a patch edited by hand" static/roundtrip "$copy" 'does not apply|differs'

copy=$(fresh_copy)
only_first_patch "$copy"
sed -i '0,/^+#define .*/s//& /' "$copy/patches/$(first_patch)"
must_fail "white space" static/checkpatch "$copy" TRAILING_WHITESPACE

copy=$(fresh_copy)
printf '\n/**\n * vmb_gate() - a comment\n * @nothing: there is none\n */\nint vmb_gate(int it)\n{\n\treturn it;\n}\n' >>"$copy/$RING"
must_fail "a parameter without a description" static/kernel-doc "$copy" 'vmb_gate|kernel-doc has findings'

copy=$(fresh_copy)
printf '/* r%s */\n' ecieve >>"$copy/$RING"
must_fail "a misspelled word" static/codespell "$copy" '==> receive'

copy=$(fresh_copy)
sed -i 's/^# drivers:/# driver:/' "$copy/ci/guest/tests/net-basic.sh"
must_fail "a key of a header that does not exist" static/guest-form "$copy" 'there is no key driver'

copy=$(fresh_copy)
rm -rf "$copy/ci/guest" "$copy/ci/build"
# shellcheck disable=SC2016 # the defect is meant
printf '#!/bin/sh\nrm -r $1\n' >"$copy/scripts/gate"
must_fail "an unquoted variable" static/shellcheck "$copy" SC2086

copy=$(fresh_copy)
printf 'Signed-off%s: A Person <a@example.org>\n' -by >>"$copy/README"
must_fail "a trailer that only a person may write" static/no-signoff "$copy" 'README'

copy=$(fresh_copy)
printf 'see /wor%s/main\n' k >>"$copy/README"
must_fail "a path of one machine" static/hygiene "$copy" 'README'

copy=$(fresh_copy)
echo 'gitdir: nowhere' >"$copy/.git"
must_fail "a repository that git cannot read" static/hygiene "$copy" 'does not list'

copy=$(fresh_copy)
echo 'gitdir: nowhere' >"$copy/.git"
must_fail "a repository that git cannot read" static/no-signoff "$copy" 'does not list'

copy=$(fresh_copy)
sed -i 1d "$copy/$RING"
must_fail "a file without a licence" static/spdx "$copy" 'ring.c'

copy=$(fresh_copy)
printf '// SPDX-License-Identifier: GPL-2.0\nvoid *f(void)\n{\n\treturn kmalloc(8, GFP_KERNEL);\n}\n' \
	>"$copy/drivers-staging-hv/vmbus/gate.c"
must_fail "a header that is not included" static/includes "$copy" 'gate.c: uses kmalloc'

copy=$(fresh_copy)
{
	printf '\nvoid f(void)\n{\n'
	printf '\tg();\n%.0s' $(seq 101)
	printf '}\n'
} >>"$copy/$RING"
must_fail "a function of 101 lines" static/size "$copy" 'f\(\) has 101 lines'

copy=$(fresh_copy)
only_first_patch "$copy"
sed -i 's/^+L:\tlinux-hyperv@/+L:\tlinux-nobody@/' "$copy/patches/$(first_patch)"
must_fail "an entry without its list" static/get-maintainer "$copy" 'does not go to linux-hyperv'

copy=$(fresh_copy)
sed -i 's/^module_param(/module_param(gate, int, 0444);\n&/' "$copy/drivers-staging-hv/stor/blkvsc.c"
must_fail "a module parameter without an ABI entry" static/documentation "$copy" 'module parameter gate'

copy=$(fresh_copy)
printf '__le32 gate_wire;\nint gate_sum(void);\nint gate_sum(void)\n{\n\treturn gate_wire + 1;\n}\n' >>"$copy/$RING"
must_fail "arithmetic with a wire field" static/sparse "$copy" 'restricted __le32'

copy=$(fresh_copy)
printf 'int gate_if(int a);\nint gate_if(int a)\n{\n\tif (a) {\n\t\ta++;\n\t};\n\treturn a;\n}\n' >>"$copy/$RING"
HV_COCCI=$(linux)/scripts/coccinelle/misc/semicolon.cocci \
	must_fail "an unneeded semicolon" static/coccicheck "$copy" 'semicolon'

copy=$(fresh_copy)
patch=$(grep -rl --include="*.patch" "^+++ b/.*[.]c$" "$copy/ci/qemu" | sort | sed -n 1p)
[ -n "$patch" ] || die "no QEMU patch with code was found"
find "$copy/ci/qemu" -name '*.patch' ! -samefile "$patch" -delete
sed -i 's/^+    /+\t/' "$patch"
must_fail "a tab in QEMU code" static/qemu-checkpatch "$copy" 'tabs'

copy=$(fresh_copy)
sed -i '/^  hv_blkvsc  /s/[0-9]/7&/' "$copy/README"
must_fail "a figure that was changed by hand" static/figures "$copy" 'README'
