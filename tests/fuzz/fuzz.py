"""fuzz.py - runs the fuzz targets, and keeps what is worth keeping of what they find.

usage: fuzz.py run --build DIR --time SECONDS [--targets "NAME ..."]
       fuzz.py merge --build DIR [--targets "NAME ..."]

run fuzzes one target after the other from the corpus in the tree, the seeds, and what earlier runs
found (DIR/found/TARGET). What breaks a promise is written to DIR/broken; then the exit code is 1.
merge makes a corpus of the smallest files that together reach all of what was reached, in
tests/fuzz/corpus, and drops the rest. Standard library only.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import seeds

HERE = Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
# A run of more than 5 s, a block of more than 512 MiB or 1 GiB in all is a finding.
LIMITS = ["-timeout=5", "-malloc_limit_mb=512", "-rss_limit_mb=1024"]
LONGEST = {"text": 4096, "paragraphs": 4096, "records": 4096}  # bytes of an input
LONGEST_MODEL = 32768
MOST_IN_TREE = 200_000  # bytes a target: 2 MB in all


def targets_there_are():
    table = re.search(r"fuzz_targets\[\] = \{(.*?)\n\};", (HERE / "common.c").read_text(), re.S)
    return re.findall(r'\{"(\w+)", ', table.group(1))


def program_of(build, target):
    """The program learns from its name which target it is."""
    link = build / "targets" / target
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to((build / "tests/fuzz/libfuzzer").resolve())
    return str(link)


def environment():
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1",
            "ASAN_OPTIONS": "detect_leaks=1:allocator_may_return_null=1",
            "UBSAN_OPTIONS": "print_stacktrace=1"}


def fuzz(build, target, seconds):
    """True: nothing was broken."""
    found, broken = build / "found" / target, build / "broken"
    for folder in (found, broken, CORPUS / target):
        folder.mkdir(parents=True, exist_ok=True)
    command = [program_of(build, target), f"-max_total_time={seconds}", *LIMITS,
               f"-max_len={LONGEST.get(target, LONGEST_MODEL)}", "-print_final_stats=1",
               f"-dict={HERE / 'words.dict'}", f"-artifact_prefix={broken}/{target}-",
               str(found), str(CORPUS / target), str(build / "seeds" / target)]
    log = build / f"{target}.log"
    with open(log, "w", encoding="utf-8") as file:
        code = subprocess.run(command, env=environment(), stdin=subprocess.DEVNULL, stdout=file,
                              stderr=subprocess.STDOUT, check=False).returncode
    text = log.read_text(errors="replace")
    runs = re.search(r"number_of_executed_units: (\d+)", text)
    reach = re.findall(r"cov: (\d+) ft: (\d+)", text)
    rss = re.search(r"peak_rss_mb: +(\d+)", text)
    print(f"{target}: {runs.group(1) if runs else '?'} inputs in {seconds} s,"
          f" {reach[-1][0] if reach else '?'} edges, {rss.group(1) if rss else '?'} MB at most,"
          f" {'nothing broken' if code == 0 else 'BROKEN'}", flush=True)
    if code != 0:
        lines = [line for line in text.splitlines() if "fuzzer::" not in line]
        print("\n".join(line[:300] for line in lines[-40:]))
    return code == 0


def merge(build, target):
    """The corpus of a target in the tree: what is new to it, minimised by the edges it reaches."""
    sources = [CORPUS / target, build / "seeds" / target, build / "found" / target]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, target)
        out.mkdir()
        command = [program_of(build, target), "-merge=1", "-use_counters=0", *LIMITS,
                   f"-max_len={LONGEST.get(target, LONGEST_MODEL)}", str(out),
                   *(str(s) for s in sources if s.is_dir())]
        subprocess.run(command, env=environment(), stdin=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)
        files = sorted(out.iterdir(), key=lambda path: path.stat().st_size)
        shutil.rmtree(CORPUS / target, ignore_errors=True)
        (CORPUS / target).mkdir(parents=True)
        size = kept = 0
        for path in files:  # the large ones last, should there be no room for them
            size += path.stat().st_size
            if size > MOST_IN_TREE:
                break
            shutil.copy(path, CORPUS / target / path.name[:16])
            kept += 1
    print(f"{target}: {kept} of {len(files)} files, {min(size, MOST_IN_TREE)} bytes", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Runs the fuzz targets.")
    parser.add_argument("what", choices=["run", "merge"])
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--time", type=int, default=60)
    parser.add_argument("--targets", default="")
    options = parser.parse_args()
    build = options.build.resolve()
    wanted = options.targets.split() or targets_there_are()
    unknown = set(wanted) - set(targets_there_are())
    if unknown:
        sys.exit(f"fuzz.py: no such target: {', '.join(sorted(unknown))}")
    seeds.write(str(build / "tests/fuzz/replay"), str(build / "winnow"), build / "seeds")
    if options.what == "merge":
        for target in wanted:
            merge(build, target)
        return 0
    return 0 if all([fuzz(build, target, options.time) for target in wanted]) else 1


if __name__ == "__main__":
    sys.exit(main())
