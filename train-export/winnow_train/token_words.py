"""token_words - the "words" extractor: text to terms (words and word n-grams).

tokens     ascii_word  maximal runs of [A-Za-z0-9_]
           letters     the same and every code point from U+0080 on that is not white space
           nonspace    maximal runs without white space
           word        maximal runs of \\w
           pattern     what re.findall finds of the block's "pattern"
Runs shorter than min_length code points are dropped, then stop words, then n-grams are joined by
one space.  White space is Python's str.isspace(), \\w that of the Python that runs this.
"""

import re

WHITE_SPACE = "\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

# A run's characters; the pattern is also what scikit-learn's token_pattern takes.
PATTERNS = {
    "ascii_word": "[A-Za-z0-9_]",
    "letters": "(?:[A-Za-z0-9_]|(?![%s])[\x80-\U0010ffff])" % WHITE_SPACE,
    "nonspace": "[^%s]" % WHITE_SPACE,
    "word": r"\w",
}


def token_pattern(tokens, min_length, pattern=""):
    """The regular expression of one token.  Runs are maximal because matching is greedy."""
    if tokens == "pattern":
        return pattern
    # A run that is too short has to be skipped whole, which {min,} does by itself: no part of it
    # is long enough either.
    return "%s{%d,}" % (PATTERNS[tokens], min_length)


def word_ngrams(words, lo, hi):
    """All n-grams of the words, n = lo..hi in order."""
    out = list(words) if lo == 1 else []
    for n in range(max(lo, 2), hi + 1):
        out.extend(" ".join(words[i : i + n]) for i in range(len(words) - n + 1))
    return out


def extractor(tokens, min_length, ngrams, stop_words=(), pattern=""):
    """A function from normalised text to its list of terms, repeats kept."""
    find = re.compile(token_pattern(tokens, min_length, pattern)).findall
    stop = frozenset(stop_words)
    lo, hi = ngrams

    def terms(text):
        words = find(text)
        if stop:
            words = [w for w in words if w not in stop]
        return word_ngrams(words, lo, hi)

    return terms
