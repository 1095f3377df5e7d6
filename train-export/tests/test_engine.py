"""The C engine against the mirror, through the probes of a model file.

WINNOW names the tool (default ../build/winnow); without it these tests are skipped by name.
Texts become probes, scored by the mirror; `winnow verify` then replays them within 1e-12, which
the shipped tolerance of 1e-6 would not show.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), HERE]

import numpy as np

import test_text
from winnow_train import data, example, manifest, probes
from winnow_train.model import Model
from winnow_train.normalize import STEPS, UNICODE

WINNOW = os.environ.get("WINNOW", os.path.join(HERE, "..", "..", "build", "winnow"))
DATA = os.environ.get("WINNOW_DATA", "")
MODELS = os.path.join(HERE, "..", "..", "models")
TOLERANCE = 1e-12


def random_texts(n, seed):
    """The other tests' texts without NUL, which a JSON model file cannot hold."""
    return [t.replace("\0", "") for t in test_text.random_texts(n, seed)]


def winnow(*arguments):
    return subprocess.run([WINNOW, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def verify(m, folder):
    """(exit code, output) of `winnow verify` on the JSON form and on the binary one."""
    path = os.path.join(folder, "model.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(m, f)  # ASCII only: every other character as an escape
    binary = os.path.join(folder, "model.winnow")
    results = [winnow("verify", path), winnow("convert", path, binary), winnow("verify", binary)]
    told = "\n".join(r.stdout.decode("utf-8", "replace") for r in results)
    return max(abs(r.returncode) for r in results), told


def probe(m, texts):
    m["probes"] = probes.with_scores(Model(m), texts)
    m["probe_tolerance"] = TOLERANCE
    return m


def random_model(seed):
    """A model with one to three blocks of any kind, its terms drawn from random texts."""
    rng, draw = random.Random(seed), np.random.default_rng(seed)
    n_labels = rng.randint(2, 6)
    arrays = {"labels": manifest.plain(["label %d" % i for i in range(n_labels)], "str")}
    arrays["bias"] = manifest.array(draw.normal(size=n_labels), rng.choice(["f32", "f64"]))
    m = {
        "winnow": 1,
        "normalize": [s for s in STEPS if rng.random() < 0.5],
        "unicode": UNICODE,
        "labels": "labels",
        "bias": "bias",
        "link": rng.choice(["softmax", "sigmoid", "one_vs_rest", "raw"]),
        "sum_order": rng.choice(["ascending", "descending"]),
        "blocks": [],
        "probes": [],
        "arrays": arrays,
    }
    for b in range(rng.randint(1, 3)):
        m["blocks"].append(random_block(rng, draw, m, "b%d." % b, n_labels))
    return m


def random_block(rng, draw, m, name, n_labels):
    from winnow_train.feature import block_extractor
    from winnow_train.normalize import normalize

    arrays = m["arrays"]
    lo = rng.randint(1, 3)
    block = {"extractor": rng.choice(["words", "chars", "chars_wb", "surface"])}
    surface = block["extractor"] == "surface"
    if block["extractor"] == "words":
        block["tokens"] = rng.choice(["ascii_word", "letters", "nonspace", "word", "pattern"])
        block["min_length"] = rng.randint(1, 2)
        if block["tokens"] == "pattern":
            block["pattern"] = rng.choice([r"\b\w[\w'-]*\w\b", r"(\w*)", r"(?a)[^\W\d_]{2,}", r"\S+"])
            block["min_length"] = 1
    if not surface:
        block["ngrams"] = [lo, lo + rng.randint(0, 2)]
    find, steps = block_extractor(block), [] if surface else m["normalize"]
    terms = {t for text in random_texts(300, seed_of(rng)) for t in find(normalize(text, steps))}
    terms = sorted(terms)
    if block["extractor"] == "words" and rng.random() < 0.3:
        arrays[name + "stop"] = manifest.plain(sorted({t.split(" ")[0] for t in terms[:40]}), "str")
        block["stop_words"] = name + "stop"
    weighting = {"binary": rng.random() < 0.3, "norm": rng.choice(["l2", "l1", "none"])}
    if surface or rng.random() < 0.5:
        terms = rng.sample(terms, max(1, len(terms) // 2))
        arrays[name + "terms"] = manifest.array(terms, "str")
        block["terms"] = name + "terms"
        n_rows, alternate = len(terms), False
    else:
        n_rows, alternate = rng.choice([64, 1021]), rng.random() < 0.4
        block["hash"] = {"n_features": n_rows, "alternate_sign": alternate}
        if rng.random() < 0.5:
            kept = np.sort(draw.choice(n_rows, n_rows // 3, replace=False))
            arrays[name + "columns"] = manifest.array(kept, "u32")
            block["hash"]["columns"] = name + "columns"
            n_rows = len(kept)
    weighting["sublinear_tf"] = not alternate and rng.random() < 0.5
    weighting["binary"] = weighting["binary"] and not alternate
    if rng.random() < 0.5:
        dtype = rng.choice(["f32", "f64"])
        arrays[name + "idf"] = manifest.array(draw.uniform(1, 9, n_rows), dtype)
        weighting["idf"] = name + "idf"
    block["weighting"] = weighting
    rows = draw.normal(size=(n_rows, n_labels))
    block["rows"] = {"encoding": "dense", "values": name + "rows"}
    dtype = rng.choice(["f64", "f32", "f16", "i8"])
    if dtype == "i8":
        rows = np.rint(rows * 30).clip(-127, 127)
        arrays[name + "scale"] = manifest.array(draw.uniform(0.01, 0.1, n_labels), "f32")
        block["rows"] = {"encoding": "scaled", "values": name + "rows", "scale": name + "scale"}
    arrays[name + "rows"] = manifest.array(rows, dtype)
    return block


def seed_of(rng):
    return rng.randrange(1 << 30)


@unittest.skipUnless(os.path.exists(WINNOW), "WINNOW: no tool at %s" % WINNOW)
class Engine(unittest.TestCase):
    def agree(self, m, told=""):
        with tempfile.TemporaryDirectory() as folder:
            code, output = verify(m, folder)
        self.assertEqual(code, 0, "%s\n%s" % (told, output))

    def test_random_models(self):
        for seed in range(60):
            m = random_model(seed)
            self.agree(probe(m, random_texts(40, 1000 + seed)), "seed %d" % seed)

    def test_a_wrong_probe_is_found(self):
        m = probe(random_model(3), random_texts(32, 5))
        m["probes"][17]["scores"][0] += 1e-9
        with tempfile.TemporaryDirectory() as folder:
            self.assertNotEqual(verify(m, folder)[0], 0)

    def test_example(self):
        with open(os.path.join(MODELS, "example.json"), encoding="utf-8") as f:
            self.assertEqual(json.load(f), example.manifest())
        self.agree(probe(example.manifest(), example.TEXTS + random_texts(100, 9)))

    def test_bytes_that_are_not_utf8(self):
        # Probes are valid UTF-8, so these go through the command line, with its six digits.
        m = example.manifest()
        texts = [
            b"buy\xffnow",
            b"\xc3(said",
            b"police\xe2\x80",
            b"\xed\xa0\x80free",
            b"\xf0\x9f\x98 report",
        ]
        with tempfile.TemporaryDirectory() as folder:
            path, query = os.path.join(folder, "m.json"), os.path.join(folder, "q.txt")
            manifest.write(path, m)
            with open(query, "wb") as f:
                f.write(b"\n".join(texts))
            told = winnow(
                "classify", "-m", path, "--input", "lines", "--format", "jsonl", "-k", "0", query
            )
        model = Model(m)
        lines = told.stdout.decode("utf-8").splitlines()
        self.assertEqual(len(lines), len(texts))
        for text, line in zip(texts, lines):
            found = {r["label"]: r["p"] for r in json.loads(line)["results"]["example"]}
            for label, p in zip(model.labels, model.scores(text)):
                self.assertAlmostEqual(found[label], p, delta=1e-6)


@unittest.skipUnless(os.path.exists(WINNOW), "WINNOW: no tool at %s" % WINNOW)
@unittest.skipUnless(DATA, "WINNOW_DATA: no data folder named")
class Shipped(unittest.TestCase):
    """The shipped models on 2,000 rows of the dev splits."""

    def check(self, task):
        texts = [r["text"] for r in data.read_rows(os.path.join(DATA, task), "dev")][:2000]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "shipped.json")
            told = winnow("convert", os.path.join(MODELS, task + ".winnow"), path)
            self.assertEqual(told.returncode, 0, told.stdout)
            m = manifest.read(path)
            code, output = verify(probe(m, [t for t in texts if "\0" not in t]), folder)
        self.assertEqual(code, 0, output)

    def test_topic(self):
        self.check("topic")

    def test_promo(self):
        self.check("promo")


if __name__ == "__main__":
    unittest.main()
