r"""pattern - a token_pattern becomes a rule of the words extractor, or is refused.

Accepted: a sequence of items, each with a greedy quantifier: \w \W \d \D \s \S, a character, a class
[...] of those and ranges, `.`; with \b and \B between them, and at most one group.  Flags: (?u) and
(?a).  The result is written anew, so that the engine meets one spelling of each.
"""

import re

from .errors import ExportError

try:  # the standard library's own parser; its name changed with Python 3.11
    from re import _constants as sre
    from re import _parser as parser
except ImportError:  # pragma: no cover
    import sre_constants as sre
    import sre_parse as parser

ADVICE = (
    r"winnow matches items such as \w, [a-z'] or . with greedy quantifiers, \b, \B and one group; "
    r"write the pattern so, or split the text into tokens joined by spaces and use r'\S+'"
)
MAX_ITEMS = 120  # of the engine's 128 sets and 256 items, x{2,4} being four
CATEGORIES = {
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
}
BOUNDARIES = {sre.AT_BOUNDARY: r"\b", sre.AT_NON_BOUNDARY: r"\B"}
NAMES = {
    sre.BRANCH: "alternatives (|)",
    sre.MIN_REPEAT: "a lazy quantifier",
    sre.ASSERT: "look-ahead or look-behind",
    sre.ASSERT_NOT: "look-ahead or look-behind",
    sre.GROUPREF: "a back-reference",
    sre.AT: "an anchor",
}


class _Reader:
    """Turns a parse tree into a list of parts: strings, and (item, lo, hi)."""

    def __init__(self, pattern):
        self.pattern, self.n_groups = pattern, 0

    def refuse(self, what):
        raise ExportError("token_pattern=%r has %s" % (self.pattern, what), ADVICE)

    def item(self, op, value):
        """The text of something that matches one character, or None."""
        if op is sre.IN:
            if len(value) == 1 and value[0][0] is sre.CATEGORY:
                return CATEGORIES[value[0][1]]
            if list(value) == [(sre.NEGATE, None), (sre.CATEGORY, sre.CATEGORY_SPACE)]:
                return r"\S"
            return "[%s]" % "".join(self.member(*m) for m in value)
        if op is sre.CATEGORY:
            return CATEGORIES[value]
        if op is sre.LITERAL:
            return _escaped(value)
        if op is sre.NOT_LITERAL:
            return "[^%s]" % _escaped(value)
        return "." if op is sre.ANY else None

    def member(self, op, value):
        if op is sre.NEGATE:
            return "^"
        if op is sre.RANGE:
            return "%s-%s" % tuple(map(_escaped, value))
        return _escaped(value) if op is sre.LITERAL else CATEGORIES[value]

    def parts(self, tree, in_group=False):
        out = []
        for op, value in tree:
            item = self.item(op, value)
            if item is not None:
                out.append((item, 1, 1))
            elif op is sre.AT and value in BOUNDARIES:
                out.append(BOUNDARIES[value])
            elif op is sre.MAX_REPEAT:
                out.append(self.repeat(*value))
            elif op is sre.SUBPATTERN:
                out.extend(self.group(value, in_group))
            else:
                self.refuse(NAMES.get(op, "%s" % str(op).lower().replace("_", " ")))
        return out

    def repeat(self, lo, hi, tree):
        inner = self.parts(tree, True)
        if len(inner) != 1 or isinstance(inner[0], str) or inner[0][1:] != (1, 1):
            self.refuse("a repeated group")
        return inner[0][0], lo, None if hi is sre.MAXREPEAT else hi

    def group(self, value, in_group):
        number, add_flags, del_flags, tree = value
        if add_flags or del_flags:
            self.refuse("flags inside the pattern")
        if number is None:
            return self.parts(tree, in_group)
        self.n_groups += 1
        if in_group or self.n_groups > 1:
            self.refuse("more than one group, or a group inside another or repeated")
        return ["("] + self.parts(tree, True) + [")"]


def _escaped(code):
    if code == 0:
        return r"\x00"
    return re.escape(chr(code)) if code < 128 else chr(code)


def _written(part):
    if isinstance(part, str):
        return part
    item, lo, hi = part
    if (lo, hi) == (1, 1):
        return item
    short = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((lo, hi))
    if short is None:
        short = "{%d}" % lo if lo == hi else "{%d,%s}" % (lo, "" if hi is None else hi)
    return item + short


def _run(parts, item):
    """How long a maximal run of the item has to be for the pattern to match it whole, or 0."""
    items = [p for p in parts if not isinstance(p, str)]
    if not items or any(p[0] != item for p in items) or all(p[2] is not None for p in items):
        return 0
    return sum(p[1] for p in items)


def read(pattern):
    """The fields "tokens", "min_length" and "pattern" of a words block for a token_pattern."""
    if isinstance(pattern, re.Pattern):
        pattern, flags = pattern.pattern, pattern.flags
    else:
        flags = 0
    if not isinstance(pattern, str):
        raise ExportError("token_pattern=%r" % (pattern,), "winnow needs a pattern of type str")
    reader = _Reader(pattern)
    tree = parser.parse(pattern, flags)
    flags = tree.state.flags
    if flags & ~(re.UNICODE | re.ASCII | re.VERBOSE):
        reader.refuse("flags other than (?u) and (?a)")
    parts = reader.parts(tree)
    n_items = sum(p[2] or p[1] + 1 for p in parts if not isinstance(p, str))
    if n_items > MAX_ITEMS:
        reader.refuse("repeats that add up to %d items" % n_items)
    is_ascii = bool(flags & re.ASCII)
    if parts[:1] == ["("] and parts[-1:] == [")"]:
        parts = parts[1:-1]  # the group is the whole pattern
    ends = parts[parts[:1] == ["\\b"] : len(parts) - (parts[-1:] == ["\\b"])]
    if not any(isinstance(p, str) for p in ends):
        n = _run(ends, r"\w")
        if n:  # \b changes nothing at the ends of a maximal run
            return {"tokens": "ascii_word" if is_ascii else "word", "min_length": n}
        n = _run(parts, r"\S") if ends == parts and not is_ascii else 0
        if n:
            return {"tokens": "nonspace", "min_length": n}
    return {
        "tokens": "pattern",
        "pattern": ("(?a)" if is_ascii else "") + "".join(map(_written, parts)),
    }
