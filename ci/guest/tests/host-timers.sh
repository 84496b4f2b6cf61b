#!/bin/bash
# No processor of the test host loses its timers while the map of its memory changes.
# drivers: ours
# kernel: plain
# boot: --bare --load none --qemu "-netdev user,id=u -device e1000,id=nic,netdev=u,romfile="
. /job/lib/common.sh

nic=
for dev in /sys/bus/pci/devices/*; do
	[ "$(<"$dev/class")" != 0x020000 ] || nic=$dev
done
[ -n "$nic" ] || _fail "there is no network adapter on PCI"
_run modprobe -r e1000

# Its BARs come and go. A write to the EOI register of a local APIC that went to
# another region meanwhile left the timer's vector in service for ever.
toggle() {
	perl -e 'open(my $f, "+<:unix", "$ARGV[0]/config") or die "$!";
		my $rounds = 0;
		for (my $end = time + 20; time < $end; $rounds++) {
			for (0, 2) { sysseek($f, 4, 0); syswrite($f, pack("v", $_)) or die "$!"; }
		}
		print "$rounds\n";' "$nic"
}
for cpu in 0 1 2 3; do
	taskset -c $cpu perl -e 'select(undef, undef, undef, 0.0005) until -e "/run/enough"' &
done
rounds=$(toggle) || _fail "the configuration of $nic cannot be written"
: >/run/enough
wait
_note "the BARs went and came $rounds times, and all timers run"
