"""feature - a block's terms become columns with weights.

A block is the manifest's block object with its arrays resolved (a dict).  The weight of a column:
count -> 1 when binary -> 1 + ln(count) when sublinear_tf -> times idf -> divided by the block's
own norm, all in float64.  That is scikit-learn's TfidfVectorizer, block by block.
"""

import math

from . import hash as hashing
from . import token_chars, token_words


def block_extractor(block):
    """The function from normalised text to terms that the block's fields describe."""
    if block["extractor"] == "words":
        return token_words.extractor(
            block["tokens"],
            block.get("min_length", 1),
            block["ngrams"],
            block.get("stop_words", ()),
            block.get("pattern", ""),
        )
    return token_chars.extractor(block["extractor"], block["ngrams"])


class Block:
    """The text side of one linear block: terms(text) and weights(text)."""

    def __init__(self, block):
        self.terms = block_extractor(block)
        self.weighting = block["weighting"]
        self.idf = self.weighting.get("idf")
        self.column = {t: i for i, t in enumerate(block["terms"])} if "terms" in block else None
        self.hash = block.get("hash")
        self.kept = None
        if self.hash and self.hash.get("columns") is not None:
            self.kept = {int(c): i for i, c in enumerate(self.hash["columns"])}
        self._memo = {}

    def _hashed(self, term):
        found = self._memo.get(term)
        if found is None:
            column, sign = hashing.column(
                term, self.hash["n_features"], self.hash["alternate_sign"]
            )
            if self.kept is not None:
                column = self.kept.get(column)
            found = self._memo[term] = (column, sign)
        return found

    def counts(self, text):
        """{column: count} of normalised text; unknown terms are left out."""
        out = {}
        for term in self.terms(text):
            column, sign = (
                (self.column.get(term), 1.0) if self.column is not None else self._hashed(term)
            )
            if column is not None:
                out[column] = out.get(column, 0.0) + sign
        return out

    def weights(self, text, descending=False):
        """[(column, weight)] in the order of summation."""
        w = self.weighting
        out = []
        for column, count in sorted(self.counts(text).items(), reverse=descending):
            value = 1.0 if w.get("binary") else count
            if w.get("sublinear_tf"):
                value = 1.0 + math.log(value)
            if self.idf is not None:
                value *= float(self.idf[column])
            out.append((column, value))
        norm = w.get("norm", "none")
        total = 0.0
        if norm == "l2":
            for _, value in out:
                total += value * value
            total = math.sqrt(total)
        elif norm == "l1":
            for _, value in out:
                total += abs(value)
        if total > 0.0:
            out = [(column, value / total) for column, value in out]
        return out
