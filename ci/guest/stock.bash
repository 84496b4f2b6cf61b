# shellcheck shell=bash
# Kernels as Debian ships them: in a Debian of their own, and in our QEMU with a
# console in a file and a monitor. To be sourced after scripts/lib.sh; the caller
# sets TMP, QEMU and CONSOLE.
# shellcheck disable=SC2153,SC2154 # they are assigned there

# stock_debian DIR PACKAGE,PACKAGE...: makes a Debian 13 with its backports.
stock_debian() {
	local suite
	debootstrap --variant=minbase --include="$2" trixie "$1" "$(mirror)"
	for suite in trixie trixie-backports; do echo "deb $(mirror) $suite main"; done \
		>"$1/etc/apt/sources.list"
	# What is thrown away need not survive a power cut.
	echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/unsafe-io"
	chroot "$1" apt-get -qq update
}

# stock_releases DIR SERIES...: the newest release of each series.
stock_releases() {
	local root=$1 series
	shift
	for series in "$@"; do
		chroot "$root" apt-cache pkgnames linux-headers- |
			sed -n "s/^linux-headers-\(${series}[.][^-]*-cloud-amd64\)$/\1/p" |
			sort -V | tail -n 1
	done
}

# stock_install DIR PACKAGE...
stock_install() {
	DEBIAN_FRONTEND=noninteractive chroot "$1" apt-get -qq -y --no-install-recommends \
		install "${@:2}"
}

# stock_start SECONDS MIB KERNEL INITRD COMMAND-LINE ARGS...: sets qemu_pid.
stock_start() {
	local seconds=$1 memory=$2 kernel=$3 initrd=$4 command=$5
	shift 5
	: >"$CONSOLE"
	: >"$TMP/violations.log"
	mkfifo "$TMP/hmp.in" "$TMP/hmp.out"
	timeout "$seconds" "$QEMU" -L /usr/share/seabios -L /usr/share/qemu -machine pc \
		-accel tcg,thread=multi -cpu qemu64,hv-passthrough -smp 2 -m "$memory" -nodefaults \
		-display none -no-reboot -serial "file:$CONSOLE" -kernel "$kernel" \
		-initrd "$initrd" -append "console=ttyS0 panic=-1 $command" \
		-chardev "pipe,id=hmp,path=$TMP/hmp" -mon chardev=hmp,mode=readline \
		-device vmbus-bridge "$@" \
		-d guest_errors -D "$TMP/violations.log" >"$TMP/qemu.log" 2>&1 &
	qemu_pid=$!
	# The monitor's words are nobody's; QEMU would wait for a reader.
	cat "$TMP/hmp.out" >/dev/null &
}

# stock_when WORDS COMMAND: the monitor's, when the guest says so; not if it has ended.
stock_when() {
	until grep -aq "^stock: .*$1" "$CONSOLE"; do
		kill -0 "$qemu_pid" 2>/dev/null || return 0
		sleep 0.2
	done
	echo "$2" >"$TMP/hmp.in"
}

# stock_end NAME: the guest was content, and the host with it.
stock_end() {
	wait "$qemu_pid" || say "QEMU ended with $?"
	qemu_pid=
	rm "$TMP"/hmp.*
	grep -a '^stock: ' "$CONSOLE" || true
	grep -aq '^stock: ok' "$CONSOLE" || {
		tail -n 20 "$CONSOLE" "$TMP/qemu.log"
		die "$1 failed"
	}
	[ ! -s "$TMP/violations.log" ] || {
		head -n 5 "$TMP/violations.log"
		die "$1 did what the protocol does not allow, or the host believes so"
	}
}
