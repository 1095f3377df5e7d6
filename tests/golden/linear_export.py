"""linear_export.py - writes fitted scikit-learn text pipelines as JSON twins, for linear_parity.py.

A small exporter of its own, so that the parity suite does not lean on the one that is shipped:
vectorizer parameters, vocabulary_, idf_, coef_ and intercept_ go into the manifest as they are.
"""

import base64
import json
import struct

import numpy as np

ASCII_WORD = r"(?a)\b\w\w+\b"
LETTERS = r"(?:(?!\s)[A-Za-z0-9_\u0080-\U0010ffff]){2,}"
NONSPACE = r"\S+"
TOKENS = {ASCII_WORD: ("ascii_word", 2), LETTERS: ("letters", 2), NONSPACE: ("nonspace", 1)}
DTYPES = {"f64": "<f8", "f32": "<f4", "f16": "<f2", "u32": "<u4", "i8": "i1"}


class Twin:
    """A model file in the making."""

    def __init__(self, labels, link, descending):
        self.manifest = {"winnow": 1, "name": "parity", "link": link, "labels": "labels",
                         "sum_order": "descending" if descending else "ascending",
                         "blocks": [], "arrays": {}}
        self.strings("labels", [str(label) for label in labels])

    def numbers(self, name, values, dtype):
        values = np.ascontiguousarray(np.asarray(values, dtype=DTYPES[dtype]))
        self.manifest["arrays"][name] = {"dtype": dtype, "shape": list(values.shape),
                                         "data": base64.b64encode(values.tobytes()).decode()}
        return name

    def strings(self, name, values):
        pieces = [value.encode() for value in values]
        ends = np.cumsum([len(piece) for piece in pieces]).tolist()
        data = struct.pack(f"<{len(ends)}I", *ends) + b"".join(pieces)
        self.manifest["arrays"][name] = {"dtype": "str", "shape": [len(values)],
                                         "data": base64.b64encode(data).decode()}
        return name

    def bias(self, values):
        self.manifest["bias"] = self.numbers("bias", values, "f64")

    def block(self, vectorizer, rows, transformer=None, kept=None, dtype="f64"):
        """Adds what a fitted vectorizer (and a TfidfTransformer behind it) does, with the rows
        [n_columns][n_labels] of its columns. kept: the columns that a selection has left."""
        n = len(self.manifest["blocks"])
        block = {"extractor": {"word": "words", "char": "chars", "char_wb": "chars_wb"}
                 [vectorizer.analyzer], "ngrams": list(vectorizer.ngram_range)}
        if vectorizer.analyzer == "word":
            block["tokens"], block["min_length"] = TOKENS[vectorizer.token_pattern]
            stop = vectorizer.get_stop_words()
            if stop:
                block["stop_words"] = self.strings(f"stop{n}", sorted(stop))
        if hasattr(vectorizer, "vocabulary_"):
            terms = sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.get)
            block["terms"] = self.strings(f"terms{n}", terms)
        else:
            block["hash"] = {"n_features": vectorizer.n_features,
                             "alternate_sign": bool(vectorizer.alternate_sign)}
            if kept is not None:
                block["hash"]["columns"] = self.numbers(f"columns{n}", kept, "u32")
        block["weighting"] = self.weighting(n, vectorizer, transformer)
        block["rows"] = {"encoding": "dense", "values": self.numbers(f"rows{n}", rows, dtype)}
        self.manifest["blocks"].append(block)

    def weighting(self, n, vectorizer, transformer):
        tfidf = transformer or getattr(vectorizer, "_tfidf", None)
        weighting = {"binary": bool(vectorizer.binary)}
        if tfidf is not None:
            weighting["sublinear_tf"] = bool(tfidf.sublinear_tf)
            if tfidf.use_idf:
                weighting["idf"] = self.numbers(f"idf{n}", tfidf.idf_, "f64")
        norm = (tfidf or vectorizer).norm if hasattr(tfidf or vectorizer, "norm") else None
        weighting["norm"] = norm or "none"
        return weighting

    def bytes(self, **changes):
        return json.dumps({**self.manifest, **changes}).encode()


def head(classifier, as_raw):
    """labels, rows [n_columns][n_labels], intercepts and link of a fitted classifier. A binary one
    has a row for its second class alone: the first gets zeros, and softmax makes it a sigmoid."""
    coefficients, intercepts = classifier.coef_, np.atleast_1d(classifier.intercept_)
    n_labels = len(classifier.classes_)
    if not np.any(intercepts):
        intercepts = np.zeros(len(coefficients))
    if n_labels == 2:
        coefficients = np.vstack([np.zeros_like(coefficients[0]), coefficients[0]])
        intercepts = np.array([0.0, intercepts[0]])
    if as_raw or not hasattr(classifier, "predict_proba"):
        link = "raw"
    elif n_labels == 2 or classifier.multi_class == "multinomial":
        link = "softmax"
    else:
        link = "one_vs_rest"
    return classifier.classes_, np.ascontiguousarray(coefficients.T), intercepts, link
