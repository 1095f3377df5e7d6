#!/usr/bin/env python3
"""parity.py - holds the engine against the reference fastText tool, byte for byte.

    python3 tests/golden/parity.py --winnow build/winnow [--fasttext /usr/bin/fasttext]
                                   [--short] [--random N] [--seed S] [--keep DIR] [--self-test]

Trains small models with the reference on invented text, builds odd ones by hand, and runs both
tools on them: `predict-prob`, `predict` and `test` must print the same bytes. Then the engine's
own ways are held against the reference: converted models, and the fast rows of `classify`.
With --winnow set to the reference itself all comparisons must pass: that proves the harness.
--self-test plants faults in the tool's output and demands that each is seen.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import corpus as corpora
import harness
import parity_engine
import parity_models
from harness import first_difference

HELD_OUT_GRID = [("1", "0"), ("2", "0.1"), ("3", "1e-6"), ("5", "0"), ("-1", "0"), ("-1", "0.1"),
                 ("1000", "1e-6"), ("2", "-1"), ("-1", "-1"), ("1", "0.5"), ("3", "1.0"),
                 ("-1", "0.5"), ("-1", "1e-5")]
HOSTILE_GRID = [("1", None), ("2", "0"), ("-1", "0"), ("-1", "-1"), ("3", "0.1"), ("5", "1e-6")]
NOISE_GRID = [("noise", "2", "0"), ("noise", "-1", "1e-6"), ("noise_text", "1", "0"),
              ("noise_text", "3", None), ("noise_text", "-1", "-1"), ("crlf", "2", "0")]
SPECIAL_GRID = [("1", None), ("2", "0"), ("-1", "0"), ("3", "0.1"), ("-1", "-1")]
TEST_GRID = [("held_out", None, None), ("held_out", "1", "0.3"), ("hostile", "2", None),
             ("held_out", "-1", None), ("hostile", "5", "0.05")]
ARGUMENTS = ["3x", "+2", " 2", "2.9", "1e3", "007"]
THRESHOLDS = [".5", "0.1abc", "+1e-3", "inf", "-inf", "nan", "0x1p-3", " 0.25", "1e-30", "-0"]
MIN_RUNS, MIN_SHORT_RUNS = 300, 60


class Suite:
    def __init__(self, options, folder, report):
        self.winnow, self.fasttext = options.winnow, options.fasttext
        self.short, self.n_random, self.seed = options.short, options.random, options.seed
        self.folder, self.report = folder, report
        self.is_reference = os.path.samefile(self.winnow, self.fasttext)
        self.runs = {"predict-prob": 0, "predict": 0, "test": 0}
        self.pool = ThreadPoolExecutor(os.cpu_count() or 2)
        self.inputs = {}  # (corpus, name) -> path
        self.expected = {}  # (arguments, input) -> Outcome of the reference

    def input_path(self, corpus, name):
        """The file with an input of a corpus, written on first use."""
        key = (id(corpus), name)
        if key not in self.inputs:
            if name == "held_out":
                data = corpus.held_out
            elif name == "plain":
                data = corpus.plain_lines(24)
            elif name == "languages":
                data = "\n".join(corpora.LANGUAGES).encode()
            else:
                for other, data in corpora.hostile(corpus).items():
                    self._write_input(corpus, other, data)
                return self.inputs[key]
            self._write_input(corpus, name, data)
        return self.inputs[key]

    def _write_input(self, corpus, name, data):
        path = os.path.join(self.folder, f"input{len(self.inputs)}_{name}.txt")
        with open(path, "wb") as file:
            file.write(data)
        self.inputs[(id(corpus), name)] = path

    def reference(self, verb, model, path, arguments, by_stdin):
        """What the reference does; remembered, because several checks ask for the same."""
        key = (verb, model, path, arguments, by_stdin)
        if key not in self.expected:
            self.expected[key] = self.run_tool(self.fasttext, verb, model, path, arguments,
                                               by_stdin)
        return self.expected[key]

    @staticmethod
    def run_tool(tool, verb, model, path, arguments, by_stdin):
        if not by_stdin:
            return harness.run([tool, verb, model, path, *arguments])
        with open(path, "rb") as file:
            # The reference's test rewinds its input first: from a pipe it counts no line at all.
            stdin = file if verb == "test" else file.read()
            return harness.run([tool, verb, model, "-", *arguments], stdin=stdin)

    def compare(self, verb, model, path, arguments=(), by_stdin=False, engine_model=None):
        """One run of both tools: None, or the first difference in words."""
        want = self.reference(verb, model, path, arguments, by_stdin)
        have = self.run_tool(self.winnow, verb, engine_model or model, path, arguments, by_stdin)
        where = (f"{verb} {os.path.basename(engine_model or model)} "
                 f"{'- < ' if by_stdin else ''}{os.path.basename(path)} {' '.join(arguments)}")
        if want.code == 0:
            if have.code != 0:
                return f"{where}: expected exit 0, {have.describe()}"
            difference = first_difference(want.out, have.out)
            return f"{where}: {difference}" if difference else None
        return self._refused(where, want, have)

    def _refused(self, where, want, have):
        """Where the reference aborts, the engine exits with 2 and a message; 1 stays 1."""
        aborts = want.code not in (0, 1)
        allowed = {want.code, 128 - want.code} if self.is_reference else {2 if aborts else 1}
        if have.code not in allowed or have.out != want.out or not have.err:
            return (f"{where}: the reference {'aborts' if aborts else 'exits with 1'}, "
                    f"{have.describe()}")
        return None

    def compare_all(self, name, jobs):
        """Compares a list of (verb, model, path, arguments, by_stdin[, engine_model])."""
        failures = [f for f in self.pool.map(lambda job: self.compare(*job), jobs) if f]
        for job in jobs:
            self.runs[job[0]] += 1
        self.report.check(name, len(jobs), failures)

    # ---- The groups --------------------------------------------------------------------------

    def jobs_for(self, index, model):
        """The runs for one model. Loading an ns model costs the reference much: every second."""
        def arguments(k, threshold):
            return (k,) if threshold is None else (k, threshold)

        jobs = [("predict-prob", model.path, "held_out", arguments(*p)) for p in HELD_OUT_GRID]
        jobs += [("predict-prob", model.path, "hostile", arguments(*p)) for p in HOSTILE_GRID]
        jobs += [("predict-prob", model.path, n, arguments(k, t)) for n, k, t in NOISE_GRID]
        specials = [n for n in corpora.hostile(model.corpus) if n not in ("hostile", "crlf")
                    and n not in corpora.BIG and not n.startswith("noise")]
        chosen = specials if index % 9 == 0 else specials[index % 4 :: 4]
        for i, name in enumerate(chosen):
            pair = SPECIAL_GRID[(i + index) % len(SPECIAL_GRID)]
            jobs.append(("predict-prob", model.path, name, arguments(*pair)))
        jobs.append(("predict-prob", model.path, corpora.BIG[index % len(corpora.BIG)], ("2",)))
        jobs.append(("predict", model.path, "held_out", ()))
        jobs.append(("predict", model.path, "hostile", ("3", "0.01")))
        for name, k, threshold in TEST_GRID:
            jobs.append(("test", model.path, name, () if k is None else arguments(k, threshold)))
        if model.ns:
            jobs = jobs[index % 2 :: 2]
        if self.short:
            jobs = jobs[index % 3 :: 3]
        return [(verb, path, self.input_path(model.corpus, name), args, (i + index) % 5 == 0)
                for i, (verb, path, name, args) in enumerate(jobs)]

    def check_models(self, models):
        for index, model in enumerate(models):
            self.compare_all(f"bytes {model.name}", self.jobs_for(index, model))

    def check_arguments(self, models):
        """Numbers as the C++ library parses them, and calls that the reference refuses."""
        for model in [m for m in models if m.name in ("softmax.bin", "hs.bin")]:
            held_out = self.input_path(model.corpus, "held_out")
            empty = self.input_path(model.corpus, "empty")
            jobs = [("predict-prob", model.path, held_out, (k,), False) for k in ARGUMENTS]
            jobs += [("predict-prob", model.path, held_out, ("-1", t), False) for t in THRESHOLDS]
            self.compare_all(f"arguments {model.name}", jobs)
            refused = [("0",), ("-2",), ("",), ("abc",), ("99999999999",), ("1", "abc"),
                       ("1", "1e-50"), ("1", "1e99"), ("1", ""), ("1", "0", "extra")]
            jobs = [(verb, model.path, held_out, arguments, False)
                    for verb in ("predict-prob", "predict", "test") for arguments in refused]
            missing = os.path.join(self.folder, "no_such_file")
            jobs += [(verb, *pair, ("1",), False) for verb in ("predict", "test")
                     for pair in ((model.path, missing), (missing, held_out), (held_out, held_out))]
            jobs += [("predict-prob", model.path, empty, ("0",), False),
                     ("test", model.path, empty, ("0",), False),
                     ("test", model.path, empty, ("1",), True)]
            self.compare_all(f"refusals {model.name}", jobs)

    def check_interactive(self, models):
        """A line's answer comes before the next line is there, however the bytes arrive."""
        model = next(m for m in models if m.name == "softmax.bin")
        word = model.corpus.words[0].encode()
        pieces = [b"a", b" b\n", word + b" </s> ", b"x" + word, b"\r\n\n", word]
        want = harness.run([self.fasttext, "predict-prob", model.path, "-", "2"],
                           stdin=b"".join(pieces)).out
        child = subprocess.Popen([self.winnow, "predict-prob", model.path, "-", "2"],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        have, end, failures = b"", time.monotonic() + 20, []
        os.set_blocking(child.stdout.fileno(), False)
        for at, piece in enumerate(pieces):
            child.stdin.write(piece)
            child.stdin.flush()
            time.sleep(0.05)
            n_lines = b"".join(pieces[: at + 1]).count(b"\n")
            while have.count(b"\n") < n_lines and time.monotonic() < end:
                have += child.stdout.read() or b""
                time.sleep(0.01)
            if have.count(b"\n") < n_lines:
                failures.append(f"{model.name}: no answer to line {n_lines} before the end")
                break
        child.stdin.close()
        child.wait(timeout=harness.TIMEOUT)
        have += child.stdout.read() or b""
        child.stdout.close()
        if not failures and have != want:
            failures.append(f"{model.name}: {first_difference(want, have)}")
        self.report.check("interactive", 1, failures)

    def check_test_pipe(self, models):
        """`test` from a pipe gives what the reference gives for the same bytes in a file."""
        model = next(m for m in models if m.name == "softmax.bin")
        path = self.input_path(model.corpus, "held_out")
        want = self.reference("test", model.path, path, ("2",), False)
        with open(path, "rb") as file:
            have = harness.run([self.winnow, "test", model.path, "-", "2"], stdin=file.read())
        difference = first_difference(want.out, have.out)
        self.report.check("test from a pipe", 1, [difference] if difference else [])

    def check_language_model(self):
        """A real model from outside the project."""
        shared = os.environ.get("WINNOW_SHARED", os.path.join(os.path.dirname(__file__),
                                                              "..", "..", "..", "shared"))
        path = os.path.join(shared, "models", "lid.176.ftz")
        if not os.path.exists(path):
            self.report.skip("bytes lid.176.ftz", "not found; set WINNOW_SHARED to its folder")
            return None
        corpus = parity_models.CORPORA["few"]()
        model = parity_models.ModelFile("lid.176.ftz", path, corpus, convert=True)
        jobs = [("predict-prob", path, "languages", (k, t))
                for k in ("1", "2", "5", "-1") for t in ("0", "0.1", "1e-6", "-1")]
        jobs += [("predict-prob", path, n, ("2",)) for n in corpora.hostile(corpus)]
        jobs += [("predict-prob", path, "hostile", ("-1",)), ("predict", path, "languages", ())]
        jobs = [(v, p, self.input_path(corpus, n), a, i % 5 == 0)
                for i, (v, p, n, a) in enumerate(jobs[:: 3 if self.short else 1])]
        self.compare_all("bytes lid.176.ftz", jobs)
        return model

    def check_planted(self, models):
        """A few runs of a tool that has a fault: each fault is seen, and none where none is."""
        model = next(m for m in models if m.name == "softmax.bin")
        path = self.input_path(model.corpus, "held_out")
        jobs = [("predict-prob", model.path, path, arguments, False)
                for arguments in (("5", "0"), ("2", "0"), ("-1",), ("0",))]
        jobs += [("predict", model.path, path, (), False), ("test", model.path, path, (), False)]
        tool, failures = self.winnow, []
        for name, fault in {"none": "", **FAULTS}.items():
            self.winnow = write_wrapper(self.folder, name, fault, tool)
            seen = [f for f in self.pool.map(lambda job: self.compare(*job), jobs) if f]
            if bool(seen) != (name != "none"):
                failures.append(f"fault {name}: {seen[0] if seen else 'no difference seen'}")
        self.winnow = tool
        self.report.check("planted faults are seen", len(jobs) * (len(FAULTS) + 1), failures)

    def run(self):
        started = time.monotonic()
        models = parity_models.make_all(self.folder, self.fasttext, self.short, self.n_random,
                                         self.seed)
        self.report.note(f"{len(models)} models made in {time.monotonic() - started:.1f} s")
        others = 9  # arguments, refusals (4), interactive, pipe, language model, planted, enough
        n_groups = len(models) + others
        self.check_models(models)
        self.check_arguments(models)
        self.check_interactive(models)
        self.check_planted(models)
        if self.is_reference:
            self.report.skip("test from a pipe", "the reference counts nothing there")
        else:
            self.check_test_pipe(models)
        language_model = self.check_language_model()
        if language_model:
            models.append(language_model)
        n_groups += parity_engine.n_groups(self, models)
        parity_engine.check(self, models)
        total, least = sum(self.runs.values()), MIN_SHORT_RUNS if self.short else MIN_RUNS
        self.report.note(", ".join(f"{verb} {n}" for verb, n in self.runs.items())
                         + f" runs in {time.monotonic() - started:.1f} s")
        counted = self.runs["predict-prob"]
        too_few = [f"{counted} runs of predict-prob, at least {least} wanted"]
        self.report.check("enough runs", counted, too_few if counted < least else [])
        print(f"parity runs: {total}\nregistered {n_groups}")
        return self.report.finish()


# ---- Planted faults --------------------------------------------------------------------------

WRAPPER = """#!{python}
import os, subprocess, sys
arguments = sys.argv[1:]
done = subprocess.run([{tool!r}, *arguments], stdout=subprocess.PIPE)
out, code = done.stdout, done.returncode
lines = out.splitlines(True)
{fault}
sys.stdout.buffer.write(out)
sys.exit(code if code >= 0 else 128 - code)
"""

# Each fault touches few runs: one digit in one line of the runs with k = 5, and the like.
# check_planted has a run for each of them.
FAULTS = {
    "digit": "if '5' in arguments[3:4] and lines:\n"
             "    at = len(lines) // 2\n"
             "    old = lines[at]\n"
             "    lines[at] = old[:-2] + (b'1' if old[-2:-1] != b'1' else b'2') + old[-1:]\n"
             "    out = b''.join(lines)",
    "line": "if arguments[3:4] == ['2'] and len(lines) > 5:\n    out = b''.join(lines[:-1])",
    "extra_line": "if arguments[3:4] == ['-1'] and len(lines) > 5:\n    out += b'\\n'",
    "blank": "if arguments[:1] == ['predict'] and len(lines) > 5:\n"
             "    lines[3], lines[4] = lines[3][:-1] + b' \\n', lines[4]\n"
             "    out = b''.join(lines)",
    "exit": "if arguments[:1] == ['test'] and code == 0:\n    code = 1",
    "test": "if arguments[:1] == ['test'] and out:\n    out = out.replace(b'0.', b'0.1', 1)",
    "refusal": "if code not in (0, 1):\n    out += b'x'",
}
ENGINE_FAULTS = {
    "classify": "import re\n"
                "if arguments[:1] == ['classify']:\n"
                "    out = re.sub(rb'(\"p\": ?0\\.[0-8][0-8])([0-8])',"
                " lambda m: m[1] + bytes([m[2][0] + 1]), out, count=1)",
    "convert": "if arguments[:1] == ['convert'] and not code and arguments[-1].endswith('.winnow'):\n"
               "    open(arguments[-1], 'ab').write(b'x')",
}


def write_wrapper(folder, name, fault, tool):
    """A program that runs the tool and spoils what it prints."""
    path = os.path.join(folder, "winnow_" + name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(WRAPPER.format(python=sys.executable, fault=fault, tool=tool))
    os.chmod(path, 0o755)
    return path


SELF_TEST_MODELS = ("softmax.bin", "hs.ftz", "ova_cut.ftz", "made_softmax_ties7")


def self_test(options):
    """Runs part of the suite on wrapped tools: each fault must be seen, and none without one."""
    report = harness.Report()
    options.short = True
    is_reference = os.path.samefile(options.winnow, options.fasttext)
    faults = {"none": "", **FAULTS, **({} if is_reference else ENGINE_FAULTS)}
    with tempfile.TemporaryDirectory(prefix="parity_self_") as folder:
        suite = Suite(options, folder, None)
        models = [m for m in parity_models.make_all(folder, options.fasttext, True)
                  if m.name in SELF_TEST_MODELS]
        for name, fault in faults.items():
            suite.winnow = write_wrapper(folder, name, fault, options.winnow)
            suite.report = harness.Report(quiet=True)
            suite.check_models(models)
            suite.check_arguments(models)
            parity_engine.check(suite, models)
            seen = suite.report.first_failure
            report.note(f"fault {name}: {seen or 'no difference'}")
            good = bool(seen) == (name != "none")
            report.check(f"fault {name}", sum(suite.runs.values()),
                         [] if good else ["not seen" if name != "none" else str(seen)])
            suite.runs = dict.fromkeys(suite.runs, 0)
    return report.finish()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--winnow", required=True, help="the tool under test")
    parser.add_argument("--fasttext", default="/usr/bin/fasttext", help="the reference tool")
    parser.add_argument("--short", action="store_true", help="a fifth of the runs")
    parser.add_argument("--random", metavar="N", type=int, default=24,
                        help="how many models to draw at random (default: 24)")
    parser.add_argument("--seed", type=int, default=17, help="which ones")
    parser.add_argument("--keep", metavar="DIR", help="leave models and inputs in this folder")
    parser.add_argument("--self-test", action="store_true", help="plant faults, which must be seen")
    options = parser.parse_args()
    for tool in (options.winnow, options.fasttext):
        if shutil.which(tool) is None:
            parser.error(f"no program {tool}")
    options.winnow, options.fasttext = (os.path.abspath(shutil.which(tool))
                                        for tool in (options.winnow, options.fasttext))
    if options.self_test:
        return self_test(options)
    report = harness.Report()
    if options.keep:
        os.makedirs(options.keep, exist_ok=False)
        return Suite(options, options.keep, report).run()
    with tempfile.TemporaryDirectory(prefix="parity_") as folder:
        return Suite(options, folder, report).run()


if __name__ == "__main__":
    sys.exit(main())
