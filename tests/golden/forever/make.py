#!/usr/bin/env python3
"""make.py - made the models of this folder, and recorded the scores of the programs that own them.

usage: make.py --winnow TOOL --old-winnow TOOL

Needs Debian's fasttext 0.9.2, liblinear-train and liblinear-predict 2.3, scikit-learn. --old-winnow
is a tool that writes version 1 of .winnow (the commit before 80411c6). A file that is there stays as
it is: what was once released has to open for ever. SHA256SUMS is written anew.
"""

import argparse
import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "train-export"))

WORDS = {
    "garden": "soil seed rose tulip hedge spade lawn compost pruning bloom Beet Frühling",
    "kitchen": "flour oven butter whisk simmer broth saffron pastry knife crème onion Löffel",
    "harbour": "tide anchor vessel dock crane cargo pilot beacon rope mooring Schiff køl",
    "музыка": "chord violin tempo choir melody octave drum скрипка ноты хор ритм opus",
}
COMMON = "the a of and in with for its old new two we they was is near".split()
ODD = [
    "", "   ", "the the the", "ROSE Rose rose", "tulip, tulip. tulip!", "x" * 300,
    "zzz qqq unbekannt", "скрипка 🎻 хор", "crème brûlée cre\u0300me", "anchor\u00a0cargo\u2003tide",
    "a_b 12 3.5 __label__garden soil", "don't won't o'clock", "ｆｕｌｌｗｉｄｔｈ rose", "\u0130stanbul tide",
]


def texts_of(seed, n):
    """(label, text) pairs, invented: words of a label among common ones and a few of others."""
    chance = random.Random(seed)
    every = [word for words in WORDS.values() for word in words.split()]
    for i in range(n):
        label = list(WORDS)[i % len(WORDS)]
        words = [chance.choice(chance.choices([WORDS[label].split(), COMMON, every], [5, 4, 1])[0])
                 for _ in range(chance.randint(2, 14))]
        yield label, " ".join(words)


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE,
                          **options).stdout


def put(name, content):
    path = HERE / name
    if path.exists():
        print(f"{name} stays as it is")
        return
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def train_fasttext(folder):
    data = folder / "train.txt"
    data.write_text("".join(f"__label__{label} {text}\n" for label, text in texts_of(1, 400)))
    shape = "-dim 6 -bucket 300 -wordNgrams 2 -minn 2 -maxn 4 -epoch 20 -lr 0.5 -thread 1 -verbose 0"
    for loss in ("softmax", "hs", "ova"):
        run("fasttext", "supervised", "-input", data, "-output", folder / loss, "-loss", loss,
            *shape.split())
        put(f"fasttext_{loss}.bin", (folder / f"{loss}.bin").read_bytes())
    run("fasttext", "quantize", "-input", data, "-output", folder / "softmax", "-qnorm",
        "-cutoff", "320", "-dsub", "2", "-thread", "1", "-verbose", "0")
    put("fasttext.ftz", (folder / "softmax.ftz").read_bytes())


def train_sklearn(folder):
    import joblib
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import FeatureUnion, Pipeline
    from winnow_train.export import export_pipeline, save

    labels, texts = zip(*texts_of(2, 400))
    pipeline = Pipeline([
        ("features", FeatureUnion([
            ("words", TfidfVectorizer(ngram_range=(1, 2), max_features=120, sublinear_tf=True)),
            ("chars", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3), max_features=150)),
        ])),
        ("head", LogisticRegression(C=10)),
    ]).fit(texts, labels)
    joblib.dump(pipeline, folder / "pipeline.joblib")
    path = folder / "linear.json"
    save(export_pipeline(pipeline, probes=list(texts[:5]), name="linear"), str(path))
    put("linear.json", path.read_bytes())
    lines = (HERE / "texts.txt").read_text().split("\n")[:-1]
    rows = [" ".join(pipeline.classes_)]
    rows += [" ".join(map(repr, map(float, row))) for row in pipeline.predict_proba(lines)]
    put("sklearn.scores", "\n".join(rows) + "\n")


def train_liblinear(folder):
    chance = random.Random(3)

    def lines(n):
        for i in range(n):
            label = i % 3
            columns = sorted(chance.sample(range(1, 31), 8))
            yield f"{label + 1} " + " ".join(
                f"{c}:{chance.gauss(2 if c % 3 == label else 0, 1):.4f}" for c in columns)

    data = folder / "train.svm"
    data.write_text("\n".join(lines(300)) + "\n")
    run("liblinear-train", "-s", "0", "-B", "1", "-q", data, folder / "model")
    put("liblinear.model", (folder / "model").read_bytes())
    put("vectors.svm", "\n".join(lines(40)) + "\n")
    run("liblinear-predict", "-b", "1", "-q", HERE / "vectors.svm", HERE / "liblinear.model",
        folder / "answers")
    put("liblinear.scores", (folder / "answers").read_bytes())


def main():
    import tempfile
    parser = argparse.ArgumentParser(description="Makes the models of tests/golden/forever.")
    parser.add_argument("--winnow", required=True)
    parser.add_argument("--old-winnow", required=True)
    options = parser.parse_args()
    os.environ["WINNOW"] = os.path.abspath(options.winnow)
    put("texts.txt", "".join(text + "\n" for text in ODD + [t for _, t in texts_of(4, 40)]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train_fasttext(folder)
        train_sklearn(folder)
        train_liblinear(folder)
        for version, tool in (("v1", options.old_winnow), ("v2", options.winnow)):
            for source in ("fasttext_softmax.bin", "fasttext_hs.bin", "fasttext.ftz"):
                out = f"{Path(source).stem}{Path(source).suffix.replace('.bin', '')}".replace(".", "_")
                run(tool, "convert", "--keep", "both", HERE / source, folder / "out.winnow")
                put(f"{out}.{version}.winnow", (folder / "out.winnow").read_bytes())
        run(options.old_winnow, "convert", HERE / "linear.json", folder / "out.winnow")
        put("linear.v1.winnow", (folder / "out.winnow").read_bytes())
    for source in ("fasttext_softmax.bin", "fasttext_hs.bin", "fasttext_ova.bin", "fasttext.ftz"):
        put(source.split(".")[0].replace("fasttext_", "") + ".scores" if source.endswith("bin")
            else "ftz.scores", run("fasttext", "predict-prob", HERE / source, HERE / "texts.txt", "-1"))
    sums = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n"
            for p in sorted(HERE.iterdir()) if p.suffix != ".py" and p.name != "SHA256SUMS"]
    (HERE / "SHA256SUMS").write_text("".join(sums))


if __name__ == "__main__":
    main()
