"""test_run_tests.py - plants what a test run must not get away with, and expects it to fail.

usage: test_run_tests.py
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import run_tests

LEAK = """
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
        stdout, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8")
        try:
            return run_tests.report_on("planted", outcome, 0.0)[1] > 0
        finally:
            sys.stdout.close()
            sys.stdout = stdout

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

    def plant_sanitizer_report_of_a_child(self):
        """A report that no exit code tells of: the file must be enough."""
        tree = self.folder / "tree"
        (tree / "tests/stress").mkdir(parents=True)
        (tree / "build/tests/stress").mkdir(parents=True)
        source = tree / "tests/stress/child.c"
        source.write_text(LEAK)
        subprocess.run(["gcc", "-fsanitize=address", "-o", str(tree / "build/tests/stress/child"),
                        str(source)], check=True)
        script = ("import sys, pathlib, run_tests; run_tests.ROOT = pathlib.Path(sys.argv.pop(1));"
                  " sys.exit(run_tests.main())")
        done = subprocess.run(
            [sys.executable, "-c", script, str(tree), "--build", "build", "--sanitizer", "address",
             "--only", "stress"], cwd=Path(__file__).parent, stdout=subprocess.PIPE, check=False)
        output = done.stdout.decode()
        return done.returncode == 1 and "heap-buffer-overflow" in output \
            and output.endswith("1 passed, 1 failed, 0 skipped\n")


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
