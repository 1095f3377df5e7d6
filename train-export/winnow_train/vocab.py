"""vocab - the columns of one block while it is trained: a list of terms, or kept hash columns."""

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.preprocessing import normalize as unit_rows

from . import manifest as files
from .feature import block_extractor
from .normalize import normalize


class Columns:
    """What both kinds share: the idf of the columns, and the weights of texts.

    `block` is a recipe's (see recipes.block); its fields are the block's text fields of the manifest.
    """

    def __init__(self, block, steps, vectors):
        self.block, self.fields, self.vectors, self.idf = block, block["fields"], vectors, None
        terms = block_extractor(self.fields)
        steps = [] if self.fields["extractor"] == "surface" else steps
        self.analyzer = lambda text: terms(normalize(text, steps))

    def __len__(self):
        return len(self.df)

    def fit_idf(self, counts):
        """Learns in how many texts each column stands, and so its idf."""
        self.df = np.bincount(counts.indices, minlength=counts.shape[1])
        # A term of no text is as rare as one of a single text.
        idf = np.log((1.0 + counts.shape[0]) / (1.0 + np.maximum(self.df, 1))) + 1.0
        self.idf = idf.astype(np.float32).astype(np.float64)  # as the file keeps it

    def weigh(self, counts):
        """Weights of counts, to unit length: 1 + ln(count), times idf; or 1 where binary."""
        x = counts.astype(np.float64)
        if self.block["binary"]:
            x.data[:] = 1.0
            return unit_rows(x, norm="l2", copy=False).tocsr()
        x.data = 1.0 + np.log(x.data)
        return unit_rows(x @ sp.diags(self.idf), norm="l2", copy=False).tocsr()

    def vector_rows(self, x):
        """[n_columns][dim] word vectors, scaled so that x times them has a mean square of vectors^2."""
        if not self.block["vectors"]:
            return None
        rows = self.vectors.matrix(self.terms, self.df)
        size = np.sqrt((np.asarray(x @ rows) ** 2).sum(axis=1).mean())
        return rows * (self.block["vectors"] / size)

    def unseen(self):
        """The columns without a text."""
        return np.flatnonzero(self.df == 0)

    def export(self, name):
        """(block fields, arrays) of the manifest; array names begin with `name`."""
        columns, arrays = self.export_columns(name)
        if self.block["binary"]:
            weighting = {"binary": True, "norm": "l2"}
        else:
            arrays[name + ".idf"] = files.array(self.idf, "f32")
            weighting = {"binary": False, "sublinear_tf": True, "idf": name + ".idf", "norm": "l2"}
        return {**columns, "weighting": weighting}, arrays


class Vocabulary(Columns):
    """Terms kept as strings, in order of code points."""

    def fit(self, texts):
        """Learns the terms of at least min_df texts, and their idf; returns the texts' counts."""
        learnt = CountVectorizer(analyzer=self.analyzer, min_df=self.block["min_df"])
        terms = set(learnt.fit(texts).get_feature_names_out())
        if self.block["unseen_rank"]:
            terms.update(self.vectors.frequent(self.block["unseen_rank"]))
        self.hold(sorted(terms))
        counts = self.counts(texts)
        self.fit_idf(counts)
        return counts

    def hold(self, terms):
        self.terms = terms
        self.vectorizer = CountVectorizer(analyzer=self.analyzer, vocabulary=terms)

    def keep(self, columns):
        """Forgets all columns but those (ascending)."""
        self.hold([self.terms[c] for c in columns])
        self.idf, self.df = self.idf[columns], self.df[columns]

    def counts(self, texts):
        return self.vectorizer.transform(texts)

    def export_columns(self, name):
        return {"terms": name + ".terms"}, {name + ".terms": files.array(self.terms, "str")}


class Hashed(Columns):
    """MurmurHash3 columns; only the kept ones are rows of the model."""

    def __init__(self, block, steps, vectors):
        super().__init__(block, steps, vectors)
        self.n_features = block["n_features"]
        self.vectorizer = HashingVectorizer(
            analyzer=self.analyzer, n_features=self.n_features, alternate_sign=False, norm=None
        )

    def fit(self, texts):
        counts = self.vectorizer.transform(texts)
        self.fit_idf(counts)
        self.columns = np.arange(self.n_features)
        kept = np.nonzero(self.df >= self.block["min_df"])[0]
        self.keep(kept)
        return counts[:, kept]

    def keep(self, columns):
        self.columns = self.columns[columns]
        self.idf, self.df = self.idf[columns], self.df[columns]

    def counts(self, texts):
        return self.vectorizer.transform(texts)[:, self.columns]

    def export_columns(self, name):
        hashed = {
            "n_features": self.n_features,
            "alternate_sign": False,
            "columns": name + ".columns",
        }
        return {"hash": hashed}, {name + ".columns": files.array(self.columns, "u32")}


def new(block, steps, vectors=None):
    """The columns of a block: hashed into n_features, or a vocabulary when that is 0."""
    return (Hashed if block["n_features"] else Vocabulary)(block, steps, vectors)
