"""linear - fits, prunes and exports a sparse linear model.

texts -> counts of a block's terms -> weights -> fit (logistic regression or support vectors)
      -> the best terms -> fit on those alone -> rounded rows

Where a spec names word vectors, the fit also sees each text's weighted mean of them, and what it learns
there is folded into the rows of the words (see wordvec).
"""

import warnings

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from . import manifest as files
from . import vocab
from .link import LINKS
from .wordvec import WordVectors


class Fit:
    """A linear model over the blocks' columns: coef [n_labels][n], bias [n_labels], and a link."""

    def __init__(self, labels, coef, bias, link="softmax"):
        self.labels, self.coef, self.bias, self.link = labels, coef, bias, link

    def logits(self, x):
        return np.asarray(x @ self.coef.T) + self.bias

    def probabilities(self, x):
        return LINKS[self.link](self.logits(x))


def regression(x, accepted, copies, spec):
    """Multinomial logistic regression with C = strength on first labels; row i stands copies[i] times.

    Solver saga: it comes close to the optimum in a few passes, where lbfgs is still far off after
    60 on these sparse rows.  Its steps do not know of sample weights and overshoot with large ones,
    hence copies.  The order of rows is drawn with a fixed seed.
    """
    rows = np.repeat(np.arange(len(accepted)), copies)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit stopped at max_iter is stopped on purpose
        m = LogisticRegression(
            C=spec["strength"],
            max_iter=spec["max_iter"],
            tol=1e-4,
            solver="saga",
            random_state=1,
            class_weight="balanced" if spec["balance"] else None,
        )
        m.fit(x[rows], np.array([a[0] for a in accepted])[rows])
    return Fit([str(c) for c in m.classes_], m.coef_, m.intercept_)


def margins(x, accepted, copies, spec):
    """One linear support vector machine a label, squared hinge, C = strength, rows weighted by copies.

    A row's first label is positive and labels that it does not accept are negative; its further labels
    are neither, for a reader would take them as well.  With `balance` the positive rows of a label
    together weigh as much as the average label's.
    """
    first, copies = np.array([a[0] for a in accepted]), np.asarray(copies, float)
    labels = sorted(set(first))
    coef, bias = [], []
    for label in labels:
        positive = first == label
        use = np.flatnonzero(
            (positive | np.array([label not in a for a in accepted])) & (copies > 0)
        )
        weight = len(first) / (len(labels) * positive.sum()) if spec["balance"] else 1.0
        m = LinearSVC(C=spec["strength"], class_weight={True: weight, False: 1.0}, random_state=1)
        m.fit(x[use], positive[use], sample_weight=copies[use])
        coef.append(m.coef_[0])
        bias.append(m.intercept_[0])
    return Fit([str(l) for l in labels], np.array(coef), np.array(bias), "one_vs_rest")


FITS = {"regression": regression, "margins": margins}


def best_columns(fit, x, n):
    """The n columns that move the logits most: mean square of weight x spread over the labels."""
    square = np.asarray(x.multiply(x).sum(axis=0)).ravel()
    spread = fit.coef - fit.coef.mean(axis=0)
    gain = square * (spread**2).sum(axis=0)
    order = np.argsort(-gain, kind="stable")
    return np.sort(order[:n])


class Design:
    """The blocks' columns with the texts' counts, and how a fit sees them."""

    def __init__(self, spec, targets):
        self.spec, self.targets = spec, targets
        vectors = WordVectors() if any(b["vectors"] for b in spec["blocks"]) else None
        self.vocabularies = [vocab.new(b, spec["steps"], vectors) for b in spec["blocks"]]
        self.counts = [v.fit(targets.texts) for v in self.vocabularies]
        self.ready()

    def ready(self):
        """Weighs the counts, after a change of columns."""
        parts = [v.weigh(c) for v, c in zip(self.vocabularies, self.counts)]
        self.x, self.folds, begin = sp.hstack(parts).tocsr(), [], 0
        seen = []
        for v, part in zip(self.vocabularies, parts):
            seen.append(part * v.block["weight"])
            folded = v.vector_rows(part)
            if folded is not None:
                seen.append(sp.csr_matrix(part @ folded))
            self.folds.append((begin, begin + part.shape[1], v.block["weight"], folded))
            begin += part.shape[1]
        self.seen = sp.hstack(seen).tocsr()

    def fit(self, rows=None):
        """A Fit over the plain columns, on all texts or on some."""
        t, rows = self.targets, np.arange(len(self.targets.texts)) if rows is None else rows
        accepted, copies = [t.accepted[i] for i in rows], [t.copies[i] for i in rows]
        how = FITS[self.spec["fit"]]
        return self.folded(how(self.seen[rows], accepted, copies, self.spec))

    def folded(self, fit):
        coef, at = [], 0
        for begin, end, weight, vectors in self.folds:
            part = fit.coef[:, at : at + end - begin] * weight
            at += end - begin
            if vectors is not None:
                part = part + fit.coef[:, at : at + vectors.shape[1]] @ vectors.T
                at += vectors.shape[1]
            coef.append(part)
        return Fit(fit.labels, np.hstack(coef), fit.bias, fit.link)

    def prune(self, fit):
        """Keeps the best terms of every block with a limit, and those without a text; True if any went."""
        pruned = False
        for b, (begin, end, _, _) in enumerate(self.folds):
            v, n_terms = self.vocabularies[b], self.spec["blocks"][b]["n_terms"]
            if n_terms and len(v) > n_terms:
                part = Fit(fit.labels, fit.coef[:, begin:end], fit.bias)
                best = best_columns(part, self.x[:, begin:end], n_terms)
                columns = np.union1d(best, v.unseen())
                v.keep(columns)
                self.counts[b] = self.counts[b][:, columns]
                pruned = True
        if pruned:
            self.ready()
        return pruned

    def held_out(self, n_folds):
        """(rows, logits) of the checked texts, each scored by a fit that saw nothing of its group."""
        fold_of, checked = np.array(self.targets.fold_of(n_folds)), np.array(self.targets.checked)
        rows, logits = [], []
        for fold in range(n_folds):
            out = np.flatnonzero((fold_of == fold) & checked)
            rows.append(out)
            logits.append(self.fit(np.flatnonzero(fold_of != fold)).logits(self.x[out]))
        return np.concatenate(rows), np.concatenate(logits)


def train(spec, targets, say=print):
    """Fits the model of a spec (see recipes.linear): returns (Design, Fit)."""
    design = Design(spec, targets)
    say("fit %d texts, %d terms" % design.x.shape)
    fit = design.fit()
    if design.prune(fit):
        say("fit %d texts, %d terms" % design.x.shape)
        fit = design.fit()
    return design, fit


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
        block = {**v.fields, **columns}
        block["rows"] = {"encoding": "scaled" if encoding == "i8" else "dense", **names}
        blocks.append(block)
    manifest = {
        "winnow": 1,
        **about,
        "normalize": spec["steps"],
        "labels": "labels",
        "link": fit.link,
        "bias": "bias",
        "blocks": blocks,
        "probe_tolerance": 1e-6,
        "probes": [],
        "arrays": arrays,
    }
    return manifest, Fit(fit.labels, np.vstack(seen).T, bias.astype(np.float64), fit.link)
