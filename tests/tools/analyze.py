"""analyze.py - gcc's and clang's static analysers over the engine and the tool.

usage: analyze.py [FILE...]        default: engine/ with all below

Both follow paths through one file at a time. A finding is repaired, or stands below with the reason
why it is none; analyze.h tells them what a failure returns. First of all a fault is planted that
each of them has to find. Exit code 1: a finding that is not listed.
"""

import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FLAGS = ["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Iinclude"]
ANALYSERS = {
    "gcc": ["gcc", "-O2", "-fanalyzer", "-c", "-o", "/dev/null"],
    "clang": ["clang", "--analyze", "--analyzer-output", "text", "-Xclang", "-analyzer-werror"],
}
FINDING = re.compile(r"^(?:\./)?(\S+?):(\d+):\d+: (?:warning|error): (.*)$", re.M)

A_TABLE = "an option that has a value is refused without one before this is reached"
VECTORS = "the lanes are 64 bits wide, the analyser takes one for a bool"
ONE_KERNEL = "the portable kernel, the last one, is always supported"
SMALL = "n_old is 0 as long as there are no slots"

# (file, the line's text): the reason why what is said about it is no fault.
FALSE = {
    ("engine/cli/args.c", "for (; value[i] >= '0' && value[i] <= '9' && count <= option->max; i++)"): A_TABLE,
    ("engine/cli/args.c", "double number = strtod(value, &end);"): A_TABLE,
    ("engine/cli/args.c", "if (strcmp(option->choices[i], value) == 0) {"): A_TABLE,
    ("engine/cli/classifier.c",
     "add_paragraph(worker, batch, record, fields, result.paragraphs[next++].predictions);"):
        "status is WN_OK here, so that the result has a paragraph for each text",
    ("engine/heap.c", "memcpy(data, buffer->data, keep);"): "keep is 0 where there is no data",
    ("engine/kernel/lanes.h", "i64s power = ((i64s)shifted + 1023) << 52;"): VECTORS,
    ("engine/kernel/portable.c", "while (!wn__kernels[i]->is_supported())"): ONE_KERNEL,
    ("engine/phrase_table.c", "if (old[i].node == WN__NO_NODE)"): SMALL,
    ("engine/model_outputs.c", "to->norm = is_head ? WN__NORM_NONE : from->norm;"):
        "from is NULL for the head alone, which is asked first",
}


def analyse(analyser, source, cwd=ROOT, extra=()):
    """(file, line, message) of each finding in a source."""
    done = subprocess.run([*ANALYSERS[analyser], *FLAGS, *extra, str(source)], cwd=cwd, check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    text = done.stderr.decode("utf-8", "replace")
    findings = [(file, int(line), message) for file, line, message in FINDING.findall(text)]
    if done.returncode != 0 and not findings:
        raise SystemExit(f"analyze.py: {analyser} {source}: {text[-2000:]}")
    return findings


def extra_flags(source):
    if source.startswith("engine/cli/"):
        return ['-DWN_MODELS_DIR=""']
    own = [] if source == "engine/status.c" else ["-include", "tests/tools/analyze.h"]
    return ["-Iengine", *own]


PLANTED = """#include <stdlib.h>
int planted(int n);
int planted(int n)
{
    int *values = malloc(sizeof *values);
    if (values == 0)
        return 0;
    *values = n;
    if (n > 3)
        free(values);
    return *values;
}
"""


def finds_planted_fault(analyser):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "planted.c")
        source.write_text(PLANTED)
        return any(line == 11 for _, line, _ in analyse(analyser, source))


def main():
    for analyser in ANALYSERS:
        if not finds_planted_fault(analyser):
            raise SystemExit(f"analyze.py: {analyser} does not find a planted fault")
    sources = sys.argv[1:] or sorted(
        str(path.relative_to(ROOT)) for path in (ROOT / "engine").glob("**/*.c"))
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(analyse, a, s, ROOT, extra_flags(s)) for s in sources for a in ANALYSERS]
        found = sorted({finding for job in jobs for finding in job.result()})
    used, bad = set(), 0
    for file, line, message in found:
        text = (ROOT / file).read_text().splitlines()[line - 1].strip()
        if (file, text) in FALSE:
            used.add((file, text))
        else:
            print(f"{file}:{line}: {message}\n    {text}")
            bad += 1
    if not sys.argv[1:]:
        for file, text in FALSE.keys() - used:
            print(f"analyze: no longer said about {file}: {text}")
    print(f"analyze: {len(sources)} files, {bad} findings, {len(used)} listed as none")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
