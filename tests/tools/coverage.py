"""coverage.py - which lines and branches of the engine the tests have run, and whether that is enough.

usage: coverage.py [--uncovered] BUILD      BUILD: compiled with --coverage, its tests have run

Limits: what reads model files, and the slot, 100 % of the lines and 95 % of the branches of each file;
the engine as a whole 90 % of the branches. Lines and branches are gcov's, of the code as it is
without the optimiser. --uncovered also lists them. Exit code 1: below a limit.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STRICT = ["format*.c", "json_scan.c", "manifest*.c", "model_*.c", "file.c", "open.c", "spec.c",
          "verify.c", "slot.c", "reload.c"]
LINES, BRANCHES, ALL_BRANCHES = 100.0, 95.0, 90.0


def counts_of(build):
    """file -> (line -> how often, (line, number of the branch) -> how often)."""
    lines, branches = defaultdict(lambda: defaultdict(int)), defaultdict(lambda: defaultdict(int))
    notes = sorted(Path(build, "obj/engine").glob("**/*.gcno"))
    notes += Path(build, "obj/tests/unit").glob("*_faults.gcno")  # these include the engine's files
    notes = [note.resolve() for note in notes if note.parent.name != "cli"]
    with tempfile.TemporaryDirectory() as folder:
        for note in notes:
            subprocess.run(["gcov", "--json-format", "--branch-probabilities", str(note)],
                           cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for report in Path(folder).glob("*.gcov.json.gz"):
                with gzip.open(report) as file:
                    data = json.load(file)
                report.unlink()
                for source in data["files"]:
                    name = os.path.normpath(source["file"])
                    if not name.startswith("engine/"):
                        continue
                    for line in source["lines"]:
                        number = line["line_number"]
                        lines[name][number] += line["count"]
                        for i, branch in enumerate(line["branches"]):
                            if not branch["throw"]:
                                branches[name][number, i] += branch["count"]
    return lines, branches


def percent(counts):
    return 100.0 * sum(count > 0 for count in counts.values()) / len(counts) if counts else 100.0


def main():
    parser = argparse.ArgumentParser(description="Judges the coverage of the engine.")
    parser.add_argument("--uncovered", action="store_true", help="list what was not run")
    parser.add_argument("build", type=Path)
    options = parser.parse_args()
    lines, branches = counts_of(options.build)
    if not any(count for of_file in lines.values() for count in of_file.values()):
        sys.exit("coverage: nothing was run")
    bad = []
    for name in sorted(lines):
        is_strict = any(fnmatch(name.removeprefix("engine/"), pattern) for pattern in STRICT)
        of_lines, of_branches = percent(lines[name]), percent(branches[name])
        print(f"{name:36} lines {of_lines:6.2f} %  branches {of_branches:6.2f} %{'  *' if is_strict else ''}")
        if is_strict and (of_lines < LINES or of_branches < BRANCHES):
            bad.append(f"{name} is below {LINES:g} % of its lines or {BRANCHES:g} % of its branches")
        if options.uncovered and is_strict:
            text = (ROOT / name).read_text().splitlines()
            for number in sorted(n for n, count in lines[name].items() if count == 0):
                print(f"    line {number}: {text[number - 1].strip()}")
            missed = defaultdict(list)
            for (number, i), count in branches[name].items():
                if count == 0 and lines[name][number] > 0:
                    missed[number].append(i)
            for number, which in sorted(missed.items()):
                print(f"    branches {which} of {number}: {text[number - 1].strip()}")
    every_line = {(n, k): c for n, of in lines.items() for k, c in of.items()}
    every_branch = {(n, k): c for n, of in branches.items() for k, c in of.items()}
    print(f"{'engine':36} lines {percent(every_line):6.2f} %  branches {percent(every_branch):6.2f} %")
    if percent(every_branch) < ALL_BRANCHES:
        bad.append(f"the engine is below {ALL_BRANCHES:g} % of its branches")
    for line in bad:
        print(f"FAIL coverage: {line}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
