"""support.py - what the checks of the command-line tool share: a registry, models, runs."""

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile

TESTS = []

# Many rounds and large texts, as `make stress-cli` has them.
LONG = "--long" in sys.argv


def test(function):
    """Registers a check: a function of a Case."""
    TESTS.append(function)
    return function


class Skip(Exception):
    """The machine lacks something; the message names it."""


class Failure(Exception):
    """A check found the tool wrong."""


def same(got, wanted, what="value"):
    if got != wanted:
        raise Failure(f"{what}: got {got!r}, wanted {wanted!r}"[:600])


def true(condition, what):
    if not condition:
        raise Failure(str(what)[:600])


def close(got, wanted, what="number"):
    true(isinstance(got, float) and math.isclose(got, wanted, rel_tol=2e-6, abs_tol=1e-9),
         f"{what}: got {got!r}, wanted {wanted!r}")


# ---- Models made by hand: one word, one weight -----------------------------------------------------

PROMO = {  # label: {word: weight}; the order is that of the labels
    "boilerplate": {"menu": 2.0},
    "editorial": {"report": 2.0, "goal": 1.0},
    "promotional": {"buy": 2.0, "report": 0.5},
}
TOPIC = {"security/terrorism": {"bomb": 1.5}, "sport": {"goal": 1.5}}
TOPIC_BIAS = [0.0, 0.25]
SCORES = {"first": {"goal": -1.0}, "second": {"goal": -0.5}}


def words(text):
    """Runs of [A-Za-z0-9_] in lower case, as the models below cut them."""
    out, word = [], ""
    for c in text + " ":
        if c.isascii() and (c.isalnum() or c == "_"):
            word += c.lower()
        elif word:
            out.append(word)
            word = ""
    return out


def logits(table, bias, text):
    return [(bias[i] if bias else 0.0) + sum(weights.get(w, 0.0) for w in words(text))
            for i, weights in enumerate(table.values())]


def softmax(values):
    top = max(values)
    powers = [math.exp(v - top) for v in values]
    return [p / sum(powers) for p in powers]


def ranked(table, bias, text, raw=False):
    """[(label, p)], best first, equal ones in the order of the labels."""
    values = logits(table, bias, text)
    numbers = values if raw else softmax(values)
    return sorted(zip(table, numbers), key=lambda pair: -pair[1])


def promo(text):
    return ranked(PROMO, None, text)


def topic(text):
    return ranked(TOPIC, TOPIC_BIAS, text)


def model_json(name, table, bias=None, link="softmax", probes=(), version="7", **more):
    """more: further members; lists of numbers become arrays."""
    terms = sorted({w for weights in table.values() for w in weights})
    rows = [weights.get(w, 0.0) for w in terms for weights in table.values()]
    model = {
        "winnow": 1, "name": name, "version": version, "description": "made by hand",
        "license": "CC0", "trainer": "none", "normalize": ["lower_ascii"],
        "labels": "labels", "link": link,
        "blocks": [{
            "extractor": "words", "tokens": "ascii_word", "min_length": 1, "ngrams": [1, 1],
            "terms": "terms",
            "weighting": {"binary": False, "sublinear_tf": False, "norm": "none"},
            "rows": {"encoding": "dense", "values": "rows"},
        }],
        "arrays": {
            "labels": {"dtype": "str", "shape": [len(table)], "values": list(table)},
            "terms": {"dtype": "str", "shape": [len(terms)], "values": terms},
            "rows": {"dtype": "f64", "shape": [len(terms), len(table)], "values": rows},
        },
    }
    if bias:
        model["bias"] = "bias"
        model["arrays"]["bias"] = {"dtype": "f64", "shape": [len(bias)], "values": bias}
    if probes:
        model["probes"] = [{"text": t, "scores": s} for t, s in probes]
    for key, value in more.items():
        model[key] = value
        if isinstance(value, list):
            model[key] = key
            model["arrays"][key] = {"dtype": "f64", "shape": [len(value)], "values": value}
    return json.dumps(model)


def fields_json(name):
    """A model that reads a title and a body: "goal" counts in the title, "bomb" in the body."""
    model = json.loads(model_json(name, {"security": {"bomb": 2.0}, "sport": {"goal": 1.5}}))
    block = model["blocks"][0]
    other = dict(block, field="body", terms="terms_body", rows=dict(block["rows"], values="rows_body"))
    model["blocks"] = [dict(block, field="title"), other]
    arrays = model["arrays"]
    arrays.update(terms={"dtype": "str", "shape": [1], "values": ["goal"]},
                  rows={"dtype": "f64", "shape": [1, 2], "values": [0.0, 1.5]},
                  terms_body={"dtype": "str", "shape": [1], "values": ["bomb"]},
                  rows_body={"dtype": "f64", "shape": [1, 2], "values": [2.0, 0.0]})
    return json.dumps(model)


def fasttext_model(scale=1.0):
    """The bytes of a .bin: words w0 to w49 and their bigrams, labels a and b."""
    sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
    import ftmodel  # pylint: disable=import-outside-toplevel,import-error
    return ftmodel.write(ftmodel.build([b"</s>"] + [b"w%d" % i for i in range(50)],
                                       [b"__label__a", b"__label__b"], word_ngrams=2, bucket=1000, scale=scale))


PROBES = [(text, softmax(logits(PROMO, None, text)))
          for text in ("a report on the menu", "buy buy buy", "nothing known here")]


# ---- Running the tool ------------------------------------------------------------------------------

class Run:
    """What one run of the tool did."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def text(self):
        return self.out.decode()

    def lines(self):
        return self.text().splitlines()

    def records(self):
        return [json.loads(line) for line in self.out.split(b"\n") if line]


class Case:
    """The binary, a directory of its own for each check, and the models."""

    def __init__(self, winnow, models, folder):
        self.winnow, self.models, self.folder = winnow, models, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        return name

    def environment(self, extra=None):
        env = {k: v for k, v in os.environ.items()
               if k not in ("WINNOW_MODELS", "NO_COLOR", "COLUMNS", "TERM")}
        env.update(WINNOW_MODELS=self.models, TERM="xterm", LC_ALL="C.UTF-8")
        env.update(extra or {})
        return env

    def run(self, *args, stdin=b"", env=None, winnow=None, **more):
        if isinstance(stdin, str):
            stdin = stdin.encode()
        done = subprocess.run([winnow or self.winnow, *args], input=stdin, cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                              env=self.environment(env), check=False, **more)
        return Run(done.returncode, done.stdout, done.stderr.decode(errors="replace"))

    def fine(self, *args, **more):
        """A run that must succeed in silence."""
        run = self.run(*args, **more)
        same((run.code, run.err), (0, ""), "exit status and stderr of " + " ".join(args))
        return run

    def fails(self, code, *args, **more):
        """A run that must end with the code and say why in lines that begin with winnow:"""
        run = self.run(*args, **more)
        same(run.code, code, "exit status of " + " ".join(args) + " " + run.err)
        true(run.err and all(line.startswith("winnow: ") for line in run.err.splitlines()),
             "stderr: " + run.err)
        return run

    def start(self, *args, env=None, **more):
        return subprocess.Popen([self.winnow, *args], cwd=self.folder, env=self.environment(env),
                                **more)


CHECK_TIMEOUT = 4 * 3600 if LONG else 300  # seconds


def is_sanitized(winnow):
    symbols = subprocess.run(["nm", "-D", winnow], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, check=False).stdout
    return b"__asan" in symbols or b"__tsan" in symbols


def expire(_number, _frame):
    raise Failure(f"not done after {CHECK_TIMEOUT} s")


def run_all(winnow, only):
    """Runs the registered checks whose names contain `only`; returns the exit status."""
    # A shell starts background jobs with SIGINT ignored, and so would the tool be, which minds that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, expire)
    counts = {"ok": 0, "not ok": 0, "skip": 0}
    with tempfile.TemporaryDirectory(prefix="winnow-cli-") as top:
        models = os.path.join(top, "models")
        os.mkdir(models)
        made = make_models(winnow, top, models)
        for function in TESTS:
            name = function.__name__
            if only not in name:
                continue
            folder = os.path.join(top, name)
            os.mkdir(folder)
            verdict, why = "ok", ""
            signal.alarm(CHECK_TIMEOUT)
            try:
                true(not made, f"the models for the checks could not be made: {made}")
                function(Case(winnow, models, folder))
            except Skip as reason:
                verdict, why = "skip", f": {reason}"
            except Exception as reason:  # pylint: disable=broad-except
                verdict, why = "not ok", f": {type(reason).__name__}: {reason}"
            signal.alarm(0)
            counts[verdict] += 1
            print(f"{verdict} {name}{why}", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{counts['ok']} passed, {counts['not ok']} failed, {counts['skip']} skipped")
    return 1 if counts["not ok"] or not counts["ok"] else 0


def make_models(winnow, top, models):
    """Writes the models of all checks; returns "" or what went wrong."""
    for name, text in (("promo", model_json("promo", PROMO, probes=PROBES)),
                       ("topic", model_json("topic", TOPIC, TOPIC_BIAS))):
        twin = os.path.join(top, name + ".json")
        with open(twin, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([winnow, "convert", twin, os.path.join(models, name + ".winnow")],
                              stderr=subprocess.PIPE, timeout=60, check=False)
        if done.returncode != 0:
            return done.stderr.decode(errors="replace").strip()
    return ""
