"""run_tests.py - runs every test suite, counts, and fails unless all that is registered was run.

usage: run_tests.py --build DIR [--sanitizer address|thread] [--only SUITE,...] [--list] [--jobs N]

A suite is a command. It ends with a line of its own, `N passed, N failed, N skipped`, names each
skipped test in a line `skip NAME: reason`, and says how many tests there are in a line
`registered N`, unless they are counted here in the sources. Criterion's tests, the plain programs
and the examples are turned into such counts here. A suite fails when

  - a test fails or the command's exit code is not 0,
  - passed + failed + skipped is not the registered number (a crash, a filter that matches nothing),
  - a test was skipped without being named,
  - a sanitizer wrote any log.

Most suites use one core, so as many run at once as there are cores; those in ALONE do not share
the machine. The last line is the sum: `N passed, N failed, N skipped`. Standard library only.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.M)
REGISTERED = re.compile(r"^registered (\d+)$", re.M)
SKIP = re.compile(r"^skip (\S[^:]*): (\S.*)$", re.M)
SUITE_TIMEOUT = 1500  # seconds; a suite that hangs is a failure, not a stuck machine
PROGRAM_TIMEOUT = 300
SKIP_EXIT = 77  # exit code of a plain program that cannot run here
ALONE = ("unit", "stress", "failure")  # they use all cores, or fork and signal by the clock


class Outcome:
    """What a suite's run came to."""

    def __init__(self, registered=None):
        self.registered = registered  # tests there are, or None: not known
        self.passed = 0
        self.failures = []  # one line each
        self.skips = []  # (name, reason)
        self.uncounted = []  # failures that are no test's: the suite itself is wrong
        self.output = ""

    @property
    def failed(self):
        return len(self.failures)


def run(command, log, env=None, timeout=SUITE_TIMEOUT):
    """Runs a command from the root without stdin; returns (exit code, stdout + stderr)."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=timeout, check=False)
        code, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as expired:
        code, output = -1, (expired.stdout or b"") + b"\ntimed out after %d s\n" % timeout
    except OSError as error:
        code, output = -1, str(error).encode() + b"\n"
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as file:
        file.write(output)
    return code, output.decode("utf-8", "replace")


# ---- Kinds of suites ---------------------------------------------------------------------------

TEST_DEFINITION = re.compile(
    r"^(?:Test|ParameterizedTest|Theory)\s*\(((?:[^()]|\([^()]*\))*)\)", re.M)


def criterion_names_in(sources):
    """The suite::name of every test that the sources define, read from the text of the sources."""
    names = set()
    for source in sources:
        text = source.read_text()
        for match in TEST_DEFINITION.finditer(text):
            arguments = re.sub(r"\([^()]*\)", "", match.group(1)).split(",")
            arguments = [a.strip() for a in arguments if not a.strip().startswith(".")]
            if not match.group(0).startswith("Test"):
                arguments = arguments[1:]  # the parameter's type, or a theory's data points
            names.add("::".join(arguments[:2]))
    return names


def run_criterion(program, sources, log, env):
    """Runs a Criterion binary and reads its TAP report."""
    outcome = Outcome(0)
    if not sources:
        return outcome
    report = log.with_suffix(".tap")
    report.unlink(missing_ok=True)
    code, outcome.output = run(
        [str(program), f"--tap={report}", "--ascii", "--timeout", "120"], log, env)
    tap = report.read_text(errors="replace") if report.exists() else ""
    plan = re.search(r"^1\.\.(\d+)$", tap, re.M)
    defined = criterion_names_in(sources)
    # A parameterised test counts once for each parameter, so the plan may be larger than the list.
    outcome.registered = max(len(defined), int(plan.group(1)) if plan else 0)
    seen = set()
    for line in re.findall(r"^(?:not )?ok - .*$", tap, re.M):
        match = re.match(r"(not ok|ok) - (\S+)\s*(.*)$", line)
        verdict, name, rest = match.groups()
        seen.add(name)
        if verdict == "not ok":
            outcome.failures.append(f"{name} {rest}")
        elif rest.startswith("# SKIP"):
            reason = rest[len("# SKIP"):].strip()
            if reason in ("", "test was skipped"):
                outcome.failures.append(f"{name} is switched off or filtered, without a reason")
            else:
                outcome.skips.append((name, reason))
        else:
            outcome.passed += 1
    for name in sorted(defined - seen):
        outcome.failures.append(f"{name} did not run")
    if code != 0 and not outcome.failures:
        outcome.uncounted.append(f"exit code {code} although no test failed")
    if outcome.failures:
        outcome.output += tap
    return outcome


def fixed_addresses():
    """The prefix that switches address randomisation off: with much of it ThreadSanitizer's memory
    layout does not fit and it stops before main. Empty where that is not allowed."""
    prefix = ["setarch", "-R"]
    try:
        return prefix if subprocess.run(prefix + ["true"], check=False).returncode == 0 else []
    except OSError:
        return []


def run_programs(programs, log, env, must_print=False, prefix=()):
    """Each program is one test: exit code 0 passes, 77 skips with its `skip NAME: reason` line."""
    outcome = Outcome(len(programs))
    for program in programs:
        code, output = run([*prefix, str(program)], log, env, PROGRAM_TIMEOUT)
        if code == SKIP_EXIT and SKIP.search(output):
            outcome.skips.append((program.name, SKIP.search(output).group(2)))
        elif code != 0:
            outcome.failures.append(f"{program.name}: exit code {code}")
            outcome.output += output
        elif must_print and not output.strip():
            outcome.failures.append(f"{program.name}: printed nothing")
        else:
            outcome.passed += 1
    return outcome


def run_counting(command, log, env, registered=None):
    """A command that counts for itself and ends with the closing line."""
    outcome = Outcome(registered)
    code, outcome.output = run(command, log, env)
    closings = CLOSING.findall(outcome.output)
    said = REGISTERED.findall(outcome.output)
    if said:
        outcome.registered = int(said[-1])
    if not closings:
        outcome.uncounted.append(f"no closing line, exit code {code}")
        return outcome
    passed, failed, skipped = (int(n) for n in closings[-1])
    outcome.passed = passed
    failing = re.findall(r"^(?:FAIL|not ok|fail)\b:? *(.*)$", outcome.output, re.M)
    outcome.failures = (failing + ["a failed test without a FAIL line"] * failed)[:failed]
    outcome.skips = SKIP.findall(outcome.output)
    if len(outcome.skips) != skipped:
        outcome.uncounted.append(
            f"{skipped} skipped, but {len(outcome.skips)} named in `skip NAME: reason` lines")
        outcome.skips = (outcome.skips + [("?", "not named")] * skipped)[:skipped]
    if code != 0 and not failed:
        outcome.uncounted.append(f"exit code {code} although no test failed")
    if code == 0 and failed:
        outcome.uncounted.append("exit code 0 although tests failed")
    if outcome.registered is None:
        outcome.uncounted.append("no `registered N` line")
    elif passed + failed + skipped == 0 and outcome.registered == 0:
        outcome.uncounted.append("no tests at all")
    return outcome


# ---- The suites --------------------------------------------------------------------------------

def count_in_sources(pattern, *globs):
    """How many tests are written down: matches of a pattern in files of the tree."""
    files = [path for glob in globs for path in ROOT.glob(glob)]
    return sum(len(re.findall(pattern, path.read_text(), re.M)) for path in files)


def suites_for(build, sanitizer, env, logs):
    """(name, function that runs it) of every suite that this kind of build has."""
    python = sys.executable
    tool = build / "winnow"
    suites = []

    def add(name, function, *arguments, **keywords):
        suites.append((name, lambda: function(*arguments, **keywords)))

    def log(name):
        return logs / (name.replace("/", "-") + ".log")

    def add_counting(name, command, registered=None):
        add(name, run_counting, command, log(name), env, registered)

    stress = [build / "tests/stress" / p.stem for p in sorted(ROOT.glob("tests/stress/*.c"))]
    if sanitizer != "thread":
        unit = sorted(ROOT.glob("tests/unit/*.c"))
        add("unit", run_criterion, build / "tests/unit_tests", unit, log("unit"), env)
    add("stress", run_programs, stress, log("stress"), env,
        prefix=fixed_addresses() if sanitizer == "thread" else ())
    if sanitizer == "thread":
        return suites
    failure = [build / "tests/failure" / p.stem for p in sorted(ROOT.glob("tests/failure/*.c"))]
    add("failure", run_programs, failure, log("failure"), env, must_print=True)
    add_counting("fuzz", [str(build / "tests/fuzz/replay"), "tests/fuzz/corpus"],
                 count_in_sources(r'\{"\w+", fuzz_\w+\}', "tests/fuzz/common.c"))

    hostile = [build / "tests/hostile" / p.stem for p in sorted(ROOT.glob("tests/hostile/*.c"))]
    add("hostile", run_programs, hostile, log("hostile"), env, must_print=True)

    for script in sorted(ROOT.glob("tests/golden/*.py")):
        text = script.read_text()
        if "__main__" not in text:
            continue  # a module that the suites share
        name = f"golden/{script.name}"
        # A sanitizer is slow, and reserves more address space than a limit could allow.
        asked = ["--short", "--no-rlimit"] if sanitizer else []
        command = [python, str(script), "--winnow", str(tool)]
        add_counting(name, command + [option for option in asked if f'"{option}"' in text])
    if (ROOT / "tests/cli/run.py").exists():
        add_counting("cli", [python, "tests/cli/run.py", str(tool)],
                     count_in_sources(r"^@test\b", "tests/cli/check_*.py"))
    examples = [build / "examples" / p.stem for p in sorted(ROOT.glob("examples/*.c*"))]
    add("examples", run_programs, examples, log("examples"), env, must_print=True)
    if sanitizer:
        return suites

    if (ROOT / "train-export/tests").exists():
        add_counting("train-export", [python, "tests/tools/run_unittest.py", "train-export/tests"])
    add_counting("install", ["bash", "tests/install/run.sh", str(build)])
    add_counting("includes", [python, "tests/tools/check_includes.py", "--self-test"])
    add_counting("symbols", ["bash", "tests/tools/check_symbols.sh", "--self-test", str(build)])
    add_counting("abi", [python, "tests/tools/check_abi.py", "--self-test", str(build)])
    add_counting("hardening", ["bash", "tests/tools/check_hardening.sh", "--self-test", str(build)])
    add_counting("run-tests", [python, "tests/tools/test_run_tests.py"])
    add_counting("docs", [python, "tests/tools/check_docs.py"])
    add_counting("readme", [python, "tests/tools/check_readme.py", str(build)])
    return suites


def sanitizer_environment(env, sanitizer, reports):
    """Every report goes to a file: a runner that swallows stderr or an exit code hides nothing."""
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    path = f"log_path='{reports}/report'"  # quoted: a space would end it
    env["ASAN_OPTIONS"] = f"{path}:detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1"
    env["UBSAN_OPTIONS"] = f"{path}:print_stacktrace=1"
    env["TSAN_OPTIONS"] = f"{path}:halt_on_error=0:second_deadlock_stack=1"
    env["WINNOW_SANITIZER"] = sanitizer


def report_on(name, outcome, seconds):
    """Prints a suite's line and what went wrong; returns (passed, failed, skipped)."""
    counted = outcome.passed + outcome.failed + len(outcome.skips)
    problems = list(outcome.uncounted)
    if outcome.registered is not None and counted != outcome.registered:
        problems.append(f"{counted} tests ran or were skipped, {outcome.registered} are registered")
    for skipped, reason in outcome.skips:
        print(f"skip {name}/{skipped}: {reason}")
    if outcome.failures or problems:
        print(f"---- {name}: the end of its output")
        print("\n".join(outcome.output.splitlines()[-80:]))
        print("----")
        for line in outcome.failures[:50] + problems:
            print(f"FAIL {name}: {line}")
    failed = outcome.failed + len(problems)
    print(f"{name}: {outcome.passed} passed, {failed} failed, {len(outcome.skips)} skipped,"
          f" {outcome.registered} registered ({seconds:.1f} s)", flush=True)
    return outcome.passed, failed, len(outcome.skips)


def run_suites(suites, jobs):
    """Runs them, reports in their order; returns (passed, failed, skipped)."""
    def timed(suite):
        start = time.monotonic()
        outcome = suite[1]()
        return suite[0], outcome, time.monotonic() - start

    sums = [0, 0, 0]

    def report(all_done):
        for done in all_done:
            sums[:] = [a + b for a, b in zip(sums, report_on(*done))]

    report(map(timed, [suite for suite in suites if suite[0] in ALONE]))
    with ThreadPoolExecutor(jobs) as pool:
        report(pool.map(timed, [suite for suite in suites if suite[0] not in ALONE]))
    return sums


def main():
    parser = argparse.ArgumentParser(description="Runs the test suites of a build directory.")
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--sanitizer", choices=["address", "thread"])
    parser.add_argument("--only", default=os.environ.get("SUITES", ""),
                        help="suites by name, comma or space separated; default: all")
    parser.add_argument("--list", action="store_true", help="name the suites and stop")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1,
                        help="suites at once; default: as many as there are cores")
    options = parser.parse_args()
    build = (ROOT / options.build).resolve()
    logs = build / "test-logs"
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True, exist_ok=True)

    # Settings of whoever calls must not choose the tests or reach a make that a test starts.
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("CRITERION_", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "WINNOW_MODELS"))}
    shared = os.environ.get("WINNOW_SHARED", "../shared")
    env["WINNOW_SHARED"] = str((ROOT / shared).resolve())
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    # The trainer's tests compare with the engine, on the data where it is there.
    env["WINNOW"] = str(build / "winnow")
    if Path(env["WINNOW_SHARED"], "data").is_dir():
        env["WINNOW_DATA"] = str(Path(env["WINNOW_SHARED"], "data"))
    reports = build / "sanitizer-logs"
    if options.sanitizer:
        sanitizer_environment(env, options.sanitizer, reports)

    suites = suites_for(build, options.sanitizer, env, logs)
    wanted = set(options.only.replace(",", " ").split())
    unknown = wanted - {name for name, _ in suites}
    if unknown:
        sys.exit(f"no such suite: {', '.join(sorted(unknown))}")
    if options.list:
        print("\n".join(name for name, _ in suites))
        return 0

    passed, failed, skipped = run_suites(
        [suite for suite in suites if not wanted or suite[0] in wanted], options.jobs)
    written = sorted(reports.iterdir()) if options.sanitizer else []
    for path in written[:5]:
        print(f"---- {path}\n{path.read_text(errors='replace')[:6000]}")
    if written:
        print(f"FAIL sanitizer: {len(written)} logs in {reports}")
        failed += len(written)
    if passed + failed + skipped == 0:
        print("FAIL no test ran")
        failed = 1
    summary = f"{passed} passed, {failed} failed, {skipped} skipped"
    (build / "test-summary").write_text(summary + "\n")
    print(summary, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
