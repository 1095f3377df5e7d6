"""text.py - lower case, accents and words against Python itself.

usage: text.py --winnow WINNOW [--long | --short]

The engine's text side runs in tests/golden/text_driver beside the tool. Every code point and random
strings go through it and through str.lower, unicodedata and re; strings are weighted to what is
hard: sigmas, dotted capital I, marks, jamo, joiners, white space of all kinds, all planes. This
interpreter stands for its version of Unicode; other Pythons that are installed (python3.8 and newer
on the path or under pyenv) do the same for theirs. Standard library only, Python 3.8 and newer.
"""

import argparse
import concurrent.futures
import glob
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import unicodedata

VERSIONS = ("12.1", "13.0", "14.0", "15.0", "15.1", "16.0", "17.0")
LOWER, STRIP, ASCII = 32, 64, 128  # normalize.h
WORD, DECIMAL, CASED, IGNORABLE, MARK, STRIPS = 1, 2, 4, 8, 16, 32  # unicode_data.h
UNICODE = ".".join(unicodedata.unidata_version.split(".")[:2])
SIGMA, FINAL, END = "\u03a3", "\u03c2", "\ue000"

# The rules of token_pattern that runs of characters stand for: (rule, min_length, pattern).
RULES = [
    ("word", 2, r"(?u)\b\w\w+\b"),
    ("word", 1, r"\w+"),
    ("word", 3, r"(?u)\b\w{3,}\b"),
    ("nonspace", 1, r"\S+"),
    ("nonspace", 2, r"[^\s]{2,}"),
    ("ascii_word", 1, r"(?a)\w+"),
]
PATTERNS = [
    r"(?u)\b\w\w+\b", r"\w+", r"\b\w+\b", r"(?u)\w{3,}", r"\S+", r"[^\s]+", r"[a-z]{2,}",
    r"\b[a-z]{2,}\b", r"\b[a-zA-Z0-9]{2,5}\b", r"\b\w[\w'-]*\w\b", r"\b[^\W\d_]+\b", r"(\w*)",
    r"(?u)\b(\w)\w*\b", r"(?a)\b\w+\b", r"(?a)\W+", r"\d+", r"\D+",
    r"\s+", r"(?a)\s+", r"(?a)[^\s\d]+", r".", r".*", r".+\b", r"\w*", r"\B\w*", r"\w?\w?\w?\b",
    r"x*", r"[^\w\s]", r"a*a?a{2}b?", r"\w{2,4}\B", r"[\w.]+@[\w.]+", r"\w+[.,]\w+", r"#(\w{1,})",
    r"[\u0300-\u036f\u200d]+", r"[]a-c^-]+", r"[^]\-\\]+", r"\w{,2}\W", r"a{b}", r"\x61\.?",
    r"\bσ\w*ς\b", r"[Σσς]+", r"(\w*)\s", r"\w+(\s*)\w", r"[\s\S]{3}",
    r"[\d_]+", r"\b", r"(?u)", r"[\W_]{0}\w", r"(?u)[À-ÿ]+", r"\w[\w\u200c\u200d]*",
]
# Patterns that have to be refused, and what the message has to say.
REFUSED = [
    (r"\w+|\d+", "alternation", 3), (r"^\w+", "anchor", 0), (r"\w+$", "anchor", 3),
    (r"\A\w", "anchor", 0), (r"\w\Z", "anchor", 2), (r"(?:\w+)", "without capture", 0),
    (r"\w+(?=\s)", "look-ahead", 3), (r"\w+(?!\s)", "look-ahead", 3),
    (r"(?<=a)b", "look-behind", 0), (r"é(?<!a)b", "look-behind", 1), (r"(\w)\1", "back-reference", 4),
    (r"(?P<a>\w)", "named group", 0), (r"(?P=a)", "back-reference", 0), (r"(?>\w)", "atomic", 0),
    (r"(?i)\w", "flag", 0), (r"(?x)\w", "flag", 0), (r"(?s).", "flag", 0), (r"\w(?u)", "flag", 2),
    (r"(?#c)a", "comment", 0), (r"(a)?(?(1)b)", "repeated group", 3), (r"(\w+)*", "repeated group", 5),
    (r"(\w){2}", "repeated group", 4), (r"(a(b))", "group inside a group", 2),
    (r"(a)(b)", "second group", 3), (r"\w+?", "lazy", 3), (r"\w*?", "lazy", 3), (r"\w??", "lazy", 3),
    (r"\w{2}?", "lazy", 5), (r"\w++", "possessive", 3), (r"\w+*", "second quantifier", 3),
    (r"\w{2}{3}", "second quantifier", 5), (r"*a", "nothing to repeat", 0),
    (r"\b+", "nothing to repeat", 2), (r"(+a)", "nothing to repeat", 1), (r"\q", "escape", 0),
    (r"[\q]", "escape", 1), (r"\x6", "no character", 0), (r"\U00110000", "no character", 0),
    (r"\N{DASH}", "named character", 0), ("a\\", "backslash", 1), (r"[a", "without its end", 0),
    (r"[]", "without its end", 0), (r"[z-a]", "range", 1), (r"[\w-z]", "range", 1),
    (r"[a-\d]", "range", 1), (r"(a", "without its end", 0), (r"a)", "closes nothing", 1),
    (r"a{3,2}", "least above its most", 1), (r"a{257}", "more than", None),
    (r"\w{1,100}\w{1,200}", "more than", None), (r"a{99999999999}", "more than", None),
]


# ---- The driver ----------------------------------------------------------------------------------

class Driver:
    def __init__(self, path):
        self.path = path

    def run(self, arguments, texts=()):
        records = b"".join(struct.pack("<I", len(t)) + t for t in texts)
        done = subprocess.run([self.path, *map(str, arguments)], input=records,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise RuntimeError("%s: exit %d, %s" % (arguments, done.returncode, done.stderr.decode()))
        return done.stdout

    def normalize(self, steps, texts):
        """The texts, each with FE behind it."""
        return self.run(["normalize", steps, UNICODE], texts)

    def tokens(self, texts, rule, min_length, *pattern):
        """The same of their tokens, each with FF behind it."""
        return self.run(["tokens", rule, min_length, UNICODE, *pattern], texts)


# ---- What Python says ------------------------------------------------------------------------------

def strip(text):
    """scikit-learn's strip_accents_unicode."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def expected(steps, strings):
    """All at once: a private character is nothing to any rule, like the end of the text."""
    text = END.join(strings)
    if steps & LOWER:
        text = text.lower()
    if steps & (STRIP | ASCII):
        text = strip(text)
    texts = text.split(END)
    if steps & ASCII:
        return [t.encode("ascii", "ignore") for t in texts]
    return [t.encode() for t in texts]


def flags_of(characters):
    cased = expected(LOWER, (c + SIGMA for c in characters))
    passes = expected(LOWER, ("A" + c + SIGMA for c in characters))
    stripped = expected(STRIP, characters)
    final = FINAL.encode()
    flags = bytearray()
    for i, c in enumerate(characters):
        mark = unicodedata.combining(c) != 0
        is_cased = cased[i].endswith(final)
        flags.append(
            WORD * (c.isalnum() or c == "_") | DECIMAL * c.isdecimal() | CASED * is_cased
            | IGNORABLE * (passes[i].endswith(final) and not is_cased) | MARK * mark
            | STRIPS * (not mark and stripped[i] != c.encode()))
    return flags


def code_points():
    """All of them but END and the surrogates."""
    return [chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF and chr(c) != END]


SETS = [
    "abcxyzABCXYZ", "abc012_", SIGMA * 3 + FINAL + "σσαβΑΒ", "\u0130Iiı\u212a\u212bẞß",
    "'.:^`\u00ad\u2019\u00b7", "\u0300\u0301\u0327\u0345\u05b0\u0f73\u1037\u3099\u20dd\u0903",
    "\u1100\u1161\u11a8가각힣", "\u200c\u200d\u2060\ufeff\u00ad", "àéîõüÀÉÎÕÜçÇłŁøØåÅ",
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000", " \n\n ",
    "!?,;-/\\()[]@#", "aab{}{b}a,", "ﬁﬃ½²™…ℂᴬ①㎏㌔ﷺ\u2057\u2a0c㍿ａＡ０！", "日本語ไทยहिन्दी", "жЖщЩ՝ա",
    "\U0001f600\U0001f1e6\U0001d400\U00010400\U00010428\U0002f800\U000e0041\U000f0000\U0010ffff",
    "\0\x7f\x80\u07ff\u0800\uffff\U00010000", "0123456789٣४\u00b2\u2460",
]


def random_strings(n, seed, most=14):
    rng = random.Random(seed)
    strings = []
    for _ in range(n):
        chosen = rng.choices(SETS, k=rng.randint(1, 4))
        pool = "".join(chosen)
        text = "".join(rng.choices(pool, k=rng.randint(0, most)))
        if rng.random() < 0.1:  # any plane
            c = rng.randrange(0x110000)
            text += chr(c if not 0xD800 <= c <= 0xDFFF else 0xFFFD)
        strings.append(text)
    return strings


# ---- Checks: (name, number of cases, failures) -----------------------------------------------------

def differing(names, wanted, found, limit=3):
    """wanted: a list; found: the same, or what the driver wrote."""
    if isinstance(found, bytes):
        if b"".join(w + b"\xfe" for w in wanted) == found:
            return []
        found = found.split(b"\xfe")[:-1]
    wrong = [(n, w, f) for n, w, f in zip(names, wanted, found) if w != f]
    if not wrong and len(wanted) != len(found):
        return ["%d answers, not %d" % (len(found), len(wanted))]
    return ["%s: expected %s, got %s" % (ascii(n), ascii(w), ascii(f)) for n, w, f in wrong[:limit]] \
        + ["%d more" % (len(wrong) - limit)] * (len(wrong) > limit)


def check_kinds(driver):
    kinds = driver.run(["kinds", UNICODE])
    every = code_points()
    yield ("kind of every code point", len(every),
           differing(every, flags_of(every), [kinds[ord(c)] for c in every]))


STEPS = [("lower", LOWER), ("strip_accents_unicode", STRIP), ("strip_accents_ascii", ASCII),
         ("lower, strip_accents_unicode", LOWER | STRIP), ("lower, strip_accents_ascii", LOWER | ASCII)]


def check_code_points(driver, all_steps):
    every = code_points()
    texts = [c.encode() for c in every]
    for name, steps in all_steps:
        yield ("%s of every code point" % name, len(every), differing(
            every, expected(steps, every), driver.normalize(steps, texts)))


def check_strings(driver, n, seed):
    strings = random_strings(n, seed)
    texts = [s.encode() for s in strings]
    for name, steps in STEPS:
        yield ("%s of random strings" % name, n, differing(
            strings, expected(steps, strings), driver.normalize(steps, texts)))


def find_all(pattern, strings):
    find = re.compile(pattern).findall
    return [b"".join([t.encode() + b"\xff" for t in find(s)]) for s in strings]


def check_tokens(driver, n, seed):
    strings = random_strings(n, seed, 20)
    texts = [s.encode() for s in strings]
    cases = [(pattern, (rule, length)) for rule, length, pattern in RULES]
    cases += [(pattern, ("pattern", 1, pattern)) for pattern in PATTERNS]
    for pattern, arguments in cases:
        yield ("%s, %s" % (arguments[0], ascii(pattern)), n, differing(
            strings, find_all(pattern, strings), driver.tokens(texts, *arguments)))


def random_pattern(rng):
    """A pattern of the subset."""
    atoms = [r"\w", r"\W", r"\d", r"\s", r"\S", ".", "a", "b", "Σ", "é", r"\.", r"[ab]", r"[^ab\s]",
             r"[\w'-]", r"[^\W\d_]", r"[a-zà-ÿ]", " ", r"\-"]
    quantifiers = ["", "", "", "*", "+", "?", "{2}", "{1,}", "{,2}", "{1,3}", "{0,1}"]
    parts = []
    for _ in range(rng.randint(1, 6)):
        parts.append(rng.choice(atoms) + rng.choice(quantifiers))
        if rng.random() < 0.2:
            parts.append(rng.choice((r"\b", r"\B")))
    if rng.random() < 0.3:
        begin = rng.randint(0, len(parts))
        parts.insert(rng.randint(begin, len(parts)), ")")
        parts.insert(begin, "(")
    return rng.choice(("", "", "(?u)", "(?a)")) + "".join(parts)


def check_random_patterns(driver, n_patterns, n, seed):
    rng = random.Random(seed)
    strings = random_strings(n, seed + 1, 20) + ["".join(rng.choices("ab Σé.-'1", k=12))
                                                for _ in range(n)]
    texts = [s.encode() for s in strings]
    failures = []
    for _ in range(n_patterns):
        pattern = random_pattern(rng)
        wanted, found = find_all(pattern, strings), driver.tokens(texts, "pattern", 1, pattern)
        failures += ["%s on %s" % (ascii(pattern), f) for f in differing(strings, wanted, found)]
    yield "random patterns", n_patterns * len(strings), failures


def check_refusals(driver):
    for pattern, message, position in REFUSED:
        done = subprocess.run([driver.path, "tokens", "pattern", "1", UNICODE, pattern],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=False)
        said = done.stderr.decode()
        where = "" if position is None else " at position %d " % position
        fine = done.returncode == 2 and message in said and where in said
        yield ("refused: %s" % ascii(pattern), 1, [] if fine else ["exit %d, %s" % (done.returncode, said)])


def check_planted(driver):
    """A comparison that has to fail: another version, the wrong pattern, no final sigma."""
    strings = ["a" + SIGMA]
    found = driver.normalize(LOWER, [s.encode() for s in strings])
    yield ("planted: no final sigma", 1,
           [] if differing(strings, ["aσ".encode()], found) else ["not seen"])
    found = driver.normalize(LOWER, [b"A", b"B"])
    yield "planted: an answer less", 1, [] if differing("AB", [b"a"], found) else ["not seen"]
    found = driver.tokens([b"don't"], "pattern", 1, r"\w+")
    yield ("planted: another pattern", 1,
           [] if differing(["don't"], [b"don't\xff"], found) else ["not seen"])
    kinds = driver.run(["kinds", VERSIONS[(VERSIONS.index(UNICODE) + 1) % len(VERSIONS)]])
    every = code_points()
    yield ("planted: another version of Unicode", 1,
           [] if differing(every, flags_of(every), [kinds[ord(c)] for c in every]) else ["not seen"])


def all_checks(driver, scale, is_child):
    """scale: 1, or more or less work."""
    yield from check_kinds(driver)
    if is_child and scale < 1:
        return
    yield from check_code_points(driver, STEPS[:2] if is_child else STEPS[:4])
    if is_child:
        yield from check_strings(driver, int(5000 * scale), 5)
        return
    yield from check_strings(driver, int(200000 * scale), 1)
    yield from check_tokens(driver, int(20000 * scale), 2)
    yield from check_random_patterns(driver, int(60 * scale) + 1, 500, 3)
    yield from check_refusals(driver)
    yield from check_planted(driver)


# ---- Other Pythons ---------------------------------------------------------------------------------

def other_pythons():
    """{version of Unicode: path} of interpreters with another version than this one."""
    names = [shutil.which("python3.%d" % minor) for minor in range(8, 20)]
    root = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    names += sorted(glob.glob(os.path.join(root, "versions/3.*/bin/python")))
    ask = "import unicodedata as u; print('.'.join(u.unidata_version.split('.')[:2]))"
    found = {}
    for name in filter(None, names):
        done = subprocess.run([name, "-I", "-c", ask], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False)
        version = done.stdout.decode().strip()
        if done.returncode == 0 and version in VERSIONS and version != UNICODE:
            found.setdefault(version, name)
    return found


def run_child(python, driver, scale):
    done = subprocess.run([python, "-I", os.path.abspath(__file__), "--driver", driver, "--scale",
                           str(scale)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        return [["the comparison", 1, [done.stderr.decode()[-300:]]]]
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description="Holds the text side against Python.")
    parser.add_argument("--winnow")
    parser.add_argument("--long", action="store_true", help="ten times the strings")
    parser.add_argument("--short", action="store_true", help="a tenth of the strings, and less of other Pythons")
    parser.add_argument("--driver", help=argparse.SUPPRESS)
    parser.add_argument("--scale", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.driver:
        checks = all_checks(Driver(options.driver), options.scale, True)
        json.dump([list(check) for check in checks], sys.stdout)
        return 0

    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import harness

    path = os.path.join(os.path.dirname(os.path.abspath(options.winnow)), "tests/golden/text_driver")
    scale = 10 if options.long else 0.1 if options.short else 1
    report = harness.Report()
    n_checks = 0
    pool = concurrent.futures.ThreadPoolExecutor(1)  # beside this process
    others = {version: pool.submit(run_child, python, path, scale)
              for version, python in other_pythons().items()}
    for check in all_checks(Driver(path), scale, False):
        report.check("Unicode %s: %s" % (UNICODE, check[0]), *check[1:])
        n_checks += 1
    for version in VERSIONS:
        if version == UNICODE:
            continue
        n_checks += 1
        if version not in others:
            report.skip("Unicode %s" % version, "no Python with it")
            continue
        checks = others[version].result()
        failures = ["%s: %s" % (name, f) for name, _, fs in checks for f in fs]
        report.check("Unicode %s" % version, sum(n for _, n, _ in checks), failures)
    print("registered %d" % n_checks)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
