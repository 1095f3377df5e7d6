"""harness.py - what parity.py and corrupt.py share: running programs, counting, reporting.

Output protocol: `ok NAME (n runs)`, `not ok NAME: first difference`, `skip NAME: reason`, notes
with `#`, and at the end `N passed, N failed, N skipped`.
"""

import os
import resource
import subprocess
import sys

TIMEOUT = 60  # seconds that any one program may take


class Report:
    def __init__(self, quiet=False):
        self.passed = self.failed = self.skipped = 0
        self.quiet = quiet
        self.first_failure = None

    def _line(self, text):
        if self.quiet:
            return
        sys.stdout.write(text.replace("\n", "\\n") + "\n")
        sys.stdout.flush()

    def check(self, name, n_runs, failures):
        """One group: failures is a list of texts, the first of them is shown."""
        if failures:
            self.failed += 1
            self.first_failure = self.first_failure or f"{name}: {failures[0]}"
            more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
            self._line(f"not ok {name}: {failures[0]}{more}")
        else:
            self.passed += 1
            self._line(f"ok {name} ({n_runs} runs)")

    def skip(self, name, reason):
        self.skipped += 1
        self._line(f"skip {name}: {reason}")

    def note(self, text):
        self._line(f"# {text}")

    def finish(self):
        """Prints the totals; the exit code for the program."""
        self._line(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed or not self.passed else 0


class Outcome:
    """What a program did: exit code (negative: a signal; None: too slow), output, messages."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def describe(self):
        what = "ran too long" if self.code is None else f"exit {self.code}"
        return f"{what}, stdout {self.out[:80]!r}, stderr {self.err[-200:]!r}"


def run(command, stdin=None, timeout=TIMEOUT, limit_memory=0, limit_cpu=0):
    """Runs a program. stdin: bytes (a pipe), an open file, or None. limit_memory: bytes of address
    space, limit_cpu: seconds of processor time; 0: no limit."""
    setup = None
    if limit_memory or limit_cpu:
        def setup():
            if limit_memory:
                resource.setrlimit(resource.RLIMIT_AS, (limit_memory, limit_memory))
            if limit_cpu:
                resource.setrlimit(resource.RLIMIT_CPU, (limit_cpu, limit_cpu))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    is_pipe = isinstance(stdin, bytes)
    source = {"input": stdin} if is_pipe else {"stdin": stdin or subprocess.DEVNULL}
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout, preexec_fn=setup,
                              check=False, env=dict(os.environ, LC_ALL="C"), **source)
    except subprocess.TimeoutExpired as slow:
        return Outcome(None, slow.stdout or b"", slow.stderr or b"")
    return Outcome(done.returncode, done.stdout, done.stderr)


def _window(line, column):
    start = max(0, column - 40)
    cut = line[start : column + 60]
    return ("..." if start else "") + repr(cut)[1:]


def first_difference(expected, actual):
    """Where two outputs part: line number and both lines around the column; None if equal."""
    if expected == actual:
        return None
    want, have = expected.split(b"\n"), actual.split(b"\n")
    for number, (a, b) in enumerate(zip(want, have), 1):
        if a != b:
            column = len(os.path.commonprefix([a, b]))
            return (f"line {number} column {column + 1}: expected {_window(a, column)} "
                    f"got {_window(b, column)}")
    return f"expected {len(want) - 1} lines, got {len(have) - 1}"
