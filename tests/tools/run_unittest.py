"""run_unittest.py - runs a folder of unittest files and counts the way run_tests.py wants it.

usage: run_unittest.py FOLDER

The folder's parent is put on the module path, so that tests import what lies beside their folder.
"""

import sys
import unittest
from pathlib import Path


def all_cases(suite):
    """The single tests of a nested suite."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from all_cases(test)
        else:
            yield test


class Recorder(unittest.TextTestResult):
    """Remembers which tests began and what a whole class or module was skipped for."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.begun = set()
        self.bad = set()

    def startTest(self, test):
        super().startTest(test)
        self.begun.add(test.id())

    def addError(self, test, err):
        super().addError(test, err)
        self.bad.add(test.id())

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.bad.add(test.id())

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.bad.add(test.id())

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.bad.add(test.id())


def main():
    folder = Path(sys.argv[1]).resolve()
    sys.path.insert(0, str(folder.parent))
    suite = unittest.defaultTestLoader.discover(str(folder), pattern="test*.py",
                                                top_level_dir=str(folder))
    cases = {test.id() for test in all_cases(suite)}
    result = unittest.TextTestRunner(stream=sys.stdout, resultclass=Recorder, verbosity=2).run(suite)

    skipped = {}
    whole = {}  # "package.module" or "package.module.Class" skipped in its set-up
    for test, reason in result.skipped:
        name = test.id()
        if name in cases:
            skipped[name] = reason
        elif "(" in name:  # setUpClass (module.Class)
            whole[name.split("(")[1].rstrip(")")] = reason
    failed = []
    for name in sorted(cases):
        if name in result.bad:
            failed.append(f"{name}")
        elif name not in result.begun and name not in skipped:
            reason = next((r for k, r in whole.items() if name.startswith(k + ".")), None)
            if reason is None:
                failed.append(f"{name} did not run")
            else:
                skipped[name] = reason
    for line in failed:
        print(f"FAIL {line}")
    for name, reason in sorted(skipped.items()):
        print(f"skip {name}: {' '.join(reason.split())}")
    print(f"registered {len(cases)}")
    print(f"{len(cases) - len(failed) - len(skipped)} passed, {len(failed)} failed,"
          f" {len(skipped)} skipped")
    return 1 if failed or not result.wasSuccessful() else 0


if __name__ == "__main__":
    sys.exit(main())
