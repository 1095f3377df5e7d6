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

    `fields` are the block's text fields of the manifest (extractor, tokens, min_length, ngrams).
    """

    def __init__(self, fields, steps, min_df):
        self.fields, self.min_df, self.idf = fields, min_df, None
        terms = block_extractor(fields)
        self.analyzer = lambda text: terms(normalize(text, steps))

    def __len__(self):
        return len(self.idf)

    def fit_idf(self, counts):
        n, df = counts.shape[0], np.bincount(counts.indices, minlength=counts.shape[1])
        idf = np.log((1.0 + n) / (1.0 + df)) + 1.0
        self.idf = idf.astype(np.float32).astype(np.float64)  # as the file keeps it
        return df

    def weigh(self, counts):
        """tf-idf weights of counts: 1 + ln(count), times idf, to unit length."""
        x = counts.astype(np.float64)
        x.data = 1.0 + np.log(x.data)
        return unit_rows(x @ sp.diags(self.idf), norm="l2", copy=False).tocsr()


class Vocabulary(Columns):
    """Terms kept as strings, in order of code points."""

    def fit(self, texts):
        """Learns the terms of at least min_df texts, and their idf; returns the texts' counts."""
        self.vectorizer = CountVectorizer(analyzer=self.analyzer, min_df=self.min_df)
        counts = self.vectorizer.fit_transform(texts)
        self.terms = list(self.vectorizer.get_feature_names_out())
        self.fit_idf(counts)
        return counts

    def keep(self, columns):
        """Forgets all columns but those (ascending)."""
        self.terms = [self.terms[c] for c in columns]
        self.idf = self.idf[columns]
        self.vectorizer = CountVectorizer(analyzer=self.analyzer, vocabulary=self.terms)

    def counts(self, texts):
        return self.vectorizer.transform(texts)

    def export(self, name):
        """(block fields, arrays) of the manifest; array names begin with `name`."""
        return {"terms": name + ".terms"}, {name + ".terms": files.array(self.terms, "str")}


class Hashed(Columns):
    """MurmurHash3 columns; only the kept ones are rows of the model."""

    def __init__(self, fields, steps, min_df, n_features):
        super().__init__(fields, steps, min_df)
        self.n_features = n_features
        self.vectorizer = HashingVectorizer(
            analyzer=self.analyzer, n_features=n_features, alternate_sign=False, norm=None
        )

    def fit(self, texts):
        counts = self.vectorizer.transform(texts)
        df = self.fit_idf(counts)
        self.columns = np.arange(self.n_features)
        kept = np.nonzero(df >= self.min_df)[0]
        self.keep(kept)
        return counts[:, kept]

    def keep(self, columns):
        self.columns, self.idf = self.columns[columns], self.idf[columns]

    def counts(self, texts):
        return self.vectorizer.transform(texts)[:, self.columns]

    def export(self, name):
        hashed = {
            "n_features": self.n_features,
            "alternate_sign": False,
            "columns": name + ".columns",
        }
        return {"hash": hashed}, {name + ".columns": files.array(self.columns, "u32")}


def new(fields, steps, min_df, n_features=0):
    """The columns of a block: hashed into n_features, or a vocabulary when that is 0."""
    if n_features:
        return Hashed(fields, steps, min_df, n_features)
    return Vocabulary(fields, steps, min_df)
