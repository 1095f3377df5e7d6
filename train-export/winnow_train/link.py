"""link - logits to probabilities: "softmax", "sigmoid", "one_vs_rest" and "raw"."""

import numpy as np


def softmax(s):
    e = np.exp(s - np.max(s, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def sigmoid(s):
    e = np.exp(-np.abs(s))  # in (0, 1]: no overflow, and no 1 - x that would lose small values
    return np.where(s >= 0, 1.0, e) / (1.0 + e)


def one_vs_rest(s):
    """Sigmoids divided by their sum; all alike where every one of them is 0."""
    p = sigmoid(s)
    total = np.sum(p, axis=-1, keepdims=True)
    return np.where(total > 0.0, p / np.where(total > 0.0, total, 1.0), 1.0 / s.shape[-1])


LINKS = {"softmax": softmax, "sigmoid": sigmoid, "one_vs_rest": one_vs_rest, "raw": lambda s: s}
