"""metrics - what evaluation reports: accuracy, F1 a label, intervals, calibration.

A row may have several labels: a prediction is *accepted* when it is any of them, *strict* when it
is the first.  For a label's precision a prediction is right when the row lists the label; for its
recall only rows with the label first count, and a prediction of another listed label is no miss.
"""

import numpy as np

BOOTSTRAP_SEED = 20231


class Evaluation:
    """Rows' accepted labels against [n][n_labels] probabilities."""

    def __init__(self, labels, accepted, probabilities):
        self.labels = list(labels)
        self.accepted = accepted
        self.p = np.asarray(probabilities)
        self.best = self.p.argmax(axis=1)
        self.predicted = [self.labels[i] for i in self.best]
        self.confidence = self.p.max(axis=1)
        # [n][n_labels] which labels a row accepts, and its first; -1 is a label the model has not ("none").
        self.accepts = np.array([[l in a for l in self.labels] for a in accepted]).reshape(
            len(accepted), -1
        )
        self.first = np.array(
            [self.labels.index(a[0]) if a[0] in self.labels else -1 for a in accepted]
        )
        self.right = self.accepts[np.arange(len(accepted)), self.best].astype(float)
        self.right_strict = (self.best == self.first).astype(float)

    def accuracy(self):
        return float(self.right.mean())

    def strict(self):
        return float(self.right_strict.mean())

    def counts(self, label, rows=None):
        """(tp, fp, fn) of a label, under the rule above."""
        at = self.labels.index(label)
        rows = np.arange(len(self.best)) if rows is None else rows
        said, right = self.best[rows] == at, self.right[rows] > 0
        missed = ~said & (self.first[rows] == at) & ~right
        return int((said & right).sum()), int((said & ~right).sum()), int(missed.sum())

    def f1(self, label, rows=None):
        """(precision, recall, f1); nan where undefined."""
        return prf(*self.counts(label, rows))

    def macro_f1(self, rows=None):
        """The mean F1 of the labels that have one."""
        found = [self.f1(label, rows)[2] for label in self.labels]
        return float(np.nanmean(found))

    def interval(self, measure, rounds=1000):
        """The 95 % bootstrap interval of measure(rows), rows drawn with replacement."""
        rng = np.random.default_rng(BOOTSTRAP_SEED)
        n = len(self.predicted)
        found = [measure(rng.integers(0, n, n)) for _ in range(rounds)]
        return tuple(np.nanpercentile(found, [2.5, 97.5]))

    def ece(self, bins=15):
        """Expected calibration error of the first label, bins of equal mass."""
        order = np.argsort(self.confidence, kind="stable")
        total = 0.0
        for part in np.array_split(order, bins):
            if len(part):
                total += len(part) * abs(self.right[part].mean() - self.confidence[part].mean())
        return float(total / len(order))


def prf(tp, fp, fn):
    precision = tp / (tp + fp) if tp + fp else float("nan")
    recall = tp / (tp + fn) if tp + fn else float("nan")
    return precision, recall, 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else float("nan")


def binary_f1(said, true):
    """F1 of a yes-or-no answer."""
    said, true = np.asarray(said, bool), np.asarray(true, bool)
    return prf(int((said & true).sum()), int((said & ~true).sum()), int((~said & true).sum()))[2]


def average_precision(scores, positive):
    """Area under the precision-recall steps; ties share a step."""
    scores, positive = np.asarray(scores), np.asarray(positive, float)
    order = np.argsort(-scores, kind="stable")
    s, y = scores[order], positive[order]
    ends = np.append(np.nonzero(np.diff(s))[0], len(s) - 1)
    tp = np.cumsum(y)[ends]
    recall = tp / y.sum()
    return float(np.sum(np.diff(np.append(0.0, recall)) * tp / (ends + 1)))
