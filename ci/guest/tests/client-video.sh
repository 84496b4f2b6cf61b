#!/bin/bash
# What hyperv_drm draws is what the host's screen shows, byte for byte; screens come and go.
# drivers: ours intree
# kernel: plain
# control: long
# timeout: 120
# variants: 3.2 3.5
# brief: 3.5
# boot: --bare --vmbus max-version=5.0 --image screen:8M
# boot: --qemu "-device virtio-blk-pci,drive=screen,serial=screen"
# boot: --qemu "-device hv-video,id=video,max-version=%v,xres=800,yres=600"
. /job/lib/common.sh
. /job/lib/clients.sh
# Older versions have no list of resolutions: the driver takes the largest.
case $VARIANT in 3.5) size="800 600" ;; *) size="1600 1200" ;; esac

# The screen is dumped into the file of a disk of this guest.
disk=$(_virtio_disk screen) || exit 1
file=$(_qmp query-named-block-nodes | _json \
	'next(n["file"] for n in d["return"] if n["node-name"] == "screen")')

# Is this what is on the screen?
shown() {
	_qmp screendump "{\"filename\":\"$file\",\"device\":\"video\"}" >/dev/null || return 1
	dd if="$disk" of=/run/shot bs=1M iflag=direct status=none || return 1
	python3 - "$@" <<-'END'
		import sys
		width, height = map(int, sys.argv[1:])
		frame = open("/run/frame", "rb").read()
		rgb = bytearray(width * height * 3)
		rgb[0::3], rgb[1::3], rgb[2::3] = frame[2::4], frame[1::4], frame[0::4]
		want = b"P6\n%d %d\n255\n" % (width, height) + rgb
		sys.exit(open("/run/shot", "rb").read(len(want)) != want)
	END
}
# see WHEN SEED FIRST LINES: it is drawn, and then on the screen.
see() {
	local when=$1 mode
	shift
	mode=$(_draw "$@") || _fail "$when: /dev/fb0 cannot be drawn on"
	[ "$mode" = "$size" ] || _fail "$when: the picture is $mode, not $size"
	# shellcheck disable=SC2086 # two words
	_wait_for 20 shown $mode || _fail "$when: something else is on the screen"
	_note "$when: $mode, $(_prop video x-dirts) reports"
}
begin() {
	_wait_for 20 [ -c /dev/fb0 ] || _fail "$1: no /dev/fb0"
	_ready video "$VARIANT"
	see "$1" "$RANDOM" 0 0
	[ "$(_prop video x-pointer)" = "1 1x1+0+0" ] ||
		_fail "$1: the host draws a pointer: $(_prop video x-pointer)"
	addresses "$(_prop video x-vram)" || _fail "$1: the memory is nobody's in /proc/iomem"
}
# Who has the video memory? It is somebody's as long as there is a driver.
addresses() { _has "^ *$(printf %x "$1")-.* : [0-9a-f-]*\$" </proc/iomem; }
ended() {
	_wait_for 20 _service_is video closed || _fail "$1: the channel is open without a driver"
	! addresses "$(_prop video x-vram)" || _fail "$1: the memory is still taken"
}

for round in 1 2; do
	_run modprobe hyperv_drm
	begin "round $round"
	see "a few lines" "$RANDOM" 100 3
	see "the last line" "$RANDOM" $((${size#* } - 1)) 1
	_run rmmod hyperv_drm
	ended "round $round"
done

_run modprobe hyperv_drm
begin "once more"
# What is drawn while nobody looks need not be reported, and is there afterwards.
_knob video x-viewer false
sleep 0.5
before=$(_prop video x-dirts)
_draw "$RANDOM" 0 0 >/run/mode || _fail "/dev/fb0 cannot be drawn on while nobody looks"
sleep 1
# shellcheck disable=SC2086 # two words
! shown $size || _fail "the screen changes while nobody looks"
[ "$(_prop video x-dirts)" = "$before" ] || _fail "reports that nobody asked for"
_knob video x-viewer true
# shellcheck disable=SC2086 # two words
_wait_for 10 shown $size || _fail "the host sees something else when it looks again"
see "in view again" "$RANDOM" 0 0

device=$(basename "$(_vmbus_devices da0a7802-e377-4aac-8e77-0558eb1073f8)")
echo "$device" >/sys/bus/vmbus/drivers/hyperv_drm/unbind || _fail "the driver does not unbind"
ended unbind
echo "$device" >/sys/bus/vmbus/drivers/hyperv_drm/bind || _fail "the driver does not bind"
begin "bound again"

# The host takes it away while somebody has it open.
exec {screen}<>/dev/fb0
_run _device_del video
gone() { [ -z "$(_vmbus_devices da0a7802-e377-4aac-8e77-0558eb1073f8)" ]; }
_wait_for 30 gone || _fail "the device stays"
exec {screen}>&-
there_again() { _device_add "hv-video,id=video,max-version=$VARIANT,xres=800,yres=600"; }
_wait_for 20 there_again || _fail "the device cannot be plugged in again"
begin "plugged in again"
