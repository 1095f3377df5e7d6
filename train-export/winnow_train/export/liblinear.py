"""liblinear - a LIBLINEAR text model and its vocabulary become a words or characters model.

The model file numbers features from 1; line i of the vocabulary is the term of feature i.  Nothing
but the weights comes from the model: how texts became features is said by the caller.
"""

import numpy as np

from .. import manifest as files
from ..model import Model
from . import texts
from .errors import ExportError

LOGISTIC = ("L2R_LR", "L1R_LR", "L2R_LR_DUAL")
CLASSIFIERS = LOGISTIC + (
    "L2R_L2LOSS_SVC_DUAL",
    "L2R_L2LOSS_SVC",
    "L2R_L1LOSS_SVC_DUAL",
    "MCSVM_CS",
    "L1R_L2LOSS_SVC",
)


def read(path):
    """The fields of a model file, and "w": [n_features, and one more with a bias][n_outputs]."""
    out = {}
    with open(path, encoding="ascii", errors="replace") as f:
        for line in f:
            key, _, value = line.strip().partition(" ")
            if key == "w":
                out["w"] = np.array(f.read().split(), dtype=np.float64)
                break
            out[key] = value.strip()
    for key in ("solver_type", "nr_class", "nr_feature", "w"):
        if key not in out:
            raise ExportError("%s: no %s" % (path, key), "it is no LIBLINEAR model")
    return out


def parsed(path):
    """(solver, labels, coef [n_outputs][n_features], bias [n_outputs])."""
    m = read(path)
    solver, n_labels, n = m["solver_type"], int(m["nr_class"]), int(m["nr_feature"])
    if solver not in CLASSIFIERS:
        raise ExportError("solver_type %s" % solver, "winnow scores classifiers")
    labels, bias = m.get("label", "").split(), float(m.get("bias", -1))
    if n_labels < 2 or len(labels) != n_labels:
        raise ExportError("%d classes, %d labels" % (n_labels, len(labels)), "a class is missing")
    n_outputs = 1 if n_labels == 2 and solver != "MCSVM_CS" else n_labels
    n_rows = n + (bias >= 0)
    if len(m["w"]) != n_rows * n_outputs:
        raise ExportError(
            "%d weights" % len(m["w"]), "%d are expected; the file is damaged" % (n_rows * n_outputs)
        )
    w = m["w"].reshape(n_rows, n_outputs)
    if n_outputs == 1:  # its one decision stands for the first label, winnow's for the second
        labels = labels[::-1]
    return solver, labels, w[:n].T, w[n] * bias if bias >= 0 else np.zeros(n_outputs)


def lines_of(path):
    with open(path, encoding="utf-8", newline="\n") as f:
        lines = f.read().split("\n")
    lines = lines[:-1] if lines and lines[-1] == "" else lines
    return [line[:-1] if line.endswith("\r") else line for line in lines]


def export(path, vocabulary, fields, steps, weighting, probes=(), name=""):
    """The manifest.  fields: extractor, ngrams, tokens, min_length; weighting: with arrays in it."""
    solver, labels, coef, bias = parsed(path)
    terms, n = lines_of(vocabulary), coef.shape[1]
    if len(terms) < n:
        raise ExportError(
            "%d terms for %d features" % (len(terms), n), "the vocabulary belongs to another model"
        )
    if len(set(terms)) != len(terms):
        raise ExportError("a vocabulary with equal lines", "each term may be there once")
    arrays = {"labels": files.array(labels, "str"), "terms": files.array(terms, "str")}
    weighting = dict(weighting)
    if "idf" in weighting:
        if len(weighting["idf"]) != len(terms):
            raise ExportError(
                "%d idf values" % len(weighting["idf"]), "there are %d terms" % len(terms)
            )
        arrays["idf"] = files.array(weighting["idf"], "f64")
        weighting["idf"] = "idf"
    kept = np.flatnonzero(np.any(coef != 0.0, axis=0))
    kept = kept if len(kept) else np.array([0])
    arrays["rows"] = files.array(coef[:, kept].T, "f64")
    block = {**fields, "terms": "terms", "weighting": weighting}
    if len(kept) < len(terms):
        arrays["selected"] = files.array(kept, "u32")
        block["selected"] = "selected"
    block["rows"] = {"encoding": "dense", "values": "rows"}
    m = {"winnow": 1, "name": name, "trainer": "LIBLINEAR, %s" % solver, "normalize": steps}
    m.update(labels="labels", link="raw")
    if solver in LOGISTIC:
        m["link"] = "sigmoid" if len(labels) == 2 else "one_vs_rest"
    if np.any(bias):
        arrays["bias"] = files.array(bias, "f64")
        m["bias"] = "bias"
    m.update(blocks=[block], probe_tolerance=1e-12, probes=[], arrays=arrays)
    _add_probes(m, terms, probes)
    return m


def _add_probes(m, terms, given):
    """Texts with the scores of the mirror: there is no pipeline to ask."""
    made = texts.from_vocabulary([{"terms": terms, "n": len(terms)}], np.zeros((0, 0)), 32)
    mirror = Model(m)
    for t in dict.fromkeys([*given, *texts.BASIC, *made[:64]]):
        m["probes"].append({"text": t, "scores": [float(s) for s in mirror.scores(t)]})
    largest = max(abs(s) for p in m["probes"] for s in p["scores"])
    m["probe_tolerance"] = min(0.01, 1e-12 * max(1.0, largest))
