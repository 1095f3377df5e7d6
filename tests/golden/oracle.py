"""oracle.py - scores a fastText model in float64, without the reference's 1e-5.

A third implementation, in plain Python: the reference prints probabilities with an epsilon, six
digits and (one-vs-all, negative sampling) a coarse table, so the engine's fast rows are held
against these numbers; and these are held against what the reference prints.
"""

import math

import ftmodel
from ftmodel import EOS, HS, LABEL, SOFTMAX, SUPERVISED

SEPARATORS = b" \n\r\t\v\f\0"
EPSILON = 1e-5


def tokens(line):
    """The tokens of one line without its newline; the end-of-line token comes last."""
    for byte in SEPARATORS:
        line = line.replace(bytes([byte]), b" ")
    return [t for t in line.split(b" ") if t] + [EOS]


def fnv(data):
    h = 2166136261
    for byte in data:
        h = ((h ^ (byte | 0xFFFFFF00 if byte & 0x80 else byte)) * 16777619) & 0xFFFFFFFF
    return h


def subwords(token, minn, maxn, bucket):
    text = b"<" + token + b">"
    starts = [i for i, byte in enumerate(text) if byte & 0xC0 != 0x80] + [len(text)]
    for a in range(len(starts) - 1):
        for n in range(1, min(maxn, len(starts) - 1 - a) + 1):
            end = starts[a + n]
            alone = n == 1 and (a == 0 or end == len(text))
            if n >= minn and not alone:
                yield fnv(text[starts[a] : end]) % bucket


def signed(h):
    return h - (1 << 32) if h & 0x80000000 else h


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


class Oracle:
    def __init__(self, model):
        h = model.header
        self.model, self.header = model, h
        self.maxn = 0 if h.version == 11 and h.model == SUPERVISED else h.maxn
        self.entries = {e.text: i for i, e in enumerate(model.entries)}
        self.pairs = dict(model.pairs)
        self.labels = [e.text for e in model.entries if e.type == LABEL]
        self.head = [list(model.output.row(i)) for i in range(len(self.labels))]
        if h.loss == HS:
            self.children = self._tree([e.count for e in model.entries if e.type == LABEL])

    def _bucket(self, out, bucket_id):
        if self.header.pruneidx_size >= 0:
            if bucket_id not in self.pairs:
                return
            bucket_id = self.pairs[bucket_id]
        out.append(self.header.nwords + bucket_id)

    def features(self, line):
        """Row numbers of the line, which must hold no literal end-of-line token."""
        h, out, hashes = self.header, [], []
        for token in tokens(line):
            i = self.entries.get(token)
            if i is not None:
                is_label = self.model.entries[i].type == LABEL
            else:
                is_label = token.startswith(b"__label__")
            if is_label:
                continue
            hashes.append(signed(fnv(token)))
            if i is not None:
                out.append(i)
            if token != EOS and self.maxn > 0:
                for b in subwords(token, h.minn, self.maxn, h.bucket):
                    self._bucket(out, b)
        for i in range(len(hashes)):
            value = hashes[i]
            for j in range(i + 1, min(len(hashes), i + h.word_ngrams)):
                value = (value * 116049371 + hashes[j]) % (1 << 64)
                self._bucket(out, value % h.bucket)
        return out

    def scores(self, line):
        """Dot products of the line with the output rows, or None without features."""
        ids = self.features(line)
        if not ids:
            return None
        rows = [self.model.input.row(i) for i in ids]
        hidden = [math.fsum(column) / len(ids) for column in zip(*rows)]
        return [sum(a * b for a, b in zip(row, hidden)) for row in self.head]

    def magnitude(self, line):
        """The largest sum of absolute terms behind a score of the line, at least 1."""
        ids = self.features(line)
        if not ids:
            return 1
        rows = [self.model.input.row(i) for i in ids]
        hidden = [math.fsum(map(abs, column)) / len(ids) for column in zip(*rows)]
        return max(1, *(sum(abs(a) * b for a, b in zip(row, hidden)) for row in self.head))

    @staticmethod
    def _tree(counts):
        """Children (left, right) of each internal node of the Huffman tree."""
        n = len(counts)
        counts = counts + [10**15] * (n - 1)
        leaf, node, children = n - 1, n, []
        for i in range(n, 2 * n - 1):
            picked = []
            for _ in range(2):
                if leaf >= 0 and counts[leaf] < counts[node]:
                    picked.append(leaf)
                    leaf -= 1
                else:
                    picked.append(node)
                    node += 1
            counts[i] = counts[picked[0]] + counts[picked[1]]
            children.append(picked)
        return children

    def _leaves(self, scores, epsilon):
        n = len(self.labels)
        out = [0.0] * n
        stack = [(2 * n - 2, 0.0)]
        while stack:
            node, value = stack.pop()
            if node < n:
                out[node] = math.exp(value)
                continue
            right = sigmoid(scores[node - n])
            for child, p in zip(self.children[node - n], (sigmoid(-scores[node - n]), right)):
                stack.append((child, value + math.log(max(p + epsilon, 1e-300))))
        return out

    def probabilities(self, scores):
        """The true probabilities, one for each label."""
        if self.header.loss == HS:
            return self._leaves(scores, 0.0)
        if self.header.loss == SOFTMAX:
            top = max(scores)
            e = [math.exp(s - top) for s in scores]
            z = math.fsum(e)
            return [v / z for v in e]
        return [sigmoid(s) for s in scores]

    def printed(self, scores):
        """About what the reference prints: with its epsilon and its table."""
        if self.header.loss == HS:
            return self._leaves(scores, EPSILON)
        if self.header.loss == SOFTMAX:
            return [p + EPSILON for p in self.probabilities(scores)]
        return [self._table(s) + EPSILON for s in scores]

    @staticmethod
    def _table(s):
        if s < -8 or s > 8:
            return 0.0 if s < 0 else 1.0
        return sigmoid(math.floor((s + 8) * 32) / 32 - 8)


def load(path):
    with open(path, "rb") as file:
        return Oracle(ftmodel.read(file.read()))
