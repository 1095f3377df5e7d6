#!/usr/bin/env python3
"""bench.py - measures winnow against fastText, scikit-learn and LIBLINEAR.

usage: bench.py --winnow build/winnow --measure build/tests/bench/measure --folder build/bench
                [--portable build/portable/winnow] [--data DIR] [--models DIR] [--configs "a b"]
                [--rounds N] [--budget SECONDS] [--add] [--list]

Reading order: configs (what is measured), material (texts and models), peer (fastText from its
source), alternation (the protocol), answers (do they agree), report and plot. README.md here is the
protocol in words. Exit code: 0; 1 when answers differ beyond the bounds; 2 when something is missing.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import answers
import plot
import report
from alternation import Contender, Failed, alternate
from configs import CONFIGS, TARGETS, chosen
from material import Material, Missing, say

HERE = Path(__file__).resolve().parent


class Bench:
    def __init__(self, material, program, fasttext, exact=None, n_rounds=5, n_lines=None,
                 portable=None):
        self.material, self.program, self.portable = material, program, portable
        self.fasttext, self.exact = fasttext, exact
        self.n_rounds, self.n_lines = n_rounds, n_lines
        self.folder = material.folder

    def classify(self, model, n_jobs=1, more=(), tool=None):
        return lambda text: [tool or self.material.winnow, "classify", "-q", "-m", model, *more, "--input",
                             "lines", "--format", "tsv", "-k", "1", "-j", n_jobs, text]

    def open_ms(self, way, model):
        """What the library needs to open a model, the median of five times in one process."""
        if way in ("peer", "exact", "vectors", "portable"):
            return None
        program = Path(self.program).with_name("open")
        if not program.exists():
            return None
        done = subprocess.run([str(program), str(model), "map" if way == "map" else "read"],
                              capture_output=True, text=True, check=True)
        return float(done.stdout)

    def output(self, config, way):
        return self.folder / f"out-{config.name}-{way}.txt"

    def contender(self, config, way, command, text, model, n_jobs=1):
        return Contender(way, command, text, self.material.one_line(text), self.output(config, way),
                         n_jobs, Path(model).stat().st_size, self.open_ms(way, model))

    def ways_of(self, config):
        return [way for way in config.ways if way != "portable" or self.portable]

    def fasttext_contenders(self, config, text):
        model = self.material.model(config, self.n_lines)

        def predict(tool):
            return lambda source: [tool, "predict-prob", model, source, "1"]

        def make(way):
            if way == "exact":
                return predict(self.material.winnow), model, 1
            if way == "bin":
                return self.classify(model), model, 1
            kept, _, jobs = way.partition("-j")
            more = ["--map"] if way == "map" else []
            kept = {"map": "both", "portable": "fast"}.get(way, kept)
            tool = self.portable if way == "portable" else None
            if config.n_labels > config.dim:
                kept = "exact"  # folded rows would be larger: winnow does not make them
            converted = self.material.converted(model, kept)
            return self.classify(converted, int(jobs or 1), more, tool), converted, int(jobs or 1)

        made = [self.contender(config, "peer", predict(self.fasttext), text, model)]
        for way in self.ways_of(config):
            command, opened, n_jobs = make(way)
            made.append(self.contender(config, way, command, text, opened, n_jobs))
        return made

    def linear_contenders(self, config, text):
        fitted, exported, vectors, trained = self.material.linear(text, self.n_lines)
        if config.kind == "sklearn":
            peer = lambda source: [sys.executable, HERE / "linear_models.py", fitted, source]
            tools = {"fast": None, "portable": self.portable}
            ours = [self.contender(config, way, self.classify(exported, tool=tools[way]), text, exported)
                    for way in self.ways_of(config)]
            return [self.contender(config, "peer", peer, text, fitted), *ours]
        # Both write their answers to a file of their own; what they print is the accuracy.
        outs = {way: self.folder / f"out-{config.name}-{way}.answers" for way in ("peer", "vectors")}
        peer = lambda source: ["liblinear-predict", "-b", "1", "-q", source, trained, outs["peer"]]
        ours = lambda source: [self.material.winnow, "liblinear-predict", "-b", "1", "-q", source,
                               trained, outs["vectors"]]
        return [self.contender(config, "peer", peer, vectors, trained),
                self.contender(config, "vectors", ours, vectors, trained)]

    # ---- Answers ---------------------------------------------------------------------------------

    def read(self, config, contender):
        if config.kind == "liblinear":
            return answers.read_liblinear(contender.output.with_suffix(".answers"))
        if contender.way in ("peer", "exact"):
            return answers.read_fasttext(contender.output)
        return answers.read_tsv(contender.output)

    def references(self, config, contenders):
        """(what the peer prints, exact probabilities, what these have in excess)"""
        peer = contenders[0]
        printed = self.read(config, peer)
        if config.kind != "fasttext":
            return printed, printed, 0.0
        tool, added = (self.exact, 0.0) if self.exact else (self.fasttext, answers.ADDED)
        path = self.output(config, "reference")
        command = [str(part) for part in peer.command(peer.text)]
        with open(path, "wb") as file:
            subprocess.run([str(tool), *command[1:-1], "2"], stdout=file, check=True)
        return printed, answers.read_fasttext(path), added

    def agreements(self, config, contenders):
        printed, exact, added = self.references(config, contenders)
        gaps = [(label, p, gap) for (label, p, _), (_, _, gap) in zip(printed, exact)]
        found = {}
        for c in contenders[1:]:
            against_peer = c.way in ("exact", "vectors") or config.kind != "fasttext"
            found[c.way] = answers.compare(gaps if against_peer else exact, self.read(config, c),
                                           0.0 if against_peer else added)
        return found

    # ---- One configuration -----------------------------------------------------------------------

    def measure(self, config):
        """The rows of a configuration, the peer's first."""
        text = self.material.held_out(config.text, config.size)
        made = (self.fasttext_contenders if config.kind == "fasttext" else self.linear_contenders)(
            config, text)
        content = text.read_bytes()
        size = (len(content), content.count(b"\n"), len(content.split()))
        del content
        say(f"{config.name}: {size[0] / 1e6:.1f} MB, {size[1]:,} paragraphs, {size[2]:,} tokens, "
            f"{len(made)} contenders, {self.n_rounds} rounds after a warm-up")
        before = os.getloadavg()[0]
        measured = alternate(self.program, made, self.n_rounds)
        agreements = self.agreements(config, made)
        rows = []
        for c in made:
            row = report.row_of(config, c, measured[c.way], measured["peer"], agreements.get(c.way),
                                size)
            row["loadavg"] = f"{before:.1f}-{os.getloadavg()[0]:.1f}"
            rows.append(row)
        return rows

    @staticmethod
    def note_speedup(rows):
        """Notes in their rows what two threads gain over one, by the clock."""
        walls = {row["way"]: row["net_wall_s"] for row in rows if row.get("mb_s")}
        for row in rows:
            if row["way"].startswith("fast-j") and row["way"] in walls and "fast" in walls:
                row["speedup"] = walls["fast"] / walls[row["way"]]


def faults(rows):
    """What is wrong with the answers, a line each."""
    found = []
    bound = answers.BOUND + answers.PRINTED
    for row in rows:
        name = f"{row['config']}/{row['way']}"
        if row.get("beyond"):
            found.append(f"{name}: {row['beyond']} labels differ although they are decided")
        if row.get("max_dp", 0.0) > bound:
            found.append(f"{name}: |dp| up to {row['max_dp']:.2g}")
    return found


def conditions(n_rounds):
    model = "unknown processor"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next(l.split(":", 1)[1].strip() for l in file if l.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return (f"{model}, {len(os.sched_getaffinity(0))} processors; medians of {n_rounds} rounds; "
            f"load average {os.getloadavg()[0]:.1f} at the end")


def run_all(bench, table, budget, result, caption, earlier=()):
    """Measures, and after every configuration writes what there is: an interrupted run keeps it.
    `earlier` rows go into the files as well, unless their configuration is measured again."""
    begin, rows, left_out = time.monotonic(), [], []
    for config in table:
        if budget and time.monotonic() - begin > budget:
            left_out.append(f"{config.name}: the time budget is spent")
            continue
        try:
            mine = bench.measure(config)
        except (Missing, Failed, ImportError, OSError) as error:
            left_out.append(f"{config.name}: {error}")
            continue
        rows += mine
        bench.note_speedup(mine)
        measured = {row["config"] for row in rows}
        kept = [row for row in earlier if row["config"] not in measured]
        report.write_tsv(result.with_suffix(".tsv"), kept + rows)
        plot.write(result.with_suffix(".tsv"), result.with_suffix(".svg"), caption())
    return rows, left_out


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("--winnow", required=True)
    parser.add_argument("--measure", required=True)
    parser.add_argument("--folder", required=True, help="texts, models, the peer and the results")
    parser.add_argument("--portable", help="a tool whose only kernel is the portable one")
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--models", default="../shared/models")
    parser.add_argument("--configs", default="", help="names or groups; without any: all")
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds, after one warm-up")
    parser.add_argument("--budget", type=float, default=0, help="seconds; what is not begun then is left out")
    parser.add_argument("--add", action="store_true",
                        help="leave other configurations of earlier runs in the TSV and the plot")
    parser.add_argument("--list", action="store_true", help="the configurations, and stop")
    options = parser.parse_args()
    try:
        table = chosen(CONFIGS, options.configs.split())
    except KeyError as error:
        parser.error(f"no configuration {error}; --list names them")
    if options.list:
        print("\n".join(f"{c.name:14}{c.group:11}{' '.join(c.ways)}" for c in table))
        return 0
    import peer
    try:
        fasttext, exact, version = peer.build(Path(options.folder) / "peer")
    except peer.Unavailable as error:
        say(str(error))
        return 2
    material = Material(options.folder, options.data, options.models, options.winnow, fasttext)
    bench = Bench(material, options.measure, fasttext, exact, max(1, options.rounds),
                  portable=options.portable)
    result = Path(options.folder) / "result"
    tsv = result.with_suffix(".tsv")
    earlier = report.read_tsv(tsv) if options.add and tsv.exists() else []
    rows, left_out = run_all(bench, table, options.budget, result,
                                    lambda: f"fastText {version}; {conditions(bench.n_rounds)}",
                                    earlier)
    print("\n".join(report.table(rows)))
    print(f"\npeer: fastText {version}, {' '.join(peer.FLAGS)}, unless the row names another\n"
          f"machine: {conditions(bench.n_rounds)}")
    wrong = faults(rows)
    for line in report.verdicts(rows, TARGETS) + [f"left out: {line}" for line in left_out] + [f"WRONG: {w}" for w in wrong]:
        print(line)
    print(f"{result}.tsv, {result}.svg")
    return 1 if wrong else 2 if left_out and not rows else 0


if __name__ == "__main__":
    sys.exit(main())
