"""The mirror's text side against published vectors and scikit-learn itself."""

import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer

from winnow_train import hash as hashing
from winnow_train import normalize as norm
from winnow_train import token_chars, token_words
from winnow_train.feature import Block

# Characters that tokenizers trip over: marks, white space of all kinds, planes 0 to 16.
ODD = "aAbBzZ01__''..,,!?-  \t\n\r\x0b\x1c\x1f\x85\xa0\u1680\u2003\u2028\u202f\u3000é’“”…–—\u00ad\u200b\u200d\ufeffßİΣ日本हि́😀\U0010fffd\0"


def random_texts(n, seed):
    rng = random.Random(seed)
    sets = ("abc", "abc", "abcé", "ab c1", ODD)
    return [
        "".join(rng.choice(rng.choice(sets)) for _ in range(rng.randint(0, 80))) for _ in range(n)
    ]


class Hash(unittest.TestCase):
    def test_published_vectors(self):
        self.assertEqual(hashing.murmur3(b"foo"), -156908512)
        self.assertEqual(hashing.murmur3("été".encode()), 865297935)
        self.assertEqual(hashing.murmur3(b""), 0)

    def test_golden_columns(self):
        found = {}
        for word in "dog cat snake snake".split():
            column, sign = hashing.column(word, 8, True)
            found[column] = found.get(column, 0) + sign
        self.assertEqual(found, {3: -2.0, 5: -1.0, 7: 1.0})


class Normalize(unittest.TestCase):
    def check(self, step, text, expected):
        self.assertEqual(norm.normalize(text, [step]), expected)

    def test_fold_punctuation(self):
        self.check("fold_punctuation", "‘a’ ‚b‛ 5′", "'a' 'b' 5'")
        self.check("fold_punctuation", "“a” „b‟ «c» 5″", '"a" "b" "c" 5"')
        self.check("fold_punctuation", "a‐b‑c‒d–e—f―g−h", "a-b-c-d-e-f-g-h")
        self.check("fold_punctuation", "wait…", "wait...")
        self.check("fold_punctuation", "a\u00a0b\u2009c\u3000d\u2028e\u0085f", "a b c d e f")
        self.check("fold_punctuation", "so\u00adft\u200b\u200c\u200d\u2060\ufeff", "soft")
        self.check("fold_punctuation", "é·‹›日\t\n", "é·‹›日\t\n")

    def test_lower_ascii_only(self):
        self.check("lower_ascii", "AZ[`az É İ Σ", "az[`az É İ Σ")

    def test_digits_to_zero(self):
        self.check("digits_to_zero", "1999-12 ٣ ²", "0000-00 ٣ ²")

    def test_space_punctuation(self):
        self.check("space_punctuation", "don't", "don ' t")
        self.check("space_punctuation", "a_b~", "a _ b ~ ")
        self.check("space_punctuation", "..", " .  . ")
        every = "".join(map(chr, range(0x20, 0x7F)))
        kept = norm.normalize(every, ["space_punctuation"]).replace(" ", "")
        self.assertEqual(kept, every.replace(" ", ""))
        self.check("space_punctuation", "«é”", "«é”")

    def test_steps_keep_their_order(self):
        self.assertEqual(norm.normalize("It’s…", norm.STEPS), "it ' s .  .  . ")
        with self.assertRaises(ValueError):
            norm.check_steps(["lower_ascii", "fold_punctuation"])
        with self.assertRaises(ValueError):
            norm.check_steps(["lower_ascii", "lower_ascii"])

    def test_invalid_bytes(self):
        # One U+FFFD for each maximal invalid part.
        self.assertEqual(
            norm.normalize(b"a\xffb\xe2\x80c\xf0\x9f\x98", []), "a\ufffdb\ufffdc\ufffd"
        )
        self.assertEqual(norm.normalize(b"\xed\xa0\x80", []), "\ufffd" * 3)


class Python(unittest.TestCase):
    """lower and the accents: golden vectors, and scikit-learn's own functions."""

    def check(self, steps, text, expected):
        self.assertEqual(norm.normalize(text, steps), expected)

    def test_lower(self):
        self.check(["lower"], "ΟΔΟΣ ΑΣ. ΑΣ'Β", "οδος ας. ασ'β")
        self.check(["lower"], "İ ẞ K", "i̇ ß k")
        self.check(["lower", "strip_accents_unicode"], "İstanbul", "istanbul")

    def test_accents(self):
        text = "½ ™ … Å ﬁ x² हिन्दी Łódź"
        plain = norm.normalize(text, ["lower", "strip_accents_unicode"])
        words = token_words.extractor("word", 2, (1, 1))(plain)
        self.assertEqual(words, ["TM", "fi", "x2", "नद", "łodz"])
        self.check(["strip_accents_ascii"], "Straße 日本 é", "Strae  e")

    def test_the_steps_have_an_order(self):
        norm.check_steps(["fold_punctuation", "lower", "strip_accents_unicode"])
        with self.assertRaises(ValueError):
            norm.check_steps(["strip_accents_unicode", "lower"])

    def test_equals_scikit_learn(self):
        for accents in (None, "unicode", "ascii"):
            theirs = TfidfVectorizer(strip_accents=accents).build_preprocessor()
            steps = ["lower"] + (["strip_accents_" + accents] if accents else [])
            for text in random_texts(500, 3):
                self.assertEqual(norm.normalize(text, steps), theirs(text))

    def test_unicode_is_a_version_that_the_engine_knows(self):
        self.assertIn(norm.UNICODE, "12.1 13.0 14.0 15.0 15.1 16.0 17.0".split())


class Words(unittest.TestCase):
    def test_token_classes(self):
        text = "don't co_op été\u00a0x2 日本\u3000a😀b"
        cases = {
            "ascii_word": ["don", "t", "co_op", "t", "x2", "a", "b"],
            "letters": ["don", "t", "co_op", "été", "x2", "日本", "a😀b"],
            "nonspace": ["don't", "co_op", "été", "x2", "日本", "a😀b"],
            "word": ["don", "t", "co_op", "été", "x2", "日本", "a", "b"],
        }
        for tokens, expected in cases.items():
            with self.subTest(tokens=tokens):
                self.assertEqual(token_words.extractor(tokens, 1, (1, 1))(text), expected)

    def test_white_space_is_isspace(self):
        self.assertEqual(
            [
                c
                for c in range(0x110000)
                if token_words.extractor("nonspace", 1, (1, 1))(chr(c)) == []
            ],
            [c for c in range(0x110000) if chr(c).isspace()],
        )

    def test_patterns_may_find_empty_words(self):
        words = token_words.extractor("pattern", 1, (1, 2), pattern=r"(\w*)")("Hi yo")
        self.assertEqual(words, ["Hi", "", "yo", "", "Hi ", " yo", "yo "])

    def test_word_of_two_is_the_default_of_scikit_learn(self):
        ours = token_words.extractor("word", 2, (1, 1))
        theirs = TfidfVectorizer(lowercase=False).build_analyzer()
        for text in random_texts(500, 5):
            self.assertEqual(ours(text), theirs(text))

    def test_min_length_counts_code_points(self):
        self.assertEqual(
            token_words.extractor("letters", 2, (1, 1))("é ab 日 日本"), ["ab", "日本"]
        )

    def test_ngrams_bridge_stop_words(self):
        found = token_words.extractor("letters", 1, (1, 2), ["the", "of"])("the state of the art")
        self.assertEqual(found, ["state", "art", "state art"])
        self.assertEqual(token_words.extractor("letters", 1, (2, 3))("one"), [])


class Chars(unittest.TestCase):
    def test_golden_char_wb(self):
        expected = [
            " a",
            "ab",
            "b,",
            ",c",
            "c ",
            " ab",
            "ab,",
            "b,c",
            ",c ",
            " ab,",
            "ab,c",
            "b,c ",
        ]
        self.assertEqual(token_chars.chars_wb("ab,c", 2, 4), expected)
        self.assertEqual(token_chars.chars_wb("a", 2, 4), [" a", "a ", " a "])

    def test_golden_char(self):
        self.assertEqual(token_chars.chars("a \n b", 1, 3), ["a", " ", "b", "a ", " b", "a b"])
        self.assertEqual(token_chars.chars("a\nb", 3, 3), ["a\nb"])

    def test_equals_scikit_learn(self):
        for name, analyzer in (("chars", "char"), ("chars_wb", "char_wb")):
            for lo, hi in ((1, 1), (2, 4), (3, 5), (5, 5)):
                theirs = TfidfVectorizer(analyzer=analyzer, ngram_range=(lo, hi), lowercase=False)
                ours, split = token_chars.extractor(name, (lo, hi)), theirs.build_analyzer()
                for text in random_texts(300, 7):
                    self.assertEqual(ours(text), split(text), (name, lo, hi, text))


BLOCKS = [
    ({"extractor": "words", "tokens": t, "min_length": m, "ngrams": list(n)}, "word")
    for t in ("ascii_word", "letters", "nonspace", "word")
    for m, n in ((1, (1, 2)), (2, (1, 1)), (3, (2, 3)))
] + [
    ({"extractor": "words", "tokens": "pattern", "pattern": r"\b\w[\w'-]*\b", "ngrams": [1, 2]}, "word"),
    ({"extractor": "chars", "ngrams": [2, 3]}, "char"),
    ({"extractor": "chars_wb", "ngrams": [2, 4]}, "char_wb"),
]


def options(fields, analyzer):
    out = {"analyzer": analyzer, "ngram_range": tuple(fields["ngrams"]), "lowercase": False}
    if analyzer == "word":
        out["token_pattern"] = token_words.token_pattern(
            fields["tokens"], fields.get("min_length", 1), fields.get("pattern", "")
        )
    return out


def matrix(block, texts, width):
    rows = [dict(block.weights(t)) for t in texts]
    at = [(r, c, v) for r, row in enumerate(rows) for c, v in row.items()]
    r, c, v = zip(*at)
    return sp.csr_matrix((v, (r, c)), shape=(len(texts), width))


class Features(unittest.TestCase):
    """Block.weights against TfidfVectorizer and HashingVectorizer."""

    def compare(self, block, theirs, texts, told):
        ours = matrix(block, texts, theirs.shape[1])
        self.assertGreater(theirs.nnz, 100)
        self.assertLessEqual(abs(ours - theirs).max(), 1e-12, told)

    def test_tfidf_vectorizer(self):
        texts = random_texts(200, 11)
        for fields, analyzer in BLOCKS:
            for kind in ({"sublinear_tf": True}, {"binary": True}, {"norm": "l1"}, {"norm": None}):
                v = TfidfVectorizer(**options(fields, analyzer), **kind)
                x = v.fit_transform(texts)
                weighting = {"norm": "l2", **kind, "idf": v.idf_}
                weighting["norm"] = weighting["norm"] or "none"
                terms = list(v.get_feature_names_out())
                block = Block({**fields, "terms": terms, "weighting": weighting})
                self.compare(block, x, texts, (fields, kind))

    def test_hashing_vectorizer(self):
        texts = random_texts(120, 13)
        for fields, analyzer in BLOCKS:
            for alternate in (False, True):
                v = HashingVectorizer(
                    n_features=1021, alternate_sign=alternate, **options(fields, analyzer)
                )
                hashed = {"n_features": 1021, "alternate_sign": alternate}
                block = Block({**fields, "hash": hashed, "weighting": {"norm": "l2"}})
                self.compare(block, v.transform(texts), texts, (fields, alternate))

    def test_kept_columns_drop_before_the_norm(self):
        v = HashingVectorizer(n_features=64, alternate_sign=False, norm=None, token_pattern=r"\w+")
        text = "one two three four five five"
        whole = v.transform([text]).toarray()[0]
        kept = np.nonzero(whole)[0][1:]
        hashed = {"n_features": 64, "alternate_sign": False, "columns": kept}
        fields = {"extractor": "words", "tokens": "letters", "min_length": 1, "ngrams": [1, 1]}
        block = Block({**fields, "hash": hashed, "weighting": {"norm": "l2"}})
        expected = whole[kept] / np.sqrt((whole[kept] ** 2).sum())
        self.assertTrue(np.allclose([w for _, w in block.weights(text)], expected, atol=1e-15))


if __name__ == "__main__":
    unittest.main()
