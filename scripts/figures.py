#!/usr/bin/env python3
"""What scripts/bench and scripts/report make of the counts of guests.

usage: scripts/figures.py collect KEY=VALUE... FILE...   JSON of what guests printed
       scripts/figures.py table JSON                     a table of all of it
       scripts/figures.py same JSON JSON                 do two runs agree within 1 %?
       scripts/figures.py plots JSON DIR                 data and commands for gnuplot
       scripts/figures.py pages JSON [--check]           performance.rst, README and the
                                                         cover letter, or: do they agree?

The JSON:
  schema     "hv-figures 1"
  made       commit, date, kernel (of ci/configs), volume, lag: how it was made
  results    a list, one entry for what was measured:
    set        ours or intree: with which drivers of Hyper-V the guest was booted
    suite      storage, net, devices or scale
    disk       null, ide, scsi, blkvsc (SCSI class), vblk, vscsi, piix; or
    nic        hv, virtio, e1000, veth, dummy
    load, depth, batch, size, vcpus, channels, devices, scheduler: as far as they apply
    samples    how often it was measured, of n units each
    counts     counter: [median, least, most], per unit of the load: a request, a packet, a
               KiB of a stream, a connection; for load=bind of all devices together.
               Counters: instructions, signals, interrupts (of VMBus channels), irqs (of
               other devices), messages_in, messages_out, bytes_in, bytes_out, packets_in,
               packets_out; for load=bind gpadl_pages and mem_... in KiB
  wall       with --wall: the same labels, and ratio: [median, least, most] of ours to
             in-tree by the clock, each of two runs in turn
"""
import json
import os
import re
import statistics
import sys

SCHEMA = "hv-figures 1"
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = "Documentation/performance.rst"
KEPT = "Documentation/figures/figures.json"
COUNTED = ("instructions", "nanoseconds", "signals", "interrupts", "irqs", "messages_in",
           "messages_out", "bytes_in", "bytes_out", "packets_in", "packets_out", "gpadl_pages",
           "violations", "mem_total", "mem_slab", "mem_percpu", "mem_stack")
NAMES = {
    ("ours", "null"): "null_blk", ("ours", "ide"): "hv_blkvsc", ("ours", "scsi"): "hv_storvsc",
    ("ours", "blkvsc"): "hv_blkvsc, SCSI class", ("ours", "hv"): "hv_netvsc",
    ("ours", "veth"): "veth", ("ours", "dummy"): "dummy",
    ("intree", "null"): "null_blk, in-tree kernel", ("intree", "ide"): "in-tree, IDE class",
    ("intree", "scsi"): "in-tree, SCSI class", ("intree", "vblk"): "virtio_blk",
    ("intree", "vscsi"): "virtio_scsi", ("intree", "piix"): "ata_piix",
    ("intree", "hv"): "in-tree hv_netvsc", ("intree", "virtio"): "virtio_net",
    ("intree", "e1000"): "e1000", ("intree", "veth"): "veth, in-tree kernel",
    ("intree", "dummy"): "dummy, in-tree kernel",
}
DISKS = (("ours", "ide"), ("ours", "scsi"), ("intree", "ide"), ("intree", "scsi"),
         ("intree", "vblk"), ("intree", "vscsi"), ("intree", "piix"))
NICS = (("ours", "hv"), ("intree", "hv"), ("intree", "virtio"), ("intree", "e1000"))


# --- From the guests' lines to JSON ---

def samples_of(path):
    """The lines "R KEY=VALUE..." of a guest, labels and counts apart."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("R "):
                continue
            words = dict(w.split("=", 1) for w in line.split()[1:])
            counts = {k: int(words.pop(k)) for k in COUNTED if k in words}
            units = int(words.pop("n"))
            labels = {k: int(v) if v.isdigit() else v for k, v in words.items()}
            yield labels, units, counts


def spread(values):
    return [round(v, 5) for v in (statistics.median(values), min(values), max(values))]


def grouped(paths):
    """{labels: [(units, counts)]} of all files, in their order."""
    groups = {}
    for path in paths:
        drivers = path.rsplit(".", 1)[1]
        for labels, units, counts in samples_of(path):
            key = (("set", drivers),) + tuple(labels.items())
            groups.setdefault(key, []).append((units, counts))
    return groups


def results_of(paths):
    results = []
    for key, samples in grouped(paths).items():
        counts = {c: spread([s[c] / units for units, s in samples]) for c in samples[0][1]}
        if counts.pop("violations", [0])[-1]:
            sys.exit("the host saw a violation of the protocol: %s" % (key,))
        results.append({**dict(key), "samples": len(samples), "n": samples[0][0],
                        "counts": counts})
    return results


def wall_of(paths):
    """Ratios of runs that took turns: wall-ROUND-SUITE.DRIVERS."""
    times = {}
    for path in paths:
        turn = os.path.basename(path).split("-")[1]
        for key, samples in grouped([path]).items():
            took = statistics.median(s["nanoseconds"] / units for units, s in samples)
            times.setdefault(key[1:], {}).setdefault(key[0][1], {})[turn] = took
    walls = []
    for key, sets in times.items():
        if "ours" in sets and "intree" in sets:
            both = [sets["ours"][t] / sets["intree"][t] for t in sets["ours"]]
            walls.append({**dict(key), "ratio": spread(both)})
    return walls


def collect(arguments):
    made = dict(a.split("=", 1) for a in arguments if "=" in a)
    files = [a for a in arguments if "=" not in a]
    clock = [f for f in files if os.path.basename(f).startswith("wall-")]
    data = {"schema": SCHEMA, "made": made,
            "results": results_of([f for f in files if f not in clock]), "wall": wall_of(clock)}
    # One result on a line: a changed figure is a changed line.
    head = json.dumps({k: data[k] for k in ("schema", "made")})[:-1]
    lines = [',\n "%s": [\n  %s\n ]' % (k, ",\n  ".join(json.dumps(r) for r in data[k]))
             for k in ("results", "wall")]
    print(head + "".join(lines) + "\n}")


def load(path):
    if not os.path.exists(path):
        sys.exit("%s is not there: scripts/bench counts, scripts/report keeps" % path)
    with open(path, encoding="utf-8") as f:
        data = json.load(f)
    if data.get("schema") != SCHEMA:
        sys.exit("%s is not of schema %s" % (path, SCHEMA))
    return data


# --- Looking things up ---

class Figures:
    """Counts by set, device and labels; None where that was not measured."""

    def __init__(self, data):
        self.data = data

    def entry(self, who, **labels):
        for r in self.data["results"]:
            if r["set"] == who[0] and who[1] in (r.get("disk"), r.get("nic")) and \
                    all(r.get(k) == v for k, v in labels.items()):
                return r
        return None

    def all(self, who, counter="instructions", **labels):
        """[median, least, most], or None."""
        r = self.entry(who, **labels)
        return r["counts"].get(counter) if r else None

    def get(self, who, counter="instructions", **labels):
        c = self.all(who, counter, **labels)
        return c[0] if c else None

    def floor(self, drivers, **labels):
        return self.get((drivers, "null"), suite="storage", **labels)

    def received(self, who, counter="instructions", **labels):
        """What it takes to receive: that of sender and receiver without the sender's."""
        both = self.get(who, counter, load="udp-sent-to", **labels)
        sender = self.get(who, counter, load="udp-sender", **labels)
        return None if both is None or sender is None else both - sender

    def idle(self, drivers):
        for r in self.data["results"]:
            if r["set"] == drivers and r.get("load") == "idle":
                return r["counts"]["instructions"][0]
        return 0

    def probed(self, who, devices):
        c = self.get(who, suite="devices", load="bind", devices=devices)
        return None if c is None else c - self.idle(who[0])


def ratio(a, b):
    return None if a is None or not b else a / b


def minus(a, b):
    return None if a is None or b is None else a - b


# --- Goals ---

def goals_of_disks(f):
    for depth in (32, 128):
        at = {"load": "read", "depth": depth}
        ours, other = (f.get((s, "ide"), suite="storage", **at) for s in ("ours", "intree"))
        yield "hv_blkvsc of in-tree, depth %d" % depth, 0.50, ratio(ours, other)
        yield ("... both without null_blk's share", 0.10,
               ratio(minus(ours, f.floor("ours", **at)), minus(other, f.floor("intree", **at))))
        yield "... of virtio_blk", 0.65, ratio(ours, f.get(("intree", "vblk"), **at))
        yield ("hv_storvsc of in-tree, depth %d" % depth, 0.70,
               ratio(*(f.get((s, "scsi"), suite="storage", **at) for s in ("ours", "intree"))))


def goals_of_nics(f):
    hv, other, virtio = ("ours", "hv"), ("intree", "hv"), ("intree", "virtio")
    for batch, goal in ((32, 0.80), (1, 0.90)):
        at = {"size": 64, "batch": batch}
        sent = [f.get(w, load="udp-tx", **at) for w in (hv, other, virtio)]
        received = [f.received(w, **at) for w in (hv, other, virtio)]
        yield "hv_netvsc of in-tree, 64 bytes sent, %d at a time" % batch, goal, ratio(*sent[:2])
        yield "... received", goal, ratio(*received[:2])
        yield "... sent, of virtio_net", 1.00, ratio(sent[0], sent[2])
        yield "... received, of virtio_net", 1.00, ratio(received[0], received[2])
    stream = [f.get(w, suite="net", load="tcp-stream") for w in (hv, other, virtio)]
    yield "TCP, per KiB, median of ten", 0.65, ratio(*stream[:2])
    yield "... of virtio_net", 1.00, ratio(stream[0], stream[2])


def most_more(f, counter):
    """By how much ours has more of it per unit than in-tree, at most, and where."""
    worst = (0.0, "")
    for r in f.data["results"]:
        device = r.get("disk") or r.get("nic")
        if r["set"] != "ours" or r["load"] in ("bind", "idle") or device not in (
                "ide", "scsi", "hv"):
            continue
        labels = {k: r.get(k) for k in ("suite", "load", "depth", "batch", "size", "vcpus",
                                        "channels", "devices")}
        theirs = f.get(("intree", device), counter, **labels)
        if theirs is not None:
            more = r["counts"][counter][0] - theirs
            worst = max(worst, (more, "%s %s" % (device, title(r))))
    return worst


def goals_of_events(f):
    for counter in ("signals", "interrupts"):
        more, where = most_more(f, counter)
        yield ("%s per unit more than in-tree%s" % (counter.capitalize(), where and ": " + where),
               0.005, more)


def goals_of_devices(f):
    for ours, theirs, n in (("scsi", "scsi", 64), ("blkvsc", "scsi", 64), ("hv", "hv", 8)):
        whose = NAMES["ours", ours]
        what = "%d %s" % (n, "adapters" if ours == "hv" else "disks")
        yield ("%s of in-tree, probing %s" % (whose, what), 1.00,
               ratio(f.probed(("ours", ours), n), f.probed(("intree", theirs), n)))
        yield ("... memory", 1.00,
               ratio(*(f.get(w, "mem_total", suite="devices", load="bind", devices=n)
                       for w in (("ours", ours), ("intree", theirs)))))


def goals(f):
    for part in (goals_of_disks, goals_of_nics, goals_of_events, goals_of_devices):
        for what, goal, got in part(f):
            if got is not None:
                # As it is printed, so that nothing fails that looks equal.
                yield what, goal, got, round(got, 3 if goal < 0.1 else 2) <= goal


# --- Tables ---

def title(r):
    words = [str(r.get("load", ""))]
    for key in ("depth", "batch", "size", "vcpus", "channels", "devices"):
        if key in r:
            words.append("%s %s" % (key, r[key]))
    return ", ".join(words)


def number(v, digits=0):
    return "-" if v is None else "%.*f" % (digits, v)


def columns(rows, indent=""):
    """Text in columns: the first to the left, the others to the right."""
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    return [(indent + "  ".join(c.ljust(w) if i == 0 else c.rjust(w)
                                for i, (c, w) in enumerate(zip(r, widths)))).rstrip()
            for r in rows]


def rst_table(rows):
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    rule = "  ".join("=" * w for w in widths)
    body = ["  ".join(c.ljust(w) for c, w in zip(r, widths)).rstrip() for r in rows]
    return [rule, body[0], rule] + body[1:] + [rule, ""]


def goal_rows(f):
    rows = [("Goal", "at most", "measured", "met")]
    for what, goal, got, met in goals(f):
        digits = 3 if goal < 0.1 else 2
        rows.append((what, number(goal, digits), number(got, digits), "yes" if met else "no"))
    return rows


def everything(f):
    rows = [("what", "driver", "instructions", "least", "most", "signals", "interrupts", "irqs",
             "bytes in", "bytes out")]
    for r in f.data["results"]:
        c = r["counts"]
        device = r.get("disk") or r.get("nic")
        row = ["%s: %s" % (r["suite"], title(r)), NAMES.get((r["set"], device), r["set"])]
        row += [number(v) for v in c.get("instructions", [None] * 3)]
        row += [number(c.get(k, [None])[0], d) for k, d in
                (("signals", 4), ("interrupts", 4), ("irqs", 4), ("bytes_in", 0),
                 ("bytes_out", 0))]
        rows.append(row)
    return rows


def table(path):
    f = Figures(load(path))
    print("\n".join(columns(everything(f))))
    for w in f.data["wall"]:
        print("by the clock: %s %s: %.2f of in-tree (%.2f to %.2f)" % (
            w.get("disk") or w.get("nic"), title(w), *w["ratio"]))
    rows = goal_rows(f)
    if len(rows) > 1:
        print("\n" + "\n".join(columns(rows)))


def same(first, second):
    """Do the instructions of two runs agree within 1 %?"""
    def by_labels(path):
        return {tuple((k, v) for k, v in r.items() if k not in ("counts", "samples", "n")):
                r["counts"]["instructions"][0] for r in load(path)["results"]}
    a, b = by_labels(first), by_labels(second)
    if not a or a.keys() != b.keys():
        sys.exit("the two runs did not measure the same")
    off = sorted(((abs(a[k] - b[k]) / max(a[k], 1), k) for k in a), reverse=True)
    for how, key in off[:5]:
        print("%6.3f %%  %s" % (100 * how, " ".join("%s=%s" % p for p in key)))
    bad = sum(how > 0.01 for how, key in off)
    print("%d of %d counts differ by more than 1 %%" % (bad, len(off)))
    sys.exit(1 if bad else 0)


# --- Plots ---

def curve(f, who, x, counter="instructions", **labels):
    """[(x, median, least, most)] over the values of the label x."""
    points = {}
    for r in f.data["results"]:
        if r["set"] == who[0] and who[1] in (r.get("disk"), r.get("nic")) and x in r and \
                counter in r["counts"] and all(r.get(k) == v for k, v in labels.items()):
            points[r[x]] = (r[x], *r["counts"][counter])
    return [points[k] for k in sorted(points)]


def per_device(points, idle=0):
    return [(n, *((v - idle) / n for v in rest)) for n, *rest in points]


DEPTH = "requests in progress"
# What is emulated in full costs ten times as much: it is in the tables.
FLOORED = (("ours", "null"),) + DISKS[:-1]


def curves(f):
    """Each plot: name, title, axes, curves by name."""
    for load_, what in (("read", "reads"), ("write", "writes")):
        yield ("storage-%s" % load_, "4 KiB random %s" % what, DEPTH, "instructions per request",
               {NAMES[w]: curve(f, w, "depth", suite="storage", load=load_) for w in FLOORED})
    for counter in ("signals", "interrupts"):
        yield ("storage-%s" % counter, "%s per 4 KiB random read" % counter, DEPTH, counter,
               {NAMES[w]: curve(f, w, "depth", counter, suite="storage", load="read")
                for w in DISKS[:4]})
    disks = (("ours", "scsi"), ("ours", "blkvsc"), ("intree", "scsi"), ("intree", "vscsi"))
    for kind, who in (("disks", disks), ("adapters", NICS[:3])):
        at = {"suite": "devices", "load": "bind"}
        yield ("probe-%s" % kind, "probing %s" % kind, kind, "instructions per device",
               {NAMES[w]: per_device(curve(f, w, "devices", **at), f.idle(w[0])) for w in who})
        yield ("memory-%s" % kind, "memory of %s" % kind, kind, "KiB per device",
               {NAMES[w]: per_device(curve(f, w, "devices", "mem_total", **at)) for w in who})
    yield ("many-disks", "4 KiB random reads, 64 in progress", "disks", "instructions per request",
           {NAMES[w]: curve(f, w, "devices", suite="devices", load="read") for w in disks})
    yield ("scale-storage", "4 KiB random reads, 32 in progress on each processor", "processors",
           "instructions per request",
           {NAMES[w]: [p for p in curve(f, w, "vcpus", suite="scale", load="read")]
            for w in (("ours", "scsi"), ("intree", "scsi"), ("intree", "vblk"))})
    yield ("scale-net", "64-byte UDP, 32 at a time, on each processor", "processors",
           "instructions per packet",
           {NAMES[w]: curve(f, w, "vcpus", suite="scale", load="udp") for w in NICS[:2]})


def net_bars(f):
    """Groups of bars: what it is, and a value for each adapter."""
    for size in (64, 1448):
        for batch in (1, 32):
            at = {"size": size, "batch": batch}
            yield ("%d B, %d, sent" % (size, batch),
                   [f.get(w, load="udp-tx", **at) for w in NICS])
            yield ("%d B, %d, received" % (size, batch),
                   [f.received(w, **at) for w in NICS])
    for load_, what in (("tcp-stream", "TCP, per KiB"), ("tcp-request", "TCP, there and back"),
                        ("tcp-connect", "TCP, connect and close")):
        yield what, [f.get(w, suite="net", load=load_) for w in NICS]


STYLE = """set terminal {terminal}
set output '{output}'
set title '{title}' noenhanced
set xlabel '{x}' noenhanced
set ylabel '{y}' noenhanced
set key outside right noenhanced
set grid ytics
set yrange [0:*]
"""
TERMINALS = (("svg", "svg size 860,420 font 'sans,12'"),
             ("png", "pngcairo size 860,420 font 'sans,10'"))


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def gnuplot_files(where, name, what, x, y, data, commands):
    write(os.path.join(where, name + ".dat"), data)
    for suffix, terminal in TERMINALS:
        style = STYLE.format(terminal=terminal, output="%s.%s" % (name, suffix), title=what, x=x,
                             y=y)
        write(os.path.join(where, "%s.%s.gp" % (name, suffix)), style + commands)


def plot_curves(where, name, what, x, y, lines):
    data, plots = "", []
    for i, (driver, points) in enumerate((d, p) for d, p in lines.items() if p):
        data += "# %s\n%s\n\n\n" % (driver, "\n".join(" ".join("%g" % v for v in p)
                                                       for p in points))
        plots.append("'%s.dat' index %d using 1:2:3:4 with yerrorlines title '%s'" %
                     (name, i, driver))
    if not plots:
        return False
    gnuplot_files(where, name, what, x, y, data, "set logscale x 2\nplot " + ", \\\n  ".join(plots)
                  + "\n")
    return True


def plot_net(where, f):
    rows = [(what, v) for what, v in net_bars(f) if all(x is not None for x in v)]
    if not rows:
        return False
    # As shares of in-tree: a connection costs a hundred times what a packet does.
    data = "what %s\n" % " ".join('"%s"' % NAMES[w] for w in NICS)
    for what, values in rows:
        data += '"%s" %s\n' % (what, " ".join("%g" % (v / values[1]) for v in values))
    gnuplot_files(where, "net", "instructions, in-tree hv_netvsc = 1", "", "share", data,
                  "set style data histograms\nset style fill solid 0.8\nset xtics rotate by -35\n"
                  "plot for [i=2:%d] 'net.dat' using i:xtic(1) title columnheader(i)\n" %
                  (len(NICS) + 1))
    return True


def plot_names(f):
    return [name for name, what, x, y, lines in curves(f) if any(lines.values())]


def plots(path, where):
    f = Figures(load(path))
    for name, what, x, y, lines in curves(f):
        plot_curves(where, name, what, x, y, lines)
    plot_net(where, f)


# --- Pages ---

HEAD = """.. SPDX-License-Identifier: GPL-2.0
.. Made by scripts/report from {kept}: not to be edited.

=======
Figures
=======

Counts on the test host (test-host.rst), made by ``scripts/bench``, of one run, in one
guest configuration: this series on Linux 7.3, and mainline 7.3 with its own Hyper-V
drivers, with virtio and with the emulated hardware that a guest without drivers for
Hyper-V falls back to. The host says nothing about time. It executes one instruction
in each nanosecond of its clock, and whatever it does begins and ends at a nanosecond
of that clock, so that anyone gets the same counts: ``scripts/bench --check-repeat``
measures twice and fails where two counts differ by more than 1 %.

Made on {date} at commit {commit}, with the {kernel} kernel (ci/configs), {volume}
volumes and a lag of {lag} ns. To repeat it::

   scripts/bench
   scripts/report ~/.cache/hv-staging/bench/figures.json

What the columns mean:

* Instructions are those of the guest, kernel and load program together. What the load
  costs without a driver is shown as null_blk, dummy (sends only) and veth; a column
  "without" has it subtracted.
* Signals are hypercalls or monitor bits by which the guest wakes the host; interrupts
  those that VMBus channels or PCI devices raise.
* Between a signal and the work on it the host takes {lag} ns, more or less by up to a
  half, and a disk {lag} ns more for a request. virtio's network adapter has the same
  lag; virtio's disks and emulated hardware begin at once.
* A driver that polls executes instructions while it waits: those rows count the
  host's latency as well.
"""


def depth_rows(f, load_):
    rows = [("Driver", "Depth", "Instructions", "Without null_blk", "Of in-tree", "Signals",
             "Interrupts", "Bytes to host", "Bytes to guest")]
    for who in (("ours", "null"), ("intree", "null")) + DISKS:
        for depth, *_ in curve(f, who, "depth", suite="storage", load=load_):
            rows.append(disk_row(f, who, load_, depth))
    return rows


def disk_row(f, who, load_, depth):
    at = {"suite": "storage", "load": load_, "depth": depth}
    cost = f.get(who, **at)
    floor = f.floor(who[0], load=load_, depth=depth)
    theirs = f.get(("intree", "ide" if who[1] == "ide" else "scsi"), **at)
    events = [f.get(who, c, **at) for c in ("signals", "interrupts", "bytes_in", "bytes_out")]
    if who[1] in ("vblk", "vscsi", "piix"):
        events = [None, f.get(who, "irqs", **at), None, None]
    elif who[1] == "null":
        events = [None] * 4
    return (NAMES[who], str(depth), number(cost),
            "-" if who[1] == "null" else number(minus(cost, floor)),
            "-" if who[1] == "null" else number(ratio(cost, theirs), 2),
            number(events[0], 3), number(events[1], 3), number(events[2]), number(events[3]))


STORAGE_LOADS = (("read", "4 KiB random reads"), ("write", "4 KiB random writes"),
                 ("seqread", "128 KiB sequential reads"), ("seqwrite", "128 KiB sequential writes"),
                 ("flush", "Flush"), ("discard", "Discard, 64 KiB"),
                 ("read-none", "4 KiB random reads without an I/O scheduler"),
                 ("read-poll", "4 KiB random reads, polled (IOPOLL)"))


def net_rows(f, load_, size, batch):
    rows = [("Driver", "Instructions", "Of in-tree", "Signals", "Interrupts")]
    at = {"size": size, "batch": batch}
    floors = [(s, w) for s in ("ours", "intree") for w in ("dummy", "veth")]
    for who in tuple(floors) + NICS:
        if load_ == "udp-received":
            get = lambda counter, w=who: f.received(w, counter, **at)
        else:
            get = lambda counter, w=who: f.get(w, counter, suite="net", load=load_, **at)
        if get("instructions") is None:
            continue
        events = [get("signals"), get("interrupts")]
        if who[1] != "hv":
            events = [None, get("irqs") if who[1] in ("virtio", "e1000") else None]
        theirs = f.received(NICS[1], **at) if load_ == "udp-received" else \
            f.get(NICS[1], suite="net", load=load_, **at)
        share = ratio(get("instructions"), theirs) if who in NICS else None
        rows.append((NAMES[who], number(get("instructions")), number(share, 2),
                     number(events[0], 3), number(events[1], 3)))
    return rows


def net_sections(f):
    for size in (64, 1448):
        for batch in (1, 32):
            for load_, what in (("udp-tx", "sent"), ("udp-received", "received"),
                                ("udp-both", "there and back in the guest")):
                yield ("UDP, %d bytes, %d at a time, %s" % (size, batch, what),
                       net_rows(f, load_, size, batch))
    yield "TCP stream, per KiB", net_rows(f, "tcp-stream", 65536, 1)
    yield "TCP, 64 bytes there and back", net_rows(f, "tcp-request", 64, 1)
    yield "TCP, connect and close", net_rows(f, "tcp-connect", 1, 1)


def device_rows(f):
    rows = [("Driver", "Devices", "Instructions to probe", "per device", "KiB", "per device",
             "of it slab", "Ring pages")]
    for who in (("ours", "scsi"), ("ours", "blkvsc"), ("intree", "scsi"), ("intree", "vscsi"),
                *NICS[:3]):
        at = {"suite": "devices", "load": "bind"}
        for n, cost, *_ in curve(f, who, "devices", **at):
            cost -= f.idle(who[0])
            mem, slab, rings = (f.get(who, c, devices=n, **at)
                                for c in ("mem_total", "mem_slab", "gpadl_pages"))
            rows.append((NAMES[who], str(n), number(cost), number(cost / n), number(mem),
                         number(ratio(mem, n), 1), number(slab),
                         number(rings) if who[1] in ("scsi", "blkvsc", "hv") else "-"))
    return rows


def many_rows(f):
    rows = [("Driver", "Disks", "Instructions", "Signals", "Interrupts")]
    for who in (("ours", "scsi"), ("ours", "blkvsc"), ("intree", "scsi"), ("intree", "vscsi")):
        at = {"suite": "devices", "load": "read"}
        for n, cost, *_ in curve(f, who, "devices", **at):
            hv = who[1] != "vscsi"
            signals, interrupts = (f.get(who, c, devices=n, **at) if hv else None
                                   for c in ("signals", "interrupts"))
            rows.append((NAMES[who], str(n), number(cost), number(signals, 3),
                         number(interrupts, 3)))
    return rows


def scale_rows(f):
    rows = [("Driver", "Load", "Processors", "Channels", "Instructions", "Signals", "Interrupts")]
    for r in sorted((r for r in f.data["results"] if r["suite"] == "scale" and
                     r["load"] != "bind"),
                    key=lambda r: (r["load"], r["set"] != "ours", r["channels"], r["vcpus"])):
        who = r["set"], r.get("disk") or r.get("nic")
        c = r["counts"]
        hv = who[1] != "vblk"
        rows.append((NAMES[who], r["load"], str(r["vcpus"]), str(r["channels"]),
                     number(c["instructions"][0]),
                     *(number(c[k][0] if hv else None, 3) for k in ("signals", "interrupts"))))
    return rows


def scale_memory_rows(f):
    rows = [("Driver", "Channels", "KiB", "of it slab", "Ring pages")]
    for r in f.data["results"]:
        if r["suite"] == "scale" and r["load"] == "bind":
            c = r["counts"]
            rows.append((NAMES[r["set"], r.get("disk") or r.get("nic")], str(r["channels"]),
                         *(number(c[k][0]) for k in ("mem_total", "mem_slab", "gpadl_pages"))))
    return rows


def section(name, mark="="):
    return [name, mark * len(name), ""]


def images(f, *names):
    out = []
    for name in names:
        if name in plot_names(f) or name == "net" and any(
                all(x is not None for x in v) for _, v in net_bars(f)):
            out += [".. image:: figures/%s.svg" % name, ""]
    return out


def tables(sections):
    out = []
    for name, rows in sections:
        if len(rows) > 1:
            out += section(name, "-") + rst_table(rows)
    return out


def page(f):
    out = [HEAD.format(kept=KEPT, **f.data["made"])]
    out += section("Goals") + ["Shares of instructions, where nothing else is said.", ""]
    out += rst_table(goal_rows(f))
    out += section("Disks") + images(f, "storage-read", "storage-write", "storage-signals",
                                     "storage-interrupts")
    out += tables((what, depth_rows(f, load_)) for load_, what in STORAGE_LOADS)
    out += section("Adapters") + images(f, "net") + tables(net_sections(f))
    out += section("Many devices") + [
        "Disks are those of one controller. What was bound at once is probed, and its I/O\n"
        "begun; two idle seconds are subtracted. Memory is all that is not free any more;\n"
        "adapters are up.", ""]
    out += images(f, "probe-disks", "probe-adapters", "memory-disks", "memory-adapters",
                  "many-disks")
    out += tables((("Probing and memory", device_rows(f)),
                   ("4 KiB random reads of many disks, 64 in progress", many_rows(f))))
    out += section("Processors and channels") + images(f, "scale-storage", "scale-net")
    out += tables((("A load on each processor", scale_rows(f)),
                   ("Memory by channels", scale_memory_rows(f))))
    if f.data["wall"]:
        rows = [("Device", "Load", "Of in-tree", "Least", "Most")]
        rows += [(w.get("disk") or w.get("nic"), title(w), *(number(v, 2) for v in w["ratio"]))
                 for w in f.data["wall"]]
        out += section("By the clock") + [
            "Ratios of runs that took turns, on an emulated processor.", ""] + rst_table(rows)
    return "\n".join(out).rstrip("\n") + "\n"


def triple(f, who, load_, depth):
    at = {"suite": "storage", "load": load_, "depth": depth}
    if f.get(who, **at) is None:
        return "-"
    return "%.0f %.2f %.2f" % tuple(f.get(who, c, **at)
                                    for c in ("instructions", "signals", "interrupts"))


def summary_disks(f):
    rows = [("", "depth 1", "depth 32", "depth 128")]
    for who, name in ((("intree", "ide"), "drivers/scsi, IDE class"),
                      (("ours", "ide"), "hv_blkvsc"),
                      (("intree", "scsi"), "drivers/scsi, SCSI class"),
                      (("ours", "scsi"), "hv_storvsc")):
        rows.append((name, *(triple(f, who, "read", d) for d in (1, 32, 128))))
    others = (("intree", "vblk"), ("intree", "vscsi"), ("intree", "piix"), ("intree", "null"))
    for who in others:
        rows.append((NAMES[who].split(",")[0], *(number(f.get(who, suite="storage", load="read",
                                                             depth=d)) for d in (1, 32, 128))))
    return rows


def summary_nics(f):
    rows = [("", "drivers/net", "hv_netvsc", "virtio_net", "e1000")]
    order = (NICS[1], NICS[0], NICS[2], NICS[3])
    for batch in (1, 32):
        at = {"size": 64, "batch": batch}
        rows.append(("sent, %d at a time" % batch,
                     *(number(f.get(w, load="udp-tx", **at)) for w in order)))
        rows.append(("received, %d at a time" % batch,
                     *(number(f.received(w, **at)) for w in order)))
    for load_, name in (("tcp-stream", "TCP, per KiB"), ("tcp-request", "TCP, there and back"),
                        ("tcp-connect", "TCP, connect and close")):
        rows.append((name, *(number(f.get(w, suite="net", load=load_)) for w in order)))
    return rows


def summary(f, indent):
    """What README and the cover letter have between two of their lines."""
    met = [m for *_, m in goals(f)]
    out = [indent + "Executed guest instructions per 4 KiB random read by io_uring, with signals",
           indent + "to the host and interrupts from it (of VMBus), as scripts/bench counts them:",
           ""]
    out += columns(summary_disks(f), indent + "  ")
    out += ["", indent + "The same per packet, for 64-byte UDP, and for TCP:", ""]
    out += columns(summary_nics(f), indent + "  ")
    out += ["", indent + "%d of %d goals are met; Documentation/performance.rst has all counts and"
            % (sum(met), len(met)),
            indent + "plots, and how to repeat them. The test host says nothing about time."]
    return "\n".join(out)


REGIONS = (("README", "Figures\n-------\n\n", "\n\nWhat you lose\n---", ""),
           ("patches/0000-cover-letter.patch", "\nFigures\n", "\n\nHow it was written\n", "  "))


def with_region(text, begin, end, body, name):
    found = re.search(re.escape(begin) + ".*?" + re.escape(end), text, re.S)
    if not found:
        sys.exit("%s has no place for figures: %r" % (name, begin.strip()))
    return text[:found.start()] + begin + body + end + text[found.end():]


def pages(path, check=False):
    f = Figures(load(path))
    made = {PAGE: page(f)}
    for name, begin, end, indent in REGIONS:
        with open(os.path.join(TOP, name), encoding="utf-8") as text:
            made[name] = with_region(text.read(), begin, end, summary(f, indent), name)
    stale = []
    for name, text in made.items():
        target = os.path.join(TOP, name)
        if not check:
            write(target, text)
        elif not os.path.exists(target) or open(target, encoding="utf-8").read() != text:
            stale.append(name)
    missing = [i for i in re.findall(r"image:: (\S+)", made[PAGE])
               for i in (i, i.replace(".svg", ".png"))
               if not os.path.exists(os.path.join(TOP, "Documentation", i))]
    if check and (stale or missing):
        sys.exit("not what %s gives: %s" % (KEPT, " ".join(stale + missing)))


COMMANDS = {"table": table, "same": same, "plots": plots, "pages": pages}


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
    elif arguments[0] == "collect":
        collect(arguments[1:])
    elif arguments[0] in COMMANDS:
        words = [a for a in arguments[1:] if a != "--check"]
        COMMANDS[arguments[0]](*words, **({"check": True} if "--check" in arguments else {}))
    else:
        sys.exit("there is no command %s: see --help" % arguments[0])


main(sys.argv[1:])
