#!/usr/bin/env python3
"""Instructions by function, for scripts/profile.

usage: scripts/profile.py KEY=VALUE... GUEST...   JSON of what a guest printed and, in
                                                  GUEST.blocks, what the plugin counted
       scripts/profile.py --table JSON

The JSON:
  schema    "hv-profile 1"
  made      drivers (the git tree of drivers-staging-hv) and kernel
  profiles  a list: set (ours or intree), the labels of the load (disk or nic, load, ...),
            n, the number of its units; instructions, per unit; modules, these by where they
            are: "kernel", "program", and modules' names; functions, the 40 with most, each
            [name, module or "", instructions per unit], "(user)" being the whole program
"""
import bisect
import collections
import json
import os
import sys

SCHEMA = "hv-profile 1"
MOST = 40
KERNEL = 1 << 63


def guest_output(path):
    """The labels of each load, in their order, and the kernel's functions by address."""
    loads, symbols = [], []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            words = line.split()
            if words[:1] == ["R"]:
                loads.append(dict(w.split("=", 1) for w in words[1:]))
            elif words[:1] == ["K"]:
                symbols.append((int(words[1], 16), words[2], " ".join(words[3:]).strip("[]")))
    return loads, sorted(symbols)


def profiles(path):
    """What was executed between each two marks: {address of a block: instructions}."""
    found = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            first, second = line.split()
            if first == "profile":
                found.append(collections.Counter())
            else:
                found[-1][int(first, 16)] += int(second)
    return found


def by_function(blocks, symbols):
    addresses = [s[0] for s in symbols]
    functions = collections.Counter()
    for address, n in blocks.items():
        at = bisect.bisect_right(addresses, address) - 1
        name = symbols[at][1:] if address >= KERNEL and at >= 0 else ("(user)", "")
        functions[name] += n
    return functions


def by_module(functions):
    modules = collections.Counter()
    for (name, module), n in functions.items():
        modules["program" if name == "(user)" else module or "kernel"] += n
    return modules


def results(path):
    loads, symbols = guest_output(path)
    found = profiles(path + ".blocks")
    if len(found) != len(loads) or not symbols:
        sys.exit("%s: %d loads, %d profiles, %d functions" % (path, len(loads), len(found),
                                                              len(symbols)))
    for labels, blocks in zip(loads, found):
        n = int(labels["n"])
        shown = {k: v for k, v in labels.items()
                 if k in ("disk", "nic", "load", "depth", "size", "batch")}
        functions = by_function(blocks, symbols)
        yield {"set": os.path.basename(path), **shown, "n": n,
               "instructions": round(sum(functions.values()) / n, 1),
               "modules": {m: round(v / n, 1) for m, v in by_module(functions).most_common()},
               "functions": [[*name, round(v / n, 2)]
                             for name, v in functions.most_common(MOST)]}


def table(path):
    with open(path, encoding="utf-8") as f:
        data = json.load(f)
    for p in data["profiles"]:
        labels = " ".join("%s=%s" % (k, p[k]) for k in p
                          if k not in ("n", "instructions", "modules", "functions"))
        print("\n%s: %.0f instructions per unit" % (labels, p["instructions"]))
        for name, module, n in p["functions"]:
            print("%9.1f %5.1f %%  %s%s" % (n, 100 * n / p["instructions"], name,
                                            module and " [%s]" % module))


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
    elif arguments[0] == "--table":
        table(*arguments[1:])
    else:
        made = dict(a.split("=", 1) for a in arguments if "=" in a)
        found = [r for a in arguments if "=" not in a for r in results(a)]
        lines = ",\n  ".join(json.dumps(r) for r in found)
        print('{"schema": "%s", "made": %s,\n "profiles": [\n  %s\n ]\n}' %
              (SCHEMA, json.dumps(made), lines))


main(sys.argv[1:])
