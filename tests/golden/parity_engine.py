"""parity_engine.py - the parts of the parity suite that only the engine can do.

Converted models must predict the same bytes as the originals do in the reference; the fast rows of
`classify` must stay within their bounds of the float64 oracle and of the reference's numbers.
"""

import json
import math
import os

import harness
import oracle
from ftmodel import HS, LOSS_NAMES, SOFTMAX

BOUND = 1e-5  # largest |dp| of fast rows; for one-vs-all and ns of the logit, times max(1, |s|)


def n_groups(suite, models):
    """How many groups check() reports."""
    if suite.is_reference:
        return 3
    return 1 + sum(m.convert for m in models) + sum(m.name not in NAMELESS for m in models)


def check(suite, models):
    check_oracle(suite, models)
    converted = [m for m in models if m.convert]
    if suite.is_reference:
        for name in ("convert", "fast rows"):
            suite.report.skip(name, "the reference cannot do this")
        return
    for model in converted:
        check_convert(suite, model)
    for model in models:
        if model.name not in NAMELESS:
            check_fast(suite, model)


def parse(line):
    """A line of predict-prob: label -> printed number, in order."""
    parts = line.split(b" ") if line else []
    return dict(zip(parts[::2], map(float, parts[1::2])))


def reference_lines(suite, model):
    path = suite.input_path(model.corpus, "plain")
    with open(path, "rb") as file:
        lines = file.read().splitlines()
    got = suite.reference("predict-prob", model.path, path, ("-1", "-1"), False)
    return path, lines, [parse(line) for line in got.out.split(b"\n")[:-1]]


# Its labels are not unique, so answers cannot be told apart by name.
NAMELESS = ("made_label_twice",)

# Weights of 10^18: no digits to compare, but the answers must still be probabilities.
OUT_OF_RANGE = ("made_hs_saturated", "made_softmax_big_weights")


def check_oracle(suite, models):
    """The float64 oracle tells what the reference prints, so that it may judge the fast rows."""
    n_lines, failures = 0, []
    for model in models:
        judge = oracle.load(model.path)
        if model.name in OUT_OF_RANGE + NAMELESS:
            continue
        _, lines, printed = reference_lines(suite, model)
        for number, (line, want) in enumerate(zip(lines, printed), 1):
            n_lines += 1
            scores = judge.scores(line)
            if scores is None or not want:
                if (scores is None) == bool(want):
                    failures.append(f"{model.name} line {number}: features of one of the two only")
                continue
            for label, p in zip(judge.labels, judge.printed(scores)):
                have = want.get(label)
                if have is None:
                    failures.append(f"{model.name} line {number}: no {label!r}")
                elif not agrees(judge, scores, p, have):
                    failures.append(f"{model.name} line {number} {label!r}: {have} not {p}")
    suite.report.check("oracle agrees with the reference", n_lines, failures)


def agrees(judge, scores, p, have):
    if judge.header.loss in (HS, SOFTMAX):
        return abs(p - have) <= 3e-5 * p + 5e-7
    # The table moves in steps of 1/32 of a logit, so a score on an edge may fall to either side.
    return abs(logit(p - BOUND) - logit(have - BOUND)) <= 1 / 32 + 0.01 or abs(p - have) < 6e-4


def logit(p):
    p = min(max(p, 1e-12), 1 - 1e-12)
    return math.log(p / (1 - p))


# ---- Conversion ------------------------------------------------------------------------------


def check_convert(suite, model):
    """model -> .winnow and .json, each to the other and back; all predict the same bytes."""
    base = os.path.join(suite.folder, model.name.replace(".", "_"))
    first, twin, second, third = (base + s for s in (".winnow", ".json", "_2.winnow", "_3.json"))
    failures = []
    direct = base + "_direct.json"
    for source, target in ((model.path, first), (model.path, direct), (first, twin),
                           (twin, second), (second, third)):
        done = harness.run([suite.winnow, "convert", source, target])
        if done.code != 0:
            failures.append(f"convert {os.path.basename(source)} {os.path.basename(target)}: "
                            f"{done.describe()}")
            suite.report.check(f"convert {model.name}", 0, failures)
            return
    for a, b in ((first, second), (twin, third), (direct, twin)):
        with open(a, "rb") as left, open(b, "rb") as right:
            if left.read() != right.read():
                failures.append(f"{os.path.basename(a)} and {os.path.basename(b)} differ")
    runs = 3
    inputs = [(suite.input_path(model.corpus, n), a) for n, a in
              (("held_out", ("-1",)), ("hostile", ("2", "0")), ("hostile", ("-1", "-1")))]
    for path, arguments in inputs:
        for target in (first, twin, second):
            runs += 1
            suite.runs["predict-prob"] += 1
            failures.append(suite.compare("predict-prob", model.path, path, arguments, False,
                                          target))
    failures += check_keep(suite, model, base, inputs[0])
    suite.report.check(f"convert {model.name}", runs + 3, [f for f in failures if f])


def check_keep(suite, model, base, job):
    """Files with fast rows: they classify as the original does; only `both` can predict."""
    h = oracle.load(model.path).header
    n_outputs = h.nlabels - 1 if h.loss == HS else h.nlabels
    can_fold = 0 < n_outputs <= h.dim
    files = {rows: f"{base}_keep_{rows}.winnow" for rows in ("exact", "both", "fast")}
    failures = []
    for rows, path in files.items():
        done = harness.run([suite.winnow, "convert", "--keep", rows, model.path, path])
        wanted = 0 if can_fold or rows == "exact" else 2
        if done.code != wanted or bool(done.err) != (wanted == 2):
            failures.append(f"convert --keep {rows}: {done.describe()}")
    if failures or not can_fold:
        return failures
    for rows in ("exact", "both"):
        failures.append(suite.compare("predict-prob", model.path, job[0], job[1], False,
                                      files[rows]))
    refused = harness.run([suite.winnow, "predict-prob", files["fast"], job[0], *job[1]])
    if refused.code != 2 or refused.out or not refused.err:
        failures.append(f"predict-prob of fast rows alone: {refused.describe()}")
    text = suite.input_path(model.corpus, "plain")
    answers = [classify(suite, path, text)[1] for path in (model.path, *files.values())]
    if any(a != answers[0] for a in answers):
        failures.append("classify differs between the original and files with fast rows")
    return failures


# ---- Fast rows -------------------------------------------------------------------------------


def classify(suite, path, text, *options):
    """What the tool did, and the answers: one list of {label, p} for each line."""
    got = harness.run([suite.winnow, "classify", "-m", path, "--format", "jsonl", "-k", "0",
                       "--input", "lines", *options, text])
    records = got.out.decode("utf-8", "replace").splitlines()
    return got, [next(iter(json.loads(record)["results"].values())) for record in records]


def check_fast(suite, model):
    """`classify` with its default rows against the oracle and the reference."""
    judge = oracle.load(model.path)
    name = f"fast rows {model.name}"
    path, lines, printed = reference_lines(suite, model)
    failures = []
    got, answers = classify(suite, model.path, path)
    exact, exact_answers = classify(suite, model.path, path, "--exact")
    for done, n in ((got, len(answers)), (exact, len(exact_answers))):
        if done.code != 0 or n != len(lines):
            suite.report.check(name, 1, [f"{n} records for {len(lines)} lines, {done.describe()}"])
            return
    triples = list(zip(lines, answers, printed)) + list(zip(lines, exact_answers, printed))
    for number, (line, answer, want) in enumerate(triples):
        scores = judge.scores(line)
        # Sums of single floats are only as exact as their largest term, and models made by hand
        # may cancel large ones.
        scale = judge.magnitude(line) if model.name.startswith("made_") else 1
        scale = math.inf if model.name in OUT_OF_RANGE else scale
        fault = compare_line(judge, scores, answer, want, scale)
        if fault:
            rows = "" if number < len(lines) else " --exact"
            failures.append(f"line {number % len(lines) + 1} "
                            f"({LOSS_NAMES[judge.header.loss]}{rows}): {fault}")
    suite.report.check(name, len(triples), failures)


def compare_line(judge, scores, answer, want, scale):
    if scores is None:
        return f"an answer without features: {answer[:2]}" if answer else None
    names = [label.decode("utf-8", "replace") for label in judge.labels]
    have = {item["label"]: item["p"] for item in answer}
    if sorted(have) != sorted(names):
        missing = sorted(set(names) - set(have))
        return f"{len(have)} labels instead of {len(names)}, without {missing[:3]}"
    true = judge.probabilities(scores)
    if any(p < 0 or p > 1 for p in have.values()):
        return "a probability outside [0, 1]"
    rounding = sum(half_a_digit(p) for p in have.values())
    if judge.header.loss in (HS, SOFTMAX) and abs(sum(have.values()) - 1) > 1e-6 + rounding:
        return f"the probabilities sum to {sum(have.values())!r}"
    if scale == math.inf:
        return None
    for name, label, p, s in zip(names, judge.labels, true, scores):
        if judge.header.loss in (HS, SOFTMAX):
            if abs(have[name] - p) > BOUND:
                return f"{name}: {have[name]}, in float64 {p}"
            printed = want.get(label)
            if judge.header.loss == SOFTMAX and printed is not None and (
                    abs(have[name] - (printed - BOUND)) > BOUND + 1e-6):
                return f"{name}: {have[name]}, the reference {printed} less its 1e-5"
        elif abs(have[name] - p) > (BOUND * max(scale, abs(s)) * p * (1 - p)
                                    + half_a_digit(p) + 1e-9):
            return f"{name}: {have[name]}, in float64 {p}"
        elif abs(s) < 7 and abs(logit(have[name]) - logit(want[label] - BOUND)) > 1 / 32 + 0.002:
            return f"{name}: {have[name]}, in the reference's table {want[label]}"
    return wrong_order(judge, names, scores, true, answer)


def half_a_digit(p):
    """What printing with six digits may change."""
    return 0.5 * 10 ** (math.floor(math.log10(p)) - 5) if p > 0 else 0


def wrong_order(judge, names, scores, true, answer):
    """Best first; the first label is the reference's wherever the two best are clearly apart."""
    listed = [item["p"] for item in answer]
    if any(a < b for a, b in zip(listed, listed[1:])):
        return "the labels are not in descending order"
    measure = true if judge.header.loss in (HS, SOFTMAX) else scores
    order = sorted(range(len(names)), key=lambda i: -measure[i])
    if len(order) > 1:
        gap = measure[order[0]] - measure[order[1]]
        scale = 1 if judge.header.loss in (HS, SOFTMAX) else max(1, abs(measure[order[0]]))
        if gap > 2 * BOUND * scale and answer[0]["label"] != names[order[0]]:
            return f"first label {answer[0]['label']}, in float64 {names[order[0]]}"
    return None
