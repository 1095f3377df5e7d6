"""check_watch.py - classify --watch: model files that are replaced while the tool reads on."""

import json
import os
import subprocess
import threading
import time

from support import model_json, same, softmax, test, true

AB = {"a": {"x": 1.0}, "b": {"x": 0.0}}


class Watcher:
    """A tool that answers one line at a time."""

    def __init__(self, case, *args):
        self.case = case
        self.tool = case.start("--watch", "--input", "lines", "-m", "m.json", *args, "-",
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.alarm = threading.Timer(60, self.tool.kill)
        self.alarm.start()

    def replace(self, text, in_place=False):
        """Puts another file in the model's place, and waits until the tool looks again."""
        name = self.case.write("m.json" if in_place else "next.json", text)
        if not in_place:
            os.replace(self.case.path(name), self.case.path("m.json"))
        time.sleep(0.6)

    def ask(self, line):
        self.tool.stdin.write(line + b"\n")
        self.tool.stdin.flush()
        return self.tool.stdout.readline()

    def end(self):
        """The code, the rest of stdout, the lines of stderr."""
        out, err = self.tool.communicate(timeout=60)
        self.alarm.cancel()
        return self.tool.returncode, out, err.decode().splitlines()


def best(line):
    first = json.loads(line)["results"]["m"][0]
    return first["label"], first["p"]


def answer(p, label="a"):
    return label, float(f"{p:.6g}")


@test
def watch_takes_a_new_model(case):
    for jobs in ("1", "3"):
        case.write("m.json", model_json("m", AB, version="1"))
        watcher = Watcher(case, "-k", "1", "--stamp", "--format", "jsonl", "-j", jobs)
        first = watcher.ask(b"x")
        same(best(first), answer(softmax([1.0, 0.0])[0]), "before")
        same(watcher.ask(b"x")[10:], first[10:].replace(b'"record":1', b'"record":2'), "unchanged")
        # The labels have changed places: they are told by their names all the same.
        watcher.replace(model_json("m", {"b": {"x": 0.0}, "a": {"x": 3.0}}, version="2"))
        second = watcher.ask(b"x")
        same(best(second), answer(softmax([3.0, 0.0])[0]), "after")
        true(b'"2"' in second, f"its version: {second}")
        same(watcher.end(), (0, b"", []), "end")


@test
def watch_keeps_the_last_good_model(case):
    case.write("m.json", model_json("m", AB))
    watcher = Watcher(case, "-k", "1", "--format", "jsonl")
    good = best(watcher.ask(b"x"))
    same(good, answer(softmax([1.0, 0.0])[0]), "before")
    bad = model_json("m", AB, probes=[("x", [0.1, 0.9])])
    whys = []
    for text, why in (('{"winnow":', "m.json: "), ("<html>", "not a model"), (bad, "1 of 1 probes differ"),
                      (model_json("m", {"a": {"x": 1.0}, "c": {"x": 2.0}}), "the label 'c' is new"),
                      (model_json("m", AB, link="raw"), "no probabilities")):
        watcher.replace(text, in_place=len(whys) % 2 == 0)
        same(best(watcher.ask(b"x")), good, why)
        same(best(watcher.ask(b"x")), good, why)
        whys.append(why)
    os.remove(case.path("m.json"))
    os.mkdir(case.path("m.json"))
    time.sleep(0.6)
    same(best(watcher.ask(b"x")), good, "a directory")
    whys.append("a directory")
    os.rmdir(case.path("m.json"))
    time.sleep(0.6)
    same(best(watcher.ask(b"x")), good, "no file")
    whys.append("cannot open")
    watcher.replace(model_json("m", {"a": {"x": 2.0}, "b": {"x": 0.0}}))
    same(best(watcher.ask(b"x")), answer(softmax([2.0, 0.0])[0]), "a good one again")
    code, out, err = watcher.end()
    same((code, out), (0, b""), "end")
    same(len(err), 2 * len(whys), f"lines: {err}")
    for why, line, note in zip(whys, err[::2], err[1::2]):
        true(line.startswith("winnow: ") and why in line, f"{why}: {line}")
        same(note, "winnow: m.json: going on with the model before", why)


@test
def watch_moves_what_is_known_by_a_label(case):
    """The condition of --keep, and what the table counts."""
    case.write("m.json", model_json("m", AB))
    swapped = model_json("m", {"b": {"x": 0.0}, "a": {"x": 3.0}})
    watcher = Watcher(case, "--keep", "a>=0.5")
    same(watcher.ask(b"x one"), b"x one\n", "before")
    watcher.replace(swapped)
    same(watcher.ask(b"x two"), b"x two\n", "after")
    same(watcher.end()[0], 0, "end")
    case.write("m.json", model_json("m", AB))
    watcher = Watcher(case, "--format", "table", "--color", "never")
    for _ in range(3):
        watcher.tool.stdin.write(b"x\n")
        watcher.tool.stdin.flush()
        time.sleep(0.1)
    watcher.replace(swapped)
    watcher.tool.stdin.write(b"x\nx\n")
    code, out, _ = watcher.end()
    same(code, 0, "table")
    true(b"a 5" in b" ".join(out.splitlines()[-1].split()), f"the sum: {out.splitlines()[-1]}")


@test
def watch_needs_a_model_to_begin_with(case):
    case.write("m.json", "{")
    run = case.fails(2, "--watch", "--input", "lines", "-m", "m.json", "-", stdin="x\n")
    same(len(run.err.splitlines()), 1, "lines")
