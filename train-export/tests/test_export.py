"""Every pipeline that the exporter takes: its model, read back by the mirror, gives its numbers."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), HERE]

import numpy as np

import documents
import pipelines
from winnow_train.export import export_pipeline
from winnow_train.model import Model

N_TEXTS = 40
GAP = 1e-9


def missing(case):
    """Why a case cannot be fitted here, or None."""
    if case.by_name:
        try:
            import pandas  # noqa: F401
        except ImportError:
            return "pandas is not installed"
    return None


class Exported(unittest.TestCase):
    def check(self, case, seed):
        fitted = pipelines.fit(case)
        told = []
        m = export_pipeline(fitted, tell=told.append, **(case.options or {}))
        model = Model(m)
        texts = [documents.decoded(t) for t in documents.test(N_TEXTS, seed)]
        x, rows = pipelines.records(case, texts)
        want = pipelines.Expected(fitted, x, m)
        decisions, scores, is_raw = want.decisions, want.scores, want.is_raw
        exact = case.tolerance == 0.0 and (not case.exact_log or pipelines.log_is_libm())
        tolerance = max(case.tolerance, 1e-12)
        predicted = [np.flatnonzero(row).tolist() for row in want.is_chosen]
        if pipelines.has_columns(case):
            rows = [[row[pipelines.number_of(f)] for f in model.fields] for row in rows]
        for i, row in enumerate(rows):
            logits, ours = model.logits(row), model.scores(row)
            if decisions is not None and not self.is_constant(case, m):
                if exact:
                    self.assertTrue(np.array_equal(logits, decisions[i]), (i, logits, decisions[i]))
                bound = tolerance * np.maximum(1.0, np.abs(decisions[i]))
                self.assertTrue(np.all(np.abs(logits - decisions[i]) <= bound), (i, row))
            if np.all(np.isfinite(scores[i])):
                bound = tolerance * (max(1.0, np.max(np.abs(logits))) if is_raw else 1.0)
                self.assertLessEqual(np.max(np.abs(ours - scores[i])), bound, (i, row))
            middle = model.thresholds if model.thresholds is not None else np.nan
            near = np.any(np.abs(ours - middle) <= max(GAP, 100 * case.tolerance))
            first = np.sort(want.ranking[i])[::-1]
            if not near and (m.get("multi_label") or first[0] - first[1] > GAP):
                self.assertEqual(model.chosen(row), predicted[i], (i, row))
        self.check_file(m, model, {j for some in predicted for j in some})

    @staticmethod
    def is_constant(case, m):
        """Decisions of labels without a choice are 0 or 1, but their probabilities have to be so."""
        return case.target == "constant" and m["link"] != "raw"

    def check_file(self, m, model, predicted):
        self.assertGreaterEqual(len(m["probes"]), 32)
        best = {int(np.argmax(p["scores"])) for p in m["probes"]}
        if not m.get("multi_label"):  # there a label may never be the first
            self.assertLessEqual(predicted, best)
        for p in m["probes"]:
            ours = model.scores(p.get("text", p.get("fields")))
            self.assertLessEqual(np.max(np.abs(ours - p["scores"])), m["probe_tolerance"])
        self.assertIn("scikit-learn", m["trainer"])
        self.assertRegex(m["unicode"], r"^\d+\.\d$")


def _add_tests():
    for number, case in enumerate(pipelines.cases()):
        def test(self, case=case, number=number):
            self.check(case, 100 + number)

        name = "test_" + "".join(c if c.isalnum() else "_" for c in case.name)
        if hasattr(Exported, name):
            name += "_%d" % number
        test.__doc__ = case.name
        reason = missing(case)
        setattr(Exported, name, unittest.skip(reason)(test) if reason else test)


_add_tests()

if __name__ == "__main__":
    unittest.main()
