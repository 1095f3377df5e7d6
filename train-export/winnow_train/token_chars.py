"""token_chars - the "chars" and "chars_wb" extractors: character n-grams.

Both first make every run of two or more white-space characters one space; a single one keeps its
identity.  chars_wb takes each word with one space on both sides, and emits a padded word that is
not longer than n once, skipping larger n.  Units are code points.
"""

import re

from .token_words import WHITE_SPACE

_RUNS = re.compile("[%s]{2,}" % WHITE_SPACE)
_PIECES = re.compile("[^%s]+" % WHITE_SPACE)


def chars(text, lo, hi):
    text = _RUNS.sub(" ", text)
    return [text[i : i + n] for n in range(lo, hi + 1) for i in range(len(text) - n + 1)]


def chars_wb(text, lo, hi):
    out = []
    for piece in _PIECES.findall(_RUNS.sub(" ", text)):
        padded = " %s " % piece
        for n in range(lo, hi + 1):
            if n >= len(padded):
                out.append(padded)
                break
            out.extend(padded[i : i + n] for i in range(len(padded) - n + 1))
    return out


def extractor(name, ngrams):
    """A function from normalised text to its list of terms; name is "chars" or "chars_wb"."""
    split = {"chars": chars, "chars_wb": chars_wb}[name]
    lo, hi = ngrams
    return lambda text: split(text, lo, hi)
