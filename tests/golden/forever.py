#!/usr/bin/env python3
"""forever.py - model files of every format and version that were once written open and score as then.

    python3 tests/golden/forever.py --winnow build/winnow

The files lie in forever/, where make.py says how they were made. Expected are the outputs of the
programs that trained them, recorded there: Debian's fasttext and liblinear-predict to the byte,
scikit-learn to the digits that the tool prints. No file may change: SHA256SUMS. A wrong number is
planted for each comparison and has to be seen.
"""

import argparse
import hashlib
import json
import os
import sys

import harness

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "forever")
FAST = 1.2e-5  # of fast rows the bound is 1e-5; the tool prints six digits
DIGITS = 2e-6
# Name of a file: the scores that it has to have, what its first bytes are, whether --map takes it.
MAGIC = b"\x93WINNOW\n"
FASTTEXT = b"\xba\x16\x4f\x2f"
FILES = {
    "fasttext_softmax.bin": ("softmax", FASTTEXT),
    "fasttext_hs.bin": ("hs", FASTTEXT),
    "fasttext_ova.bin": ("ova", FASTTEXT),
    "fasttext.ftz": ("ftz", FASTTEXT),
    "fasttext_softmax.v1.winnow": ("softmax", MAGIC + b"\1\0\0\0"),
    "fasttext_hs.v1.winnow": ("hs", MAGIC + b"\1\0\0\0"),
    "fasttext_ftz.v1.winnow": ("ftz", MAGIC + b"\1\0\0\0"),
    "fasttext_softmax.v2.winnow": ("softmax", MAGIC + b"\2\0\0\0"),
    "fasttext_hs.v2.winnow": ("hs", MAGIC + b"\2\0\0\0"),
    "fasttext_ftz.v2.winnow": ("ftz", MAGIC + b"\2\0\0\0"),
    "linear.json": ("sklearn", b"{"),
    "linear.v1.winnow": ("sklearn", MAGIC + b"\1\0\0\0"),
    "liblinear.model": ("liblinear", b"solver_type L2R_LR"),
}


def path_of(name):
    return os.path.join(HERE, name)


def content(name):
    with open(path_of(name), "rb") as file:
        return file.read()


class Suite:
    def __init__(self, winnow):
        self.winnow = winnow
        self.report = harness.Report()
        self.n = 0

    def check(self, name, n_runs, failures):
        self.n += 1
        self.report.check(name, n_runs, failures)

    def tool(self, *arguments):
        """What the tool prints; a failure has to end the comparison, not the suite."""
        done = harness.run([self.winnow, *arguments])
        if done.code != 0:
            raise ValueError(done.describe())
        return done.out

    def check_files(self):
        sums = dict(reversed(line.split()) for line in content("SHA256SUMS").decode().splitlines())
        here = {name for name in os.listdir(HERE) if name not in ("SHA256SUMS", "make.py", "__pycache__")}
        failures = [f"{name} is not there or not listed" for name in here ^ sums.keys()]
        failures += [f"{name} has changed" for name in here & sums.keys()
                     if hashlib.sha256(content(name)).hexdigest() != sums[name]]
        failures += [f"{name} does not begin as it should" for name, (_, begin) in FILES.items()
                     if not content(name).startswith(begin)]
        self.check("files", len(here), failures)

    # ---- Comparisons: each returns what is wrong, for a file and the scores recorded ----

    def compare_fasttext(self, name, scores):
        got = self.tool("predict-prob", path_of(name), path_of("texts.txt"), "-1")
        difference = harness.first_difference(scores, got)
        return [difference] if difference else []

    def classified(self, name, *options):
        lines = self.tool("classify", "-m", path_of(name), "--input", "lines", "-k", "0", "--format",
                          "jsonl", *options, path_of("texts.txt")).splitlines()
        for line in lines:
            (scores,) = json.loads(line)["results"].values()
            yield {score["label"]: score["p"] for score in scores}

    def compare_fast(self, name, scores, *options):
        """fastText adds 1e-5 to each probability before it takes the logarithm; in a tree at each
        node, and it leaves out what is nearly 0."""
        bound = FAST + (3e-5 if "_hs." in name else 0)
        failures = []
        lines = scores.decode().split("\n")[:-1]
        answers = list(self.classified(name, *options))
        if len(lines) != len(answers):
            return [f"{len(answers)} answers for {len(lines)} texts"]
        for number, (line, answer) in enumerate(zip(lines, answers), 1):
            words = line.split(" ") if line else []
            expected = {label.removeprefix("__label__"): float(p)
                        for label, p in zip(words[::2], words[1::2])}
            answer = {label.removeprefix("__label__"): p for label, p in answer.items()}
            left_out = [p for label, p in answer.items() if label not in expected]
            if bool(expected) != bool(answer) or any(p > bound for p in left_out) or any(
                    abs(answer[label] + 1e-5 - p) > bound for label, p in expected.items()):
                failures.append(f"line {number}: expected {expected}, got {answer}")
        return failures

    def compare_linear(self, name, scores, *options):
        labels, *lines = scores.decode().splitlines()
        answers = list(self.classified(name, *options))
        if len(lines) != len(answers):
            return [f"{len(answers)} answers for {len(lines)} texts"]
        failures = []
        for number, (line, answer) in enumerate(zip(lines, answers), 1):
            expected = dict(zip(labels.split(), map(float, line.split())))
            if expected.keys() != answer.keys() or any(
                    abs(answer[label] - p) > DIGITS for label, p in expected.items()):
                failures.append(f"line {number}: expected {expected}, got {answer}")
        return failures

    def compare_liblinear(self, name, scores):
        got = self.tool("liblinear-predict", "-b", "1", "-q", path_of("vectors.svm"), path_of(name),
                        "/dev/stdout")
        difference = harness.first_difference(scores, got)
        return [difference] if difference else []

    def check_file(self, name, kind):
        scores = content(f"{kind}.scores")
        if kind == "sklearn":
            comparisons = [(self.compare_linear,)]
        elif kind == "liblinear":
            comparisons = [(self.compare_liblinear,)]
        elif kind == "ova":  # fastText reads its sigmoids from a table of 512
            comparisons = [(self.compare_fasttext,)]
        else:
            comparisons = [(self.compare_fasttext,), (self.compare_fast,)]
        if name.endswith(".winnow"):
            comparisons.append((comparisons[-1][0], "--map"))
        # The last digit but three of the last number: above every bound, seen by every comparison.
        last = scores.rstrip(b"\n").rfind(b"0.") + 4
        planted = scores[:last] + (b"1" if scores[last:last + 1] != b"1" else b"2") + scores[last + 1:]
        failures = []
        for compare, *options in comparisons:
            try:
                failures += compare(name, scores, *options)
                if not compare(name, planted, *options):
                    failures.append(f"{compare.__name__} {options} does not see a wrong number")
            except (ValueError, KeyError) as error:
                failures.append(str(error))
        try:
            self.tool("verify", path_of(name))
        except ValueError as error:
            failures.append(str(error))
        self.check(name, 2 * len(comparisons) + 1, failures)

    def run(self):
        self.check_files()
        for name, (kind, _) in FILES.items():
            self.check_file(name, kind)
        print(f"registered {len(FILES) + 1}")
        return self.report.finish()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--winnow", required=True, help="the tool under test")
    return Suite(os.path.abspath(parser.parse_args().winnow)).run()


if __name__ == "__main__":
    sys.exit(main())
