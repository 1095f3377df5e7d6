"""schema.py - models/schema.json says what the engine accepts, no more and no less.

usage: schema.py --winnow WINNOW

Sound manifests (the shipped example, one of every kind of block, models converted from fastText)
pass the schema and open. Wrong ones fail both. A third list fails the engine alone: what ties
arrays together is beyond a schema, and the list says what that is. The keys and names of the
schema are held against the engine's tables.

The schema is evaluated by the small evaluator below, which knows the keywords that it uses and
refuses others; where Debian's python3-jsonschema is installed, its verdicts have to be the same.
Standard library only otherwise. A planted fault (a keyword of the schema dropped) has to show.
"""

import argparse
import copy
import json
import os
import re
import shutil
import sys
import tempfile

import harness

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


# ---- A small evaluator of JSON Schema --------------------------------------------------------------

NOTES = {"$schema", "$id", "$defs", "$comment", "title", "description", "default"}
TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "integer": lambda v: TYPES["number"](v) and v == v // 1,
}


def same(a, b):
    """Equality of JSON values: true is not 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    return a == b


class Schema:
    def __init__(self, root):
        self.root = root

    def accepts(self, value, schema=None):
        schema = self.root if schema is None else schema
        if isinstance(schema, bool):
            return schema
        for keyword in schema.keys() - NOTES:
            check = getattr(self, "check_" + keyword.strip("$"), None)
            if check is None:
                raise ValueError(f"schema.json uses the keyword {keyword}, unknown here")
            if not check(schema, schema[keyword], value):
                return False
        return True

    def check_ref(self, _schema, path, value):
        node = self.root
        for step in path.removeprefix("#/").split("/"):
            node = node[step]
        return self.accepts(value, node)

    def check_type(self, _schema, name, value):
        return TYPES[name](value)

    def check_const(self, _schema, wanted, value):
        return same(value, wanted)

    def check_enum(self, _schema, wanted, value):
        return any(same(value, w) for w in wanted)

    def check_pattern(self, _schema, pattern, value):
        # \Z: Python's $ also matches before a last newline, which JSON Schema's does not.
        pattern = re.sub(r"\$$", r"\\Z", pattern)
        return not isinstance(value, str) or re.search(pattern, value) is not None

    # Numbers.
    def check_minimum(self, _schema, bound, value):
        return not TYPES["number"](value) or value >= bound

    def check_maximum(self, _schema, bound, value):
        return not TYPES["number"](value) or value <= bound

    def check_exclusiveMinimum(self, _schema, bound, value):
        return not TYPES["number"](value) or value > bound

    def check_exclusiveMaximum(self, _schema, bound, value):
        return not TYPES["number"](value) or value < bound

    # Arrays.
    def check_minItems(self, _schema, n, value):
        return not isinstance(value, list) or len(value) >= n

    def check_maxItems(self, _schema, n, value):
        return not isinstance(value, list) or len(value) <= n

    def check_prefixItems(self, _schema, schemas, value):
        return not isinstance(value, list) or all(map(self.accepts, value, schemas))

    def check_items(self, schema, item, value):
        n_prefix = len(schema.get("prefixItems", []))
        return not isinstance(value, list) or all(self.accepts(v, item) for v in value[n_prefix:])

    def check_uniqueItems(self, _schema, wanted, value):
        return not wanted or not isinstance(value, list) or not any(
            same(a, b) for i, a in enumerate(value) for b in value[:i])

    def check_contains(self, _schema, item, value):
        return not isinstance(value, list) or any(self.accepts(v, item) for v in value)

    # Objects.
    def check_required(self, _schema, keys, value):
        return not isinstance(value, dict) or all(k in value for k in keys)

    def check_maxProperties(self, _schema, n, value):
        return not isinstance(value, dict) or len(value) <= n

    def check_properties(self, _schema, schemas, value):
        return not isinstance(value, dict) or all(
            self.accepts(value[k], s) for k, s in schemas.items() if k in value)

    def check_additionalProperties(self, schema, other, value):
        known = schema.get("properties", {})
        return not isinstance(value, dict) or all(
            self.accepts(v, other) for k, v in value.items() if k not in known)

    def check_dependentRequired(self, _schema, needs, value):
        return not isinstance(value, dict) or all(
            need in value for key, keys in needs.items() if key in value for need in keys)

    # Logic.
    def check_allOf(self, _schema, schemas, value):
        return all(self.accepts(value, s) for s in schemas)

    def check_anyOf(self, _schema, schemas, value):
        return any(self.accepts(value, s) for s in schemas)

    def check_oneOf(self, _schema, schemas, value):
        return sum(self.accepts(value, s) for s in schemas) == 1

    def check_if(self, schema, condition, value):
        branch = "then" if self.accepts(value, condition) else "else"
        return self.accepts(value, schema.get(branch, True))

    def check_then(self, *_):
        return True  # with "if"

    check_else = check_then


# ---- Manifests -----------------------------------------------------------------------------------

DENSE = {"encoding": "dense", "values": "rows"}


def strings(*values):
    return {"dtype": "str", "shape": [len(values)], "values": list(values)}


def numbers(dtype, shape, values):
    return {"dtype": dtype, "shape": shape, "values": values}


def linear():
    """A vocabulary of three words, two labels."""
    return {
        "winnow": 1, "name": "m", "labels": "labels", "link": "softmax",
        "blocks": [{"extractor": "words", "tokens": "letters", "min_length": 1, "ngrams": [1, 1],
                    "terms": "terms", "weighting": {"norm": "l2"}, "rows": dict(DENSE)}],
        "probes": [{"text": "nothing known", "scores": [0.5, 0.5]}],
        "arrays": {"labels": strings("no", "yes"), "terms": strings("a", "b", "c"),
                   "rows": numbers("f32", [3, 2], [1, -1, 0.5, -0.5, 0, 0])},
    }


def fasttext():
    """Two words, two labels, rows of length three and an output layer."""
    return {
        "winnow": 1, "labels": "labels", "link": "softmax",
        "head": {"encoding": "dense", "values": "head"},
        "blocks": [{"extractor": "fasttext", "words": "words", "label_tokens": True,
                    "ngrams": [1, 1], "subwords": [0, 0], "bucket": 0, "rows": dict(DENSE)}],
        "arrays": {"labels": strings("__label__no", "__label__yes"), "words": strings("a", "</s>"),
                   "head": numbers("f32", [2, 3], [1, 2, 3, 4, 5, 6]),
                   "rows": numbers("f32", [2, 3], [0, 1, 2, 3, 4, 5])},
    }


def changed(base, *changes):
    """A copy of a manifest with (path, value) changes; DROP removes the key."""
    manifest = copy.deepcopy(base)
    for path, value in changes:
        *steps, last = path.split(".")
        node = manifest
        for step in steps:
            node = node[int(step)] if isinstance(node, list) else node[step]
        if isinstance(node, list):
            last = int(last)
        if value is DROP:
            del node[last]
        else:
            node[last] = value
    return manifest


DROP = object()
BLOCK = "blocks.0."
HASH = {"n_features": 3, "alternate_sign": False}
PRODUCT = {"encoding": "product", "codes": "codes", "centroids": "centroids", "dim": 3, "sub_dim": 2}
PRODUCT_ARRAYS = (
    ("arrays.rows", DROP), ("arrays.codes", numbers("u8", [2, 2], [0, 255, 7, 8])),
    ("arrays.centroids", numbers("f32", [768], [0.25] * 768)))
FOLDED_ARRAYS = (
    ("head", DROP), (BLOCK + "rows", DROP), ("arrays.head", DROP),
    (BLOCK + "folded", DENSE), (BLOCK + "folded_counts", "counts"),
    ("arrays.rows", numbers("f32", [2, 2], [1, 2, 3, 4])),
    ("arrays.counts", numbers("u32", [2], [1, 1])))


PLATT = {"method": "sigmoid", "slopes": "two", "offsets": "two"}
TWO = (("arrays.two", numbers("f64", [2], [-1, 0.5])),)
ISOTONIC = {"method": "isotonic", "ends": "ends", "x": "x", "y": "y"}
ISOTONIC_ARRAYS = (("arrays.ends", numbers("u32", [2], [1, 3])),
                   ("arrays.x", numbers("f64", [3], [0, -1, 1])),
                   ("arrays.y", numbers("f64", [3], [0.5, 0, 1])))


def columns_model():
    """Three columns of a vector, two labels."""
    return changed(linear(), ("blocks", [{"extractor": "columns", "n_features": 3,
                                          "rows": dict(DENSE)}]), ("probes", DROP))


def sound():
    """(name, manifest): both accept."""
    a, f = linear(), fasttext()
    yield "norm max", changed(a, (BLOCK + "weighting.norm", "max"))
    yield "passes", changed(
        a, (BLOCK + "weighting", [{"binary": True}, {"idf": "s", "norm": "l1"},
                                  {"binarize": -0.5, "sublinear_tf": True, "scale": "s"}]),
        ("weighting", [{"norm": "l2", "scale": "s"}]),
        ("arrays.s", numbers("f64", [3], [1, 2, 3])))
    yield "no passes", changed(a, (BLOCK + "weighting", []), ("weighting", {}))
    yield "selected", changed(a, (BLOCK + "selected", "sel"),
                              ("arrays.sel", numbers("u32", [2], [0, 2])),
                              ("arrays.rows", numbers("f64", [2, 2], [1, 2, 3, 4])))
    yield "fields", changed(a, ("blocks", [{**a["blocks"][0], "field": name}
                                           for name in ("title", "body", "title")]),
                            ("probes.0", {"fields": ["x", "y"], "scores": [0.5, 0.5]}))
    yield "normalize of a block", changed(a, ("normalize", ["lower_ascii"]),
                                          (BLOCK + "normalize", []))
    yield "two labels, one output", changed(a, ("link", "sigmoid"),
                                            ("arrays.rows", numbers("f32", [3, 1], [1, 0, -1])))
    yield "members", changed(a, ("members", 3), ("bias", "b"),
                             ("arrays.b", numbers("f64", [6], [0] * 6)),
                             ("arrays.rows", numbers("f32", [3, 6], [0] * 18)))
    yield "members with one output", changed(a, ("members", 2))
    yield "blocks descending", changed(a, ("sum_order", "blocks_descending"))
    yield "stages", changed(
        a, ("stages", [{"norm": "max"}, {"norm": "l2", "matrix": {"values": "m"}, "bias": "b"}]),
        ("head", {"values": "h"}), ("arrays.m", numbers("f64", [3, 2], [1, 2, 3, 4, 5, 6])),
        ("arrays.b", numbers("f32", [3], [0, 0, 1])),
        ("arrays.h", numbers("f32", [2, 3], [1, 2, 3, 4, 5, 6])))
    yield "head behind linear rows", changed(a, ("head", {"values": "h"}),
                                             ("arrays.h", numbers("f64", [2, 2], [1, 0, 0, 1])))
    yield "calibrated", changed(a, ("calibration", PLATT), ("link", "raw"), *TWO)
    yield "calibrated probabilities", changed(
        a, ("calibration", {**PLATT, "input": "probability", "normalize": "mean"}), *TWO)
    yield "isotonic", changed(a, ("calibration", {**ISOTONIC, "normalize": "none"}),
                              *ISOTONIC_ARRAYS)
    yield "calibrated, ranked by decision", changed(
        a, ("calibration", PLATT), ("rank_by_decision", True), *TWO)
    yield "calibrated fasttext", changed(f, ("calibration", PLATT), *TWO)
    yield "multi-label with thresholds", changed(
        a, ("multi_label", True), ("link", "sigmoid"), ("thresholds", "two"), *TWO)
    yield "context", changed(a, ("context", "c"), ("arrays.c", numbers("f64", [3], [1, 0.5, 0])))
    yield "columns", columns_model()
    surface = changed(a, (BLOCK + "tokens", DROP), (BLOCK + "min_length", DROP),
                      (BLOCK + "ngrams", DROP), (BLOCK + "extractor", "surface"),
                      (BLOCK + "normalize", []))
    yield "surface", surface
    yield "surface, hashed", changed(surface, (BLOCK + "terms", DROP), (BLOCK + "hash", HASH))
    hashed = changed(a, (BLOCK + "terms", DROP), (BLOCK + "hash", HASH), ("arrays.terms", DROP))
    chars = changed(a, (BLOCK + "tokens", DROP), (BLOCK + "min_length", DROP),
                    (BLOCK + "extractor", "chars"), (BLOCK + "ngrams", [2, 64]))
    columns = (BLOCK + "hash.columns", "columns")
    yield "linear", a
    yield "least", changed(a, ("name", DROP), ("probes", DROP),
                           (BLOCK + "tokens", DROP), (BLOCK + "min_length", DROP),
                           (BLOCK + "ngrams", DROP), (BLOCK + "weighting", DROP),
                           (BLOCK + "rows.encoding", DROP))
    yield "described", changed(a, ("version", "2"), ("description", "d\n"), ("license", ""),
                               ("trainer", "hand"), ("sum_order", "descending"),
                               ("sigmoid_table", False), ("probe_tolerance", 0.01))
    for link in ("sigmoid", "one_vs_rest", "raw"):
        yield f"link {link}", changed(a, ("link", link), ("probes", DROP))
    for i, steps in enumerate(([], ["lower_ascii"], ["fold_punctuation", "space_punctuation"],
                               ["lower", "strip_accents_unicode"], ["strip_accents_ascii"])):
        yield f"normalize {i}", changed(a, ("normalize", steps))
    for version in ("newest", "12.1", "13.0", "14.0", "15.0", "15.1", "16.0", "17.0"):
        yield f"unicode {version}", changed(a, ("unicode", version))
    for tokens in ("ascii_word", "nonspace", "word"):
        yield f"tokens {tokens}", changed(a, (BLOCK + "tokens", tokens))
    yield "pattern", changed(a, (BLOCK + "tokens", "pattern"), (BLOCK + "pattern", r"\b\w[\w'-]*"))
    yield "an empty pattern", changed(a, (BLOCK + "pattern", ""))
    yield "one number for n-grams", changed(a, (BLOCK + "ngrams", 32))
    yield "whole number as 2.0", changed(a, (BLOCK + "min_length", 2.0), ("winnow", 1.0))
    yield "stop words", changed(a, (BLOCK + "stop_words", "stop"), ("arrays.stop", strings("x")))
    yield "bias and idf", changed(a, ("bias", "bias"), (BLOCK + "weighting.idf", "idf"),
                                  ("arrays.bias", numbers("f64", [2], [0, 1e300])),
                                  ("arrays.idf", numbers("f32", [3], [1, 1.5, 3.4e38])))
    yield "hashed", hashed
    yield "hashed, kept columns", changed(
        hashed, columns, (BLOCK + "hash.n_features", 1 << 30),
        ("arrays.columns", numbers("u32", [3], [0, 7, (1 << 30) - 1])))
    yield "hashed, signed, binary", changed(
        hashed, (BLOCK + "hash.alternate_sign", True),
        (BLOCK + "weighting", {"binary": True, "sublinear_tf": True, "norm": "l1"}))
    yield "chars", chars
    yield "chars_wb", changed(chars, (BLOCK + "extractor", "chars_wb"))
    yield "two blocks", changed(a, ("blocks", a["blocks"] + chars["blocks"]))
    yield "scaled rows", changed(
        a, (BLOCK + "rows", {"encoding": "scaled", "values": "rows", "scale": "scale"}),
        ("arrays.rows", numbers("i8", [3, 2], [-128, 127, 0, 1, 2, 3])),
        ("arrays.scale", numbers("f32", [2], [0.5, 0.25])))
    yield "base64", changed(a, ("arrays.rows", {"dtype": "f16", "shape": [3, 2],
                                                 "data": "AAAAPAC8AAAAQADA"}))
    yield "an array that nobody uses", changed(a, ("arrays.other", numbers("i64", [1], [1 << 53])))
    yield "fasttext", f
    yield "fasttext, n-grams and subwords", changed(
        f, (BLOCK + "ngrams", 2), (BLOCK + "subwords", [2, 3]), (BLOCK + "bucket", 1),
        ("arrays.rows", numbers("f32", [3, 3], [0] * 9)))
    yield "fasttext, pruned", changed(
        f, (BLOCK + "subwords", [2, 3]), (BLOCK + "bucket", 100), (BLOCK + "pruned", "pruned"),
        ("arrays.pruned", numbers("i32", [1, 2], [99, 0])),
        ("arrays.rows", numbers("f32", [3, 3], [0] * 9)))
    yield "fasttext, tree", changed(
        f, ("link", "hierarchical_softmax"), ("label_counts", "counts"),
        ("arrays.counts", numbers("i64", [2], [5, 3])))
    yield "fasttext, product", changed(f, (BLOCK + "rows", PRODUCT), *PRODUCT_ARRAYS)
    yield "fasttext, product and norms", changed(
        f, (BLOCK + "rows", {**PRODUCT, "norm_codes": "nc", "norm_centroids": "nn"}),
        ("arrays.nc", numbers("u8", [2], [0, 1])), ("arrays.nn", numbers("f32", [256], [1] * 256)),
        *PRODUCT_ARRAYS)
    yield "fasttext, fast rows only", changed(f, *FOLDED_ARRAYS)


def wrong():
    """(name, manifest): both refuse."""
    a, f = linear(), fasttext()
    hashed = changed(a, (BLOCK + "terms", DROP), (BLOCK + "hash", HASH), ("arrays.terms", DROP))
    tree = changed(f, ("link", "hierarchical_softmax"), ("label_counts", "counts"),
                   ("arrays.counts", numbers("i64", [2], [5, 3])))
    yield "not an object", [a]
    for key in ("winnow", "labels", "link", "blocks", "arrays"):
        yield f"without {key}", changed(a, (key, DROP))
    for version in (2, 0, "1", True, None):
        yield f"version {version!r}", changed(a, ("winnow", version))
    yield "unknown key", changed(a, ("colour", "red"))
    yield "misspelt key", changed(a, ("Name", "m"))
    yield "name is a number", changed(a, ("name", 7))
    yield "NUL in a name", changed(a, ("name", "a\0b"))
    yield "unknown link", changed(a, ("link", "probit"))
    yield "link null", changed(a, ("link", None))
    yield "unknown sum order", changed(a, ("sum_order", "random"))
    yield "sigmoid_table as a number", changed(a, ("sigmoid_table", 1))
    yield "normalize twice", changed(a, ("normalize", ["lower_ascii", "lower_ascii"]))
    yield "normalize unknown", changed(a, ("normalize", ["upper"]))
    yield "normalize no list", changed(a, ("normalize", "lower_ascii"))
    for tolerance in (0, -1, 0.02, "1e-6"):
        yield f"probe tolerance {tolerance!r}", changed(a, ("probe_tolerance", tolerance))
    yield "probe without scores", changed(a, ("probes.0.scores", DROP))
    yield "probe with more", changed(a, ("probes.0.label", "no"))
    yield "probe score null", changed(a, ("probes.0.scores", [0.5, None]))
    yield "too many probes", changed(a, ("probes", a["probes"] * 4097))
    yield "no blocks", changed(a, ("blocks", []))
    yield "17 blocks", changed(a, ("blocks", a["blocks"] * 17))
    yield "block no object", changed(a, ("blocks", ["words"]))
    yield "unknown extractor", changed(a, (BLOCK + "extractor", "bytes"))
    yield "no extractor", changed(a, (BLOCK + "extractor", DROP))
    yield "no rows", changed(a, (BLOCK + "rows", DROP))
    yield "terms and hash", changed(a, (BLOCK + "hash", HASH))
    yield "neither terms nor hash", changed(a, (BLOCK + "terms", DROP))
    yield "unknown tokens", changed(a, (BLOCK + "tokens", "unicode"))
    for version in ("14", "14.0.0", "11.0", 14.0, "", None):
        yield f"unicode {version!r}", changed(a, ("unicode", version))
    pattern = changed(a, (BLOCK + "tokens", "pattern"), (BLOCK + "pattern", r"\w+"))
    yield "tokens pattern without one", changed(pattern, (BLOCK + "pattern", DROP))
    yield "tokens pattern, an empty one", changed(pattern, (BLOCK + "pattern", ""))
    yield "a pattern for other tokens", changed(pattern, (BLOCK + "tokens", "word"))
    yield "a pattern for default tokens", changed(pattern, (BLOCK + "tokens", DROP))
    yield "a pattern and a length", changed(pattern, (BLOCK + "min_length", 2))
    yield "a pattern that is a list", changed(pattern, (BLOCK + "pattern", ["a"]))
    for length in (0, 1 << 31, 1.5, "1"):
        yield f"min_length {length!r}", changed(a, (BLOCK + "min_length", length))
    for ngrams in (0, 33, [0, 1], [1, 33], [1], [1, 1, 1], [1, 1.5], "1", {}):
        yield f"ngrams {ngrams!r}", changed(a, (BLOCK + "ngrams", ngrams))
    for key, value in (("tokens", "letters"), ("min_length", 1), ("pattern", "a"), ("stop_words", "terms"),
                       ("words", "terms"), ("bucket", 0)):
        base = changed(a, (BLOCK + "tokens", DROP), (BLOCK + "min_length", DROP),
                       (BLOCK + "extractor", "chars"))
        yield f"chars with {key}", changed(base, (BLOCK + key, value))
    yield "chars of 65", changed(a, (BLOCK + "tokens", DROP), (BLOCK + "min_length", DROP),
                                 (BLOCK + "extractor", "chars"), (BLOCK + "ngrams", [1, 65]))
    yield "hash of nothing", changed(hashed, (BLOCK + "hash", {}))
    yield "hash too large", changed(hashed, (BLOCK + "hash.n_features", (1 << 30) + 1))
    yield "hash 0", changed(hashed, (BLOCK + "hash.n_features", 0))
    yield "hash with more", changed(hashed, (BLOCK + "hash.seed", 0))
    yield "unknown norm", changed(a, (BLOCK + "weighting.norm", "l3"))
    yield "nine passes", changed(a, (BLOCK + "weighting", [{}] * 9))
    yield "pass no object", changed(a, (BLOCK + "weighting", [{"norm": "l2"}, "l2"]))
    yield "binarize no number", changed(a, (BLOCK + "weighting.binarize", True))
    yield "passes of fasttext", changed(f, ("weighting", {"norm": "l2"}))
    yield "members of fasttext", changed(f, ("members", 2))
    yield "stages of fasttext", changed(f, ("stages", [{"norm": "l2"}]))
    for members in (-1, 257, 1.5, "2"):
        yield f"members {members!r}", changed(a, ("members", members))
    yield "nine stages", changed(a, ("stages", [{"norm": "l2"}] * 9))
    yield "empty stage", changed(a, ("stages", {}))
    yield "stage of no norm", changed(a, ("stages", {"norm": "none"}))
    yield "stage of a bias alone", changed(a, ("stages", {"norm": "l2", "bias": "terms"}))
    yield "stage with more", changed(a, ("stages", {"norm": "l2", "relu": True}))
    yield "stage of scaled numbers", changed(a, ("stages", {"matrix": {
        "encoding": "scaled", "values": "m", "scale": "n"}}))
    yield "multi_label as a number", changed(a, ("multi_label", 1))
    yield "rank_by_decision as a name", changed(a, ("rank_by_decision", "decision"))
    yield "thresholds inline", changed(a, ("thresholds", [0.5, 0.5]))
    yield "context inline", changed(a, ("context", [0.5]))
    yield "field no string", changed(a, (BLOCK + "field", 0))
    yield "field of fasttext", changed(f, (BLOCK + "field", "title"))
    yield "normalize of a block, unknown", changed(a, (BLOCK + "normalize", ["upper"]))
    yield "normalize of fasttext's block", changed(f, (BLOCK + "normalize", []))
    yield "columns with terms", changed(columns_model(), (BLOCK + "terms", "terms"))
    yield "surface with n-grams", changed(a, (BLOCK + "tokens", DROP), (BLOCK + "min_length", DROP),
                                          (BLOCK + "extractor", "surface"))
    yield "columns without n_features", changed(columns_model(), (BLOCK + "n_features", DROP))
    yield "columns beyond all", changed(columns_model(), (BLOCK + "n_features", (1 << 30) + 1))
    yield "probe of text and fields", changed(a, ("probes.0.fields", ["x"]))
    yield "probe fields no list", changed(a, ("probes.0", {"fields": "x", "scores": [0.5, 0.5]}))
    for calibration in ({}, {**PLATT, "method": "beta"}, {**PLATT, "slopes": 1}, {"slopes": "two"},
                        {**PLATT, "ends": "two"}, {**PLATT, "method": "isotonic"},
                        {**PLATT, "input": "logit"}, {**PLATT, "normalize": True}, "sigmoid"):
        yield f"calibration {calibration!r}", changed(a, ("calibration", calibration), *TWO)
    yield "calibrated tree", changed(tree, ("calibration", PLATT), *TWO)
    yield "weighting with more", changed(a, (BLOCK + "weighting.smooth", True))
    yield "weighting no object", changed(a, (BLOCK + "weighting", "tfidf"))
    yield "linear with a quantised head", changed(a, ("head", PRODUCT), *PRODUCT_ARRAYS)
    yield "linear tree", changed(a, ("link", "hierarchical_softmax"), ("label_counts", "n"),
                                 ("arrays.n", numbers("i64", [2], [1, 1])))
    yield "unknown encoding", changed(a, (BLOCK + "rows.encoding", "sparse"))
    yield "matrix with more", changed(a, (BLOCK + "rows.order", "C"))
    yield "dense without values", changed(a, (BLOCK + "rows", {"encoding": "dense"}))
    yield "values not a name", changed(a, (BLOCK + "rows.values", 3))
    yield "dense with a sub_dim", changed(a, (BLOCK + "rows.sub_dim", 2))
    yield "dense with a scale", changed(a, (BLOCK + "rows.scale", "scale"),
                                        ("arrays.scale", numbers("f32", [2], [1, 1])))
    yield "product with values", changed(f, (BLOCK + "rows", {**PRODUCT, "values": "rows"}),
                                         *PRODUCT_ARRAYS)
    yield "scaled without scale", changed(
        a, (BLOCK + "rows.encoding", "scaled"),
        ("arrays.rows", numbers("i8", [3, 2], [0, 1, 2, 3, 4, 5])))
    for key in ("codes", "centroids", "dim", "sub_dim"):
        yield f"product without {key}", changed(
            f, (BLOCK + "rows", {k: v for k, v in PRODUCT.items() if k != key}), *PRODUCT_ARRAYS)
    yield "product with half the norms", changed(
        f, (BLOCK + "rows", {**PRODUCT, "norm_codes": "nc"}),
        ("arrays.nc", numbers("u8", [2], [0, 1])), *PRODUCT_ARRAYS)
    yield "product of sub_dim 0", changed(f, (BLOCK + "rows", {**PRODUCT, "sub_dim": 0}),
                                          *PRODUCT_ARRAYS)
    yield "fasttext without words", changed(f, (BLOCK + "words", DROP))
    yield "fasttext without a head", changed(f, ("head", DROP))
    yield "fasttext without rows", changed(f, (BLOCK + "rows", DROP))
    yield "fasttext with a bias", changed(f, ("bias", "bias"),
                                          ("arrays.bias", numbers("f64", [2], [0, 0])))
    yield "fasttext beside words", changed(a, ("blocks", f["blocks"] + a["blocks"]),
                                           ("head", f["head"]),
                                           ("arrays", {**a["arrays"], **f["arrays"]}))
    yield "fasttext with terms", changed(f, (BLOCK + "terms", "words"))
    yield "fasttext with weighting", changed(f, (BLOCK + "weighting", {}))
    for ngrams in ([2, 2], [1, 33], 0):
        yield f"fasttext ngrams {ngrams!r}", changed(f, (BLOCK + "ngrams", ngrams),
                                                     (BLOCK + "bucket", 1))
    for subwords in ([-1, 3], [2, 65], [2, 3, 4]):
        yield f"fasttext subwords {subwords!r}", changed(f, (BLOCK + "subwords", subwords),
                                                         (BLOCK + "bucket", 1))
    yield "bucket below 0", changed(f, (BLOCK + "bucket", -1))
    yield "fast rows without counts", changed(changed(f, *FOLDED_ARRAYS),
                                              (BLOCK + "folded_counts", DROP))
    yield "tree without counts", changed(tree, ("label_counts", DROP))
    yield "arrays a list", changed(a, ("arrays", []))
    yield "129 arrays", changed(a, ("arrays", {**a["arrays"], **{
        f"a{i}": numbers("u8", [0], []) for i in range(126)}}))
    rows = "arrays.rows"
    yield "array without dtype", changed(a, (rows + ".dtype", DROP))
    yield "array without shape", changed(a, (rows + ".shape", DROP))
    yield "array without data", changed(a, (rows + ".values", DROP))
    yield "array with both", changed(a, (rows + ".data", ""))
    yield "array with more", changed(a, (rows + ".order", "C"))
    yield "unknown dtype", changed(a, (rows + ".dtype", "f8"))
    for shape in ([], [1, 3, 2], [3, -2], [1.5, 4], 6, ["3", 2]):
        yield f"shape {shape!r}", changed(a, (rows + ".shape", shape))
    yield "strings in two dimensions", changed(a, ("arrays.terms.shape", [3, 1]))
    yield "numbers among strings", changed(a, ("arrays.terms.values", ["a", "b", 3]))
    yield "strings among numbers", changed(a, (rows + ".values.0", "1"))
    yield "truth among numbers", changed(a, (rows + ".values.0", True))
    yield "NUL in a term", changed(a, ("arrays.terms.values", ["a", "b", "c\0"]))
    for dtype, value in (("u8", 256), ("u8", -1), ("i8", 128), ("i8", -129), ("i32", 1 << 31),
                         ("u32", 1 << 32), ("u32", 0.5), ("i64", 1 << 54), ("f32", 3.5e38),
                         ("f16", 1)):
        yield f"{dtype} of {value}", changed(a, ("arrays.x", numbers(dtype, [1], [value])))
    for data in ("AAA", "AAA=AAAA", "AAAA ", "A===", "AB==", "AAE$", 7):
        yield f"data {data!r}", changed(a, ("arrays.x", {"dtype": "u8", "shape": [1], "data": data}))


def tied():
    """(name, manifest): the engine alone refuses; a schema cannot see it."""
    a, f = linear(), fasttext()
    hashed = changed(a, (BLOCK + "terms", DROP), (BLOCK + "hash", HASH), ("arrays.terms", DROP))
    f_index = fasttext()
    n_slots = 4 + 2 + 16  # two words, two labels
    for name, shape, value in (("that finds nothing", [n_slots, 8], 0xFFFFFFFF),
                               ("of zeros", [n_slots, 8], 0), ("too short", [n_slots - 1, 8], 0),
                               ("in one dimension", [n_slots * 8], 0)):
        yield f"index of words {name}", changed(
            f_index, (BLOCK + "words_index", "index"),
            ("arrays.index", numbers("u32", shape, [value] * (8 * shape[0] if len(shape) > 1
                                                             else shape[0]))))
    yield "name of no array", changed(a, (BLOCK + "rows.values", "row"))
    yield "selected beyond the columns", changed(a, (BLOCK + "selected", "sel"),
                                                 ("arrays.sel", numbers("u32", [3], [0, 1, 3])))
    yield "selected twice", changed(a, (BLOCK + "selected", "sel"),
                                    ("arrays.sel", numbers("u32", [3], [0, 1, 1])))
    yield "members that do not divide", changed(a, ("members", 3))
    yield "one output, two labels of their own", changed(
        a, ("multi_label", True), ("arrays.rows", numbers("f32", [3, 1], [1, 0, -1])))
    yield "head of other rows", changed(a, ("head", {"values": "h"}),
                                        ("arrays.h", numbers("f64", [2, 3], [1, 0, 0, 1, 1, 1])))
    yield "slopes for other outputs", changed(
        a, ("calibration", PLATT), ("arrays.two", numbers("f64", [3], [1, 2, 3])))
    yield "calibrated probabilities of none", changed(
        a, ("calibration", {**PLATT, "input": "probability"}), ("link", "raw"), *TWO)
    for what, array in (("ends down", ("ends", "u32", [2, 1])), ("ends short", ("ends", "u32", [1, 2])),
                        ("an output without points", ("ends", "u32", [0, 3])),
                        ("x down", ("x", "f64", [0, 1, -1])), ("x twice", ("x", "f64", [0, 1, 1])),
                        ("y above 1", ("y", "f64", [0.5, 0, 1.5]))):
        yield f"isotonic, {what}", changed(
            a, ("calibration", ISOTONIC), *ISOTONIC_ARRAYS,
            ("arrays." + array[0], numbers(array[1], [len(array[2])], array[2])))
    yield "thresholds for other labels", changed(
        a, ("thresholds", "two"), ("arrays.two", numbers("f64", [1], [0])))
    yield "context below 0", changed(a, ("context", "two"), *TWO)
    yield "17 neighbours", changed(a, ("context", "c"), ("arrays.c", numbers("f64", [17], [0] * 17)))
    yield "idf for other columns", changed(a, ("weighting", {"idf": "two"}), *TWO)
    yield "probe without all fields", changed(
        a, ("blocks", [{**a["blocks"][0], "field": name} for name in ("title", "body")]))
    yield "probe of a model without text", changed(columns_model(), ("probes", a["probes"]))
    yield "labels of numbers", changed(a, ("labels", "rows"))
    yield "no labels", changed(a, ("arrays.labels", strings()))
    yield "equal labels", changed(a, ("arrays.labels", strings("no", "no")))
    yield "an empty label", changed(a, ("arrays.labels", strings("", "no")))
    yield "equal terms", changed(a, ("arrays.terms", strings("a", "b", "a")))
    yield "fewer values than the shape says", changed(a, ("arrays.rows.values", [1, 2, 3]))
    yield "fewer bytes than the shape says", changed(
        a, ("arrays.rows", {"dtype": "f32", "shape": [3, 2], "data": "AAAA"}))
    yield "rows for other labels", changed(a, ("arrays.labels", strings("a", "b", "c")))
    yield "infinity in data", changed(
        a, ("arrays.x", {"dtype": "f16", "shape": [3], "data": "AHwAAAAA"}))
    for steps in (["lower_ascii", "fold_punctuation"], ["strip_accents_unicode", "lower"],
                  ["lower", "lower_ascii"], ["strip_accents_ascii", "strip_accents_unicode"]):
        yield f"normalize {steps}", changed(a, ("normalize", steps))
    for regex in (r"a|b", r"\w+?", "(?i)a", "(a)(b)", "a{257}", "[", "^a"):
        yield f"pattern {regex}", changed(a, (BLOCK + "tokens", "pattern"), (BLOCK + "pattern", regex))
    yield "n-grams downwards", changed(a, (BLOCK + "ngrams", [2, 1]))
    yield "probe for other labels", changed(a, ("probes.0.scores", [1]))
    yield "columns that do not ascend", changed(
        hashed, (BLOCK + "hash.columns", "c"), ("arrays.c", numbers("u32", [3], [0, 2, 1])))
    yield "logarithm of a negative count", changed(
        hashed, (BLOCK + "hash.alternate_sign", True), (BLOCK + "weighting.sublinear_tf", True))
    yield "n-grams without a bucket", changed(f, (BLOCK + "ngrams", 2))
    yield "pruned twice", changed(
        f, (BLOCK + "subwords", [2, 3]), (BLOCK + "bucket", 9), (BLOCK + "pruned", "p"),
        ("arrays.p", numbers("i32", [2, 2], [4, 0, 4, 1])),
        ("arrays.rows", numbers("f32", [4, 3], [0] * 12)))


# ---- Checks --------------------------------------------------------------------------------------

class Judges:
    """The schema, by one or two evaluators, and the engine."""

    def __init__(self, tool, schema, folder):
        self.tool, self.folder = tool, folder
        self.schema = Schema(schema)
        self.package = None
        try:
            import jsonschema
            jsonschema.Draft202012Validator.check_schema(schema)
            self.package = jsonschema.Draft202012Validator(schema)
        except (ImportError, AttributeError):
            pass

    def verdicts(self, manifest):
        """(the schema accepts, the engine accepts, what is odd or None)."""
        path = os.path.join(self.folder, "model.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(manifest, file)
        return self.verdicts_on(path, manifest)

    def verdicts_on(self, path, manifest):
        by_schema = self.schema.accepts(manifest)
        odd = None
        if self.package is not None and self.package.is_valid(manifest) != by_schema:
            odd = f"python3-jsonschema says {not by_schema}, the evaluator here {by_schema}"
        done = harness.run([self.tool, "info", path])
        if done.code not in (0, 2):
            odd = done.describe()
        return by_schema, done.code == 0, odd or None, done


def check_verdicts(report, judges, kind, manifests, expected):
    for name, manifest in manifests:
        by_schema, by_engine, odd, done = judges.verdicts(manifest)
        failures = [odd] if odd else []
        if (by_schema, by_engine) != expected:
            failures.append(f"schema {by_schema}, engine {by_engine}: {done.describe()}")
        report.check(f"{kind}: {name}", 1, failures)


def keys_of(schema):
    """Every key that the schema knows in an object, and every name that a string may be."""
    keys, names = set(), set()
    stack = [schema]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            keys |= set(node.get("properties", {}))
            named = node.get("enum", []) + [node.get("const")]
            names |= {n for item in named for n in (item if isinstance(item, list) else [item])
                      if isinstance(n, str) and n}
            stack.extend(v for k, v in node.items() if k not in ("enum", "const", "default"))
    return keys, names


def check_tables(report, schema):
    """The schema has the keys of manifest_fields.c and the names of spec.c, and no others."""
    def read(name):
        with open(os.path.join(ROOT, "engine", name), encoding="utf-8") as file:
            return file.read()

    keys, names = keys_of(schema)
    fields = read("manifest_fields.c")
    wanted = set(re.findall(r'\b(?:FIELD|MATRIX|INSIDE|LIST)\("(\w+)"', fields))
    # What manifest.c reads without the table.
    wanted |= {"winnow", "blocks", "probes", "text", "fields", "scores", "arrays"}
    wanted |= {"dtype", "shape", "values", "data"}
    difference = sorted(keys ^ wanted)
    report.check("the engine's keys", len(wanted), [f"only on one side: {difference}"] * bool(difference))
    tables = re.findall(r"^(?:static )?const (?:char \*const|struct \w+) \w+\[.*?\] = \{(.*?)\};",
                        read("spec.c") + fields, re.M | re.S)
    wanted = set(re.findall(r'"([a-z0-9][\w.]*)"', "".join(tables)))
    difference = sorted(names ^ wanted)
    report.check("the engine's names", len(wanted), [f"only on one side: {difference}"] * bool(difference))


TRAININGS = [
    ("softmax", ["-loss", "softmax", "-wordNgrams", "2"], None),
    ("tree", ["-loss", "hs", "-minn", "2", "-maxn", "3"], None),
    ("one-vs-all", ["-loss", "ova"], None),
    ("quantised", ["-loss", "softmax", "-minn", "2", "-maxn", "3"], ["-qnorm", "-cutoff", "300"]),
]


def check_conversions(report, judges, folder):
    """What the engine writes passes the schema and opens."""
    def convert(name, source, options):
        out = os.path.join(folder, "converted.json")
        done = harness.run([judges.tool, "convert", *options, source, out])
        if done.code != 0:
            report.check(name, 1, [done.describe()])
            return
        with open(out, encoding="utf-8") as file:
            manifest = json.load(file)
        by_schema, by_engine, odd, _ = judges.verdicts_on(out, manifest)
        fine = by_schema and by_engine and not odd
        report.check(name, 1, [] if fine else [odd or f"schema {by_schema}, engine {by_engine}"])

    example = os.path.join(ROOT, "models/example.json")
    with open(example, encoding="utf-8") as file:
        by_schema, by_engine, odd, _ = judges.verdicts_on(example, json.load(file))
    report.check("models/example.json", 1, [] if by_schema and by_engine and not odd else ["refused"])
    binary = os.path.join(folder, "example.winnow")
    harness.run([judges.tool, "convert", example, binary])
    convert("converted: example to binary and back", binary, [])
    for name, options, quantise in TRAININGS:
        if shutil.which("fasttext") is None:
            report.skip(f"converted: fasttext {name}", "no fasttext command")
            continue
        text = os.path.join(folder, "train.txt")
        with open(text, "w", encoding="utf-8") as file:
            for i in range(400):
                file.write(f"__label__{'ab'[i % 2]} w{i % 23} v{i % 7} word{i % 2}\n")
        base = os.path.join(folder, "trained")
        harness.run(["fasttext", "supervised", "-input", text, "-output", base, "-dim", "6",
                     "-bucket", "500", "-thread", "1", "-epoch", "2", *options])
        if quantise:
            harness.run(["fasttext", "quantize", "-input", text, "-output", base, *quantise])
        model = base + (".ftz" if quantise else ".bin")
        for keep in ("exact", "fast", "both"):
            convert(f"converted: fasttext {name}, {keep}", model, ["--keep", keep])


def check_planted(report, schema):
    """A schema that has lost a rule accepts what it must refuse: the lists would show it."""
    for where, name in ((("additionalProperties",), "unknown key"),
                        (("$defs", "array", "oneOf"), "array with both"),
                        (("$defs", "words_block", "oneOf"), "terms and hash")):
        weak = copy.deepcopy(schema)
        node = weak
        for step in where[:-1]:
            node = node[step]
        del node[where[-1]]
        manifest = dict(wrong())[name]
        seen = Schema(weak).accepts(manifest) and not Schema(schema).accepts(manifest)
        report.check(f"planted: schema without {'.'.join(where)}", 1, [] if seen else ["not seen"])


def main():
    parser = argparse.ArgumentParser(description="Holds models/schema.json against the engine.")
    parser.add_argument("--winnow", required=True)
    options = parser.parse_args()
    with open(os.path.join(ROOT, "models/schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    report = harness.Report()
    with tempfile.TemporaryDirectory() as folder:
        judges = Judges(os.path.abspath(options.winnow), schema, folder)
        check_tables(report, schema)
        check_verdicts(report, judges, "sound", sound(), (True, True))
        check_verdicts(report, judges, "wrong", wrong(), (False, False))
        check_verdicts(report, judges, "tied", tied(), (True, False))
        check_conversions(report, judges, folder)
        check_planted(report, schema)
        if judges.package is None:
            report.skip("second evaluator", "python3-jsonschema is not installed")
        else:
            report.check("second evaluator", 1, [])
    n_lists = sum(len(list(f())) for f in (sound, wrong, tied))
    print(f"registered {n_lists + 2 + 2 + 3 * len(TRAININGS) + 3 + 1}")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
