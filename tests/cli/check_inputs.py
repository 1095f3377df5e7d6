"""check_inputs.py - what goes in: kinds of input, compression, --keep."""

import csv
import gzip
import io
import json
import os
import random
import shutil
import subprocess

from check_output import check_results
from support import Skip, promo, same, test, topic, true


def errors(records):
    return [r["record"] for r in records if "error" in r]


@test
def lines_are_records(case):
    lines = [b"goal", b"", b"  ", b"</s> buy </s>", "menu\u2028report".encode(), b"nul \0 buy\xff",
             b"\xef\xbb\xbfmark", b"carriage\rreturn", b"last"]
    case.write("a.txt", b"\n".join(lines))
    records = case.fine("--input", "lines", "--text", "a.txt").records()
    same([r["record"] for r in records], list(range(1, len(lines) + 1)), "as many as lines")
    same([r["text"] for r in records], [x.decode(errors="replace") for x in lines], "texts")
    for record in records:
        check_results(record, record["text"])
        true("paragraph" not in record, record)
    crlf = case.fine("--input", "lines", "--text", "-", stdin=b"a\r\nb\r\n\r\n").records()
    same([r["text"] for r in crlf], ["a", "b", ""], "CRLF")
    same(case.fine("--input", "lines", "-", stdin=b"").out, b"", "nothing in, nothing out")


@test
def json_lines_text_is_unescaped(case):
    texts = ["plain", "nul \0 in the middle", "\u00e9\u65e5\U0001f600", "tab\t nl\n quote\" \\ / \b\f\r",
             "", "\u007f\u0080"]
    lines = [json.dumps({"text": t}) for t in texts]
    lines += [json.dumps({"text": t}, ensure_ascii=False) for t in texts]
    case.write("a.jsonl", "\n".join(lines))
    records = case.fine("--text", "a.jsonl").records()
    same([r["text"] for r in records], texts + texts, "texts")
    half = case.fine("--input", "jsonl", "--text", "-",
                     stdin=r'{"text":"a\ud83d b\ude00\ud83d\ud83d\ude00 \ud800A\/\ud83d\ue000"}').records()
    same(half[0]["text"], "a\ufffd b\ufffd\ufffd\U0001f600 \ufffdA/\ufffd\ue000", "halves of pairs")


@test
def json_lines_find_the_top_level_field(case):
    lines = [r'{"a":{"text":"no"},"b":["text",{"text":"no"}],"text":"buy","c":[]}',
             r'{"te\u0078t":"buy"}', r'{"text":"no","text":"buy"}', '{"text" :\t"buy" } \r',
             r'{"x":-0.5e+3,"y":[true,false,null,[],{}],"text":"buy"}']
    case.write("a.jsonl", "\n".join(lines) + "\n")
    for record in case.fine("--text", "a.jsonl").records():
        same(record["text"], "buy", f"text of line {record['record']}")
    record = case.fine("--input", "jsonl", "--field", "b\u00e9", "-",
                       stdin=r'{"b\u00e9":"goal"}').records()[0]
    check_results(record, "goal")


@test
def json_lines_ids_pass_through(case):
    ids = ["123456789012345678901234567890", "1.10", "-0", "1e400", '"a\\u0000b\\"\\/"', "null",
           '[1, {"k" : 2.50}]', "true", '"\u00e9"']
    case.write("a.jsonl", "".join(f'{{"id":{i},"text":"x"}}\n' for i in ids) + '{"text":"x"}\n')
    lines = case.fine("--id", "id", "a.jsonl").lines()
    for line, wanted in zip(lines, ids):
        true(f'"id":{wanted},"results"' in line, f"{wanted} in {line}")
    true('"id":null' in lines[-1], "a missing id is null")
    true(len(lines) == len(ids) + 1, "as many records")


@test
def json_lines_errors_are_answered(case):
    deep = '{"a":' + "[" * 2000 + "]" * 2000 + ',"text":"x"}'
    bad = ["", "   ", "{", "[]", '"text"', '{"text":1}', '{"text":null}', '{"other":"x"}', "{}",
           '{"text":"x"} y', '{"text":"x",}', '{text:"x"}', "{'text':'x'}", '{"text":"x" "b":1}',
           '{"text":"\\x"}', '{"text":"\\u12"}', '{"text":"a\tb"}', '{"text":"a\x1fb"}', '{"text":"x","n":01}',
           '{"text":"x","n":1.}', '{"text":"x","n":.5}', '{"text":"x","n":NaN}',
           '{"text":"x","n":[1,]}', '{"text":"x","n":[1}', '{"text":"x","n":tru}', '{"text":"x',
           '{"text":"x","n":-}', '{"text":"x","n":1e}', deep, '{"text":"x"}{"text":"x"}']
    lines = []
    for line in bad:
        lines += ['{"text":"good"}', line]
        try:
            value = json.loads(line, parse_constant=lambda c: 1 / 0)
            true(not isinstance(value, dict) or not isinstance(value.get("text"), str),
                 "the check's own list: " + line)
        except (ValueError, RecursionError, ZeroDivisionError):
            pass
    case.write("a.jsonl", "\n".join(lines) + "\n")
    run = case.fails(1, "a.jsonl")
    records = run.records()
    same([r["record"] for r in records], list(range(1, len(lines) + 1)), "as many as lines")
    same(errors(records), list(range(2, len(lines) + 1, 2)), "the bad ones")
    same(len(run.err.splitlines()), len(bad), "messages")
    true(run.err.startswith("winnow: a.jsonl:2: "), "file and record: " + run.err[:80])


@test
def csv_by_the_book(case):
    rows = [["1", "plain"], ["2", 'said "buy"'], ["3", "a, b"], ["4", "two\r\nlines\nthree"],
            ["5", ""], ["6", " spaces "], ["7,7", '"'], ["8", "\u00e9 \0 \xff"]]
    for end in ("\r\n", "\n"):
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator=end).writerows([["id", "text"], *rows])
        for data in (out.getvalue(), "\ufeff" + out.getvalue(), out.getvalue()[:-len(end)]):
            case.write("a.csv", data)
            records = case.fine("--id", "id", "--text", "a.csv").records()
            same([[r["id"], r["text"]] for r in records], rows, "rows")
    case.write("q.csv", 'n,"the, text"\n1,"goal"\n')
    check_results(case.fine("--field", "the, text", "q.csv").records()[0], "goal")
    case.write("one.csv", "text\n\ngoal\n")
    same([r["text"] for r in case.fine("--text", "one.csv").records()], ["", "goal"], "one column")
    same(case.fine("--input", "csv", "-", stdin="").out, b"", "empty file")


@test
def csv_errors_are_answered(case):
    case.write("a.csv", 'id,text\n1,a\n\n2\n3,b,c\n4,good\n5,"open\n6,x\n')
    run = case.fails(1, "--id", "id", "a.csv")
    same([("error" in r, r["id"]) for r in run.records()],
         [(False, "1"), (True, None), (True, None), (False, "4"), (True, None)], "records")
    case.write("b.csv", "id,body\n1,a\n")
    run = case.fails(1, "b.csv", "a.csv")
    true("text" in run.err and "id, body" in run.err, "the columns are named: " + run.err)
    true(run.records(), "the next file is processed")


@test
def tsv_has_no_quotes(case):
    case.write("a.tsv", 'id\ttext\n1\t"goal\n2\tbuy"\n3\t\n')
    records = case.fine("--id", "id", "--text", "a.tsv").records()
    same([r["text"] for r in records], ['"goal', 'buy"', ""], "texts")


def warc(kind, uri, body, length=None, end="\r\n"):
    body = body.encode()
    head = ["WARC/1.0", f"WARC-Type: {kind}", f"WARC-Target-URI: {uri}", "X: y",
            f"Content-Length: {len(body) if length is None else length}", "", ""]
    return end.join(head).encode() + body + (end * 2).encode()


@test
def wet_pages_are_cut_into_paragraphs(case):
    pages = [warc("warcinfo", "i", "WARC/1.0\r\nWARC-Type: conversion\r\n\r\n"),
             warc("conversion", "http://a.example/?q=\u00e9", "Site menu\nbuy \u00e9\n"),
             warc("conversion", "http://b.example/", ""),
             warc("request", "r", "x" * 3000000),
             warc("conversion", "http://c.example/", "goal", end="\n")]
    data = b"".join(gzip.compress(p) for p in pages)
    case.write("CC-1.warc.wet.gz", data)
    records = case.fine("--split", "line", "--text", "CC-1.warc.wet.gz").records()
    same([(r["record"], r["paragraph"], r["id"], r["begin"], r["end"], r["text"]) for r in records],
         [(1, 1, "http://a.example/?q=\u00e9", 0, 9, "Site menu"),
          (1, 2, "http://a.example/?q=\u00e9", 10, 16, "buy \u00e9"),
          (2, 1, "http://b.example/", 0, 0, ""), (3, 1, "http://c.example/", 0, 4, "goal")], "pages")
    for record in records:
        check_results(record, record["text"])
    kept = case.fine("--keep", "promotional>=0.5", "CC-1.warc.wet.gz")
    same(kept.out, pages[1], "the page that has a paragraph like that")


@test
def pages_and_documents_agree(case):
    """Two ways through the library: a document is split first, a page as it is classified."""
    text = "A report that was wrapped\nhard at a goal\n\nbuy\r\nmenu  \t bomb\n\u00e9 goal \0 goal"
    case.write("a.txt", text)
    case.write("a.wet", warc("conversion", "u", text))
    for options in (["--split", "auto"], ["--split", "blank"], ["--split", "none"], ["--exact"]):
        runs = [case.fine("-k", "0", "--text", *options, name).records() for name in ("a.txt", "a.wet")]
        keys = ("paragraph", "begin", "end", "text", "results")
        same(*([{k: r[k] for k in keys} for r in run] for run in runs), " ".join(options))


@test
def wet_errors_are_answered(case):
    good = warc("conversion", "http://a.example/", "goal")
    for name, bad in (("garbage", b"rubbish\nmore\n"),
                      ("no length", b"WARC/1.0\r\nWARC-Type: conversion\r\n\r\n"),
                      ("length", warc("conversion", "u", "x", length="12x")),
                      ("huge length", warc("conversion", "u", "x", length=10 ** 30))):
        case.write("a.wet", good + bad + good)
        run = case.fails(1, "a.wet")
        same(errors(run.records()), [2], name)
        same(len(run.records()), 3, name + ": all answered")
    for cut in (len(good) + 20, 2 * len(good) - 6):
        case.write("a.wet", (good + good)[:cut])
        same(errors(case.fails(1, "a.wet").records()), [2], f"cut at {cut}")
    case.write("a.wet", good + warc("conversion", "u", "x", length=10 ** 15))
    same(errors(case.fails(1, "a.wet").records()), [2], "a length far past the end")


@test
def compression_is_seen_by_content(case):
    text = "".join(f"line {i} goal\n" for i in range(20000))
    plain = case.fine("--input", "lines", "-", stdin=text).out
    parts = gzip.compress(text[:70001].encode()) + gzip.compress(b"")
    parts += gzip.compress(text[70001:].encode()) + b"\0" * 700
    same(case.fine("--input", "lines", "-", stdin=parts).out, plain, "gzip in members")
    case.write("wrong-name.bin", parts)
    same(len(case.fine("--input", "lines", "wrong-name.bin").records()), 20000, "any name")
    for cut in (5, 1000, len(parts) - 720):
        run = case.fails(1, "--input", "lines", "-", stdin=parts[:cut])
        true("early" in run.err, f"cut at {cut}: {run.err}")
    damaged = bytearray(parts)
    damaged[2000] ^= 255
    case.fails(1, "--input", "lines", "-", stdin=bytes(damaged))
    if not shutil.which("zstd"):
        raise Skip("no zstd tool to compress with (gzip was checked)")
    packed = [subprocess.run(["zstd", "-qc"], input=t.encode(), stdout=subprocess.PIPE, check=True)
              .stdout for t in (text[:70001], text[70001:])]
    same(case.fine("--input", "lines", "-", stdin=b"".join(packed)).out, plain, "zstd in frames")
    case.fails(1, "--input", "lines", "-", stdin=packed[0][:-5])


@test
def kind_is_told_from_the_name(case):
    for name, data in (("a.jsonl", '{"text":"goal"}\n'), ("a.ndjson", '{"text":"goal"}\n'),
                       ("a.csv", "text\ngoal\n"), ("a.tsv", "text\ngoal\n"),
                       ("a.CSV", "text\ngoal\n"),
                       ("a.wet", warc("conversion", "u", "goal").decode())):
        for suffix, pack in (("", bytes), (".gz", gzip.compress)):
            case.write(name + suffix, pack(data.encode()))
            records = case.fine("--text", name + suffix).records()
            same([(r["record"], r["text"]) for r in records], [(1, "goal")], name + suffix)
    case.write("a.jsonl", '{"text":"goal"}\n')
    same(case.fine("--input", "text", "--text", "a.jsonl").records()[0]["text"],
         '{"text":"goal"}', "--input wins")


@test
def keep_passes_records_unchanged(case):
    lines = [b"buy\r\n", b"report\n", b"menu\xff\0\n", b"report report\r\n", b"report \xc3"]
    case.write("a.txt", b"".join(lines))
    kept = case.fine("--input", "lines", "--keep", "editorial>=0.6", "a.txt").out
    same(kept, lines[1] + lines[3] + lines[4], "lines")
    twice = case.fine("--input", "lines", "--keep", "editorial>=0.6", "a.txt", "a.txt").out
    same(twice, kept + b"\n" + kept, "no two records on one line")
    case.write("a.jsonl", '{"x":1.0,"text":"report"}\r\n{"text" : "buy"}\n{bad\n')
    run = case.fails(1, "--keep", "editorial>=0.6", "a.jsonl")
    same(run.out, b'{"x":1.0,"text":"report"}\r\n', "JSON Lines; a bad record is told, not passed")
    table = 'id,text\r\n1,"report,\r\n""x"""\r\n2,buy\r\n3,report'
    case.write("a.csv", table)
    same(case.fine("--keep", "editorial>=0.6", "a.csv", "a.csv").text(),
         table.replace("2,buy\r\n", "") + "\n" + table.split("\r\n", 1)[1].replace("2,buy\r\n", ""),
         "CSV: the header once, records of several lines whole")
    same(case.fine("--keep", "editorial>=1", "a.csv").text(), "id,text\r\n", "the header alone")


@test
def keep_of_text_passes_paragraphs(case):
    case.write("a.txt", "A report\nof two lines\n\n\n\nbuy\n\n  report  \n")
    run = case.fine("--split", "blank", "--keep", "editorial>=0.5", "a.txt")
    same(run.text(), "A report\nof two lines\n\nreport\n", "paragraphs")
    run = case.fine("--split", "line", "--keep", "editorial>=0.5", "a.txt")
    same(run.text(), "A report\nreport\n", "lines")


@test
def keep_conditions(case):
    texts = ["buy", "report", "goal", "goal report", "bomb report", "menu", ""]
    lines = "".join(t + "\n" for t in texts)
    p = {t: dict(promo(t)) for t in texts}
    q = {t: dict(topic(t)) for t in texts}
    for args, holds in (
            (["editorial>=0.5"], lambda t: p[t]["editorial"] >= 0.5),
            (["promo:editorial>=0.5"], lambda t: p[t]["editorial"] >= 0.5),
            (["promotional<0.2"], lambda t: p[t]["promotional"] < 0.2),
            (["editorial>=0.5", "topic:sport<0.5"],
             lambda t: p[t]["editorial"] >= 0.5 and q[t]["sport"] < 0.5),
            (["security/terrorism>=0.5", "editorial>=5e-1"],
             lambda t: q[t]["security/terrorism"] >= 0.5 and p[t]["editorial"] >= 0.5)):
        options = [x for a in args for x in ("--keep", a)]
        run = case.fine("--input", "lines", *options, "-", stdin=lines)
        same(run.text(), "".join(t + "\n" for t in texts if holds(t)), " and ".join(args))
    for bad in ("nolabel>=0.5", "editorial", "editorial>=", "editorial>=x", ">=0.5", "editorial>=nan",
                "topic:editorial>=0.5"):
        case.fails(2, "--keep", bad, "-", stdin="x")
    shipped = os.path.join(case.models, "promo.winnow")
    run = case.fails(2, "-m", shipped, "-m", shipped, "--keep", "editorial>=0.5", "-", stdin="x")
    true("MODEL:LABEL" in run.err, run.err)
    same(case.fine("-m", shipped, "-m", shipped, "--input", "lines", "--keep",
                   "promo-2:editorial>=0.5", "-", stdin="report\nbuy\n").text(), "report\n", "named")


@test
def jobs_change_nothing(case):
    random.seed(5)
    vocabulary = ["goal", "buy", "report", "menu", "bomb", "of", "the"]
    lines = []
    for i in range(30000):
        text = " ".join(random.choice(vocabulary) for _ in range(random.randrange(12)))
        lines.append("{bad" if i % 997 == 0 else json.dumps({"id": i, "text": text}))
    case.write("a.jsonl", "\n".join(lines))
    case.write("a.txt", "\n\n".join(f"paragraph {i} report" for i in range(5000)))
    options = ("--id", "id", "a.jsonl", "a.txt", "missing", "a.jsonl")
    runs = [case.fails(1, "-j", str(j), *options) for j in (1, 2, 3, 7, 0)]
    same([r["id"] for r in runs[0].records() if "id" in r][:3], [None, 1, 2], "in order")
    for run in runs[1:]:
        true(run.out == runs[0].out, "the same bytes with more threads")
        same(run.err, runs[0].err, "messages")
    for args in (("--format", "table"), ("--format", "csv"), ("--keep", "editorial>=0.5")):
        one, more = (case.run(*args, "-j", j, *options) for j in ("1", "4"))
        true(one.out == more.out and one.err == more.err, f"{args} with more threads")


@test
def long_lines_and_long_files(case):
    word = "goal " * 400000
    record = case.fine("--input", "lines", "-", stdin=word).records()[0]
    same(record["results"]["topic"][0], {"label": "sport", "p": 1}, "a line of 2 MB")
    case.write("a.txt", ("x" * 100 + "\n\n") * 30000)
    same(len(case.fine("a.txt").records()), 30000, "paragraphs")
