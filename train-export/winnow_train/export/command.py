"""command - the verbs `export` and `verify` of the command line."""

import os
import re
import subprocess
import sys
import warnings

from . import tool
from .errors import ExportError

VERBS = ("export", "verify")


def add_verbs(verbs):
    """Adds the verbs to an argparse parser's."""
    kinds = verbs.add_parser("export", help="write a trained model of another library as a model")
    kinds = kinds.add_subparsers(dest="kind", required=True)
    p = kinds.add_parser(
        "sklearn", help="a fitted scikit-learn pipeline, saved with joblib or pickle"
    )
    p.add_argument("model", metavar="PIPELINE.joblib", help="only open files that you trust")
    p.add_argument("out", metavar="OUT", help=".winnow or .json")
    p.add_argument("--probes", metavar="FILE", help="texts to try and store, one a line, or JSON "
                   "Lines: of several text columns by their names, of one as 'text'")  # fmt: skip
    p.add_argument("--labels", metavar="FILE", help="names of the classes, one a line, in order")
    p.add_argument("--thresholds", metavar="FILE", help="a number for each label, one a line, in order: "
                   "what its probability has to exceed to be chosen")  # fmt: skip
    p.add_argument("--name", help="default: OUT without its ending")
    p.add_argument("--model-version", default="", metavar="TEXT", help="the model's own version")
    p.add_argument("--license", default="", help="of the weights")
    p.add_argument("--f32", action="store_true", help="float32 rows: half the size, within 1e-6")
    p.add_argument("--decisions", action="store_true", help="decisions even where there are "
                   "probabilities")  # fmt: skip
    p = kinds.add_parser("liblinear", help="a LIBLINEAR model and the terms of its features")
    p.add_argument("model", metavar="MODEL")
    p.add_argument("vocabulary", metavar="VOCAB", help="line i: the term of feature i")
    p.add_argument("out", metavar="OUT", help=".winnow or .json")
    add_text_options(p)
    p.add_argument("--probes", metavar="FILE", help="texts to store as probes, one a line")
    p.add_argument("--name")
    p = kinds.add_parser("fasttext", help="a fastText .bin or .ftz file")
    p.add_argument("model", metavar="MODEL")
    p.add_argument("out", metavar="OUT", help=".winnow or .json")
    p.add_argument("--keep", choices=("exact", "fast", "both", "source"), default="source")
    p.add_argument("--probes", metavar="FILE", help="texts to store as probes, one a line")
    p.add_argument("--name")
    p = verbs.add_parser("verify", help="replay the probes of a model with the winnow tool")
    p.add_argument("model", metavar="MODEL")


def add_text_options(p):
    """How the texts of a LIBLINEAR model became features."""
    p.add_argument("--analyzer", choices=("words", "chars", "chars_wb"), default="words")
    p.add_argument("--tokens", choices=("word", "ascii_word", "letters", "nonspace"),
                   default="nonspace", help="default: nonspace")  # fmt: skip
    p.add_argument("--pattern", help=r"a token pattern such as \b[a-z]+\b in place of --tokens")
    p.add_argument("--min-length", type=int, default=1, help="of words, in characters")
    p.add_argument("--ngrams", type=int, nargs=2, default=(1, 1), metavar=("LO", "HI"))
    p.add_argument("--lowercase", action="store_true")
    p.add_argument("--strip-accents", choices=("unicode", "ascii"))
    p.add_argument("--binary", action="store_true", help="counts become 1")
    p.add_argument("--sublinear", action="store_true", help="counts become 1 + ln(count)")
    p.add_argument("--idf", metavar="FILE", help="a factor for each term, one a line")
    p.add_argument("--norm", choices=("none", "l1", "l2"), default="none")


def run(a):
    """Runs a verb; the exit code, after one line on stderr where something stands in the way."""
    try:
        if a.verb == "verify":
            return subprocess.run([tool.find(), "verify", a.model], check=False).returncode
        {"sklearn": _sklearn, "liblinear": _liblinear, "fasttext": _fasttext}[a.kind](a)
    except (ExportError, ImportError, OSError, ValueError) as error:
        print("winnow_train: %s" % " ".join(str(error).split()), file=sys.stderr)
        return 2
    return 0


def _name(a):
    return a.name or os.path.splitext(os.path.basename(a.out))[0]


def _check_out(path):
    if not path.endswith((".winnow", ".json")):
        raise ExportError("output %s" % path, "its name has to end in .winnow or .json")
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise ExportError("output %s" % path, "there is no folder %s" % folder)
    if path.endswith(".winnow"):
        tool.find()


def _probe_lines(path):
    import json

    if path is None:
        return []
    with open(path, encoding="utf-8", errors="replace") as f:
        lines = [line.rstrip("\r\n") for line in f]
    is_json = lines and all(line.startswith("{") for line in lines if line)
    return [json.loads(line) if is_json else line for line in lines if line]


def load(path):
    """The object of a joblib or pickle file, and the version of the scikit-learn that wrote it, or
    None where it is the one that runs."""
    import joblib

    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            fitted = joblib.load(path)
        found = [re.search(r"unpickle estimator \w+ from version (\S+)", str(w.message)) for w in told]
        return fitted, next((f.group(1) for f in found if f), None)
    except OSError:
        raise
    except Exception as error:
        raise ExportError(
            "cannot load %s: %s: %s" % (path, type(error).__name__, error),
            "call winnow_train.export.export_pipeline where the pipeline was fitted",
        ) from error


def _sklearn(a):
    _check_out(a.out)
    fitted, version = load(a.model)
    if version is None:
        manifest = _export(a, fitted)
    else:
        manifest = _export_of_another(a, fitted, version)
    tool.save(manifest, a.out)


def _export_of_another(a, fitted, version):
    """The manifest of a pipeline that another scikit-learn wrote: it may lack what this one needs."""
    import sklearn

    versions = "%s was written by scikit-learn %s, this is %s" % (a.model, version, sklearn.__version__)
    try:
        manifest = _export(a, fitted)
    except (ExportError, MemoryError):
        raise
    except Exception as error:
        told = "run the exporter with the Python that fitted it (here: %s)" % error
        raise ExportError(versions, told) from error
    print("winnow_train: %s: its numbers here are taken as right" % versions, file=sys.stderr)
    return manifest


def _export(a, fitted):
    from .liblinear import lines_of
    from .pipeline import export_pipeline

    return export_pipeline(
        fitted,
        _probe_lines(a.probes),
        labels=lines_of(a.labels) if a.labels else None,
        thresholds=lines_of(a.thresholds) if a.thresholds else None,
        name=_name(a),
        version=a.model_version,
        license=a.license,
        f32=a.f32,
        decisions=a.decisions,
    )


def _liblinear(a):
    from . import liblinear, pattern

    _check_out(a.out)
    fields = {"extractor": a.analyzer, "ngrams": list(a.ngrams)}
    if a.analyzer == "words" and a.pattern is not None:
        fields.update(pattern.read(a.pattern))
    elif a.analyzer == "words":
        fields.update(tokens=a.tokens, min_length=a.min_length)
    steps = ["lower"] if a.lowercase else []
    steps += ["strip_accents_" + a.strip_accents] if a.strip_accents else []
    weighting = {"binary": a.binary, "sublinear_tf": a.sublinear, "norm": a.norm}
    if a.idf:
        weighting["idf"] = [float(line) for line in liblinear.lines_of(a.idf)]
    tool.save(
        liblinear.export(
            a.model, a.vocabulary, fields, steps, weighting, _probe_lines(a.probes), _name(a)
        ),
        a.out,
    )


def _fasttext(a):
    """The tool reads fastText files itself; the probes are scored by its exact rows."""
    import tempfile

    from .texts import BASIC

    _check_out(a.out)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as f:
        if a.probes is None:
            lines = [" ".join(t.split()) for t in BASIC]
            f.write("".join(t + "\n" for t in lines if t))
            f.flush()
        options = ["--probes", a.probes or f.name, "--keep", a.keep, "--name", _name(a)]
        tool.run("convert", *options, a.model, a.out)
    tool.run("verify", a.out)
