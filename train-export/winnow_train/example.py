"""example - models/example.json: a model small enough to read, written with plain numbers.

Ten words, two labels, weights set by hand.  It shows the file format; it is no classifier to use.
"""

import math

from . import manifest as files
from . import probes
from .model import Model

LABELS = ["editorial", "promotional"]
# term: (idf, weight for editorial, weight for promotional)
TERMS = {
    "buy": (2.0, -1.5, 1.5),
    "discount": (2.5, -1.5, 1.5),
    "free": (1.5, -1.0, 1.0),
    "minister": (2.0, 1.5, -1.5),
    "now": (1.0, -0.5, 0.5),
    "police": (2.0, 1.5, -1.5),
    "report": (1.5, 1.0, -1.0),
    "said": (1.0, 1.0, -1.0),
    "subscribe": (2.5, -2.0, 2.0),
    "yesterday": (1.5, 0.5, -0.5),
}
BIAS = [0.25, -0.25]

TEXTS = [
    "",
    "!",
    "now",
    "NOW",
    "Buy lamps now!",
    "Buy, buy, buy.",
    "Subscribe now",
    "subscribe-now",
    "Free lamps: a discount for you",
    "A free discount.",
    "Police said so.",
    "“Yes,” the minister said.",
    "The minister’s report",
    "the report of yesterday",
    "Nobody said a word",
    "said said said said",
    "police police report",
    "A quiet garden",
    "minister",
    "Minister? Minister!",
    "discount discount",
    "free",
    "yesterday",
    "report",
    "buy police",
    "Police buy a discount ladder.",
    "The minister said: subscribe!",
    "Now, said the police, now.",
    "café",
    "漢字 buy",
    "Bűy",
    "report\tnow",
    "free…now",
    "report\u00a0now: buy",
]


def manifest():
    """The whole manifest, probes included."""
    terms = sorted(TERMS)
    rows = [w for t in terms for w in TERMS[t][1:]]
    m = {
        "winnow": 1,
        "name": "example",
        "version": "1",
        "description": "a ten-word toy model that shows the file format",
        "license": "CC0-1.0",
        "trainer": "weights set by hand",
        "normalize": ["fold_punctuation", "lower_ascii"],
        "labels": "labels",
        "link": "softmax",
        "bias": "bias",
        "blocks": [
            {
                "extractor": "words",
                "tokens": "letters",
                "min_length": 1,
                "ngrams": [1, 1],
                "terms": "terms",
                "weighting": {"binary": False, "sublinear_tf": True, "idf": "idf", "norm": "l2"},
                "rows": {"encoding": "dense", "values": "rows"},
            }
        ],
        "probe_tolerance": 1e-6,
        "probes": [],
        "arrays": {
            "labels": files.plain(LABELS, "str"),
            "bias": files.plain(BIAS, "f64"),
            "terms": files.plain(terms, "str"),
            "idf": files.plain([TERMS[t][0] for t in terms], "f64"),
            "rows": files.plain(rows, "f64", [len(terms), len(LABELS)]),
        },
    }
    m["probes"] = probes.with_scores(Model(m), TEXTS)
    for p in m["probes"]:  # nine digits are enough to read, and far inside the tolerance
        p["scores"] = [round(s, 9) for s in p["scores"]]
        if not math.isclose(sum(p["scores"]), 1.0, abs_tol=1e-8):
            raise ValueError("example: the scores of %r do not sum to 1" % p["text"])
    return m


def write(path):
    files.write_readable(path, manifest())
