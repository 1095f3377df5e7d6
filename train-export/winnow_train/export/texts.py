"""texts - what a pipeline is tried on: texts that break tokenizers, and texts for every class.

None holds a NUL: a JSON model file cannot.
"""

import random

import numpy as np

from ..probes import COMMON, PROMO, TOPIC

# Each with what goes wrong when it is read another way.
GOLDEN = [
    "İstanbul",
    "ΟΔΟΣ ΑΣ. ΑΣ'Β",
    "½ ™ … Å ﬁ x² हिन्दी Łódź",
    "don’t U.S.A. C++ 3.14 e-mail co_op ½ cup",
    "ab\x01cd",
    "ab,c",
    "a \n b",
    "a\nb",
    "dog cat snake snake",
    "The state of the art",
    "résumé re\u0301sume\u0301",
    "Straße STRASSE ẞ",
    "ΣΊΣΥΦΟΣ Σ ΑΣ\u0301 \u0301Σ",
    "KELVIN \u212a Å \u212b ＡＢＣ ① ②",
    "ไทย 漢字 かな 한글 \u1112\u1161\u11ab",
    "👩\u200d👩\u200d👧 😀 a\u200db soft\u00adhyphen",
    "\ufeffstart\u2028line\u2029para\u0085next\x1csep",
    "\u0130\u0307I\u0131i \u01c5\u01c4 \u1e9e \u03f4",
    "aa bb cc aa bb aa",
    "0 1 22 333 1,000 ٣٤ ๓",
]
BASIC = [""] + GOLDEN + [t for t in COMMON if t]
PROSE = [t for t in TOPIC + PROMO if t not in COMMON][::3] + [" ".join(TOPIC[10:30])]


def words_of(blocks, rng, limit=4000):
    """Terms of the blocks' vocabularies to make texts of; few of a large one."""
    out = []
    for block in blocks:
        terms = [t for t in block.get("terms", ()) if t.strip()]
        out.extend(terms if len(terms) <= limit else rng.sample(terms, limit))
    return out


def single_words(blocks, limit=400):
    """Words to speak for a label: terms, or what fills the columns of a hash."""
    rng = random.Random(2)
    words = [w.strip() for w in words_of(blocks, rng, limit)]
    prose = [w for t in PROSE for w in t.split()]
    return list(dict.fromkeys(words + prose + ["w%d" % i for i in range(limit)]))[: 2 * limit]


def from_vocabulary(blocks, coef, n):
    """n texts: random ones, and ones of the terms with large coefficients of every output."""
    rng = random.Random(1)
    out, words = [], words_of(blocks, rng)
    weighty, first = [], 0
    for block in blocks:
        terms, rows = block.get("terms"), coef[:, first : first + block["n"]]
        first += block["n"]
        if terms is None or rows.shape[1] != block["n"]:
            continue
        for row in rows:
            for order in (np.argsort(-row)[:30], np.argsort(row)[:30]):
                weighty.append([terms[c] for c in order if terms[c].strip()])
    for terms in weighty:
        for size in (1, 4, 12):
            if terms:
                out.append(" ".join(rng.choice(terms) for _ in range(size)))
    words = words or [w for t in BASIC for w in t.split()] + ["w%d" % i for i in range(300)]
    while len(out) < n:
        out.append(" ".join(rng.choice(words) for _ in range(rng.randint(1, 20))))
    return out


def lost_to_words(texts):
    """Share of the letters and marks of the texts that are marks: \\w drops those, and cuts there."""
    import unicodedata

    letters = marks = 0
    for t in texts:
        for c in t:
            kind = unicodedata.category(c)[0]
            letters += kind == "L"
            marks += kind == "M"
    return marks / (letters + marks) if letters + marks else 0.0
