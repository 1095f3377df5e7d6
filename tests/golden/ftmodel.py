"""ftmodel.py - reads and writes fastText model files, field by field.

Written from the description of the format, independently of the engine: the parity suite builds
odd models with it and corrupt.py damages them. The writer writes whatever the fields say, sound or
not; the reader is strict.

    Model = Header, entries, pruned pairs, quant_input, input matrix, qout, output matrix
"""

import copy
import random
import struct
from array import array
from dataclasses import dataclass, field, fields

MAGIC = 793712314
HS, NS, SOFTMAX, OVA = 1, 2, 3, 4
LOSS_NAMES = {HS: "hs", NS: "ns", SOFTMAX: "softmax", OVA: "ova"}
SUPERVISED = 3
WORD, LABEL = 0, 1
EOS = b"</s>"


class FormatError(Exception):
    """The bytes are no sound fastText model."""


@dataclass
class Header:
    magic: int = MAGIC
    version: int = 12
    dim: int = 4
    ws: int = 5
    epoch: int = 5
    min_count: int = 1
    neg: int = 5
    word_ngrams: int = 1
    loss: int = SOFTMAX
    model: int = SUPERVISED
    bucket: int = 0
    minn: int = 0
    maxn: int = 0
    lr_update_rate: int = 100
    t: float = 1e-4
    size: int = 0
    nwords: int = 0
    nlabels: int = 0
    ntokens: int = 0
    pruneidx_size: int = -1


HEADER_LAYOUT = struct.Struct("<14id3iqq")


@dataclass
class Entry:
    text: bytes
    count: int
    type: int


@dataclass
class Dense:
    rows: int
    cols: int
    values: array  # f32 [rows * cols], row-major

    def row(self, i):
        return self.values[i * self.cols : (i + 1) * self.cols]


@dataclass
class Product:
    """A product quantiser: 256 centroids for each of nsubq sub-vectors."""

    dim: int
    nsubq: int
    dsub: int
    lastdsub: int
    centroids: array  # f32 [dim * 256]

    def part(self, m, code):
        if m == self.nsubq - 1:
            at = m * 256 * self.dsub + code * self.lastdsub
            return self.centroids[at : at + self.lastdsub]
        at = (m * 256 + code) * self.dsub
        return self.centroids[at : at + self.dsub]


@dataclass
class Quantized:
    qnorm: int
    rows: int
    cols: int
    codesize: int
    codes: bytes  # [rows * nsubq]
    product: Product
    norm_codes: bytes = b""  # [rows] with qnorm
    norms: Product = None

    def row(self, i):
        n = self.product.nsubq
        values = array("f")
        for m in range(n):
            values.extend(self.product.part(m, self.codes[i * n + m]))
        if self.qnorm:
            norm = self.norms.centroids[self.norm_codes[i]]
            values = array("f", (norm * v for v in values))
        return values


@dataclass
class Model:
    header: Header
    entries: list
    input: object
    output: object
    pairs: list = field(default_factory=list)  # (old bucket id, new id)
    quant_input: int = 0
    qout: int = 0
    trailing: bytes = b""
    last_terminated: bool = True  # False leaves out the zero byte and all that follows

    def copy(self):
        return copy.deepcopy(self)


# ---- Writing ---------------------------------------------------------------------------------


def _write_product(pq):
    return struct.pack("<4i", pq.dim, pq.nsubq, pq.dsub, pq.lastdsub) + pq.centroids.tobytes()


def _write_matrix(matrix):
    if isinstance(matrix, Dense):
        return struct.pack("<qq", matrix.rows, matrix.cols) + matrix.values.tobytes()
    out = struct.pack("<Bqqi", matrix.qnorm, matrix.rows, matrix.cols, matrix.codesize)
    out += matrix.codes + _write_product(matrix.product)
    if matrix.norms is not None:
        out += matrix.norm_codes + _write_product(matrix.norms)
    return out


def write(model):
    """The bytes of a model file; every field goes in as it stands."""
    h = model.header
    out = [HEADER_LAYOUT.pack(*(getattr(h, f.name) for f in fields(Header)))]
    for i, entry in enumerate(model.entries):
        if i == len(model.entries) - 1 and not model.last_terminated:
            out.append(entry.text)
            return b"".join(out)
        out.append(entry.text + b"\0" + struct.pack("<qb", entry.count, entry.type))
    out.extend(struct.pack("<ii", old, new) for old, new in model.pairs)
    out.append(struct.pack("<B", model.quant_input))
    out.append(_write_matrix(model.input))
    out.append(struct.pack("<B", model.qout))
    out.append(_write_matrix(model.output))
    out.append(model.trailing)
    return b"".join(out)


# ---- Reading ---------------------------------------------------------------------------------


class _Cursor:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        if size < 0 or size > len(self.data) - self.at:
            raise FormatError(f"{size} bytes needed at offset {self.at} of {len(self.data)}")
        self.at += size
        return self.data[self.at - size : self.at]

    def unpack(self, layout):
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def floats(self, n):
        values = array("f")
        values.frombytes(self.take(4 * n))
        return values


def _read_product(cursor):
    dim, nsubq, dsub, lastdsub = cursor.unpack("4i")
    if dim < 1 or dsub < 1 or nsubq != -(-dim // dsub) or lastdsub != (dim % dsub or dsub):
        if not (nsubq == 1 and lastdsub == dim and dsub > dim):
            raise FormatError("the product quantiser's sizes do not agree")
    return Product(dim, nsubq, dsub, lastdsub, cursor.floats(dim * 256))


def _read_matrix(cursor, quantized):
    if not quantized:
        rows, cols = cursor.unpack("qq")
        if rows < 0 or cols < 0:
            raise FormatError("a matrix of negative size")
        return Dense(rows, cols, cursor.floats(rows * cols))
    qnorm, rows, cols, codesize = cursor.unpack("Bqqi")
    codes = cursor.take(codesize)
    matrix = Quantized(qnorm, rows, cols, codesize, codes, _read_product(cursor))
    if codesize != rows * matrix.product.nsubq:
        raise FormatError("codesize does not agree with the rows")
    if qnorm:
        matrix.norm_codes = cursor.take(rows)
        matrix.norms = _read_product(cursor)
    return matrix


def read(data):
    """The Model in the bytes of a model file; raises FormatError for what is not sound."""
    cursor = _Cursor(data)
    h = Header(*HEADER_LAYOUT.unpack(cursor.take(HEADER_LAYOUT.size)))
    if h.magic != MAGIC or h.version > 12:
        raise FormatError("no fastText model, or a newer version")
    if min(h.size, h.nwords, h.nlabels) < 0 or h.size != h.nwords + h.nlabels:
        raise FormatError("the dictionary's counts do not add up")
    entries = []
    for _ in range(h.size):
        end = data.find(b"\0", cursor.at)
        if end < 0:
            raise FormatError("an entry without an end")
        text = cursor.take(end - cursor.at)
        cursor.take(1)
        count, kind = cursor.unpack("qb")
        entries.append(Entry(text, count, kind))
    pairs = [cursor.unpack("ii") for _ in range(max(0, h.pruneidx_size))]
    (quant_input,) = cursor.unpack("B")
    rows_in = _read_matrix(cursor, quant_input)
    (qout,) = cursor.unpack("B")
    rows_out = _read_matrix(cursor, quant_input and qout)
    if cursor.at != len(data):
        raise FormatError(f"{len(data) - cursor.at} bytes after the end")
    return Model(h, entries, rows_in, rows_out, pairs, quant_input, qout)


# ---- Making models by hand -------------------------------------------------------------------


def dense(rows, cols, rng=None, scale=1.0):
    """A matrix of seeded noise, or of zeros without a generator."""
    draw = (lambda: rng.gauss(0, scale)) if rng else (lambda: 0.0)
    return Dense(rows, cols, array("f", (draw() for _ in range(rows * cols))))


def product(dim, dsub, rng, scale=1.0, positive=False):
    nsubq = -(-dim // dsub)
    values = (rng.gauss(0, scale) for _ in range(dim * 256))
    centroids = array("f", (abs(v) if positive else v for v in values))
    return Product(dim, nsubq, dsub, dim - (nsubq - 1) * dsub, centroids)


def quantized(rows, cols, dsub, rng, qnorm=False, scale=1.0):
    """A product-quantised matrix of seeded noise."""
    pq = product(cols, dsub, rng, scale)
    codes = rng.randbytes(rows * pq.nsubq)
    matrix = Quantized(int(qnorm), rows, cols, len(codes), codes, pq)
    if qnorm:
        matrix.norm_codes = rng.randbytes(rows)
        matrix.norms = product(1, 1, rng, 1.0, positive=True)
    return matrix


def build(words, labels, seed=1, counts=None, dsub=0, qnorm=False, qout=False, kept=None,
          scale=1.0, **header):
    """A sound model with seeded weights. words and labels are bytes; dsub > 0 quantises the input,
    kept (a list of bucket ids) prunes it; header holds Header fields."""
    rng = random.Random(seed)
    h = Header(**header)
    counts = counts or [10 * (len(labels) - i) for i in range(len(labels))]
    entries = [Entry(w, 1000 - i, WORD) for i, w in enumerate(words)]
    entries += [Entry(text, n, LABEL) for text, n in zip(labels, counts)]
    h.nwords, h.nlabels, h.size = len(words), len(labels), len(entries)
    h.ntokens = sum(e.count for e in entries)
    pairs = []
    rows = len(words) + h.bucket
    if kept is not None:
        new_ids = list(range(len(kept)))
        rng.shuffle(new_ids)
        pairs = list(zip(kept, new_ids))
        h.pruneidx_size = len(pairs)
        rows = len(words) + len(pairs)
    if dsub:
        matrix = quantized(rows, h.dim, dsub, rng, qnorm, scale)
    else:
        matrix = dense(rows, h.dim, rng, scale)
    out = quantized(len(labels), h.dim, 2, rng, qnorm) if qout else dense(len(labels), h.dim, rng)
    return Model(h, entries, matrix, out, pairs, int(bool(dsub)), int(qout))
