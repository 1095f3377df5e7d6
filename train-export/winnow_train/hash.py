"""hash - MurmurHash3 x86 32-bit, and the column of a hashed term.

Written from the public description of the algorithm; scikit-learn's HashingVectorizer uses it
with seed 0 and reads the result as a signed number.
"""

_MASK = 0xFFFFFFFF


def _rotate(x, r):
    return ((x << r) | (x >> (32 - r))) & _MASK


def _scramble(k):
    return _rotate(k * 0xCC9E2D51 & _MASK, 15) * 0x1B873593 & _MASK


def murmur3(data, seed=0):
    """The hash of bytes as a signed 32-bit number."""
    h = seed
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        h ^= _scramble(int.from_bytes(data[i : i + 4], "little"))
        h = (_rotate(h, 13) * 5 + 0xE6546B64) & _MASK
    if whole < len(data):
        h ^= _scramble(int.from_bytes(data[whole:], "little"))
    h ^= len(data)
    h = (h ^ (h >> 16)) * 0x85EBCA6B & _MASK
    h = (h ^ (h >> 13)) * 0xC2B2AE35 & _MASK
    h ^= h >> 16
    return h - (1 << 32) if h >> 31 else h


def column(term, n_features, alternate_sign=False):
    """(column, sign) of a term: abs(hash) % n_features, -1 only where alternate_sign says so."""
    h = murmur3(term.encode("utf-8", "replace"))
    return abs(h) % n_features, -1.0 if alternate_sign and h < 0 else 1.0
