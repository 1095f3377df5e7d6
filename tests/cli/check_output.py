"""check_output.py - what comes out: records, scores, formats, the table."""

import csv
import fcntl
import io
import json
import os
import pty
import re
import struct
import termios
import unicodedata

from support import (PROMO, SCORES, Skip, close, model_json, promo, ranked, same, test, topic, true)

ARTICLE = ("Site menu\n\nHeadline of a report\nA goal in a long body line, a goal that was seen.\n\n"
           "  buy \u201cnow\u201d\u2026 buy\n")


def result(scores, key="p"):
    return [{"label": label, key: p} for label, p in scores]


def check_results(record, text, k=1):
    for name, function in (("promo", promo), ("topic", topic)):
        wanted = function(text)[:k]
        got = record["results"][name]
        same([s["label"] for s in got], [label for label, _ in wanted], f"{name} of {text!r}")
        for score, (_, p) in zip(got, wanted):
            close(score["p"], p, f"{name} of {text!r}")


@test
def json_record_has_the_promised_shape(case):
    text = "buy a goal"
    case.write("a.txt", text + "\n")
    run = case.fine("a.txt")
    p, t = promo(text)[0], topic(text)[0]
    wanted = ('{"file":"a.txt","paragraph":1,"begin":0,"end":10,"results":{"promo":[{"label":"'
              f'{p[0]}","p":{p[1]:.6g}}}],"topic":[{{"label":"{t[0]}","p":{t[1]:.6g}}}]}}}}\n')
    same(run.text(), wanted, "record")


@test
def paragraphs_have_offsets_into_the_file(case):
    case.write("a.txt", ARTICLE)
    data = ARTICLE.encode()
    records = case.fine("--split", "line", "a.txt").records()
    texts = [line.strip() for line in ARTICLE.split("\n") if line.strip()]
    same([data[r["begin"]:r["end"]].decode() for r in records], texts, "paragraphs")
    same([r["paragraph"] for r in records], list(range(1, len(texts) + 1)), "numbers")
    for record, text in zip(records, texts):
        check_results(record, text)


@test
def byte_order_mark_is_skipped_but_counted(case):
    data = b"\xef\xbb\xbfgoal\r\n\r\nbuy"
    case.write("a.txt", data)
    records = case.fine("a.txt").records()
    same([(r["begin"], r["end"]) for r in records], [(3, 7), (11, 14)], "offsets")


@test
def the_verb_may_be_written(case):
    case.write("a.txt", ARTICLE)
    same(case.fine("classify", "a.txt").out, case.fine("a.txt").out, "output")


@test
def split_modes(case):
    text = "One line\nthe next line\n\nLast\n"
    case.write("a.txt", text)
    counts = [len(case.fine("--split", mode, "a.txt").records())
              for mode in ("line", "blank", "none")]
    same(counts, [3, 2, 1], "paragraphs by line, blank, none")
    same(case.fine("--split", "auto", "a.txt").out, case.fine("a.txt").out, "the default is auto")


@test
def top_k_and_all(case):
    case.write("a.txt", "report buy\n")
    for k in (1, 2, 3, 0):
        record = case.fine("-k", str(k), "a.txt").records()[0]
        wanted = promo("report buy")[:k or 3]
        same([s["label"] for s in record["results"]["promo"]], [w[0] for w in wanted], f"k {k}")
        same(len(record["results"]["topic"]), min(k or 2, 2), f"topic labels, k {k}")
    same(case.fine("-k2", "a.txt").out, case.fine("--top=2", "a.txt").out, "spellings of -k")


@test
def threshold_leaves_labels_out(case):
    case.write("a.txt", "report\n")
    wanted = [label for label, p in promo("report") if p >= 0.15]
    true(0 < len(wanted) < 3, "the check needs a threshold between the labels")
    record = case.fine("-k", "0", "--threshold", "0.15", "a.txt").records()[0]
    same([s["label"] for s in record["results"]["promo"]], wanted, "labels")
    record = case.fine("--threshold", "1", "a.txt").records()[0]
    same(record["results"], {"promo": [], "topic": []}, "results above every probability")


@test
def raw_models_have_scores(case):
    case.write("raw.json", model_json("raw", SCORES, link="raw"))
    record = case.fine("-m", "raw.json", "-k", "0", "-", stdin="goal goal").records()[0]
    wanted = [{"label": l, "score": s} for l, s in ranked(SCORES, None, "goal goal", raw=True)]
    same(record["results"]["raw"], wanted, "scores, negative ones too")
    header, row = case.fine("-m", "raw.json", "--format", "tsv", "-", stdin="goal").lines()
    same(header.split("\t")[5:7], ["raw", "raw_score"], "columns")
    same(row.split("\t")[5:7], ["second", "-0.5"], "cells")


@test
def models_are_named_and_told_apart(case):
    case.write("mine.json", model_json("", PROMO))
    shipped = os.path.join(case.models, "promo.winnow")
    record = case.fine("-m", shipped, "-m", "mine.json", "-m", shipped, "-", stdin="x").records()[0]
    same(list(record["results"]), ["promo", "mine", "promo-2"], "names")


@test
def stamp_names_version_and_checksum(case):
    case.write("a.txt", "x\n")
    info = [json.loads(line) for line in case.fine("info", "--json").lines()]
    wanted = {i["name"]: {"version": i["version"], "checksum": i["checksum"]} for i in info}
    same(case.fine("--stamp", "a.txt").records()[0]["models"], wanted, "stamp")
    true(all(re.fullmatch("[0-9a-f]{16}", w["checksum"]) for w in wanted.values()), wanted)
    same(wanted["promo"]["version"], "7", "version")
    rows = list(csv.DictReader(io.StringIO(case.fine("--stamp", "--format", "csv", "a.txt").text())))
    same(rows[0]["models"], " ".join(f"{n}:{w['checksum']}" for n, w in wanted.items()), "column")


@test
def any_bytes_give_valid_json(case):
    data = b"a\xff\xc3(\xe2\x82 \x00\x01\x7f\"\\\t\xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x80\xa8 \xc3\xa9"
    case.write("a.txt", data)
    text = case.fine("--input", "lines", "--text", "a.txt").records()[0]["text"]
    same(text, data.decode("utf-8", errors="replace"), "text")
    name = b"odd\xff\"\n.txt"
    with open(os.path.join(case.folder.encode(), name), "wb") as file:
        file.write(b"x")
    run = case.fine(os.fsdecode(name))
    same(run.records()[0]["file"], "odd\ufffd\"\n.txt", "file name")


@test
def csv_and_tsv_output(case):
    texts = ["plain", 'quote " comma , tab \t', "two\\lines", "caf\u00e9"]
    lines = "".join(json.dumps({"text": t, "id": t}) + "\n" for t in texts)
    case.write("a.jsonl", lines)
    options = ("--id", "id", "--text", "-k", "2", "a.jsonl")
    rows = list(csv.DictReader(io.StringIO(case.fine("--format", "csv", *options).text(),
                                           newline="")))
    same([r["text"] for r in rows], texts, "csv text")
    same([r["id"] for r in rows], texts, "csv id")
    same(list(rows[0]), ["file", "record", "paragraph", "begin", "end", "id", "promo", "promo_p",
                         "promo_2", "promo_2_p", "topic", "topic_p", "topic_2", "topic_2_p",
                         "error", "text"], "columns")
    close(float(rows[0]["promo_p"]), promo("plain")[0][1])
    tsv = [line.split("\t") for line in case.fine("--format", "tsv", *options).lines()]
    true(all(len(row) == len(tsv[0]) for row in tsv), "as many fields in every row")
    unescape = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}
    same([re.sub(r"\\.", lambda m: unescape[m[0]], row[-1]) for row in tsv[1:]], texts, "tsv text")


def visible(line):
    """Columns that a line takes on a terminal."""
    line = re.sub("\x1b\\[[0-9;]*m", "", line)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in line)


@test
def table_fits_the_width(case):
    long = "\u65e5\u672c\u8a9e\u306e\u6587\u7ae0 " * 30 + "\n\n" + "report e\u0301 word " * 40
    case.write("a.txt", long + "\n\n" + ARTICLE)
    for columns in (80, 100, 140):
        run = case.fine("--format", "table", "--split", "line", "a.txt",
                        env={"COLUMNS": str(columns)})
        widths = [visible(line) for line in run.lines()]
        true(max(widths) <= columns, f"a line of {max(widths)} columns at {columns}")
        true(max(widths) >= columns - 2, f"the table uses only {max(widths)} of {columns}")
        true("\x1b" not in run.text(), "colour without a terminal")


@test
def table_says_what_json_says(case):
    case.write("a.txt", ARTICLE)
    records = case.fine("--split", "line", "a.txt").records()
    lines = case.fine("--format", "table", "--split", "line", "a.txt").lines()
    same(lines[0], "a.txt", "heading")
    same(lines[1].split(), ["#", "kind", "p", "topic", "p", "text"], "columns")
    for number, (record, line) in enumerate(zip(records, lines[2:]), 1):
        p, t = record["results"]["promo"][0], record["results"]["topic"][0]
        is_unsure = "topic" in record.get("unsure", {})
        wanted = ["-"] if is_unsure else [t["label"], f"{t['p']:.2f}"]
        same(line.split()[:3 + len(wanted)],
             [str(number), p["label"], f"{p['p']:.2f}"] + wanted, "row")
        true(" ".join(ARTICLE.encode()[record["begin"]:record["end"]].decode().split())[:20] in line,
             "the first words: " + line)
    n_unsure = sum("topic" in r.get("unsure", {}) for r in records)
    true(0 < n_unsure < len(records), "the check needs unsure answers and others")
    true(f"; unsure {n_unsure}" in lines[-1], "unsure answers in the sum: " + lines[-1])
    true(f"{len(records)} classified" in "\n".join(lines), "the sum")


@test
def table_lets_nothing_drive_the_terminal(case):
    evil = "\x1b[2J\x1b]0;title\x07 \u202e \x9b31m report".encode() + b"\x08\x7f"
    case.write("a.txt", evil)
    for colour in ("never", "always"):
        out = case.fine("--format", "table", "--color", colour, "a.txt").text()
        out = re.sub("\x1b\\[([0-9]{1,2})?m", "", out) if colour == "always" else out
        true(not [c for c in out if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160)],
             "control characters in " + repr(out))
        true("\u202e" not in out, "a direction override")


def on_terminal(case, args, columns=90, env=None):
    """Runs the tool with its output on a pseudo terminal and returns what it shows."""
    try:
        master, slave = pty.openpty()
    except OSError as error:
        raise Skip(f"no pseudo terminal: {error}") from None
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    attributes = termios.tcgetattr(slave)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    process = case.start(*args, stdin=slave, stdout=slave, stderr=slave, env=env)
    os.close(slave)
    out = b""
    while True:
        try:
            block = os.read(master, 65536)
        except OSError:
            break
        if not block:
            break
        out += block
    os.close(master)
    return process.wait(timeout=60), out.decode()


@test
def terminal_gets_a_coloured_table(case):
    case.write("a.txt", ARTICLE)
    code, out = on_terminal(case, ["a.txt"])
    same(code, 0, "exit status")
    true("\x1b[" in out and "kind" in out, "a table in colour: " + out)
    true(max(visible(line) for line in out.splitlines()) <= 90, "the width of the terminal")
    for env, args in (({"NO_COLOR": "1"}, []), ({"TERM": "dumb"}, []), ({}, ["--color", "never"])):
        _, out = on_terminal(case, [*args, "a.txt"], env=env)
        true("\x1b" not in out and "kind" in out, f"no colour with {env} {args}: {out!r}")
    _, out = on_terminal(case, ["--format", "jsonl", "a.txt"])
    same(out, case.fine("a.txt").text(), "--format jsonl on a terminal")


@test
def no_file_on_a_terminal_is_wrong_usage(case):
    code, out = on_terminal(case, [])
    same(code, 2, "exit status")
    true("usage: winnow" in out and "--help" in out, out)


@test
def exact_gives_the_same_labels(case):
    case.write("a.txt", ARTICLE)
    same(case.fine("--exact", "a.txt").records(), case.fine("a.txt").records(), "records")


@test
def a_mapped_model_gives_the_same_answers(case):
    case.write("a.txt", ARTICLE)
    model = os.path.join(case.models, "topic.winnow")
    same(case.fine("-m", model, "--map", "a.txt").out, case.fine("-m", model, "a.txt").out, "output")
    case.fine("convert", "--to", "json", model, "topic.json")
    run = case.fails(2, "-m", "topic.json", "--map", "a.txt")
    true("only .winnow files can be mapped" in run.err, run.err)
