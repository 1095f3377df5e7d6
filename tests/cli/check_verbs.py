"""check_verbs.py - info, verify, convert, and fastText's command line against the reference."""

import gzip
import json
import os
import random
import shutil
import stat
import subprocess

from support import PROBES, PROMO, Skip, model_json, same, test, true


@test
def info_tells_what_a_model_is(case):
    block = case.fine("info", "promo").text()
    for wanted in ("promo", "made by hand", "CC0", "softmax", "winnow", "boilerplate, editorial",
                   "probes      3"):
        true(wanted in block, f"{wanted} in {block}")
    info = case.fine("info", "--json", "promo").records()
    same(len(info), 1, "models")
    for key, value in (("name", "promo"), ("version", "7"), ("license", "CC0"), ("probes", 3),
                       ("labels", list(PROMO)), ("link", "softmax"), ("fasttext", False),
                       ("file", os.path.join(case.models, "promo.winnow"))):
        same(info[0][key], value, key)
    same([i["name"] for i in case.fine("info", "--json").records()], ["promo", "topic"], "shipped")
    case.write("bad.winnow", "bad")
    run = case.fails(2, "info", "bad.winnow", "promo")
    true("bad.winnow" in run.err and "promo" in run.text(), "the readable one is shown")


@test
def verify_replays_the_probes(case):
    text = case.fine("verify").text()
    true("ok" in text.splitlines()[0] and "3 probes" in text and "no probes" in text, text)
    wrong = [(t, list(reversed(s))) for t, s in PROBES]
    case.write("wrong.json", model_json("promo", PROMO, probes=wrong))
    run = case.run("verify", "wrong.json", "promo")
    same(run.code, 1, "a probe that fails")
    true("FAILED" in run.text() and "ok" in run.text(), run.text())
    with open(os.path.join(case.models, "promo.winnow"), "rb") as file:
        data = bytearray(file.read())
    data[-3] ^= 1
    case.write("flipped.winnow", bytes(data))
    run = case.fails(2, "verify", "flipped.winnow", "wrong.json")
    true("FAILED" in run.text(), "the others are still verified")


@test
def convert_round_trip(case):
    case.write("a.json", model_json("promo", PROMO, probes=PROBES))
    case.fine("convert", "a.json", "a.winnow")
    case.fine("convert", "a.winnow", "b.json")
    case.fine("convert", "b.json", "b.winnow")
    case.fine("convert", "--to", "winnow", "b.winnow", "c.model")
    read = lambda name: open(case.path(name), "rb").read()  # pylint: disable=consider-using-with
    same(read("a.winnow"), read("b.winnow"), "there and back")
    same(read("a.winnow"), read("c.model"), "--to")
    case.fine("convert", "--name", "other", "a.winnow", "a.winnow")
    same(case.fine("info", "--json", "a.winnow").records()[0]["name"], "other", "--name, in place")
    before = read("b.winnow")
    case.write("bad.json", "{}")
    case.fails(2, "convert", "bad.json", "b.winnow")
    case.fails(2, "convert", "missing.json", "b.winnow")
    same(read("b.winnow"), before, "a failure leaves the old file")
    case.fails(2, "convert", "a.json", "no/such/folder/a.winnow")
    os.mkfifo(case.path("fifo"))
    case.fails(2, "convert", "--to", "winnow", "a.json", "fifo")
    true(stat.S_ISFIFO(os.stat(case.path("fifo")).st_mode), "a FIFO is not replaced by a file")


@test
def convert_stores_probes(case):
    case.write("a.json", model_json("promo", PROMO))
    case.write("texts", "a report\r\n\nbuy this\nmenu")
    case.fine("convert", "--probes", "texts", "a.json", "a.winnow")
    same(case.fine("info", "--json", "a.winnow").records()[0]["probes"], 3, "probes")
    true("3 probes" in case.fine("verify", "a.winnow").text(), "verify")
    case.fine("convert", "a.winnow", "b.json")
    with open(case.path("b.json"), encoding="utf-8") as file:
        same([p["text"] for p in json.load(file)["probes"]], ["a report", "buy this", "menu"], "texts")
    case.fails(1, "convert", "--probes", "missing", "a.json", "a.winnow")


# ---- The reference ---------------------------------------------------------------------------------

def reference(case, train_options=()):
    """Trains a small fastText model; its path."""
    tool = shutil.which("fasttext")
    if tool is None:
        raise Skip("no fasttext tool (Debian package fasttext)")
    random.seed(3)
    words = [f"w{i}" for i in range(60)]
    lines = []
    for _ in range(300):
        label = random.randrange(3)
        lines.append(f"__label__{'abc'[label]} " + " ".join(
            random.choice(words[label * 15:label * 15 + 25]) for _ in range(8)))
    case.write("train.txt", "\n".join(lines) + "\n")
    subprocess.run([tool, "supervised", "-input", "train.txt", "-output", "model", "-dim", "5",
                    "-thread", "1", "-epoch", "5", "-lr", "0.5", "-bucket", "500", *train_options],
                   cwd=case.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    case.write("hostile.txt", b"w1 w2 </s> w3\nw1\r\n\n\0w1\0w2 \xff w3\n__label__a w20\n"
                              b"unknown words\n   \n</s>\n</s>x w4\n\tw5 w30 w50  w59")
    return tool


def compare(case, tool, args, stdin=None):
    """The same arguments to both tools; aborts of the reference are exit 2 with us."""
    done = subprocess.run([tool, *args], cwd=case.folder, input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False, timeout=60)
    run = case.run(*args, stdin=stdin or b"")
    wanted = 2 if done.returncode < 0 else done.returncode
    same(run.code, wanted, f"exit status of {args}, {run.err}")
    same(run.out, done.stdout, f"output of {args}")
    same(bool(run.err), wanted != 0, f"a message for {args}: {run.err!r}")


NUMBERS = ("1", "2", "3", "-1", "100", " 2", "+2", "\t2x", "2.9", "0x2", "1e3", "007")
BAD_NUMBERS = ("", "x", "99999999999", "--1", "2147483648", "-2147483649", ".5")
THRESHOLDS = ("0", "0.3", "1", "-1", " 0.25junk", "0x1p-2", "nan", "inf", "-inf", "3e-1", ".3")
BAD_THRESHOLDS = ("", "x", "1e99", "1e-60", "e5")


@test
def predict_reads_arguments_as_the_reference(case):
    tool = reference(case)
    for verb in ("predict", "predict-prob"):
        for k in NUMBERS + BAD_NUMBERS:
            compare(case, tool, [verb, "model.bin", "hostile.txt", k])
        for threshold in THRESHOLDS + BAD_THRESHOLDS:
            compare(case, tool, [verb, "model.bin", "hostile.txt", "-1", threshold])
        for args in ([], ["model.bin"], ["model.bin", "missing.txt"], ["missing.bin", "train.txt"],
                     ["model.bin", "train.txt", "1", "0", "more"], ["model.bin", "train.txt"]):
            compare(case, tool, [verb, *args])
        for k in ("0", "-2"):
            case.fails(2, verb, "model.bin", "train.txt", k)
            same(case.fine(verb, "model.bin", "/dev/null", k).out, b"", "k is not looked at")


@test
def predict_reads_input_as_the_reference(case):
    tool = reference(case, ("-wordNgrams", "2", "-minn", "2", "-maxn", "3"))
    random.seed(9)
    pieces = [b"w1", b"w20", b"w40", b" ", b"\n", b"\0", b"</s>", b"\r\n", b"\xff\xfe", b"__label__a",
              b"\t", b"x</s>", "\u00e9".encode()]
    for _ in range(40):
        data = b"".join(random.choice(pieces) for _ in range(random.randrange(40)))
        compare(case, tool, ["predict-prob", "model.bin", "-", "2"], data)
        compare(case, tool, ["predict", "model.bin", "-"], data)
        compare(case, tool, ["predict", "model.bin", "-"], gzip.compress(data))
        case.write("data.txt", data)
        compare(case, tool, ["test", "model.bin", "data.txt"])


@test
def test_prints_what_the_reference_prints(case):
    tool = reference(case)
    case.write("nolabels.txt", "w1 w2\nw3\n")
    case.write("odd.txt", "__label__a __label__b w1 w20\n__label__zz w1\n__label__c\n"
                          "__label__a\n__label__b w20 w21 </s> __label__a w1\nw1")
    case.write("empty.txt", "")
    for file in ("train.txt", "nolabels.txt", "odd.txt", "empty.txt", "hostile.txt"):
        for args in ([], ["1"], ["2"], ["3"], ["-1"], ["5", "0.4"], ["-1", "0.9"], ["1", "2"],
                     ["1", "0.999"], ["2", "-1"]):
            compare(case, tool, ["test", "model.bin", file, *args])
    # The reference rewinds its input and so counts nothing in a pipe; here a pipe is as good.
    with open(case.path("train.txt"), "rb") as file:
        same(case.fine("test", "model.bin", "-", stdin=file.read()).out,
             case.fine("test", "model.bin", "train.txt").out, "a pipe")
    for args in (["test"], ["test", "model.bin"], ["test", "model.bin", "missing"],
                 ["test", "missing.bin", "train.txt"], ["test", "model.bin", "train.txt", "x"],
                 ["test", "model.bin", "train.txt", "0"]):
        compare(case, tool, args)


@test
def predict_needs_a_fasttext_model_with_exact_rows(case):
    promo = os.path.join(case.models, "promo.winnow")
    case.fails(2, "predict", promo, "-", stdin="x")
    tool = reference(case)
    case.fine("convert", "model.bin", "both.winnow", "--keep", "both")
    case.fine("convert", "model.bin", "fast.winnow", "--keep", "fast")
    out = case.fine("predict-prob", "both.winnow", "train.txt", "-1").out
    done = subprocess.run([tool, "predict-prob", "model.bin", "train.txt", "-1"], cwd=case.folder,
                          stdout=subprocess.PIPE, check=True)
    same(out, done.stdout, "the converted model predicts the same bytes")
    case.fails(2, "predict", "fast.winnow", "train.txt")
    case.fails(2, "-m", "fast.winnow", "--exact", "train.txt")
    case.fine("-m", "fast.winnow", "train.txt")
    info = case.fine("info", "--json", "both.winnow", "fast.winnow", "model.bin").records()
    same([(i["fast"], i["exact"]) for i in info], [(True, True), (True, False), (True, True)], "rows")


@test
def predict_answers_line_by_line(case):
    reference(case)
    process = case.start("predict", "model.bin", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for _ in range(3):
        process.stdin.write(b"w1 w2\n")
        process.stdin.flush()
        true(process.stdout.readline().startswith(b"__label__"), "an answer while the input waits")
    process.stdin.close()
    same(process.wait(timeout=60), 0, "exit status")
    process.stdout.close()
