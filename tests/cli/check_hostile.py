"""check_hostile.py - texts that nobody would write: time in proportion to their size, memory for the
text and no more than that for its words, as many records out as in, probabilities up to 1."""

import gzip
import json
import os
import random
import re
import subprocess
import sys

from support import LONG, fasttext_model, is_sanitized, model_json, same, test, true

MIB = 1 << 20
SIZE = (1024 if LONG else 16) * MIB
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")

# Runs argv[2:] with stdout in the file argv[1]; a process of its own, because the largest size of
# its children counts that of their parent.
MEASURE = """import json,resource,subprocess,sys
code = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL,
    stdout=open(sys.argv[1], "wb"), stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024]))"""


def measure(case, args):
    """(exit code, seconds of CPU, bytes of memory)"""
    done = subprocess.run([sys.executable, "-S", "-c", MEASURE, case.path("out"), case.winnow, *args],
                          cwd=case.folder, env=case.environment(), stdout=subprocess.PIPE,
                          timeout=2000, check=True)
    return json.loads(done.stdout)


def repeat(file, block, size):
    """Writes the block over and over, whole blocks; about size bytes."""
    many = block * (MIB // len(block) or 1)
    for _ in range(size // len(many)):
        file.write(many)


def different_words(file, size):
    for begin in range(0, size, MIB):
        at = begin // 9
        file.write(b"".join(b"%08x " % (at + i) for i in range(MIB // 9)))


def random_bytes(file, size):
    """Repeated after 16 MiB, which is more than anything remembers."""
    rng = random.Random(5)
    blocks = [rng.randbytes(MIB) for _ in range(16)]
    for i in range(size // MIB):
        file.write(blocks[i % 16])


SHAPES = {
    "words": lambda f, n: repeat(f, b"goal report of the day ", n),
    "one token": lambda f, n: repeat(f, b"a", n),
    "short tokens": lambda f, n: repeat(f, b"a ", n),
    "different tokens": different_words,
    "NUL": lambda f, n: repeat(f, b"\0", n),
    "spaces": lambda f, n: repeat(f, b" ", n),
    "line ends": lambda f, n: repeat(f, b"\n", n // 64),
    "random": random_bytes,
    "no UTF-8": lambda f, n: repeat(f, b"\xff", n),
    "half of a character": lambda f, n: repeat(f, b"\xe2\x80", n),
    "U+2028": lambda f, n: repeat(f, "\u2028".encode(), n),
    "marks on a letter": lambda f, n: repeat(f, "\u0301".encode(), n),
    "</s>": lambda f, n: repeat(f, b"</s>", n),
    "</s> tokens": lambda f, n: repeat(f, b"</s> ", n),
    "__label__": lambda f, n: repeat(f, b"__label__a ", n),
    "BOM": lambda f, n: repeat(f, b"\xef\xbb\xbf", n),
    "UTF-16LE": lambda f, n: repeat(f, "\ufeffgoal \u4e2d".encode("utf-16-le"), n),
    "UTF-16BE": lambda f, n: repeat(f, "goal \u4e2d".encode("utf-16-be"), n),
}


def count_lines(path):
    n, last = 0, b"\n"
    with open(path, "rb") as file:
        while block := file.read(MIB):
            n, last = n + block.count(b"\n"), block
    return n + (not last.endswith(b"\n"))


def check_output(case, what):
    """Whole records with probabilities from 0 to 1; returns how many."""
    n, last = 0, b""
    with open(case.path("out"), "rb") as file:
        for last in file:
            n += 1
            for p in re.findall(rb'"p":([^,}]*)', last):
                true(0 <= float(p) <= 1, f"{what}: p {p}")
    if n:
        json.loads(last)
    return n


def models(case):
    case.write("m.bin", fasttext_model())
    out = {"fastText": "m.bin", **({"by hand": "promo"} if LONG else {})}
    for name in ("topic", "promo") if LONG else ("topic",):
        path = os.path.abspath(os.path.join(ROOT, "models", name + ".winnow"))
        if os.path.exists(path):
            out["shipped " + name] = path
    return out


def cannot_be_cut(shape, model):
    """Linear models normalise a text up to the next place where all their features can be cut; what
    has none is held whole, in up to three bytes a byte. Words of the promo model end at white space
    alone."""
    return model != "fastText" and shape in (
        "one token", "no UTF-8", "half of a character", "U+2028", "marks on a letter", "BOM",
        *(("NUL", "</s>", "UTF-16LE", "UTF-16BE") if model == "shipped promo" else ()))


def check_shape(case, shape, name, model, normal):
    what = f"{shape}, {name}"
    size = os.path.getsize(case.path("in"))
    code, seconds, memory = measure(case, ["-m", model, "--input", "lines", "in"])
    same(code, 0, f"{what}: exit status")
    same(check_output(case, what), count_lines(case.path("in")), f"{what}: records")
    if LONG:
        print(f"# {what}: {size / MIB:.0f} MiB, {seconds:.2f} s, {memory / MIB:.0f} MiB", flush=True)
    if normal is None or is_sanitized(case.winnow):
        return seconds
    true(seconds < 10 * normal[0] + 1, f"{what}: {seconds:.2f} s, words {normal[0]:.2f} s")
    held = (4 if cannot_be_cut(shape, name) else 1) * size
    true(memory < normal[1] + held + 8 * MIB,
         f"{what}: {memory / MIB:.1f} MiB for {size / MIB:.1f}, {normal[1] / MIB:.1f} without")
    return seconds


@test
def hostile_texts_take_the_time_and_memory_of_their_size(case):
    given = models(case)
    size = SIZE // 16 if is_sanitized(case.winnow) else SIZE
    normal = {}
    for shape, write in SHAPES.items():
        with open(case.path("in"), "wb") as file:
            write(file, size)
        for name, model in given.items():
            if shape == "words":
                case.write("small", "goal\n")
                _, _, memory = measure(case, ["-m", model, "--input", "lines", "small"])
                normal[name] = (check_shape(case, shape, name, model, None), memory)
            check_shape(case, shape, name, model, normal[name])


@test
def hostile_texts_give_a_record_for_a_record(case):
    """Small files in every kind of input: what is a record is the input's business, not the text's."""
    case.write("m.bin", fasttext_model())
    # Models that are as sure as numbers go: rounding must not lift a probability above 1.
    case.write("sure.bin", fasttext_model(scale=1000.0))
    case.write("sure.json", model_json("sure", {"a": {"w1": 1e3}, "b": {"w1": -1e3}}))
    pieces = [b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"</s>", b" ", b"\t", b"\r",
              "\u2028\u2029\u0085\u00a0".encode(), b"\x0b\x0c\x1c\x1d\x1e", b"w1", b"__label__a", b"\\",
              b'"', b"\xf4\x90\x80\x80", b"\xed\xa0\x80", "w1 \u4e2d".encode("utf-16-le")[:-1]]
    rng = random.Random(11)
    for model in ("promo", "topic", "m.bin", "sure.bin", "sure.json"):
        for jobs in ("1", "3"):
            lines = [b"".join(rng.choice(pieces) for _ in range(rng.randrange(30)))
                     .replace(b"\n", b"") for _ in range(1000)]
            case.write("in", b"\n".join(lines) + b"\n")
            code, _, _ = measure(case, ["-m", model, "-j", jobs, "--input", "lines", "in"])
            same((code, check_output(case, model)), (0, len(lines)), f"lines, {model}")
            texts = [json.dumps({"text": l.decode("latin-1")}).encode() for l in lines]
            case.write("in", b"\n".join(texts) + b"\n")
            code, _, _ = measure(case, ["-m", model, "-j", jobs, "--input", "jsonl", "in"])
            same((code, check_output(case, model)), (0, len(lines)), f"jsonl, {model}")
            # As raw bytes most are no JSON, and each is answered.
            case.write("in", b"\n".join(b'{"text":"' + l + b'"}' for l in lines) + b"\n")
            code, _, _ = measure(case, ["-m", model, "-j", jobs, "--input", "jsonl", "in"])
            same((code, check_output(case, model)), (1, len(lines)), f"raw jsonl, {model}")


@test
def long_lines_between_short_ones_pass_byte_for_byte(case):
    case.write("m.bin", fasttext_model())
    rng = random.Random(3)
    lines = []
    for i in range(60):
        n = rng.randrange(MIB - 9, 4 * MIB) if i in (2, 3, 17, 40, 59) else rng.randrange(200)
        lines.append(b"%d " % i + b"w1 w2 " * (n // 6))
    content = b"\n".join(lines)
    case.write("in", content)
    case.write("in.gz", gzip.compress(content, 1))
    for name in ("in", "in.gz"):
        for n_jobs in ("1", "3"):
            kept = case.fine("-m", "m.bin", "--input", "lines", "-j", n_jobs, "--keep", "__label__a>=0", name)
            true(kept.out == content, f"{name}, -j {n_jobs}: {len(kept.out)} of {len(content)} bytes")
            answers = case.fine("-m", "m.bin", "--input", "lines", "-j", n_jobs, "--text", name).records()
            same([answer["text"].encode() for answer in answers], lines, f"{name}, -j {n_jobs}: texts")
