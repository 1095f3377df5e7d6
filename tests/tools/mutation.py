"""mutation.py - would the tests see a wrong comparison? Puts one in at a time and runs them.

usage: mutation.py [--sample N] [--seed N] [--files PATTERN,...] BUILD

Every comparison of what reads model files, and of the slot, is moved by one (< and <=, > and >=) or
turned round (== and !=, && and ||); the file is compiled alone and linked with the objects of BUILD;
then come the files made by hand and the unit tests of the model side, quick ones first, the files that
open for ever, and for fastText's format its damaged files. A mutant that they let pass is a survivor.
Exit code 1: fewer than 95 % are caught. --sample: a part of them, chosen by --seed.
Environment: CC, JOBS (default 2).
"""

import argparse
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path

from coverage import STRICT

ROOT = Path(__file__).resolve().parent.parent.parent
ENOUGH = 95.0
TIMEOUT = 120  # seconds; a mutant that hangs is caught
FLIPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}
OPERATOR = re.compile(r"(?<=[\w)\]'\"] )(<=|>=|==|!=|&&|\|\||<|>)(?=[ \n])")
COMPILE = shlex.split(os.environ.get("CC", "gcc")) + [
    "-std=c11", "-O1", "-D_POSIX_C_SOURCE=200809L", "-ffp-contract=off", "-fvisibility=hidden",
    "-pthread", "-Iinclude", "-Iengine"]
# What needs a model file or a slot; the quick suites first, and with them that of the file's name.
FIRST = "@(manifest|model_checks|model_build|outputs|{stem})/*"
UNIT = ["@(manifest_write|spec|file|file_faults|liblinear|slot|inputs|classify|strings|status|heap|convert|json|reload)/*",
        "@(open|open_fasttext|bits|memory|regressions)/*"]
HANDMADE = ["handmade", "handmade_fasttext", "handmade_limits"]  # tests/hostile; the last takes seconds
LIBS = ["-lopenblas", "-lcjson", "-lxxhash", "-lm", "-pthread"]


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def mutants_of(source):
    """(source, offset, operator) of each operator outside comments, strings and directives."""
    text = re.sub(r"/\*.*?\*/|^\s*#.*?(?<!\\)$|_Static_assert\(.*?\);", blank, source.read_text(),
                  flags=re.S | re.M)
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', lambda m: '"' + " " * (len(m.group(0)) - 2) + '"', text)
    return [(source, match.start(), match.group(1)) for match in OPERATOR.finditer(text)]


class Mutation:
    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.unit_objects = sorted(str(p) for p in (build / "obj/tests/unit").glob("*.o"))
        self.tool_objects = sorted(str(p) for p in (build / "obj/engine/cli").glob("*.o"))

    def command(self, arguments, timeout=TIMEOUT):
        """Whether a command succeeds."""
        with subprocess.Popen([str(a) for a in arguments], cwd=ROOT, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              start_new_session=True) as process:
            try:
                return process.wait(timeout) == 0
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                return False

    def survives(self, number, source, text):
        """Whether a text in place of a source passes the tests; None where it does not compile."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            folder = Path(name)
            changed = folder / source.name
            changed.write_text(text)
            made = folder / "changed.o"
            if not self.command([*COMPILE, "-c", "-o", made, changed]):
                return None
            unit_objects = list(self.unit_objects)
            # A test that includes the source has to include the changed one.
            faults = ROOT / f"tests/unit/test_{source.stem}_faults.c"
            if faults.exists():
                copy = folder / faults.name
                copy.write_text(faults.read_text().replace(f"../../engine/{source.name}", str(changed)))
                unit_objects = [o for o in unit_objects if Path(o).stem != faults.stem]
                unit_objects.append(str(folder / "faults.o"))
                if not self.command([*COMPILE, "-Itests", "-Itests/unit", "-c", "-o", unit_objects[-1], copy]):
                    raise SystemExit(f"mutation: {faults.name} does not compile")
            archive = self.build / "libwinnow.a"
            programs = {name: [self.build / f"obj/tests/hostile/{name}.o"] for name in HANDMADE}
            programs["unit_tests"] = [*unit_objects, "-lcriterion"]
            programs["winnow"] = [*self.tool_objects, "-lz", "-lzstd"]
            tool = ["--winnow", folder / "winnow"]
            unit = [("unit_tests", [folder / "unit_tests", "--fail-fast", "--timeout", "60", "--filter", which])
                    for which in [FIRST.format(stem=source.stem), *UNIT]]
            handmade = [(name, [folder / name]) for name in HANDMADE]
            checks = [*handmade[:2], *unit, *handmade[2:],
                      ("winnow", [sys.executable, "tests/golden/forever.py", *tool])]
            if source.name == "format_fasttext.c":
                checks.append(("winnow", [sys.executable, "tests/golden/corrupt.py", *tool]))
            for program, check in checks:
                # The changed object comes first: the archive's own is then not looked for.
                if not (folder / program).exists() and not self.command(
                        [COMPILE[0], "-o", folder / program, made, *programs[program], archive, *LIBS]):
                    raise SystemExit(f"mutation: {program} does not link")
                if not self.command(check):
                    return False
            return True

    def run(self, number, mutant):
        source, at, operator = mutant
        text = source.read_text()
        return self.survives(number, source, text[:at] + FLIPS[operator] + text[at + len(operator):])


def describe(mutant):
    source, at, operator = mutant
    text = source.read_text()
    line = text.count("\n", 0, at) + 1
    return f"{source.relative_to(ROOT)}:{line}: {operator} as {FLIPS[operator]}: " \
           f"{text.splitlines()[line - 1].strip()}"


def main():
    parser = argparse.ArgumentParser(description="Counts wrong comparisons that the tests let pass.")
    parser.add_argument("--sample", type=int, default=0, help="so many of them; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", default=",".join(STRICT), help="patterns, comma separated")
    parser.add_argument("build", type=Path)
    options = parser.parse_args()
    sources = [p for p in sorted((ROOT / "engine").glob("*.c"))
               if any(fnmatch(p.name, pattern) for pattern in options.files.split(","))]
    mutants = [mutant for source in sources for mutant in mutants_of(source)]
    n_all = len(mutants)
    if options.sample and options.sample < n_all:
        mutants = random.Random(options.seed).sample(mutants, options.sample)
    if not mutants:
        sys.exit("mutation: no comparison in these files")
    with tempfile.TemporaryDirectory(prefix="mutation_") as folder:
        mutation = Mutation((ROOT / options.build).resolve(), folder)
        if not mutation.survives(0, sources[0], sources[0].read_text()):
            sys.exit("mutation: the tests fail without a mutant")
        n = n_survivors = 0
        with ThreadPoolExecutor(int(os.environ.get("JOBS", "2"))) as pool:
            for mutant, result in zip(mutants, pool.map(mutation.run, range(len(mutants)), mutants)):
                n += result is not None
                n_survivors += bool(result)
                if result:
                    print(f"survivor {describe(mutant)}", flush=True)
    caught = 100.0 * (n - n_survivors) / n
    print(f"mutation: {n} of {n_all} mutants, {n_survivors} survivors, {caught:.1f} % caught")
    return 0 if caught >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
