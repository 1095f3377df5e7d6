"""fasttext_cli - fastText candidates for `compare`, trained with the fasttext command.

A target is written as often as it counts.  Lines are normalised text, shuffled with a fixed seed; one thread, so that runs repeat.
"""

import os
import random
import shutil
import subprocess
import tempfile

import numpy as np

from .normalize import normalize

LABEL = "__label__"


def available():
    return shutil.which("fasttext") is not None


def _line(text, steps):
    return " ".join(normalize(text, steps).split())


def candidate(targets, texts, labels, steps, options, quantize=None):
    """(probabilities [n][n_labels] of texts, size of the model file in bytes)."""
    lines = []
    for text, label, n in zip(targets.texts, targets.labels(), targets.copies):
        line = "%s%s %s" % (LABEL, label, _line(text, steps))
        lines.extend([line] * n)
    random.Random(1).shuffle(lines)
    with tempfile.TemporaryDirectory() as folder:
        train, query = os.path.join(folder, "train.txt"), os.path.join(folder, "query.txt")
        for path, content in ((train, lines), (query, [_line(t, steps) for t in texts])):
            with open(path, "w", encoding="utf-8") as f:
                f.writelines(line + "\n" for line in content)
        base = os.path.join(folder, "model")
        common = ["-input", train, "-output", base, "-thread", "1", "-verbose", "0"]
        _run(["supervised", *common, "-seed", "1", "-loss", "softmax", *_options(options)])
        model = base + ".bin"
        if quantize:
            _run(["quantize", *common, *_options(quantize)])
            model = base + ".ftz"
        told = _run(["predict-prob", model, query, str(len(labels))])
        p = np.zeros((len(texts), len(labels)))
        for row, line in enumerate(told.split("\n")[: len(texts)]):
            words = line.split()
            for label, value in zip(words[::2], words[1::2]):
                p[row, labels.index(label[len(LABEL) :])] = float(value)
        return p, os.path.getsize(model)


def _options(options):
    return [part for key, value in options.items() for part in ("-" + key, *str(value).split())]


def _run(arguments):
    return subprocess.run(
        ["fasttext", *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ).stdout.decode("utf-8")
