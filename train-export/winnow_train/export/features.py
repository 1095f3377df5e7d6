"""features - a pipeline's transformers become blocks, passes and stages.

The state walks along the pipeline:

    Start (the input) -> Text (one column of it) -> Columns (sparse) -> Dense (behind an SVD)

`step(state, transformer)` gives the state behind a transformer.  Nothing is folded that would change
a rounding: scalers and selections stay passes of their own.
"""

import copy

import numpy as np

from . import text
from .errors import ExportError, refuse_parameter

ORDER = ("binary", "binarize", "sublinear_tf", "idf", "norm", "scale")
NO_CODE = "winnow cannot run it; apply it before winnow, or leave it out of the pipeline"


class Start:
    """The pipeline's input: a text, or a record with text columns."""


class Text:
    """One text column; "" is the text itself."""

    def __init__(self, field):
        self.field = field


class Columns:
    """Sparse columns of blocks.  Column i of the pipeline is column live[i] of all blocks together.

    A block is a dict: fields (of the manifest), terms or hash, n (columns), passes.
    """

    def __init__(self, blocks):
        self.blocks, self.passes = blocks, []
        self.live = np.arange(self.n_columns)
        self.is_masked = True  # columns that are not live are 0 already, or there are none
        self.has_norm = False  # a norm has seen the columns: none can be forgotten
        self.shift = None  # [n_live] what is added to each column (a mean was subtracted)
        self.is_signed = False  # a hash with signs: numbers may be negative

    @property
    def n_columns(self):
        return sum(b["n"] for b in self.blocks)

    @property
    def width(self):
        return len(self.live)

    def spread(self, values, fill=1.0):
        """Values of the live columns as an array over all columns."""
        out = np.full(self.n_columns, fill)
        out[self.live] = values
        return out

    # ---- Passes ----

    def elementwise(self, **what):
        """A pass without a norm; arrays are over all columns."""
        if self.passes:
            return _add(self.passes, what)
        first = 0
        for b in self.blocks:
            end = first + b["n"]
            _add(b["passes"], {k: v[first:end] if np.ndim(v) else v for k, v in what.items()})
            first = end

    def norm(self, kind):
        self.no_shift("Normalizer")
        self.has_norm = True
        if not self.is_masked:
            self.elementwise(scale=self.spread(np.ones(self.width), 0.0))
            self.is_masked = True
        alone = len(self.blocks) == 1 and not self.passes
        _add(self.blocks[0]["passes"] if alone else self.passes, {"norm": kind})

    def no_shift(self, what):
        if self.shift is not None and np.any(self.shift):
            raise ExportError(
                "%s behind a scaler that moves the mean" % what,
                "every column is non-zero there; use with_mean=False (or MaxAbsScaler)",
            )

    def affine(self, scale, shift=None):
        if not np.all(scale == 1.0):
            self.elementwise(scale=self.spread(scale))
            self.shift = None if self.shift is None else self.shift * scale
        if shift is not None and np.any(shift):
            self.shift = shift + (0.0 if self.shift is None else self.shift)

    def select(self, kept):
        if len(kept) == self.width:
            return
        self.live = self.live[kept]
        self.shift = None if self.shift is None else self.shift[kept]
        if self.has_norm or self.passes:
            self.is_masked = False
        else:
            self._forget()

    def _forget(self):
        """Leaves out the columns that are not live: no norm has seen them."""
        blocks, first = [], 0
        for b in self.blocks:
            here = self.live[(self.live >= first) & (self.live < first + b["n"])] - first
            first += b["n"]
            if len(here):
                blocks.append(_narrowed(b, here))
        if not blocks:
            raise ExportError("the selection keeps no column", "nothing is left to score")
        # Selections keep the order of columns, so that the live ones are now 0, 1, 2, ...
        self.blocks, self.live = blocks, np.arange(len(self.live))

    def project(self, matrix, bias):
        return Dense(self, matrix, bias if self.shift is None else bias + matrix @ self.shift)


class Dense:
    """Numbers behind a projection: rows of the columns, then stages; y = factor @ h + bias of them."""

    def __init__(self, columns, matrix, bias):
        self.columns, self.rows, self.stages = columns, matrix.T, []
        self.factor, self.bias = None, bias

    @property
    def width(self):
        return len(self.bias)

    def affine(self, scale, shift=None):
        if not np.all(scale == 1.0):
            self.factor = np.diag(scale) if self.factor is None else self.factor * scale[:, None]
            self.bias = self.bias * scale
        if shift is not None:
            self.bias = self.bias + shift

    def select(self, kept):
        factor = np.eye(self.width) if self.factor is None else self.factor
        self.factor, self.bias = factor[kept], self.bias[kept]

    def norm(self, kind):
        if self.factor is not None or np.any(self.bias):
            factor = np.eye(self.width) if self.factor is None else self.factor
            self.stages.append({"matrix": factor, "bias": self.bias})
        self.stages.append({"norm": kind})
        self.factor, self.bias = None, np.zeros(self.width)

    def project(self, matrix, bias):
        self.factor = matrix if self.factor is None else matrix @ self.factor
        self.bias = bias + matrix @ self.bias
        return self

    def fold(self, coef, bias):
        """(coef, bias) of a head that stands behind the stages directly."""
        bias = bias + coef @ self.bias if np.any(self.bias) else bias
        return coef if self.factor is None else coef @ self.factor, bias


def _add(passes, what):
    """Appends a pass, or completes the last one where that comes before it."""
    first = min(ORDER.index(k) for k in what)
    if passes and max(ORDER.index(k) for k in passes[-1]) < first:
        passes[-1].update(what)
    else:
        passes.append(dict(what))


def _narrowed(block, columns):
    out = dict(block, n=len(columns))
    if "terms" in block:
        out["terms"] = [block["terms"][c] for c in columns]
    else:
        before = block["hash"].get("columns")
        kept = columns if before is None else before[columns]
        out["hash"] = dict(block["hash"], columns=kept)
    out["passes"] = [
        {k: v[columns] if np.ndim(v) else v for k, v in p.items()} for p in block["passes"]
    ]
    return out


# ---- Transformers --------------------------------------------------------------------------------


def _block(state, fields, **columns):
    if not isinstance(state, Text):
        raise ExportError("a vectorizer behind another transformer", "it has to read text")
    return Columns([{"fields": dict(fields, field=state.field), "passes": [], **columns}])


def _count(state, v):
    fields, terms = text.fields_of(v), text.terms_of(v)
    out = _block(state, fields, terms=terms, n=len(terms))
    if v.binary:
        out.elementwise(binary=True)
    return out


def _tfidf_vectorizer(state, v):
    return _tfidf(_count(state, v), v._tfidf)


def _hashing(state, v):
    fields, hashed = text.fields_of(v), text.hash_of(v)
    out = _block(state, fields, hash=hashed, n=hashed["n_features"])
    if v.binary:
        out.elementwise(binary=True)
    out.is_signed = hashed["alternate_sign"] and not v.binary
    if v.norm is not None:
        out.norm(v.norm)
    return out


def _sparse(state, t):
    """The state, which has to be columns that are still sparse."""
    if not isinstance(state, Columns):
        where = "text" if isinstance(state, (Text, Start)) else "a projection such as TruncatedSVD"
        raise ExportError("%s behind %s" % (type(t).__name__, where), "winnow has no such step")
    state.no_shift(type(t).__name__)
    return state


def _numbers(state, t):
    if not isinstance(state, (Columns, Dense)):
        raise ExportError(
            "%s on text" % type(t).__name__, "it needs numbers; put a vectorizer in front"
        )
    return state


def _tfidf(state, t):
    state = _sparse(state, t)
    if t.sublinear_tf:
        if state.is_signed:
            raise ExportError(
                "TfidfTransformer(sublinear_tf=True) behind HashingVectorizer(alternate_sign=True)",
                "logarithms of negative counts; fit with alternate_sign=False",
            )
        state.elementwise(sublinear_tf=True)
    if t.use_idf:
        state.elementwise(idf=state.spread(np.asarray(t.idf_, dtype=np.float64)))
    if t.norm is not None:
        state.norm(t.norm)
    return state


def _normalizer(state, t):
    _numbers(state, t).norm(t.norm)
    return state


def _binarizer(state, t):
    state = _sparse(state, t)
    if t.threshold < 0:
        refuse_parameter(t, "threshold", t.threshold, "columns that are 0 would become 1")
    state.elementwise(binarize=float(t.threshold))
    state.is_signed = False
    return state


def _select(state, t):
    kept = np.asarray(t.get_support(indices=True))
    _numbers(state, t).select(kept)
    return state


def _inverse(scale, n):
    return np.ones(n) if scale is None else 1.0 / np.asarray(scale, dtype=np.float64)


def _max_abs(state, t):
    _numbers(state, t).affine(_inverse(t.scale_, state.width))
    return state


def _standard(state, t):
    """StandardScaler and RobustScaler: (x - centre) / scale."""
    scale = _inverse(t.scale_, _numbers(state, t).width)
    centre = t.mean_ if hasattr(t, "mean_") else t.center_
    has_centre = t.with_mean if hasattr(t, "with_mean") else t.with_centering
    state.affine(scale, -np.asarray(centre) * scale if has_centre else None)
    return state


def _min_max(state, t):
    if t.clip:
        refuse_parameter(t, "clip", t.clip, "winnow does not clip; fit with clip=False")
    _numbers(state, t).affine(np.asarray(t.scale_), np.asarray(t.min_))
    return state


def _svd(state, t):
    matrix = np.asarray(t.components_, dtype=np.float64)
    return _numbers(state, t).project(matrix, np.zeros(len(matrix)))


def _pca(state, t):
    matrix = np.asarray(t.components_, dtype=np.float64)
    bias = -(matrix @ np.asarray(t.mean_, dtype=np.float64))
    state = _numbers(state, t).project(matrix, bias)
    if t.whiten:
        state.affine(1.0 / np.sqrt(t.explained_variance_))
    return state


def _function(state, t):
    if t.func is not None:
        refuse_parameter(t, "func", t.func, NO_CODE)
    return state


def _pipeline(state, t):
    for _, inner in t.steps:
        state = step(state, inner)
    return state


def _as_text(state):
    return Text("") if isinstance(state, Start) else state


def _union(state, t):
    weights = t.transformer_weights or {}
    branches = []
    for name, inner in t.transformer_list:
        if not _is_drop(inner):
            branches.append((step(copy.deepcopy(state), inner), weights.get(name)))
    return joined(branches, "FeatureUnion")


def _is_drop(inner):
    return isinstance(inner, str) and inner == "drop"


def _column_transformer(state, t):
    if not isinstance(state, Start):
        raise ExportError(
            "ColumnTransformer behind another transformer", "it has to read the input"
        )
    weights = t.transformer_weights or {}
    names, branches = getattr(t, "feature_names_in_", None), []
    for name, inner, column in t.transformers_:
        if _is_drop(inner) or not _has_columns(column):
            continue
        if name == "remainder":
            kind = inner if isinstance(inner, str) else type(inner).__name__
            raise ExportError("ColumnTransformer(remainder=%s)" % kind, "use remainder='drop'")
        if isinstance(column, bool) or not isinstance(column, (str, int, np.integer)):
            raise ExportError(
                "ColumnTransformer: columns %s of %r" % (" ".join(repr(column).split()), name),
                "a text column is named by one string or number, not by a list",
            )
        if not isinstance(column, str):
            column = str(column) if names is None else str(names[column])
        branches.append((step(Text(column), inner), weights.get(name)))
    return joined(branches, "ColumnTransformer")


def _has_columns(column):
    return isinstance(column, (str, int, np.integer)) or np.size(column) > 0


def joined(branches, what):
    """Columns of several branches [(Columns, weight or None)] side by side."""
    for b, weight in branches:
        if not isinstance(b, Columns):
            raise ExportError(
                "%s over %s" % (what, "text" if isinstance(b, (Text, Start)) else "TruncatedSVD"),
                "its parts have to be vectorizers, and what may follow them, without projection",
            )
        if b.passes and len(branches) > 1:
            raise ExportError(
                "a Normalizer behind a %s inside another %s" % (what, what),
                "normalise each part alone, or all of them behind the outer one",
            )
        if weight is not None:
            b.affine(np.full(b.width, float(weight)))
    if not branches:
        raise ExportError("%s without transformers" % what, "nothing is left to score")
    parts = [b for b, _ in branches]
    if len(parts) == 1:
        return parts[0]
    out = Columns([block for b in parts for block in b.blocks])
    first = np.cumsum([0] + [b.n_columns for b in parts])
    out.live = np.concatenate([f + b.live for f, b in zip(first, parts)])
    out.is_masked = all(b.is_masked for b in parts)
    out.has_norm = any(b.has_norm for b in parts)
    out.is_signed = any(b.is_signed for b in parts)
    if any(b.shift is not None for b in parts):
        out.shift = np.concatenate(
            [np.zeros(b.width) if b.shift is None else b.shift for b in parts]
        )
    return out


TRANSFORMERS = {
    "CountVectorizer": _count,
    "TfidfVectorizer": _tfidf_vectorizer,
    "HashingVectorizer": _hashing,
    "TfidfTransformer": _tfidf,
    "Normalizer": _normalizer,
    "Binarizer": _binarizer,
    "MaxAbsScaler": _max_abs,
    "StandardScaler": _standard,
    "RobustScaler": _standard,
    "MinMaxScaler": _min_max,
    "TruncatedSVD": _svd,
    "PCA": _pca,
    "FunctionTransformer": _function,
    "Pipeline": _pipeline,
    "FeatureUnion": _union,
    "ColumnTransformer": _column_transformer,
}
VECTORIZERS = ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer")
INSTEAD = {
    "FeatureHasher": "use HashingVectorizer on text",
    "DictVectorizer": "it reads dicts; use CountVectorizer on text",
    "NMF": "use TruncatedSVD",
    "LatentDirichletAllocation": "use TruncatedSVD",
    "PolynomialFeatures": "use n-grams of the vectorizer",
}


def is_of_sklearn(obj):
    return type(obj).__module__.split(".")[0] == "sklearn"


def step(state, t):
    """The state behind one fitted transformer."""
    if t is None or (isinstance(t, str) and t == "passthrough"):
        return state
    name = type(t).__name__
    if not is_of_sklearn(t):
        raise ExportError(
            "%s.%s" % (type(t).__module__, name), "a transformer of your own; " + NO_CODE
        )
    if name in VECTORIZERS:
        state = _as_text(state)
    if name in TRANSFORMERS:
        return TRANSFORMERS[name](state, t)
    if _is_selector(t):
        return _select(state, t)
    advice = INSTEAD.get(name, "winnow has no such step; leave it out of the pipeline")
    raise ExportError(name, advice)


def _is_selector(t):
    from sklearn.feature_selection import SelectorMixin

    return isinstance(t, SelectorMixin)
