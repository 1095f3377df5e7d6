"""prepare_vectors.py - the word vectors that training reads: a small part of GloVe, in 8 bits.

    python3 prepare_vectors.py --glove glove.6B.50d.txt --data DATA --out ../vectors/words.npz

Kept are the words of ASCII letters that stand in two texts of DATA/topic/train or DATA/promo/train, and
those among the file's first --frequent lines.  The file lists words by frequency, a line `word x1 x2 ...`.
"""

import argparse
import gzip
import json
import os
import re
from collections import Counter

import numpy as np

WORD = re.compile("[a-z]+")


def words_of(folder):
    """The words of at least two train texts of a data folder."""
    found = Counter()
    with gzip.open(os.path.join(folder, "train.jsonl.gz"), "rt", encoding="utf-8") as f:
        for line in f:
            found.update(set(WORD.findall(json.loads(line)["text"].lower())))
    return {w for w, n in found.items() if n >= 2}


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--glove", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--frequent", type=int, default=40000)
    p.add_argument("--out", required=True)
    a = p.parse_args()
    wanted = words_of(os.path.join(a.data, "topic")) | words_of(os.path.join(a.data, "promo"))
    words, ranks, vectors = [], [], []
    with open(a.glove, encoding="utf-8") as f:
        for rank, line in enumerate(f):
            word, *numbers = line.rstrip("\n").split(" ")
            if WORD.fullmatch(word) and (word in wanted or (rank < a.frequent and len(word) > 2)):
                words.append(word)
                ranks.append(rank)
                vectors.append(np.array(numbers, np.float32))
    vectors = np.array(vectors)
    scale = np.abs(vectors).max(axis=1) / 127.0
    small = np.rint(vectors / scale[:, None]).astype(np.int8)
    np.savez_compressed(
        a.out,
        words=np.frombuffer("\n".join(words).encode("ascii"), np.uint8),
        ranks=np.array(ranks, np.uint32),
        scale=scale.astype(np.float16),
        vectors=small,
    )
    print("%d words, %d numbers each" % vectors.shape)


if __name__ == "__main__":
    main()
