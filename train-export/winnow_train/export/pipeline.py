"""pipeline - exports a fitted scikit-learn pipeline: takes it apart, writes it down, proves it equal.

    split -> steps -> manifest -> the mirror's scores of the probes == the pipeline's own -> probes

Whatever differs stops the export; nothing is approximated in silence.
"""

import platform
import re
import sys
import unicodedata
import warnings
from dataclasses import dataclass

import numpy as np
import scipy
import sklearn
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from .. import manifest as files
from ..model import SUM_ORDERS, Model
from . import assemble, features, heads, texts, wrappers
from .errors import ExportError

TOLERANCE, TOLERANCE_F32 = 1e-12, 1e-6
ROUNDING = (
    4e-16  # of a probability, for each unit of the decisions: those of scikit-learn round too
)
GAP = 1e-9  # labels have to agree where the best two scores are further apart
N_PROBES = 32
MAX_SCORES = 400000  # of all probes together
MAX_SEARCHED = 100  # labels for which texts are looked for
MAX_GENERATED = 400


def _tell(text):
    print("winnow_train: " + text, file=sys.stderr)


@dataclass
class Difference:
    differing: float = 0.0  # share of outputs with other bits
    largest: float = 0.0  # relative to max(1, |x|), to be held against the tolerance
    what: str = "decisions"
    bound: float = 0.0  # what steep calibrators make of roundings, absolute

    def key(self):
        return self.differing, self.largest


def steepness(calibration):
    """How much a decision's rounding may move an isotonic probability; 0 for other calibrations."""
    out = 0.0
    if calibration is not None and calibration["method"] == "isotonic":
        for x, y in calibration["points"]:
            slope = np.max(np.diff(y) / np.diff(x), initial=0.0)
            out = max(out, ROUNDING * slope * max(1.0, np.max(np.abs(x))))
    return float(out)


def _check_fitted(fitted):
    try:
        if hasattr(fitted, "fit"):
            check_is_fitted(fitted)
    except NotFittedError as error:
        if getattr(fitted, "refit", True):  # else a search, which says so itself
            raise ExportError("%s is not fitted" % type(fitted).__name__, "call fit") from error


def _numbers(labels):
    return [str(i) for i in range(len(labels))]


class Exporter:
    """One export: the pipeline in its parts, the texts it is tried on, its own numbers for them."""

    def __init__(self, fitted, probes, labels, f32, decisions, tell):
        self.fitted, self.f32, self.tell = fitted, f32, tell
        _check_fitted(fitted)
        self.chain, self.head = wrappers.split(fitted)
        state = features.Start()
        for t in self.chain:
            state = features.step(state, t)
        if self.head.passes:
            if not isinstance(state, features.Columns):
                raise ExportError("BernoulliNB behind a projection", "use LogisticRegression")
            state.no_shift("BernoulliNB")
            state.elementwise(**self.head.passes)
        self.state = state
        self._choose_response(decisions)
        self.labels = assemble.label_texts(self.head.labels, labels)
        if self.head.multi_label and labels is None and self.labels == _numbers(self.labels):
            tell(
                "labels are the numbers of y's columns; labels=[...] or --labels FILE names them, as "
                "MultiLabelBinarizer.classes_ does"
            )
        if isinstance(probes, (str, bytes, dict)):
            raise ExportError("probes", "a list of texts, or of dicts")
        self.user_probes = list(probes) if probes is not None else []
        self._find_fields()
        for note in self.head.notes:
            tell(note)

    def _choose_response(self, decisions):
        head = self.head
        if decisions:
            if head.members > 1 or not hasattr(self.fitted, "decision_function"):
                raise ExportError(
                    "decisions=True", "%s has no decision_function" % type(self.fitted).__name__
                )
            head.links, head.calibration, head.ranks_by_decision = ["raw"], None, False
        self.is_raw = head.links == ["raw"] and head.calibration is None

    def _find_fields(self):
        """Names of the text columns in the order of the model's fields."""
        columns = self.state.columns if isinstance(self.state, features.Dense) else self.state
        if not isinstance(columns, features.Columns):
            raise ExportError(
                "a classifier without a vectorizer",
                "winnow reads text; join the two as they were fitted: %s" % heads.JOINED,
            )
        self.blocks = columns.blocks
        self.fields = list(dict.fromkeys(b["fields"]["field"] for b in self.blocks))
        self.transformer = None  # what reads a table
        if self.fields != [""]:
            self.transformer = next(t for t in self.chain if t is not None and t != "passthrough")

    # ---- Texts ----

    def limits(self, thresholds):
        """The thresholds that the caller sets, as an array of the manifest."""
        if self.head.cut is not None:
            raise ExportError("thresholds", "the pipeline has its own; give one or the other")
        n = len(self.labels)
        try:
            values = np.asarray(thresholds, dtype=np.float64)
        except (TypeError, ValueError):
            values = np.array([])
        if values.shape != (n,) or not np.all(np.isfinite(values)):
            raise ExportError("thresholds", "a number for each of the %d labels" % n)
        return files.array(values, "f64")

    def inputs(self, records):
        """What the pipeline takes for texts (str, or lists of str in the order of the fields)."""
        if self.transformer is None:
            return records
        rows = [[r] if isinstance(r, str) else r for r in records]
        names = self._column_names()
        if names is None:
            n = max(map(int, self.fields)) + 1
            n = max(getattr(t, "n_features_in_", n) for t in (self.transformer, self.fitted))
            out = np.full((len(rows), n), "", dtype=object)
            for i, row in enumerate(rows):
                for field, t in zip(self.fields, row):
                    out[i, int(field)] = t
            return out
        import pandas

        columns = {name: [""] * len(rows) for name in names}
        for i, field in enumerate(self.fields):
            columns[field] = [row[i] for row in rows]
        return pandas.DataFrame(columns)

    def _column_names(self):
        """Names of all columns of the input, or None where it is a plain array."""
        stack = [self.transformer]
        while stack:
            t = stack.pop()
            names = getattr(t, "feature_names_in_", None)
            if names is not None:
                return [str(n) for n in names]
            stack.extend(inner for _, inner in getattr(t, "transformer_list", []))
            stack.extend(inner for _, inner in getattr(t, "steps", []))
        return None

    def records(self, singles):
        """Texts for every field, made of single ones."""
        n = len(self.fields)
        if n == 1:
            return list(singles)
        return [
            [singles[(i + k * 7) % len(singles)] for k in range(n)] for i in range(len(singles))
        ]

    def checked(self, record):
        """A probe of the user as a str, or as a list of str in the order of the fields."""
        if isinstance(record, dict):
            names = [f or "text" for f in self.fields]
            missing = [name for name in names if name not in record]
            if missing:
                raise ExportError("probe %s" % str(record)[:60], "it has no %r" % missing[0])
            record = [record[name] for name in names]
        parts = list(record) if isinstance(record, (list, tuple)) else [record]
        n = len(self.fields)
        if len(parts) != n or not all(isinstance(p, str) for p in parts):
            raise ExportError(
                "probe %r" % (record,), "a probe is a text, or %d of them in a list" % n
            )
        cleaned = [p.replace("\0", " ").encode("utf-8", "replace").decode() for p in parts]
        return cleaned[0] if n == 1 else cleaned

    # ---- The pipeline's own numbers ----

    def scores(self, records):
        """[n][n_labels] what the probes hold."""
        x = self.inputs(records)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            if not self.is_raw:
                return np.asarray(self.fitted.predict_proba(x), dtype=np.float64)
            d = np.asarray(self.fitted.decision_function(x), dtype=np.float64)
        if d.ndim == 1:
            d = np.column_stack([-d, d])
        return d

    def usable(self, scores):
        """Which rows are scores: one-vs-rest gives 0/0, or zeros, where every probability is 0."""
        out = np.all(np.isfinite(scores), axis=1)
        return out if self.is_raw or self.head.multi_label else out & (scores.sum(axis=1) > 0.0)

    def transformed(self, records):
        x = self.inputs(records)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for t in self.chain:
                if t is not None and not isinstance(t, str):
                    x = t.transform(x)
        return x

    def predicted(self, records):
        """What the pipeline answers: numbers of labels, a list for each text."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            y = self.fitted.predict(self.inputs(records))
        if self.head.multi_label:
            y = np.asarray(y.todense() if hasattr(y, "todense") else y)
            return [np.flatnonzero(row).tolist() for row in y]
        labels = list(self.head.labels)
        return [[labels.index(v)] for v in y]

    # ---- Export ----

    def candidate_texts(self):
        coef = self.head.coef
        if isinstance(self.state, features.Dense) or self.state.width != self.state.n_columns:
            coef = np.zeros((0, 0))
        made = texts.from_vocabulary(self.blocks, coef, 2 * N_PROBES)[:MAX_GENERATED]
        user = [self.checked(p) for p in self.user_probes]
        return user + self.records(texts.BASIC) + self.records(texts.PROSE + made), len(user)

    def manifest(self):
        records, n_user = self.candidate_texts()
        x = self.transformed(records)
        want = self.scores(records)
        self.is_single = np.dtype(getattr(x, "dtype", np.float64)) == np.float32 or any(
            getattr(est, "dtype", None) == np.float32 for est in self._coefs()
        )
        self.tolerance = TOLERANCE_F32 if self.f32 or self.is_single else TOLERANCE
        outputs = self._outputs(x)
        self.orders, self._largest = self._orders(x), 1.0
        self.steepness = steepness(self.head.calibration)
        m, model = self._confirmed(records, want, outputs)
        more = self._for_missing_labels(want, model)
        if more:
            wanted, theirs = self.scores(more), self._outputs(self.transformed(more))
            self._check_difference(self._difference(model, model.sum_order, more, wanted, theirs))
            records, want = records + more, np.vstack([want, wanted])
        spread = self.tolerance if self.is_raw else ROUNDING
        m["probe_tolerance"] = min(0.01, max(self.tolerance, spread * self._largest))
        bound = self.difference.bound
        if bound > self.tolerance:
            self.tell(
                "probabilities are within %.1g of the pipeline's: isotonic steps are steep" % bound
            )
            m["probe_tolerance"] = max(m["probe_tolerance"], bound)
        m["probes"] = self._probes(records, n_user, want, model)
        return m

    def _outputs(self, x):
        """[n][n_outputs] the classifiers' own decisions, or None where they have none."""
        if self.head.outputs is None:
            return None
        with np.errstate(all="ignore"):
            return np.asarray(self.head.outputs(x), dtype=np.float64)

    def _coefs(self):
        last = self.fitted
        while hasattr(last, "steps"):
            last = last.steps[-1][1]
        return [getattr(last, "coef_", None)]

    def _orders(self, x):
        """The orders of sums to try; first the one in which the pipeline's rows stand."""
        orders = list(SUM_ORDERS if len(self.blocks) > 1 else SUM_ORDERS[:2])
        self.rows_tell = False
        if getattr(x, "format", "") != "csr" or not isinstance(self.state, features.Columns):
            return orders
        last = self.state.live[x.indices]
        ends = np.cumsum([b["n"] for b in self.blocks])
        same_row = np.ones(max(0, len(last) - 1), bool)
        inner = x.indptr[1:-1]
        same_row[inner[(inner > 0) & (inner < len(last))] - 1] = False
        falls = np.diff(last) < 0
        block = np.searchsorted(ends, last, side="right")
        inside = same_row & (np.diff(block) == 0)
        self.rows_tell = bool(np.any(same_row))
        if np.any(falls[inside]):
            between = same_row & (np.diff(block) != 0)
            first = "descending" if np.all(falls[between]) else "blocks_descending"
            first = first if first in orders else "descending"
            orders.sort(key=lambda o: o != first)
        return orders

    def _for_missing_labels(self, want, model):
        """Texts for the labels that no text so far has first: of the words that speak for them."""
        finite = np.where(np.isfinite(want), want, -np.inf)
        missing = sorted(set(range(len(self.labels))) - set(np.argmax(finite, axis=1).tolist()))
        if not missing or len(self.fields) > 1:
            return []
        words = texts.single_words(self.blocks)
        logits = np.array([model.logits(w) for w in words])
        out = []
        for label in missing[:MAX_SEARCHED]:
            others = np.delete(logits, label, axis=1)
            lead = logits[:, label] - (np.max(others, axis=1) if others.shape[1] else 0.0)
            order = np.argsort(-lead, kind="stable")
            out.extend(" ".join(words[i] for i in order[:n]) for n in (1, 3, 10))
        return out

    def _confirmed(self, records, want, outputs):
        """(manifest, mirror) with the link and the order of sums that give the pipeline's numbers."""
        failures = []
        for link in self.head.links:
            m = assemble.manifest_of(self.state, self.head, self.labels, link, self.f32)
            model = Model(m)
            tried = [self._difference(model, o, records, want, outputs) for o in self.orders]
            best = min(range(len(tried)), key=lambda i: tried[i].key())  # the first of equals
            if self.rows_tell and (outputs is None or tried[best].differing > 0.0):
                best = 0  # nothing is known to be bit-identical: as the pipeline's rows stand
            self.difference = tried[best]
            model.sum_order = m["sum_order"] = self.orders[best]
            if max(self.difference.largest, self.difference.bound - GAP) <= self.tolerance:
                self._check_labels(model, records, want)
                return m, model
            failures.append(self.difference)
        self._check_difference(min(failures, key=lambda f: f.largest))

    def _check_difference(self, difference):
        if difference.bound > GAP:
            raise ExportError(
                "isotonic calibration with steps so steep that roundings become %.1g"
                % difference.bound,
                "use method='sigmoid'",
            )
        if difference.largest <= self.tolerance:
            return
        advice = "this pipeline is not reproduced; report it with the versions of its libraries"
        if self.is_single:
            advice = "the pipeline computes in float32; fit it with dtype=numpy.float64"
        elif self.f32:
            advice = "float32 rows are too coarse for this model; leave out --f32"
        raise ExportError("%s differ by %.3g" % (difference.what, difference.largest), advice)

    def _difference(self, model, order, records, want, outputs):
        """How far the mirror's numbers are from the pipeline's."""
        model.sum_order = order
        have_outputs = np.array([model.outputs(r) for r in records])
        have = [model.members.scores(o) for o in have_outputs]
        have = np.array([s if p is None else p for s, p in have])
        scale = np.max(np.abs(have_outputs), axis=1, initial=1.0)
        self._largest = max(self._largest, float(np.max(scale)))
        out = Difference()
        if outputs is not None:
            gap = np.abs(have_outputs - outputs)
            out.differing = float(np.mean(have_outputs != outputs))
            out.largest = float(np.max(gap / np.maximum(1.0, np.abs(outputs)), initial=0.0))
        # What rounding may do to a score, in units of the tolerance.
        allowed = np.maximum(1.0, scale if self.is_raw else ROUNDING * scale / self.tolerance)
        of_probability = (self.head.calibration or {}).get("input") == "probability"
        if of_probability or out.differing > 0.0 or outputs is None:
            bound = self.steepness * (scale if of_probability else 1.0)
            out.bound = float(np.max(bound))
            allowed = np.maximum(allowed, bound / self.tolerance)
        usable = self.usable(want)
        gap = np.max(np.abs(have - want)[usable], axis=1, initial=0.0)
        gap = float(np.max(gap / allowed[usable], initial=0.0))
        if gap > out.largest:
            out.largest, out.what = gap, "decisions" if self.is_raw else "probabilities"
        return out

    def _check_labels(self, model, records, want):
        for record, scores, theirs in zip(records, want, self.predicted(records)):
            if not self.usable(scores[None])[0] or self._is_close(scores, model):
                continue
            ours = model.chosen(record)
            if ours != theirs:
                raise ExportError(
                    "labels %s in place of %s for %r" % (ours, theirs, str(record)[:60]),
                    "this pipeline is not reproduced; report it",
                )

    def _is_close(self, scores, model):
        """Whether the answer hangs on less than GAP."""
        gap = max(GAP, 100 * self.tolerance if self.tolerance > TOLERANCE else GAP)
        if model.thresholds is not None and np.any(np.abs(scores - model.thresholds) <= gap):
            return True
        if self.head.multi_label or len(scores) < 2:
            return False
        second, first = np.sort(scores)[-2:]
        return first - second <= gap

    def _probes(self, records, n_user, want, model):
        """The user's texts, the golden ones, and more until every label is a best one."""
        n_fixed = n_user + len(texts.BASIC)
        usable = self.usable(want)
        best = np.argmax(np.where(usable[:, None], want, -np.inf), axis=1)
        kept = [i for i in range(n_fixed) if usable[i]]
        seen = {int(best[i]) for i in kept}
        for label in range(len(self.labels)):
            if label in seen:
                continue
            found = [i for i in range(n_fixed, len(records)) if usable[i] and best[i] == label]
            if not found:  # none of the texts has it first: the one that comes closest
                rest = [i for i in range(n_fixed, len(records)) if usable[i]]
                found = sorted(rest, key=lambda i: -want[i][label])[:1]
            kept.extend(found[:1])
        kept.extend(i for i in range(n_fixed, len(records)) if usable[i])
        n_wanted = max(N_PROBES, n_user + N_PROBES // 2, n_fixed + len(self.labels))
        n_most = min(4096, max(N_PROBES, MAX_SCORES // len(self.labels)))
        out = {}
        for i in kept:
            record = records[i]
            key = "text" if isinstance(record, str) else "fields"
            probe = {key: record, "scores": [float(s) for s in want[i]]}
            out.setdefault(repr(record), probe)
            if len(out) >= min(n_wanted, n_most):
                break
        return list(out.values())


def versions():
    return "scikit-learn %s, numpy %s, scipy %s, Python %s, Unicode %s" % (
        sklearn.__version__,
        np.__version__,
        scipy.__version__,
        platform.python_version(),
        unicodedata.unidata_version,
    )


def described(fitted, limit=400):
    """The pipeline with its parameters that are not the default, on one line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            text = " ".join(repr(fitted).split())
        except Exception:  # somebody's own repr is no reason to fail
            text = type(fitted).__name__
    text = re.sub(r"<(?:function|bound method) ([^ >]+)[^>]*>", r"<\1>", text)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def export_pipeline(
    fitted,
    probes=None,
    *,
    labels=None,
    thresholds=None,
    name="",
    version="",
    license="",
    f32=False,
    decisions=False,
    tell=_tell,
):
    """The manifest of a fitted scikit-learn pipeline, proved equal to it; raises ExportError.

    fitted     a Pipeline (or a search, a wrapper, ...) that ends in a linear classifier
    probes     texts to try it on and to store, beside the built-in ones; for a ColumnTransformer over
               several columns dicts, or lists in the order of its transformers
    labels     names in place of the classes, in their order (multi-label: of the columns of y)
    thresholds a number for each label, in their order: what its probability (its decision, where there
               are no probabilities) has to exceed to be chosen. The pipeline's own answers do not know
               of them
    f32        rows as float32: half the size, scores within 1e-6
    decisions  decision values even where there are probabilities
    tell       called with each note, by default a line on stderr
    """
    exporter = Exporter(fitted, probes, labels, f32, decisions, tell)
    limits = None if thresholds is None else exporter.limits(thresholds)
    body = exporter.manifest()
    if limits is not None:  # behind the proof, which compares with the pipeline's answers
        body["thresholds"], body["arrays"]["thresholds"] = "thresholds", limits
    _warn_of_marks(exporter, tell)
    head = {"winnow": 1, "name": name, "version": version, "license": license}
    head = {k: v for k, v in head.items() if v}
    head["description"] = described(fitted)
    head["trainer"] = versions()
    head["unicode"] = ".".join(unicodedata.unidata_version.split(".")[:2])
    rest = {k: v for k, v in body.items() if k not in ("winnow", "arrays")}
    return {**head, **rest, "arrays": body["arrays"]}


def _warn_of_marks(exporter, tell):
    words = [b for b in exporter.blocks if b["fields"].get("tokens") in ("word", "ascii_word")]
    given = [exporter.checked(p) for p in exporter.user_probes]
    given = [t for p in given for t in ([p] if isinstance(p, str) else p)]
    share = texts.lost_to_words(given) if words else 0.0
    if share > 0.02:
        tell(
            "%.0f %% of the probes' letters are marks (such as vowel signs), which \\w drops: words "
            "are cut there. winnow does the same; analyzer='char_wb' would not" % (100 * share)
        )
