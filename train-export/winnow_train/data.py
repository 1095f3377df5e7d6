"""data - the rows of the topic and promo folders, with the labels and weights used in training.

A folder holds {train,dev,test}.jsonl.gz as prepare/ writes them; topic also hand_train.jsonl.gz
and, where it is there, gold_dev.jsonl.gz.  ../labels/ has further labels of rows read one by one.
"""

import gzip
import json
import os
import zlib

LABELS_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "labels")


def read_rows(folder, name):
    """The rows of folder/name.jsonl.gz in file order."""
    with gzip.open(os.path.join(folder, name + ".jsonl.gz"), "rt", encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def has_rows(folder, name):
    return os.path.exists(os.path.join(folder, name + ".jsonl.gz"))


def read_labels(name):
    """{id: row} of labels/name.jsonl.gz; empty where the file is missing."""
    return (
        {r["id"]: r for r in read_rows(LABELS_FOLDER, name)}
        if has_rows(LABELS_FOLDER, name)
        else {}
    )


class Targets:
    """Training rows as parallel lists: text i has accepted[i], best first, and counts copies[i] times.

    A row's group is what is held out together in cross-validation; checked rows are fit to calibrate on.
    """

    def __init__(self):
        self.texts, self.accepted, self.copies, self.groups, self.checked = [], [], [], [], []

    def add(self, text, accepted, copies=1, group="", checked=False):
        self.texts.append(text)
        self.accepted.append(list(accepted))
        self.copies.append(copies)
        self.groups.append(group)
        self.checked.append(checked)

    def labels(self):
        """The first label of every text."""
        return [a[0] for a in self.accepted]

    def fold_of(self, n_folds):
        """The fold of every text, by its group, the same on every machine."""
        return [zlib.crc32(g.encode("utf-8")) % n_folds for g in self.groups]


def topic_targets(folder, read_copies):
    """Train rows of the topic set; one that a reader gave no topic is left out.

    A row that was read takes the reader's labels and counts read_copies times.
    """
    read = {**{r["id"]: r for r in read_rows(folder, "hand_train")}, **read_labels("topic_read")}
    out = Targets()
    for r in read_rows(folder, "train"):
        labels = [l for l in read.get(r["id"], r)["labels"] if l != "none"]
        if labels:
            checked = r["id"] in read
            out.add(
                r["text"], labels, read_copies if checked else 1, r["id"].rsplit("-", 1)[0], checked
            )
    return out


def promo_targets(folder, by_copies, count_cap):
    """Train rows of the promo set: copies = by_copies[by] * min(count, count_cap).

    A weak row that was read becomes a hand row, or is left out when its reader found it ambiguous.
    Checked, and so good to calibrate on, are the rows drawn as test was drawn ("cut" in hand_labels);
    the other hand rows were chosen because they are hard.
    """
    read = read_labels("promo_read")
    drawn = set()
    if has_rows(folder, "hand_labels"):
        drawn.update(r["id"] for r in read_rows(folder, "hand_labels") if r.get("read") == "cut")
    out = Targets()
    for r in read_rows(folder, "train"):
        label = read.get(r["id"], r)["label"]
        if label != "ambiguous":
            by = "hand" if r["id"] in read else r["by"]
            copies = by_copies[by] * min(r["count"], count_cap)
            out.add(r["text"], [label], copies, r["source"], r["id"] in drawn)
    return out


def calibration_rows(folder):
    """Dev rows, with a reader's labels where there are any; those without a topic are left out."""
    read = read_labels("topic_read")
    rows = []
    for r in read_rows(folder, "dev"):
        labels = accepted_labels(read.get(r["id"], r) if "labels" in r else r)
        if labels != ["none"]:
            rows.append((r["text"], labels))
    return rows


def read_dev(folder):
    """The topic dev rows that were read, with the reader's labels and answers."""
    read = read_labels("topic_read")
    return [{**r, **read[r["id"]]} for r in read_rows(folder, "dev") if r["id"] in read]


def accepted_labels(row):
    """The labels of a row of either set, best first."""
    return row["labels"] if "labels" in row else [row["label"]]
