#!/usr/bin/env python3
"""Functions stay short, and the bus half of the in-tree one.

usage: ci/static/size.sh

Limits: a function body has at most 100 lines and the median at most 15; the .c
files of hv_vmbus have at most half of the 8101 lines of the six .c files of
drivers/hv that are the core of a guest. What serves the drivers of drivers/hv,
client*.c, has a limit of its own. Headers are counted on neither side (in-tree:
hyperv_vmbus.h and linux/hyperv.h), and adapter.c belongs to hv_vmb, which is
built instead of hv_vmbus. There is no limit for files: what belongs together
stays together.
"""
import os
import re
import statistics
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DRIVERS = os.path.join(TOP, "drivers-staging-hv")
LONGEST, MEDIAN, BUS, CLIENTS = 100, 15, 8101 // 2, 1650


def functions(lines):
    """Yield (name, length of the body) by the kernel's layout of a function."""
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
            back = number - 1
            while back and not re.match(r"\w", lines[back]):
                back -= 1
            match = re.search(r"(\w+)\s*\(", lines[back])
            name = match.group(1) if match else lines[back]
        elif line == "}" and start is not None:
            yield name, number - start - 1
            start = None


def main():
    if sys.argv[1:] and sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip())
        return 0
    bad, lengths, bus, clients = [], [], 0, 0
    for root, _, names in os.walk(DRIVERS):
        for name in sorted(names):
            if not name.endswith((".c", ".h")):
                continue
            path = os.path.relpath(os.path.join(root, name), DRIVERS)
            with open(os.path.join(root, name), encoding="utf-8") as f:
                lines = f.read().splitlines()
            if re.fullmatch(r"vmbus/client\w*\.c", path):
                clients += len(lines)
            elif re.fullmatch(r"vmbus/(?!adapter)\w+\.c", path):
                bus += len(lines)
            for function, length in functions(lines):
                if not path.startswith("tests/"):
                    lengths.append(length)
                if length > LONGEST:
                    bad.append(f"{path}: {function}() has {length} lines, at most {LONGEST}")
    if not lengths:
        bad.append("no functions were found")
    elif statistics.median(lengths) > MEDIAN:
        bad.append(f"the median function has {statistics.median(lengths)} lines, at most {MEDIAN}")
    if bus > BUS:
        bad.append(f"the .c files of hv_vmbus have {bus} lines, at most {BUS}")
    if clients > CLIENTS:
        bad.append(f"the .c files for drivers of drivers/hv have {clients} lines, at most {CLIENTS}")
    print("\n".join(bad) if bad else
          f"{len(lengths)} functions, median {statistics.median(lengths):g}, "
          f"p90 {statistics.quantiles(lengths, n=10)[8]:g}, longest {max(lengths)}; hv_vmbus {bus} of {BUS} lines, "
          f"its clients {clients} of {CLIENTS}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
