"""documents - invented texts of four topics, with everything that tokenizers trip over.

The same seed gives the same texts.  Test texts are bytes, now and then no UTF-8, and hold NULs and
code points of all planes; training texts are clean enough to fit on.
"""

import random

TOPICS = [
    "harbour ferry sailor anchor Tide lighthouse cargo pier storm fisher ship-yard".split(),
    "Orchestra violin tempo choir encore melody Stage ticket opera drum don't".split(),
    "оркестр море рынок город Снег новости λιμάνι αγορά χιόνι πόλη Ωδείο ΣΊΣΥΦΟΣ ΟΔΟΣ".split(),
    "été naïve Straße coöperatie żółw İzmir résumé e\u0301cole nin\u0303o crème 東京 市場 雪が降る 新聞".split(),
]
COMMON = (
    "the of a and to in is it was for on with as by at no not co_op x2 2026 3.14 7 e-mail C++ U.S.A. "
    "don’t “quoted” O'Neill _ __init__ a_b ½ ² हिन्दी ไทย 😀 👩‍👩‍👧 ＡＢＣ ΑΣ ΑΣ' Σ ẞ ǅ ﬁ ™ Å #tag @me "
    "a1b2 _x- re-enter İ I ı \u1112\u1161\u11ab 한글 ① ٣٤"
).split()
GAPS = [" "] * 14 + [
    "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", " \t ", "\u2028", "\x1c", "\x1f", "\x85", "\u1680",
    "\u200b", "\u200d", "\u200c", "\u00ad", "\u0301", ", ", ". ", "; ", "-", "...", "…", "!", "/", "",
]  # fmt: skip
# Code points are drawn from these ranges; the last is everything.
RANGES = [
    (0x21, 0x7E), (0x80, 0x2FF), (0x300, 0x36F), (0x370, 0x52F), (0x530, 0xDFF), (0x1100, 0x11FF),
    (0x1D00, 0x1FFF), (0x2000, 0x2BFF), (0x3000, 0xD7FF), (0xF900, 0xFFFD), (0x10000, 0x1F9FF),
    (0x20, 0x10FFFF),
]  # fmt: skip
SPECIAL = "\0\u03a3\u03c2\u0130\u0307\u0345\u0301\u0327\u1161\u11a8\u1112\u200d\u200c\ufeff\ufffd\u212a\u00ad'’.:_-"


def _odd_word(rng, special):
    out = []
    for _ in range(rng.randint(1, 6)):
        if rng.random() < 0.3:
            out.append(rng.choice(special))
            continue
        c = rng.randint(*rng.choice(RANGES))
        out.append("\ufffd" if 0xD800 <= c < 0xE000 else chr(c))
    return "".join(out)


def text_of(rng, topics, longest=25, is_clean=False):
    """A text about one or several topics (their numbers)."""
    parts = []
    for _ in range(rng.randint(1 if is_clean else 0, longest)):
        kind = rng.random()
        if kind < 0.45:
            word = rng.choice(TOPICS[rng.choice(topics)])
        elif kind < 0.55:
            word = rng.choice(rng.choice(TOPICS))
        elif kind < 0.93 or is_clean:
            word = rng.choice(COMMON)
        else:
            word = _odd_word(rng, SPECIAL)
        if rng.random() < 0.1:
            word = word.upper() if rng.random() < 0.5 else word.capitalize()
        parts.append(word + rng.choice(GAPS))
    return "".join(parts)


def training(n=240, seed=1):
    """(texts, topics of each: a list of one or two numbers, all four of them among the first)."""
    rng = random.Random(seed)
    texts, topics = [], []
    for i in range(n):
        some = [i % 4] if rng.random() < 0.7 else sorted({i % 4, rng.randrange(4)})
        texts.append(text_of(rng, some, is_clean=True))
        topics.append(some)
    return texts, topics


def test(n, seed):
    """n texts as bytes; some are no UTF-8."""
    rng = random.Random(seed)
    out = [b"", b" \t\n ", b"!!!", b"a", b"ab\0cd", "İ".encode(), "ΑΣ".encode(), b"\xff"][:n]
    while len(out) < n:
        data = text_of(rng, [rng.randrange(4)]).encode()
        if rng.random() < 0.06 and data:
            at = rng.randrange(len(data))
            data = data[:at] + bytes([rng.randrange(128, 256)]) + data[at + 1 :]
        out.append(data)
    return out


def decoded(data):
    """What scikit-learn gets: each maximal invalid part as U+FFFD."""
    return data.decode("utf-8", "replace")
