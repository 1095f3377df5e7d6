#!/usr/bin/env python3
"""liblinear_corrupt.py - damaged LIBLINEAR model files.

    python3 tests/golden/liblinear_corrupt.py --winnow build/winnow [--short] [--no-rlimit]

As corrupt.py does for fastText: `winnow info FILE` refuses every truncation and all damage by hand
with exit 2 and a message, within a second of processor time and 400 MB of address space. The format
has no checksum, so a file with a changed byte may open or not; but nothing may crash or hang, and
what opens must also predict.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile

import harness
from corrupt import MEMORY_LIMIT, Runner

N_MUTANTS, N_SHORT_MUTANTS = 6000, 1000


def build(solver="L2R_LR", labels=(1, -1), bias="0.5", width=1, n_features=6, seed=1):
    """A model as liblinear-train writes it."""
    rng = random.Random(seed)
    n_rows = n_features + (float(bias) >= 0)
    head = (f"solver_type {solver}\nnr_class {len(labels)}\nlabel {' '.join(map(str, labels))}\n"
            f"nr_feature {n_features}\nbias {bias}\nw\n")
    values = [0, -1, 0.25, 1e-17, 1e300]
    rows = ["".join(f"{rng.choice([rng.gauss(0, 1), *values]):.17g} " for _ in range(width))
            for _ in range(n_rows)]
    return (head + "\n".join(rows) + "\n").encode()


def seeds():
    return {
        "binary": build(),
        "several": build("L1R_LR", (3, -1, 7), "-1", 3),
        "crammer_singer": build("MCSVM_CS", (0, 1), "1", 2),
        "one_label": build("L2R_LR_DUAL", (5,), "0", 1),
        "crlf": build("L2R_L2LOSS_SVC", (10, 20, 30, 40), "1", 4).replace(b"\n", b"\r\n"),
    }


def by_hand():
    """Name -> bytes of files that must be refused."""
    files, whole = {}, build("L1R_LR", (3, -1, 7), "1", 3)
    lines = whole.splitlines(True)

    def replace(name, old, new):
        assert old in whole, old
        files[name] = whole.replace(old, new, 1)

    for value in (b"2147483647", b"2147483648", b"4294967297", b"1000000", b"99999999999999999999",
                  b"-1", b"-2147483648", b"0", b"", b"x", b"7.0", b"1e1", b"0x6", b"inf", b"7", b"5"):
        replace(f"n_features_{value}", b"nr_feature 6", b"nr_feature " + value)
        if value != b"":
            replace(f"n_classes_{value}", b"nr_class 3", b"nr_class " + value)
    for value in (b"nan", b"inf", b"-inf", b"1e309", b"-1e999", b"0x1p3", b"1,5", b"", b"--1", b"1.2.3",
                  b"9" * 400, b"1e", b"nan(1)", b"\x00"):
        replace(f"bias_{value[:9]}", b"bias 1", b"bias " + value)
        files[f"weight_{value[:9]}"] = b"".join([*lines[:7], b"1 " + value + b" 2 \n", *lines[8:]])
    for i in range(len(lines)):
        files[f"without_line_{i}"] = b"".join(lines[:i] + lines[i + 1 :])
        files[f"twice_line_{i}"] = b"".join(lines[: i + 1] + lines[i:])
        files[f"empty_line_{i}"] = b"".join(lines[:i] + [b"\n"] + lines[i:])
        files[f"longer_line_{i}"] = b"".join(lines[:i] + [lines[i][:-1] + b" 1\n"] + lines[i + 1 :])
        files[f"joined_line_{i}"] = b"".join(lines[:i] + [lines[i][:-1]] + lines[i + 1 :])
    for i in range(6, len(lines)):
        shorter = lines[i].rsplit(None, 1)[0] + b"\n"
        files[f"shorter_line_{i}"] = b"".join(lines[:i] + [shorter] + lines[i + 1 :])
    huge = b"solver_type L2R_LR\nnr_class 2\nlabel 1 -1\nnr_feature %d\nbias -1\nw\n"
    many = b"solver_type L2R_LR\nnr_class %d\nlabel 1 -1\nnr_feature 1\nbias -1\nw\n1 \n"
    for n in (2**31 - 1, 2**30, 10**9, 10**8):
        files[f"huge_{n}"] = huge % n + b"1 \n" * 1000
        files[f"many_{n}"] = many % n
    files["product_wraps"] = (b"solver_type L2R_LR\nnr_class 65537\nlabel "
                              + b" ".join(b"%d" % i for i in range(65537))
                              + b"\nnr_feature 65535\nbias 1\nw\n1 \n")
    for name in ("L2R_L2LOSS_SVR", "L2R_L2LOSS_SVR_DUAL", "L2R_L1LOSS_SVR_DUAL", "ONECLASS_SVM",
                 "L2R_LRX", "l2r_lr", "", "L2R_LR L2R_LR"):
        replace("solver_" + name.replace(" ", "_"), b"L1R_LR", name.encode())
    files.update(header_only=b"solver_type ", doubled=whole * 2, shifted=b" " + whole,
                 bom=b"\xef\xbb\xbf" + whole, trailing=whole + b"0", nul=whole + b"\0",
                 label_before=whole.replace(b"nr_class 3\nlabel 3 -1 7\n", b"label 3 -1 7\nnr_class 3\n"),
                 label_large=whole.replace(b"label 3", b"label 2147483648"),
                 label_twice=whole.replace(b"label 3 -1 7", b"label 3 -1 3"),
                 carriage=whole.replace(b"\n", b"\r"), long_word=b"solver_type " + b"x" * 300000)
    return files


def mutants(data, n, seed):
    """Bytes set, inserted, taken out and moved; numbers that became other numbers."""
    rng = random.Random(seed)
    alphabet = b"0123456789.-+eE \n\r\t\0xnaif\xff"
    for _ in range(n):
        changed = bytearray(data)
        for _ in range(rng.choice([1, 1, 1, 2, 5])):
            at = rng.randrange(len(changed)) if rng.random() < 0.6 else rng.randrange(80)
            kind = rng.randrange(5)
            if kind == 0:
                changed[at] = rng.choice(alphabet)
            elif kind == 1:
                changed[at] ^= 1 << rng.randrange(8)
            elif kind == 2:
                changed.insert(at, rng.choice(alphabet))
            elif kind == 3:
                del changed[at : at + rng.choice([1, 1, 3, 20])]
            else:
                part = changed[at : at + rng.randint(1, 40)]
                changed[at:at] = part
        if changed != data:
            yield bytes(changed)


class Folder:
    """Numbered files in a folder."""

    def __init__(self, path):
        self.path, self.n = path, 0

    def save(self, data):
        self.n += 1
        path = os.path.join(self.path, f"file{self.n}.model")
        with open(path, "wb") as file:
            file.write(data)
        return path


def check_all(runner, folder, report, short):
    print("registered 5")
    files = Folder(folder)
    input_path, output = files.save(b"1 1:1 2:0.5 6:1e5\n-1\n3 1:-1e10 9:1\n"), os.path.join(folder, "out")

    def predict(path):
        return ["liblinear-predict", input_path, path, output]

    sound = seeds()
    sound["edge"] = (b"solver_type L1R_LR\nnr_class 1\nlabel -2147483648\nnr_feature 1\nbias 0\nw\n"
                     b"1.7976931348623157e308 \n4.9e-324 \n")
    sound["digits"] = build().replace(b"bias 0.5", b"bias 0." + b"5" * 100000)
    failures = []
    for name, data in sound.items():
        path = files.save(data)
        for arguments, code in ((["info", path], 0), (predict(path), 0)):
            got = harness.run([runner.winnow, *arguments])
            if got.code != code or not got.out:
                failures.append(f"{name}: {got.describe()}")
    report.check("sound files open", len(sound) * 2, failures)

    named = [(name, files.save(data)) for name, data in by_hand().items()]
    failures = [f for f in (runner.refused(*file) for file in named) if f]
    report.check("damaged by hand", len(named), failures)
    for failure in failures[1:12]:
        report.note(failure)

    named = [(f"{name} cut to {n} bytes", files.save(data[:n]))
             for name, data in seeds().items() for n in range(len(data))]
    report.check("every truncation", len(named), runner.all_refused(named))

    named = [(f"{name} byte {at} set to {value}", files.save(data[:at] + bytes([value]) + data[at + 1 :]))
             for name, data in seeds().items() for at in range(0, len(data), 7 if short else 1)
             for value in sorted({0, 10, 32, 45, 48, 57, 255, data[at] ^ 1} - {data[at]})]
    n_opened, failures = runner.survives(named, predict)
    report.note(f"{n_opened} of {len(named)} files with a changed byte open")
    report.check("changed bytes", len(named), failures)

    n = N_SHORT_MUTANTS if short else N_MUTANTS
    named = [(f"{name} mutant {i}", files.save(changed))
             for seed, (name, data) in enumerate(seeds().items())
             for i, changed in enumerate(mutants(data, n // len(seeds()), seed))]
    n_opened, failures = runner.survives(named, predict)
    report.note(f"{n_opened} of {len(named)} mutants open")
    report.check("mutants", len(named), failures)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--winnow", required=True, help="the tool under test")
    parser.add_argument("--short", action="store_true", help="fewer files")
    parser.add_argument("--no-rlimit", action="store_true", help="do not limit memory and time")
    options = parser.parse_args()
    if shutil.which(options.winnow) is None:
        parser.error(f"no program {options.winnow}")
    report = harness.Report()
    runner = Runner(os.path.abspath(shutil.which(options.winnow)),
                    0 if options.no_rlimit else MEMORY_LIMIT)
    with tempfile.TemporaryDirectory(prefix="liblinear_corrupt_") as folder:
        check_all(runner, folder, report, options.short)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
