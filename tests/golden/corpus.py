"""corpus.py - invented text for the parity suite: training lines, held-out lines, hostile bytes.

Words are strung together from syllables of several scripts and drawn with Zipf-like weights, so
the text says nothing. Everything comes from seeded generators: the same bytes on every run.
"""

import random
from itertools import accumulate

SCRIPTS = {
    "latin": "ba do ki lu me no ra si tu ve xo zan ther ing qu stra".split(),
    "accents": "é ça ñu öl über å ßt œu łó ği šč".split(),
    "cyrillic": "да не ко ра ми ло тю щи жё въ".split(),
    "greek": "αλ βη γω δε ξι ψυ ού ρη".split(),
    "arabic": "بي تا سل مو قر نو ية".split(),
    "devanagari": "का मि ते शो ना हिं र्य".split(),
    "han": "山 水 火 木 金 土 日 月 風 雲 龍".split(),
    "kana": "か さ た な ん ッ ョ ヴ ガ".split(),
    "marks": "- ' . , ! ? 7 42 2026 🙂 👩‍🔬 𝔘 a\u0301".split(),
}


def make_words(rng, n):
    """n different words, the scripts mixed."""
    names = list(SCRIPTS)
    words = {}
    while len(words) < n:
        syllables = SCRIPTS[rng.choice(names)]
        words["".join(rng.choice(syllables) for _ in range(rng.randint(1, 4)))] = None
    return list(words)


class Corpus:
    """Labelled text with n_labels labels. Each label prefers its own slice of the words."""

    def __init__(self, seed, n_labels, n_lines, n_words=500, prefix="__label__", length=14,
                 two_labels=0.1):
        rng = random.Random(seed)
        self.words = make_words(rng, n_words)
        self.prefix = prefix
        tails = ["news", "spört", "наука", "天気", "a", "b-1", "__label__x", "é"]
        self.labels = [prefix + (tails[i] if i < len(tails) else f"l{i}") for i in range(n_labels)]
        self._weights = list(accumulate(1 / (i + 1.5) for i in range(n_words)))
        self._length = length
        self._two_labels = two_labels
        self.train = "".join(self._line(rng) for _ in range(n_lines)).encode()
        self.unseen = make_words(rng, 40)
        self.held_out = self._held_out(rng)

    def _draw(self, rng, label, n):
        step = len(self.words) // max(1, len(self.labels))
        out = []
        for word in rng.choices(range(len(self.words)), cum_weights=self._weights, k=n):
            if rng.random() < 0.6:
                word = (word + label * max(step, 7)) % len(self.words)
            out.append(self.words[word])
        return out

    def _line(self, rng):
        label = int(rng.random() ** 1.7 * len(self.labels))
        names = [self.labels[label]]
        if rng.random() < self._two_labels:
            names.append(rng.choice(self.labels))
        n = 2 + rng.randrange(2 * self._length)
        return " ".join(names + self._draw(rng, label, n)) + "\n"

    def _held_out(self, rng):
        lines = []
        for i in range(40):
            label = rng.randrange(len(self.labels))
            text = self._draw(rng, label, 1 + rng.randrange(20))
            if i % 4 == 0:
                text.insert(rng.randrange(len(text) + 1), rng.choice(self.unseen))
            if i % 3 == 0:
                text.insert(0, self.labels[label])
            if i % 12 == 0:
                text.append(rng.choice(self.labels))
            lines.append(" ".join(text))
        lines.append(self.words[0])
        lines.append(" ".join(self.unseen[:5]))
        return "\n".join(lines).encode() + b"\n"

    def plain_lines(self, n):
        """n held-out lines without labels, unlabelled text as a user would have it."""
        rng = random.Random(99)
        lines = []
        for i in range(n):
            text = self._draw(rng, rng.randrange(len(self.labels)), 1 + rng.randrange(25))
            if i % 5 == 0:
                text.append(rng.choice(self.unseen))
            lines.append(" ".join(text))
        return "\n".join(lines).encode() + b"\n"


def hostile(corpus):
    """Inputs that hurt readers of lines and tokens: name -> bytes."""
    rng = random.Random(7)
    w = [word.encode() for word in corpus.words[:30]]
    label = corpus.labels[0].encode()
    a, b, c = w[0], w[1], w[2]
    noise = rng.randbytes(3000)
    lines = [
        a + b" \0" + b + b"\0" + c,
        b"\0\0\0",
        b"\xff\xfe " + a + b" \x80\x81" + b + b" \xc3 \xe2\x82 \xf0\x9f\x99",
        b"\xc0\xaf \xe0\x80\xaf \xf4\x90\x80\x80 \xed\xa0\x80",
        b"\x80 \xbf\xbf\xbf x\x80y \xc3\xc3\xa9",
        b"\xa9" + a,
        a + b"\r",
        a + b"\r" + b + b"\r\r" + c,
        a + b"\v" + b + b"\f" + c + b"\t\t" + a,
        b"</s>",
        b"</s> " + a + b" " + b,
        a + b" </s> " + b,
        a + b" " + b + b" </s>",
        a + b" </s>x " + b + b" x</s> </s",
        b"</s></s> " + a,
        b" </s> </s> " + a + b" </s> " + b + b" </s>\0</s> </s> ",
        label + b" </s> " + a,
        b"",
        b"    ",
        b"\t \v \f \r",
        b"",
        b"__label__",
        b"__label__ " + a,
        b"__label__never_seen " + a + b" __label__",
        b"__label_ _label__x __LABEL__x " + a,
        label,
        label + b" " + label,
        a + b" " + label + b" " + b,
        label + b"x " + a,
        b" ".join(word.encode() for word in corpus.unseen[:6]),
        b"zzzzqqqq",
        b"\xc2\xa0" + a + b"\xe3\x80\x80" + b + b" \xc2\xa0 \xe3\x80\x80 " + c,
        b"\xef\xbb\xbf" + a + b" " + b,
        b"\xe2\x80\xa8 " + a + b"\xc2\x85" + b,
        b"< > <> <a> " + a,
        b"a b c d e f g",
        " ".join("é 日 я ß".split()).encode(),
        a * 40 + b" " + b,
        (a + b" ") * 300,
        a + b"\x1c" + b + b"\x1d\x1e\x1f" + c + b"\x7f\x01",
    ]
    text = b"\n".join(lines) + b"\n"
    long_token = (b"ab" + "é日".encode()) * 25000
    return {
        "hostile": text,
        "crlf": b"\r\n".join(lines) + b"\r\n",
        "noise": noise,
        "noise_text": bytes(rng.choice(b" \n\r\0</s>ab\xc3\xa9\x80_l") for _ in range(4000)),
        "empty": b"",
        "newline": b"\n",
        "newlines": b"\n\n\n",
        "blanks": b"  \t \0 ",
        "no_newline": a + b" " + b + b"\n" + c + b" " + a,
        "no_newline_eos": a + b" </s>",
        "eos_newline": a + b" </s>\n",
        "no_newline_blanks": a + b"\n   ",
        "no_newline_cr": a + b" " + b + b"\r",
        "no_newline_nul": a + b"\0",
        "only_oov": b"zzqq",
        "only_label": label,
        "one_word": a,
        "bom": b"\xef\xbb\xbf" + a + b" " + b + b"\n" + a + b"\n",
        "long_line": b" ".join(rng.choices(w, k=1 << 17)) + b"\n" + a + b"\n",
        "long_token": b"x " + long_token[:200000] + b" " + a + b"\n" + b + b"\n",
        "long_blank": b" " * 300000 + a + b"\n" + b,
        "empty_lines": b"\n" * 10000,
    }


BIG = ("long_line", "long_token", "long_blank", "empty_lines")

# Sentences of our own for a language identifier.
LANGUAGES = [
    "The ferry leaves the small harbour a little after seven.",
    "Der Bäcker an der Ecke verkauft heute nur Roggenbrot.",
    "Le facteur a laissé deux paquets devant la porte bleue.",
    "El tren de la tarde llegó con veinte minutos de retraso.",
    "O rio subiu depressa depois de três dias de chuva.",
    "Il gatto dorme sul tetto della vecchia officina.",
    "Мы посадили яблони вдоль дороги прошлой весной.",
    "Стара лікарка жила біля мосту через річку.",
    "Ο ψαράς έπλεξε τα δίχτυα του στην αυλή.",
    "Yaşlı saatçi her sabah dükkânını süpürürdü.",
    "القطار الأخير يغادر المحطة قبل منتصف الليل.",
    "הילדה ציירה מפה של הכפר על הקיר.",
    "बच्चों ने आँगन में कागज़ की नावें बनाईं।",
    "古い橋のそばで友達と魚を釣りました。",
    "今天下午我们在院子里种了三棵树。",
    "할머니는 마당에서 고추를 말리고 계셨다.",
    "Chiếc thuyền nhỏ trôi chậm qua cánh đồng ngập nước.",
    "Vanha mylly seisoo yhä joen rannalla.",
    "A pék minden hajnalban fütyörészve gyújtott be.",
    "ok",
    "12 + 30 = 42",
    "",
    "Zwei words, deux langues, одна строка",
]
