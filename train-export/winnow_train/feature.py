"""feature - a block's terms become columns with weights.

A block is the manifest's block object with its arrays resolved (a dict).  The count of a column goes
through the block's own passes (see weighting), all in float64: that is scikit-learn's TfidfVectorizer,
block by block.
"""

from . import hash as hashing
from . import token_chars, token_surface, token_words, weighting


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
    if block["extractor"] == "surface":
        return token_surface.surface
    return token_chars.extractor(block["extractor"], block["ngrams"])


def passes_of(entry):
    """The list of passes that a "weighting" means: none, one object, or a list."""
    if entry is None:
        return []
    return list(entry) if isinstance(entry, list) else [entry]


class Block:
    """The text side of one linear block: terms(text) and weights(text)."""

    def __init__(self, block):
        self.terms = block_extractor(block)
        self.passes = passes_of(block.get("weighting"))
        self.column = {t: i for i, t in enumerate(block["terms"])} if "terms" in block else None
        self.hash = block.get("hash")
        self.kept = None
        if self.hash and self.hash.get("columns") is not None:
            self.kept = {int(c): i for i, c in enumerate(self.hash["columns"])}
        if self.column is not None:
            self.n_columns = len(self.column)
        else:
            self.n_columns = self.hash["n_features"] if self.kept is None else len(self.kept)
        self._memo = {}

    def _hashed(self, term):
        found = self._memo.get(term)
        if found is None:
            column, sign = hashing.column(
                term, self.hash["n_features"], self.hash.get("alternate_sign", False)
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
        counts = self.counts(text)
        columns = sorted(counts, reverse=descending)
        return list(
            zip(columns, weighting.apply(self.passes, columns, [counts[c] for c in columns]))
        )
