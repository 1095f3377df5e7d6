"""material.py - texts and models of the bench, made once and kept under build/bench.

Every file has a `.key` beside it that says what it was made from: another seed, another data set or
another option makes it again. All choices come from fixed seeds, so that the same data give the same
texts everywhere.

Held-out text is recombined: sentences of the dev and test paragraphs, one to six of them to a
paragraph, until the wanted size is reached. None of them is in the training text.
"""

import gzip
import json
import os
import random
import re
import struct
import subprocess
import sys
from collections import Counter
from pathlib import Path

VERSION = 4  # of what this file does; part of every key
SEED = 20240
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“‘(])")
PUNCTUATION = re.compile(r"(?<!\w)([^\w\s])|([^\w\s])(?!\w)")
FASTTEXT_LOSS = {"hs": 1, "ns": 2, "softmax": 3}
LOSS_OFFSET = 8 + 6 * 4  # magic, version; dim, ws, epoch, minCount, neg, wordNgrams come first
PIECE = 8  # words in a line with a synthetic label
SKIPPED_WORDS = 200  # the most frequent words are nobody's label
# Fourteen topics in six groups; the data set's own names.
GROUPS = {"politics": "politics", "security": "security", "crime-justice": "security",
          "economy-business": "economy", "science-technology": "science", "health": "science",
          "environment": "science", "disaster-accident": "disaster"}


class Missing(Exception):
    """Data or a program that is not there."""


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def group_of(label):
    return GROUPS.get(label.split("/")[0], "culture")


def normalise(text):
    """The usual preparation for fastText: lower case, punctuation around words split off."""
    return " ".join(PUNCTUATION.sub(r" \1\2 ", text.lower()).split())


def run(command, **more):
    done = subprocess.run([str(c) for c in command], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **more)
    if done.returncode != 0:
        raise Missing(f"{' '.join(map(str, command))}: exit {done.returncode}: "
                      f"{done.stdout.decode('utf-8', 'replace')[-600:]}")


class Material:
    def __init__(self, folder, data, models, winnow, trainer):
        self.folder, self.data = Path(folder), Path(data) / "topic"
        self.models, self.winnow, self.trainer = Path(models), Path(winnow), trainer
        self.folder.mkdir(parents=True, exist_ok=True)
        self._paragraphs = {}

    def cached(self, name, made_from, make):
        """The path of a file; `make(path)` writes it when it is not there as described."""
        path = self.folder / name
        key, text = path.with_name(name + ".key"), repr((VERSION, made_from))
        if not path.exists() or not key.exists() or key.read_text() != text:
            key.unlink(missing_ok=True)
            unfinished = path.with_name("new-" + name)
            make(unfinished)
            os.replace(unfinished, path)
            key.write_text(text)
        return path

    # ---- Texts -----------------------------------------------------------------------------------

    def sources(self, *names):
        """What the data set's files are, for keys."""
        paths = [self.data / f"{name}.jsonl.gz" for name in names]
        for path in paths:
            if not path.exists():
                raise Missing(f"no {path}: DATA names the folder with topic/")
        return [(path.name, path.stat().st_size) for path in paths]

    def paragraphs(self, name):
        """[(text on one line, primary label)] of a split."""
        if name not in self._paragraphs:
            self.sources(name)
            with gzip.open(self.data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
                rows = [json.loads(line) for line in file]
            self._paragraphs[name] = [(" ".join(r["text"].split()), r["labels"][0]) for r in rows]
        return self._paragraphs[name]

    def training(self, n_lines=None):
        """The training paragraphs, or so many of them from all over the file."""
        rows = self.paragraphs("train")
        return rows[:: max(1, len(rows) // n_lines)][:n_lines] if n_lines else rows

    def train_text(self, n_labels, n_lines=None):
        """fastText's training lines: 6 or 14 labels of the data set, or n synthetic ones."""
        def make(path):
            lines = [(normalise(text), label) for text, label in self.training(n_lines)]
            if n_labels > 14:
                lines = self.synthetic(lines, n_labels)
            elif n_labels == 6:
                lines = [(text, group_of(label)) for text, label in lines]
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(f"__label__{label} {text}\n" for text, label in lines)
        return self.cached(f"train-{n_labels}-{n_lines or 'all'}.txt",
                           (self.sources("train"), n_labels, n_lines, SEED), make)

    @staticmethod
    def synthetic(lines, n_labels):
        """A label is a word; a line, here eight words, has the rarest of its label words."""
        pieces = []
        for text, _ in lines:
            words = text.split()
            pieces += [words[i : i + PIECE] for i in range(0, len(words), PIECE)]
        counts = Counter(word for words in pieces for word in words)
        ranked = sorted(counts, key=lambda w: (-counts[w], w))
        chosen = ranked[SKIPPED_WORDS : SKIPPED_WORDS + n_labels]
        if len(chosen) < n_labels:
            raise Missing(f"the data have too few words for {n_labels} labels")
        rank = {word: i for i, word in enumerate(chosen)}
        made = []
        for words in pieces:
            best = max((rank[w] for w in words if w in rank), default=None)
            if best is not None:
                made.append((" ".join(words), f"w{best}"))
        given = {label for _, label in made}
        made += [(word, f"w{i}") for word, i in rank.items() if f"w{i}" not in given]
        random.Random(SEED).shuffle(made)
        return made

    def held_out(self, kind, size):
        """A text file of at least `size` bytes; kind: normal, raw or words-N."""
        def make(path):
            pool = [s for name in ("dev", "test") for text, _ in self.paragraphs(name)
                    for s in SENTENCE.split(text)]
            if kind != "raw":
                pool = [normalise(sentence) for sentence in pool]
            pool = [sentence for sentence in pool if sentence]
            choose = random.Random(SEED)
            n_words = int(kind.split("-")[1]) if kind.startswith("words-") else 0
            written, rest = 0, []
            with open(path, "w", encoding="utf-8") as file:
                while written < size:
                    if n_words:
                        while len(rest) < n_words:
                            rest += choose.choice(pool).split()
                        line, rest = " ".join(rest[:n_words]), rest[n_words:]
                    else:
                        line = " ".join(choose.choice(pool) for _ in range(choose.randint(1, 6)))
                    written += len(line.encode()) + 1
                    file.write(line + "\n")
        return self.cached(f"text-{kind}-{size}.txt", (self.sources("dev", "test"), kind, size, SEED),
                           make)

    def one_line(self, text):
        """The first line of a text: the run that measures the load alone."""
        def make(path):
            with open(text, "rb") as source:
                path.write_bytes(source.readline())
        return self.cached(text.name + ".1", text.stat().st_size, make)

    # ---- Models ----------------------------------------------------------------------------------

    def fasttext_options(self, config):
        loss = config.loss
        if loss == "softmax" and config.n_labels > 14:
            loss = "ns"  # a full softmax would train for hours; see `trained`
        options = ["-dim", config.dim, "-wordNgrams", config.ngrams, "-bucket", config.bucket,
                   "-minn", config.subwords[0], "-maxn", config.subwords[1], "-loss", loss,
                   "-epoch", config.epochs, "-minCount", config.min_count, "-lr", config.rate,
                   "-thread", 1, "-seed", 1, "-verbose", 0]
        return [str(option) for option in options]

    def model(self, config, n_lines=None):
        """The file that the peer opens."""
        if config.given:
            path = self.models / config.given
            if not path.exists():
                raise Missing(f"no {path}")
            return path
        text = self.train_text(config.n_labels, n_lines)
        options = self.fasttext_options(config)
        name = (f"m-{config.loss}{config.n_labels}-d{config.dim}-n{config.ngrams}"
                f"-s{config.subwords[1]}-b{config.bucket}-{n_lines or 'all'}")
        made_from = (self.sources("train"), options, n_lines)
        dense = self.cached(f"{name}.bin", made_from, lambda p: self.train(p, text, options, config))
        if config.cutoff < 0:
            return dense
        return self.cached(f"{name}-q{config.cutoff}.ftz", (made_from, config.cutoff),
                           lambda p: self.quantise(p, dense, text, config.cutoff))

    def train(self, path, text, options, config):
        say(f"training {path.name[4:]}")
        stem = path.with_suffix("")
        run([self.trainer, "supervised", "-input", text, "-output", stem, *options])
        stem.with_suffix(".vec").unlink(missing_ok=True)
        if "ns" in options:  # negative sampling has softmax's matrices: only the loss differs
            with open(path, "r+b") as file:
                file.seek(LOSS_OFFSET)
                if struct.unpack("<i", file.read(4))[0] != FASTTEXT_LOSS["ns"]:
                    raise Missing(f"{path}: no loss where fastText 0.9 writes it")
                file.seek(LOSS_OFFSET)
                file.write(struct.pack("<i", FASTTEXT_LOSS[config.loss]))

    def quantise(self, path, dense, text, cutoff):
        say(f"quantising {path.name[4:]}")
        stem = path.with_suffix("")
        link = stem.with_suffix(".bin")  # quantize reads OUTPUT.bin and writes OUTPUT.ftz
        link.unlink(missing_ok=True)
        link.symlink_to(dense.resolve())
        more = ["-cutoff", cutoff] if cutoff else []
        try:
            run([self.trainer, "quantize", "-input", text, "-output", stem, "-qnorm", "-thread", 1,
                 "-verbose", 0, *more])
        finally:
            link.unlink()
            stem.with_suffix(".vec").unlink(missing_ok=True)

    def converted(self, model, keep):
        """A fastText model as a .winnow file with the rows that --keep names."""
        def make(path):
            say(f"converting {model.name}, --keep {keep}")
            run([self.winnow, "convert", "--keep", keep, "--to", "winnow", model, path])
        winnow = self.winnow.stat()
        return self.cached(f"{model.name}.{keep}.winnow",
                           (model.stat().st_size, model.stat().st_mtime_ns, winnow.st_mtime_ns), make)

    # ---- Linear models ---------------------------------------------------------------------------

    def linear(self, text, n_lines=None):
        """tf-idf + logistic regression: (pipeline, .winnow, vectors of the text, LIBLINEAR's model)."""
        import linear_models  # needs scikit-learn, which the other configurations do not
        train = self.training(n_lines)
        made_from = (self.sources("train"), n_lines, SEED)
        stem = f"linear-{n_lines or 'all'}"
        fitted = self.cached(f"{stem}.joblib", made_from, lambda p: linear_models.fit(p, train))
        exported = self.cached(
            f"{stem}.winnow", (made_from, self.winnow.stat().st_mtime_ns),
            lambda p: linear_models.export(p, fitted, [t for t, _ in train[:200]], self.winnow))
        vectors = self.cached(f"{stem}-{text.name}.svm", (made_from, text.stat().st_size),
                              lambda p: linear_models.vectors(p, fitted, text))
        trained = self.cached(f"{stem}.liblinear", made_from,
                              lambda p: linear_models.liblinear(p, fitted, train, run))
        return fitted, exported, vectors, trained
