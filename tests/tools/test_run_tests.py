"""test_run_tests.py - plants what a test run must not get away with, and expects it to fail.

usage: test_run_tests.py
"""

import contextlib
import io
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import run_tests

OVERREAD = """
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
/* The child reads past its block; nobody looks at its exit code. */
int main(void)
{
    volatile char *block = malloc(8);
    if (block != 0 && fork() == 0)
        _exit(block[atoi("8")]);
    wait(0);
    free((void *)block);
    return 0;
}
"""

# Faults that leave the exit code at 0: the leak is a child's, the overflow goes on after its report.
# A leak goes unseen where a register or a dead stack slot still holds the block's address, so there
# are more of them than such places, and more than one child.
LEAK = """
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static void *volatile kept;
int main(void)
{
    for (int child = 0; child < 3; child++) {
        if (fork() == 0) {
            for (int i = 0; i < 1000; i++)
                kept = malloc(100);
            kept = NULL;
            return 0;
        }
        wait(NULL);
    }
    return 0;
}
"""

OVERFLOW = """
#include <limits.h>
int main(int argc, char **argv)
{
    (void)argv;
    volatile int sum = INT_MAX - 1 + argc;
    sum += argc;
    return 0;
}
"""

CRASH = """
#include <stdlib.h>
int main(void)
{
    abort();
}
"""

SOUND = "int main(void) { return 0; }"

TAP = """TAP version 13
1..{plan}
ok - text::one  (0.00s)
{rest}
"""


class Plants:
    """Each method named plant_* returns whether the runner behaved."""

    def __init__(self, folder):
        self.folder = folder
        self.log = folder / "log"

    def counting(self, script, registered):
        return run_tests.run_counting(["sh", "-c", script], self.log, None, registered)

    @staticmethod
    def verdict(outcome):
        """Whether a run with this outcome fails, by the numbers that are printed."""
        with contextlib.redirect_stdout(io.StringIO()):
            return run_tests.report_on("planted", outcome, 0.0)[1] > 0

    def fails(self, script, registered=2):
        return self.verdict(self.counting(script, registered))

    def plant_sound_suite_passes(self):
        return not self.fails("echo 'skip b: no tool'; echo '1 passed, 0 failed, 1 skipped'")

    def plant_said_number_passes(self):
        return not self.fails("echo registered 2; echo '2 passed, 0 failed, 0 skipped'", None)

    def plant_test_that_vanished(self):
        return self.fails("echo '1 passed, 0 failed, 0 skipped'")

    def plant_said_number_differs(self):
        return self.fails("echo registered 3; echo '2 passed, 0 failed, 0 skipped'", None)

    def plant_crash_without_closing_line(self):
        return self.fails("echo ok a; kill -SEGV $$")

    def plant_crash_after_closing_line(self):
        return self.fails("echo '2 passed, 0 failed, 0 skipped'; kill -SEGV $$")

    def plant_failed_test(self):
        return self.fails("echo FAIL b; echo '1 passed, 1 failed, 0 skipped'; exit 1")

    def plant_failure_with_exit_code_0(self):
        return self.fails("echo '1 passed, 1 failed, 0 skipped'")

    def plant_skip_without_name(self):
        return self.fails("echo '1 passed, 0 failed, 1 skipped'")

    def plant_skip_without_reason(self):
        return self.fails("echo 'skip b: '; echo '1 passed, 0 failed, 1 skipped'")

    def plant_unknown_number(self):
        return self.fails("echo '2 passed, 0 failed, 0 skipped'", None)

    def plant_no_tests(self):
        return self.fails("echo registered 0; echo '0 passed, 0 failed, 0 skipped'", None)

    def criterion_fails(self, plan, rest, code=0):
        """A stand-in for a Criterion binary with the tests one and two."""
        source = self.folder / "test_text.c"
        source.write_text("Test(text, one)\n{\n}\nParameterizedTest(int *p, text, two)\n{\n}\n")
        tap = self.folder / "tap"
        tap.write_text(TAP.format(plan=plan, rest=rest))
        program = self.folder / "program"
        program.write_text(f'#!/bin/sh\ncp "{tap}" "${{1#--tap=}}"\nexit {code}\n')
        program.chmod(0o755)
        return self.verdict(run_tests.run_criterion(program, [source], self.log, None))

    def plant_sound_criterion_passes(self):
        return not self.criterion_fails(3, "ok - text::two\nok - text::two  # SKIP no data here")

    def plant_criterion_test_fails(self):
        return self.criterion_fails(2, "not ok - text::two  (0.00s)", 1)

    def plant_criterion_filter(self):
        return self.criterion_fails(2, "ok - text::two  # SKIP test was skipped")

    def plant_criterion_runs_nothing(self):
        """A filter that matches no test: Criterion is content."""
        source = self.folder / "test_text.c"
        source.write_text("Test(text, one)\n{\n}\n")
        program = self.folder / "program"
        program.write_text('#!/bin/sh\nprintf "TAP version 13\\n1..0\\n" > "${1#--tap=}"\n')
        program.chmod(0o755)
        return self.verdict(run_tests.run_criterion(program, [source], self.log, None))

    def plant_criterion_crash(self):
        return self.criterion_fails(2, "", 139)

    def plant_criterion_loses_a_parameter(self):
        return self.criterion_fails(3, "ok - text::two  (0.00s)")

    def plant_criterion_exit_code(self):
        return self.criterion_fails(2, "ok - text::two  (0.00s)", 1)

    def programs_fail(self, script):
        program = self.folder / "example"
        program.write_text("#!/bin/sh\n" + script)
        program.chmod(0o755)
        return self.verdict(
            run_tests.run_programs([program], self.log, None, must_print=True))

    def plant_program_passes(self):
        return not self.programs_fail("echo fine")

    def plant_program_fails(self):
        return self.programs_fail("echo bad; exit 3")

    def plant_program_is_silent(self):
        return self.programs_fail("exit 0")

    def plant_program_skips_silently(self):
        return self.programs_fail("exit 77")

    def plant_program_is_missing(self):
        return self.verdict(run_tests.run_programs([self.folder / "none"], self.log, None))

    @staticmethod
    def most_at_once(names, patience):
        """How many of the suites run at the same time, with three workers; each waits
        for company, so many seconds."""
        lock, company, running, most = threading.Lock(), threading.Event(), [0], [0]

        def suite():
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            if most[0] > 1:
                company.set()
            company.wait(patience)
            with lock:
                running[0] -= 1
            outcome = run_tests.Outcome(1)
            outcome.passed = 1
            return outcome

        with contextlib.redirect_stdout(io.StringIO()):
            sums = run_tests.run_suites([(name, suite) for name in names], 3)
        return most[0] if sums == [len(names), 0, 0] else -1

    def plant_suites_run_together(self):
        return self.most_at_once(["docs", "readme"], 60) == 2

    def plant_suite_that_runs_alone(self):
        return self.most_at_once(["docs", run_tests.ALONE[0]], 1) == 1

    def whole_run(self, source, flags=(), arguments=("--only", "stress"), built=True):
        """(exit code, output) of a run over a tree of its own whose stress program is the source."""
        tree = self.folder / "tree"
        (tree / "tests/stress").mkdir(parents=True)
        (tree / "build/tests/stress").mkdir(parents=True)
        if source:
            program = tree / "tests/stress/program.c"
            program.write_text(source)
        if built:
            subprocess.run(["gcc", *flags, "-o", str(tree / "build/tests/stress/program"),
                            str(program)], check=True)
        script = ("import sys, pathlib, run_tests; run_tests.ROOT = pathlib.Path(sys.argv.pop(1));"
                  " sys.exit(run_tests.main())")
        done = subprocess.run(
            [sys.executable, "-c", script, str(tree), "--build", "build", "--sanitizer", "address",
             *arguments], cwd=Path(__file__).parent, stdout=subprocess.PIPE, check=False,
            stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode()

    def reports(self, source, flags, what):
        """Does a run fail by the report alone, while the program itself counts as passed?"""
        code, output = self.whole_run(source, flags)
        right = (code == 1 and what in output
                 and re.search(r"^1 passed, [1-9]\d* failed, 0 skipped\n\Z", output, re.M))
        if not right:
            print(f"---- exit code {code} and this output, where '{what}' was planted:\n{output}----")
        return bool(right)

    def plant_sound_run_passes(self):
        return self.whole_run(SOUND, ["-fsanitize=address,undefined"])[0] == 0

    def plant_overread_of_a_child(self):
        return self.reports(OVERREAD, ["-fsanitize=address"], "heap-buffer-overflow")

    def plant_leak_of_a_child(self):
        return self.reports(LEAK, ["-fsanitize=address"], "detected memory leaks")

    def plant_undefined_with_exit_code_0(self):
        return self.reports(OVERFLOW, ["-fsanitize=undefined", "-fsanitize-recover=all"],
                            "signed integer overflow")

    def plant_run_crashes(self):
        code, output = self.whole_run(CRASH)
        return code == 1 and output.endswith("0 passed, 1 failed, 0 skipped\n")

    def plant_run_lacks_a_program(self):
        code, output = self.whole_run(SOUND, built=False)
        return code == 1 and output.endswith("0 passed, 1 failed, 0 skipped\n")

    def plant_run_without_any_test(self):
        return self.whole_run(None, built=False)[0] == 1

    def plant_run_of_an_unknown_suite(self):
        return self.whole_run(SOUND, arguments=("--only", "stres"))[0] == 1


def main():
    names = [n for n in dir(Plants) if n.startswith("plant_")]
    failed = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            if not getattr(Plants(Path(folder)), name)():
                print(f"FAIL {name}")
                failed += 1
    print(f"registered {len(names)}")
    print(f"{len(names) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
