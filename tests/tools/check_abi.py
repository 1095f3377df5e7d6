"""check_abi.py - programs that were linked with an earlier libwinnow.so still work.

usage: check_abi.py [--self-test] [--update [--breaking]] BUILD

Compares include/winnow.h and BUILD/libwinnow.so with abi-baseline.txt: every exported function with
its prototype, size of every struct, place, size and type of every field, every constant. Says which
differences are additions and which break programs that are already compiled:

  addition   a function, struct or constant that is new; a field after the end of a struct whose
             first field is `size`, by which the library tells old callers from new ones
  break      all else: something gone or changed, a field in what was padding (old callers leave it
             unset), a new field of any other struct

Either fails until --update records it; a break is recorded with --breaking alone. That is also when
the first number of WN_VERSION_STRING, the library's soname, has to change; before 1.0 the second.
Environment: CC.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEADER = HERE.parent.parent / "include/winnow.h"
BASELINE = HERE / "abi-baseline.txt"
COMPILER = shlex.split(os.environ.get("CC", "gcc"))

STRUCT = re.compile(r"\bstruct (\w+) \{([^{}]*)\} \1\s*;")
ENUM = re.compile(r"\benum \w+ \{([^{}]*)\}")
FUNCTION = re.compile(r"\bWN_API (?:WN_MUST_USE )?([^;{}]*?\b(wn_\w+)\([^;{}]*\));")
CONSTANT = re.compile(r"^#define (WN_\w+) +(\S.*)$", re.M)
FIELD = re.compile(r"^(.*?)\(\*(\w+)\)(\(.*\))$|^(.*?[ *])(\w+)$")


def plain(text):
    """A declaration in one line, with one blank where any are."""
    return re.sub(r"\s+", " ", text).strip()


def fields_of(body):
    """(name, type) of every field of a struct's body."""
    for declaration in (plain(d) for d in body.split(";") if d.strip()):
        if "(" in declaration:
            result, name, parameters = FIELD.match(declaration).groups()[:3]
            yield name, plain(result) + " (*)" + parameters
            continue
        declaration, _, array = declaration.partition("[")
        first, *others = declaration.split(",")
        kind, name = FIELD.match(first).groups()[3:]
        for each in [name] + [other.strip() for other in others]:
            yield each, plain(kind) + ("[" + array if array else "")


def describe(header, library):
    """The lines of a baseline: what compiled programs rely on."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", header.read_text(), flags=re.S)
    constants = [n for n, value in CONSTANT.findall(text)
                 if re.match(r"\d|UINT", value) and "VERSION" not in n]
    text = plain(re.sub(r"^\s*#.*$", "", text, flags=re.M))
    names = constants + [item.split("=")[0].strip() for body in ENUM.findall(text)
                         for item in body.split(",") if item.strip()]
    prints = [f'printf("constant {n} %lld\\n", (long long)({n}));' for n in names]
    for struct, body in STRUCT.findall(text):
        prints.append(f'printf("struct {struct} %zu\\n", sizeof({struct}));')
        for name, kind in fields_of(body):
            prints.append(
                f'printf("field {struct}.{name} %zu %zu {kind}\\n", offsetof({struct}, {name}),'
                f" sizeof((({struct} *)0)->{name}));")
    prototypes = {name: plain(text) for text, name in FUNCTION.findall(text)}
    symbols = subprocess.run(["nm", "-D", "--defined-only", str(library)], check=True,
                             stdout=subprocess.PIPE).stdout.decode().splitlines()
    exported = sorted(line.split()[-1].split("@")[0] for line in symbols)
    lines = [f"function {name} {prototypes.get(name, '?')}" for name in exported]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "sizes.c")
        source.write_text(f'#include "{header}"\n#include <stdio.h>\nint main(void)\n{{\n'
                          + "\n".join(prints) + "\n}\n")
        subprocess.run([*COMPILER, "-o", f"{folder}/sizes", str(source)], check=True)
        told = subprocess.run([f"{folder}/sizes"], check=True, stdout=subprocess.PIPE)
    return lines + told.stdout.decode().splitlines()


def by_name(lines):
    """"kind name" -> the rest of the line."""
    split = (line.split(" ", 2) for line in lines if line and not line.startswith("#"))
    return {f"{kind} {name}": rest for kind, name, rest in split}


def compare(old_lines, new_lines):
    """(additions, breaks), each a list of sentences."""
    old, new = by_name(old_lines), by_name(new_lines)
    additions, breaks = [], []
    versioned = {key.split(".")[0].removeprefix("field ") for key, rest in old.items()
                 if key.startswith("field ") and key.endswith(".size") and rest.startswith("0 ")}
    for key in sorted(old.keys() - new.keys()):
        breaks.append(f"{key} is gone")
    for key, rest in new.items():
        kind, name = key.split(" ")
        struct = name.split(".")[0]
        if key not in old and kind == "field" and f"struct {struct}" in old:
            is_after = int(rest.split()[0]) >= int(old[f"struct {struct}"])
            if struct in versioned and is_after:
                additions.append(f"{key} is new")
            elif struct in versioned:
                breaks.append(f"{key} is new and not after the end that old callers know")
            else:
                breaks.append(f"{key} is new in a struct without a size")
        elif key not in old:
            additions.append(f"{key} is new")
        elif rest != old[key] and kind == "struct" and struct in versioned \
                and int(rest) > int(old[key]):
            additions.append(f"{key} has grown from {old[key]} to {rest}")
        elif rest != old[key]:
            breaks.append(f"{key} was {old[key]!r} and is {rest!r}")
    return additions, breaks


def self_test(lines):
    """Plants differences in a copy of the header; how many plants there are, how many went wrong."""
    def changed(old, new):
        text = HEADER.read_text()
        if text.count(old) != 1:
            raise SystemExit(f"check_abi.py: {old!r} is not once in winnow.h")
        with tempfile.TemporaryDirectory() as folder:
            header = Path(folder, "winnow.h")
            header.write_text(text.replace(old, new))
            return compare(lines, describe(header, library))

    library = Path(sys.argv[-1], "libwinnow.so")
    gone = [line for line in lines if not line.startswith("function wn_version ")]
    last = "unsigned flags;         /* WN_OPEN_... */"
    plants = {
        "nothing": (compare(lines, lines), 0, 0),
        "a new function": (compare(gone, lines), 1, 0),
        "a function is gone": (compare(lines, gone), 0, 1),
        "another prototype": (changed("wn_model_label(const wn_model *model, uint32_t label,",
                                      "wn_model_label(const wn_model *model, uint64_t label,"), 0, 1),
        "a field at the end": (changed(last, last + " double more;"), 2, 0),
        "a field in the padding": (changed(last, last + " unsigned more;"), 0, 1),
        "a field in the middle": (changed("wn_scoring scoring;\n", "double more; wn_scoring scoring;\n"),
                                  1, 5),
        "a field at the end, no size": (changed("uint32_t column;\n    double value;",
                                                "uint32_t column;\n    double value; int more;"), 0, 2),
        "a field's type": (changed("    double bias;", "    uint64_t bias;"), 0, 1),
        "a constant's value": (changed("WN_FORMAT_JSON = 1 ", "WN_FORMAT_JSON = 2 "), 0, 1),
        "a new constant": (changed("WN_FORMAT_JSON = 1 ", "WN_FORMAT_JSON = 1, WN_MORE = 2 "), 1, 0),
        "a flag's value": (changed("#define WN_OPEN_MAP 1u", "#define WN_OPEN_MAP 2u"), 0, 1),
    }
    failed = 0
    for name, ((additions, breaks), n_additions, n_breaks) in plants.items():
        if (len(additions), len(breaks)) != (n_additions, n_breaks):
            print(f"FAIL planted {name!r}: additions {additions}, breaks {breaks}")
            failed += 1
    return len(plants), failed


def main():
    parser = argparse.ArgumentParser(description="Compares the API with its recorded baseline.")
    parser.add_argument("--self-test", action="store_true", help="also plant differences")
    parser.add_argument("--update", action="store_true", help="record what is there now")
    parser.add_argument("--breaking", action="store_true", help="record breaks too")
    parser.add_argument("build", type=Path)
    options = parser.parse_args()
    if os.uname().machine != "x86_64":
        print("registered 1\nskip abi: the baseline is of x86-64\n0 passed, 0 failed, 1 skipped")
        return 0
    lines = describe(HEADER, options.build / "libwinnow.so")
    recorded = BASELINE.read_text().splitlines() if BASELINE.exists() else []
    additions, breaks = compare(recorded, lines)
    if options.update and (options.breaking or not breaks):
        BASELINE.write_text("# The ABI of libwinnow.so, x86-64. Written by check_abi.py --update.\n"
                            "# function NAME PROTOTYPE / constant NAME VALUE / struct NAME SIZE /\n"
                            "# field STRUCT.NAME OFFSET SIZE TYPE\n" + "\n".join(lines) + "\n")
        print(f"{len(additions)} additions, {len(breaks)} breaks recorded")
        return 0
    for line in breaks:
        print(f"FAIL break: {line}")
    for line in additions:
        print(f"FAIL addition, not recorded yet (check_abi.py --update): {line}")
    n, failed = self_test(lines) if options.self_test else (0, 0)
    failed += bool(additions or breaks)
    print(f"registered {n + 1}")
    print(f"{n + 1 - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
