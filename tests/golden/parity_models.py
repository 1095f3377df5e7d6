"""parity_models.py - the models of the parity suite: trained by the reference, or made by hand.

The trained ones are a selection of loss x quantisation x subwords x word n-grams x minCount x
bucket: every loss with every way to quantise, every other pair of settings somewhere.
"""

import os
import random
import struct
from array import array
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import ftmodel
import harness
from corpus import Corpus
from ftmodel import HS, NS, OVA, SOFTMAX


@dataclass
class ModelFile:
    name: str
    path: str
    corpus: Corpus
    ns: bool = False  # the reference takes long to load these
    convert: bool = False


@dataclass
class Recipe:
    """One training run, and the quantised models made from its result: suffix -> arguments."""

    name: str
    corpus: str
    loss: str
    dim: int = 8
    minn: int = 0
    maxn: int = 0
    ngrams: int = 1
    min_count: int = 1
    bucket: int = 1000
    lr: float = 0.5
    epoch: int = 3
    label: str = "__label__"
    quantize: dict = field(default_factory=dict)
    version_11: tuple = ()  # suffixes that get a copy with version 11 in the header
    short: bool = False  # part of --short
    convert: tuple = ()  # suffixes that the conversion checks use


CORPORA = {
    "few": lambda: Corpus(11, 8, 900),
    "forty": lambda: Corpus(12, 40, 1200, n_words=700),
    "many": lambda: Corpus(13, 300, 2600, n_words=600, length=6),
    "three": lambda: Corpus(14, 3, 300, n_words=120),
    "two": lambda: Corpus(15, 2, 400, n_words=400),
    "one": lambda: Corpus(16, 1, 300, n_words=400, two_labels=0),
    "prefix": lambda: Corpus(17, 5, 400, prefix="@@"),
    "frequent": lambda: Corpus(18, 4, 250, n_words=40, length=30),
}

RECIPES = [
    Recipe("softmax", "few", "softmax", 10, 2, 4, 2, short=True, convert=(".bin", "_cut.ftz"),
           quantize={"": [], "_qnorm": ["-qnorm"], "_cut": ["-cutoff", "400"],
                     "_cut_qnorm3": ["-cutoff", "300", "-qnorm", "-dsub", "3"]},
           version_11=(".bin", "_cut.ftz")),
    Recipe("hs", "few", "hs", 7, 3, 6, 1, bucket=2000, short=True,
           convert=(".bin", "_cut_qnorm.ftz"),
           quantize={"": [], "_qnorm": ["-qnorm", "-dsub", "4"], "_cut": ["-cutoff", "500"],
                     "_cut_qnorm": ["-cutoff", "300", "-qnorm"]},
           version_11=(".bin", "_qnorm.ftz")),
    Recipe("ns", "few", "ns", 8, 0, 0, 3, bucket=1500, short=True, convert=("_qnorm.ftz",),
           quantize={"": [], "_qnorm": ["-qnorm", "-dsub", "3"], "_cut": ["-cutoff", "300"]}),
    Recipe("ova", "few", "one-vs-all", 9, 1, 3, 5, lr=1.0, short=True,
           convert=(".bin", "_qnorm.ftz"),
           quantize={"": ["-dsub", "4"], "_qnorm": ["-qnorm"], "_cut": ["-cutoff", "350"]}),
    Recipe("softmax300", "many", "softmax", 6, lr=1.0, convert=("_qout.ftz",),
           quantize={"_qout": ["-qout"], "_qout_all": ["-qout", "-qnorm", "-cutoff", "280"]}),
    Recipe("hs300", "many", "hs", 5, 0, 0, 2, bucket=3000, lr=1.0,
           convert=("_qout_qnorm.ftz",),
           quantize={"_qout": ["-qout"], "_qout_qnorm": ["-qout", "-qnorm", "-dsub", "3"]}),
    Recipe("ns300", "many", "ns", 6, 2, 3, 1, bucket=1000,
           quantize={"_qout": ["-qout", "-cutoff", "400"]}),
    Recipe("ova300", "many", "one-vs-all", 8, 0, 0, 3, bucket=1000, convert=("_qout.ftz",),
           quantize={"_qout": ["-qout"], "_qout_cut": ["-qout", "-qnorm", "-cutoff", "500"]}),
    Recipe("softmax40", "forty", "softmax", 20, 0, 0, 5, min_count=2, bucket=1000, lr=1.0, epoch=6,
           quantize={"": ["-dsub", "5"], "_wide": ["-dsub", "20", "-qnorm"]}),
    Recipe("hs40", "forty", "hs", 12, 1, 3, 3, min_count=3, bucket=1000, epoch=6,
           quantize={"_qnorm": ["-qnorm", "-dsub", "5"]}),
    Recipe("ova40", "forty", "one-vs-all", 5, 2, 4, 1, bucket=700, lr=2.0, epoch=8,
           quantize={"_wide": ["-dsub", "9"]}),
    Recipe("big_bucket", "few", "softmax", 5, 3, 6, 5, bucket=200000, convert=(".bin",)),
    Recipe("big_bucket_hs", "few", "hs", 6, 1, 3, 2, bucket=200000),
    Recipe("collisions", "few", "softmax", 5, 2, 4, 3, bucket=5, lr=0.1),
    Recipe("words_only", "few", "softmax", 5, short=True,
           quantize={"": [], "_cut": ["-cutoff", "256"]}),
    Recipe("rare_dropped", "three", "softmax", 4, 0, 0, 2, min_count=20),
    Recipe("no_eos", "frequent", "softmax", 6, 0, 0, 2, min_count=260),
    Recipe("no_eos_hs", "frequent", "hs", 6, 2, 3, 1, min_count=260),
    Recipe("no_words", "three", "softmax", 6, 2, 3, 1, min_count=20),
    Recipe("one_softmax", "one", "softmax", 5, 0, 0, 2, quantize={"_qnorm": ["-qnorm"]}),
    Recipe("one_hs", "one", "hs", 5, 2, 4, 1),
    Recipe("one_ova", "one", "one-vs-all", 5),
    Recipe("two_softmax", "two", "softmax", 5, 2, 4, 2, lr=0.1, epoch=1),
    Recipe("two_hs", "two", "hs", 5, lr=1.0, quantize={"": []}),
    Recipe("two_ns", "two", "ns", 5, 1, 3, 2),
    Recipe("two_ova", "two", "one-vs-all", 5, 0, 0, 3, lr=3.0, epoch=10),
    Recipe("prefix", "prefix", "softmax", 6, 2, 4, 2, label="@@"),
    Recipe("prefix_hs", "prefix", "hs", 6, label="@@"),
]


def train(recipe, corpora, folder, fasttext):
    """Runs the reference for one recipe; its model files."""
    base = os.path.join(folder, recipe.name)
    text = os.path.join(folder, f"train_{recipe.corpus}.txt")
    command = [fasttext, "supervised", "-input", text, "-output", base, "-thread", "1",
               "-loss", recipe.loss, "-dim", recipe.dim, "-minn", recipe.minn,
               "-maxn", recipe.maxn, "-wordNgrams", recipe.ngrams, "-minCount", recipe.min_count,
               "-bucket", recipe.bucket, "-lr", recipe.lr, "-epoch", recipe.epoch,
               "-label", recipe.label, "-verbose", "0"]
    _must([str(part) for part in command])
    made = [".bin"]
    for suffix, extra in recipe.quantize.items():
        # The tool reads OUTPUT.bin and writes OUTPUT.ftz, so each variant gets a name of its own.
        if suffix:
            os.link(base + ".bin", base + suffix + ".bin")
        _must([fasttext, "quantize", "-input", text, "-output", base + suffix, "-thread", "1",
               "-verbose", "0", *extra])
        made.append(suffix + ".ftz")
    for suffix in recipe.version_11:
        with open(base + suffix, "rb") as file:
            data = file.read()
        with open(base + "_v11" + suffix, "wb") as file:
            file.write(data[:4] + struct.pack("<i", 11) + data[8:])
        made.append("_v11" + suffix)
    return [ModelFile(recipe.name + s, base + s, corpora[recipe.corpus], recipe.loss == "ns",
                      s in recipe.convert) for s in made]


def _must(command):
    outcome = harness.run(command)
    if outcome.code != 0:
        raise SystemExit(f"parity: {' '.join(command)}: {outcome.describe()}")


# ---- By hand ---------------------------------------------------------------------------------


def synthetic(corpus):
    """Models that no training gives: saturation, ties, odd dictionaries. Name -> Model."""
    rng = random.Random(5)
    words = [b"</s>"] + [word.encode() for word in corpus.words[:60]]

    def labels(n):
        return [f"__label__{i}".encode() for i in range(n)]

    def head(model, values):
        """Sets the output rows: values is one list of floats for each label."""
        model.output.values = array("f", (v for row in values for v in row))
        return model

    one_word = {"words": [b"</s>", words[1]], "dim": 1}
    table = ftmodel.build(labels=labels(7), loss=OVA, **one_word)
    table.input.values = array("f", [1.0, 1.0])
    head(table, [[v] for v in (20, 30, -20, -30, 8, -8, 7.99)])
    edges = ftmodel.build(labels=labels(60), loss=NS, **one_word)
    edges.input.values = array("f", [1.0, 1.0])
    head(edges, [[(i - 30) / 3.75 + rng.choice((0, 1e-6, -1e-6))] for i in range(60)])
    ties7 = ftmodel.build(words, labels(7), loss=SOFTMAX, dim=2)
    head(ties7, [[0.5, -0.25]] * 7)
    tail = ftmodel.build(words, labels(41), loss=SOFTMAX, dim=3, scale=4)
    head(tail, [[rng.choice((-9, -6, 0, 6, 9)) for _ in range(3)] for _ in range(41)])
    ova_ties = ftmodel.build(words, labels(200), loss=OVA, dim=3, scale=3)
    head(ova_ties, [[rng.choice((-8, -1, 0, 1, 8)) for _ in range(3)] for _ in range(200)])
    odd_names = ftmodel.build(words + [b"__label__word", b"a b"],
                              [b"plain", b"__label__x", b"\xff\xc3", b"__label__"], dim=4)
    twice = ftmodel.build(words + words[1:20] + [words[5]], labels(4), dim=4, word_ngrams=2,
                          bucket=30)
    label_twice = ftmodel.build(words, labels(3) + labels(2), dim=4)
    word_is_label = ftmodel.build(words[:20] + [b"__label__1", words[1]], labels(3) + [words[3]],
                                  dim=4, word_ngrams=2, bucket=30)
    huge = ftmodel.build(words, labels(5), loss=HS, dim=4, scale=1e18)
    counts = [5, 0, 0, 7, 7, 7, 1, 900000000000000, 3, 7, 0, 12, 12]
    return {
        "ova_table": table,
        "ns_table_edges": edges,
        "softmax_ties7": ties7,
        "softmax_tail_ties": tail,
        "ova_ties": ova_ties,
        "hs_odd_counts": ftmodel.build(words, labels(13), counts=counts, loss=HS, dim=4),
        "hs_equal_counts": ftmodel.build(words, labels(33), counts=[4] * 33, loss=HS, dim=5),
        "hs_deep": ftmodel.build(words, labels(30), counts=[2**(40 - i) for i in range(30)],
                                 loss=HS, dim=3, scale=2),
        "hs_saturated": huge,
        "hs_one_label": ftmodel.build(words, labels(1), loss=HS, dim=4),
        "softmax_big_weights": ftmodel.build(words, labels(6), dim=4, scale=1e18),
        "ova_tiny_weights": ftmodel.build(words, labels(6), loss=OVA, dim=4, scale=1e-41),
        "odd_names": odd_names,
        "words_twice": twice,
        "label_twice": label_twice,
        "word_is_label": word_is_label,
        "eos_is_label": ftmodel.build(words[1:], labels(2) + [b"</s>"], dim=4, word_ngrams=2,
                                      bucket=20),
        "labels_only": ftmodel.build([], labels(3), dim=4, bucket=50, minn=2, maxn=3),
        "bucket_1": ftmodel.build(words, labels(3), dim=4, bucket=1, minn=1, maxn=2,
                                  word_ngrams=3),
        "minn_above_maxn": ftmodel.build(words, labels(3), dim=4, bucket=20, minn=5, maxn=3),
        "minn_0": ftmodel.build(words, labels(3), dim=4, bucket=500, minn=0, maxn=2,
                                word_ngrams=5),
        "pruned_none_kept": ftmodel.build(words, labels(4), dim=5, dsub=2, kept=[], bucket=100,
                                          minn=2, maxn=3, word_ngrams=2),
        "pruned_some_kept": ftmodel.build(words, labels(4), dim=13, dsub=5, qnorm=True, qout=True,
                                          kept=rng.sample(range(200), 90), bucket=200, minn=1,
                                          maxn=4, word_ngrams=4),
        "pruned_all_kept": ftmodel.build(words, labels(9), loss=HS, dim=3, dsub=8, qout=True,
                                         kept=list(range(64)), bucket=64, minn=2, maxn=2,
                                         word_ngrams=2),
        "qout_dense_input": _with_qout_byte(ftmodel.build(words, labels(4), dim=4)),
    }


def random_models(corpus, n, seed):
    """Models with every setting drawn at random, so that pairs nobody thought of occur too."""
    rng = random.Random(seed)
    odd = [b"\xff\xfe", b"\x80", b"\xc3", b"</s>x", b"__label", b"a", b"zzzzqqqq", b"\xc2\xa0",
           b"__label__never_seen", b"<", b"\xef\xbb\xbf"]
    models = {}
    for i in range(n):
        words = [word.encode() for word in rng.sample(corpus.words, rng.randrange(100))]
        words += rng.sample(odd, rng.randrange(len(odd))) + [b"</s>"] * (rng.random() < 0.8)
        n_labels = rng.choice((1, 2, 3, 4, 7, 20, 65, 129))
        labels = [name.encode() for name in corpus.labels[:n_labels]]
        labels += [b"__label__%d" % j for j in range(len(labels), n_labels)]
        maxn, ngrams = rng.choice((0, 0, 1, 2, 3, 6)), rng.randint(1, 5)
        bucket = rng.choice((1, 13, 256, 3001)) if maxn > 0 or ngrams > 1 else 0
        dim, dsub = rng.randint(1, 21), rng.choice((0, 0, 1, 2, 3, 4, 7))
        kept = None
        if dsub and bucket and rng.random() < 0.6:
            kept = rng.sample(range(bucket), rng.randrange(bucket))
        if dsub and not words and not kept:
            dsub, kept = 0, None  # a quantised matrix has rows
        models[f"random_{i:02}"] = ftmodel.build(
            words, labels, seed=seed + i, dim=dim, dsub=dsub, qnorm=rng.random() < 0.5,
            qout=bool(dsub) and rng.random() < 0.4, kept=kept, bucket=bucket,
            counts=[rng.randint(1, 50) for _ in labels], scale=rng.choice((0.1, 1, 5, 20)),
            loss=rng.choice((HS, SOFTMAX, OVA)), minn=rng.randint(0, maxn), maxn=maxn,
            word_ngrams=ngrams)
    return models


def _with_qout_byte(model):
    """Dense input with the quantised-output byte set: readers ignore the byte."""
    model.qout = 1
    return model


SHORT_SYNTHETIC = ("ova_table", "softmax_ties7", "hs_odd_counts", "pruned_some_kept")
CONVERT_SYNTHETIC = ("pruned_none_kept", "pruned_some_kept", "hs_odd_counts", "words_twice",
                     "odd_names", "word_is_label", *(f"random_{i:02}" for i in range(0, 24, 4)))


def make_all(folder, fasttext, short, n_random=24, seed=17):
    """Trains and writes every model; the list of ModelFile. More than the usual number of random
    models: those alone, and the few trained ones that other checks need."""
    recipes = [r for r in RECIPES if r.short or not (short or n_random > 24)]
    corpora = {name: CORPORA[name]() for name in {r.corpus for r in recipes} | {"few"}}
    for name, corpus in corpora.items():
        with open(os.path.join(folder, f"train_{name}.txt"), "wb") as file:
            file.write(corpus.train)
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        groups = pool.map(lambda r: train(r, corpora, folder, fasttext), recipes)
        models = [model for group in groups for model in group]
    made = synthetic(corpora["few"])
    made.update(random_models(corpora["few"], n_random, seed))
    for name, model in made.items():
        if short and name not in SHORT_SYNTHETIC:
            continue
        path = os.path.join(folder, name + ".bin")
        with open(path, "wb") as file:
            file.write(ftmodel.write(model))
        models.append(ModelFile("made_" + name, path, corpora["few"], model.header.loss == NS,
                                name in CONVERT_SYNTHETIC))
    return models
