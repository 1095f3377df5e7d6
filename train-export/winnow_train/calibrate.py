"""calibrate - scales and label offsets of the logits, fitted on held-out rows and folded into a model.

p = softmax(scale * s + offset), or for support vectors, whose margins are no logarithms of shares,
p = sigmoid(scale_k * s + offset_k) divided by the sum over the labels.  The fit makes the accepted labels
of a row most likely *together*, so a row with two right answers pulls to neither.
"""

import numpy as np
from scipy.optimize import minimize

from .link import softmax


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


def fit_shares(logits, accepted, labels):
    """(scales [n_labels], offsets [n_labels]) of sigmoids that are divided by their sum."""
    right, n, k = accepted_matrix(accepted, labels), len(logits), len(labels)

    def loss(v):
        scale, offsets = np.exp(v[:k]), v[k:]
        g = 1.0 / (1.0 + np.exp(-np.clip(scale * logits + offsets, -500.0, 500.0)))
        total = np.maximum(g.sum(axis=1, keepdims=True), 1e-300)
        p = g / total
        mass = np.maximum((p * right).sum(axis=1, keepdims=True), 1e-300)
        to_p = -right / mass / n
        to_z = (to_p - (to_p * p).sum(axis=1, keepdims=True)) / total * g * (1.0 - g)
        ahead = [(to_z * logits).sum(axis=0) * scale, to_z.sum(axis=0)]
        return -np.log(mass).mean(), np.concatenate(ahead)

    start = np.concatenate([np.zeros(k), np.full(k, -2.0)])
    v = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return np.exp(v[:k]), v[k:]


def fold(coef, bias, scale, offsets):
    """(coef, bias) of the calibrated model; scale is one number, or one a label."""
    return coef * np.reshape(scale, (-1, 1)), bias * scale + offsets
