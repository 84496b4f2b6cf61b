#!/usr/bin/env bash
# What a user has exported for git and make does not reach the scripts
# packages: git
# timeout: 180
set -euo pipefail
# shellcheck source=ci/static/lib.sh
. "$(dirname "$0")/lib.sh"

# in_script CODE: CODE in a script of the project's.
in_script() { bash -euo pipefail -c ". \"\$HV_TOP/scripts/lib.sh\"; $1"; }

mkdir "$TMP/theirs" "$TMP/ours" "$TMP/hooks"
git init -q "$TMP/theirs"
# As git exports it to hooks and to "git bisect run" in a linked worktree.
GIT_DIR=$TMP/theirs/.git GIT_INDEX_FILE=$TMP/theirs/.git/index in_script "
	git init -q '$TMP/ours'
	echo x >'$TMP/ours/x'
	git -C '$TMP/ours' add x
	git -C '$TMP/ours' -c user.name=t -c user.email=t@localhost commit -q -m x"
[ -e "$TMP/ours/.git" ] || die "GIT_DIR leads the build's git elsewhere"
! git -C "$TMP/theirs" rev-parse -q --verify HEAD >/dev/null ||
	die "under GIT_DIR the build commits into the user's repository"

printf '#!/bin/sh\nexit 1\n' >"$TMP/hooks/pre-commit"
chmod +x "$TMP/hooks/pre-commit"
printf '[core]\n\thooksPath = %s\n[commit]\n\tgpgsign = true\n[gpg]\n\tprogram = false\n' "$TMP/hooks" >"$TMP/config"
GIT_CONFIG_GLOBAL=$TMP/config in_script "
	git -C '$TMP/ours' -c user.name=t -c user.email=t@localhost commit -q --allow-empty -m y" ||
	die "the user's git configuration reaches the build"

# shellcheck disable=SC2016 # in_script expands it
ARCH=arm64 CROSS_COMPILE=none- LLVM=1 MAKEFLAGS=-n in_script '
	[ -z "${ARCH:-}${CROSS_COMPILE:-}${LLVM:-}${MAKEFLAGS:-}" ]' || die "settings for make reach the build"
# shellcheck disable=SC2016 # and bash this
(cd "$TOP" && CDPATH=. bash -c '. scripts/lib.sh; [ -d "$HV_TOP/scripts" ]') || die "CDPATH leads the scripts astray"
PATH=/usr/bin:/bin in_script 'command -v ldconfig >/dev/null' || die "a user has no ldconfig"
echo "git, make, CDPATH, PATH"
