"""weighting - passes over a text's numbers: what scikit-learn's transformers do to one sparse row.

A pass is a dict of the manifest with its arrays resolved.  In this order: binary (every number
becomes 1), binarize (1 above a threshold, else 0), sublinear_tf (1 + ln, zeros stay), idf (factor of
the column), norm, scale (factor of the column).  All in float64, sums in the order of the numbers.
"""

import math

KEYS = ("binary", "binarize", "sublinear_tf", "idf", "norm", "scale")


def norm_of(norm, values):
    """What the values are divided by; 1 where there is nothing to divide."""
    total = 0.0
    for x in values:
        if norm == "l2":
            total += x * x
        elif norm == "l1":
            total += abs(x)
        elif norm == "max":
            total = max(total, abs(x))
    if not total > 0.0:
        return 1.0
    return math.sqrt(total) if norm == "l2" else total


def apply(passes, columns, values):
    """The values of a row's columns after all passes."""
    for p in passes:
        if p.get("binary"):
            values = [1.0] * len(values)
        if p.get("binarize") is not None:
            values = [1.0 if x > p["binarize"] else 0.0 for x in values]
        if p.get("sublinear_tf"):
            values = [math.log(x) + 1.0 if x != 0.0 else x for x in values]
        if p.get("idf") is not None:
            values = [x * float(p["idf"][c]) for c, x in zip(columns, values)]
        if p.get("norm", "none") != "none":
            norm = norm_of(p["norm"], values)
            values = [x / norm for x in values]
        if p.get("scale") is not None:
            values = [x * float(p["scale"][c]) for c, x in zip(columns, values)]
    return values
