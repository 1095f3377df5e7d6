"""evaluation.py - the figures of `winnow eval` and `winnow diff` against scikit-learn's and scipy's.

usage: evaluation.py --winnow WINNOW

Models made by hand, whose probabilities numpy computes too, on random records: one label a record,
several, labels that the model lacks, multi-label models with thresholds, ties, raw scores. Every
figure is compared within 1e-8, the bootstrap round by round. Then the shipped models on real data
(WINNOW_SHARED), within what classify's six digits allow. Planted faults have to show.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile

from harness import Report

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINS = 15
SEED = 20231
EPSILON = 2.0 ** -52


# ---- Models and records ----------------------------------------------------------------------------

def array(dtype, shape, values):
    return {"dtype": dtype, "shape": shape, "values": values}


def model_json(name, labels, words, rows, link="softmax", thresholds=None, multi_label=False):
    """A model of words: rows[word][label] is what a word adds to a label's logit."""
    model = {
        "winnow": 1, "name": name, "version": "1", "normalize": ["lower_ascii"], "labels": "labels",
        "link": link,
        "blocks": [{
            "extractor": "words", "tokens": "ascii_word", "min_length": 1, "ngrams": [1, 1],
            "terms": "terms",
            "weighting": {"binary": False, "sublinear_tf": False, "norm": "none"},
            "rows": {"encoding": "dense", "values": "rows"},
        }],
        "arrays": {
            "labels": array("str", [len(labels)], labels),
            "terms": array("str", [len(words)], words),
            "rows": array("f64", [len(words), len(labels)], [float(v) for row in rows for v in row]),
        },
    }
    if multi_label:
        model["multi_label"] = True
    if thresholds is not None:
        model["thresholds"] = "thresholds"
        model["arrays"]["thresholds"] = array("f64", [len(labels)], thresholds)
    return json.dumps(model)


class Setup:
    """A model of one word a text, and records with labels."""

    def __init__(self, seed, n_labels, n_records, link="softmax", n_gold=(1, 1), strange=0.0,
                 thresholds=None, multi_label=False, n_words=40, n_silent=0):
        random = np.random.default_rng(seed)
        self.labels = [f"label {chr(97 + i)}<&'\"" for i in range(n_labels)]
        self.words = [f"w{i:04d}" for i in range(n_words)]
        self.rows = random.normal(scale=1.5, size=(n_words, n_labels))
        if n_silent:  # labels that neither occur nor are predicted
            self.rows[:, -n_silent:] = -20 - random.random((n_words, n_silent))
        self.link, self.thresholds, self.multi_label = link, thresholds, multi_label
        self.used = random.integers(0, n_words, n_records)
        self.gold = []
        best = self.rows.argmax(axis=1)
        for word in self.used:
            n = random.integers(n_gold[0], n_gold[1] + 1)
            some = list(random.permutation(n_labels - n_silent)[:n])
            if random.random() < 0.6 and n > 0:  # right more often than not
                some = [best[word]] + [g for g in some if g != best[word]][:n - 1]
            names = [self.labels[g] for g in some]
            if strange and names and random.random() < strange:
                names[random.integers(0, len(names))] = f"strange {random.integers(0, 3)}"
            self.gold.append(names)

    def logits(self):
        return self.rows[self.used]

    def probabilities(self):
        z = self.logits()
        if self.link == "sigmoid":
            return 1 / (1 + np.exp(-z))
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def model(self):
        return model_json("made", self.labels, self.words, self.rows, self.link, self.thresholds,
                          self.multi_label)

    def lines(self):
        return "".join(json.dumps({"text": self.words[w], "labels": g}) + "\n"
                       for w, g in zip(self.used, self.gold))


# ---- The same figures, from scikit-learn and numpy -------------------------------------------------

def bins_of(confidence, right):
    order = np.argsort(confidence, kind="stable")
    return [(len(part), confidence[part].mean(), right[part].mean())
            for part in np.array_split(order, BINS) if len(part)]


def calibration(out, confidence, right):
    bins = bins_of(confidence, right)
    errors = [abs(c - a) for _, c, a in bins]
    out["ece"] = sum(n * e for (n, _, _), e in zip(bins, errors)) / len(right)
    out["mce"] = max(errors)
    out["bins"] = bins


def per_label(out, names, known, truth, predicted, listed, scores, indicator=None):
    """Precision, recall, F1 of names; truth and predicted: a name a record, or indicator matrices."""
    if indicator is None:
        p, r, f, _ = sk.precision_recall_fscore_support(truth, predicted, labels=names,
                                                        zero_division=0)
    else:
        p, r, f, _ = sk.precision_recall_fscore_support(*indicator, zero_division=0)
    aps = []
    for i, name in enumerate(names):
        y = np.array([name in some for some in listed], int)
        ap = sk.average_precision_score(y, scores[:, i]) if i < known and y.any() else None
        out["labels"][name] = (p[i], r[i], f[i], ap)
        aps += [] if ap is None else [ap]
    out["mean_average_precision"] = float(np.mean(aps))
    return f


def single(names, known, gold, probabilities, logits=None):
    """What evaluation.h defines for models of one label; names: the model's, then the others."""
    out = {"labels": {}}
    scores = probabilities if logits is None else logits
    best = [names[i] for i in scores.argmax(axis=1)]
    truth = [b if b in g else g[0] for b, g in zip(best, gold)]
    out["accuracy"] = sk.accuracy_score(truth, best)
    out["strict_accuracy"] = sk.accuracy_score([g[0] for g in gold], best)
    f1 = per_label(out, names, known, truth, best, gold, scores)
    occurs = [n in truth or n in best for n in names]
    out["macro_f1"] = sk.f1_score(truth, best, average="macro", zero_division=0)
    assert math.isclose(out["macro_f1"], float(np.mean(f1[occurs])))
    out["matrix"] = sk.confusion_matrix(truth, best, labels=names)
    if logits is not None:
        return out
    fair = [i for i, g in enumerate(gold) if g[0] in names[:known]]
    order = np.argsort(names[:known])  # scikit-learn wants its columns in the order of the names
    out["log_loss"] = sk.log_loss([gold[i][0] for i in fair], probabilities[fair][:, order],
                                  labels=[names[j] for j in order])
    hot = np.array([[n == gold[i][0] for n in names[:known]] for i in fair], float)
    out["brier"] = float(((probabilities[fair] - hot) ** 2).sum(axis=1).mean())
    calibration(out, probabilities.max(axis=1), np.array([b in g for b, g in zip(best, gold)], float))
    return out


def multi(names, known, gold, probabilities, thresholds):
    out = {"labels": {}}
    y = np.array([[n in g for n in names] for g in gold], int)
    p = np.zeros_like(y, dtype=float)
    p[:, :known] = probabilities
    chosen = np.zeros_like(y)
    chosen[:, :known] = probabilities > np.array(thresholds)
    out["subset_accuracy"] = sk.accuracy_score(y, chosen)
    out["hamming_loss"] = sk.hamming_loss(y, chosen)
    out["micro_f1"] = sk.f1_score(y, chosen, average="micro", zero_division=0)
    f1 = per_label(out, names, known, None, None, gold, p, (y, chosen))
    occurs = (y.sum(axis=0) + chosen.sum(axis=0)) > 0
    out["macro_f1"] = float(np.mean(f1[occurs]))
    out["log_loss"] = float(np.mean([sk.log_loss(y[:, i], p[:, i], labels=[0, 1])
                                     for i in range(known)]))
    out["brier"] = float(np.mean([sk.brier_score_loss(y[:, i], p[:, i]) for i in range(known)]))
    calibration(out, p[:, :known].ravel(), y[:, :known].ravel().astype(float))
    sure = chosen.any(axis=1)
    out["coverage"] = float(sure.mean())
    if sure.any():
        out["sure_accuracy"] = sk.accuracy_score(y[sure], chosen[sure])
    return out


class SplitMix:
    """Steele, Lea, Flood 2014, written down again."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        mask = 2 ** 64 - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & mask
        return (((z ^ z >> 31) >> 32) * n) >> 32


def intervals(n, rounds, measure):
    random, found = SplitMix(SEED), []
    for _ in range(rounds):
        found.append(measure([random.below(n) for _ in range(n)]))
    return np.percentile(np.array(found), [2.5, 97.5], axis=0)


# ---- Comparing -------------------------------------------------------------------------------------

def differences(got, want, tolerance):
    """What eval's JSON says of a model against the figures above; a list of texts."""
    out = []

    def near(name, a, b):
        if a is None or b is None or math.isnan(b):
            if not (a is None and (b is None or math.isnan(b))):
                out.append(f"{name}: got {a}, want {b}")
        elif abs(a - b) > tolerance * max(1, abs(b)):
            out.append(f"{name}: got {a!r}, want {b!r}")

    for key, value in want.items():
        if key not in ("labels", "bins", "matrix"):
            near(key, got[key], value)
    rows = {row["label"]: row for row in got["labels"]}
    for name, (p, r, f, ap) in want["labels"].items():
        row = rows.pop(name)
        near(f"precision of {name}", row["precision"] or 0.0, p)
        near(f"recall of {name}", row["recall"] or 0.0, r)
        near(f"F1 of {name}", row["f1"] or 0.0, f)
        near(f"average precision of {name}", row["average_precision"], ap)
        for recall, precision, _ in row["curve"]:
            if not (0 <= recall <= 1 and 0 <= precision <= 1):
                out.append(f"curve of {name}: {recall} {precision}")
    out += [f"{name}: a label of nowhere" for name in rows]
    if "matrix" in want:
        matrix = np.array(got["matrix"])[:, :-1]
        if not np.array_equal(matrix, want["matrix"]):
            out.append(f"matrix: got {matrix.tolist()}, want {want['matrix'].tolist()}")
    for bin_, (n, c, a) in zip(got["calibration"], want.get("bins", [])):
        near("a bin's n", bin_["n"], n)
        near("a bin's confidence", bin_["confidence"], c)
        near("a bin's accuracy", bin_["accuracy"], a)
    return out


class Suite:
    def __init__(self, winnow, folder, report):
        self.winnow, self.folder, self.report = os.path.abspath(winnow), folder, report
        self.n_registered = 0

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run(self, *args, codes=(0,)):
        done = subprocess.run([self.winnow, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, timeout=300)
        if done.returncode not in codes:
            raise RuntimeError(f"{args}: exit {done.returncode}: {done.stderr.decode()[-300:]}")
        return done.stdout.decode()

    def eval(self, setup, *args, codes=(0,)):
        model = self.write("made.json", setup.model())
        data = self.write("data.jsonl", setup.lines())
        said = self.run("eval", "-m", model, "--format", "json", *args, data, codes=codes)
        if "nan" in said or "inf" in said.lower().replace("info", ""):
            raise RuntimeError("a number that is none")
        return json.loads(said)["models"][0]

    def check(self, name, failures, n_runs=1):
        self.n_registered += 1
        self.report.check(name, n_runs, failures)

    def names_of(self, got):
        """The model's labels, then those of the data, in the tool's order."""
        return [row["label"] for row in got["labels"]], sum(row["known"] for row in got["labels"])

    # -- The checks --

    def check_single(self):
        failures, n = [], 0
        for seed in range(12):
            setup = Setup(seed, 2 + seed % 5, 150 + 37 * seed, n_gold=(1, 1 + seed % 3),
                          strange=0.1 if seed % 4 == 3 else 0, n_words=400 if seed % 2 else 25,
                          n_silent=1 if seed % 5 == 2 else 0)
            got = self.eval(setup, "--bootstrap", "0", "-j", str(1 + seed % 2), codes=(0, 1))
            names, known = self.names_of(got)
            want = single(names, known, setup.gold, setup.probabilities())
            failures += [f"seed {seed}: {d}" for d in differences(got, want, 1e-8)]
            n += 1
        self.check("one label: scikit-learn's figures", failures, n)

    def check_multi(self):
        failures, n = [], 0
        for seed in range(8):
            n_labels = 2 + seed % 6
            thresholds = list(np.random.default_rng(seed).uniform(0.2, 0.8, n_labels))
            setup = Setup(seed + 100, n_labels, 200 + 50 * seed, link="sigmoid", n_gold=(0, 2),
                          thresholds=thresholds, multi_label=True, n_words=300,
                          n_silent=1 if seed % 3 == 1 else 0,
                          strange=0.1 if seed % 4 == 2 else 0)
            got = self.eval(setup, "--bootstrap", "0", codes=(0, 1))
            names, known = self.names_of(got)
            want = multi(names, known, setup.gold, setup.probabilities(), thresholds)
            failures += [f"seed {seed}: {d}" for d in differences(got, want, 1e-8)]
            n += 1
        self.check("several labels: scikit-learn's figures", failures, n)

    def check_raw(self):
        setup = Setup(7, 4, 300, link="raw")
        got = self.eval(setup, "--bootstrap", "0")
        names, known = self.names_of(got)
        want = single(names, known, setup.gold, None, setup.logits())
        failures = differences(got, want, 1e-8)
        for key in ("log_loss", "brier", "ece", "mce"):
            if got[key] is not None:
                failures.append(f"{key} of a model without probabilities: {got[key]}")
        self.check("raw scores", failures)

    def check_thresholds(self):
        setup = Setup(8, 3, 400, thresholds=[0.6, 0.7, 0.8], n_words=300)
        got = self.eval(setup, "--bootstrap", "0")
        p = setup.probabilities()
        best = p.argmax(axis=1)
        right = np.array([setup.labels[b] in g for b, g in zip(best, setup.gold)])
        sure = p.max(axis=1) > np.array([0.6, 0.7, 0.8])[best]
        want = {"decided": {"n": int(sure.sum()), "right": int(right[sure].sum())},
                "below_threshold": {"n": int((~sure).sum()), "right": int(right[~sure].sum())},
                "unknown": {"n": 0, "right": 0}}
        failures = [] if got["decisions"] == want else [f"got {got['decisions']}, want {want}"]
        for key, value in (("coverage", sure.mean()), ("sure_accuracy", right[sure].mean()),
                           ("accuracy", right.mean())):
            if abs(got[key] - value) > 1e-8:
                failures.append(f"{key}: got {got[key]}, want {value}")
        self.check("unsure answers", failures)

    def check_bootstrap(self):
        failures = []
        setup = Setup(9, 3, 60, n_gold=(1, 2))
        got = self.eval(setup, "--bootstrap", "80")
        p, gold = setup.probabilities(), setup.gold

        def measure(rows):
            part = single(setup.labels, 3, [gold[i] for i in rows], p[rows])
            return [part[key] for key in keys]

        keys = ["accuracy", "strict_accuracy", "macro_f1", "log_loss", "brier"]
        low, high = intervals(60, 80, measure)
        for i, key in enumerate(keys):
            if not np.allclose(got["intervals"][key], [low[i], high[i]], rtol=0, atol=1e-8):
                failures.append(f"{key}: got {got['intervals'][key]}, want {low[i]} {high[i]}")
        again = self.eval(setup, "--bootstrap", "80", "-j", "3")
        if again != got:
            failures.append("another run gives other figures")
        self.check("the bootstrap, round by round", failures, 2)

    def check_diff(self):
        failures = []
        old, new = Setup(20, 4, 500, n_words=300), Setup(20, 4, 500, n_words=300)
        new.rows = old.rows + np.random.default_rng(21).normal(scale=0.6, size=old.rows.shape)
        paths = [self.write("old.json", old.model()), self.write("new.json", new.model())]
        data = self.write("data.jsonl", old.lines())
        got = json.loads(self.run("diff", *paths, "--labels", "labels", "--format", "json",
                                  "--examples", "5", data))
        p, q = old.probabilities(), new.probabilities()
        before, after = p.argmax(axis=1), q.argmax(axis=1)
        rows = np.arange(len(before))
        change = np.abs(q[rows, before] - p[rows, before])
        right = [np.array([old.labels[b] in g for b, g in zip(best, old.gold)])
                 for best in (before, after)]
        flips = before != after
        only_old, only_new = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
        want = {
            "texts": 500, "flips": int(flips.sum()), "same_best": int((~flips).sum()),
            "mean_change": change.mean(), "max_change": change.max(),
        }
        want_labelled = {
            "texts": 500, "old_right": int(right[0].sum()), "new_right": int(right[1].sum()),
            "only_old_right": only_old, "only_new_right": only_new,
            "mcnemar_p": binomtest(only_old, only_old + only_new).pvalue,
            "flips_became_right": int((flips & right[1] & ~right[0]).sum()),
            "flips_became_wrong": int((flips & right[0] & ~right[1]).sum()),
        }
        for values, wanted in ((got, want), (got["labelled"], want_labelled)):
            for key, value in wanted.items():
                if not math.isclose(values[key], value, rel_tol=1e-7, abs_tol=1e-12):
                    failures.append(f"{key}: got {values[key]}, want {value}")
        kinds = {}
        for b, a in zip(before[flips], after[flips]):
            kinds[old.labels[b], old.labels[a]] = kinds.get((old.labels[b], old.labels[a]), 0) + 1
        if {(k["from"], k["to"]): k["n"] for k in got["kinds"]} != kinds:
            failures.append("the kinds of flips")
        strength = np.sort(np.minimum(p.max(axis=1), q.max(axis=1))[flips])[::-1][:5]
        if not np.allclose([e["strength"] for e in got["examples"]], strength, atol=1e-7):
            failures.append("the hardest flips")
        self.check("diff: agreement, flips, McNemar's exact test", failures)

    def check_real(self, name, shared):
        path = os.path.join(shared, "data", name, "dev.jsonl.gz")
        model = os.path.join(ROOT, "models", name + ".winnow")
        if not os.path.exists(path) or not os.path.exists(model):
            self.n_registered += 1
            self.report.skip(f"{name} on real data", f"no {path}")
            return
        got = json.loads(self.run("eval", "-m", model, "--format", "json", "--bootstrap", "0", path))
        got = got["models"][0]
        names, known = self.names_of(got)
        lines = self.run("classify", "-m", model, "-k", "0", path).splitlines()
        p = np.zeros((len(lines), known))
        for row, line in zip(p, lines):
            for score in next(iter(json.loads(line)["results"].values())):
                row[names.index(score["label"])] = score["p"]
        with gzip.open(path, "rt", encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
        gold = [r["labels"] if "labels" in r else [r["label"]] for r in records]
        # Six digits make ties that are none and move the borders of bins.
        want = single(names, known, gold, p)
        del want["bins"], want["mce"]
        self.check(f"{name} on real data", differences(got, want, 2e-4))

    def check_planted(self):
        """A wrong record, threshold, label or bin must be seen."""
        failures = []
        setup = Setup(30, 4, 200, n_gold=(1, 2))
        got = self.eval(setup, "--bootstrap", "0")
        names, known = self.names_of(got)
        p = setup.probabilities()
        for name, fault in (("a label", lambda g: g[1:] + [g[0]]),
                            ("a record", lambda g: g[:-1] + [[names[3]] if g[-1] != [names[3]]
                                                             else [names[0]]])):
            want = single(names, known, fault(list(setup.gold)), p)
            if not differences(got, want, 1e-8):
                failures.append(f"{name} was not seen")
        want = single(names, known, setup.gold, p ** 1.001)
        if not differences(got, want, 1e-8):
            failures.append("other probabilities were not seen")
        self.check("planted faults are seen", failures, 3)

    def all(self, shared):
        self.check_single()
        self.check_multi()
        self.check_raw()
        self.check_thresholds()
        self.check_bootstrap()
        self.check_diff()
        for name in ("topic", "promo"):
            self.check_real(name, shared)
        self.check_planted()
        print(f"registered {self.n_registered}")
        return self.report.finish()


MISSING = None
try:
    import gzip
    import warnings

    import numpy as np
    import sklearn.metrics as sk
    from scipy.stats import binomtest
    warnings.filterwarnings("ignore")
except ImportError as error:
    MISSING = str(error)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--winnow", required=True)
    options = parser.parse_args()
    report = Report()
    if MISSING:
        report.skip("evaluation", f"{MISSING}: install python3-sklearn, use /usr/bin/python3")
        print("registered 1\n0 passed, 0 failed, 1 skipped")
        return 0
    shared = os.environ.get("WINNOW_SHARED", os.path.join(os.path.dirname(ROOT), "shared"))
    with tempfile.TemporaryDirectory() as folder:
        return Suite(options.winnow, folder, report).all(shared)


if __name__ == "__main__":
    sys.exit(main())
