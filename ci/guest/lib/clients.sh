# shellcheck shell=bash
# For tests of the bus's other clients: integration services, keyboard, mouse, video.

# _ready ID [VERSION]: the guest has opened the channel of this service, and
# agreed on that version.
_ready() {
	_wait_for 30 _service_is "$1" ready ||
		_fail "the host says that $1 is $(_prop "$1" x-state), not ready"
	[ -z "${2:-}" ] || [ "$(_prop "$1" x-version)" = "$2" ] ||
		_fail "version $(_prop "$1" x-version) of $1 was agreed on, not $2"
}
_service_is() { [ "$(_prop "$1" x-state)" = "$2" ]; }

_more_answers() { [ "$(_prop "$1" x-answers)" -gt "$2" ]; }

# There may be another that the guest has yet to answer: some come by themselves.
_requested() { (_knob "$1" x-request "$2"); }

# _ask ID REQUEST [STATUS]: the host asks, the guest answers with that status (0).
_ask() {
	local id=$1 before status
	before=$(_prop "$id" x-answers)
	_wait_for 10 _requested "$id" "$2" || _fail "$id does not take the request \"$2\""
	_wait_for 30 _more_answers "$id" "$before" || _fail "$id: no answer to \"$2\""
	status=$(_prop "$id" x-status)
	[ "$status" = "${3:-0}" ] || _fail "$id: status $status for \"$2\", not ${3:-0}"
}

# _events_of INSTANCE-GUID: /dev name of the input device of that device.
_events_of() {
	local d
	for d in /sys/class/input/event*; do
		case $(readlink -f "$d") in *"$1"*) echo "/dev/input/${d##*/}" ;; esac
	done
}

# _record DEVICE FILE: from now on each event is a line of the file, with type, code
# and value in decimal. $RECORDER is the process that writes it.
_record() {
	: >"$2"
	python3 -uc '
import struct, sys
with open(sys.argv[1], "rb", buffering=0) as device:
    print("open")
    while True:
        print(*struct.unpack("llHHi", device.read(24))[2:])' "$1" >>"$2" &
	RECORDER=$!
	_wait_for 20 grep -qx open "$2" || _fail "the events of $1 cannot be read"
}
_record_no_more() {
	kill "$RECORDER"
	wait "$RECORDER" 2>/dev/null
}

# _input_begin ID MODULE COMMAND...: loads the driver of the host's device ID and records
# the events of the device whose name COMMAND prints, in /run/events. _input_end ID MODULE.
_input_is_active() { [ "$(_prop "$1" x-active)" = "$2" ]; }
_input_is_there() { [ -c "$("$@")" ]; }
_input_begin() {
	local id=$1 module=$2
	shift 2
	_run modprobe "$module"
	_wait_for 10 _input_is_active "$id" True || _fail "the host's $id is not in use"
	_wait_for 10 _input_is_there "$@" || _fail "no input device"
	_record "$("$@")" /run/events
}
_input_end() {
	_record_no_more
	_run rmmod "$2"
	_wait_for 10 _input_is_active "$1" False || _fail "the $1 is in use without a driver"
}

# _draw SEED FIRST LINES: noise in these lines of /dev/fb0, in its mode, which is printed;
# no lines are all of them. The whole picture is in /run/frame then.
_draw() {
	python3 - "$@" <<-'END'
		import fcntl, random, struct, sys
		seed, first, lines = map(int, sys.argv[1:])
		with open("/dev/fb0", "r+b", buffering=0) as fb:
		    var = bytearray(160)
		    fcntl.ioctl(fb, 0x4600, var)
		    struct.pack_into("I", var, 84, 128) # to be set, though nothing is different
		    fcntl.ioctl(fb, 0x4601, var)
		    width, height = struct.unpack_from("II", var)
		    assert struct.unpack_from("I", var, 24)[0] == 32
		    fb.seek(first * width * 4)
		    fb.write(random.Random(seed).randbytes((lines or height) * width * 4))
		    fb.seek(0)
		    frame = fb.read(width * height * 4)
		print(width, height)
		open("/run/frame", "wb").write(frame)
	END
}
