"""seeds.py - what fuzzing starts from: sound inputs of every kind, small ones.

usage: seeds.py --replay build/tests/fuzz/replay --winnow build/winnow FOLDER

Writes FOLDER/TARGET/NAME. Models come from the unit tests' samples and from golden/corrupt.py, in
whose files every kind of fastText model is there. Standard library only.
"""

import argparse
import gzip
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/golden"))

import corrupt  # noqa: E402
import ftmodel  # noqa: E402

TEXTS = {
    "plain": "The river froze in winter. An offer now!\n\nPolice at the harbour, goal x of 2026.",
    "wrapped": "It was a bright cold day in April, and the clocks\nwere striking thirteen; he slipped"
               "\nquickly through the doors.\n\n> quoted, and\n> more\n>> deeper\n\n- a list\n- more\n",
    "unicode": "\ufeffété naïve Straße 日本 мир ελλάδα 😀 don’t “so” …\u2028x\u00a0y\u3000z\r\nÅngström\r",
    "fasttext": "__label__a winter offer </s> now __label__b police\n\nvote river\n",
    "surface": "WIN $100 NOW!!! http://a.b/c?d=1 (50% off) call +1 555-0100, e-mail me@x.org #tag",
    "short": "x",
}

JSONL = [
    '{"text":"winter offer","label":"a","id":7}\n{"text":"a\\u00e9\\ud83d\\ude00\\n","labels":'
    '["x","y"],"id":"q"}\n',
    '{"title":"t","text":"b","n":[1,-2.5e3,{"a":null}],"label":true}\n\n{"text":3}\nnot json\n{"a"',
    "\ufeff{}\r\n[1]\r\n",
]
CSV = [
    'id,text,label\n1,"a, ""b""\nc",x\n2,plain,y\n\n3,short\n',
    "text,title\r\n\"a\",b\r\n\"open",
    "\ufefftext\nx\n\n",
]
TSV = ["text\tid\tlabel\na b\t1\tx\n\"q\t2\ty\n"]
WET = [
    "WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 4\r\n\r\nabcd\r\n\r\nWARC/1.0\r\nWARC-Type:"
    " conversion\r\nWARC-Target-URI: http://a/\r\nContent-Length: 12\r\n\r\nOne.\n\nTwo. x\r\n\r\n",
    "WARC/1.1\nWARC-Type: conversion\nid: 5\nContent-Length: 99\n\nshort",
    "junk\nWARC/1.0\nContent-Length: x\n\n",
]
LIBLINEAR = {
    "two": "solver_type L2R_LR\nnr_class 2\nlabel 1 -1\nnr_feature 3\nbias -1\nw\n0.5 \n-1.25e-3 \n2 \n",
    "three": "solver_type MCSVM_CS\nnr_class 3\nlabel 1 3 -1\nnr_feature 2\nbias 0.5\nw\n0.52676884403861168 "
             "-0.4737529930683958 -0.5 \n1 2 3 \n0 0 1e-300 \n",
    "probabilities": "solver_type L1R_LR\r\nnr_class 3\r\nlabel 5 6 7\r\nnr_feature 1\r\nbias 1\r\nw\r\n"
                     "1 2 3 \r\n4 5 6 \r\n",
    "words": "solver_type L2R_LR_DUAL\nnr_class 2\nlabel 0 1\nnr_feature 3\nbias 1\nw\n1 \n2 \n-3 \n0.5 \n"
             "=vocabulary=\nwinter\noffer now\nété\n",
    "svm": "solver_type L2R_L2LOSS_SVC\nnr_class 2\nlabel 2 1\nnr_feature 2\nbias -1\nw\n1 \n2 \n"
           "=vocabulary=\nriver\r\nharbour\r\n",
}

# What the first byte of a record input says; records.c has the bits.
KINDS = {"jsonl": 0, "csv": 1, "tsv": 2, "wet": 3, "lines": 4, "text": 5, "fasttext": 6, "any": 7}
TWO_FIELDS, WITH_ID, WITH_LABELS = 8, 16, 32


def record_seeds():
    inputs = [("jsonl", JSONL), ("csv", CSV), ("tsv", TSV), ("wet", WET), ("any", JSONL),
              ("lines", TEXTS.values()), ("text", TEXTS.values()), ("fasttext", TEXTS.values())]
    seeds = {}
    for kind, texts in inputs:
        for i, text in enumerate(texts):
            data = text.encode()
            for flags in (0, WITH_ID | WITH_LABELS, TWO_FIELDS | WITH_LABELS):
                first = bytes([KINDS[kind] | flags | (i % 4) << 6])
                seeds[f"{kind}-{i}-{flags}"] = first + data
            if i == 0:
                packed = gzip.compress(data, mtime=0)
                seeds[f"{kind}-gzip"] = bytes([KINDS[kind]]) + packed + packed + b"\0\0"
    plain = JSONL[0].encode()
    # A zstd frame of one raw block, written by hand: 1-byte content size, last block.
    block = ((len(plain) << 3) | 1).to_bytes(3, "little")
    seeds["jsonl-zstd"] = b"\0\x28\xb5\x2f\xfd\x20" + bytes([len(plain) % 256]) + block + plain
    return seeds


def binary_parts(file):
    """A .winnow file as "manifest NUL arrays", which model.c puts together again."""
    size = int.from_bytes(file[24:32], "little")
    return file[64:64 + size] + b"\0" + file[(64 + size + 63) // 64 * 64:]


def json_models(replay, folder):
    subprocess.run([replay, "--samples", folder], check=True)
    models = {path.stem: path for path in sorted(Path(folder).glob("*.json"))}
    models["example"] = ROOT / "models/example.json"
    return models


def all_seeds(replay, winnow):
    """target -> name -> bytes."""
    fasttext = {name: ftmodel.write(model) for name, model in corrupt.accepted().items()}
    liblinear = {name: text.encode() for name, text in LIBLINEAR.items()}
    texts = {name: text.encode() for name, text in TEXTS.items()}
    jsons, files, parts = {}, {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for name, path in json_models(replay, folder).items():
            jsons[name] = path.read_bytes()
            out = Path(folder, name + ".winnow")
            for keep in ("source", "both"):
                done = subprocess.run([winnow, "convert", "--keep", keep, str(path), str(out)],
                                      stderr=subprocess.DEVNULL, check=keep == "source")
                if done.returncode == 0:  # not every model has fast rows
                    files[f"{name}-{keep}"] = out.read_bytes()
                    parts[f"{name}-{keep}"] = binary_parts(out.read_bytes())
    models = {**{f"json-{n}": b for n, b in jsons.items()},
              **{f"parts-{n}": b for n, b in parts.items() if n.endswith("-source")},
              **{f"fasttext-{n}": b for n, b in fasttext.items()},
              **{f"liblinear-{n}": b for n, b in liblinear.items() if b"=voc" not in b}}
    text_seeds = {}
    for number in range(28):  # every sample with fast rows and with exact ones
        for i, (name, data) in enumerate(texts.items()):
            if (i + number) % 3 == 0:
                text_seeds[f"{number}-{name}"] = bytes([number, (number * 7 + i) % 256]) + data
    return {
        "load_winnow": {**{f"file-{n}": b for n, b in files.items()}, **parts},
        "load_json": jsons,
        "load_fasttext": fasttext,
        "load_liblinear": liblinear,
        "text": text_seeds,
        "model_text": {n: b + b"=text=\n" + texts["plain" if i % 2 else "unicode"]
                       for i, (n, b) in enumerate(models.items())},
        "paragraphs": texts,
        "records": record_seeds(),
        "convert": models,
        "round_trip": jsons,
    }


def write(replay, winnow, folder):
    for target, seeds in all_seeds(replay, winnow).items():
        place = Path(folder, target)
        place.mkdir(parents=True, exist_ok=True)
        for name, data in seeds.items():
            (place / name).write_bytes(data)


def main():
    parser = argparse.ArgumentParser(description="Writes the seeds of the fuzz targets.")
    parser.add_argument("--replay", required=True)
    parser.add_argument("--winnow", required=True)
    parser.add_argument("folder")
    options = parser.parse_args()
    write(str(Path(options.replay).resolve()), str(Path(options.winnow).resolve()), options.folder)


if __name__ == "__main__":
    main()
