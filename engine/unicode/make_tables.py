"""make_tables.py - writes engine/unicode_tables.c from the Unicode data of ICU.

usage: python3 engine/unicode/make_tables.py > engine/unicode_tables.c

Needs PyICU with ICU 78 or newer (a wheel such as icukit-pyicu brings both). Nothing is taken on
trust: the result is held against str and unicodedata of the interpreter that runs this, at its own
version of Unicode, and tests/golden/text.py does the same for every version that it finds.

From one version of Unicode to the next code points are added, and what the tables say of the old
ones stays, but for the four in CHANGED. So a table of the newest version with the age of each entry
holds all of them. A new version: add it to VERSIONS and to unicode_data.h, and let the tests say
which old code points have changed.
"""

import sys
import unicodedata

import icu

VERSIONS = [(12, 1), (13, 0), (14, 0), (15, 0), (15, 1), (16, 0), (17, 0)]
KIND_SHIFT, STRIP_SHIFT = 7, 6  # least bytes in all
N_CODE_POINTS = 0x110000
STRIP_END = 0x30000  # nothing above it decomposes

WORD, DECIMAL, CASED, IGNORABLE, MARK, STRIPS = 1, 2, 4, 8, 16, 32  # unicode_data.h

# How the rule of the final sigma saw these before a version: (flag, version of the change).
CHANGED = {
    0x0295: (CASED, (17, 0)),
    0x055F: (0, (13, 0)),
    0x1734: (IGNORABLE, (14, 0)),
    0x1171E: (IGNORABLE, (16, 0)),
}

LETTERS_AND_NUMBERS = (1, 2, 3, 4, 5, 9, 10, 11)  # UCharCategory: Lu Ll Lt Lm Lo Nd Nl No
NFKD = icu.Normalizer2.getNFKDInstance()


def version_of(text):
    return tuple(map(int, text.split(".")[:2]))


def is_mark(c):
    return icu.Char.getCombiningClass(c) != 0


def stripped(c):
    """The compatibility decomposition without marks."""
    return "".join(d for d in NFKD.normalize(chr(c)) if not is_mark(ord(d)))


def is_hangul(c):
    return 0xAC00 <= c <= 0xD7A3  # decomposes by arithmetic


def kind_of(c):
    """(offset to lower case, flags, age) of a code point."""
    category = icu.Char.charType(c)
    if category == 0 or 0xD800 <= c <= 0xDFFF:
        return 0, 0, 0
    version = version_of(icu.Char.charAge(c))
    if version > VERSIONS[-1]:
        return 0, 0, 0
    age = sum(version > v for v in VERSIONS)
    flags = WORD * (category in LETTERS_AND_NUMBERS or c == 0x5F)
    flags |= DECIMAL * (category == 9)
    # What is ignorable is skipped before anyone asks whether it is cased.
    if icu.Char.hasBinaryProperty(c, icu.UProperty.CASE_IGNORABLE):
        flags |= IGNORABLE
    elif icu.Char.hasBinaryProperty(c, icu.UProperty.CASED):
        flags |= CASED
    if is_mark(c):
        flags |= MARK
    elif stripped(c) != chr(c):
        flags |= STRIPS
    lower = icu.Char.tolower(c) - c
    return (lower, flags, age) if lower or flags else (0, 0, 0)


def pages_of(values, shift):
    """(page of each run of 2^shift values, the different pages); a page of the first value is 0."""
    size = 1 << shift
    pages = {tuple([values[0]] * size): 0}
    index = [pages.setdefault(tuple(values[at:at + size]), len(pages))
             for at in range(0, len(values), size)]
    return index, list(pages)


def print_numbers(declaration, numbers):
    print(f"\n{declaration} = {{")
    line = "   "
    for number in numbers:
        item = f" {number},"
        if len(line) + len(item) > 100:
            print(line)
            line = "   "
        line += item
    print(f"{line}\n}};")


def check(kinds):
    """The interpreter's own answers, for the code points that its Unicode has."""
    mine = version_of(unicodedata.unidata_version)
    for c in range(N_CODE_POINTS):
        if 0xD800 <= c <= 0xDFFF:
            continue
        lower, flags, age = kinds[c] if VERSIONS[kinds[c][2]] <= mine else (0, 0, 0)
        if c in CHANGED and mine < CHANGED[c][1]:
            flags = flags & ~(CASED | IGNORABLE) | CHANGED[c][0]
        s = chr(c)
        cased = (s + "\u03a3").lower()[-1] == "\u03c2"
        passes = ("A" + s + "\u03a3").lower()[-1] == "\u03c2"
        plain = "".join(d for d in unicodedata.normalize("NFKD", s) if not unicodedata.combining(d))
        wanted = (WORD * (s.isalnum() or s == "_") | DECIMAL * s.isdecimal() | CASED * cased
                  | IGNORABLE * (passes and not cased) | MARK * (unicodedata.combining(s) != 0)
                  | STRIPS * (plain != s and not unicodedata.combining(s)))
        text = chr(c + lower) + "\u0307" * (c == 0x130)
        if (flags, text) != (wanted, s.lower()) or (flags & STRIPS and plain != stripped(c)):
            sys.exit(f"U+{c:04X}: tables {flags:#x} {text!r}, Python {wanted:#x} {s.lower()!r}")


def main():
    if version_of(icu.UNICODE_VERSION) < VERSIONS[-1]:
        sys.exit(f"ICU has Unicode {icu.UNICODE_VERSION} only")
    kinds = [kind_of(c) for c in range(N_CODE_POINTS)]
    check(kinds)
    different = sorted(set(kinds), key=lambda k: (k != (0, 0, 0), k))
    number = {kind: i for i, kind in enumerate(different)}
    kind_pages, kind_page = pages_of([number[k] for k in kinds], KIND_SHIFT)

    pool = [0]  # length, bytes; 0: nothing
    place, places = {}, [0] * STRIP_END
    for c, (_, flags, _) in enumerate(kinds):
        if not flags & STRIPS or is_hangul(c):
            continue
        text = stripped(c).encode()
        if text not in place:
            place[text] = len(pool)
            pool += [len(text), *text]
        places[c] = place[text]
    strip_pages, strip_page = pages_of(places, STRIP_SHIFT)
    assert max(len(different), len(kind_page), len(strip_page)) <= 256 and len(pool) <= 65536

    versions = ", ".join("%d.%d" % v for v in VERSIONS)
    print(f"/* unicode_tables.c - the tables of unicode_data.h. Generated: do not edit.\n"
          f" *\n"
          f" *     python3 engine/unicode/make_tables.py > engine/unicode_tables.c\n"
          f" *\n"
          f" * {len(different)} kinds of code points, from Unicode {versions}. */\n"
          f'#include "unicode_data.h"\n\n'
          f"/* clang-format off */\n"
          f"_Static_assert(WN__N_UNICODE == {len(VERSIONS) + 1} && "
          f"WN__UNICODE_KIND_SHIFT == {KIND_SHIFT} && WN__UNICODE_STRIP_SHIFT == {STRIP_SHIFT},\n"
          f'               "the header and the generator agree");')
    print_numbers(f"const wn__unicode_kind wn__unicode_kinds[{len(different)}]",
                  ("{%d, %d, %d}" % kind for kind in different))
    print_numbers(f"const uint8_t wn__unicode_kind_pages[{len(kind_pages)}]", kind_pages)
    print_numbers(f"const uint8_t wn__unicode_kind_numbers[{len(kind_page) << KIND_SHIFT}]",
                  (v for page in kind_page for v in page))
    print_numbers(f"const uint8_t wn__unicode_strip_pages[{len(strip_pages)}]", strip_pages)
    print_numbers(f"const uint16_t wn__unicode_strip_places[{len(strip_page) << STRIP_SHIFT}]",
                  (v for page in strip_page for v in page))
    print_numbers(f"const uint8_t wn__unicode_strip_pool[{len(pool)}]", pool)
    print_numbers(f"const wn__unicode_change wn__unicode_changes[{len(CHANGED)}]",
                  ("{0x%X, %d, %d}" % (c, flag, VERSIONS.index(v) + 1)
                   for c, (flag, v) in CHANGED.items()))
    sizes = (8 * len(different), len(kind_pages), len(kind_page) << KIND_SHIFT, len(strip_pages),
             2 * len(strip_page) << STRIP_SHIFT, len(pool))
    print(f"{sum(sizes)} bytes: {sizes}", file=sys.stderr)


if __name__ == "__main__":
    main()
