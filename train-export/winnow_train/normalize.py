"""normalize - the text steps of a model's "normalize" list, before any extractor.

The steps, and their order, are fixed; a model names the ones it wants.  The first four map single
code points; the others are Python's own, by the Unicode of the Python that runs this: a model that
uses them has to say which (UNICODE).
"""

import unicodedata

STEPS = (
    "fold_punctuation",
    "lower_ascii",
    "digits_to_zero",
    "space_punctuation",
    "lower",
    "strip_accents_unicode",
    "strip_accents_ascii",
)

# The version of Unicode for a manifest's "unicode".
UNICODE = ".".join(unicodedata.unidata_version.split(".")[:2])

SINGLE_QUOTES = (0x2018, 0x2019, 0x201A, 0x201B, 0x2032)
DOUBLE_QUOTES = (0x201C, 0x201D, 0x201E, 0x201F, 0x2033, 0x00AB, 0x00BB)
DASHES = tuple(range(0x2010, 0x2016)) + (0x2212,)
SPACES = (0x0085, 0x00A0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
REMOVED = (0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF)
PUNCTUATION = (*range(0x21, 0x30), *range(0x3A, 0x41), *range(0x5B, 0x61), *range(0x7B, 0x7F))


def _fold_table():
    table = {c: "'" for c in SINGLE_QUOTES}
    table.update({c: '"' for c in DOUBLE_QUOTES})
    table.update({c: "-" for c in DASHES})
    table.update({c: " " for c in SPACES})
    table.update({c: None for c in REMOVED})
    table[0x2026] = "..."
    return table


_TABLES = {
    "fold_punctuation": _fold_table(),
    "lower_ascii": {c: c + 32 for c in range(0x41, 0x5B)},
    "digits_to_zero": {c: "0" for c in range(0x30, 0x3A)},
    "space_punctuation": {c: " %c " % c for c in PUNCTUATION},
}


def decode(text):
    """Bytes to str, each maximal invalid part as U+FFFD; a str passes through.

    A lone surrogate, which only a str can hold, becomes U+FFFD too.
    """
    if isinstance(text, bytes):
        return text.decode("utf-8", errors="replace")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def check_steps(steps):
    """Raises ValueError unless `steps` is a subset of STEPS in their order."""
    places = [STEPS.index(s) for s in steps]
    if places != sorted(set(places)):
        raise ValueError("normalize: steps repeated or out of order: %r" % (steps,))


def strip_accents_unicode(text):
    """scikit-learn's strip_accents="unicode"."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def strip_accents_ascii(text):
    """scikit-learn's strip_accents="ascii"."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")


_FUNCTIONS = {
    "lower": str.lower,
    "strip_accents_unicode": strip_accents_unicode,
    "strip_accents_ascii": strip_accents_ascii,
}


def normalize(text, steps):
    """The text a model's extractors see; `text` is bytes or str, the result is str."""
    text = decode(text)
    for step in steps:
        text = _FUNCTIONS[step](text) if step in _FUNCTIONS else text.translate(_TABLES[step])
    return text
