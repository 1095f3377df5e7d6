"""wordvec - word vectors that training reads, so that weights of rare words lean on those of their like.

A linear model over [x, x E], where E [n_terms][dim] holds a vector for each term that is a word, is a
linear model over x alone: row i is coef[i] + E[i] V.  So the vectors cost nothing in the model file, and a
word that no training text has still gets a row, E[i] V.  ../vectors/README.md says where they come from.
"""

import os

import numpy as np

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors", "words.npz")


class WordVectors:
    """vectors[word]: [dim] numbers; words by falling frequency in `words`, their ranks in `ranks`."""

    def __init__(self, path=FILE):
        with np.load(path) as f:
            self.words = f["words"].tobytes().decode("ascii").split("\n")
            self.ranks = f["ranks"]
            self.rows = f["vectors"].astype(np.float64) * f["scale"].astype(np.float64)[:, None]
        self.place = {w: i for i, w in enumerate(self.words)}

    def frequent(self, rank):
        """The words of a rank below `rank` in the text that the vectors were made from."""
        return [w for w, r in zip(self.words, self.ranks) if r < rank]

    def matrix(self, terms, counts):
        """[n_terms][dim] vectors, centred over the terms by their counts; zero for a term without one."""
        out = np.zeros((len(terms), self.rows.shape[1]))
        has = np.array([t in self.place for t in terms])
        if has.any():
            rows = self.rows[[self.place[t] for t in terms if t in self.place]]
            out[has] = rows - np.average(rows, axis=0, weights=np.maximum(counts[has], 1))
        return out
