"""check_includes.py - the include direction between the engine's modules.

usage: check_includes.py [--root DIR] [--self-test]

Every module stands in the table below: its layer, and the side it belongs to. A file may include
headers of its own layer and of lower ones, never in a circle; the text side and the model side do
not know each other and meet where the side is "both". A library header is included by the one file
that wraps it. The command-line tool and the examples see the public header alone.
A module that is not in the table is an error: whoever adds one says where it belongs.
"""

import argparse
import fnmatch
import re
import shutil
import sys
import tempfile
from pathlib import Path

# (layer, side, modules). A module is a file name without its ending; * stands for any ending.
# Sides: "base" may be used by all, and holds the plain data that both sides read; "text" turns
# bytes into features; "model" turns files into models; "both" joins the two.
TABLE = [
    (0, "base", "base options status heap bytes file sort swar"),
    (1, "base", "utf8 unicode_* hash number string_table word_table phrase_table counter memo kernel/*"),
    (2, "text", "line paragraph normalize pattern pattern_* token_bits"),
    (2, "base", "spec"),
    (3, "base", "rows weighting block"),
    (4, "model", "tree model"),
    (4, "text", "feature feature_*"),
    (4, "model", "manifest manifest_* json_* format format_*"),
    (5, "both", "model_* fold link topk stage members decide"),
    (6, "both", "context pool linear slot"),
    (7, "both", "pipeline fasttext_line open"),
    (8, "both", "winnow convert verify explain reload"),
]

# Headers of other projects and of the system, and the files that may include them.
ONLY_IN = {
    "cblas.h": ["engine/kernel/blas.c"],
    "cJSON.h": ["engine/manifest.c"],
    "xxhash.h": ["engine/hash.c"],
    "zlib.h": ["engine/cli/*"],
    "zstd.h": ["engine/cli/*"],
    "fcntl.h": ["engine/file.c", "engine/cli/*"],
    "unistd.h": ["engine/file.c", "engine/cli/*"],
    "locale.h": ["engine/cli/*"],
    "signal.h": ["engine/cli/*"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def place_of(module):
    """The (layer, side) of a module, or None."""
    for layer, side, names in TABLE:
        if any(fnmatch.fnmatchcase(module, name) for name in names.split()):
            return layer, side
    return None


def module_of(path):
    """"engine/kernel/blas.c" -> "kernel/blas"."""
    return path.with_suffix("").as_posix().removeprefix("engine/")


def check_restricted(path, header, problems):
    name = header.rsplit("/", 1)[-1]
    allowed = ONLY_IN.get(name)
    if allowed and not any(fnmatch.fnmatchcase(path.as_posix(), a) for a in allowed):
        problems.append(f"{path}: includes {header}, which belongs in {' or '.join(allowed)}")


def check_public_only(root, path, header, problems):
    """The tool and the examples: the public headers and what lies beside the file."""
    if header in ("winnow.h", "winnow.hpp"):
        return
    if path.parts[0] == "engine" and (root / path.parent / header).exists():
        return
    problems.append(f"{path}: includes {header}, but may see only winnow.h and its own folder")


def check_engine(root, path, header, edges, problems):
    """One include of one engine file by the table; records module -> module."""
    if header == "winnow.h":
        return
    module, place = module_of(path), place_of(module_of(path))
    beside = root / path.parent / header
    target = path.parent / header if beside.exists() else Path("engine") / header
    if not (root / target).exists():
        problems.append(f"{path}: includes {header}, which is no header of the engine")
        return
    other, other_place = module_of(target), place_of(module_of(target))
    if other.startswith("cli/"):
        problems.append(f"{path}: includes {header} of the command-line tool")
    if place is None or other_place is None or other == module:
        return
    if module.startswith("kernel/") and not other.startswith("kernel/") and other_place[0] > 0:
        problems.append(f"{path}: a kernel includes {header}; kernels know only layer 0")
    if other_place[0] > place[0]:
        problems.append(f"{path} (layer {place[0]}) includes {header} (layer {other_place[0]})")
    if {place[1], other_place[1]} == {"text", "model"}:
        problems.append(f"{path} ({place[1]} side) includes {header} ({other_place[1]} side)")
    edges.setdefault(module, {})[other] = path


def find_circle(edges):
    """A list of modules that include each other in a circle, or None."""
    done = set()

    def visit(module, trail):
        if module in trail:
            return trail[trail.index(module):] + [module]
        if module in done:
            return None
        for other in sorted(edges.get(module, {})):
            circle = visit(other, trail + [module])
            if circle:
                return circle
        done.add(module)
        return None

    for start in sorted(edges):
        circle = visit(start, [])
        if circle:
            return circle
    return None


def check(root):
    """All violations under root, one line each, and the number of files that were read."""
    problems = []
    edges = {}
    files = sorted(p.relative_to(root) for pattern in
                   ("include/*.h*", "engine/**/*.[ch]", "examples/*.c*") for p in root.glob(pattern))
    for path in files:
        in_engine = path.parts[0] == "engine"
        in_tool = path.as_posix().startswith("engine/cli/")
        if in_engine and not in_tool and place_of(module_of(path)) is None:
            problems.append(f"{path}: unknown module, add it to the table in check_includes.py")
        for kind, header in INCLUDE.findall((root / path).read_text(errors="replace")):
            check_restricted(path, header, problems)
            if kind == "<":
                continue
            if in_engine and not in_tool:
                check_engine(root, path, header, edges, problems)
            else:
                check_public_only(root, path, header, problems)
    circle = find_circle(edges)
    if circle:
        problems.append("modules include each other in a circle: " + " -> ".join(circle))
    # File names are unique in the engine: a name alone says which file is meant.
    seen = {}
    for path in files:
        other = seen.setdefault(path.name, path)
        if path.parts[0] == "engine" and other != path:
            problems.append(f"{path}: {other} has the same name")
    return problems, len(files)


# A file to write into a copy of the tree, and a part of the message that must follow.
PLANTED = [
    ("missing", "engine/hash.c", '#include "winnow_planted.h"\n', "no header of the engine"),
    ("layer", "engine/utf8.h", '#include "spec.h"\n', "(layer 1) includes spec.h (layer 2)"),
    ("sides", "engine/feature.c", '#include "format.h"\n', "(text side) includes format.h (model side)"),
    ("kernel", "engine/kernel/planted.c", '#include "hash.h"\n', "a kernel includes hash.h"),
    ("tool", "engine/cli/planted.c", '#include "base.h"\n', "may see only winnow.h"),
    ("into-tool", "engine/winnow.c", '#include "cli/planted.h"\n', "of the command-line tool"),
    ("example", "examples/planted.c", '#include "base.h"\n', "may see only winnow.h"),
    ("cjson", "engine/spec.c", "#include <cjson/cJSON.h>\n", "includes cjson/cJSON.h"),
    ("cblas", "engine/score.c", "#include <cblas.h>\n", "includes cblas.h"),
    ("xxhash", "engine/bytes.c", "  #  include <xxhash.h>\n", "includes xxhash.h"),
    ("unknown", "engine/planted.c", "", "unknown module"),
    ("circle", "engine/status.c", '#include "bytes.h"\n', "in a circle: "),
    ("name", "engine/cli/hash.c", "", "has the same name"),
]


def self_test(root):
    """Plants each violation in a copy of the sources; returns the number of failed tests."""
    failed = 0
    for name, path, text, message in PLANTED:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder)
            for part in ("include", "engine", "examples"):
                if (root / part).exists():
                    shutil.copytree(root / part, copy / part)
            (copy / "engine/cli").mkdir(parents=True, exist_ok=True)
            (copy / "engine/cli/planted.h").write_text("")
            if name == "circle":
                (copy / "engine/status.h").write_text("")
                with open(copy / "engine/bytes.h", "a") as file:
                    file.write('#include "status.h"\n')
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            with open(copy / path, "a") as file:
                file.write(text)
            problems, _ = check(copy)
            if not any(message in p for p in problems):
                print(f"FAIL planted violation '{name}' in {path} was not seen")
                failed += 1
    return failed


def main():
    parser = argparse.ArgumentParser(description="Checks the include direction of the engine.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--self-test", action="store_true",
                        help="also plant violations and see them; print counts")
    options = parser.parse_args()
    problems, n_files = check(options.root)
    for problem in problems:
        print(f"FAIL {problem}" if options.self_test else problem)
    if n_files == 0:
        problems.append("no files")
        print("FAIL no files to check")
    if not options.self_test:
        return 1 if problems else 0
    failed = self_test(options.root) + (1 if problems else 0)
    print(f"registered {len(PLANTED) + 1}")
    print(f"{len(PLANTED) + 1 - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
