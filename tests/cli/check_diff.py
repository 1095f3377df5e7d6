"""check_diff.py - winnow diff: flips, labels, gates."""

import json
import re

from check_decisions import tags_model
from support import PROMO, model_json, promo, ranked, same, test, true

NEW = {"boilerplate": {"menu": 2.0}, "editorial": {"report": 2.0},
       "promotional": {"buy": 2.0, "report": 0.5, "goal": 1.0}, "new": {"fresh": 3.0}}
TEXTS = ["report", "goal", "goal goal", "buy", "menu", "fresh", "nothing"]


def best(table, text):
    return ranked(table, None, text)[0]


@test
def diff_counts_flips(case):
    case.write("new.json", model_json("other", NEW))
    got = json.loads(case.fine("diff", "--format", "json", "--input", "lines", "promo", "new.json", "-",
                               stdin="\n".join(TEXTS)).text())
    flips = [(promo(t)[0], best(NEW, t), t) for t in TEXTS if promo(t)[0][0] != best(NEW, t)[0]]
    same((got["texts"], got["flips"]), (len(TEXTS), len(flips)), "texts and flips")
    same(got["new"]["own_labels"], ["new"], "labels of one model alone")
    same({(k["from"], k["to"], k["n"]) for k in got["kinds"]},
         {("editorial", "promotional", 2), ("boilerplate", "new", 1)}, "kinds")
    flips.sort(key=lambda f: -min(f[0][1], f[1][1]))
    same([e["text"] for e in got["examples"]], [t for _, _, t in flips], "hardest first")
    same(got["decisions"]["unknown"], {"decided": 1, "below_threshold": 0, "unknown": 1}, "decisions")
    same({l["label"]: (l["old"], l["new"]) for l in got["labels"]},
         {"boilerplate": (3, 2), "editorial": (3, 1), "promotional": (1, 3), "new": (0, 1)}, "shares")
    text = case.fine("diff", "--input", "lines", "promo", "new.json", "-", stdin="\n".join(TEXTS)).text()
    for piece in ("7 texts", "flips", "labels of the new model alone: new", "Hardest flips"):
        true(piece in text, f"{piece} in {text}")
    plain = json.loads(model_json("other", NEW))
    del plain["version"]
    case.write("plain.json", json.dumps(plain))
    text = case.fine("diff", "--input", "lines", "promo", "plain.json", "-", stdin="goal").text()
    true(re.search(r"\nnew  other  [0-9a-f]{16}  plain\.json\n", text), "no gap for no version: " + text)
    case.write("a.txt", "\n\n".join(TEXTS))
    same(json.loads(case.fine("diff", "--format", "json", "promo", "new.json", "a.txt").text())["flips"],
         3, "paragraphs of a text")
    same(case.fine("diff", "-j", "2", "promo", "new.json", "a.txt", "a.txt").text(),
         case.fine("diff", "promo", "new.json", "a.txt", "a.txt").text(), "threads")


@test
def diff_is_a_gate(case):
    case.write("new.json", model_json("other", NEW))
    case.write("a.txt", "\n\n".join(TEXTS))
    case.fine("diff", "--max-flips", "0.43", "promo", "new.json", "a.txt")
    run = case.fails(1, "diff", "--max-flips", "0.42", "promo", "new.json", "a.txt")
    true("42.86 %" in run.err and "flips" in run.text(), run.err)
    case.fine("diff", "--max-flips", "0", "promo", "promo", "a.txt")
    case.fine("diff", "--max-flips", "0", "promo", "new.json", "-", stdin="")


@test
def diff_uses_labels(case):
    case.write("new.json", model_json("other", NEW))
    rows = [("goal", ["promotional"]), ("goal goal", ["editorial"]), ("report", ["editorial"]),
            ("goal report", ["x"]), ("buy", None)]
    case.write("a.jsonl", "".join(json.dumps({"text": t, **({"labels": l} if l else {})}) + "\n"
                                  for t, l in rows))
    got = json.loads(case.fine("diff", "--format", "json", "--labels", "labels", "promo", "new.json",
                               "a.jsonl").text())
    same(got["texts"], 5, "a text without labels is compared too")
    labelled = got["labelled"]
    same([labelled[k] for k in ("texts", "old_right", "new_right", "only_old_right", "only_new_right",
                                "flips_became_right", "flips_became_wrong", "flips_neither",
                                "mcnemar_p")], [4, 2, 2, 1, 1, 1, 1, 0, 1], "labelled")
    true("labelled" not in json.loads(case.fine("diff", "--format", "json", "promo", "new.json",
                                                "a.jsonl").text()), "without --labels")
    same(json.loads(case.fine("diff", "--input", "fasttext", "--format", "json", "promo", "new.json",
                              "-", stdin="__label__promotional goal\n").text())["labelled"]["new_right"],
         1, "labels in the line")


@test
def diff_of_sets_and_of_odd_inputs(case):
    tags_model(case)
    case.write("new.json", model_json("tags", {"money": {"bank": 2.0}, "sport": {"goal": 0.1},
                                               "war": {"bomb": 2.0}}, [-0.5, -0.5, -0.5],
                                      link="sigmoid", multi_label=True, thresholds=[.6, .7, .8]))
    got = json.loads(case.fine("diff", "--format", "json", "--input", "lines", "tags.json", "new.json",
                               "-", stdin="bank\ngoal\nbank goal\nbomb bomb bomb bank\nx").text())
    same(got["answers"], "chosen", "what is compared")
    same({(k["from"], k["to"], k["n"]) for k in got["kinds"]},
         {("sport", None, 1), (None, "money", 1)}, "lost and gained")
    same((got["flips"], got["same_chosen"]), (2, 3), "texts that flip")
    case.write("raw.json", model_json("raw", PROMO, link="raw"))
    got = json.loads(case.fine("diff", "--format", "json", "promo", "raw.json", "-", stdin="buy").text())
    same((got["mean_change"], got["flips"]), (None, 0), "a model without probabilities")
    case.fails(1, "diff", "promo", "topic", "missing.txt")
    case.fails(2, "diff", "promo", "missing.winnow", "-", stdin="x")
    evil = "\x1b[31m goal \x9b1m".encode() + b"\xff\n"
    out = case.fine("diff", "--input", "lines", "promo", "topic", "-", stdin=evil).text()
    true("\x1b" not in out and "\x9b" not in out, "what could drive a terminal")
    big = "goal " * 200000
    got = json.loads(case.fine("diff", "--format", "json", "--input", "lines", "promo", "topic", "-",
                               stdin=big).text())
    true(got["examples"][0]["cut"] and len(got["examples"][0]["text"]) <= 400, "a long text is cut")
