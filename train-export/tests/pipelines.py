"""pipelines - one pipeline for everything that the exporter takes, for the tests to fit and compare.

A Case says what its numbers have to agree to: "bits" (decisions are the same doubles), or a number.
`exact_log` cases take logarithms of counts: the same bits where numpy's logarithm is the C library's.
"""

import inspect
import math
import warnings
from dataclasses import dataclass

import numpy as np
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import VotingClassifier
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.feature_selection import (
    SelectFromModel,
    SelectKBest,
    SelectPercentile,
    VarianceThreshold,
    chi2,
)
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    PassiveAggressiveClassifier,
    Perceptron,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
)
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, MultinomialNB
from sklearn.pipeline import FeatureUnion, make_pipeline, make_union
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC

import documents

VERSION = tuple(int(p) for p in sklearn.__version__.split(".")[:2])
HAS_MULTI_CLASS = "multi_class" in inspect.signature(LogisticRegression).parameters


def log_is_libm():
    """numpy has logarithms of its own on some processors; they differ in the last bit."""
    counts = np.arange(1, 5000, dtype=float)
    return bool(all(np.log(counts) == [math.log(c) for c in counts]))


@dataclass
class Case:
    name: str
    pipeline: object
    target: str = "four"
    tolerance: float = 0.0  # of decisions, relative to max(1, |d|); 0: bits
    exact_log: bool = False
    fields: int = 1
    by_name: bool = False  # fields of a pandas.DataFrame
    table: bool = False  # a table of one column
    options: dict = None  # of export_pipeline
    analyzer: str = ""  # in the long run 100,000 texts go through one case of each analyzer


def targets(kind, topics):
    """y of the training texts: labels of several types, or an indicator matrix."""
    first = [t[0] for t in topics]
    if kind == "four":
        return np.array(["harbour", "Orchestra", "Ωδείο", "東京"])[first]
    if kind == "two":
        return np.array(["no", "yes"])[[t % 2 for t in first]]
    if kind == "bool":
        return np.array([t % 2 == 1 for t in first])
    if kind == "int":
        return np.array([10, -3, 7, 0])[first]
    if kind == "float":
        return np.array([1.0, 2.0, -1.0, 3.0])[first]
    matrix = np.zeros((len(topics), 5), int)
    for row, some in zip(matrix, topics):
        row[some] = 1
    if kind == "constant":  # a label that every text has, and one that none has
        matrix[:, 4] = 1
        return np.column_stack([matrix, np.zeros(len(topics), int)])
    return matrix[:, :4]


def has_columns(case):
    """Whether the pipeline reads a table, not a list of texts."""
    return case.fields > 1 or case.by_name or case.table


def records(case, texts):
    """The pipeline's input for texts (str), and the lists of texts of each record."""
    if not has_columns(case):
        return texts, texts
    rows = [[texts[(i + 5 * k) % len(texts)] for k in range(case.fields)] for i in range(len(texts))]
    if not case.by_name:
        return np.array(rows, dtype=object), rows
    import pandas

    return pandas.DataFrame(rows, columns=["title", "body"][: case.fields]), rows


def number_of(field):
    """The column of the input that a model's field is."""
    return {"": 0, "title": 0, "body": 1}[field] if not field.isdigit() else int(field)


def classes_of(fitted):
    return list(fitted.classes_)


class Expected:
    """scikit-learn's answers for the inputs x: decisions (None where it has none), scores (what
    probes hold), ranking (what predict() compares), is_chosen [n][n_labels], best [n]."""

    def __init__(self, fitted, x, manifest):
        self.is_raw = manifest["link"] == "raw" and "calibration" not in manifest
        self.is_multi_label = manifest.get("multi_label", False)
        self.decisions = None
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            if hasattr(fitted, "decision_function"):
                self.decisions = fitted.decision_function(x)
            elif hasattr(fitted, "steps") and hasattr(fitted[-1], "predict_joint_log_proba"):
                self.decisions = fitted[-1].predict_joint_log_proba(fitted[:-1].transform(x))
            if self.decisions is not None and self.decisions.ndim == 1:
                self.decisions = np.column_stack([-self.decisions, self.decisions])
            self.scores = self.decisions
            if not self.is_raw:
                self.scores = np.asarray(fitted.predict_proba(x), dtype=np.float64)
            predicted = fitted.predict(x)
        self.ranking = self.scores if self.decisions is None else self.decisions
        if self.is_multi_label:
            self.is_chosen, self.best = np.asarray(predicted) != 0, None
        else:
            classes = np.array(classes_of(fitted))
            self.best = np.array([np.flatnonzero(classes == p)[0] for p in predicted])
            self.is_chosen = np.arange(len(classes)) == self.best[:, None]


def fit(case, n=240, seed=1):
    texts, topics = documents.training(n, seed)
    x, _ = records(case, texts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return case.pipeline.fit(x, targets(case.target, topics))


def _lr(**more):
    return LogisticRegression(max_iter=300, **more)


def _sgd(loss):
    return SGDClassifier(loss=loss, random_state=0, max_iter=20, tol=None)


def _svc(**more):
    return LinearSVC(random_state=0, **more)


def _analyzers():
    t = TfidfVectorizer
    word = [
        ("words", {}),
        ("words sublinear bigrams", {"sublinear_tf": True, "ngram_range": (1, 2)}),
        ("words l1", {"norm": "l1"}),
        ("words without norm", {"norm": None}),
        ("words binary", {"binary": True}),
        ("words not smoothed", {"smooth_idf": False, "min_df": 2}),
        ("words without idf", {"use_idf": False, "sublinear_tf": True}),
        ("words in their case", {"lowercase": False, "strip_accents": "unicode"}),
        ("words strip unicode", {"strip_accents": "unicode"}),
        ("words strip ascii", {"strip_accents": "ascii", "ngram_range": (1, 2)}),
        ("stop words bigrams", {"stop_words": "english", "ngram_range": (1, 2)}),
        ("stop words of a list", {"stop_words": ["the", "of", "море", "été"], "ngram_range": (2, 3)}),
    ]
    patterns = [
        r"\w+", r"\S+", r"(?a)\b\w\w+\b", r"\b[a-z]{2,}\b", r"\b\w[\w'-]*\w\b", r"(\w*)", r"[^\W\d_]+",
        r"(?u)\b\w{3,5}\b", r"#?(\w+)'?", r"\d+\.\d+", r"[A-Za-zÀ-ÿ]{3,}", r"[^\s,.;!]+", r"\B\w\w", r".{3}",
        r"[\u0370-\u03ff]+[^\s]?", r"(?a)[\w-]+\b", r"\w\s\w", r"(?:\w)+@?", r"[\]\-^#]",
    ]  # fmt: skip
    out = [
        Case("tfidf " + n, make_pipeline(t(**o), _lr()), "four" if i % 2 else "two",
             exact_log="sublinear_tf" in o, analyzer=n if i < 2 or "strip" in n else "")
        for i, (n, o) in enumerate(word)
    ]  # fmt: skip
    out += [
        Case("pattern %s" % p, make_pipeline(t(token_pattern=p), _svc()), "int" if i % 2 else "bool",
             analyzer="pattern" if i == 4 else "")
        for i, p in enumerate(patterns)
    ]  # fmt: skip
    for name, o in (
        ("char (1, 3)", {"analyzer": "char", "ngram_range": (1, 3)}),
        ("char (4, 4) strip", {"analyzer": "char", "ngram_range": (4, 4), "strip_accents": "unicode"}),
        ("char_wb (2, 4)", {"analyzer": "char_wb", "ngram_range": (2, 4), "max_features": 3000}),
        ("char_wb (5, 6) ascii", {"analyzer": "char_wb", "ngram_range": (5, 6), "strip_accents": "ascii"}),
        ("char_wb sublinear", {"analyzer": "char_wb", "ngram_range": (3, 3), "sublinear_tf": True}),
    ):  # fmt: skip
        wanted = name if name in ("char (1, 3)", "char_wb (2, 4)") else ""
        out.append(Case("tfidf " + name, make_pipeline(t(**o), _lr()), exact_log="sublinear" in name,
                        analyzer=wanted))  # fmt: skip
    return out


def _counts():
    c, h = CountVectorizer, HashingVectorizer
    return [
        Case("counts bigrams", make_pipeline(c(ngram_range=(1, 2)), _lr()), "float"),
        Case("counts binary, no intercept", make_pipeline(c(binary=True, token_pattern=r"\S+"),
                                                          _svc(fit_intercept=False))),
        Case("counts of a fixed vocabulary",
             make_pipeline(c(vocabulary=["море", "ferry", "the", "tempo", "été", "of"]), _lr())),
        Case("counts, tf-idf behind them",
             make_pipeline(c(ngram_range=(1, 2)), TfidfTransformer(sublinear_tf=True), _lr()), "two",
             exact_log=True),
        Case("tf-idf twice", make_pipeline(TfidfVectorizer(), TfidfTransformer(), _lr()),
             tolerance=1e-12),
        Case("hash, signs, l2", make_pipeline(h(n_features=4096), _svc()), analyzer="hash words"),
        Case("hash of 2^18", make_pipeline(h(n_features=1 << 18, ngram_range=(1, 2)), _lr()), "two"),
        Case("hash of few columns, signs, binary",
             make_pipeline(h(n_features=64, ngram_range=(1, 2), binary=True, norm=None), _svc())),
        Case("hash char_wb l1", make_pipeline(h(n_features=2000, analyzer="char_wb", norm="l1",
                                               ngram_range=(3, 5), alternate_sign=False), _lr()),
             analyzer="hash char_wb"),
        Case("hash char, tf-idf behind it",
             make_pipeline(h(n_features=1000, analyzer="char", ngram_range=(2, 3), norm=None,
                             alternate_sign=False, strip_accents="unicode"),
                           TfidfTransformer(sublinear_tf=True), _lr()), exact_log=True),
        Case("hash, binary, sublinear", make_pipeline(h(n_features=512, binary=True, norm=None),
                                                      TfidfTransformer(sublinear_tf=True), _lr()),
             exact_log=True),
        Case("hash, signs, selected", make_pipeline(h(n_features=1024, norm=None),
                                                    VarianceThreshold(0.02), _svc())),
        Case("hash, selected, normalised", make_pipeline(h(n_features=1024, alternate_sign=False),
                                                         SelectKBest(chi2, k=80), Normalizer(), _svc())),
        Case("float32 pipeline", make_pipeline(TfidfVectorizer(dtype=np.float32), _svc()),
             tolerance=1e-6),
        Case("float32 rows", make_pipeline(TfidfVectorizer(), _lr()), tolerance=1e-6,
             options={"f32": True}),
    ]  # fmt: skip


def _algebra():
    t, c = TfidfVectorizer, CountVectorizer
    chars = {"analyzer": "char_wb", "ngram_range": (2, 3), "max_features": 800}
    sparse = 1e-12
    return [
        Case("selected behind the norm", make_pipeline(t(), SelectKBest(chi2, k=60), _lr())),
        Case("selected before tf-idf", make_pipeline(c(), SelectPercentile(chi2, percentile=40),
                                                     TfidfTransformer(), _lr())),
        Case("selected, then normalised", make_pipeline(t(), SelectKBest(chi2, k=60), Normalizer("l1"),
                                                        MaxAbsScaler(), _lr())),
        Case("selected from a model", make_pipeline(t(ngram_range=(1, 2)), SelectFromModel(_svc()),
                                                    _svc())),
        Case("selected twice", make_pipeline(t(norm=None), SelectKBest(chi2, k=90), Normalizer("max"),
                                             SelectKBest(chi2, k=30), _lr())),
        Case("scaled", make_pipeline(t(), StandardScaler(with_mean=False), MaxAbsScaler(), _lr())),
        Case("scaled robustly", make_pipeline(t(), RobustScaler(with_centering=False), _svc())),
        Case("binarized", make_pipeline(t(), Binarizer(threshold=0.2), _lr()), "two"),
        Case("passthrough", make_pipeline("passthrough", FunctionTransformer(None), t(), None, _lr())
             if VERSION < (1, 4) else make_pipeline("passthrough", t(), "passthrough", _lr())),
        Case("union", make_pipeline(make_union(t(ngram_range=(1, 2)), t(sublinear_tf=True, **chars)),
                                    _lr()), exact_log=True, analyzer="union"),
        Case("union with weights", make_pipeline(FeatureUnion(
            [("a", t()), ("b", t(**chars)), ("c", "drop")], transformer_weights={"a": 2.5, "b": 0.3}),
            _svc())),
        Case("union of counts, tf-idf behind it", make_pipeline(make_union(
            c(), c(**chars)), TfidfTransformer(), _lr())),
        Case("union, selected, normalised, scaled", make_pipeline(
            make_union(t(), t(**chars)), SelectKBest(chi2, k=150), Normalizer(), MaxAbsScaler(), _svc())),
        Case("nested unions", make_pipeline(make_union(
            make_pipeline(t(), SelectKBest(chi2, k=50)),
            FeatureUnion([("x", make_pipeline(c(), TfidfTransformer(norm="l1"))), ("y", t(**chars))],
                         transformer_weights={"x": 0.5})), _lr())),
        Case("union of a hash and words", make_pipeline(make_union(
            HashingVectorizer(n_features=512), t(strip_accents="ascii", lowercase=False)), _lr()),
            tolerance=sparse),
        Case("union of selections", make_pipeline(t(), make_union(
            SelectKBest(chi2, k=40), make_pipeline(SelectKBest(chi2, k=20), Normalizer())), _svc()),
            tolerance=sparse),
        Case("two text columns", make_pipeline(ColumnTransformer(
            [("title", t(), 0), ("body", t(**chars), 1)], transformer_weights={"title": 2.0}), _lr()),
            fields=2),
        Case("two columns, one twice", make_pipeline(ColumnTransformer(
            [("title", t(), 1), ("body", c(**chars), 0), ("again", make_pipeline(
                t(lowercase=False), SelectKBest(chi2, k=40)), 1)]), MaxAbsScaler(), _svc()),
            "two", fields=2, tolerance=sparse),
        Case("a table of one column", make_pipeline(ColumnTransformer([("title", t(), 0)]), _lr()),
             "two", table=True),
        Case("a named column", make_pipeline(ColumnTransformer([("title", t(), "title")]), _lr()),
             by_name=True),
        Case("named columns", make_pipeline(ColumnTransformer(
            [("b", t(), "body"), ("t", t(**chars), "title")]), _lr()), fields=2, by_name=True),
        Case("dense columns with a mean", make_pipeline(ColumnTransformer(
            [("a", c(max_features=6), 0), ("b", c(max_features=5, binary=True), 1)], sparse_threshold=0),
            StandardScaler(), _lr()), fields=2, tolerance=sparse),
        Case("svd", make_pipeline(t(), TruncatedSVD(20, random_state=0), _lr()), tolerance=1e-12),
        Case("svd, normalised", make_pipeline(t(), TruncatedSVD(20, random_state=0), Normalizer(), _lr()),
             "two", tolerance=1e-12),
        Case("svd, scaled, normalised, scaled", make_pipeline(
            make_union(t(), t(**chars)), TruncatedSVD(15, random_state=0), StandardScaler(),
            Normalizer("l1"), MinMaxScaler(), _svc()), tolerance=1e-12),
        Case("svd, selected, svd", make_pipeline(
            t(), TruncatedSVD(20, random_state=0), SelectKBest(k=9), RobustScaler(),
            PCA(5, whiten=True), Normalizer("max"), _svc()), tolerance=1e-12),
    ]  # fmt: skip


def _classifiers():
    def words():
        return TfidfVectorizer()

    def grams():
        return CountVectorizer(analyzer="char_wb", ngram_range=(1, 3), max_features=600)

    out = []
    solvers = ("lbfgs", "newton-cg", "saga", "newton-cholesky")
    for i, solver in enumerate(solvers):
        out.append(Case("LogisticRegression %s" % solver, make_pipeline(words(), _lr(solver=solver)),
                        "four" if i % 2 else "two"))  # fmt: skip
    out.append(Case("LogisticRegression liblinear", make_pipeline(words(), _lr(solver="liblinear")), "two"))
    if HAS_MULTI_CLASS:
        for target in ("two", "four"):
            for rule in ("multinomial", "ovr"):
                out.append(Case("LogisticRegression %s of %s" % (rule, target),
                                make_pipeline(words(), _lr(multi_class=rule)), target))  # fmt: skip
        out.append(Case("LogisticRegression liblinear of four",
                        make_pipeline(words(), _lr(solver="liblinear"))))  # fmt: skip
    out.append(Case("LogisticRegressionCV", make_pipeline(words(), LogisticRegressionCV(Cs=3, cv=2))))
    out.append(Case("LogisticRegression, decisions", make_pipeline(words(), _lr()), "two",
                    options={"decisions": True}))  # fmt: skip
    for i, loss in enumerate(("hinge", "log_loss", "squared_hinge", "perceptron", "huber",
                              "squared_error", "epsilon_insensitive")):  # fmt: skip
        out.append(Case("SGDClassifier %s" % loss, make_pipeline(words(), _sgd(loss)),
                        "four" if i % 2 else "two"))  # fmt: skip
    out += [
        Case("SGDClassifier log_loss of two", make_pipeline(words(), _sgd("log_loss")), "two"),
        Case("SGDClassifier modified_huber", make_pipeline(words(), _sgd("modified_huber")), "two"),
        Case("SGDClassifier modified_huber of four",
             make_pipeline(CountVectorizer(), _sgd("modified_huber"))),
        Case("SGDClassifier modified_huber, decisions", make_pipeline(words(), _sgd("modified_huber")),
             options={"decisions": True}),
        Case("LinearSVC of two", make_pipeline(words(), _svc()), "two"),
        Case("LinearSVC crammer_singer", make_pipeline(words(), _svc(multi_class="crammer_singer"))),
        Case("Perceptron", make_pipeline(words(), Perceptron(random_state=0))),
        Case("PassiveAggressive", make_pipeline(words(), PassiveAggressiveClassifier(random_state=0)),
             "two"),
        Case("RidgeClassifier", make_pipeline(words(), RidgeClassifier())),
        Case("RidgeClassifierCV", make_pipeline(words(), RidgeClassifierCV()), "two"),
        Case("RidgeClassifier multi-label", make_pipeline(words(), RidgeClassifier()), "multi"),
        Case("SVC linear", make_pipeline(words(), SVC(kernel="linear")), "two", tolerance=1e-12),
        Case("MultinomialNB", make_pipeline(CountVectorizer(), MultinomialNB())),
        Case("MultinomialNB of two", make_pipeline(words(), MultinomialNB(fit_prior=False)), "two"),
        Case("ComplementNB", make_pipeline(words(), ComplementNB())),
        Case("ComplementNB norm", make_pipeline(grams(), ComplementNB(norm=True)), "two"),
        Case("BernoulliNB", make_pipeline(grams(), BernoulliNB())),
        Case("BernoulliNB with a threshold", make_pipeline(words(), BernoulliNB(binarize=0.25)), "two"),
        Case("BernoulliNB without", make_pipeline(CountVectorizer(binary=True),
                                                  BernoulliNB(binarize=None))),
        Case("GridSearchCV", GridSearchCV(make_pipeline(words(), _svc()), {"linearsvc__C": [0.5, 2]},
                                          cv=2), "two"),
        Case("RandomizedSearchCV", make_pipeline(words(), RandomizedSearchCV(
            _lr(), {"C": [0.5, 2, 4]}, n_iter=2, cv=2, random_state=0))),
    ]  # fmt: skip
    return out


def _wrappers():
    def words():
        return TfidfVectorizer()

    def calibrated(inner, **more):
        return CalibratedClassifierCV(inner, cv=3, **more)

    ovr, small = OneVsRestClassifier, 1e-12
    out = [
        Case("OneVsRest LogisticRegression", make_pipeline(words(), ovr(_lr()))),
        Case("OneVsRest LinearSVC", make_pipeline(words(), ovr(_svc())), "int"),
        Case("OneVsRest of two", make_pipeline(words(), ovr(_lr())), "two"),
        Case("OneVsRest multi-label", make_pipeline(words(), ovr(_lr())), "multi"),
        Case("OneVsRest multi-label LinearSVC", make_pipeline(words(), ovr(_svc())), "multi"),
        Case("OneVsRest with constant labels", make_pipeline(words(), ovr(_lr())), "constant"),
        Case("OneVsRest with constant labels, SVC", make_pipeline(words(), ovr(_svc())), "constant"),
        Case("OneVsRest MultinomialNB", make_pipeline(words(), ovr(MultinomialNB())), tolerance=small),
        Case("OneVsRest BernoulliNB multi-label", make_pipeline(words(), ovr(BernoulliNB())), "multi",
             tolerance=small),
        Case("OneVsRest modified_huber multi-label", make_pipeline(words(), ovr(_sgd("modified_huber"))),
             "multi"),
        Case("OneVsRest modified_huber", make_pipeline(words(), ovr(_sgd("modified_huber")))),
        Case("OneVsRest SVC linear", make_pipeline(words(), ovr(SVC(kernel="linear"))), tolerance=small),
        Case("OneVsRest over calibrated", make_pipeline(words(), ovr(calibrated(_svc())))),
        Case("OneVsRest over calibrated, multi-label", make_pipeline(
            words(), ovr(calibrated(_svc(), method="isotonic"))), "multi"),
        Case("OneVsRest over calibrated, constant labels",
             make_pipeline(words(), ovr(calibrated(_svc()))), "constant"),
        Case("calibrated sigmoid", make_pipeline(words(), calibrated(_svc()))),
        Case("calibrated sigmoid of two", make_pipeline(words(), calibrated(_svc())), "two"),
        Case("calibrated isotonic", make_pipeline(words(), calibrated(_svc(), method="isotonic"))),
        Case("calibrated isotonic of two", make_pipeline(words(), calibrated(_lr(), method="isotonic")),
             "two"),
        Case("calibrated without ensemble", make_pipeline(words(), calibrated(_svc(), ensemble=False))),
        Case("calibrated whole pipeline", CalibratedClassifierCV(
            make_pipeline(words(), _svc()), cv=3, ensemble=False), "two"),
        Case("calibrated NB", make_pipeline(words(), calibrated(MultinomialNB())), tolerance=small),
        Case("calibrated NB isotonic of two", make_pipeline(
            words(), calibrated(MultinomialNB(), method="isotonic")), "two", tolerance=1e-10),
        Case("calibrated modified_huber", make_pipeline(words(), calibrated(_sgd("modified_huber")))),
        Case("calibrated OneVsRest", make_pipeline(words(), calibrated(ovr(_svc())))),
        Case("calibrated behind an svd", make_pipeline(
            words(), TruncatedSVD(12, random_state=0), Normalizer(), calibrated(_lr())), tolerance=small),
        Case("soft voting", make_pipeline(words(), VotingClassifier(
            [("a", _lr()), ("b", MultinomialNB())], voting="soft")), tolerance=small),
        Case("soft voting of two", make_pipeline(words(), VotingClassifier(
            [("a", _lr()), ("b", _sgd("log_loss")), ("c", ComplementNB())], voting="soft",
            weights=[2, 2, 2])), "two", tolerance=small),
    ]  # fmt: skip
    if VERSION >= (1, 5):
        from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

        out += [
            Case("fixed threshold", make_pipeline(
                words(), FixedThresholdClassifier(_lr(), threshold=0.3)), "two"),
            Case("fixed threshold of a pipeline, other label", FixedThresholdClassifier(
                make_pipeline(words(), _lr()), threshold=0.7, pos_label="no"), "two"),
            Case("fixed threshold of decisions", make_pipeline(
                words(), FixedThresholdClassifier(_svc(), threshold=-0.4)), "two"),
            Case("fixed threshold of decisions, other label", make_pipeline(
                words(), FixedThresholdClassifier(_svc(), threshold=0.2, pos_label="no")), "two"),
            Case("fixed threshold of decisions with probabilities", make_pipeline(
                words(), FixedThresholdClassifier(_lr(), threshold=0.5,
                                                  response_method="decision_function")), "two"),
            Case("tuned threshold", make_pipeline(
                words(), TunedThresholdClassifierCV(_lr(), cv=2)), "bool"),
        ]  # fmt: skip
    if VERSION >= (1, 6):
        from sklearn.frozen import FrozenEstimator

        texts, topics = documents.training()
        frozen = make_pipeline(words(), _svc()).fit(texts, targets("four", topics))
        out.append(Case("frozen, calibrated", CalibratedClassifierCV(FrozenEstimator(frozen))))
    if VERSION >= (1, 8):
        out += [
            Case("calibrated by temperature", make_pipeline(
                words(), calibrated(_svc(), method="temperature")), tolerance=small),
            Case("calibrated by temperature, two", make_pipeline(
                words(), calibrated(_lr(), method="temperature", ensemble=False)), "two",
                tolerance=small),
        ]  # fmt: skip
    return out


def cases():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _analyzers() + _counts() + _algebra() + _classifiers() + _wrappers()
