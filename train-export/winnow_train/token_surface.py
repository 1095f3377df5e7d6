"""token_surface - the "surface" extractor: what a text looks like, as terms.

It reads the text as it was given (decoded, but before any normalisation).  A *piece* is a maximal run
without white space.  Upper and lower case and digits are ASCII; a *mark* is any other ASCII code point,
and any of SIGNS.  With n pieces the terms are, each at most once and in this order:

    empty        alone, when n = 0
    len>=K       for every K of 2 3 4 5 7 10 14 20 30 45 70 110 with n >= K
    caps=Q       of the n pieces, c begin with an upper-case letter after any marks: Q = floor(8 c / n)
    loud=Q       c of them have two or more upper-case letters and no lower-case one: Q as above
    digits=Q     c of them have a digit: Q as above
    stops=K      pieces that end with . ! or ? after any of " ' ) and U+2019 U+201D are taken off; K to 3
    first=C      the class of the text's first code point that is not white space: see below
    last=C       the same of its last
    has=M        for every mark or sign M that stands anywhere, in the order of SIGNS
    bang=2       with two or more exclamation marks
    has=url      a piece contains "://" or "www." (ASCII case ignored)

C is A, a or 0 for an upper-case letter, a lower-case one and a digit, the code point itself when it is
one of SIGNS, ~ for another one from U+0080 on, and - for another mark.
"""

import re

from .token_words import WHITE_SPACE

LENGTHS = (2, 3, 4, 5, 7, 10, 14, 20, 30, 45, 70, 110)
SIGNS = (
    "!\"#$%&'()*+,-./:;<=>?@[\\]_|~\u00a3\u00a9\u00ab\u00ae\u00b7\u00bb\u2013\u2014\u2018\u2019\u201c\u201d"
    "\u2022\u2026\u203a\u20ac\u2122\u2192"
)
_SIGNS = frozenset(SIGNS)
_PIECES = re.compile("[^%s]+" % WHITE_SPACE)


def _upper(c):
    return "A" <= c <= "Z"


def _lower(c):
    return "a" <= c <= "z"


def _digit(c):
    return "0" <= c <= "9"


def _mark(c):
    return c in _SIGNS or (c < "\x80" and not (_upper(c) or _lower(c) or _digit(c)))


def kind(c):
    """The class C of a code point."""
    if _upper(c):
        return "A"
    if _lower(c):
        return "a"
    if _digit(c):
        return "0"
    if c in _SIGNS:
        return c
    return "-" if c < "\x80" else "~"


def surface(text):
    """The terms of a text."""
    pieces = _PIECES.findall(text)
    n = len(pieces)
    if n == 0:
        return ["empty"]
    caps = loud = digits = stops = 0
    url = False
    for p in pieces:
        i = 0
        while i < len(p) and _mark(p[i]):
            i += 1
        caps += i < len(p) and _upper(p[i])
        upper = sum(map(_upper, p))
        loud += upper >= 2 and not any(map(_lower, p))
        digits += any(map(_digit, p))
        end = p.rstrip("\"')\u2019\u201d")
        stops += end[-1:] in (".", "!", "?") and bool(end)
        low = "".join(chr(ord(c) + 32) if _upper(c) else c for c in p)
        url = url or "://" in low or "www." in low
    out = ["len>=%d" % k for k in LENGTHS if n >= k]
    out += [
        "caps=%d" % (8 * caps // n),
        "loud=%d" % (8 * loud // n),
        "digits=%d" % (8 * digits // n),
    ]
    out.append("stops=%d" % min(stops, 3))
    out += ["first=" + kind(pieces[0][0]), "last=" + kind(pieces[-1][-1])]
    seen = set(text)
    out += ["has=" + s for s in SIGNS if s in seen]
    if text.count("!") >= 2:
        out.append("bang=2")
    if url:
        out.append("has=url")
    return out
