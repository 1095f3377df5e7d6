"""heads - a fitted classifier becomes coefficients, a link and what else turns them into labels.

A Head says which outputs there are and what they mean.  For two labels that exclude each other one
output d is enough: it stands for the second label (the engine makes (-d, d) of it).
"""

from dataclasses import dataclass, field, replace

import numpy as np

from ..link import sigmoid
from .errors import ExportError
from .features import is_of_sklearn


@dataclass
class Cut:
    """Of two labels number `positive` is chosen when its response is at least `at`."""

    positive: int
    at: float
    response: str  # predict_proba or decision_function

    def thresholds(self, link, is_calibrated):
        """[2] what a label's score has to exceed: a decision with link raw, else a probability."""
        out, at = np.empty(2), self.at
        if link == "raw" and not is_calibrated:
            if self.response != "decision_function":
                raise ExportError("a threshold on probabilities", "the model has none to export")
            out[1 - self.positive] = -at
        else:
            if self.response == "decision_function":
                at = float(sigmoid(np.float64(2.0 * at if link == "softmax" else at)))
            out[1 - self.positive] = 1.0 - at
        out[self.positive] = np.nextafter(at, -np.inf)  # scikit-learn says >=, winnow >
        return out


@dataclass
class Head:
    labels: list  # of the classifier's classes
    coef: np.ndarray  # [n_outputs][n_columns]
    bias: np.ndarray  # [n_outputs]
    links: list  # candidates; the one that gives the pipeline's probabilities is kept
    outputs: object = None  # X -> [n][n_outputs], the classifier's own numbers; None: it has none
    members: int = 1
    multi_label: bool = False
    cut: object = None  # None or Cut
    calibration: object = None  # None or a dict as in the manifest, arrays in it
    notes: list = field(default_factory=list)
    ranks_by_decision: bool = False  # predict() looks at decisions, whatever the probabilities are
    passes: dict = field(default_factory=dict)  # a pass in front (BernoulliNB's threshold)

    @property
    def is_binary(self):
        return len(self.labels) == 2 and not self.multi_label

    @property
    def per_member(self):
        return len(self.coef) // self.members


def two_dimensional(decisions):
    return np.asarray(decisions).reshape(len(decisions), -1)


def _decisions(est):
    return lambda x: two_dimensional(est.decision_function(x))


def _arrays(est):
    """(coef, bias) as float64 of an estimator with coef_ and intercept_."""
    coef = est.coef_
    coef = np.asarray(coef.toarray() if hasattr(coef, "toarray") else coef)
    coef = np.atleast_2d(coef).astype(np.float64)
    bias = np.zeros(len(coef)) + np.ravel(np.asarray(est.intercept_, dtype=np.float64))
    return coef, bias


def _linear(est, links):
    coef, bias = _arrays(est)
    return Head(list(est.classes_), coef, bias, links, _decisions(est))


def _raw(est):
    return _linear(est, ["raw"])


def _logistic(est):
    """Which probabilities these are is told by multi_class and the solver, and tried on the probes."""
    n, rule = len(est.classes_), getattr(est, "multi_class", "auto")
    one_vs_rest = rule == "ovr" or (rule != "multinomial" and (n <= 2 or est.solver == "liblinear"))
    single, joint = ("sigmoid", "softmax") if n == 2 else ("one_vs_rest", "softmax")
    return _linear(est, [single, joint] if one_vs_rest else [joint, single])


def _sgd(est):
    head = _linear(est, ["raw"])
    if est.loss in ("log_loss", "log"):
        head.links = ["sigmoid" if head.is_binary else "one_vs_rest"]
    elif est.loss == "modified_huber":
        head.calibration = clipped(len(head.coef))
        head.ranks_by_decision = True
    return head


def clipped(n, normalize="members"):
    """(clip(d, -1, 1) + 1) / 2 as an isotonic calibration of n outputs."""
    return {
        "method": "isotonic",
        "normalize": normalize,
        "points": [(np.array([-1.0, 1.0]), np.array([0.0, 1.0]))] * n,
    }


def _ridge(est):
    head = _linear(est, ["raw"])
    if est._label_binarizer.y_type_.startswith("multilabel"):
        head.multi_label = True
    return head


def _naive_bayes(est, coef, bias):
    if len(est.classes_) < 2:
        raise ExportError("%s with one class" % type(est).__name__, "there is nothing to decide")
    return Head(list(est.classes_), coef, bias, ["softmax"], est.predict_joint_log_proba)


def _multinomial_nb(est):
    return _naive_bayes(est, est.feature_log_prob_, est.class_log_prior_)


def _complement_nb(est):
    return _naive_bayes(est, est.feature_log_prob_, np.zeros(len(est.classes_)))


def _bernoulli_nb(est):
    negative = np.log(1 - np.exp(est.feature_log_prob_))
    bias = est.class_log_prior_ + negative.sum(axis=1)
    head = _naive_bayes(est, est.feature_log_prob_ - negative, bias)
    if est.binarize is not None:
        if est.binarize < 0:
            raise ExportError(
                "BernoulliNB(binarize=%r)" % est.binarize, "columns that are 0 would become 1"
            )
        head.passes = {"binarize": float(est.binarize)}
    return head


def _svc(est):
    if est.kernel != "linear":
        raise ExportError(
            "%s(kernel=%r)" % (type(est).__name__, est.kernel),
            "only linear kernels are sums over features; use LinearSVC",
        )
    if len(est.classes_) > 2:
        raise ExportError(
            "%s with %d classes" % (type(est).__name__, len(est.classes_)),
            "it votes between all pairs; use LinearSVC or OneVsRestClassifier(SVC(kernel='linear'))",
        )
    head = _linear(est, ["raw"])
    if getattr(est, "probability", False) is True:
        head.notes.append(
            "SVC(probability=True): its predict_proba is libsvm's own, decisions are exported; "
            "for probabilities use CalibratedClassifierCV(LinearSVC())"
        )
    return head


def difference(head):
    """A head of two labels with an output each as one with a single output, or the head itself."""
    if not head.is_binary or head.per_member == 1:
        return head
    coef = head.coef[1::2] - head.coef[0::2]
    bias = head.bias[1::2] - head.bias[0::2]
    outputs = None
    if head.outputs is not None:
        inner = head.outputs
        outputs = lambda x: inner(x)[:, 1::2] - inner(x)[:, 0::2]  # noqa: E731
    return replace(head, coef=coef, bias=bias, links=["sigmoid"], outputs=outputs)


HEADS = {
    "LogisticRegression": _logistic,
    "LogisticRegressionCV": _logistic,
    "LinearSVC": _raw,
    "Perceptron": _raw,
    "PassiveAggressiveClassifier": _raw,
    "SGDClassifier": _sgd,
    "RidgeClassifier": _ridge,
    "RidgeClassifierCV": _ridge,
    "MultinomialNB": _multinomial_nb,
    "ComplementNB": _complement_nb,
    "BernoulliNB": _bernoulli_nb,
    "SVC": _svc,
    "NuSVC": _svc,
}
LINEAR = "winnow scores linear models; use LogisticRegression, LinearSVC or another linear one"
JOINED = "make_pipeline(vectorizer, classifier)"
INSTEAD = {
    "OneVsOneClassifier": "use OneVsRestClassifier",
    "OutputCodeClassifier": "use OneVsRestClassifier",
    "ClassifierChain": "its labels depend on each other; use OneVsRestClassifier",
    "MultiOutputClassifier": "use OneVsRestClassifier with an indicator matrix",
    "StackingClassifier": "use VotingClassifier(voting='soft')",
    "CategoricalNB": "use BernoulliNB",
    "GaussianNB": "its scores have squares of the features; use MultinomialNB on counts or tf-idf, "
    "LogisticRegression behind a projection",
}


def of_classifier(est):
    """The Head of a single classifier (wrappers are in wrappers.py)."""
    name = type(est).__name__
    if isinstance(est, (dict, list, tuple)):
        raise ExportError(
            "a %s" % name, "winnow takes one object; join its fitted parts: %s" % JOINED
        )
    if not is_of_sklearn(est):
        raise ExportError(
            "%s.%s" % (type(est).__module__, name), "winnow knows scikit-learn's classifiers only"
        )
    if name not in HEADS:
        raise ExportError(name, INSTEAD.get(name, LINEAR))
    return HEADS[name](est)
