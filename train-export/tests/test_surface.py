"""The surface extractor's terms, by its own definition."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from winnow_train.token_surface import SIGNS, surface

CASES = {
    "": "empty",
    " \t\u3000": "empty",
    "x": "caps=0 loud=0 digits=0 stops=0 first=a last=a",
    "Buy now!": "len>=2 caps=4 loud=0 digits=0 stops=1 first=A last=! has=!",
    "WOW!! 50% off": "len>=2 len>=3 caps=2 loud=2 digits=2 stops=1 first=A last=a has=! has=% bang=2",
    "\u201c(HELLO there!)\u201d 5% \u2713": "len>=2 len>=3 len>=4 caps=2 loud=2 digits=2 stops=1 first=\u201c"
    " last=~ has=! has=% has=( has=) has=\u201c has=\u201d",
    "\u00a9 2024 ACME Ltd. \u2013 WWW.acme.test": "len>=2 len>=3 len>=4 len>=5 caps=4 loud=1 digits=1 stops=1"
    " first=\u00a9 last=a has=. has=\u00a9 has=\u2013 has=url",
    "{http://a}": "caps=0 loud=0 digits=0 stops=0 first=- last=- has=/ has=: has=url",
    "\u00c9t\u00e9 .'": "len>=2 caps=0 loud=0 digits=0 stops=1 first=~ last=' has=' has=.",
}


class Surface(unittest.TestCase):
    def test_cases(self):
        for text, terms in CASES.items():
            self.assertEqual(surface(text), terms.split(" "), text)

    def test_each_term_once(self):
        text = "A b 1 ! " * 70 + SIGNS
        terms = surface(text)
        self.assertEqual(len(terms), len(set(terms)))
        self.assertIn("len>=110", terms)

    def test_white_space_is_python_s(self):
        for c in map(chr, range(0x3100)):
            self.assertEqual("len>=2" in surface("a%sb" % c), c.isspace(), hex(ord(c)))


if __name__ == "__main__":
    unittest.main()
