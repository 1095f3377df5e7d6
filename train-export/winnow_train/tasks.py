"""tasks - the two tasks, topic and promo: training, evaluation and comparison of families."""

import platform
import time

import numpy as np
import sklearn

from . import calibrate, data, fasttext_cli, linear, probes, recipes
from . import manifest as files
from .metrics import Evaluation, average_precision
from .model import Model


def targets_of(task, folder):
    r = recipe_of(task)
    if task == "topic":
        return data.topic_targets(folder, r["read_copies"])
    return data.promo_targets(folder, r["by_copies"], r["count_cap"])


def recipe_of(task):
    return {"topic": recipes.TOPIC, "promo": recipes.PROMO}[task]


def train(task, folder, out, say=print):
    """Trains a task's model from a data folder and writes its JSON twin."""
    recipe = recipe_of(task)
    spec = recipe["spec"]
    design, fit = linear.train(spec, targets_of(task, folder), say)
    fit, told = calibrated(design, fit, folder, recipe)
    about = dict(recipe["about"])
    about["trainer"] = "winnow_train, scikit-learn %s, Python %s" % (
        sklearn.__version__, platform.python_version(),
    )  # fmt: skip
    manifest, rounded = linear.export(about, spec, design.vocabularies, fit, recipe["encoding"])
    dev = data.read_rows(folder, "dev")
    x = linear.matrix(design.vocabularies, [r["text"] for r in dev])
    say("%s; dev before rounding: %s" % (told, _line(dev, fit, fit.probabilities(x))))
    say(
        "dev after rounding to %s: %s"
        % (recipe["encoding"], _line(dev, fit, rounded.probabilities(x)))
    )
    if recipe["context"]:
        manifest["context"] = "context"
        manifest["arrays"]["context"] = files.array(recipe["context"], "f64")
    manifest["probes"] = probes.with_scores(Model(manifest), probes.TEXTS[task])
    files.write(out, manifest)
    return manifest


def calibrated(design, fit, folder, recipe):
    """(calibrated Fit, what was done): on dev, and on train rows scored by fits without their group."""
    rows = data.calibration_rows(folder)
    logits = fit.logits(linear.matrix(design.vocabularies, [text for text, _ in rows]))
    accepted = [labels for _, labels in rows]
    if recipe["held_out_folds"]:
        held, more = design.held_out(recipe["held_out_folds"])
        logits = np.vstack([logits, more])
        accepted += [design.targets.accepted[i] for i in held]
    if fit.link == "softmax":
        scale, offsets = calibrate.fit(logits, accepted, fit.labels, recipe["label_offsets"])
    else:
        scale, offsets = calibrate.fit_shares(logits, accepted, fit.labels)
    told = "calibrated on %d rows: scale %s, offsets %s" % (
        len(accepted), _numbers(scale), _numbers(offsets),
    )  # fmt: skip
    return (
        linear.Fit(fit.labels, *calibrate.fold(fit.coef, fit.bias, scale, offsets), fit.link),
        told,
    )


def _numbers(values):
    return " ".join("%.3f" % v for v in np.atleast_1d(values))


def _evaluation(rows, labels, p):
    return Evaluation(labels, [data.accepted_labels(r) for r in rows], p)


def _line(rows, fit, p):
    e = _evaluation(rows, fit.labels, p)
    return "accuracy %.4f strict %.4f ece %.3f" % (e.accuracy(), e.strict(), e.ece())


def two_classes(labels, rows, p):
    """(rows, labels, p) of a promo model read as promotional against editorial."""
    keep = [i for i, r in enumerate(rows) if r["label"] != "boilerplate"]
    names = ["editorial", "promotional"]
    q = p[keep][:, [labels.index(n) for n in names]]
    return [rows[i] for i in keep], names, q / q.sum(axis=1, keepdims=True)


def report(rows, labels, p):
    """A Markdown table of an evaluation: per label counts, precision, recall, F1, intervals."""
    e = _evaluation(rows, labels, p)
    everything = np.arange(len(rows))
    lo, hi = e.interval(lambda r: e.right[r].mean())
    slo, shi = e.interval(lambda r: e.right_strict[r].mean())
    out = [
        "%d paragraphs. Accuracy %.3f (%.3f-%.3f) accepted, %.3f (%.3f-%.3f) strict. ECE %.3f."
        % (len(rows), e.accuracy(), lo, hi, e.strict(), slo, shi, e.ece()),
        "",
        "| label | rows (first / any) | predicted | precision | recall | F1 (95 %) |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for label in labels:
        first = sum(a[0] == label for a in e.accepted)
        some = sum(label in a for a in e.accepted)
        precision, recall, f1 = e.f1(label, everything)
        lo, hi = e.interval(lambda r: e.f1(label, r)[2], 300)
        out.append(
            "| %s | %d / %d | %d | %s | %s | %s (%s-%s) |"
            % (
                label,
                first,
                some,
                e.predicted.count(label),
                *map(_number, (precision, recall, f1, lo, hi)),
            )
        )
    return "\n".join(out)


def _number(x):
    return "-" if x != x else "%.3f" % x


def evaluate(task, folder, model_path, splits, say=print):
    """Prints the tables of a JSON model on some splits of a data folder."""
    model = Model.open(model_path)
    for split in splits:
        rows = data.read_rows(folder, split)
        p = model.score_all([r["text"] for r in rows])
        say("\n### %s on %s\n" % (model.name, split))
        say(report(rows, model.labels, p))
        if task == "promo":
            two, names, q = two_classes(model.labels, rows, p)
            say("\nPromotional against editorial (boilerplate rows left out):\n")
            say(report(two, names, q))
            area = average_precision(q[:, 1], [r["label"] == "promotional" for r in two])
            say("\nArea under the precision-recall curve of promotional: %.3f." % area)


# Candidates of `compare`: name -> a spec for linear.train, with the shipped recipe's steps and C.
# Where n_terms is given the model file stays within 4 MB.
def _candidates(task):
    topic = task == "topic"
    tokens, min_df = ("letters", 3) if topic else ("nonspace", 2)
    single, words = recipes.words(tokens, 1), recipes.words(tokens, 2)
    chars, char_df = (recipes.chars_wb(4, 5), 10) if topic else (recipes.chars_wb(2, 5), 3)
    block = recipes.block
    plans = {
        "words 1": [block(single, min_df)],
        "words 1-2, all terms": [block(words, min_df)],
        "words 1-2, 110,000 terms": [block(words, min_df, 110000)],
        "words 1-2 hashed to 2^18, 110,000 columns": [block(words, min_df, 110000, 1 << 18)],
        "chars_wb %d-%d, 110,000 terms" % tuple(chars["ngrams"]): [block(chars, char_df, 110000)],
        "words 1-2 + chars_wb %d-%d, 55,000 terms each"
        % tuple(chars["ngrams"]): [block(words, min_df, 55000), block(chars, char_df, 55000)],
    }
    shipped = recipe_of(task)["spec"]
    return {name: {**shipped, "blocks": blocks} for name, blocks in plans.items()}


_FASTTEXT = [
    ({"dim": 16, "wordNgrams": 1, "epoch": 10, "lr": 0.5}, None),
    ({"dim": 16, "wordNgrams": 2, "epoch": 8, "lr": 0.5}, None),
    ({"dim": 50, "wordNgrams": 2, "epoch": 8, "lr": 0.5}, None),
    (
        {"dim": 50, "wordNgrams": 2, "epoch": 8, "lr": 0.5},
        {"qnorm": "", "retrain": "", "epoch": 3, "lr": 0.2, "cutoff": 100000, "dsub": 2},
    ),
]


def compare(task, folder, only="", say=print):
    """Prints the families' accuracy on dev, LR with its rows rounded as they would ship.

    Test and gold rows are never looked at here.  `only` is a part of the candidates' names.
    """
    targets = targets_of(task, folder)
    dev = data.read_rows(folder, "dev")
    texts = [r["text"] for r in dev]
    key = "security/terrorism" if task == "topic" else "promotional"
    say("| family | accuracy on dev | strict | F1 %s | size | seconds |" % key)
    say("| --- | --- | --- | --- | --- | --- |")

    def row(name, labels, p, size, begin):
        e = _evaluation(dev, labels, p)
        say(
            "| %s | %.4f | %.4f | %.4f | %s | %.0f |"
            % (name, e.accuracy(), e.strict(), e.f1(key)[2], size, time.monotonic() - begin)
        )

    for name, spec in _candidates(task).items():
        name = "LR, " + name
        if only not in name:
            continue
        begin = time.monotonic()
        design, fit = linear.train(spec, targets, lambda _: None)
        manifest, fit = linear.export(
            {}, spec, design.vocabularies, fit, recipe_of(task)["encoding"]
        )
        size = sum(len(a["data"]) for a in manifest["arrays"].values()) * 3 / 4e6
        p = fit.probabilities(linear.matrix(design.vocabularies, texts))
        row(name, fit.labels, p, "%.1f MB" % size, begin)
    if not fasttext_cli.available():
        say("(no fasttext command: its candidates are left out)")
        return
    labels = sorted(set(targets.labels()))
    steps = [recipes.FOLD, recipes.LOWER, recipes.ZERO, recipes.SPACE]
    for options, quantize in _FASTTEXT:
        name = "fastText dim %(dim)d, words 1-%(wordNgrams)d" % options
        name += ", quantised" if quantize else ""
        if only not in name:
            continue
        begin = time.monotonic()
        options = {**options, "minCount": 3 if task == "topic" else 2, "bucket": 200000}
        p, size = fasttext_cli.candidate(targets, texts, labels, steps, options, quantize)
        row(name, labels, p, "%.1f MB" % (size / 1e6), begin)


def score(model_path, path, say=print):
    """Prints each line of a text file with the two best labels."""
    model = Model.open(model_path)
    with open(path, "rb") as f:
        lines = f.read().splitlines()
    for line in lines:
        p = model.scores(line)
        best = np.argsort(-p, kind="stable")[:2]
        told = "  ".join("%s %.3f" % (model.labels[i], p[i]) for i in best)
        say("%-60s %s" % (told, line.decode("utf-8", "replace")[:60]))
