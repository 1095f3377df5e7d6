#!/usr/bin/env python3
"""bench_smoke.py - the bench's harness works: tiny models, every step, planted faults; judges no times.

    python3 tests/golden/bench_smoke.py --winnow build/winnow [--data DIR] [--keep DIR]

The peer is the one that `make bench` has built, else Debian's fastText. Without one of them, without
a compiler or without the data set (DATA, or WINNOW_SHARED/data) the checks are skipped by name.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

import harness

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/bench"))

import alternation  # noqa: E402
import answers  # noqa: E402
import bench  # noqa: E402
import configs  # noqa: E402
import material  # noqa: E402
import peer  # noqa: E402
import plot  # noqa: E402
import report  # noqa: E402

CHECKS = ["table", "answers", "plot", "ratios", "plants", "texts", "failures"]
N_ROUNDS = 1
N_LINES = 1500  # of the training text
NEEDED = ["config", "way", "load_cpu_ms", "rss_mb", "n_rounds"]


def ready(options, folder):
    """(bench, None) or (None, why not)."""
    data = Path(options.data) / "topic/train.jsonl.gz"
    if not data.exists():
        return None, f"no {data.name} under {options.data}"
    program = Path(folder) / "measure"
    if not shutil.which("cc") and not shutil.which("gcc"):
        return None, "no C compiler"
    subprocess.run([shutil.which("gcc") or "cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O2",
                    str(ROOT / "tests/bench/measure.c"), "-o", str(program)], check=True)
    opener = Path(options.winnow).resolve().parent / "tests/bench/open"
    if opener.exists():
        shutil.copy(opener, program.with_name("open"))
    try:
        tool, exact, version = peer.stand_in(Path(options.winnow).resolve().parent / "bench/peer")
    except peer.Unavailable as error:
        return None, str(error)
    made = material.Material(folder, options.data, options.data, options.winnow, tool)
    return bench.Bench(made, program, tool, exact, N_ROUNDS, N_LINES), f"fastText {version}"


def check_table(rows):
    problems = []
    wanted = {(c.name, way) for c in configs.SMOKE for way in ("peer", *c.ways)}
    problems += [f"no row {name}/{way}" for name, way in sorted(
        wanted - {(r["config"], r["way"]) for r in rows})]
    for row in rows:
        name = f"{row['config']}/{row['way']}"
        problems += [f"{name}: no {key}" for key in NEEDED if row.get(key) in (None, 0, 0.0)]
        if row["n_rounds"] != N_ROUNDS:
            problems.append(f"{name}: {row['n_rounds']} counted rounds")
        if row["way"] != "peer" and row.get("agreement") is None:
            problems.append(f"{name}: no agreement")
    lines = report.table(rows)
    if len(lines) != len(rows) + 1:
        problems.append(f"{len(lines)} lines are printed for {len(rows)} rows")
    return problems


def check_answers(runner, rows, common):
    """Debian's fastText has its 1e-5 at every node of hierarchical softmax: no exact reference.
    A model that gives one label to everything would agree with anything: several must occur."""
    wrong = bench.faults([r for r in rows if not (common and r["config"] == "hs")])
    for config in configs.SMOKE:
        n_labels = len({label for label, _, _ in answers.read_tsv(runner.output(config, "fast"))})
        if n_labels < 4:
            wrong.append(f"{config.name}: {n_labels} different labels in the answers")
    return wrong + [f"{r['config']}/{r['way']}: agreement {r['agreement']} %" for r in rows
                    if r["way"] != "peer" and r["agreement"] < 100 and r["beyond"]]


def check_plot(rows, folder):
    tsv, svg = Path(folder) / "result.tsv", Path(folder) / "result.svg"
    read = report.read_tsv(tsv)
    problems = [] if len(read) == len(rows) else [f"the TSV has {len(read)} of {len(rows)} rows"]
    problems += [f"{r['config']}: the TSV says {r['way']}" for r, row in zip(read, rows)
                 if (r["config"], r["way"]) != (row["config"], row["way"])]
    # Tiny texts give no throughput; invented ones must give points in all three panels.
    for row in read:
        row["mb_s"], row["net_wall_s"] = "50", "0.1"
    tree = xml.etree.ElementTree.fromstring(plot.svg(read, "smoke"))
    xml.etree.ElementTree.parse(svg)
    n_points = sum(1 for node in tree.iter() if node.tag.endswith("circle"))
    words = [node.text for node in tree.iter() if node.tag.endswith("text")]
    if "not measured" in words or n_points != 7:  # 2 of labels, 2 of a length, 3 of threads
        problems.append(f"{n_points} points in the plot: {words}")
    return problems


def check_ratios():
    """Rounds with known times must give known figures."""
    def rounds(full, load, rss):
        return alternation.Rounds([alternation.Run(t, t / 2, t / 2, rss) for t in load],
                                  [alternation.Run(t, t / 2, t / 2, rss) for t in full])

    slow, quick = rounds([3.0, 5.0, 9.0], [1.0, 1.0, 1.0], 4000), rounds(
        [1.5, 1.5, 3.25], [0.5, 0.5, 0.75], 1000)
    config = configs.SMOKE[0]
    contender = alternation.Contender("fast", None, None, None, None, 1, 10 ** 9, 500.0)
    row = report.row_of(config, contender, quick, slow, None, (10 ** 7, 1000, 10 ** 6))
    wanted = {"ratio_cpu": 3.2, "ratio_span": "2.00-4.00", "mb_s": 10.0, "paragraphs_s": 1000.0,
              "ns_token": 1000.0, "load_cpu_ms": 500.0, "load_ratio": 2.0, "rss_ratio": 4.0,
              "open_gb_s": 2.0, "open_ms": 500.0}
    verdicts = report.verdicts([row], [("a", "fast", key, gate, goal) for key, gate, goal in (
        ("ratio_cpu", 3, 4), ("ratio_cpu", 3.3, 4), ("ratio_cpu", 2, 3.2), ("open_ms", 500, 1),
        ("open_ms", 499, 1), ("speedup", 1, 2))])
    marks = [line.rsplit(": ", 1)[1] for line in verdicts]
    problems = [f"{key} is {row.get(key)}, not {value}" for key, value in wanted.items()
                if row.get(key) != value]
    if marks != ["gate reached", "missed", "goal reached", "gate reached", "missed"]:
        problems.append(f"the marks are {marks}")
    for name, unsure in (("a millisecond", rounds([1.001] * 3, [1.0] * 3, 1000)),
                         ("noise", rounds([1.2, 1.3, 1.1], [1.0, 1.1, 0.9], 1000))):
        row = report.row_of(config, contender, unsure, slow, None, (10 ** 7, 1000, 10 ** 6))
        if row.get("ratio_cpu") is not None or row["mb_s"] is not None:
            problems.append(f"{name} was judged")
    # Loads whose system time is noise: only user time can be judged.
    noisy = alternation.Rounds([alternation.Run(s, 0.25, s, 1000) for s in (0.5, 1.5, 2.5)],
                               [alternation.Run(s, 1.0, s, 1000) for s in (1.5, 0.5, 2.5)])
    row = report.row_of(config, contender, noisy, slow, None, (10 ** 7, 1000, 10 ** 6))
    if row.get("ratio_cpu") is not None or row["ratio_user"] != 8 / 3:
        problems.append(f"noise of the system: {row.get('ratio_cpu')}, {row['ratio_user']}")
    return problems


def check_plants(runner):
    """A swapped label, a shifted probability and a lost line, each in a file that was right."""
    config = configs.SMOKE[1]
    path = runner.output(config, "fast")
    whole = path.read_text(encoding="utf-8")
    lines = whole.split("\n")
    text = runner.material.held_out(config.text, config.size)
    contenders = runner.fasttext_contenders(config, text)[:2]
    # One that is decided, so that another label is a fault whatever its second label is.
    at = next((i for i, line in enumerate(lines[1:-1], 1)
               if 0.51 < float(line.split("\t")[6]) < 0.99), None)
    if at is None:
        return ["no answer is fit for a planted fault"]
    cells = lines[at].split("\t")
    labels = {line.split("\t")[5] for line in lines[1:-1]}
    other = min(labels - {cells[5]})

    def planted(line):
        return "\n".join(lines[:at] + line + lines[at + 1:])

    def row_for(content):
        path.write_text(content, encoding="utf-8")
        found = runner.agreements(config, contenders)["fast"]
        return found, bench.faults([{"config": "b", "way": "fast", "beyond": found.beyond,
                                     "max_dp": found.max_dp}])

    problems = []
    try:
        swapped, wrong = row_for(planted(["\t".join(cells[:5] + [other] + cells[6:])]))
        if swapped.beyond != 1 or swapped.same != swapped.n - 1 or not wrong:
            problems.append(f"a swapped label was not seen: {swapped}")
        moved = f"{float(cells[6]) + 3e-5:.6g}"
        shifted, wrong = row_for(planted(["\t".join(cells[:6] + [moved] + cells[7:])]))
        if not wrong or not 2.5e-5 < shifted.max_dp < 5e-5:
            problems.append(f"a probability off by 3e-5 was not seen: {shifted}")
        lost, wrong = row_for(planted([]))
        if not wrong or not lost.problem:
            problems.append(f"a lost line was not seen: {lost}")
        right, wrong = row_for(whole)
        if wrong or right.same != right.n:
            problems.append(f"the unchanged file is blamed: {right} {wrong}")
    finally:
        path.write_text(whole, encoding="utf-8")
    return problems


def check_texts(made, folder, options):
    """The same bytes again in another folder, of the size asked for, and held out from training."""
    other = material.Material(Path(folder) / "again", options.data, options.data, made.winnow,
                              made.trainer)
    problems = []
    for config in configs.SMOKE:
        one, two = (m.held_out(config.text, config.size).read_bytes() for m in (made, other))
        if one != two:
            problems.append(f"{config.text}: another text from the same seed")
        if not config.size <= len(one) < config.size * 1.1:
            problems.append(f"{config.text}: {len(one)} bytes")
    train = {text for text, _ in made.paragraphs("train")}
    if any(text in train for name in ("dev", "test") for text, _ in made.paragraphs(name)):
        problems.append("a held-out paragraph is in the training text")
    labels = {label for _, label in made.synthetic(
        [(material.normalise(t), l) for t, l in made.training(N_LINES)], 1000)}
    if len(labels) != 1000:
        problems.append(f"{len(labels)} of 1000 synthetic labels")
    return problems


def check_failures(runner):
    """A contender that fails is an error, and a model that is missing is left out by name."""
    problems = []
    try:
        alternation.measure(runner.program, ["false"], "/dev/null")
        problems.append("a failing program was measured")
    except alternation.Failed:
        pass
    config = configs.Config("gone", "gone", given="no-such-file.bin")
    rows, left_out = bench.run_all(runner, [config], 0, runner.folder / "none", lambda: "")
    if rows or not left_out or "no-such-file.bin" not in left_out[0]:
        problems.append(f"a missing model: {rows} {left_out}")
    return problems


def main():
    parser = argparse.ArgumentParser(description="checks the bench's harness")
    parser.add_argument("--winnow", required=True)
    shared = os.environ.get("WINNOW_SHARED", "../shared")
    parser.add_argument("--data", default=os.environ.get("DATA") or f"{shared}/data")
    parser.add_argument("--keep", metavar="DIR", help="leave texts, models and results here")
    options = parser.parse_args()
    reporter = harness.Report()
    print(f"registered {len(CHECKS)}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or scratch
        Path(folder).mkdir(parents=True, exist_ok=True)
        runner, note = ready(options, folder)
        if runner is None:
            for name in CHECKS:
                reporter.skip(name, note)
            reporter.finish()
            return 0
        reporter.note(f"peer: {note}")
        rows, left_out = bench.run_all(runner, configs.SMOKE, 0, Path(folder) / "result",
                                          lambda: "smoke")
        print("\n".join("# " + line for line in report.table(rows)))
        reporter.check("table", len(rows), left_out + check_table(rows))
        reporter.check("answers", len(rows), check_answers(runner, rows, runner.exact is None))
        reporter.check("plot", 1, check_plot(rows, folder))
        reporter.check("ratios", 2, check_ratios())
        reporter.check("plants", 4, check_plants(runner))
        reporter.check("texts", 2 * len(configs.SMOKE), check_texts(runner.material, folder, options))
        reporter.check("failures", 2, check_failures(runner))
        return reporter.finish()


if __name__ == "__main__":
    sys.exit(main())
