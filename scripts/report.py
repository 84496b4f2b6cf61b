#!/usr/bin/env python3
"""What scripts/report makes of the counts that scripts/figures.py describes.

usage: scripts/report.py plots JSON DIR          data and commands for gnuplot
       scripts/report.py pages JSON [--check]    performance.rst, README and the cover
                                                 letter, or: do they agree?
"""
import json
import os
import re
import sys

sys.dont_write_bytecode = True
from figures import (DISKS, NAMES, NICS, Figures, columns, curve, goal_rows, goals, load, minus,
                     number, ratio)

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = "Documentation/performance.rst"
KEPT = "Documentation/figures/figures.json"
PROFILE = "profile.json"  # beside the figures, if there is one


# --- Plots ---

def per_device(points, idle=0):
    return [(n, *((v - idle) / n for v in rest)) for n, *rest in points]


DEPTH = "requests in progress"
# What is emulated in full costs ten times as much: it is in the tables.
FLOORED = (("ours", "null"),) + DISKS[:-1]


def curves(f):
    """Each plot: name, title, axes, curves by driver."""
    for load_, what in (("read", "reads"), ("write", "writes")):
        yield ("storage-%s" % load_, "4 KiB random %s" % what, DEPTH, "instructions per request",
               {w: curve(f, w, "depth", suite="storage", load=load_) for w in FLOORED})
    for counter in ("signals", "interrupts"):
        yield ("storage-%s" % counter, "%s per 4 KiB random read" % counter, DEPTH, counter,
               {w: curve(f, w, "depth", counter, suite="storage", load="read")
                for w in DISKS[:4]})
    disks = (("ours", "scsi"), ("ours", "blkvsc"), ("intree", "scsi"), ("intree", "vscsi"))
    for kind, who in (("disks", disks), ("adapters", NICS[:3])):
        at = {"suite": "devices", "load": "bind"}
        yield ("probe-%s" % kind, "probing %s" % kind, kind, "instructions per device",
               {w: per_device(curve(f, w, "devices", **at), f.idle(w[0])) for w in who})
        yield ("memory-%s" % kind, "memory of %s" % kind, kind, "KiB per device",
               {w: per_device(curve(f, w, "devices", "mem_total", **at)) for w in who})
    yield ("many-disks", "4 KiB random reads, 64 in progress", "disks", "instructions per request",
           {w: curve(f, w, "devices", suite="devices", load="read") for w in disks})
    yield ("scale-storage", "4 KiB random reads, 32 in progress on each processor", "processors",
           "instructions per request",
           {w: curve(f, w, "vcpus", suite="scale", load="read")
            for w in (("ours", "scsi"), ("intree", "scsi"), ("intree", "vblk"))})
    yield ("scale-net", "64-byte UDP, 32 at a time, on each processor", "processors",
           "instructions per packet",
           {w: curve(f, w, "vcpus", suite="scale", load="udp") for w in NICS[:2]})


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
# Ours in blue, mainline's in orange, virtio's in green, what does nothing in grey.
COLOURS = {("ours", "ide"): "#0072b2", ("ours", "scsi"): "#56b4e9", ("ours", "blkvsc"): "#0072b2",
           ("ours", "hv"): "#0072b2", ("intree", "ide"): "#d55e00", ("intree", "scsi"): "#e69f00",
           ("intree", "hv"): "#d55e00", ("intree", "vblk"): "#009e73",
           ("intree", "vscsi"): "#7fc97f", ("intree", "virtio"): "#009e73"}
TERMINALS = (("svg", "svg size 860,420 font 'sans,12'"),
             ("png", "pngcairo size 860,420 font 'sans,10'"))


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def colour(who):
    return "lc rgb '%s'" % COLOURS.get(who, "#999999")


def gnuplot_files(where, name, what, x, y, data, commands):
    write(os.path.join(where, name + ".dat"), data)
    for suffix, terminal in TERMINALS:
        style = STYLE.format(terminal=terminal, output="%s.%s" % (name, suffix), title=what, x=x,
                             y=y)
        write(os.path.join(where, "%s.%s.gp" % (name, suffix)), style + commands)


def plot_curves(where, name, what, x, y, lines):
    data, plots = "", []
    for i, (who, points) in enumerate((w, p) for w, p in lines.items() if p):
        data += "# %s\n%s\n\n\n" % (NAMES[who], "\n".join(" ".join("%g" % v for v in p)
                                                           for p in points))
        plots.append("'%s.dat' index %d using 1:2:3:4 with yerrorlines lw 2 pt 7 ps 0.6 %s"
                     " title '%s'" % (name, i, colour(who), NAMES[who]))
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
                  "plot " + ", ".join("'net.dat' using %d:xtic(1) %s title columnheader(%d)" %
                                      (i, colour(w), i) for i, w in enumerate(NICS, 2)) + "\n")
    return True


def plot_names(f):
    return [name for name, what, x, y, lines in curves(f) if any(lines.values())]


def plots(path, where):
    f = Figures(load(path))
    for name, what, x, y, lines in curves(f):
        plot_curves(where, name, what, x, y, lines)
    plot_net(where, f)


# --- Pages ---

def rst_table(rows):
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    rule = "  ".join("=" * w for w in widths)
    body = ["  ".join(c.ljust(w) for c, w in zip(r, widths)).rstrip() for r in rows]
    return [rule, body[0], rule] + body[1:] + [rule, ""]


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
of that clock. ``scripts/bench --check-repeat`` measures twice: {repeat}.

Made on {date} of tree {drivers} of drivers-staging-hv, with the {kernel} kernel,
optimized for {what} (ci/configs), {volume} volumes and a lag of {lag} ns. To repeat it::

   scripts/bench --kernel {kernel}
   scripts/profile --kernel {kernel}
   scripts/report ~/.cache/hv-staging/bench/figures.json ~/.cache/hv-staging/profile/profile.json

What the columns mean:

* Instructions are those of the guest, kernel and load program together. What the load
  costs without a driver is shown as null_blk, dummy (sends only) and veth; a column
  "without" has it subtracted.
* Signals are hypercalls or monitor bits by which the guest wakes the host; interrupts
  those that VMBus channels or PCI devices raise.
* Between a signal and the work on it the host takes {lag} ns, more or less by up to a
  half, and a disk {lag} ns more for a request. virtio's network adapter has the same
  lag; virtio's disks and emulated hardware begin at once.
* In-tree disks have an I/O scheduler by default where they have one queue, the disks
  of this series have none; the reads without a scheduler compare like with like.
{tiny}* virtio_net has no offloads here: QEMU's hub carries frames without virtio's header.
* A driver that polls executes instructions while it waits: those rows count the
  host's latency as well.
"""


def depth_rows(f, load_):
    rows = [("Driver", "Depth", "Instructions", "Without null_blk", "Of in-tree", "Signals",
             "Interrupts", "Bytes to host", "Bytes to guest")]
    for who in (("ours", "null"), ("intree", "null"), DISKS[0], ("mixed", "ide")) + DISKS[1:]:
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


KERNELS = {"bench": "speed", "plain": "size"}
# What the plain kernel's figures say that others' do not.
TINY = """\
* The plain kernel has SLUB_TINY: a page of objects is given back with its last object.
  Small packets cost more than large ones there, see dummy.
"""


def repeated(f):
    if "repeat" not in f.data:
        return "that was\nnot done for these counts"
    return ("of\n{counts} counts of instructions that were compared, {off} were off by more than 1 %,\n"
            "the most by {most} %").format(**f.data["repeat"])


# What is profiled: its name on the page, and the labels that find it.
PROFILED = (("4 KiB reads, IDE class, depth 1", {"disk": "ide", "depth": "1"}),
            ("4 KiB reads, IDE class, depth 32", {"disk": "ide", "depth": "32"}),
            ("4 KiB reads, SCSI class, depth 1", {"disk": "scsi", "depth": "1"}),
            ("4 KiB reads, SCSI class, depth 32", {"disk": "scsi", "depth": "32"}),
            ("UDP, 64 bytes, 1 at a time", {"load": "udp-both", "batch": "1"}),
            ("UDP, 64 bytes, 32 at a time", {"load": "udp-both", "batch": "32"}),
            ("TCP stream, per KiB", {"load": "tcp-stream"}),
            ("probing a SCSI disk", {"disk": "scsi", "load": "bind"}),
            ("probing an adapter", {"nic": "hv", "load": "bind"}))
SHOWN = 12  # functions of each


def profile_of(profiles, set_, labels):
    for p in profiles:
        if p["set"] == set_ and all(p.get(k) == v for k, v in labels.items()):
            return p
    return None


def module_rows(profiles):
    """Where a load's instructions are: drivers, the bus, the kernel, and the load itself."""
    rows = [("Load", "Drivers", "Instructions", "hv_vmbus", "Other hv modules", "SCSI layer",
             "Kernel", "Program", "Of in-tree", "without hv modules")]
    for name, labels in PROFILED:
        pair = {s: profile_of(profiles, s, labels) for s in ("ours", "intree")}
        if all(pair.values()):
            rows += [(name, what, *module_cells(pair[s], pair["intree"]["instructions"]))
                     for s, what in (("ours", "this series"), ("intree", "in-tree"))]
    return rows


def module_cells(p, theirs):
    m = dict(p["modules"])
    bus, kernel, program = (m.pop(k, 0) for k in ("hv_vmbus", "kernel", "program"))
    scsi = sum(m.pop(k) for k in list(m) if k.startswith(("scsi_", "sd_")))
    drivers = sum(m.pop(k) for k in list(m) if k.startswith("hv_"))
    cost = p["instructions"]
    return (*map(number, (cost, bus, drivers, scsi, kernel + sum(m.values()), program)),
            number(cost / theirs, 2), number((cost - bus - drivers) / theirs, 2))


def function_rows(profiles, labels):
    rows = [("This series", "Instructions", "In-tree", "Instructions")]
    pair = [profile_of(profiles, s, labels) for s in ("ours", "intree")]
    if all(pair):
        ours, theirs = (p["functions"][:SHOWN] for p in pair)
        for (a, am, an), (b, bm, bn) in zip(ours, theirs):
            rows.append(("%s [%s]" % (a, am) if am else a, number(an),
                         "%s [%s]" % (b, bm) if bm else b, number(bn)))
    return rows


def profile_page(where):
    path = os.path.join(where, PROFILE)
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        data = json.load(f)
    profiles = data["profiles"]
    out = section("Where the instructions go") + [
        "Counted by a plugin of QEMU's TCG, by function, with the {kernel} kernel and tree\n"
        "{drivers} of drivers-staging-hv: ``scripts/profile --kernel {kernel}``. A load is\n"
        "counted from its first unit to its last; UDP goes from one adapter of the guest to\n"
        "another. The last column is what bounds the goals: these drivers' share of in-tree if\n"
        "they and the bus executed nothing.\n".format(**data["made"])]
    out += tables((("By module", module_rows(profiles)),))
    return out + tables(("By function: %s" % name, function_rows(profiles, labels))
                        for name, labels in PROFILED)


def page(f, where):
    kernel = f.data["made"]["kernel"]
    out = [HEAD.format(kept=KEPT, repeat=repeated(f), what=KERNELS[kernel],
                       tiny=TINY if kernel == "plain" else "", **f.data["made"])]
    out += section("Goals") + [
        "Shares of instructions, where nothing else is said. null_blk's share is what no driver\n"
        "below the block layer gets under.", ""]
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
    out += profile_page(where)
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
    return [r for r in rows if set(r[1:]) != {"-"}]


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
    what = KERNELS[f.data["made"]["kernel"]]
    out = [indent + "Executed guest instructions per 4 KiB random read by io_uring, with signals",
           indent + "to the host and interrupts from it (of VMBus), on a kernel optimized for",
           indent + "%s. Mainline's disks have an I/O scheduler by default, these have none:" % what,
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
    made = {PAGE: page(f, os.path.dirname(path))}
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


def main(arguments):
    if arguments[:1] == ["plots"] and len(arguments) == 3:
        plots(*arguments[1:])
    elif arguments[:1] == ["pages"] and arguments[2:] in ([], ["--check"]):
        pages(arguments[1], check=len(arguments) > 2)
    else:
        sys.exit(__doc__.strip())


main(sys.argv[1:])
