"""wrappers - estimators that hold others: searches, one-vs-rest, calibration, thresholds, voting.

`split(fitted)` takes a pipeline apart: (its transformers in order, the Head at its end).
"""

import math
from dataclasses import replace

import numpy as np

from . import heads
from .errors import ExportError, refuse_parameter
from .features import is_of_sklearn

SHARED = "put the vectorizer in front instead: make_pipeline(vectorizer, %s(classifier))"


def _pipeline(est):
    *before, (_, last) = est.steps
    if last is None or last == "passthrough":
        raise ExportError("a Pipeline without a classifier at its end", "there is nothing to score")
    chain, head = split(last)
    return [t for _, t in before] + chain, head


def _search(est):
    if not hasattr(est, "best_estimator_"):
        refuse_parameter(est, "refit", est.refit, "there is no fitted model; use refit=True")
    return split(est.best_estimator_)


def _frozen(est):
    return split(est.estimator)


def _member(est, owner):
    """The Head of an estimator that shares its features with others."""
    chain, head = split(est)
    if chain:
        raise ExportError("%s over whole pipelines" % owner, SHARED % owner)
    return head


# ---- OneVsRestClassifier -------------------------------------------------------------------------


def _constant(est, n_columns, link):
    """A class that every training text had, or none: an output that does not look at the text."""
    y = float(est.y_[0])
    bias = y if link == "raw" else math.copysign(1000.0, y - 0.5)  # sigmoid: exactly 0 or 1
    return np.zeros((1, n_columns)), np.array([bias])


def _one_vs_rest(est):
    binarizer = est.label_binarizer_
    multi_label = binarizer.y_type_.startswith("multilabel")
    labels = list(binarizer.classes_)
    if len(est.estimators_) == 1 and not multi_label:
        chain, head = split(est.estimators_[0])
        return chain, replace(heads.difference(head), labels=labels)
    constant = [type(e).__name__ == "_ConstantPredictor" for e in est.estimators_]
    parts = [None if c else heads.difference(_member(e, "OneVsRestClassifier"))
             for c, e in zip(constant, est.estimators_)]  # fmt: skip
    first = next((p for p in parts if p is not None), None)
    if first is None:
        raise ExportError("OneVsRestClassifier that has seen no label vary", "nothing to decide")
    if first.calibration is None and first.links[0] == "softmax":
        raise ExportError(
            "OneVsRestClassifier over LogisticRegression(multi_class='multinomial')",
            "fit with multi_class='auto'",
        )
    for p in parts:
        if p is not None and (p.members, p.passes) != (first.members, first.passes):
            raise ExportError(
                "OneVsRestClassifier with different estimators", "all labels need the same kind"
            )
    head = _labels_side_by_side(est, parts, first, labels, multi_label)
    if first.calibration is None and not multi_label and first.links[0] != "raw":
        head.links = ["one_vs_rest"]
    return [], head


def _labels_side_by_side(est, parts, first, labels, multi_label):
    n_columns, members = first.coef.shape[1], first.members
    link = "raw" if first.links == ["raw"] else "sigmoid"
    coef, bias, points = [], [], []
    for m in range(members):
        for e, p in zip(est.estimators_, parts):
            if p is None:
                c, b = _constant(e, n_columns, link)
                coef.append(c[0])
                bias.append(b[0])
            else:
                coef.append(p.coef[m])
                bias.append(p.bias[m])
            if first.calibration is not None:
                points.append(_constant_points(e, first) if p is None else _points(p)[m])
    calibration = None
    if first.calibration is not None:
        share = "none" if multi_label else "mean"
        calibration = dict(first.calibration, normalize=share, points=points)
    return heads.Head(
        labels,
        np.array(coef),
        np.array(bias),
        [link],
        _ovr_outputs(est, parts) if members == 1 else None,
        members,
        multi_label,
        calibration=calibration,
        ranks_by_decision=first.ranks_by_decision and not multi_label,
        passes=first.passes,
    )


def _ovr_outputs(est, parts):
    if any(p is None or p.outputs is None for p in parts):
        return None
    return lambda x: np.hstack([p.outputs(x) for p in parts])


def _points(head):
    return head.calibration["points"]


def _constant_points(est, first):
    y = float(est.y_[0])
    if first.calibration["method"] == "sigmoid":
        return 0.0, math.copysign(1000.0, 0.5 - y)
    return np.array([0.0, 1.0]), np.array([y, y])


# ---- CalibratedClassifierCV ----------------------------------------------------------------------


def _sigmoid_points(calibrator):
    return float(calibrator.a_), float(calibrator.b_)


def _isotonic_points(calibrator):
    x = np.asarray(calibrator.X_thresholds_, dtype=np.float64)
    y = np.asarray(calibrator.y_thresholds_, dtype=np.float64)
    if len(x) == 1:
        x, y = np.array([x[0], x[0] + 1.0]), np.repeat(y, 2)
    return x, y


def _calibrated(est):
    members = est.calibrated_classifiers_
    method, labels = members[0].method, list(est.classes_)
    if method not in ("sigmoid", "isotonic", "temperature"):
        refuse_parameter(est, "method", method, "use 'sigmoid' or 'isotonic'")
    if len(members) == 1:
        chain, head = split(members[0].estimator)
        parts = [head]
    else:
        chain, parts = [], [_member(m.estimator, "CalibratedClassifierCV") for m in members]
    for m, p in zip(members, parts):
        # For temperatures the classifiers are fitted on numbers of labels.
        if list(m.estimator.classes_) not in (labels, list(range(len(labels)))):
            raise ExportError(
                "CalibratedClassifierCV: a fold without some of the classes",
                "use fewer or stratified folds",
            )
        if p.multi_label or p.members > 1 or p.calibration and method == "temperature":
            raise ExportError(
                "CalibratedClassifierCV over %s" % type(m.estimator).__name__,
                "winnow calibrates single linear classifiers",
            )
    of_probability = not hasattr(members[0].estimator, "decision_function")
    if method == "temperature":
        return chain, _tempered(members, parts, labels, of_probability)
    parts = [heads.difference(p) for p in parts]
    read = _sigmoid_points if method == "sigmoid" else _isotonic_points
    calibration = {
        "method": method,
        "input": "probability" if of_probability else "decision",
        "normalize": "members",
        "points": [read(c) for m in members for c in m.calibrators],
    }
    if of_probability and any(p.calibration for p in parts):
        raise ExportError(
            "CalibratedClassifierCV over a calibrated classifier", "calibrate once"
        )
    return chain, replace(_stacked(parts, labels), calibration=calibration)


def _tempered(members, parts, labels, of_probability):
    """softmax(beta * decisions): beta goes into the coefficients."""
    if of_probability:
        raise ExportError(
            "CalibratedClassifierCV(method='temperature') over probabilities",
            "use an estimator with decision_function, or method 'sigmoid'",
        )
    scaled = []
    for m, p in zip(members, parts):
        beta = float(m.calibrators[0].beta_)
        scaled.append(replace(p, coef=p.coef * beta, bias=p.bias * beta, outputs=None))
    return replace(_stacked(scaled, labels), links=["softmax"], ranks_by_decision=False)


def _stacked(parts, labels):
    """One Head with the outputs of several, member by member."""
    first = parts[0]
    if any(p.passes != first.passes for p in parts):
        raise ExportError("members with different thresholds of binarize", "make them alike")
    outputs = None
    if all(p.outputs is not None for p in parts):
        outputs = lambda x: np.hstack([p.outputs(x) for p in parts])  # noqa: E731
    return replace(
        first,
        labels=labels,
        coef=np.vstack([p.coef for p in parts]),
        bias=np.concatenate([p.bias for p in parts]),
        outputs=outputs,
        members=len(parts),
        calibration=None,
        ranks_by_decision=False,
        notes=[],
    )


# ---- VotingClassifier ----------------------------------------------------------------------------


def _voting(est):
    if est.voting != "soft":
        refuse_parameter(est, "voting", est.voting, "use voting='soft', the mean of probabilities")
    weights = est._weights_not_none
    if weights is not None and len(set(map(float, weights))) > 1:
        refuse_parameter(est, "weights", est.weights, "winnow's members count alike")
    parts = [heads.difference(_member(e, "VotingClassifier")) for e in est.estimators_]
    for e, p in zip(est.estimators_, parts):
        if p.calibration is not None or p.members > 1 or p.links == ["raw"]:
            raise ExportError(
                "VotingClassifier over %s" % type(e).__name__,
                "its members have to be linear classifiers with probabilities of their own",
            )
    if len({p.links[0] for p in parts}) > 1:
        raise ExportError(
            "VotingClassifier over %s" % ", ".join(type(e).__name__ for e in est.estimators_),
            "its members need the same kind of probabilities",
        )
    return [], _stacked(parts, list(est.classes_))


# ---- Thresholds ----------------------------------------------------------------------------------


def _threshold(est):
    inner = est.estimator_ if hasattr(est, "estimator_") else est.estimator
    chain, head = split(inner)
    if not head.is_binary:
        raise ExportError("%s with other than two classes" % type(est).__name__, "not known")
    cut, response = _cut(est, inner)
    positive = getattr(est, "pos_label", None)
    if hasattr(est, "_curve_scorer"):
        positive = est._curve_scorer._get_pos_label()
    number = 1 if positive is None else head.labels.index(positive)
    return chain, replace(head, cut=heads.Cut(number, cut, response))


def _cut(est, inner):
    """(threshold, the name of the response that it cuts)."""
    names = est._get_response_method()
    names = [names] if isinstance(names, str) else names
    response = next(n for n in names if hasattr(inner, n))
    cut = getattr(est, "best_threshold_", None)
    if cut is None:
        cut = est.threshold
    if isinstance(cut, str):  # "auto"
        cut = 0.0 if response == "decision_function" else 0.5
    return float(cut), response


WRAPPERS = {
    "Pipeline": _pipeline,
    "GridSearchCV": _search,
    "RandomizedSearchCV": _search,
    "HalvingGridSearchCV": _search,
    "HalvingRandomSearchCV": _search,
    "FrozenEstimator": _frozen,
    "OneVsRestClassifier": _one_vs_rest,
    "CalibratedClassifierCV": _calibrated,
    "VotingClassifier": _voting,
    "FixedThresholdClassifier": _threshold,
    "TunedThresholdClassifierCV": _threshold,
}


def split(est):
    """(transformers, Head) of any fitted classifier."""
    name = type(est).__name__
    if is_of_sklearn(est) and name in WRAPPERS:
        return WRAPPERS[name](est)
    return [], heads.of_classifier(est)
