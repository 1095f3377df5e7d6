"""text - a fitted CountVectorizer, TfidfVectorizer or HashingVectorizer as a block's text side."""

import codecs

import numpy as np

from . import pattern
from .errors import ExportError, refuse_parameter

EXTRACTORS = {"word": "words", "char": "chars", "char_wb": "chars_wb"}
PRETOKENIZE = (
    "winnow cannot run Python code; do this step before, give winnow its result joined by spaces, "
    "and fit with token_pattern=r'\\S+' in its place"
)
COUNTS = ("float64", "float32", "int64", "int32", "uint64", "uint32")


def _check_common(v):
    for name in ("preprocessor", "tokenizer"):
        if getattr(v, name) is not None:
            refuse_parameter(v, name, getattr(v, name), PRETOKENIZE)
    if callable(v.analyzer) or v.analyzer not in EXTRACTORS:
        refuse_parameter(v, "analyzer", v.analyzer, PRETOKENIZE)
    if v.strip_accents not in (None, "unicode", "ascii"):
        refuse_parameter(v, "strip_accents", v.strip_accents, PRETOKENIZE)
    if v.decode_error == "ignore":
        refuse_parameter(
            v,
            "decode_error",
            v.decode_error,
            "winnow reads bytes that are no UTF-8 as U+FFFD; set_params(decode_error='replace')",
        )
    try:
        encoding = codecs.lookup(v.encoding).name
    except LookupError:
        encoding = None
    if encoding not in ("utf-8", "ascii"):
        refuse_parameter(
            v,
            "encoding",
            v.encoding,
            "winnow reads UTF-8; pass decoded text and set_params(encoding='utf-8')",
        )
    kind = np.dtype(v.dtype).name
    if kind not in COUNTS:
        refuse_parameter(
            v, "dtype", kind, "counts could overflow or be rounded; set_params(dtype=numpy.float64)"
        )


def steps_of(v):
    """The "normalize" steps of a vectorizer: lower() first, accents second."""
    steps = ["lower"] if v.lowercase else []
    return steps + (["strip_accents_" + v.strip_accents] if v.strip_accents else [])


def _words(v):
    fields = pattern.read(v.token_pattern)
    stop = v.get_stop_words()
    if stop:
        fields["stop_words"] = sorted(w for w in stop if "\0" not in w)
    return fields


def fields_of(v):
    """The block's fields (strings in place of array names) of any of the three vectorizers."""
    _check_common(v)
    fields = {"extractor": EXTRACTORS[v.analyzer], "normalize": steps_of(v)}
    if v.analyzer == "word":
        fields.update(_words(v))
    lo, hi = v.ngram_range
    fields["ngrams"] = [int(lo), int(hi)]
    return fields


def terms_of(v):
    """The vocabulary in the order of its columns."""
    if not hasattr(v, "vocabulary_"):
        v._validate_vocabulary()
    terms = sorted(v.vocabulary_, key=v.vocabulary_.get)
    if [int(v.vocabulary_[t]) for t in terms] != list(range(len(terms))):
        raise ExportError("%s.vocabulary_" % type(v).__name__, "its columns are not 0, 1, 2, ...")
    for t in terms:
        if "\0" in t:
            raise ExportError(
                "%s: the term %r holds a NUL" % (type(v).__name__, t),
                "a model file cannot; remove NULs from the training texts and fit again",
            )
        try:
            t.encode("utf-8")
        except UnicodeEncodeError:
            raise ExportError(
                "%s: the term %r holds a lone surrogate" % (type(v).__name__, t),
                "it is no text; clean the training texts and fit again",
            ) from None
    return terms


def hash_of(v):
    return {"n_features": int(v.n_features), "alternate_sign": bool(v.alternate_sign)}
