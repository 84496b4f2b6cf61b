#!/bin/bash
# Hyper-V sockets: guest to host and host to guest, megabytes, half close, refusals, rescind.
# drivers: ours intree
# kernel: plain
# control: long
# timeout: 400
# variants: 4.0 5.3 6.0
# brief: 6.0
# boot: --bare --vmbus max-version=%v
# boot: --qemu "-device hv-sock,id=sock,path=@/sock,listen=@/sock_1,open-timeout=10000"
. /job/lib/common.sh
# The host's service 1 is the host's own listener: who connects to it and names a port
# is connected to the guest again, and both ends of two connections are in this test.
cat >/run/sock.py <<'END'
import hashlib, os, socket, sys, threading
HOST, SERVICE, NOBODY = socket.VMADDR_CID_HOST, 1, 2

def vsock():
    s = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
    s.settimeout(60)
    return s

def line(s):
    got = b""
    while not got.endswith(b"\n"):
        byte = s.recv(1)
        if not byte:
            break
        got += byte
    return got.decode()

# The guest's two ends of a way to the host and back.
def pair(port):
    listener = vsock()
    listener.bind((socket.VMADDR_CID_ANY, port))
    listener.listen(1)
    near = vsock()
    near.connect((HOST, SERVICE))
    near.sendall(b"CONNECT %d\n" % port)
    far, _ = listener.accept()
    far.settimeout(60)
    listener.close()
    answer = line(near)
    assert answer.startswith("OK "), answer
    return near, far

# Sends that many bytes, then its end, and in the meantime expects what the other sent.
def exchange(s, send, receive, sums):
    def sender():
        sent = hashlib.sha256()
        left = send
        while left:
            data = os.urandom(min(left, 50000))
            s.sendall(data)
            sent.update(data)
            left -= len(data)
        s.shutdown(socket.SHUT_WR)
        sums.append(sent.hexdigest())
    thread = threading.Thread(target=sender)
    thread.start()
    got = hashlib.sha256()
    n = 0
    while data := s.recv(70000):
        got.update(data)
        n += len(data)
    thread.join()
    assert n == receive, f"{n} bytes, not {receive}"
    sums.append(got.hexdigest())

def both_ways(port, there, back):
    near, far = pair(port)
    near_sums, far_sums = [], []
    thread = threading.Thread(target=exchange, args=(far, back, there, far_sums))
    thread.start()
    exchange(near, there, back, near_sums)
    thread.join()
    assert len(far_sums) == 2, "the far end has failed"
    assert near_sums == far_sums[::-1], "not the bytes that were sent"
    near.close()
    far.close()

def volume(mib):
    both_ways(5000, mib << 20, mib << 20)

def sizes():
    for n in 0, 1, 7, 4088, 4089, 16384, 16385, 24575, 24576, 24577, 100003:
        both_ways(5001, n, 100003 - n)

# One direction has ended, the other goes on.
def half():
    near, far = pair(5002)
    near.sendall(b"all")
    near.shutdown(socket.SHUT_WR)
    assert far.recv(10) == b"all"
    assert far.recv(10) == b""
    for n in range(1000):
        far.sendall(b"%7d\n" % n)
    got = b""
    far.close()
    while data := near.recv(100000):
        got += data
    assert got == b"".join(b"%7d\n" % n for n in range(1000)), "lost after half a close"

# Nobody reads, until everything is full; nothing is lost.
def full():
    near, far = pair(5003)
    near.settimeout(0.5)
    sent = 0
    try:
        while True:
            sent += near.send(b"x" * 4096)
    except TimeoutError:
        pass
    near.settimeout(60)
    near.shutdown(socket.SHUT_WR)
    got = 0
    while data := far.recv(1 << 20):
        got += len(data)
    assert got == sent, f"{got} of {sent} bytes"

def many(n):
    for i in range(n):
        both_ways(5004 + i % 2, 1000 + i, 2000)

def parallel(n):
    threads = [threading.Thread(target=volume_of, args=(5100 + i,)) for i in range(n)]
    failed.clear()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed, failed
failed = []
def volume_of(port):
    try:
        both_ways(port, 300000, 300000)
    except Exception as e:
        failed.append((port, e))

# AF_VSOCK gives up after 2 s: hv_sock cannot tell it more.
def nobody(service=NOBODY):
    try:
        vsock().connect((HOST, service))
        assert False, "connected to nobody"
    except TimeoutError:
        pass

# Nobody listens at the host; nobody listens in the guest.
def refused():
    nobody()
    near = vsock()
    near.connect((HOST, SERVICE))
    near.sendall(b"CONNECT 4321\n")
    answer = line(near)
    assert answer == "", answer

# Keeps a connection and sends, until the other end is gone.
def hold(ready):
    near, far = pair(5005)
    open(ready, "w").close()
    try:
        while True:
            near.sendall(b"y" * 4096)
            if not far.recv(4096):
                break
    except OSError:
        pass

globals()[sys.argv[1]](*[int(a) if a.isdigit() else a for a in sys.argv[2:]])
END
sock() { python3 /run/sock.py "$@"; }
connections() { [ "$(_prop sock x-connections)" = "$1" ]; }
none_left() { _wait_for 20 connections 0 || _fail "$(_prop sock x-connections) are left"; }
pipes() { compgen -G '/sys/bus/vmbus/drivers/hv_sock/????????-*'; }
no_pipes() { ! pipes; }

for round in 1 2; do
	_run modprobe hv_sock
	for step in "volume $(_long 64 4)" sizes half full "many $(_long 300 30)" "parallel 8" \
		refused; do
		# shellcheck disable=SC2086 # words
		_run sock $step
		none_left
		_wait_for 20 no_pipes || _fail "$step: devices are left"
		_note "round $round: $step: $(_prop sock x-connected) connections yet"
	done
	_wait_for 10 rmmod hv_sock || _fail "hv_sock cannot be unloaded: $(rmmod hv_sock 2>&1)"
done
[ "$(_prop sock x-refused)" -ge 2 ] || _fail "the host has refused $(_prop sock x-refused)"

# held: a connection is there and in use.
held() {
	rm -f /run/ready
	sock hold /run/ready &
	HOLDER=$!
	_wait_for 20 test -e /run/ready || _fail "no connection to hold"
}
# dropped HOW: it is gone, and its user knows.
is_dead() { ! kill -0 "$HOLDER"; }
dropped() {
	_wait_for 60 is_dead || _fail "$1: the connection goes on"
	wait "$HOLDER" || _fail "$1: its user has failed"
	_wait_for 20 no_pipes || _fail "$1: devices are left"
	_note "$1: its user has been told"
}

_run modprobe hv_sock
# Mainline's hv_sock uses the rings after that, which its bus has freed.
if _ours; then
	held
	device=$(pipes | head -n 1)
	echo "${device##*/}" >/sys/bus/vmbus/drivers/hv_sock/unbind || _fail "unbind"
	dropped "the driver is unbound"
	none_left
	held
	echo VMBUS:00 >/sys/bus/platform/drivers/hv_vmbus/unbind || _fail "unbind the bus"
	dropped "the bus is unbound"
	none_left
	echo VMBUS:00 >/sys/bus/platform/drivers/hv_vmbus/bind || _fail "bind the bus"
	_run sock volume 1
	none_left
fi
held
_run _device_del sock
dropped "the host's device is gone"
_run sock nobody 1
_run rmmod hv_sock
