"""configs.py - the table of configurations: what is trained, on what it is measured, and how.

A row of the table is a model and a text. `ways` are the ways in which winnow scores them, all measured
in the same alternation with the peer:

  fast      winnow classify, rows with the output layer folded in (convert --keep fast); where there
            are more labels than dimensions nothing is folded, and the file holds exact rows
  fast-j2   the same with two threads
  exact     winnow predict-prob on the file that the peer opens
  bin       winnow classify on that file: folds while it opens
  both      winnow classify on a file with both kinds of rows (convert --keep both)
  map       the same with --map
  portable  fast, with the tool whose only kernel is the portable one (KERNELS=portable)
"""

from dataclasses import dataclass

BUCKET = 2_000_000


@dataclass(frozen=True)
class Config:
    name: str
    group: str
    kind: str = "fasttext"  # or sklearn, liblinear
    n_labels: int = 6
    loss: str = "softmax"  # or hs
    dim: int = 100
    ngrams: int = 1  # of words
    subwords: tuple = (0, 0)  # characters, shortest and longest
    bucket: int = BUCKET
    cutoff: int = -1  # quantised: -1 no, 0 yes, else rows that are kept
    given: str = ""  # a model file in $SHARED/models instead of a trained one
    text: str = "normal"  # raw: as written; words-N: paragraphs of N words
    size: int = 10_000_000  # bytes of held-out text, at least
    epochs: int = 2
    rate: float = 0.3  # learning rate
    min_count: int = 1
    ways: tuple = ("fast",)
    panel: str = ""  # the plot that it is a point of


def _b(name, dim, n_labels, ways=("fast",)):
    return Config(name, "b", dim=dim, ngrams=2, n_labels=n_labels, ways=ways, size=100_000_000,
                  panel="labels" if dim == 100 else "")


def _c(name, dim, n_labels, **more):
    more.setdefault("size", 40_000_000)
    return Config(name, "c", dim=dim, ngrams=2, subwords=(2, 5), n_labels=n_labels, **more)


def _many(loss, n_labels):
    short = f"{n_labels // 1000}k"
    ways = ("fast", "portable") if n_labels < 10_000 else ("fast",)
    return Config(f"{loss}-{short}", "labels", loss=loss, ngrams=2, n_labels=n_labels, epochs=5, rate=1.0,
                  ways=ways,
                  size={"hs": 100_000_000, "softmax": 200_000_000 // (n_labels // 1000)}[loss],
                  panel="labels")


CONFIGS = [
    Config("a", "a", dim=10, bucket=0, size=40_000_000, ways=("fast", "exact", "fast-j2", "portable")),
    Config("a-14", "a", dim=10, bucket=0, n_labels=14, size=40_000_000),
    _b("b-100", 100, 6, ("fast", "exact", "bin", "both", "map", "portable")),
    _b("b-64", 64, 6),
    _b("b-100-14", 100, 14),
    _b("b-64-14", 64, 14),
    _c("c-100", 100, 6, ways=("fast", "exact", "portable")),
    _c("c-64", 64, 6),
    _c("c-100-14", 100, 14),
    _c("c-64-14", 64, 14),
    _c("c-100-raw", 100, 6, text="raw"),
    _c("c-100-ftz", 100, 6, cutoff=0),
    _c("c-100-cutoff", 100, 6, cutoff=100_000),
    Config("lid.176", "lid", given="lid.176.ftz", dim=16, n_labels=176, loss="hs", text="raw",
           size=40_000_000, ways=("fast", "exact", "portable")),
    _many("softmax", 5_000),
    _many("softmax", 50_000),
    _many("hs", 5_000),
    _many("hs", 50_000),
    Config("tfidf-lr", "tfidf", kind="sklearn", n_labels=14, text="raw", size=40_000_000,
           ways=("fast", "portable")),
    Config("liblinear", "liblinear", kind="liblinear", n_labels=14, text="raw", ways=("vectors",)),
    *[Config(f"words-{n}", "length", dim=10, bucket=0, text=f"words-{n}", panel="length")
      for n in (4, 16, 64, 256, 1024)],
]

# What winnow aims at: (configuration, way, column of the result, what has to be reached, what would be
# good). Of times less is better, of all else more. "speedup" is that of two threads, by the clock.
# Models that are a gigabyte when they are loaded are judged by user time: how long the system takes to
# give so much memory may differ by more than what the text needs.
TARGETS = [
    ("a", "fast", "ratio_cpu", 9, 15),
    ("b-100", "fast", "ratio_cpu", 12, 20),
    ("b-64", "fast", "ratio_cpu", 7, 11),
    ("c-100", "fast", "ratio_cpu", 40, 65),
    ("c-64", "fast", "ratio_cpu", 15, 25),
    ("c-100-raw", "fast", "ratio_cpu", 25, 40),
    ("c-100-ftz", "fast", "ratio_cpu", 100, 180),
    ("c-100-cutoff", "fast", "ratio_cpu", 45, 90),
    ("lid.176", "fast", "ratio_cpu", 8, 12),
    ("softmax-5k", "fast", "ratio_user", 10, 20),
    ("softmax-50k", "fast", "ratio_user", 12, 20),
    ("hs-5k", "fast", "ratio_user", 6, 10),
    ("hs-50k", "fast", "ratio_user", 50, 200),
    ("tfidf-lr", "fast", "ratio_cpu", 20, 35),
    ("b-100", "exact", "ratio_user", 2, 3),
    ("c-100", "exact", "ratio_user", 2, 5),
    ("b-100", "bin", "load_ratio", 2.5, 4),
    ("b-100", "map", "open_ms", 5, 1),
    ("b-100", "fast", "rss_ratio", 7, 10),
    ("a", "fast-j2", "speedup", 1.8, 1.95),
    *[(name, "portable", "ratio_cpu", 1, 2)
      for name in ("a", "b-100", "c-100", "lid.176", "softmax-5k", "hs-5k", "tfidf-lr")],
]

# What bench-smoke runs: every kind of step once, in seconds.
_TINY = {"dim": 10, "bucket": 10_000, "size": 200_000, "epochs": 25}
SMOKE = [
    Config("a", "a", ways=("fast", "exact", "fast-j2"), **{**_TINY, "bucket": 0}),
    Config("b", "b", ngrams=2, ways=("fast", "exact", "bin", "both", "map"), **_TINY),
    Config("c", "c", ngrams=2, subwords=(2, 5), text="raw", **_TINY),
    Config("hs", "labels", loss="hs", n_labels=14, ngrams=2, panel="labels", **_TINY),
    Config("words-16", "length", text="words-16", panel="length", **_TINY),
]


def chosen(table, names):
    """The rows whose name or group is asked for; all without names. KeyError: a name that is none."""
    for name in names:
        if not any(name in (config.name, config.group) for config in table):
            raise KeyError(name)
    return [c for c in table if not names or c.name in names or c.group in names]
