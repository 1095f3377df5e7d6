"""quality - the comparison behind the cards: model families on dev, test and gold, as Markdown.

Every family is trained on the same rows and calibrated the same way (one scale, and label offsets where the
recipe has them, on dev).  Nothing is chosen here: recipes.py holds what was chosen, on dev alone.
"""

import time

import numpy as np

from . import calibrate, data, fasttext_cli, linear, recipes, tasks
from .link import softmax
from .metrics import Evaluation, average_precision, binary_f1

ROUNDS = 300  # of the bootstrap


class Family:
    """A trained family: labels, and probabilities(texts)."""

    def __init__(self, name, labels, probabilities):
        self.name, self.labels, self.probabilities = name, labels, probabilities


def plain(task, fit, strength):
    """A spec of tf-idf of words 1-2 alone, with the shipped recipe's text steps."""
    spec = tasks.recipe_of(task)["spec"]
    tokens = spec["blocks"][0]["fields"]["tokens"]
    return {
        **spec,
        "blocks": [recipes.block(recipes.words(tokens, 2), 2)],
        "fit": fit,
        "strength": strength,
    }


def linear_family(name, spec, targets, folder, recipe, rounded=False):
    design, fit = linear.train(spec, targets, lambda _: None)
    fit, _ = tasks.calibrated(design, fit, folder, recipe)
    if rounded:
        _, fit = linear.export({}, spec, design.vocabularies, fit, recipe["encoding"])
    return Family(
        name, fit.labels, lambda texts: fit.probabilities(linear.matrix(design.vocabularies, texts))
    )


def fasttext_family(task, targets, folder, recipe):
    """fastText with words 1-2 and 16 dimensions; its logarithms are scaled on dev like the others' logits."""
    labels = sorted(set(targets.labels()))
    steps = recipe["spec"]["steps"]
    options = {"dim": 16, "wordNgrams": 2, "epoch": 8, "lr": 0.5}
    options.update({"minCount": 3 if task == "topic" else 2, "bucket": 200000})

    def logits(texts):
        p, _ = fasttext_cli.candidate(targets, texts, labels, steps, options)
        return np.log(np.maximum(p, 1e-6))

    rows = data.calibration_rows(folder)
    on_dev = logits([text for text, _ in rows])
    scale, offsets = calibrate.fit(on_dev, [a for _, a in rows], labels, recipe["label_offsets"])
    return Family("fastText-style", labels, lambda texts: softmax(scale * logits(texts) + offsets))


def ensemble(name, families):
    """The mean of the families' probabilities."""

    def probabilities(texts):
        return np.mean([f.probabilities(texts) for f in families], axis=0)

    return Family(name, families[0].labels, probabilities)


def families(task, folder):
    """Each family as it is ready."""
    recipe, targets = tasks.recipe_of(task), tasks.targets_of(task, folder)
    if fasttext_cli.available():
        yield fasttext_family(task, targets, folder, recipe)
    own = {**recipe, "held_out_folds": 0}
    strength = (30.0, 0.3) if task == "topic" else (4.0, 0.2)
    named = (
        ("tf-idf, logistic regression", plain(task, "regression", strength[0])),
        ("tf-idf, linear SVM, calibrated", plain(task, "margins", strength[1])),
    )
    both = [linear_family(name, spec, targets, folder, own) for name, spec in named]
    yield from both
    yield ensemble("mean of these two", both)
    yield linear_family("as shipped", recipe["spec"], targets, folder, recipe, rounded=True)


def figure(e, measure):
    """A measure of rows with its 95 % interval."""
    lo, hi = e.interval(measure, ROUNDS)
    return "%.3f (%.3f-%.3f)" % (measure(np.arange(len(e.best))), lo, hi)


def overall(e):
    return [
        figure(e, lambda r: e.right[r].mean()),
        figure(e, lambda r: e.right_strict[r].mean()),
        figure(e, e.macro_f1),
        "%.3f" % e.ece(),
    ]


def security_figures(rows, e):
    """F1 of terrorism and of security/* where rows have a reader's answers, with the rows counted.

    Terrorism: rows with "terror" yes or no, yes is true; said where the best label is
    security/terrorism.  security/*: true where "terror" is not no or a security label is accepted; said
    where the best label is one of the two.
    """
    answered = np.array([r["terror"] != "partly" for r in rows])
    terror = np.array([r["terror"] == "yes" for r in rows])
    security = np.array(
        [r["terror"] != "no" or any(l.startswith("security/") for l in r["labels"]) for r in rows]
    )
    said_terror = np.array([p == "security/terrorism" for p in e.predicted])
    said_security = np.array([p.startswith("security/") for p in e.predicted])

    def of_terror(r):
        r = r[answered[r]]
        return binary_f1(said_terror[r], terror[r])

    def of_security(r):
        return binary_f1(said_security[r], security[r])

    return [figure(e, of_terror), figure(e, of_security)], "%d terrorism of %d, %d security of %d" % (
        terror.sum(), answered.sum(), security.sum(), len(rows),
    )  # fmt: skip


def promo_figures(rows, labels, p):
    """Two-class accuracy, F1 and area of promotional against editorial."""
    two, names, q = tasks.two_classes(labels, rows, p)
    e = Evaluation(names, [data.accepted_labels(r) for r in two], q)
    true = np.array([r["label"] == "promotional" for r in two])
    return [
        figure(e, lambda r: e.right[r].mean()),
        figure(e, lambda r: e.f1("promotional", r)[2]),
        figure(e, lambda r: average_precision(q[r, 1], true[r])),
    ]


def splits_of(task, folder):
    """name -> rows of what is measured."""
    found = {"dev": data.read_rows(folder, "dev"), "test": data.read_rows(folder, "test")}
    if task == "topic":
        found["dev, read rows"] = data.read_dev(folder)
        if data.has_rows(folder, "gold_dev"):
            found["gold_dev"] = data.read_rows(folder, "gold_dev")
    return found


def compare(task, folder, say=print):
    """Prints a table a split, and the shipped recipe's tables by label."""
    begin, splits = time.monotonic(), splits_of(task, folder)
    lines, last, counts = {name: [] for name in splits}, {}, {}
    for family in families(task, folder):
        for name, rows in splits.items():
            p = family.probabilities([r["text"] for r in rows])
            e = Evaluation(family.labels, [data.accepted_labels(r) for r in rows], p)
            cells = overall(e)
            counts[name] = "%d rows" % len(rows)
            if task == "promo":
                cells = cells[:1] + cells[2:] + promo_figures(rows, family.labels, p)
            elif "terror" in rows[0]:
                more, told = security_figures(rows, e)
                cells += more
                counts[name] += ", " + told
            lines[name].append("| %s | %s |" % (family.name, " | ".join(cells)))
            last[name] = (rows, family.labels, p)
    for name, rows in splits.items():
        heads = ["family", "accuracy, accepted", "strict", "macro-F1", "ECE"]
        if task == "promo":
            heads = [
                "family",
                "accuracy, three classes",
                "macro-F1",
                "ECE",
                "two classes",
                "F1 promotional",
                "PR-AUC",
            ]
        elif "terror" in rows[0]:
            heads += ["F1 terrorism", "F1 security/*"]
        say("\n### %s: %s\n\n%s.\n" % (task, name, counts[name]))
        say("| %s |\n|%s" % (" | ".join(heads), " --- |" * len(heads)))
        for line in lines[name]:
            say(line)
    for name, (rows, labels, p) in last.items():
        say("\n### %s: as shipped, by label, on %s\n" % (task, name))
        say(tasks.report(rows, labels, p))
    say("\n(%s: %.0f seconds)" % (task, time.monotonic() - begin))
