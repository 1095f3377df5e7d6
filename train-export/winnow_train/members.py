"""members - outputs of the rows to logits and probabilities: link, calibrators, mean of members.

Two labels that exclude each other need one output d: it stands for the second label, and the logits
are (-d, d).
"""

import numpy as np

from .link import LINKS


def _sigmoid(a, b, x):
    with np.errstate(over="ignore"):  # e**x overflows to infinity, and 1 / infinity is 0
        return 1.0 / (1.0 + np.exp(a * x + b))


def _isotonic(xs, ys, x):
    """scipy's interp1d between the points, clipped at the ends."""
    x = min(max(x, xs[0]), xs[-1])
    i = min(max(int(np.searchsorted(xs, x)), 1), len(xs) - 1) if len(xs) > 1 else 0
    if i == 0:
        return ys[0]
    slope = (ys[i] - ys[i - 1]) / (xs[i] - xs[i - 1])
    return slope * (x - xs[i - 1]) + ys[i - 1]


def _share(p):
    total = p.sum()
    return p / total if total > 0.0 else np.full(len(p), 1.0 / len(p))


class Members:
    """n_labels labels from n_members * per_member outputs."""

    def __init__(self, manifest, n_labels, n_outputs, read):
        self.n_labels, self.n_members = n_labels, manifest.get("members", 1)
        self.per_member = n_outputs // self.n_members
        self.link = LINKS[manifest["link"]]
        self.calibration = manifest.get("calibration")
        self.has_probabilities = manifest["link"] != "raw" or self.calibration is not None
        self.ranks_by_probability = self.calibration is not None or self.n_members > 1
        if self.calibration is None:
            return
        self.of_probability = self.calibration.get("input") == "probability"
        self.normalize = self.calibration.get("normalize", "members")
        arrays = {k: read(v) for k, v in self.calibration.items()
                  if k in ("slopes", "offsets", "ends", "x", "y")}  # fmt: skip
        if self.calibration["method"] == "sigmoid":
            pairs = zip(arrays["slopes"], arrays["offsets"])
            self.calibrators = [lambda x, a=a, b=b: _sigmoid(a, b, x) for a, b in pairs]
        else:
            spans = zip([0, *arrays["ends"][:-1]], arrays["ends"])
            points = [(arrays["x"][b:e], arrays["y"][b:e]) for b, e in spans]
            self.calibrators = [lambda x, xs=xs, ys=ys: _isotonic(xs, ys, x) for xs, ys in points]

    def _calibrated(self, m, outputs, p):
        calibrators = self.calibrators[m * self.per_member : (m + 1) * self.per_member]
        if self.per_member < self.n_labels:
            one = calibrators[0](p[1] if self.of_probability else outputs[0])
            return np.array([1.0 - one, one])
        given = p if self.of_probability else outputs
        p = np.array([cal(x) for cal, x in zip(calibrators, given)])
        return _share(p) if self.normalize == "members" else p

    def scores(self, outputs):
        """(logits [n_labels], probabilities [n_labels], None where there are none)."""
        logits, probabilities = np.zeros(self.n_labels), np.zeros(self.n_labels)
        for m in range(self.n_members):
            d = outputs[m * self.per_member : (m + 1) * self.per_member]
            s = np.array([-d[0], d[0]]) if self.per_member < self.n_labels else d
            p = self.link(s)
            if self.calibration is not None:
                p = self._calibrated(m, d, p)
            logits, probabilities = logits + s, probabilities + p
        logits, probabilities = logits / self.n_members, probabilities / self.n_members
        if self.calibration is not None and self.normalize == "mean":
            probabilities = _share(probabilities)
        return logits, probabilities if self.has_probabilities else None
