#!/bin/bash
# hv_sock asks a host for a connection that has no vsock: it waits, gives up, and can go.
# drivers: ours
# kernel: plain
# timeout: 60
# violations: expected
# boot: --bare
. /job/lib/common.sh
# The host of these tests takes the message for one that it does not know.
connect() {
	python3 -c '
import errno, socket, time
s = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
start = time.monotonic()
try:
    s.connect((socket.VMADDR_CID_HOST, 1234))
except OSError as e:
    print(errno.errorcode[e.errno], int(time.monotonic() - start))'
}
for round in 1 2 3; do
	_run modprobe hv_sock
	got=$(connect)
	case $got in
	"ETIMEDOUT "[2-9]) ;;
	*) _fail "round $round: \"$got\", not a timeout after the 2 s of AF_VSOCK" ;;
	esac
	_run rmmod hv_sock
	# Without a transport there is nobody to ask.
	got=$(connect)
	case $got in
	ETIMEDOUT*) _fail "round $round: asked without hv_sock" ;;
	esac
done
