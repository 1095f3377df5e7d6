"""calibrate - the scale and the label offsets of the logits, fitted on dev and folded into a model.

p = softmax(scale * s + offset).  The fit makes the accepted labels of a row most likely *together*,
so a row with two right answers pulls to neither.
"""

import numpy as np
from scipy.optimize import minimize

from .link import softmax
from .metrics import Evaluation


def accepted_matrix(accepted, labels):
    """[n][n_labels] of 0 and 1."""
    out = np.zeros((len(accepted), len(labels)))
    for row, some in enumerate(accepted):
        out[row, [labels.index(l) for l in some]] = 1.0
    return out


def fit(logits, accepted, labels, with_offsets):
    """(scale, offsets [n_labels]); offsets are zero unless asked for, else of mean zero."""
    right, n = accepted_matrix(accepted, labels), len(logits)

    def loss(v):
        scale, offsets = np.exp(v[0]), v[1:] if with_offsets else 0.0
        p = softmax(scale * logits + offsets)
        mass = np.maximum((p * right).sum(axis=1, keepdims=True), 1e-300)
        slope = (p - p * right / mass) / n
        ahead = [(slope * logits).sum() * scale]
        if with_offsets:
            ahead = np.concatenate([ahead, slope.sum(axis=0)])
        return -np.log(mass).mean(), np.asarray(ahead)

    start = np.zeros(1 + len(labels) * with_offsets)
    v = minimize(loss, start, jac=True, method="L-BFGS-B").x
    offsets = v[1:] - v[1:].mean() if with_offsets else np.zeros(len(labels))
    return float(np.exp(v[0])), offsets


def favour(logits, accepted, labels, label, steps):
    """The step that, added to a label's logit, gives the label its best F1; the first of equals."""
    at, best = labels.index(label), None
    for step in steps:
        moved = logits.copy()
        moved[:, at] += step
        f1 = Evaluation(labels, accepted, softmax(moved)).f1(label)[2]
        if best is None or f1 > best[0] + 1e-12:
            best = (f1, step)
    return best[1]


def fold(coef, bias, scale, offsets):
    """(coef, bias) of the calibrated model."""
    return coef * scale, bias * scale + offsets
