"""answers.py - do the contenders say the same? Label agreement and the largest |dp|.

The fast path is held against fastText's exact probabilities. Those come from the peer built without
its 1e-5 (peer.py); where only a common fastText is there, softmax probabilities minus 1e-5 stand for
them. `exact` and everything else prints what its peer prints, 1e-5 and all, and is compared with that.
"""

import csv
from dataclasses import dataclass

ADDED = 1e-5  # what fastText adds to a probability
BOUND = 1e-5  # of the fast path, on |dp|
PRINTED = 1.1e-6  # two numbers of six digits each: half a unit of the last one, twice
UNDECIDED = 2 * BOUND  # labels whose probabilities are closer may change places


@dataclass
class Agreement:
    n: int
    same: int
    beyond: int  # other labels although the reference's first two differ by more than UNDECIDED
    max_dp: float  # over records with the same label
    problem: str = ""

    def share(self):
        return self.same / self.n if self.n else 0.0


def read_fasttext(path):
    """[(label, p, gap to the second label or 1)] of `predict-prob` with k = 1 or 2."""
    rows = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            p = float(words[1]) if words else 0.0
            gap = p - float(words[3]) if len(words) > 3 else 1.0
            rows.append((words[0] if words else "", p, gap))
    return rows


def read_tsv(path):
    """The same of `winnow classify --format tsv` with one model: label and p are columns 6 and 7."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return [(r[5], float(r[6] or 0), 1.0) for r in rows]


def read_liblinear(path):
    """Of LIBLINEAR's output with -b 1: `labels 3 1 2`, then label and a p for each label."""
    with open(path, encoding="ascii") as file:
        labels = next(file).split()[1:]
        at = {label: i for i, label in enumerate(labels, 1)}
        rows = []
        for line in file:
            words = line.split()
            rows.append((words[0], float(words[at[words[0]]]), 1.0))
        return rows


def compare(reference, answers, added=0.0):
    """`added` is what the reference's probabilities have in excess."""
    if len(reference) != len(answers):
        return Agreement(max(len(reference), len(answers)), 0, 1, 1.0,
                         f"{len(reference)} answers against {len(answers)}")
    same = beyond = 0
    worst = 0.0
    for (label, p, gap), (other, q, _) in zip(reference, answers):
        if label == other:
            same += 1
            # The excess is cut off at 1 too: a reference of 1.00001 stands for 1.
            expected = min(max(p - added, 0.0), 1.0) if added else p
            worst = max(worst, abs(expected - q))
        elif gap > UNDECIDED:
            beyond += 1
    return Agreement(len(reference), same, beyond, worst)
