"""check_eval.py - winnow eval: inputs, what is counted and told, the page. Its figures are held
against scikit-learn's by tests/golden/evaluation.py."""

import gzip
import html.parser
import json
import re

from check_decisions import tags_model
from support import model_json, same, test, true

ROWS = [("report", ["editorial"]), ("goal report", ["editorial", "promotional"]),
        ("buy", ["promotional"]), ("menu", ["editorial"]), ("buy buy", ["boilerplate", "promotional"]),
        ("menu report report", ["boilerplate"])]
BEST = ["editorial", "editorial", "promotional", "boilerplate", "promotional", "editorial"]


def lines(rows, key="labels"):
    return "".join(json.dumps({"text": t, key: l}) + "\n" for t, l in rows)


def figures(run):
    return json.loads(run.text())["models"][0]


@test
def eval_counts_right_answers(case):
    case.write("a.jsonl", lines(ROWS))
    got = figures(case.fine("eval", "-m", "promo", "--format", "json", "a.jsonl"))
    same(got["records"], 6, "records")
    same(round(got["accuracy"], 6), round(4 / 6, 6), "accepted")
    same(round(got["strict_accuracy"], 6), round(3 / 6, 6), "the first label alone")
    labels = {row["label"]: row for row in got["labels"]}
    same({l: (r["first"], r["any"], r["predicted"], r["tp"], r["fp"], r["fn"])
          for l, r in labels.items()},
         {"boilerplate": (2, 2, 1, 0, 1, 1), "editorial": (3, 3, 3, 2, 1, 1),
          "promotional": (1, 3, 2, 2, 0, 0)}, "counts")
    same(got["matrix"], [[0, 1, 0, 0], [1, 2, 0, 0], [0, 0, 2, 0]], "matrix")
    same([(m["record"], m["label"], m["wanted"]) for m in got["mistakes"]],
         [(6, "editorial", ["boilerplate"]), (4, "boilerplate", ["editorial"])], "mistakes")
    table = case.fine("eval", "-m", "promo", "a.jsonl").text()
    for piece in ("6 records evaluated", "0.6667", "Confusion matrix", "Calibration"):
        true(piece in table, f"{piece} in {table}")
    for columns in (60, 100):
        widths = [len(l) for l in case.fine("eval", "-m", "promo", "a.jsonl", env={
            "COLUMNS": str(columns)}).lines() if "mistakes" not in l and "  0." not in l]
        true(max(widths) <= 100, f"{max(widths)} columns")


@test
def eval_reads_all_forms_of_labelled_records(case):
    single = [(t, l[0]) for t, l in ROWS]
    fasttext = "".join(f"__label__{l} {t}\n" for t, l in single)
    forms = {
        "a.jsonl": lines(single, "label"), "b.jsonl": lines([(t, [l]) for t, l in single]),
        "c.txt": fasttext, "d.data": lines(single, "label"), "e.txt.gz": gzip.compress(fasttext.encode()),
        "f.csv": "label,text\n" + "".join(f"{l},{t}\n" for t, l in single),
        "g.tsv": "text\tlabels\n" + "".join(f"{t}\t{l}\n" for t, l in single),
        "h.txt": "".join(f"{t} __label__{l}\n" for t, l in single),
        "i.jsonl": lines([(t, "__label__" + l) for t, l in single]),
    }
    seen = {}
    for name, data in forms.items():
        case.write(name, data)
        got = json.loads(case.fine("eval", "-m", "promo", "--format", "json", name).text())
        got["models"][0]["mistakes"] = [m["text"].strip() for m in got["models"][0]["mistakes"]]
        seen[name] = got["models"]
    for name, got in seen.items():
        same(got, seen["a.jsonl"], f"figures of {name}")
    case.write("n.jsonl", '{"body":"buy","kind":"promotional"}\n{"body":"menu","kind":["boilerplate"]}\n')
    got = figures(case.fine("eval", "-m", "promo", "--field", "body", "--labels", "kind", "--format",
                            "json", "n.jsonl"))
    same((got["records"], got["accuracy"]), (2, 1), "--field and --labels")
    same(case.fine("eval", "-m", "promo", "-", stdin=fasttext).text(),
         case.fine("eval", "-m", "promo", "--input", "fasttext", "c.txt").text(), "standard input")
    got = figures(case.fine("eval", "-m", "promo", "--format", "json", "-", stdin=lines(
        [("buy", ["promotional", "promotional", "__label__promotional"])])))
    same([r["any"] for r in got["labels"]], [0, 0, 1], "a label that a record lists several times")
    case.write("numbers.json", model_json("numbers", {"1": {"buy": 1.0}, "2": {"menu": 1.0}}))
    got = figures(case.fine("eval", "-m", "numbers.json", "--format", "json", "-",
                            stdin='{"text":"buy","label":1}\n{"text":"menu","label":2}\n'))
    same(got["accuracy"], 1, "labels that are numbers")


@test
def eval_drops_nothing_in_silence(case):
    case.write("a.jsonl", lines(ROWS) + '{"text":"buy"}\n{"labels":["editorial"]}\nno json\n'
               '{"text":"buy","labels":{"a":1}}\n{"text":"buy","labels":[]}\n'
               '{"text":"buy","labels":null}\n{"text":"buy","labels":[["editorial"]]}\n')
    run = case.fails(1, "eval", "-m", "promo", "--format", "json", "a.jsonl")
    got = json.loads(run.text())
    same((got["records"], got["failed"], got["models"][0]["records"]), (13, 7, 6), "counts")
    same(sorted(int(l.split(":")[2]) for l in run.err.splitlines()), list(range(7, 14)), run.err)
    case.write("b.jsonl", lines(ROWS + [("buy", ["odd", "promotional"]), ("menu", "strange")]))
    run = case.fails(1, "eval", "-m", "promo", "--format", "json", "b.jsonl")
    got = figures(run)
    same((got["records"], got["unknown_labels"]), (8, 2), "labels that the model lacks")
    true("odd, strange" in run.err, run.err)
    same(round(got["accuracy"] * 8), 5, "such a record can be right by another label")
    labels = {r["label"]: r for r in got["labels"]}
    same((labels["odd"]["any"], labels["odd"]["known"], labels["strange"]["fn"]), (1, False, 1), "rows")
    table = case.fails(1, "eval", "-m", "promo", "b.jsonl").text()
    true("not the model's" in table and "2 with labels that the model lacks" in table, table)
    case.write("c.jsonl", lines([("goal", "sport")]))
    run = case.fails(1, "eval", "-m", "topic", "c.jsonl", "missing.jsonl")
    true("missing.jsonl" in run.err and "1 record evaluated" in run.text(), run.err)
    true("neither in the data nor predicted" in case.fine("eval", "-m", "topic", "c.jsonl").text(),
         "a label of the model that the data lack")


@test
def eval_without_models_takes_those_that_fit(case):
    case.write("a.jsonl", lines([("goal", "sport"), ("bomb", "security/terrorism")]))
    run = case.run("eval", "--format", "json", "a.jsonl")
    same((run.code, [m["model"] for m in json.loads(run.text())["models"]]), (0, ["topic"]), run.err)
    true("promo: left out" in run.err, run.err)
    case.write("b.jsonl", lines([("goal", "nobody's")]))
    same(case.fails(1, "eval", "--format", "json", "b.jsonl").text().count('"model"'), 0, "none fits")
    got = json.loads(case.fails(1, "eval", "-m", "topic", "-m", "promo", "--format", "json",
                                "a.jsonl").text())
    same([m["accuracy"] for m in got["models"]], [1, 0], "a model that was named is measured")


@test
def eval_survives_odd_data(case):
    long = "goal " * 200000
    for name, data, code in (
            ("empty", b"", 0), ("one", lines([("goal", "sport")]).encode(), 0),
            ("long", lines([(long, "sport"), ("bomb", "sport")]).encode(), 0),
            ("bytes", b'{"text":"goal \xff\xfe\x01 \xc3","label":"sport"}\n', 1),
            ("bytes2", b'__label__sport goal \xff\xfe\x00\x01\n__label__\xff bomb\n', 1),
            ("blank", b"\n\n \n", 1), ("label", b"__label__sport\n", 0),
            ("many", b"".join(b"__label__l%d x\n" % i for i in range(3000)), 1),
            ("wide", ("{\"text\":\"x\",\"labels\":%s}\n" % json.dumps(
                [f"l{i}" for i in range(1001)])).encode(), 1)):
        case.write(name, data)
        for form in ("table", "json", "html"):
            run = case.run("eval", "-m", "topic", "--format", form, name)
            same(run.code, code, f"{name} as {form}: {run.err}")
            true(not re.search(r"\bnan\b|\binf\b", run.text().lower()), f"a number in {name} as {form}")
        json.loads(case.run("eval", "-m", "topic", "--format", "json", name).text())
    same(figures(case.run("eval", "-m", "topic", "--format", "json", "empty"))["accuracy"], None, "empty")
    many = figures(case.run("eval", "-m", "topic", "--format", "json", "many"))
    same(len(many["labels"]), 2 + 1000 + 1, "labels that are told apart, and the others")


@test
def eval_measures_chosen_sets(case):
    tags_model(case)
    rows = [("bank", ["money"]), ("goal", ["sport", "war"]), ("nothing", []), ("bomb bomb bomb", ["money"]),
            ("bomb bomb bomb bomb bank", ["war", "money"])]
    case.write("a.jsonl", lines(rows))
    got = figures(case.fine("eval", "-m", "tags.json", "--format", "json", "a.jsonl"))
    same(got["records"], 5, "an empty list is a set too")
    same(got["subset_accuracy"], 0.6, "exact sets")
    same(round(got["hamming_loss"], 6), round(3 / 15, 6), "wrong pairs")
    same(round(got["micro_f1"], 6), round(2 * 4 / (2 * 4 + 1 + 2), 6), "micro F1")
    same({(m["label"], m["missing"]) for m in got["mistakes"]}, {("war", False), ("war", True)},
         "mistakes: the label that is furthest on the wrong side")
    same(got["decisions"]["unknown"], {"n": 1, "right": 1}, "none chosen, and none wanted")
    run = case.fails(1, "eval", "-m", "tags.json", "-m", "promo", "--format", "json", "a.jsonl")
    same([m["unlabelled"] for m in json.loads(run.text())["models"]], [0, 1], "beside a single-label one")
    true("promo: 1 record without a label is not evaluated" in run.err, run.err)
    for form in ("table", "html"):
        true("Hamming loss" in case.fine("eval", "-m", "tags.json", "--format", form, "a.jsonl").text(),
             form)


class Page(html.parser.HTMLParser):
    """Checks that tags match, and what the page would load or run."""

    void = {"meta", "br", "line", "polyline", "polygon"}
    optional = {"tr", "td", "th", "dt", "dd", "p"}  # their ends may be left out

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.problems, self.cells = [], [], [], []
        self.feed(text)
        self.close()
        left = [t for t in self.open if t not in self.optional]
        if left:
            self.problems.append(f"never closed: {left}")

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("src", "href", "srcdoc", "action"):
                self.problems.append(f"{tag} {name}={value}")
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open[-1] != tag and self.open[-1] in self.optional:
            self.open.pop()
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing, {self.getpos()}")

    def handle_data(self, data):
        self.cells.append(data)


EVIL = "<script>alert(1)</script><img src=x onerror=\"alert(2)\">'\"&amp;</td></table>\u202e"


@test
def eval_page_stands_alone_and_is_safe(case):
    case.write("evil.json", model_json("<b>evil</b>", {EVIL: {"goal": 1.0}, "x</title><script>": {"buy": 1.0}},
                                       version="<i>1</i>"))
    name = "<img src=x>.jsonl"
    case.write(name, lines([(EVIL + " buy", EVIL), ("goal", EVIL), ("buy", "<u>strange</u>"),
                            ("goal </svg><script>x</script>", "x</title><script>")]))
    run = case.fails(1, "eval", "-m", "evil.json", "--html", "page.html", name)
    with open(case.path("page.html"), encoding="utf-8") as file:
        text = file.read()
    page = Page(text)
    same(page.problems, [], "the page")
    true(not {"script", "img", "link", "iframe", "u"} & set(page.tags), "tags of the data")
    for wanted in (EVIL[:-1], "<u>strange</u>", "<b>evil</b>", "<i>1</i>", name):
        true(wanted in "".join(page.cells), f"{wanted} as text")
    true("http" not in text.replace("http-equiv", ""), "an address")
    true("\u202e" not in text, "a direction override")
    same(case.fails(1, "eval", "-m", "evil.json", "--format", "html", name).text(), text, "--format html")
    same({"svg", "table", "title", "details"} - set(page.tags), set(), "parts of the page")
    true("Most confident mistakes" in run.text(), "the table is printed as well")
    case.fails(1, "eval", "-m", "evil.json", "--html", "no/such/page.html", name)
    case.write("fine.jsonl", lines(ROWS))
    same(Page(case.fine("eval", "-m", "promo", "--format", "html", "--examples", "0",
                        "fine.jsonl").text()).problems, [], "another page")


@test
def eval_is_the_same_every_time(case):
    rows = [(f"{'goal ' * (i % 5)}{'bomb ' * (i % 3)}x{i}", "sport" if i % 2 else "security/terrorism")
            for i in range(3000)]
    case.write("a.jsonl", lines(rows))
    for form in ("table", "json", "html"):
        args = ("eval", "-m", "topic", "--format", form, "--bootstrap", "50", "a.jsonl")
        same(case.fine(*args, "-j", "3").out, case.fine(*args).out, form)
    got = figures(case.fine("eval", "-m", "topic", "--format", "json", "--bootstrap", "0", "a.jsonl"))
    same((got["bootstrap_rounds"], got["intervals"]), (0, {}), "without intervals")
    got = figures(case.fine("eval", "-m", "topic", "--format", "json", "a.jsonl"))
    low, high = got["intervals"]["accuracy"]
    true(low < got["accuracy"] < high and high - low < 0.06, f"{low} {high}")
    same(len(figures(case.fine("eval", "-m", "topic", "--format", "json", "--examples", "3",
                               "a.jsonl"))["mistakes"]), 3, "--examples")
