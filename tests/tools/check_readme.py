"""check_readme.py - the README's commands run, its programs compile, its output is real.

usage: check_readme.py [--fix] BUILD

  - each line of a ```sh block runs in a scratch folder beside the examples and models, in order,
    and ends with exit code 0; BUILD stands in for build/
  - the ```text block is what the first command prints as a table
  - verbs and options of winnow in ```sh and ```console blocks are in the tool's own help
  - ```cpp blocks compile without warnings, and so does check_wrapper.cpp, which then runs: with
    each of g++ and clang++ that is there, without exceptions and run-time types
  - what the lists above look for is there: a check of nothing fails

--fix writes the table and examples/minimal.c into README.md. That the ```c block is minimal.c is
held by check_docs.py.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
TABLE_COMMAND = ["--format", "table", "--color", "never", "examples/article.txt"]


def blocks(text, *languages):
    return [body for language, body in BLOCK.findall(text) if language in languages]


def scratch(folder, build):
    """A folder in which the README's relative paths lead to the tree; what is written stays here."""
    (folder / "build").mkdir()
    (folder / "build/winnow").symlink_to(build / "winnow")
    for name in ("examples", "models", "include"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def environment(folder):
    kept = {k: v for k, v in os.environ.items() if k not in ("WINNOW_MODELS", "COLUMNS", "NO_COLOR")}
    return dict(kept, WINNOW_MODELS=str(folder / "models"), LC_ALL="C.UTF-8")


def run(command, folder, shell=False):
    return subprocess.run(command, cwd=folder, shell=shell, env=environment(folder), timeout=120,
                          executable="/bin/bash" if shell else None, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def check_commands(text, folder):
    problems, n = [], 0
    for block in blocks(text, "sh"):
        for line in block.splitlines():
            n += 1
            done = run("set -o pipefail; " + line, folder, shell=True)
            # head closes the pipe early: SIGPIPE, 128 + 13, is no failure of the command.
            if done.returncode not in (0, 141):
                output = done.stdout.decode(errors="replace").strip()
                problems.append(f"`{line}`: exit code {done.returncode}: {output[-300:]}")
    return problems, n


def table(folder):
    done = run([str(folder / "build/winnow"), *TABLE_COMMAND], folder)
    return done.stdout.decode() if done.returncode == 0 else None


def check_table(text, folder):
    shown = blocks(text, "text")
    real = table(folder)
    if real is None:
        return ["the table's command fails"], len(shown)
    if real not in shown:
        return ["the ```text block is not what the tool prints: check_readme.py --fix"], len(shown)
    return [], len(shown)


def help_of(tool, verb):
    done = subprocess.run([tool, *([verb] if verb else []), "--help"], capture_output=True,
                          text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def check_options(text, folder):
    tool = str(folder / "build/winnow")
    verbs = re.findall(r"^  ([a-z-]+) {2,}\S", help_of(tool, None), re.M)
    problems, used = [], set()
    for block in blocks(text, "sh", "console"):
        for words in re.findall(r"build/winnow((?: +(?:'[^']*'|[^\s|#&><]+))*)", block):
            words = re.findall(r"'[^']*'|\S+", words)
            verb = words[0] if words and words[0] in verbs else "classify"
            used.add(verb)
            known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", help_of(tool, verb)))
            for word in words:
                if re.match(r"--?[a-z]", word) and word.split("=")[0] not in known:
                    problems.append(f"winnow {verb} has no option {word}")
    problems += [f"no example of winnow {verb}" for verb in verbs if verb not in used]
    return problems, len(used)


CXX_FLAGS = ["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror",
             "-fno-exceptions", "-fno-rtti", "-Iinclude"]


def compilers():
    wanted = [os.environ.get("CXX") or "g++", "g++", "clang++"]
    return list(dict.fromkeys(c for c in wanted if shutil.which(c)))


def check_cpp(text, folder):
    programs = blocks(text, "cpp")
    problems = []
    for program in programs:
        (folder / "readme.cpp").write_text(program)
        for compiler in compilers():
            done = run([compiler, *CXX_FLAGS, "-fsyntax-only", "readme.cpp"], folder)
            if done.returncode != 0:
                problems.append(f"{compiler}: the ```cpp block: " + done.stdout.decode()[-500:])
    return problems, len(programs)


def check_wrapper(_text, folder):
    source = ROOT / "tests/tools/check_wrapper.cpp"
    library = (folder / "build/winnow").resolve().parent
    problems = []
    for compiler in compilers():
        done = run([compiler, *CXX_FLAGS, str(source), f"-L{library}", f"-Wl,-rpath,{library}",
                    "-lwinnow", "-o", "wrapper"], folder)
        if done.returncode == 0:
            done = run([str(folder / "wrapper")], folder)
        if done.returncode != 0:
            problems.append(f"{compiler}: exit code {done.returncode}: {done.stdout.decode()[-900:]}")
    return problems, len(compilers())


CHECKS = [check_commands, check_table, check_options, check_cpp, check_wrapper]


def fix(text, folder):
    minimal = (ROOT / "examples/minimal.c").read_text()
    text = re.sub(r"(?<=^```c\n).*?(?=^```$)", lambda _: minimal, text, count=1, flags=re.M | re.S)
    real = table(folder)
    if real is not None:
        text = re.sub(r"(?<=^```text\n).*?(?=^```$)", lambda _: real, text, count=1,
                      flags=re.M | re.S)
    README.write_text(text)


def main():
    parser = argparse.ArgumentParser(description="Runs what the README shows.")
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("build", type=Path)
    options = parser.parse_args()
    text = README.read_text(encoding="utf-8")
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = scratch(Path(name), options.build.resolve())
        if options.fix:
            fix(text, folder)
            return 0
        for check in CHECKS:
            problems, n = check(text, folder)
            if n == 0:
                problems.append("it found nothing to check")
            failed += bool(problems)
            for problem in problems:
                print(f"FAIL {check.__name__}: {problem}")
        # A command that cannot work has to show.
        planted = "```sh\nbuild/winnow --no-such-option examples/article.txt\n```\n"
        if not check_commands(planted, folder)[0] or not check_options(planted, folder)[0]:
            print("FAIL planted: a wrong option was not seen")
            failed += 1
    print(f"registered {len(CHECKS) + 1}")
    print(f"{len(CHECKS) + 1 - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
