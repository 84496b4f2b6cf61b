#!/usr/bin/env python3
"""The counts of guests, for scripts/bench and scripts/report.

usage: scripts/figures.py collect KEY=VALUE... FILE...   JSON of what guests printed
       scripts/figures.py table JSON                     a table of all of it
       scripts/figures.py same JSON JSON                 do two runs agree within 1 %?

The JSON:
  schema     "hv-figures 1"
  made       drivers (the git tree of drivers-staging-hv), date, kernel
             (of ci/configs), volume, lag: how it was made
  repeat     where it was measured twice: how many counts of instructions there are, how
             many of them were off by more than 1 %, and the most, in percent
  results    a list, one entry for what was measured:
    set        ours, intree, or mixed (hv_blkvsc on the bus of drivers/hv): with which
               drivers of Hyper-V the guest was booted
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
"""
import json
import os
import statistics
import sys

SCHEMA = "hv-figures 1"
COUNTED = ("instructions", "signals", "interrupts", "irqs", "messages_in",
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
    ("mixed", "ide"): "hv_blkvsc on drivers/hv",
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


def text_of(data):
    """JSON with a result on a line: a changed figure is a changed line."""
    head = json.dumps({k: v for k, v in data.items() if k != "results"})[:-1]
    return '%s,\n "results": [\n  %s\n ]\n}\n' % (
        head, ",\n  ".join(json.dumps(r) for r in data["results"]))


def collect(arguments):
    made = dict(a.split("=", 1) for a in arguments if "=" in a)
    files = [a for a in arguments if "=" not in a]
    print(text_of({"schema": SCHEMA, "made": made, "results": results_of(files)}), end="")


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
        # The mixed kernel is as the series leaves it.
        return self.get(("intree" if drivers == "intree" else "ours", "null"), suite="storage",
                        **labels)

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


def curve(f, who, x, counter="instructions", **labels):
    """[(x, median, least, most)] over the values of the label x, with all channels."""
    points = {}
    for r in f.data["results"]:
        if r["set"] == who[0] and who[1] in (r.get("disk"), r.get("nic")) and x in r and \
                counter in r["counts"] and r.get("channels") == r.get("vcpus") and \
                all(r.get(k) == v for k, v in labels.items()):
            points[r[x]] = (r[x], *r["counts"][counter])
    return [points[k] for k in sorted(points)]


def per_device(points, idle=0):
    return [(n, *((v - idle) / n for v in rest)) for n, *rest in points]


def ratio(a, b):
    return None if a is None or not b else a / b


def minus(a, b):
    return None if a is None or b is None else a - b


# --- Goals ---

def goals_of_disks(f):
    for depth in (32, 128):
        at = {"load": "read", "depth": depth}
        ours, other = (f.get((s, "ide"), suite="storage", **at) for s in ("ours", "intree"))
        floor, virtio = f.floor("ours", **at), f.get(("intree", "vblk"), **at)
        yield ("hv_blkvsc of in-tree, depth %d" % depth, 0.50, ratio(ours, other),
               ratio(floor, other))
        yield ("... both without null_blk's share", 0.10,
               ratio(minus(ours, floor), minus(other, f.floor("intree", **at))))
        yield "... of virtio_blk", 0.65, ratio(ours, virtio), ratio(floor, virtio)
        yield ("... on the bus of drivers/hv, of its own bus", 1.01,
               ratio(f.get(("mixed", "ide"), suite="storage", **at), ours))
        ours, other = (f.get((s, "scsi"), suite="storage", **at) for s in ("ours", "intree"))
        yield ("hv_storvsc of in-tree, depth %d" % depth, 0.70, ratio(ours, other),
               ratio(floor, other))


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
    """What, goal, what was measured, the same of null_blk, is it met?"""
    for part in (goals_of_disks, goals_of_nics, goals_of_events, goals_of_devices):
        for what, goal, got, *floor in part(f):
            if got is not None:
                # As it is printed, so that nothing fails that looks equal.
                met = round(got, 3 if goal < 0.1 else 2) <= goal
                yield what, goal, got, floor[0] if floor else None, met


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


def goal_rows(f):
    rows = [("Goal", "at most", "measured", "null_blk", "met")]
    for what, goal, got, floor, met in goals(f):
        digits = 3 if goal < 0.1 else 2
        rows.append((what, number(goal, digits), number(got, digits), number(floor, digits),
                     "yes" if met else "no"))
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
    rows = goal_rows(f)
    if len(rows) > 1:
        print("\n" + "\n".join(columns(rows)))


def same(first, second):
    """Do the instructions of two runs agree within 1 %? The first's file keeps what came out.

    The second may have counted less.
    """
    def by_labels(path):
        return {tuple((k, v) for k, v in r.items() if k not in ("counts", "samples", "n")):
                r["counts"]["instructions"][0] for r in load(path)["results"]}
    a, b = by_labels(first), by_labels(second)
    if not b or not b.keys() <= a.keys():
        sys.exit("the two runs did not measure the same")
    off = sorted(((abs(a[k] - b[k]) / max(a[k], 1), k) for k in b), reverse=True)
    for how, key in off[:5]:
        print("%6.3f %%  %s" % (100 * how, " ".join("%s=%s" % p for p in key)))
    bad = sum(how > 0.01 for how, key in off)
    data = load(first)
    data["repeat"] = {"counts": len(off), "off": bad, "most": round(100 * off[0][0], 2)}
    with open(first, "w", encoding="utf-8") as kept:
        kept.write(text_of(data))
    print("%d of %d counts differ by more than 1 %%" % (bad, len(off)))
    sys.exit(1 if bad else 0)


COMMANDS = {"table": table, "same": same}


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
    elif arguments[0] == "collect":
        collect(arguments[1:])
    elif arguments[0] in COMMANDS:
        COMMANDS[arguments[0]](*arguments[1:])
    else:
        sys.exit("there is no command %s: see --help" % arguments[0])


if __name__ == "__main__":
    main(sys.argv[1:])
