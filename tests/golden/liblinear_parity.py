#!/usr/bin/env python3
"""liblinear_parity.py - holds the engine against LIBLINEAR's own tools, byte for byte.

    python3 tests/golden/liblinear_parity.py --winnow build/winnow [--short] [--keep DIR]
                          [--predict /usr/bin/liblinear-predict] [--train /usr/bin/liblinear-train]

Trains models with liblinear-train on invented data, writes odd ones by hand, and runs both predict
tools on them: the output file, standard output, what is said of a malformed line and the exit code
must be the same bytes. Then models with a vocabulary are held against scikit-learn's
CountVectorizer. With --winnow set to the reference all comparisons of the first kind pass: that
proves the harness. Every run plants faults in the tool's output and demands that each is seen.
"""

import argparse
import json
import os
import random
import shutil
import stat
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import harness
from harness import first_difference

CLASSIFIERS, REGRESSIONS, PROBABILISTIC = (0, 1, 2, 3, 4, 5, 6, 7), (11, 12, 13), (0, 6, 7)
LABELS = [(1, -1), (-1, 1), (0, 1), (3, 1, 2), (5, -7, 100, 0), (10, -20, 30, -40, 50), (4,),
          (2147483647, -2147483648), (1234567, 7654321, -12345678), (-1, 0, 1)]
BIASES = ("-1", "1", "0.5", "0", "-0.5", "1e-3")
MIN_LINES, MIN_SHORT_LINES = 100_000, 10_000


# ---- Data ------------------------------------------------------------------------------------

def number(rng):
    """A value as people and programs write them."""
    value = rng.choice([rng.gauss(0, 1), rng.uniform(-3, 3), float(rng.randint(-4, 4)), 0.0,
                        rng.gauss(0, 1) * 10 ** rng.randint(-12, 6)])
    return rng.choice(["%g", "%.17g", "%.3f", "%e", "%.1f", "%+g", "%d"]) % value


def features(rng, n_features, density, shift=0):
    """index:value pairs, ascending; now and then one beyond the model's."""
    chosen = [i for i in range(1, n_features + 1) if rng.random() < density]
    if rng.random() < 0.2:
        chosen += sorted(rng.sample(range(n_features + 1, n_features + 400), rng.randint(1, 3)))
    return [f"{i}:{number(rng)}" if rng.random() < 0.7
            else f"{i}:{rng.gauss(shift if i % 5 == shift else 0, 1):.6g}" for i in chosen]


def training_data(rng, labels, n_features, density, n_lines=120):
    lines = []
    for i in range(n_lines):
        at = i % len(labels) if i < len(labels) else rng.randrange(len(labels))
        row = [f for f in features(rng, n_features, density, at % 5)
               if int(f.split(":")[0]) <= n_features]
        lines.append(" ".join([str(labels[at]), *row]))
    # The last feature appears, so that the model's width is known.
    lines[0] = lines[0].split(" ")[0] + f" {n_features}:1"
    return "\n".join(lines) + "\n"


def target(rng, labels):
    kind = rng.random()
    label = rng.choice(labels)
    if kind < 0.6:
        return str(label)
    if kind < 0.8:
        return rng.choice([f"{label}.0", f"{label:+d}", f"{float(label):.17g}", f"{label}e0",
                           f"0{abs(label)}"])
    return rng.choice(["99", "0", "-1e9", "2.5", "nan", "inf", "-inf", "0x1p1", "1e-300", "-0"])


def plain_lines(rng, labels, n_features, n_lines):
    """Sound lines in every spelling that the reference takes."""
    lines = []
    for _ in range(n_lines):
        row = features(rng, n_features, rng.choice([0.02, 0.2, 0.6, 1.0]))
        gap = rng.choice([" "] * 6 + ["  ", "\t", " \t "])
        line = gap.join([target(rng, labels), *row])
        kind = rng.random()
        if kind < 0.06:
            line = rng.choice([" ", "\t", "  "]) + line
        elif kind < 0.12:
            line += rng.choice([" ", "\t", " \t", " word", " two words", " 7", " # note"])
        elif kind < 0.18 and row:
            line += "\r"
        elif kind < 0.22:
            line = line.replace(":", rng.choice([": ", ":  ", ":\t"]), 1)
        elif kind < 0.25 and row:
            line += rng.choice([":", " :", ":::"]) if row[-1].endswith(tuple("0123456789")) else ""
            line = line.rstrip(":").rstrip(" ")
        lines.append(line)
    return "\n".join(lines) + "\n"


def special_files(rng, labels, n_features):
    """Name -> bytes of files that are odd as a whole; all of them can be read to the end, or are
    refused by both tools alike."""
    label = str(labels[0])
    long_row = " ".join(f"{i}:{(i % 7) - 3}" for i in range(1, 4000))
    files = {
        "empty": b"",
        "no_end": f"{label} 1:1\n{label} 1:2".encode(),
        "label_alone": f"{label}\n{label} \n {label}\t\n".encode() * 3,
        "blank": b"\n",
        "long": f"{label} {long_row}\n{label} 1:1\n{label} {long_row} 5000:1\n".encode(),
        "spaces": (label + " " * 3000 + "1:1" + " " * 2000 + "2:3\n" + label + "\n").encode(),
        "edge": b"".join(label.encode() + b" " * (n - len(label)) + b"1:1\n"
                         for n in (1016, 1017, 1018, 1019, 1020, 1021, 1022, 2044, 2045, 4093)),
        "nul_end": f"{label} 1:1\0 junk\n{label} 1:2\n{label} 1:3\n".encode(),
        "nul_start": f"\0{label} 1:1\n{label} 1:2\n".encode(),
        "nul_many": f"{label} 1:1\0\0\0\n\0\n{label} 1:2\n\0\0{label} 1:3\n".encode() * 3,
        "nul_far": f"{label} {'1' * 0}{' ' * 1500}\0x\n{label} 1:4\n".encode(),
        "nul_only": b"\0",
        "wide_index": f"{label} 1:1 2147483647:1\n{label} 4294967297:1\n".encode(),
        "wide_index_down": f"{label} 5:1 4294967298:1\n{label} 1:1\n".encode(),
        "zeros": f"{label} {' '.join(f'{i}:0' for i in range(1, n_features + 1))}\n".encode(),
        "large": f"{label} 1:1e300\n{label} 2:-1e300\n{label} 1:-1e5\n{label} 1:745\n".encode(),
        "tiny": f"{label} 1:2.3e-308\n{label} 1:1e-300 2:-1e-300\n".encode(),
    }
    for seed in range(3):
        noise = random.Random(seed)
        files[f"noise{seed}"] = b"".join(
            bytes(noise.choice(b"01-+.: \t\r\n\0e#x") for _ in range(noise.randint(1, 60)))
            for _ in range(30))
    return files


MALFORMED = [
    "", " ", "\t", "\r", "x 1:1", "1x 1:1", "1\r", ": 1:1", "1,2 1:1", "1 1:1:1", "1 :1",
    "1 a:1", "1 1a:1", "1 1:a", "1 1:1a", "1 1: 2:1", "1 0:1", "1 -1:1", "1 1:1 1:2", "1 2:1 1:1",
    "1 1.0:1", "1 1e1:1", "1 0x1:1", "1 1 :1", "1  1\t:1", "1 99999999999999999999:1",
    "1 -99999999999999999999:1", "1 4294967296:1", "1 2147483648:1", "1 1:1e400", "1 1:-1e400",
    "1 1:1e-400", "1 1:4e-320", "1 1:--1", "1 1:+-1", "1 1:1,2", "1 1:.", "1 1:e5", "1 1:1\v2",
    "1 1:1\f", "1 1:1\r2:1", "1 1:1;2:1", "1 1:1,", "1 word 1:1", "1 qid:3 1:1", "1 1:1 # a:b",
    "1:1", "1:1 2:2", "--1 1:1", "1e400 1:1", "+ 1:1", "0x 1:1", "1 +1:1", "1 01:1", "1 1:0x1p3",
    "1 1:1  ", "1 1:\v1", "1 \v1:1", "1 1:1\xa0", "\ufeff1 1:1", "1 1:１", "1 1:1 2:\r", "infx 1:1",
    "nan(1) 1:1", "1 1:2 3", "1 1:2 3:", "1 1:2 3: ", "1 1:2 :3", "1 1:2 ::", "1 ,", "1 ,:1",
]


# ---- Models ----------------------------------------------------------------------------------

class Model:
    def __init__(self, name, path, labels, n_features, solver):
        self.name, self.path, self.labels = name, path, labels
        self.n_features, self.solver = n_features, solver


SOLVER_NAMES = {0: "L2R_LR", 1: "L2R_L2LOSS_SVC_DUAL", 4: "MCSVM_CS", 6: "L1R_LR"}


def write_model(path, solver, labels, bias, rows):
    """A model file as liblinear-train writes it."""
    n_features = len(rows) - (float(bias) >= 0)
    text = (f"solver_type {SOLVER_NAMES[solver]}\nnr_class {len(labels)}\n"
            f"label {' '.join(map(str, labels))}\nnr_feature {n_features}\nbias {bias}\nw\n")
    text += "".join("".join(f"{value:.17g} " for value in row) + "\n" for row in rows)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return n_features


def hand_made(folder):
    """Ties, sums that leave the range of exp, and labels in every order."""
    models = []

    def add(name, solver, labels, bias, rows):
        path = os.path.join(folder, name + ".model")
        n_features = write_model(path, solver, labels, bias, rows)
        models.append(Model(name, path, labels, n_features, solver))

    ties = [[1, 1, 1], [-1, -1, -1], [2, 2, 1], [0, 0, 0]]
    for solver in (0, 1, 4):
        add(f"ties_three_{solver}", solver, (7, -3, 5), "-1", ties)
        add(f"ties_three_bias_{solver}", solver, (1, 2, 3), "1", ties)
    for solver in (0, 1):
        for labels in ((1, -1), (-1, 1), (9, 8)):
            add(f"ties_two_{solver}_{labels[0]}", solver, labels, "-1", [[1], [-1], [0.5], [-0.0]])
    add("ties_two_4", 4, (2, 1), "0", [[1, 1], [-1, -1], [1, 0], [0, 1], [0, 0]])
    add("steep_two", 0, (1, -1), "2", [[900.0], [-745.5], [36.9], [1e-17], [-3.5]])
    add("steep_three", 6, (3, 2, 1), "-1", [[900, -900, -800], [-745, -746, -750], [40, 37, 36]])
    add("huge", 0, (1, 0, 2), "1e10", [[1e300, -1e300, 1], [1e-300, 5e-324, -1], [1, 2, 3]])
    add("single_label", 0, (42,), "-1", [[1.5], [-800]])
    add("single_label_svc", 1, (-42,), "1", [[1.5], [-800], [3]])
    return models


def train_models(train, folder, short):
    """Models of every solver over labels, biases and densities; and what to test them on."""
    models, failures = [], []
    rng = random.Random(5)
    chosen = []
    for solver in CLASSIFIERS + REGRESSIONS:
        pairs = [(solver, labels, bias) for labels in range(len(LABELS))
                 for bias in range(len(BIASES))]
        chosen += rng.sample(pairs, 2 if short else 10)
    for solver, label_set, bias in chosen:
        labels, n_features = LABELS[label_set], rng.choice([1, 2, 7, 30, 90])
        name = f"s{solver}_l{label_set}_b{bias}_n{n_features}"
        data, path = os.path.join(folder, name + ".train"), os.path.join(folder, name + ".model")
        with open(data, "w", encoding="ascii") as file:
            file.write(training_data(rng, labels, n_features, rng.choice([0.1, 0.4, 1.0])))
        cost = rng.choice(["1", "0.1", "20"])
        done = harness.run([train, "-q", "-s", str(solver), "-c", cost, "-B", BIASES[bias], data,
                            path])
        if done.code != 0:
            failures.append(f"{name}: {done.describe()}")
        else:
            models.append(Model(name, path, labels, n_features, solver))
    return models, failures


# ---- Comparing -------------------------------------------------------------------------------

class Suite:
    def __init__(self, options, folder, report):
        self.predict, self.train, self.short = options.predict, options.train, options.short
        self.is_reference = os.path.samefile(options.winnow, options.predict)
        self.tool = options.winnow
        self.folder, self.report = folder, report
        self.pool = ThreadPoolExecutor(os.cpu_count() or 2)
        self.n_runs = self.n_lines = self.n_files = 0

    def command(self, tool):
        return [tool] if tool == self.predict else [tool, "liblinear-predict"]

    def save(self, data):
        self.n_files += 1
        path = os.path.join(self.folder, f"input{self.n_files}.svm")
        with open(path, "wb") as file:
            file.write(data)
        return path

    def run_tool(self, tool, output, options, path, model):
        if os.path.exists(output):
            os.remove(output)
        got = harness.run([*self.command(tool), *options, path, model, output])
        try:
            with open(output, "rb") as file:
                return got, file.read()
        except OSError:
            return got, None

    def compare(self, job):
        """One run of both tools: (lines compared, None or the first difference in words)."""
        number_, options, path, model = job
        output = os.path.join(self.folder, f"output{number_}_")
        want, want_file = self.run_tool(self.predict, output + "a", options, path, model)
        have, have_file = self.run_tool(self.tool, output + "b", options, path, model)
        where = " ".join([*options, os.path.basename(path), os.path.basename(model)])
        n_lines = (want_file or b"").count(b"\n")
        if have.code != want.code:
            return 0, f"{where}: expected exit {want.code} ({want.err!r}), {have.describe()}"
        for what, a, b in (("output file", want_file, have_file), ("stdout", want.out, have.out),
                           ("stderr", want.err, have.err)):
            if a != b:
                difference = first_difference(a or b"", b or b"") or "one has no file"
                return 0, f"{where}: {what}: {difference}"
        return n_lines, None

    def compare_all(self, name, jobs):
        """Compares a list of (options, path of the input, path of the model)."""
        results = list(self.pool.map(self.compare, [(self.n_runs + i, *job)
                                                    for i, job in enumerate(jobs)]))
        failures = [failure for _, failure in results if failure]
        self.n_runs += len(jobs)
        self.n_lines += sum(n for n, _ in results)
        if self.report:
            self.report.check(name, len(jobs), failures)
        return failures

    def jobs_for(self, model, rng):
        plain = self.save(plain_lines(rng, model.labels, model.n_features,
                                      150 if self.short else 400).encode())
        jobs = [((), plain, model.path), (("-b", "0"), plain, model.path),
                (("-b", "1"), plain, model.path)]
        if model.solver in PROBABILISTIC:
            jobs.append((("-qb1",), plain, model.path))
        files = list(special_files(rng, model.labels, model.n_features).items())
        if self.short:
            files = rng.sample(files, 3)
        for _, data in files:
            options = ("-b", "1") if model.solver in PROBABILISTIC and rng.random() < 0.5 else ()
            jobs.append((options, self.save(data), model.path))
        return jobs

    # ---- The groups ----

    def check_models(self, models):
        groups = {}
        for model in models:
            kind = f"solver {model.solver}" if "_l" in model.name else "made by hand"
            groups.setdefault(kind, []).append(model)
        for kind, members in groups.items():
            jobs = []
            for model in members:
                jobs += self.jobs_for(model, random.Random(model.name))
            self.compare_all(f"bytes {kind}", jobs)

    def check_malformed(self, models):
        """One odd line among sound ones, at the beginning, in the middle and at the end."""
        jobs = []
        for at, line in enumerate(MALFORMED):
            model = models[at % len(models)]
            sound = [f"{model.labels[0]} 1:{i}" for i in range(4)]
            for place in (0, 2, 4):
                lines = sound[:place] + [line] + sound[place:]
                data = "\n".join(lines).encode() + (b"\n" if (at + place) % 4 else b"")
                jobs.append(((), self.save(data), model.path))
        self.compare_all("malformed lines", jobs[:: 3 if self.short else 1])

    def check_arguments(self, model):
        """Options in every place, and files that are not there. Messages differ in their words."""
        data, missing = self.save(b"1 1:1\n"), os.path.join(self.folder, "missing")
        output = os.path.join(self.folder, "arguments_output")
        calls = [
            [data, model.path, output, "-b", "1"], [data, "-b", "1", model.path, output],
            ["-q", "--", data, model.path, output], ["-q", "-b", "0", data, model.path, output],
            ["-b1", data, model.path, output], ["-b", "2", data, model.path, output],
            ["-b", "-1", data, model.path, output], ["-b", "x", data, model.path, output],
            ["-b", "1x", data, model.path, output], ["-b", "", data, model.path, output],
            ["-x", data, model.path, output], ["--foo", data, model.path, output],
            ["-v", data, model.path, output], [data, model.path, output, "more"],
            [data, model.path], [data], [], [data, model.path, output, "-b"],
            [missing, model.path, output], [data, missing, output], [data, data, output],
            [data, self.folder, output], [data, model.path, "/nonexistent/output"],
            [data, model.path, self.folder], ["-", model.path, output], [data, "-", output],
            [data, model.path, "/dev/stdout"], ["/dev/null", model.path, output],
        ]
        failures = []
        for arguments in calls:
            seen = []
            for tool in (self.predict, self.tool):
                if os.path.exists(output):
                    os.remove(output)
                got = harness.run([*self.command(tool), *arguments])
                content = None
                if os.path.exists(output):
                    with open(output, "rb") as file:
                        content = file.read()
                # On a wrong call the reference prints its usage on standard output.
                out = b"" if got.out.startswith(b"Usage:") else got.out
                seen.append((got.code, out, content, bool(got.err) or got.out != out))
            if seen[0] != seen[1]:
                failures.append(f"{' '.join(arguments)}: expected {seen[0]}, got {seen[1]}")
        self.report.check("arguments", len(calls), failures)

    def check_stricter(self, model):
        """Where the reference is silent or answers nonsense, the tool says so and exits with 1."""
        output = os.path.join(self.folder, "stricter_output")
        sound = self.save(b"1 1:1\n" * 3)
        with open(model.path, "rb") as file:
            cut = self.save(file.read()[:-3])
        calls = [(self.save(b"1 1:1\n1 1:nan\n"), model.path, output, b"line 2"),
                 (self.save(b"1 1:inf\n"), model.path, output, b"line 1"),
                 (self.save(b"1 2:-inf\n"), model.path, output, b"line 1"),
                 (self.folder, model.path, output, b"input"), (sound, cut, output, b"cut"),
                 (sound, model.path, "/dev/full", b"/dev/full")]
        failures = []
        for path, model_path, out, word in calls:
            got = harness.run([self.tool, "liblinear-predict", path, model_path, out])
            if got.code != 1 or word not in got.err or got.out:
                failures.append(f"{word!r}: {got.describe()}")
        self.report.check("errors that the reference does not see", len(calls), failures)

    def check_converted(self, models):
        """A converted model answers as its source does, and is told apart from other models."""
        chosen = [m for m in models if m.solver not in REGRESSIONS][:: 9 if self.short else 3]
        failures, jobs = [], []
        for model in chosen:
            for ending in (".winnow", ".json"):
                path = model.path + ending
                done = harness.run([self.tool, "convert", model.path, path])
                if done.code != 0:
                    failures.append(f"{model.name}: {done.describe()}")
                    continue
                data = self.save(plain_lines(random.Random(1), model.labels, model.n_features,
                                             100).encode())
                options = ("-b", "1") if model.solver in PROBABILISTIC else ()
                jobs.append((options, data, model.path, path))
        for i, (options, data, source, path) in enumerate(jobs):
            output = os.path.join(self.folder, f"converted{i}")
            want = self.run_tool(self.predict, output, options, data, source)
            have = self.run_tool(self.tool, output, options, data, path)
            if (have[0].code, have[0].out, have[1]) != (want[0].code, want[0].out, want[1]):
                failures.append(f"{os.path.basename(path)}: {have[0].describe()}")
        for model in [m for m in models if m.solver in REGRESSIONS][:1]:
            done = harness.run([self.tool, "convert", model.path, model.path + ".winnow"])
            if done.code != 2 or b"regression" not in done.err:
                failures.append(f"{model.name}: {done.describe()}")
        self.report.check("converted models", len(jobs) + 1, failures)

    def check_planted(self, models):
        """Each fault in the tool's answers is seen, and none where there is none."""
        three = next(m for m in models if m.name == "ties_three_0")
        data = self.save(b"7 1:1\n-3 2:1\n5 3:1\n7 1:2 3:1\n7 1:1 2:1\n")
        wrong = self.save(b"7 1:1\n7 x:1\n")
        jobs = [((), data, three.path), (("-b", "1"), data, three.path), ((), wrong, three.path),
                (("-q",), data, three.path)]
        tool, report, failures = self.tool, self.report, []
        self.report = None
        for name, fault in {"none": "", **FAULTS}.items():
            self.tool = write_wrapper(self.folder, name, fault, tool)
            seen = self.compare_all(name, jobs)
            if bool(seen) != (name != "none"):
                failures.append(f"fault {name}: {seen[0] if seen else 'no difference seen'}")
        self.tool, self.report = tool, report
        self.report.check("planted faults are seen", len(jobs) * (len(FAULTS) + 1), failures)

    def run(self):
        started = time.monotonic()
        models, failures = train_models(self.train, self.folder, self.short)
        self.report.check("models are trained", len(models), failures)
        models += hand_made(self.folder)
        classifiers = [m for m in models if m.solver not in REGRESSIONS]
        n_groups = len({m.solver for m in models if "_l" in m.name}) + 6
        self.check_models(models)
        self.check_malformed(classifiers)
        self.check_arguments(next(m for m in models if m.name == "ties_two_0_1"))
        if not self.is_reference:
            self.check_planted(models)
            self.check_stricter(next(m for m in models if m.name == "ties_two_0_1"))
            self.check_converted(models)
            check_vocabulary(self)
            n_groups += 4
        least = MIN_SHORT_LINES if self.short else MIN_LINES
        too_few = [f"{self.n_lines} lines, at least {least} wanted"]
        self.report.check("enough lines", self.n_lines, too_few if self.n_lines < least else [])
        self.report.note(f"{self.n_lines} lines of {self.n_runs} runs in "
                         f"{time.monotonic() - started:.1f} s")
        print(f"registered {n_groups - 1}")
        return self.report.finish()


# ---- Vocabulary ------------------------------------------------------------------------------

WORDS = ("harbour ferry Sailor anchor tide storm opera Violin tempo choir stage drum market BANK"
         " rate yield bond x2 co_op 2026 a I of the don't e-mail U.S. été naïve Straße İzmir ΟΔΟΣ"
         " оркестр Город 東京").split()


def make_texts(rng, n_texts, words):
    texts = []
    for i in range(n_texts):
        topic = i % 3
        own = words[topic * 5 : topic * 5 + 6]
        texts.append(" ".join(rng.choice(own if rng.random() < 0.5 else words)
                              for _ in range(rng.randint(1, 14))))
    return texts


def check_vocabulary(suite):
    """Text through a vocabulary: the labels and probabilities that liblinear-predict has for the
    counts of scikit-learn's CountVectorizer."""
    try:
        from sklearn.feature_extraction.text import CountVectorizer
    except ImportError:
        suite.report.skip("vocabulary", "no scikit-learn")
        return
    failures, n_texts, rng = [], 0, random.Random(3)
    for case, ngrams in enumerate([(1, 1), (1, 2), (2, 3), (1, 4)]):
        texts = make_texts(rng, 400, WORDS)
        vectorizer = CountVectorizer(ngram_range=ngrams)
        matrix = vectorizer.fit_transform(texts[:200])
        terms = vectorizer.get_feature_names_out()
        counts = vectorizer.transform(texts[200:])

        def lines(rows):
            out = []
            for i in range(rows.shape[0]):
                row = rows.getrow(i)
                pairs = sorted(zip(row.indices, row.data))
                out.append(" ".join([str(i % 3), *(f"{j + 1}:{v}" for j, v in pairs)]))
            return ("\n".join(out) + "\n").encode()

        base = os.path.join(suite.folder, f"text{case}")
        vocabulary, model = base + ".terms", base + ".model"
        with open(vocabulary, "w", encoding="utf-8") as file:
            file.write("\n".join(terms) + ("\n" if case % 2 else ""))
        trained = harness.run([suite.train, "-q", "-s", "0", "-B", "1", suite.save(lines(matrix)),
                               model])
        want, _ = suite.run_tool(suite.predict, base + ".out", ("-b", "1"),
                                 suite.save(lines(counts)), model)
        with open(base + ".out", encoding="ascii") as file:
            header, *expected = file.read().splitlines()
        order = header.split()[1:]
        converted = harness.run([suite.tool, "convert", "--vocabulary", vocabulary, model,
                                 base + ".winnow"])
        text_path = base + ".txt"
        with open(text_path, "w", encoding="utf-8") as file:
            file.write("\n".join(texts[200:]) + "\n")
        for arguments in (["-m", model, "--vocabulary", vocabulary], ["-m", base + ".winnow"]):
            got = harness.run([suite.tool, *arguments, "-k", "0", "--format", "jsonl", "--input",
                               "lines", text_path])
            failure = compare_answers(expected, order, got) if want.code == 0 else want.describe()
            if failure:
                failures.append(f"ngrams {ngrams} {arguments[-1]}: {failure}")
            n_texts += len(expected)
        info = harness.run([suite.tool, "info", "--vocabulary", vocabulary, model])
        if info.code != 0 or b"liblinear" not in info.out:
            failures.append(f"info: {info.describe()}")
        for code, what in ((trained.code, "train"), (converted.code, "convert")):
            if code != 0:
                failures.append(f"{what}: exit {code}")
    suite.report.check("vocabulary", n_texts, failures)


def compare_answers(expected, order, got):
    """Answers of classify against lines of liblinear-predict -b 1."""
    answers = [json.loads(line) for line in got.out.splitlines()]
    if got.code != 0 or len(answers) != len(expected):
        return f"{len(answers)} answers, {got.describe()}"
    for number_, (line, answer) in enumerate(zip(expected, answers), 1):
        label, *probabilities = line.split()
        scores = next(iter(answer["results"].values()))
        found = {score["label"]: score["p"] for score in scores}
        if scores[0]["label"] != label:
            return f"text {number_}: {scores[0]['label']}, expected {label}"
        for name, probability in zip(order, probabilities):
            if abs(found[name] - float(probability)) > 2e-5:
                return f"text {number_}, label {name}: {found[name]}, expected {probability}"
    return None


# ---- Planted faults --------------------------------------------------------------------------

WRAPPER = """#!{python}
import subprocess, sys
arguments = sys.argv[1:]
done = subprocess.run([{tool!r}, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
out, err, code = done.stdout, done.stderr, done.returncode
with open(arguments[-1], "rb") as file:
    answers = file.read()
lines = answers.splitlines(True)
is_probability = "-b" in arguments
{fault}
with open(arguments[-1], "wb") as file:
    file.write(answers)
sys.stdout.buffer.write(out)
sys.stderr.buffer.write(err)
sys.exit(code)
"""

FAULTS = {
    "digit": "if is_probability:\n"
             "    last = lines[-1]\n"
             "    answers = answers[:-2] + (b'1' if last[-2:-1] != b'1' else b'2') + b'\\n'",
    "label_order": "if is_probability:\n"
                   "    names = lines[0].split()\n"
                   "    lines[0] = b' '.join([names[0], *names[:0:-1]]) + b'\\n'\n"
                   "    answers = b''.join(lines)",
    "line": "if not is_probability and not code:\n    answers = b''.join(lines[:-1])",
    "line_before_error": "if code:\n    answers = b''",
    "tie": "if not is_probability:\n    answers = answers.replace(b'7\\n', b'-3\\n', 1)",
    "accuracy": "out = out.replace(b'%', b'.0%')",
    "quiet": "if '-q' in arguments:\n    out = b'Accuracy'",
    "exit": "code = 0 if code else code",
    "message": "err = err.replace(b'line 2', b'line 1')",
}


def write_wrapper(folder, name, fault, tool):
    """A program that runs the tool and spoils what it gives."""
    path = os.path.join(folder, "winnow_" + name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(WRAPPER.format(python=sys.executable, fault=fault, tool=tool))
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--winnow", required=True, help="the tool under test")
    parser.add_argument("--predict", default="/usr/bin/liblinear-predict", help="the reference")
    parser.add_argument("--train", default="/usr/bin/liblinear-train", help="the trainer")
    parser.add_argument("--short", action="store_true", help="a tenth of the runs")
    parser.add_argument("--keep", metavar="DIR", help="leave models and inputs in this folder")
    options = parser.parse_args()
    for tool in (options.winnow, options.predict, options.train):
        if shutil.which(tool) is None:
            parser.error(f"no program {tool}")
    options.winnow, options.predict = (os.path.abspath(shutil.which(tool))
                                       for tool in (options.winnow, options.predict))
    report = harness.Report()
    if options.keep:
        os.makedirs(options.keep, exist_ok=False)
        return Suite(options, options.keep, report).run()
    with tempfile.TemporaryDirectory(prefix="liblinear_") as folder:
        return Suite(options, folder, report).run()


if __name__ == "__main__":
    sys.exit(main())
