"""check_explain.py - winnow explain: contributions, places, marks."""

import json
import re

from check_output import on_terminal
from support import SCORES, TOPIC, TOPIC_BIAS, close, logits, model_json, same, test, true, words

TEXT = "Intro words.\n\nA goal, a goal; the bomb\nafter the goal\n\nmenu \u00e9\u65e5 report\n"


@test
def explanations_add_up(case):
    case.write("a.txt", TEXT)
    data = TEXT.encode()
    records = case.fine("explain", "-m", "topic", "--format", "jsonl", "--split", "blank",
                        "a.txt").records()
    same([r["paragraph"] for r in records], [1, 2, 3], "paragraphs")
    for record in records:
        text = data[record["begin"]:record["end"]].decode()
        column = list(TOPIC).index(record["label"])
        close(record["logit"], logits(TOPIC, TOPIC_BIAS, text)[column], "logit")
        close(record["bias"], TOPIC_BIAS[column], "bias")
        close(record["bias"] + sum(c["value"] for c in record["contributions"]) + 1.0,
              record["logit"] + 1.0, "the sum")
        same([data[c["begin"]:c["end"]].decode() for c in record["contributions"]],
             [c["text"] for c in record["contributions"]], "places in the file")
        values = [abs(c["value"]) for c in record["contributions"]]
        same(values, sorted(values, reverse=True), "strongest first")
    same([c["text"] for c in records[1]["contributions"] if c["value"] > 0], ["goal"] * 3, "words")
    same(records[0].get("unsure"), "unknown", "a text of which nothing is known")
    best = case.fine("-m", "topic", "--split", "blank", "a.txt").records()
    same([r["label"] for r in records], [r["results"]["topic"][0]["label"] for r in best], "labels")
    other = case.fine("explain", "-m", "topic", "--label", "security/terrorism", "--format", "jsonl",
                      "-k", "1", "--split", "blank", "a.txt").records()
    same({r["label"] for r in other}, {"security/terrorism"}, "--label")
    same([c["text"] for c in other[1]["contributions"]], ["bomb"], "-k 1")
    both = case.fine("explain", "--format", "jsonl", "--label", "sport", "a.txt").records()
    same({r["model"] for r in both}, {"topic"}, "models without the label are left out")
    lines = case.fine("explain", "-m", "topic", "--format", "jsonl", "--input", "lines", "-",
                      stdin="x goal\n").records()
    same((lines[0]["record"], lines[0]["contributions"][0]["begin"]), (1, 2), "a record's own offsets")


@test
def explanation_table_marks_words(case):
    case.write("a.txt", "A goal and a bomb\n")
    text = case.fine("explain", "-m", "topic", "--label", "sport", "a.txt").text()
    true("A {++goal} and a bomb" in text, text)
    true(re.search(r"\+1\.5000  goal +2-6\n", text), text)
    true("logit 1.7500 = bias 0.2500 and +1.5000 from" in text, text)
    negative = case.write("raw.json", model_json("raw", SCORES, link="raw"))
    text = case.fine("explain", "-m", negative, "a.txt").text()
    true("{--goal}" in text and "-0.5000  goal" in text, text)
    text = case.fine("explain", "-m", "topic", "-", stdin="goal goal goal").text()
    true(re.search(r"\+4\.5000  goal +0-4 and 2 more\n", text), text)
    out = case.fine("explain", "-m", "topic", "--color", "always", "a.txt").text()
    true("\x1b[1;32mgoal\x1b[0m" in out and "{" not in out, out)
    _, shown = on_terminal(case, ["explain", "-m", "topic", "a.txt"])
    true("\x1b[1;32m" in shown, "colours on a terminal")
    case.write("long.txt", "goal report " * 200)
    widths = [len(l) for l in case.fine("explain", "-m", "topic", "--split", "none", "long.txt",
                                        env={"COLUMNS": "70"}).lines()]
    true(60 < max(widths) <= 70, f"wrapped at {max(widths)}")


@test
def explain_shares_words_of_an_ngram(case):
    model = json.loads(model_json("pairs", {"a": {"red": 0.5}, "b": {"blue": 1.0}}))
    model["blocks"][0]["ngrams"] = [1, 2]
    model["arrays"]["terms"] = {"dtype": "str", "shape": [3], "values": ["blue", "red", "red car"]}
    model["arrays"]["rows"] = {"dtype": "f64", "shape": [3, 2], "values": [0, 1, 1.5, 0, 3, 0]}
    case.write("pairs.json", json.dumps(model))
    record = case.fine("explain", "-m", "pairs.json", "--label", "a", "--format", "jsonl", "-",
                       stdin="the red car blue").records()[0]
    same([(c["text"], c["value"]) for c in record["contributions"][:2]], [("red car", 3), ("red", 1.5)],
         "n-grams")
    # red: 1.5 + 1.5, car: 1.5, half of the strongest; undivided it would be two thirds.
    true("the {++red} {+car} blue" in case.fine("explain", "-m", "pairs.json", "--label", "a", "-",
                                                 stdin="the red car blue").text(), "words")


@test
def explain_survives_odd_texts(case):
    evil = b"goal \x1b[31m \xff\xfe \x00 bomb \xe2\x80\xae " + "\u65e5\u672c".encode()
    for form in ("table", "jsonl"):
        out = case.fine("explain", "-m", "topic", "--format", form, "-", stdin=evil).text()
        true("\x1b" not in out and "\u202e" not in out or form == "jsonl", "control characters")
        same(case.fine("explain", "-m", "topic", "--format", form, "-", stdin=b"").out, b"", "nothing")
        case.fine("explain", "-m", "topic", "--format", form, "-", stdin=b"goal " * 200000)
        case.fine("explain", "-m", "topic", "--format", form, "-", stdin=b"x" * 1000000)
    same(len(words("a b")), 2, "the words of the checks")
