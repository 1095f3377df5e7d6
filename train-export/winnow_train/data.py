"""data - the rows of the topic and promo folders, with the labels and weights used in training.

A folder holds {train,dev,test}.jsonl.gz as prepare/ writes them; topic also hand_train.jsonl.gz
and, where it is there, gold_dev.jsonl.gz.
"""

import gzip
import json
import os


def read_rows(folder, name):
    """The rows of folder/name.jsonl.gz in file order."""
    with gzip.open(os.path.join(folder, name + ".jsonl.gz"), "rt", encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def has_rows(folder, name):
    return os.path.exists(os.path.join(folder, name + ".jsonl.gz"))


class Targets:
    """Training rows as parallel lists; a text with several labels can stand once for each.

    Target i has the text texts[rows[i]] and the label labels[i], and counts copies[i] times.
    """

    def __init__(self):
        self.texts, self.rows, self.labels, self.copies = [], [], [], []

    def add(self, text, labels, copies):
        """Adds a text; copies[i] is how often it stands for labels[i]."""
        for label, n in zip(labels, copies):
            if n > 0:
                self.rows.append(len(self.texts))
                self.labels.append(label)
                self.copies.append(n)
        self.texts.append(text)


def topic_targets(folder, hand_copies, second_copies):
    """Train rows of the topic set.

    A row read by hand takes the reader's labels and counts hand_copies times; one that the reader
    gave no topic ("none" alone) is left out.  Its further labels count second_copies times each.
    """
    hand = {r["id"]: r["labels"] for r in read_rows(folder, "hand_train")}
    out = Targets()
    for r in read_rows(folder, "train"):
        labels = [l for l in hand.get(r["id"], r["labels"]) if l != "none"]
        if labels:
            first = hand_copies if r["id"] in hand else 1
            out.add(r["text"], labels, [first] + [second_copies] * (len(labels) - 1))
    return out


def promo_targets(folder, by_copies, count_cap):
    """Train rows of the promo set: copies = by_copies[by] * min(count, count_cap)."""
    out = Targets()
    for r in read_rows(folder, "train"):
        out.add(r["text"], [r["label"]], [by_copies[r["by"]] * min(r["count"], count_cap)])
    return out


def accepted_labels(row):
    """The labels of a row of either set, best first."""
    return row["labels"] if "labels" in row else [row["label"]]
