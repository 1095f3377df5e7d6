"""token_pattern: which patterns become which rule, and that every rewritten one finds the same tokens."""

import os
import random
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), HERE]

import documents
from winnow_train import token_words
from winnow_train.export import ExportError, pattern


def rule(tokens, n):
    return {"tokens": tokens, "min_length": n}


class Rules(unittest.TestCase):
    def test_runs(self):
        for given, expected in (
            (r"(?u)\b\w\w+\b", rule("word", 2)),
            (r"\w+", rule("word", 1)),
            (r"\b\w{3,}\b", rule("word", 3)),
            (r"(\w\w\w*)", rule("word", 2)),
            (r"(?:\w)\w+", rule("word", 2)),
            (r"(?x) \w \w+ # words", rule("word", 2)),
            (r"(?a)\b\w\w+\b", rule("ascii_word", 2)),
            (r"\S+", rule("nonspace", 1)),
            (r"[^\s]{2,}", rule("nonspace", 2)),
            (re.compile(r"\w+", re.ASCII), rule("ascii_word", 1)),
        ):
            with self.subTest(pattern=given):
                self.assertEqual(pattern.read(given), expected)

    def test_patterns_in_one_spelling(self):
        for given, expected in (
            (r"\b\S+\b", r"\b\S+\b"),
            (r"\w*", r"\w*"),
            (r"\w{2,5}", r"\w{2,5}"),
            (r"(?a)\S+", r"(?a)\S+"),
            (r"[a-z]{2,}", r"[a-z]{2,}"),
            (r"[^\W\d_]+", r"[^\W\d_]+"),
            (r"[a|b]", r"[a\|b]"),
            (r"a|b", r"[ab]"),
            (r"[]^-]", r"[\]\^\-]"),
            (r"\w{,3}x{4}", r"\w{0,3}x{4}"),
            (r"#(\w+)", r"\#(\w+)"),
            ("\\x41\\u00e9\u6f22.", "Aé漢."),
            (r"[^a]", r"[^a]"),
            (r"\B\d\D?\s", r"\B\d\D?\s"),
        ):
            with self.subTest(pattern=given):
                self.assertEqual(pattern.read(given), {"tokens": "pattern", "pattern": expected})

    def test_bytes(self):
        with self.assertRaises(ExportError):
            pattern.read(re.compile(rb"\w+"))


class Equal(unittest.TestCase):
    """On random texts a rule finds what the pattern finds."""

    def found(self, fields, text):
        tokens, n = fields["tokens"], fields.get("min_length", 1)
        return token_words.extractor(tokens, n, (1, 1), (), fields.get("pattern"))(text)

    def test_random_patterns(self):
        rng = random.Random(5)
        items = [r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", "a", "-", r"\.", ".", "[a-z]", "[^a-zé]", r"[\w'-]",
                 r"[^\s\d]", "[À-ÿ_]", "é", r"[\d.,]"]  # fmt: skip
        quantifiers = ["", "", "", "+", "*", "?", "{2}", "{1,3}", "{2,}"]
        texts = [documents.decoded(t) for t in documents.test(60, 3)]
        for _ in range(400):
            parts = [rng.choice(items) + rng.choice(quantifiers) for _ in range(rng.randint(1, 4))]
            for boundary in (r"\b", r"\B"):
                if rng.random() < 0.3:
                    parts.insert(rng.randint(0, len(parts)), boundary)
            if rng.random() < 0.2:
                parts.insert(rng.randint(0, len(parts)), "(")
                parts.insert(rng.randint(parts.index("(") + 1, len(parts)), ")")
            given = rng.choice(["", "(?u)", "(?a)"]) + "".join(parts)
            fields = pattern.read(given)
            for text in rng.sample(texts, 12):
                self.assertEqual(self.found(fields, text), re.findall(given, text), (given, text))


if __name__ == "__main__":
    unittest.main()
