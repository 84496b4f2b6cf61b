#!/usr/bin/env python3
"""Which lines of the drivers were run, of how many, per file and module.

usage: ci/kunit/coverage.py NOTES FLOOR

NOTES is a directory with the compiler's notes (.gcno), the kernel's counters
(.gcda) beside them, and kbuild's lists of what a module consists of (.mod).
A line in a header counts for each file that has it: it was run if it was run
in any of them. Ends with status 1 if less than FLOOR per cent of the lines
stand in files of which anything was run.
"""
import collections
import glob
import json
import os
import re
import subprocess
import sys

INSIDE = re.compile(r".*\bdrivers/staging/hv/(.*)")


def modules(notes):
    """The module that each object is part of."""
    owner = {}
    for path in glob.glob(os.path.join(notes, "**", "*.mod"), recursive=True):
        with open(path, encoding="utf-8") as f:
            for name in f.read().split():
                match = INSIDE.match(name)
                if match:
                    owner[os.path.splitext(match.group(1))[0]] = \
                        os.path.splitext(os.path.basename(path))[0]
    return owner


def run_lines(note):
    """Yield (file of the drivers, line, times that it was run)."""
    out = subprocess.run(["gcov", "--json-format", "--stdout", note], check=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    for part in out.splitlines():
        if not part.strip():
            continue
        for file in json.loads(part)["files"]:
            match = INSIDE.match(os.path.normpath(file["file"]))
            for line in file["lines"] if match else ():
                yield match.group(1), line["line_number"], line["count"]


def collect(notes):
    """Lines by module and file: number to times run."""
    owner = modules(notes)
    found = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
    for note in sorted(glob.glob(os.path.join(notes, "**", "*.gcno"), recursive=True)):
        obj = os.path.splitext(os.path.relpath(note, notes))[0]
        if obj not in owner:
            continue
        for file, number, count in run_lines(note):
            module = owner[obj] if file.endswith(".c") else "headers"
            found[module][file][number] += count
    return found


def share(part, whole):
    return 100 * part / whole if whole else 0


def show(name, run, lines):
    print(f"{name:32} {run:5} of {lines:5} lines {share(run, lines):6.1f} %")


def main():
    if len(sys.argv) != 3 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if len(sys.argv) > 1 and sys.argv[1] in ("-h", "--help") else 2
    notes, floor = sys.argv[1], float(sys.argv[2])
    total = run = entered = 0
    for module, files in sorted(collect(notes).items()):
        sums = [0, 0]
        for file, lines in sorted(files.items()):
            here = sum(1 for count in lines.values() if count)
            show(file, here, len(lines))
            sums[0] += here
            sums[1] += len(lines)
            entered += len(lines) if here else 0
        show(f"= {module}", *sums)
        run += sums[0]
        total += sums[1]
    if not total:
        print("there is nothing to count")
        return 1
    show("= all", run, total)
    print(f"{share(entered, total):.1f} % of the lines stand in files that a suite enters; "
          f"at least {floor:g} % are wanted")
    return 0 if share(entered, total) >= floor else 1


if __name__ == "__main__":
    sys.exit(main())
