"""check_docs.py - what the documents promise about the tree is true.

usage: check_docs.py

  - README.md shows examples/minimal.c word for word
  - every relative link in a document leads to a file
  - every `make TARGET` in a document is a target, and every target is described for `make help`
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md",
             *sorted(ROOT.glob("models/*.md")), *sorted(ROOT.glob("train-export/*.md")),
             *sorted(ROOT.glob("tests/*/*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
MAKE = re.compile(r"(?:`|^\s*\$?\s*)make((?:\s+[A-Z]+=\S+)*)\s+([a-z][a-z-]*)", re.M)


def text_of(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


def check_example():
    """The README's program is the example that the tests build and run."""
    example = text_of(ROOT / "examples/minimal.c").strip()
    blocks = re.findall(r"^```c\n(.*?)^```", text_of(ROOT / "README.md"), re.M | re.S)
    if not example or example not in [block.strip() for block in blocks]:
        return ["README.md: no ```c block that is examples/minimal.c word for word"]
    return []


def check_present():
    wanted = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "models/LICENSE")
    return [f"{name} is missing" for name in wanted if not (ROOT / name).exists()]


def check_links():
    problems = []
    for document in DOCUMENTS:
        for target in LINK.findall(text_of(document)):
            if "://" not in target and not target.startswith("mailto:"):
                if not (document.parent / target).exists():
                    problems.append(f"{document.relative_to(ROOT)}: no file {target}")
    return problems


def check_targets():
    makefile = text_of(ROOT / "Makefile")
    phony = set(re.search(r"^\.PHONY:(.*)$", makefile, re.M).group(1).split()) - {"FORCE"}
    described = set(re.findall(r"^([a-z][a-z-]*):.*## ", makefile, re.M))
    problems = [f"Makefile: no ## description of {t}" for t in sorted(phony - described)]
    for document in DOCUMENTS:
        for _, target in MAKE.findall(text_of(document)):
            if target not in phony:
                problems.append(f"{document.relative_to(ROOT)}: no target `make {target}`")
    return problems


def main():
    checks = [check_present, check_example, check_links, check_targets]
    failed = 0
    for check in checks:
        problems = check()
        failed += bool(problems)
        for problem in problems:
            print(f"FAIL {problem}")
    print(f"registered {len(checks)}")
    print(f"{len(checks) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
