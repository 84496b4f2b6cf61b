# shellcheck shell=bash
# A machine with real KVM where there is none: Debian's kernel in our QEMU, whose TCG
# emulates AMD's SVM. Under load it is not steady: a virtual processor of its guest
# stands still or takes a triple fault, or the machine itself crashes, whatever the
# guest. So jobs are short, and one without a verdict is repeated, and counted.
# To be sourced after scripts/lib.sh; the caller sets TMP, QEMU and BUSYBOX.
# shellcheck disable=SC2153,SC2154 # they are assigned there

# initramfs OUT: busybox, KVM, and the driver of the disks.
nested_initramfs() {
	local stock tree=$TMP/nested.tree file name
	stock=$("$HV_TOP/scripts/sources" stock-6.12)
	mkdir -p "$tree"/{bin,modules}
	cp "$BUSYBOX" "$tree/bin/busybox"
	cp "$HV_TOP/ci/guest/tools/nested-init" "$tree/init"
	for name in virtio_blk kvm-amd; do
		modprobe -d "$stock" -S "$(basename "$stock"/usr/lib/modules/*)" \
			--show-depends "$name"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$TMP/list"
	while read -r file; do
		name=$(basename "$file" .xz)
		xz -dc "$file" >"$tree/modules/$name"
		printf '%s\n' "$name" >>"$tree/modules/order"
	done <"$TMP/list"
	(cd "$tree" && find . | cpio -o -H newc --quiet -R 0:0) >"$1"
	rm -rf "$tree"
	ln -sf "$stock/bzImage" "$TMP/nested.kernel"
}

# nested_program TREE FILE: with its libraries, at the same path.
nested_program() {
	{
		echo "$2"
		ldd "$2" | awk '/=> \// { print $3 } $1 ~ /^\// { print $1 }'
	} | xargs cp -L --parents -t "$1"
}

# nested_disk TREE OUT: TREE has /nested, the job, and what that needs.
nested_disk() {
	local tree=$1
	mkdir -p "$tree"/{bin,proc,sys,dev,tmp,root,etc,result}
	cp "$BUSYBOX" "$tree/bin/busybox"
	truncate -s 4G "$2"
	mke2fs -q -t ext4 -O ^has_journal -d "$tree" "$2"
}

# nested_run DISK DIR SECONDS: boots the machine; what the job left is in DIR then.
nested_run() {
	local disk=$1 dir=$2
	truncate -s 0 "$TMP/nested.result"
	truncate -s 64M "$TMP/nested.result"
	timeout "$3" "$QEMU" -L /usr/share/seabios -L /usr/share/qemu -machine pc \
		-accel tcg,thread=multi -cpu EPYC,+svm,+npt -smp 2 -m 3072 -nodefaults \
		-display none -no-reboot -serial "file:$dir/nested.log" \
		-kernel "$TMP/nested.kernel" -initrd "$TMP/nested.initrd" \
		-append 'console=ttyS0 panic=-1' \
		-drive "file=$disk,format=raw,if=none,id=vda,snapshot=on" \
		-device virtio-blk-pci,drive=vda \
		-drive "file=$TMP/nested.result,format=raw,if=none,id=vdb" \
		-device virtio-blk-pci,drive=vdb >"$dir/nested.qemu.log" 2>&1 </dev/null || true
	! grep -aq '^nested: done' "$dir/nested.log" || tar xf "$TMP/nested.result" -C "$dir"
}

# nested_verdict DIR STATUS: passed, failed, or none, of the job's status and the guest's
# console. A guest whose processors only stand still is the machine's doing.
nested_verdict() {
	local dir=$1 status=$2 still='stall|soft lockup|hard LOCKUP'
	: >>"$dir/console.log"
	grep -Ef "$HV_TOP/ci/guest/tools/splats" "$dir/console.log" >"$dir/complaints" || true
	if [ -z "$status" ]; then
		echo none
	elif [ -s "$dir/complaints" ] && ! grep -qvE "$still" "$dir/complaints"; then
		echo none
	elif [ "$status" = 0 ] && [ ! -s "$dir/complaints" ]; then
		echo passed
	else
		echo failed
	fi
}
