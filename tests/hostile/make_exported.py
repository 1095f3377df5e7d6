"""make_exported.py - makes the exported_*.json beside it: what the exporter writes, for mutants.c.

    PYTHONPATH=train-export WINNOW=build/winnow /usr/bin/python3 tests/hostile/make_exported.py

Small pipelines of scikit-learn that use much of the format: idf, hashes, a pattern, two members,
calibration, stages, probes.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import joblib
import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import Normalizer
from sklearn.svm import LinearSVC

TEXTS = ["police said the winter offer was goal", "harbour offer now menu", "goal goal team police",
         "river vote winter harbour", "offer free now now", "vote police winter river"] * 3
LABELS = np.array(["a", "b", "c"] * 6)
PROBES = "police offer\n\ngoal été river\n"
PIPELINES = {
    "tfidf": make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=14),
                           LogisticRegression()),
    "calibrated": make_pipeline(
        make_union(HashingVectorizer(n_features=16, analyzer="char_wb", ngram_range=(2, 3)),
                   CountVectorizer(token_pattern=r"(?u)\b[a-z]{2,}\b", max_features=8)),
        CalibratedClassifierCV(LinearSVC(), cv=2)),
    "svd": make_pipeline(TfidfVectorizer(max_features=10), TruncatedSVD(3, random_state=0),
                         Normalizer(), LogisticRegression()),
}


def main():
    with tempfile.TemporaryDirectory() as folder:
        probes = Path(folder, "probes.txt")
        probes.write_text(PROBES)
        for name, pipeline in PIPELINES.items():
            saved = Path(folder, "pipeline.joblib")
            joblib.dump(pipeline.fit(TEXTS, LABELS), saved)
            out = Path(__file__).parent / f"exported_{name}.json"
            subprocess.run([sys.executable, "-m", "winnow_train", "export", "sklearn", saved, out,
                            "--name", name, "--probes", probes], check=True)


if __name__ == "__main__":
    main()
