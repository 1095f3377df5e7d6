#!/usr/bin/env python3
"""corrupt.py - damaged fastText model files, each of which the engine must refuse.

    python3 tests/golden/corrupt.py --winnow build/winnow [--no-rlimit] [--keep DIR]

`winnow info FILE` must exit with 2, name the file on stderr, print nothing on stdout, take less
than a second of processor time and 400 MB of address space (--no-rlimit: sanitizers need more).
The undamaged files must open. Files with one changed byte may open or not, but nothing may crash,
and what opens must also predict.
"""

import argparse
import os
import random
import shutil
import struct
import sys
import tempfile
from array import array

import ftmodel
import harness
from ftmodel import HS, LABEL, NS, OVA, SOFTMAX, WORD, Entry, build

MEMORY_LIMIT = 400 << 20  # OpenBLAS takes 128 MB at once, and waits for ever when there are none
BATCH = 400  # files in one call of the tool
CPU_SECONDS = 1  # for one file; the machine may be busy, so it is processor time
TIMEOUT = 60  # seconds for one call, whatever it waits for
I32, I64 = 2**31 - 1, 2**63 - 1
NAN, INF = float("nan"), float("inf")

WORDS = [b"</s>", b"river", b"stone", "brücke".encode(), b"."]
LABELS = [b"__label__a", "__label__ö".encode(), b"__label__c"]


def seeds():
    """Small sound models, one for each shape of file. Name -> Model."""
    return {
        "dense": build(WORDS, LABELS, dim=3, bucket=7, minn=2, maxn=3, word_ngrams=2),
        "words": build(WORDS, LABELS, dim=2, loss=OVA),
        "hs": build(WORDS, LABELS, dim=2, loss=HS),
        "ns": build(WORDS, LABELS, dim=2, loss=NS, bucket=4, word_ngrams=3),
        "product": build(WORDS, LABELS, dim=3, dsub=2, bucket=6, minn=1, maxn=2),
        "all": build(WORDS, LABELS, dim=2, dsub=2, qnorm=True, qout=True, kept=[0, 5, 2], bucket=9,
                     minn=2, maxn=3, word_ngrams=2),
        "none_kept": build(WORDS, LABELS, dim=2, dsub=2, kept=[], bucket=9, minn=2, maxn=3),
    }


def accepted():
    """Sound files at the edge of what is sound."""
    sound = dict(seeds())
    for version in (11, 12):
        sound[f"version_{version}"] = build(WORDS, LABELS, dim=2, version=version)
    sound["one_label"] = build(WORDS, LABELS[:1], dim=1)
    sound["one_label_hs"] = build(WORDS, LABELS[:1], dim=1, loss=HS)
    sound["word_twice"] = build(WORDS + WORDS[1:3], LABELS, dim=2)
    sound["label_twice"] = build(WORDS, LABELS + LABELS[:1], dim=2)
    sound["one_entry"] = build([], LABELS[:1], dim=2, bucket=5, minn=2, maxn=3)
    sound["no_words"] = build([], LABELS, dim=2, bucket=5, minn=2, maxn=3)
    sound["hs_counts_zero"] = build(WORDS, LABELS, counts=[0, 0, 0], dim=2, loss=HS)
    sound["odd_bytes"] = build([b"</s>", b"\xff\xfe", b"a b", b"\n"], [b"\x80", b"__label__"],
                               dim=2)
    sound["largest_weight"] = build(WORDS, LABELS, dim=2)
    sound["largest_weight"].input.values[0] = 3.4028234663852886e38
    sound["wide_quantiser"] = build(WORDS, LABELS, dim=3, dsub=9)
    sound["bucket_largest"] = build(WORDS, LABELS, dim=2, dsub=2, kept=[0, I32 - 1, 77], bucket=I32,
                                    minn=2, maxn=3)
    return sound


# ---- Damage by hand --------------------------------------------------------------------------


def damages():
    """(name of the seed, name of the damage, function that damages a copy of the seed)."""
    out = []

    def add(seed, name, change):
        out.append((seed, name, change))

    def header(seed, **values):
        def change(model):
            for key, value in values.items():
                setattr(model.header, key, value)
        text = "_".join(f"{key}_{value}" for key, value in values.items())
        add(seed, "header_" + text, change)

    def attribute(seed, path, *values):
        """Sets model.a.b = value for each value."""
        *parts, last = path.split(".")
        for value in values:
            def change(model, value=value):
                for part in parts:
                    model = getattr(model, part)
                setattr(model, last, value)
            add(seed, f"{path}_{value}".replace(".", "_"), change)

    edges = (-1, -I32 - 1, I32, 0x7F000000)
    for seed in ("dense", "hs", "all"):
        for value in (0, 1, -793712314, 0x0A0A0A0A):
            header(seed, magic=value)
        for value in (13, 14, I32):
            header(seed, version=value)
        for name in ("dim", "size", "nwords", "nlabels"):
            for value in (0, *edges):
                if (seed, name, value) != ("", "", 0):
                    header(seed, **{name: value})
        for value in (-1, 0, 5, I32):
            header(seed, loss=value)
        for value in (1, 2, 0, 4, -3):
            header(seed, model=value)
        for name in ("bucket", "minn", "maxn", "word_ngrams"):
            for value in (-1, -I32 - 1):
                header(seed, **{name: value})
        for name in ("maxn", "word_ngrams"):
            header(seed, **{name: I32})
        header(seed, size=8, nwords=6, nlabels=3)
        header(seed, size=8, nwords=4, nlabels=4)
        header(seed, size=8, nwords=8, nlabels=0)
        header(seed, size=8, nwords=0, nlabels=8)
        header(seed, size=8, nwords=9, nlabels=-1)
        header(seed, size=8, nwords=-2, nlabels=10)
        header(seed, size=-I32 - 1, nwords=I32, nlabels=1)
        header(seed, size=-2, nwords=I32, nlabels=I32)
        header(seed, size=I32, nwords=I32 - 3, nlabels=3)
        header(seed, size=9, nwords=6, nlabels=3)
        header(seed, size=7, nwords=4, nlabels=3)
        header(seed, size=2**20 + 5, nwords=5, nlabels=2**20)
        header(seed, size=2**20 + 6, nwords=5, nlabels=2**20 + 1)
        for value in (I64, I64 // 8, I64 // 4, 2**61, 2**32, 2**31, -2, -I64 - 1, 1000):
            header(seed, pruneidx_size=value)
    header("dense", pruneidx_size=0)
    header("dense", pruneidx_size=3)
    header("all", pruneidx_size=-1)
    header("all", pruneidx_size=0)
    header("all", pruneidx_size=2)
    header("none_kept", pruneidx_size=-1)
    header("dense", bucket=0)
    header("dense", bucket=6)
    header("dense", bucket=I32)
    header("ns", bucket=0)
    header("words", bucket=1)
    header("words", word_ngrams=2)
    header("words", maxn=3)

    for seed in ("dense", "all"):
        add(seed, "entry_type_2", lambda m: setattr(m.entries[1], "type", 2))
        add(seed, "entry_type_minus", lambda m: setattr(m.entries[-1], "type", -1))
        add(seed, "word_after_label", lambda m: m.entries.insert(0, m.entries.pop()))
        add(seed, "label_as_word", lambda m: setattr(m.entries[-1], "type", WORD))
        add(seed, "word_as_label", lambda m: setattr(m.entries[0], "type", LABEL))
        add(seed, "label_empty", lambda m: setattr(m.entries[-1], "text", b""))
        add(seed, "word_empty", lambda m: setattr(m.entries[2], "text", b""))
        add(seed, "entry_too_few", lambda m: m.entries.pop())
        add(seed, "entry_too_many", lambda m: m.entries.append(Entry(b"x", 1, LABEL)))
        add(seed, "word_without_end", lambda m: setattr(m, "last_terminated", False))
        add(seed, "word_without_end_long", _endless_word)
        for extra in (b"\0", b"x", b"\n", bytes(4096)):
            add(seed, f"trailing_{len(extra)}_{extra[0]}",
                lambda m, extra=extra: setattr(m, "trailing", extra))
        for value in (2, 255):
            attribute(seed, "quant_input", value)
            attribute(seed, "qout", value)
    attribute("dense", "quant_input", 1)
    attribute("all", "quant_input", 0)
    attribute("all", "qout", 0)
    attribute("product", "qout", 1)
    for count in (-1, -I64 - 1, I64, 10**15 + 1, 4 * 10**18):
        add("hs", f"hs_count_{count}", lambda m, n=count: setattr(m.entries[-2], "count", n))
    add("hs", "hs_counts_wrap", lambda m: [setattr(e, "count", I64) for e in m.entries[-3:]])

    for pair in ((9, 0), (I32, 0), (-1, 0), (0, 3), (0, I32), (0, -1), (-I32 - 1, -I32 - 1)):
        add("all", f"pair_{pair[0]}_{pair[1]}", lambda m, p=pair: m.pairs.__setitem__(1, p))

    add("all", "pair_twice", lambda m: m.pairs.__setitem__(1, m.pairs[0]))

    sizes = (0, -1, 1, I64, -I64 - 1, 2**62, 2**61, 2**32, 2**33 + 5, 2**31)
    for seed in ("dense", "hs", "product", "all"):
        for name in ("input.rows", "input.cols", "output.rows", "output.cols"):
            attribute(seed, name, *sizes)
        for which in ("input", "output"):
            for rows, cols in ((2**62, 4), (2**32, 2**32), (2**31, 2**33), (-1, -1), (0, 0),
                               (I64, 2), (-4, -4)):
                def change(model, which=which, rows=rows, cols=cols):
                    getattr(model, which).rows, getattr(model, which).cols = rows, cols
                add(seed, f"{which}_{rows}_by_{cols}", change)
    for seed, which in (("dense", "input"), ("dense", "output"), ("hs", "output"),
                        ("words", "input")):
        for value in (NAN, INF, -INF):
            for at in (0, 5):
                def poison(model, which=which, value=value, at=at):
                    getattr(model, which).values[at] = value
                add(seed, f"{which}_{value}_at_{at}", poison)
        add(seed, f"{which}_last_nan",
            lambda m, w=which: getattr(m, w).values.__setitem__(-1, NAN))

    for which in ("input", "output"):
        attribute("all", which + ".codesize", 0, -1, 1, I32, -I32 - 1, 2**30)
        attribute("all", which + ".qnorm", 2, 255)
        attribute("all", which + ".qnorm", 0)
        for quantiser in ("product", "norms"):
            path = f"{which}.{quantiser}."
            for name in ("dim", "nsubq", "lastdsub"):
                attribute("all", path + name, 0, -1, 3, 200, I32, -I32 - 1)
            attribute("all", path + "dsub", 0, -1, -I32 - 1)
            attribute("all", path + "dim", 2**30, 2**24)
            for value in (NAN, INF, -INF):
                def spoil(model, which=which, quantiser=quantiser, value=value):
                    getattr(getattr(model, which), quantiser).centroids[17] = value
                add("all", path.replace(".", "_") + f"centroid_{value}", spoil)
    attribute("product", "input.product.dsub", 0, 1, 3, 200, I32, -1, -2)
    attribute("product", "input.product.nsubq", 0, 1, 3, 200, I32, -2)
    attribute("product", "input.product.lastdsub", 0, 2, 3, 256, I32, -1)
    attribute("product", "input.codesize", 0, 10, 12, 21, 23, -1, I32)
    attribute("product", "input.qnorm", 1)
    add("product", "codes_one_short", lambda m: _codes(m, -1))
    add("product", "codes_one_more", lambda m: _codes(m, 1))
    add("all", "norm_codes_short",
        lambda m: setattr(m.input, "norm_codes", m.input.norm_codes[:-1]))
    return out


def _codes(model, change):
    """Changes the number of codes, and codesize with it."""
    codes = (model.input.codes + b"\1")[: model.input.codesize + change]
    model.input.codes, model.input.codesize = codes, len(codes)


def _endless_word(model):
    model.entries[-1].text = b"\xff" * 300000
    model.last_terminated = False


def by_hand(folder):
    """Writes the files damaged by hand; list of (name, path)."""
    sound, files = seeds(), []
    for seed, name, change in damages():
        model = sound[seed].copy()
        change(model)
        data = ftmodel.write(model)
        if data == ftmodel.write(sound[seed]):
            continue  # the seed has this value anyway
        files.append((f"{seed}_{name}", data))
    no_rows = build([], LABELS, dim=2, dsub=2, kept=[], bucket=9, minn=2, maxn=3)
    files.append(("product_without_rows", ftmodel.write(no_rows)))
    whole = ftmodel.write(sound["dense"])
    files += [("empty", b""), ("zeros", bytes(500)), ("text", b"a model\n" * 30),
              ("gzip", b"\x1f\x8b\x08" + whole), ("magic_only", whole[:4]),
              ("swapped", struct.pack(">i", ftmodel.MAGIC) + whole[4:]), ("doubled", whole * 2),
              ("shifted", b"\0" + whole), ("middle_cut_out", whole[:100] + whole[140:])]
    return [(name, _save(folder, name, data)) for name, data in files]


def _save(folder, name, data):
    path = os.path.join(folder, name[:150] + ".bin")
    with open(path, "wb") as file:
        file.write(data)
    return path


# ---- Running ---------------------------------------------------------------------------------


class Runner:
    def __init__(self, winnow, limit):
        self.winnow = winnow
        self.limit = limit

    def info(self, paths):
        cpu = CPU_SECONDS if self.limit and len(paths) == 1 else 0
        return harness.run([self.winnow, "info", *paths], timeout=TIMEOUT,
                           limit_memory=self.limit, limit_cpu=cpu)

    def refused(self, name, path):
        """None if the tool refuses this one file as it should, else what it did."""
        got = self.info([path])
        if got.code == 2 and not got.out and path.encode() in got.err:
            return None
        return f"{name}: {got.describe()}"

    def all_refused(self, files):
        """Many files a call; a call that goes wrong is repeated file by file."""
        failures = []
        for at in range(0, len(files), BATCH):
            part = files[at : at + BATCH]
            got = self.info([path for _, path in part])
            messages = got.err.splitlines()
            if (got.code == 2 and not got.out and len(messages) >= len(part)
                    and all(path.encode() in line for (_, path), line in zip(part, messages))):
                continue
            failures += [f for f in (self.refused(*file) for file in part) if f]
        return failures

    def survives(self, files, predict):
        """Exit 0 or 2 for each file; what opens must predict without a crash, too. predict: the
        arguments that predict with a model."""
        failures, opened = [], []
        for at in range(0, len(files), BATCH):
            part = files[at : at + BATCH]
            got = self.info([path for _, path in part])
            if got.code not in (0, 2):
                alone = ((name, self.info([path])) for name, path in part)
                failures += [f"{name}: {one.describe()}" for name, one in alone
                             if one.code not in (0, 2)] or [got.describe()]
            messages = got.err
            opened += [file for file in part if file[1].encode() not in messages]
        for name, path in random.Random(3).sample(opened, min(len(opened), 250)):
            got = harness.run([self.winnow, *predict(path)], limit_memory=self.limit)
            if got.code not in (0, 1, 2):
                failures.append(f"{name} predicts: {got.describe()}")
        return len(opened), failures


def truncations(folder, name, data):
    return [(f"{name} cut to {n} bytes", _save(folder, f"{name}_cut_{n}", data[:n]))
            for n in range(len(data))]


def changed_bytes(folder, name, data):
    """Every byte of a small file, every 11th of a larger one, set to four other values."""
    files = []
    for at in range(0, len(data), 1 if len(data) < 1500 else 11):
        for value in {0, 0xFF, data[at] ^ 0x80, (data[at] + 1) & 0xFF} - {data[at]}:
            changed = data[:at] + bytes([value]) + data[at + 1 :]
            files.append((f"{name} byte {at} set to {value}",
                          _save(folder, f"{name}_{at}_{value}", changed)))
    return files


CUT = ("dense", "words", "hs", "all")  # seeds that are cut at every byte
CHANGED = ("dense", "hs", "ns", "all")  # seeds of which single bytes are changed


def check_all(runner, folder, report):
    print(f"registered {4 + len(CUT) + len(CHANGED)}")
    failures = []
    sound = accepted()
    for name, model in sound.items():
        path = _save(folder, "sound_" + name, ftmodel.write(model))
        got = runner.info([path])
        if got.code != 0 or not got.out:
            failures.append(f"{name}: {got.describe()}")
    report.check("sound files open", len(sound), failures)

    missing = os.path.join(folder, "no_such_file.bin")
    failures = [f for f in (runner.refused("missing file", missing),
                            runner.refused("a folder", folder)) if f]
    report.check("no file", 2, failures)

    files = by_hand(folder)
    failures = [f for f in (runner.refused(*file) for file in files) if f]
    report.check("damaged by hand", len(files), failures)
    for failure in failures[1:12]:
        report.note(failure)

    for name in CUT:
        part = os.path.join(folder, name)
        os.mkdir(part)
        data = ftmodel.write(sound[name])
        files = truncations(part, name, data)
        report.check(f"every truncation of {name}", len(files), runner.all_refused(files))
        shutil.rmtree(part)

    text = os.path.join(folder, "text.txt")
    with open(text, "wb") as file:
        file.write(" ".join(["river", "stone", "brücke", "other", "."] * 3).encode() + b"\n\nx\n")

    def predict(path):
        return ["predict-prob", path, text, "2"]

    for name in CHANGED:
        part = os.path.join(folder, name)
        os.mkdir(part)
        files = changed_bytes(part, name, ftmodel.write(sound[name]))
        n_opened, failures = runner.survives(files, predict)
        report.note(f"{n_opened} of {len(files)} changed files of {name} open")
        report.check(f"changed bytes of {name}", len(files), failures)
        shutil.rmtree(part)

    extremes = {
        "overflowing": build(WORDS, LABELS, dim=3, scale=3e37),
        "overflowing_hs": build(WORDS, LABELS, dim=3, loss=HS, scale=3e37),
        "overflowing_ova": build(WORDS, LABELS, dim=3, loss=OVA, scale=3e37),
    }
    for model in extremes.values():
        model.output.values = array("f", (v * 1e38 / 3 for v in model.output.values))
    files = [(name, _save(folder, name, ftmodel.write(m))) for name, m in extremes.items()]
    _, failures = runner.survives(files, predict)
    report.check("sums that overflow", len(files), failures)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--winnow", required=True, help="the tool under test")
    parser.add_argument("--no-rlimit", action="store_true", help="do not limit memory and time")
    parser.add_argument("--keep", metavar="DIR", help="leave the files in this folder")
    options = parser.parse_args()
    if shutil.which(options.winnow) is None:
        parser.error(f"no program {options.winnow}")
    report = harness.Report()
    runner = Runner(os.path.abspath(shutil.which(options.winnow)),
                    0 if options.no_rlimit else MEMORY_LIMIT)
    if options.keep:
        os.makedirs(options.keep, exist_ok=False)
        check_all(runner, options.keep, report)
    else:
        with tempfile.TemporaryDirectory(prefix="corrupt_") as folder:
            check_all(runner, folder, report)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
