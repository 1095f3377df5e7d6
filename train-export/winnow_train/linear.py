"""linear - fits, prunes, calibrates and exports a sparse linear softmax model.

texts -> counts of a block's terms -> tf-idf weights -> softmax regression
      -> the best terms -> softmax regression on those alone -> temperature -> rounded rows
"""

import warnings

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize_scalar
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize as unit_rows

from . import manifest as files
from .feature import block_extractor
from .link import softmax
from .normalize import normalize


class Vocabulary:
    """The terms of one block, their idf, and the weights of texts.

    `fields` are the block's text fields of the manifest (extractor, tokens, min_length, ngrams).
    """

    def __init__(self, fields, steps, min_df):
        self.fields, self.steps, self.min_df = fields, steps, min_df
        self.terms, self.idf, self.vectorizer = [], None, None

    def _counter(self, **options):
        terms = block_extractor(self.fields)
        return CountVectorizer(analyzer=lambda t: terms(normalize(t, self.steps)), **options)

    def fit(self, texts):
        """Learns the terms and idf; returns the texts' counts."""
        self.vectorizer = self._counter(min_df=self.min_df)
        counts = self.vectorizer.fit_transform(texts)
        self.terms = list(self.vectorizer.get_feature_names_out())
        df = np.bincount(counts.indices, minlength=counts.shape[1])
        self.idf = np.log((1.0 + len(texts)) / (1.0 + df)) + 1.0
        self.idf = self.idf.astype(np.float32).astype(np.float64)  # as the file keeps it
        return counts

    def keep(self, columns):
        """Forgets all terms but those columns (ascending)."""
        self.terms = [self.terms[c] for c in columns]
        self.idf = self.idf[columns]
        self.vectorizer = self._counter(vocabulary=self.terms)

    def counts(self, texts):
        return self.vectorizer.transform(texts)

    def weigh(self, counts):
        """tf-idf weights of counts: 1 + ln(count), times idf, to unit length."""
        x = counts.astype(np.float64)
        x.data = 1.0 + np.log(x.data)
        return unit_rows(x @ sp.diags(self.idf), norm="l2", copy=False).tocsr()


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
    """Fits the model of a spec: returns (vocabularies, Fit).

    spec: steps, blocks [(fields, min_df, n_terms)], strength, balance, max_iter.
    """
    vocabularies = [Vocabulary(f, spec["steps"], min_df) for f, min_df, _ in spec["blocks"]]
    counts = [v.fit(targets.texts) for v in vocabularies]

    def fitted():
        x = sp.hstack([v.weigh(c) for v, c in zip(vocabularies, counts)]).tocsr()
        say("fit %d texts, %d terms" % x.shape)
        how = spec["strength"], spec["max_iter"], spec["balance"]
        return x, regression(x[targets.rows], targets.labels, targets.copies, *how)

    x, fit = fitted()
    begin, pruned = 0, False
    for b, (v, (_, _, n_terms)) in enumerate(zip(vocabularies, spec["blocks"])):
        end = begin + len(v.terms)
        if n_terms and len(v.terms) > n_terms:
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


def temperature(logits, labels, names):
    """The divisor of the logits that makes the labels most likely."""
    rows, at = np.arange(len(labels)), np.array([names.index(l) for l in labels])

    def loss(log_t):
        p = softmax(logits / np.exp(log_t))
        return -np.mean(np.log(np.maximum(p[rows, at], 1e-12)))

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))


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
        end = begin + len(v.terms)
        parts, rows = rounded(fit.coef[:, begin:end].T, encoding)
        begin = end
        seen.append(rows)
        name = "%s%d" % (v.fields["extractor"], b)
        names = {key: "%s.%s" % (name, key) for key in parts}
        for key, (values, dtype) in parts.items():
            arrays[names[key]] = files.array(values, dtype)
        arrays[name + ".terms"] = files.array(v.terms, "str")
        arrays[name + ".idf"] = files.array(v.idf, "f32")
        weighting = {"binary": False, "sublinear_tf": True, "idf": name + ".idf", "norm": "l2"}
        block = dict(v.fields)
        block["terms"] = name + ".terms"
        block["weighting"] = weighting
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
