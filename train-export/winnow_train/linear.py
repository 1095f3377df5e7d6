"""linear - fits, prunes, calibrates and exports a sparse linear softmax model.

texts -> counts of a block's terms -> tf-idf weights -> softmax regression
      -> the best terms -> softmax regression on those alone -> calibrate -> rounded rows
"""

import warnings

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from . import manifest as files
from . import vocab
from .link import softmax


class Fit:
    """A softmax regression over the blocks' columns: coef [n_labels][n], bias [n_labels]."""

    def __init__(self, labels, coef, bias):
        self.labels, self.coef, self.bias = labels, coef, bias

    def logits(self, x):
        return np.asarray(x @ self.coef.T) + self.bias

    def probabilities(self, x):
        return softmax(self.logits(x))


def regression(x, labels, copies, strength, max_iter, balance):
    """Multinomial logistic regression with C = strength; row i stands copies[i] times.

    Solver saga: it comes close to the optimum in a few passes, where lbfgs is still far off after
    60 on these sparse rows.  Its steps do not know of sample weights and overshoot with large ones,
    hence copies.  The order of rows is drawn with a fixed seed.
    """
    rows = np.repeat(np.arange(len(labels)), copies)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit stopped at max_iter is stopped on purpose
        m = LogisticRegression(
            C=strength,
            max_iter=max_iter,
            tol=1e-4,
            solver="saga",
            random_state=1,
            class_weight="balanced" if balance else None,
        )
        m.fit(x[rows], np.asarray(labels)[rows])
    return Fit([str(c) for c in m.classes_], m.coef_, m.intercept_)


def best_columns(fit, x, n):
    """The n columns that move the logits most: mean square of weight x spread over the labels."""
    square = np.asarray(x.multiply(x).sum(axis=0)).ravel()
    spread = fit.coef - fit.coef.mean(axis=0)
    gain = square * (spread**2).sum(axis=0)
    order = np.argsort(-gain, kind="stable")
    return np.sort(order[:n])


def train(spec, targets, say=print):
    """Fits the model of a spec (see recipes.linear): returns (vocabularies, Fit)."""
    vocabularies = [
        vocab.new(b["fields"], spec["steps"], b["min_df"], b["n_features"]) for b in spec["blocks"]
    ]
    counts = [v.fit(targets.texts) for v in vocabularies]

    def fitted():
        x = sp.hstack([v.weigh(c) for v, c in zip(vocabularies, counts)]).tocsr()
        say("fit %d texts, %d terms" % x.shape)
        how = spec["strength"], spec["max_iter"], spec["balance"]
        return x, regression(x[targets.rows], targets.labels, targets.copies, *how)

    x, fit = fitted()
    begin, pruned = 0, False
    for b, v in enumerate(vocabularies):
        n_terms = spec["blocks"][b]["n_terms"]
        end = begin + len(v)
        if n_terms and len(v) > n_terms:
            part = Fit(fit.labels, fit.coef[:, begin:end], fit.bias)
            columns = best_columns(part, x[:, begin:end], n_terms)
            v.keep(columns)
            counts[b] = counts[b][:, columns]
            pruned = True
        begin = end
    if pruned:
        _, fit = fitted()
    return vocabularies, fit


def matrix(vocabularies, texts):
    return sp.hstack([v.weigh(v.counts(texts)) for v in vocabularies]).tocsr()


def rounded(rows, encoding):
    """(arrays, rows as the engine sees them) of [n][n_labels] rows in "f32", "f16" or "i8"."""
    if encoding != "i8":
        kept = rows.astype(files.DTYPES[encoding])
        return {"values": (kept, encoding)}, kept.astype(np.float64)
    scale = (np.abs(rows).max(axis=0) / 127.0).astype(np.float32)
    scale[scale == 0] = 1.0
    kept = np.rint(rows / scale).clip(-127, 127).astype(np.int8)
    seen = (kept.astype(np.float32) * scale).astype(np.float64)
    return {"values": (kept, "i8"), "scale": (scale, "f32")}, seen


def export(about, spec, vocabularies, fit, encoding):
    """(manifest without probes, Fit with the rounded rows).  `about` opens the manifest."""
    arrays = {"labels": files.array(fit.labels, "str")}
    bias = fit.bias.astype(np.float32)
    arrays["bias"] = files.array(bias, "f32")
    blocks, seen, begin = [], [], 0
    for b, v in enumerate(vocabularies):
        end = begin + len(v)
        parts, rows = rounded(fit.coef[:, begin:end].T, encoding)
        begin = end
        seen.append(rows)
        name = "%s%d" % (v.fields["extractor"], b)
        names = {key: "%s.%s" % (name, key) for key in parts}
        for key, (values, dtype) in parts.items():
            arrays[names[key]] = files.array(values, dtype)
        columns, more = v.export(name)
        arrays.update(more)
        arrays[name + ".idf"] = files.array(v.idf, "f32")
        weighting = {"binary": False, "sublinear_tf": True, "idf": name + ".idf", "norm": "l2"}
        block = {**v.fields, **columns, "weighting": weighting}
        block["rows"] = {"encoding": "scaled" if encoding == "i8" else "dense", **names}
        blocks.append(block)
    manifest = {
        "winnow": 1,
        **about,
        "normalize": spec["steps"],
        "labels": "labels",
        "link": "softmax",
        "bias": "bias",
        "blocks": blocks,
        "probe_tolerance": 1e-6,
        "probes": [],
        "arrays": arrays,
    }
    return manifest, Fit(fit.labels, np.vstack(seen).T, bias.astype(np.float64))
