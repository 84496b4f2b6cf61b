# shellcheck shell=bash
# What the project's scripts share: messages, packages, the cache, atomic
# steps. To be sourced after `set -euo pipefail`.

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# A failure in $(...) counts like any other.
shopt -s inherit_errexit
unset CDPATH
HV_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
HV_CACHE=${HV_CACHE:-${HOME:-/root}/.cache/hv-staging}
HV_JOBS=${HV_JOBS:-$(nproc)}
# kbuild refuses some of these, and make and the shell trip over the others.
no_odd_letters() {
	case $2 in
	*[[:space:]:\#%\$\\\'\"]*) die "$1 is $2: the kernel cannot be built in a path with a space or one of : # % \$ \\ ' \": set another" ;;
	esac
}
HV_CACHE=$(realpath -ms -- "$HV_CACHE")
no_odd_letters HV_CACHE "$HV_CACHE"
# Consumed by the scripts that source this file.
export HV_TOP HV_CACHE HV_JOBS

# A user's PATH on Debian has no mke2fs and no ldconfig.
PATH=$PATH:/usr/sbin:/sbin

# Hooks, "git bisect run" and "git rebase -x" export where their repository is:
# the build's git commands would work in that one. (git rev-parse
# --local-env-vars names these; git may not be there yet.)
unset GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CONFIG GIT_CONFIG_PARAMETERS \
	GIT_CONFIG_COUNT GIT_OBJECT_DIRECTORY GIT_DIR GIT_WORK_TREE \
	GIT_IMPLICIT_WORK_TREE GIT_GRAFT_FILE GIT_INDEX_FILE GIT_NO_REPLACE_OBJECTS \
	GIT_REPLACE_REF_BASE GIT_PREFIX GIT_SHALLOW_FILE GIT_COMMON_DIR \
	GIT_TEMPLATE_DIR GIT_CEILING_DIRECTORIES
# Nor is the user's configuration meant for the build: signatures, hooks, line
# ends. The repository may be another user's, as in a container.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_COUNT=1 \
	GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$HV_TOP

# What kernel developers have exported for their own builds.
unset ARCH SUBARCH CROSS_COMPILE LLVM LLVM_IAS CC HOSTCC LD MAKEFLAGS MFLAGS \
	MAKELEVEL CFLAGS CPPFLAGS LDFLAGS KCFLAGS KCPPFLAGS KAFLAGS LOCALVERSION \
	KBUILD_OUTPUT KBUILD_EXTMOD KBUILD_VERBOSE KCONFIG_CONFIG KCONFIG_ALLCONFIG \
	INSTALL_MOD_PATH INSTALL_PATH O W C M V

# usage [STATUS]: prints the script's leading comment as its help, and exits.
usage() {
	sed -n '2,/^[^#]/{s/^# \{0,1\}//;/^set /d;/^timeout: /d;/^packages: /d;p}' "$0" | sed '/^$/N;/^\n$/D'
	exit "${1:-0}"
}

# wrong_option WORD: names the option, and prints the usage.
wrong_option() {
	say "error: $1 is not known here"
	usage 2 >&2
}

# only_help "$@": for a script that takes no arguments.
only_help() {
	case ${1:-} in
	-h | --help) usage ;;
	esac
	[ $# = 0 ] || wrong_option "$1"
}

# entries FILE: the lines of a series file; series: the names of our patches in
# their order; series_files: their paths.
entries() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }
series() { entries "$HV_TOP/series"; }
series_files() { series | sed "s|^|$HV_TOP/patches/|"; }

# header FILE KEY: the values of the "# KEY: value" lines in a test's header.
header() { sed -n "/^#/!q;s/^# $2: *//p" "$1"; }

# packages_in WORD...: the packages, with those of a group for @guest (all that
# scripts/boot needs, to be asked for in one go before the first build) and
# @compile (the tests that compile the drivers).
packages_in() {
	local word
	for word in "$@"; do
		case $word in
		@guest)
			packages_in @compile ninja-build pkg-config python3-venv libglib2.0-dev libpixman-1-dev \
				zlib1g-dev libfdt-dev libslirp-dev libaio-dev seabios qemu-system-data \
				e2fsprogs libc-bin cpio gcc libc6-dev clang libbpf-dev
			;;
		@compile)
			printf '%s\n' build-essential flex bison bc libelf-dev libssl-dev kmod ccache python3 \
				patch git lz4 xz-utils rsync
			;;
		*) printf '%s\n' "$word" ;;
		esac
	done
}

# missing_packages WORD...: those of packages_in that are not installed.
missing_packages() {
	local wanted
	mapfile -t wanted < <(packages_in "$@" | sort -u)
	[ "${#wanted[@]}" -gt 0 ] || return 0
	comm -23 <(printf '%s\n' "${wanted[@]}") \
		<(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^ii *//p' | sort -u)
}

# need_packages WORD...: installs what is missing, or says how to.
need_packages() {
	local missing
	[ $# -gt 0 ] || return 0
	command -v apt-get >/dev/null ||
		die "this takes its tools from Debian 12 or 13, and there is no apt-get here; a container will do: see README"
	mapfile -t missing < <(missing_packages "$@")
	[ "${#missing[@]}" -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] ||
		die "missing packages; as root run: apt-get install --no-install-recommends ${missing[*]}"
	say "installing: ${missing[*]}"
	# Somebody else may be installing as well.
	local log apt=(apt-get -o DPkg::Lock::Timeout=300)
	log=$(mktemp)
	if ! DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
		"${apt[@]}" update >>"$log" 2>&1 || true
		DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 || {
			tail -n 5 "$log" >&2
			rm -f "$log"
			die "apt-get could not install: ${missing[*]} (is the network there?)"
		}
	fi
	rm -f "$log"
}

# need_tools TOOL...: names what is not there.
need_tools() {
	for tool in "$@"; do
		command -v "$tool" >/dev/null || die "$tool is missing: install the package that has it"
	done
}

# kvm_lacks: why there is no KVM for a guest, or nothing. An unchanged kernel needs the
# processor's own support, and not every KVM is that. HV_KVM=here: this one is.
kvm_lacks() {
	[ "${HV_KVM:-}" != here ] || return 0
	if [ ! -c /dev/kvm ]; then
		echo "there is no /dev/kvm"
	elif ! [ -r /dev/kvm ] || ! [ -w /dev/kvm ]; then
		echo "/dev/kvm cannot be opened by $(id -un)"
	elif ! grep -qwE 'vmx|svm' /proc/cpuinfo; then
		echo "the processor shows neither VMX nor SVM"
	fi
}

# need_space GIB: a disk without room is reported before a build, not after it.
# Files count as well, some 20,000 for each GiB.
need_space() {
	local free files
	if [ ! -d "$HV_CACHE" ]; then
		mkdir -p "$HV_CACHE" || die "cannot create $HV_CACHE: set HV_CACHE to a directory that can be written"
	fi
	[ -w "$HV_CACHE" ] || die "$HV_CACHE cannot be written: set HV_CACHE to a directory that can"
	free=$(df -Pk "$HV_CACHE" | awk 'NR == 2 { print int($4 / 1048576) }')
	[ "$free" -ge "$1" ] || die "$HV_CACHE has $free GiB free, $1 are needed: free some, or set HV_CACHE elsewhere"
	# Not every file system has a limit.
	files=$(df -Pi "$HV_CACHE" | awk 'NR == 2 { print ($2 > 0 ? $4 : "any") }')
	[ "$files" = any ] || [ "$files" -ge $(($1 * 20000)) ] ||
		die "$HV_CACHE has room for $files files, $(($1 * 20000)) are needed: set HV_CACHE elsewhere"
}

# need_build GIB: what a guest needs is asked for before the first of its parts is
# made: the packages of all, and the room, which is less once the source is there.
need_build() {
	local gib=$1
	need_packages @guest
	[ -n "$(source_id)" ] || [ -e "$HV_CACHE/src/linux-7.3" ] || gib=12
	need_space "$gib"
}

# with_lock NAME COMMAND...: one maker at a time for each thing in the cache.
# What COMMAND starts keeps the lock for as long as it lives.
with_lock() {
	local name=$1
	shift
	mkdir -p "$HV_CACHE/locks"
	(
		flock -n 9 || { say "waiting for another run ($name)"; flock 9; }
		"$@"
	) 9>"$HV_CACHE/locks/$name"
}

# failures_count: "if COMMAND" and "COMMAND ||" switch set -e off in all of
# COMMAND, whatever COMMAND sets itself. Where that must not happen, exit.
failures_count() {
	local ignored
	set +e
	ignored=$(set -e; false; echo yes)
	set -e
	[ -z "$ignored" ] || die "${FUNCNAME[1]} is run in a condition, where its failures would not count"
}

# attempt COMMAND...: runs it in a subshell in which set -e counts, and leaves
# its status in $status.
attempt() {
	failures_count
	set +e
	(set -e; "$@")
	status=$?
	set -e
}

# must WORDS COMMAND...: every step of it has to succeed, or WORDS are the error.
must() {
	local words=$1 status
	shift
	attempt "$@"
	[ "$status" = 0 ] || die "$words"
}

# make_once DIR COMMAND...: runs COMMAND TMPDIR and renames TMPDIR to DIR when
# every step of it succeeded, so that nothing half-made ever has the final name.
# To be called with_lock. TMPDIR, and what COMMAND puts beside it under a longer
# name, goes when COMMAND fails, and after a day where that was not possible.
make_once() {
	local dir=$1 tmp status
	shift
	[ ! -e "$dir" ] || return 0
	failures_count
	mkdir -p "$(dirname "$dir")"
	find "$(dirname "$dir")" -maxdepth 1 -name '.new.*' -mmin +1440 -exec rm -rf {} +
	tmp=$(mktemp -d "$(dirname "$dir")/.new.XXXXXX")
	attempt make_and_name "$dir" "$tmp" "$@"
	[ "$status" = 0 ] || say "$dir was not made: see above"
	return "$status"
}

make_and_name() {
	local dir=$1 tmp=$2
	shift 2
	# shellcheck disable=SC2064 # to be expanded now: it is a local variable
	trap "rm -rf ${tmp@Q} ${tmp@Q}.*" EXIT
	chmod 755 "$tmp"
	"$@" "$tmp"
	# Without -T it would become a directory in one that is there.
	mv -T "$tmp" "$dir"
}

# cached KIND KEY COMMAND...: prints the directory of what COMMAND TMPDIR makes,
# once for each key. Keys of a kind that nobody used for a week go.
cached() {
	local kind=$1 dir=$HV_CACHE/$1/$2
	shift 2
	if [ ! -e "$dir" ]; then
		with_lock "$kind-build" make_once "$dir" "$@" >&2
		find "$HV_CACHE/$kind" -mindepth 1 -maxdepth 1 -mtime +6 -exec rm -rf {} +
	fi
	# The cache may be another user's.
	touch -c "$dir" 2>/dev/null || true
	printf '%s\n' "$dir"
}

# step "what" LOG COMMAND...: a long step with its time, output in LOG.
step() {
	local what=$1 log=$2 start=$SECONDS
	shift 2
	mkdir -p "$(dirname "$log")"
	say "$what ..."
	# A process group of its own, so that all of it goes when this script does;
	# should it live on, it has the lock.
	set -m
	"$@" >"$log" 2>&1 &
	local pid=$!
	set +m
	trap 'kill -- -$pid 2>/dev/null; wait $pid; exit 130' INT TERM HUP
	while kill -0 $pid 2>/dev/null; do
		sleep 0.2
		if [ $(((SECONDS - start) % 30)) = 29 ]; then
			say "  $((SECONDS - start + 1)) s: $(tail -n 1 "$log" 2>/dev/null | cut -c1-100)"
			sleep 1
		fi
	done
	local result=0
	wait $pid || result=$?
	trap - INT TERM HUP
	if [ $result != 0 ]; then
		tail -n 15 "$log" >&2
		say "error: $what failed; the whole log: $log"
		return 1
	fi
	say "  done in $((SECONDS - start)) s"
}

# mirror: the address of the Debian mirror that this machine uses. Other lists may
# come first, and have a component of that name too.
mirror() {
	local found
	found=$(configured_mirror)
	if [ -z "$found" ] && [ "$(id -u)" = 0 ]; then
		apt-get -qq update >&2 || true
		found=$(configured_mirror)
	fi
	[ -n "$found" ] ||
		die "no Debian mirror is known here: as root run apt-get update, or set KERNEL_SRC and QEMU_SRC"
	printf '%s\n' "$found"
}

configured_mirror() {
	# shellcheck disable=SC2016 # the dollars are apt's
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F'|' '$1 == "Debian" && $2 == "Debian" && $3 == "main" && !n++ { print $4 }'
}

# source_id: nothing for the packaged Linux 7.3, a short name for KERNEL_SRC:
# each source has trees and objects of its own in the cache.
source_id() {
	[ -z "${KERNEL_SRC:-}" ] || printf '.%s' "$(realpath -m "$KERNEL_SRC" | sha256sum | cut -c1-8)"
}

# tree_state DIR: a key for what is in a user's tree: every file's size and time.
tree_state() {
	[ -d "$1" ] || die "$1 is no directory"
	(cd "$1" && find . -name .git -prune -o -printf '%P %y %m %s %T@ %l\n') |
		LC_ALL=C sort | sha256sum | cut -c1-16
}

# source_state: the same for the kernel's source; the packaged one never changes.
source_state() { if [ -n "${KERNEL_SRC:-}" ]; then tree_state "$KERNEL_SRC"; else echo 7.3; fi; }

# hash_of FILE...: a short key for what something is made from.
hash_of() { cat "$@" | sha256sum | cut -c1-16; }

# ccache keeps rebuilds short; paths inside the cache are made relative.
use_ccache() {
	export CCACHE_DIR=$HV_CACHE/ccache CCACHE_MAXSIZE=10G CCACHE_NOHASHDIR=1
	export CCACHE_BASEDIR=$HV_CACHE CCACHE_SLOPPINESS=time_macros,include_file_ctime,include_file_mtime
}
