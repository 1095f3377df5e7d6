"""Training's own arithmetic: calibration, measures, arrays, and a small model made end to end."""

import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import numpy as np
import scipy.sparse as sp
from sklearn.metrics import average_precision_score, precision_recall_fscore_support

from winnow_train import calibrate, linear, manifest, metrics, probes, recipes
from winnow_train.data import Targets
from winnow_train.link import LINKS, softmax
from winnow_train.model import Model

WORDS = {
    "sport": "goal match team coach league striker cup keeper",
    "health": "doctor nurse vaccine clinic fever patient dose ward",
    "religion": "bishop chapel prayer monk saint hymn abbey altar",
}


def small_targets(seed, n=240):
    rng = random.Random(seed)
    out = Targets()
    for i in range(n):
        label = sorted(WORDS)[i % 3]
        chosen = [rng.choice(WORDS[label].split()) for _ in range(4)]
        other = [rng.choice("the of and a 12 “so” it’s café".split()) for _ in range(5)]
        words = chosen + other
        rng.shuffle(words)
        out.add(" ".join(words), [label], group=str(i // 4), checked=i % 2 == 0)
    return out


class Arrays(unittest.TestCase):
    def test_round_trip(self):
        draw = np.random.default_rng(1)
        for dtype in manifest.DTYPES:
            values = draw.integers(0, 100, (3, 5))
            found = manifest.read_array(manifest.array(values, dtype))
            self.assertTrue(np.array_equal(found, values), dtype)
        words = ["", "é", "a b", "日本"]
        self.assertEqual(manifest.read_array(manifest.array(words, "str")), words)

    def test_layout_is_little_endian(self):
        a = manifest.array([1, 258], "u32")
        self.assertEqual((a["shape"], a["data"]), ([2], "AQAAAAIBAAA="))
        self.assertEqual(manifest.array(["ab", "c"], "str")["data"], "AgAAAAMAAABhYmM=")

    def test_what_is_refused(self):
        with self.assertRaises(ValueError):
            manifest.array([1e6], "f16")
        with self.assertRaises(ValueError):
            manifest.array(["a\0b"], "str")


class Measures(unittest.TestCase):
    def setUp(self):
        draw = np.random.default_rng(2)
        self.labels = ["a", "b", "c"]
        self.truth = draw.choice(self.labels, 400)
        self.p = softmax(
            draw.normal(size=(400, 3)) + [[2.0 * (t == l) for l in self.labels] for t in self.truth]
        )

    def test_single_labels_as_scikit_learn(self):
        e = metrics.Evaluation(self.labels, [[t] for t in self.truth], self.p)
        theirs = precision_recall_fscore_support(self.truth, e.predicted, labels=self.labels)
        for i, label in enumerate(self.labels):
            for ours, expected in zip(e.f1(label), [part[i] for part in theirs]):
                self.assertAlmostEqual(ours, expected, places=12)
        positive = self.truth == "b"
        ours = metrics.average_precision(self.p[:, 1].round(2), positive)
        theirs = average_precision_score(positive, self.p[:, 1].round(2))
        self.assertAlmostEqual(ours, theirs, places=12)

    def test_accepted_labels(self):
        p = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
        e = metrics.Evaluation(["a", "b"], [["b", "a"], ["b"], ["b"], ["a"]], p)
        self.assertEqual((e.accuracy(), e.strict()), (0.5, 0.25))
        self.assertEqual(e.counts("a"), (1, 1, 1))
        self.assertEqual(e.counts("b"), (1, 1, 1))

    def test_calibration_error(self):
        accepted = [["a"], ["b"]] * 50
        self.assertAlmostEqual(
            metrics.Evaluation(["a", "b"], accepted, [[0.75, 0.25]] * 100).ece(1), 0.25
        )


class Calibration(unittest.TestCase):
    def test_finds_what_was_done_to_the_logits(self):
        draw = np.random.default_rng(3)
        true = draw.normal(size=(20000, 3)) * 2
        truth = [[["a", "b", "c"][draw.choice(3, p=p)]] for p in softmax(true)]
        shift = np.array([0.7, -0.4, -0.3])
        scale, offsets = calibrate.fit((true - shift) / 2.5, truth, ["a", "b", "c"], True)
        self.assertAlmostEqual(scale, 2.5, delta=0.1)
        self.assertTrue(np.allclose(offsets, shift, atol=0.08), offsets)
        alone, none = calibrate.fit(true / 2.5, truth, ["a", "b", "c"], False)
        self.assertAlmostEqual(alone, 2.5, delta=0.1)
        self.assertFalse(none.any())

    def test_shares_find_what_was_done_to_the_margins(self):
        draw = np.random.default_rng(4)
        true = draw.normal(size=(20000, 3)) * 2 - 1
        labels = ["a", "b", "c"]
        truth = [[labels[draw.choice(3, p=p)]] for p in LINKS["one_vs_rest"](true)]
        scales, shift = np.array([2.0, 0.5, 1.0]), np.array([0.5, -0.5, 0.0])
        found, offsets = calibrate.fit_shares((true - shift) / scales, truth, labels)
        p = LINKS["one_vs_rest"](found * (true - shift) / scales + offsets)
        self.assertLess(abs(p - LINKS["one_vs_rest"](true)).mean(), 0.02)


class Train(unittest.TestCase):
    def spec(self, n_features=0, fit="regression"):
        steps = [recipes.FOLD, recipes.LOWER, recipes.ZERO]
        blocks = [
            recipes.block(recipes.words("letters", 2), 2, 60, n_features),
            recipes.block(recipes.chars_wb(2, 3), 2, 0),
        ]
        blocks.append(recipes.block(recipes.SURFACE, 2, binary=True, weight=0.5))
        return recipes.linear(steps, blocks, fit, 10.0 if fit == "regression" else 0.3, True)

    def test_small_models(self):
        held = small_targets(8, 60)
        for n_features, kind in ((0, "regression"), (512, "regression"), (0, "margins")):
            for encoding in ("f32", "f16", "i8"):
                spec = self.spec(n_features, kind)
                design, fit = linear.train(spec, small_targets(7), lambda _: None)
                made, seen = linear.export({}, spec, design.vocabularies, fit, encoding)
                model = Model(made)
                p = model.score_all(held.texts)
                # The mirror, reading the file, equals the trainer with its rounded rows.
                x = linear.matrix(design.vocabularies, held.texts)
                self.assertLess(abs(p - seen.probabilities(x)).max(), 1e-12)
                self.assertEqual([model.labels[i] for i in p.argmax(axis=1)], held.labels())
                self.assertLessEqual(len(design.vocabularies[0]), 60)

    def test_training_repeats(self):
        found = []
        for _ in range(2):
            design, fit = linear.train(self.spec(), small_targets(7), lambda _: None)
            made, _ = linear.export({}, self.spec(), design.vocabularies, fit, "i8")
            made["probes"] = probes.with_scores(Model(made), probes.TEXTS["topic"])
            found.append(made)
        self.assertEqual(found[0], found[1])

    def test_further_labels_are_neither_right_nor_wrong(self):
        x = sp.csr_matrix(np.eye(4)[[0, 1, 2, 2, 0, 1]])
        alone = [["a"], ["b"], ["c"], ["c"], ["a"], ["b"]]
        more = alone[:2] + [["c", "a"], ["c", "a"]] + alone[4:]
        spec = self.spec(fit="margins")
        one, two = (linear.margins(x, a, [1] * 6, spec) for a in (alone, more))
        self.assertLess(one.logits(x)[2, 0], -0.2)
        self.assertGreater(two.logits(x)[2, 0], one.logits(x)[2, 0] + 0.2)
        self.assertTrue(np.allclose(one.coef[1:], two.coef[1:]))

    def test_word_vectors_fold_into_the_rows(self):
        spec = self.spec(fit="margins")
        spec["blocks"] = [
            recipes.block(recipes.words("letters", 1), 2, vectors=1.0, unseen_rank=50)
        ]
        design = linear.Design(spec, small_targets(7))
        v = design.vocabularies[0]
        self.assertGreater(len(v.unseen()), 0)
        fit = linear.margins(design.seen, design.targets.accepted, design.targets.copies, spec)
        self.assertEqual(fit.coef.shape[1], len(v) + 50)
        folded = design.folded(fit)
        self.assertLess(abs(folded.logits(design.x) - fit.logits(design.seen)).max(), 1e-9)
        self.assertTrue(folded.coef[:, v.unseen()].any(axis=0).all())

    def test_held_out_rows_are_the_checked_ones(self):
        design = linear.Design(self.spec(fit="margins"), small_targets(7))
        rows, logits = design.held_out(3)
        self.assertEqual(sorted(rows), [i for i, c in enumerate(design.targets.checked) if c])
        self.assertEqual(logits.shape, (len(rows), 3))


class Probes(unittest.TestCase):
    def test_enough_and_all_different(self):
        for texts in probes.TEXTS.values():
            self.assertGreaterEqual(len(texts), 32)
            self.assertEqual(len(texts), len(set(texts)))


if __name__ == "__main__":
    unittest.main()
