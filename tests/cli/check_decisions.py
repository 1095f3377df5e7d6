"""check_decisions.py - unsure answers, multi-label models, context, models of several fields."""

import csv
import io
import json
import math

from support import (PROMO, TOPIC, TOPIC_BIAS, close, fields_json, logits, model_json, promo, same,
                     softmax, test, true)

TAGS = {"money": {"bank": 2.0, "goal": -3.0}, "sport": {"goal": 2.0, "bank": -3.0},
        "war": {"bomb": 2.0, "goal": -1.0, "bank": -1.0}}
TAGS_THRESHOLDS = [0.6, 0.7, 0.8]


def tags_model(case, name="tags.json"):
    return case.write(name, model_json("tags", TAGS, [-0.5, -0.5, -0.5], link="sigmoid",
                                       multi_label=True, thresholds=TAGS_THRESHOLDS))


def tags(text):
    """The labels that the model chooses, best first, with their probabilities."""
    z = logits(TAGS, [-0.5, -0.5, -0.5], text)
    p = [1 / (1 + math.exp(-v)) for v in z]
    chosen = [(l, p[i]) for i, l in enumerate(TAGS) if p[i] > TAGS_THRESHOLDS[i]]
    return sorted(chosen, key=lambda pair: -pair[1])


@test
def unsure_answers_say_why(case):
    case.write("strict.json", model_json("strict", PROMO, thresholds=[0.6, 0.6, 0.6]))
    texts = ["report report", "goal", "nothing that it knows", "buy"]
    records = case.fine("-m", "strict.json", "--input", "lines", "-",
                        stdin="\n".join(texts)).records()
    for record, text in zip(records, texts):
        label, p = promo(text)[0]
        same(record["results"]["strict"][0]["label"], label, "the best label is told all the same")
        close(record["results"]["strict"][0]["p"], p)
        wanted = None if p > 0.6 else {"strict": "unknown" if "nothing" in text else
                                       "below_threshold"}
        same(record.get("unsure"), wanted, f"unsure of {text!r}, p {p}")
    true(any("unsure" not in r for r in records), "the check needs a sure answer")
    table = case.fine("-m", "strict.json", "--format", "table", "--input", "lines", "-",
                      stdin="\n".join(texts)).lines()
    same([line.split()[1] for line in table[2:6]],
         ["editorial", "?editorial", "-", "promotional"], "in a table")
    true(table[-1].endswith("; unsure 2"), table[-1])
    rows = list(csv.DictReader(io.StringIO(case.fine(
        "-m", "strict.json", "--format", "csv", "--input", "lines", "-",
        stdin="\n".join(texts)).text())))
    same([r["strict_unsure"] for r in rows], ["", "below_threshold", "unknown", ""], "in CSV")


@test
def the_label_above_its_threshold_is_the_answer(case):
    """A cut away from the middle, as a tuned threshold has it: the less probable label can win."""
    table = {"no": {"some": 0.5, "much": -1.0}, "yes": {"some": -0.5, "much": 1.0}}
    case.write("cut.json", model_json("cut", table, thresholds=[0.8, 0.2]))
    p = softmax(logits(table, [0.0, 0.0], "some"))
    true(0.2 < p[1] < p[0] < 0.8, "the check needs a less probable label above its threshold")
    case.write("some.jsonl", '{"text":"some","label":"yes"}\n{"text":"much","label":"yes"}\n')
    for k, labels in (("1", ["yes"]), ("2", ["yes", "no"]), ("0", ["yes", "no"])):
        record = case.fine("-m", "cut.json", "-k", k, "some.jsonl").records()[0]
        same([s["label"] for s in record["results"]["cut"]], labels, f"-k {k}")
        close(record["results"]["cut"][0]["p"], p[1])
    record = case.fine("-m", "cut.json", "some.jsonl").records()[0]
    same([s["label"] for s in record["results"]["cut"]], ["yes"], "by default")
    true("unsure" not in record, "it is sure")
    table = case.fine("-m", "cut.json", "--format", "table", "some.jsonl")
    same(table.lines()[2].split()[1], "yes", "in a table")
    figures = json.loads(case.fine("eval", "--bootstrap", "0", "--format", "json", "-m", "cut.json",
                                   "some.jsonl").text())
    same(figures["models"][0]["accuracy"], 1, "eval")
    same(case.fine("explain", "-m", "cut.json", "--format", "jsonl",
                   "some.jsonl").records()[0]["label"], "yes", "explain")


@test
def confident_records_stay_as_they_were(case):
    case.write("strict.json", model_json("promo", PROMO, thresholds=[0.1, 0.1, 0.1]))
    texts = "report\ngoal buy\nmenu\n"
    same(case.fine("-m", "strict.json", "--input", "lines", "-", stdin=texts).out,
         case.fine("-m", "promo", "--input", "lines", "-", stdin=texts).out, "records")


@test
def multi_label_models_show_what_they_choose(case):
    tags_model(case)
    texts = ["bank", "goal", "bomb bomb bomb bomb bank", "goal goal bank", "nothing"]
    lines = "\n".join(texts)
    records = case.fine("-m", "tags.json", "--input", "lines", "-", stdin=lines).records()
    counts = set()
    for record, text in zip(records, texts):
        wanted = tags(text)
        got = record["results"]["tags"]
        same([s["label"] for s in got], [l for l, _ in wanted], f"labels of {text!r}")
        for score, (_, p) in zip(got, wanted):
            close(score["p"], p)
        reason = None if wanted else "unknown" if text == "nothing" else "below_threshold"
        same(record.get("unsure", {}).get("tags"), reason, f"unsure of {text!r}")
        counts.add(len(wanted))
    same(counts, {0, 1, 2}, "the check needs none, one and two labels")
    mixed = case.fine("-m", "tags.json", "-m", "promo", "--input", "lines", "-", stdin=lines)
    same([r["results"]["tags"] for r in mixed.records()], [r["results"]["tags"] for r in records],
         "beside a model of one label")
    same({len(r["results"]["promo"]) for r in mixed.records()}, {1}, "which shows one")
    for k in (1, 2, 0):
        some = case.fine("-m", "tags.json", "-k", str(k), "--input", "lines", "-", stdin=lines)
        same({len(r["results"]["tags"]) for r in some.records()}, {k or 3}, f"-k {k}")
    rows = list(csv.DictReader(io.StringIO(case.fine(
        "-m", "tags.json", "--format", "csv", "--input", "lines", "-", stdin=lines).text())))
    same([r["tags"] for r in rows], ["|".join(l for l, _ in tags(t)) for t in texts], "in CSV")
    table = case.fine("-m", "tags.json", "--format", "table", "--input", "lines", "-",
                      stdin=lines).text()
    true("war 1" in table and "money 2" in table, "each chosen label is counted: " + table)


def in_context(table, bias, texts):
    """What winnow.h says of context, with the weights 0.5 and 0.25."""
    p = [softmax(logits(table, bias, t)) for t in texts]
    known = [any(w in words for words in table.values() for w in t.split()) for t in texts]
    out = []
    for i, own in enumerate(p):
        total, weights = list(own), 1.0
        for d, weight in ((1, 0.5), (2, 0.25)):
            for j in (i - d, i + d):
                if 0 <= j < len(p) and known[j]:
                    total = [a + weight * b for a, b in zip(total, p[j])]
                    weights += weight
        out.append([v / weights for v in total])
    return out


@test
def context_lets_the_neighbours_speak(case):
    texts = ["goal", "bomb goal", "bomb", "bomb bomb", "nothing known", "goal"]
    case.write("a.txt", "\n\n".join(texts) + "\n")
    plain = case.fine("-m", "topic", "a.txt").records()
    records = case.fine("-m", "topic", "--context", "-k", "0", "a.txt").records()
    same([(r["begin"], r["end"], r["paragraph"]) for r in records],
         [(r["begin"], r["end"], r["paragraph"]) for r in plain], "places")
    for record, wanted in zip(records, in_context(TOPIC, TOPIC_BIAS, texts)):
        got = {s["label"]: s["p"] for s in record["context"]["topic"]}
        for label, p in zip(TOPIC, wanted):
            close(got[label], p, label)
    case.write("mark.txt", b"\xef\xbb\xbfgoal\n\nbomb\n")
    same([(r["begin"], r["end"]) for r in case.fine("--context", "mark.txt").records()],
         [(3, 7), (9, 13)], "offsets behind a byte order mark")
    same(case.fine("--context", "-", stdin=b"").out, b"", "no text")
    header = case.fine("-m", "topic", "--context", "--format", "tsv", "a.txt").lines()[0]
    true("topic_context\ttopic_context_p" in header, header)
    true("goal" in case.fine("-m", "topic", "--context", "--format", "table", "a.txt").text(), "table")
    same(case.fine("--context", "-j", "3", "a.txt", "a.txt").out,
         case.fine("--context", "a.txt", "a.txt").out, "threads")
    for args in (["--input", "lines"], ["--keep", "sport>=0.5"]):
        case.fails(2, "--context", *args, "a.txt")


@test
def models_of_several_fields_read_them_by_name(case):
    case.write("news.json", fields_json("news"))
    rows = [("goal goal", "x"), ("x", "bomb"), ("bomb", "goal"), ("", "bomb bomb")]
    case.write("a.jsonl", "".join(json.dumps({"id": i, "body": b, "title": t}) + "\n"
                                  for i, (t, b) in enumerate(rows)))
    case.write("a.csv", "title,id,body\n" + "".join(f"{t},{i},{b}\n"
                                                    for i, (t, b) in enumerate(rows)))
    wanted = [softmax([2.0 * b.split().count("bomb"), 1.5 * t.split().count("goal")])
              for t, b in rows]
    for file in ("a.jsonl", "a.csv"):
        records = case.fine("-m", "news.json", "-k", "0", "--id", "id", "--text", file).records()
        for record, p, (title, body) in zip(records, wanted, rows):
            got = {s["label"]: s["p"] for s in record["results"]["news"]}
            close(got["security"], p[0], file)
            close(got["sport"], p[1], file)
            same(record["text"], title + "\n" + body, "the text")
    same([r.get("unsure") for r in records], [None, None, {"news": "unknown"}, None], "unsure")
    case.write("short.jsonl", '{"title":"goal"}\n{"title":"goal","body":"x","text":"goal"}\n')
    run = case.fails(1, "-m", "news.json", "short.jsonl")
    same(["error" in r for r in run.records()], [True, False], "a record without a field")
    true("no field 'body'" in run.err, run.err)
    both = case.fails(1, "-m", "news.json", "-m", "topic", "short.jsonl").records()
    same(list(both[1]["results"]), ["news", "topic"], "beside a model that reads any text")
    case.write("a.txt", "goal\n")
    for args in (["a.txt"], ["--input", "lines", "a.txt"], ["--field", "x", "a.jsonl"]):
        run = case.fails(2, "-m", "news.json", *args)
        true("news" in run.err and len(run.err.splitlines()) == 1, run.err)
    case.fails(2, "explain", "-m", "news.json", "a.jsonl")


@test
def info_tells_how_a_model_decides(case):
    tags_model(case)
    case.write("news.json", fields_json("news"))
    info = case.fine("info", "--json", "tags.json", "news.json", "topic").records()
    same([i["multi_label"] for i in info], [True, False, False], "multi_label")
    same([i["thresholds"] for i in info], [TAGS_THRESHOLDS, None, None], "thresholds")
    same([i["fields"] for i in info], [[""], ["title", "body"], [""]], "fields")
    block = case.fine("info", "tags.json").text()
    true("money > 0.6, sport > 0.7, war > 0.8" in block and "several labels" in block, block)
    true("title, body" in case.fine("info", "news.json").text(), "fields of a block")
