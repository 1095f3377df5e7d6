"""linear_models.py - tf-idf + logistic regression: training, export, and scikit-learn as a peer.

usage: linear_models.py PIPELINE TEXT        labels and probabilities of the lines of TEXT, in one batch
"""

import sys
from pathlib import Path

import joblib
import numpy

ROOT = Path(__file__).resolve().parents[2]
MIN_DF = 2


def fit(path, train):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=MIN_DF, sublinear_tf=True),
                             LogisticRegression(C=10.0, max_iter=15))
    pipeline.fit([text for text, _ in train], [label for _, label in train])
    joblib.dump(pipeline, path)


def export(path, fitted, texts, winnow):
    sys.path.insert(0, str(ROOT / "train-export"))
    import os
    os.environ["WINNOW"] = str(Path(winnow).resolve())
    from winnow_train.export import export_pipeline, save
    target = Path(path).with_name("exported.winnow")
    save(export_pipeline(joblib.load(fitted), probes=texts, name="tfidf"), str(target))
    target.rename(path)


def write_vectors(path, rows, labels):
    with open(path, "w", encoding="ascii") as file:
        for i in range(rows.shape[0]):
            a, b = rows.indptr[i], rows.indptr[i + 1]
            order = numpy.argsort(rows.indices[a:b])
            pairs = zip(rows.indices[a:b][order] + 1, rows.data[a:b][order])
            file.write(f"{labels[i]} " + " ".join(f"{j}:{x:.9g}" for j, x in pairs) + "\n")


def vectors(path, fitted, text):
    lines = Path(text).read_text(encoding="utf-8").splitlines()
    write_vectors(path, joblib.load(fitted)[0].transform(lines).tocsr(), [1] * len(lines))


def liblinear(path, fitted, train, run):
    pipeline = joblib.load(fitted)
    number = {label: i for i, label in enumerate(pipeline.classes_, 1)}
    rows = pipeline[0].transform([text for text, _ in train]).tocsr()
    svm = Path(path).with_name("liblinear-train.svm")
    write_vectors(svm, rows, [number[label] for _, label in train])
    run(["liblinear-train", "-q", "-s", "0", "-e", "0.05", svm, path])


def main():
    pipeline = joblib.load(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as file:
        lines = file.read().split("\n")[:-1]
    found = pipeline.predict_proba(lines)
    best = found.argmax(axis=1)
    sys.stdout.writelines(f"{pipeline.classes_[j]} {p:.6g}\n"
                          for j, p in zip(best, found[numpy.arange(len(best)), best]))


if __name__ == "__main__":
    main()
