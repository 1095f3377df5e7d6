"""recipes - how each shipped model is made: text steps, blocks, weights of rows, fit.

The values were chosen on the dev splits alone; the cards in models/ have the tables.
"""

FOLD = "fold_punctuation"
LOWER = "lower_ascii"
ZERO = "digits_to_zero"
SPACE = "space_punctuation"


def words(tokens, hi, min_length=1):
    return {"extractor": "words", "tokens": tokens, "min_length": min_length, "ngrams": [1, hi]}


def chars_wb(lo, hi):
    return {"extractor": "chars_wb", "ngrams": [lo, hi]}


SURFACE = {"extractor": "surface"}


def block(
    fields, min_df, n_terms=0, n_features=0, binary=False, weight=1.0, vectors=0.0, unseen_rank=0
):
    """A block: terms of at least min_df texts, of these the best n_terms (0: all).

    n_features > 0 hashes the terms into so many columns.  binary: a term weighs 1 whatever its count.
    weight: how much the fit sees of the block, of length 1.  vectors: how much it sees of the words'
    vectors; the words of a rank below unseen_rank there become terms even if no text has them.
    """
    return dict(
        fields=fields, min_df=min_df, n_terms=n_terms, n_features=n_features,
        binary=binary, weight=weight, vectors=vectors, unseen_rank=unseen_rank,
    )  # fmt: skip


def linear(steps, blocks, fit, strength, balance, max_iter=25):
    """A spec for linear.train: fit is "regression" or "margins", strength its C."""
    return dict(
        steps=steps, blocks=blocks, fit=fit, strength=strength, balance=balance, max_iter=max_iter
    )


TOPIC = dict(
    read_copies=4,
    label_offsets=True,
    held_out_folds=0,
    context=[0.3, 0.2],  # of the paragraphs one and two places away, where a caller asks for it
    encoding="i8",
    spec=linear(
        [FOLD, LOWER, ZERO],
        [block(words("letters", 2), 2, 120000, vectors=1.0, unseen_rank=40000)],
        "margins",
        0.5,
        False,
    ),
    about={
        "name": "topic",
        "version": "2",
        "description": "topic of an English news paragraph, 14 labels",
        "license": "CC BY-SA 4.0, see models/LICENSE",
    },
)

PROMO = dict(
    by_copies={"hand": 2, "author": 1, "model": 1},
    count_cap=3,
    label_offsets=False,  # the classes' shares in dev are not the web's
    held_out_folds=5,
    context=None,
    encoding="f16",
    spec=linear(
        [FOLD, LOWER, ZERO, SPACE],
        [
            block(words("nonspace", 2), 2, vectors=0.3),
            block(SURFACE, 5, binary=True, weight=0.5),
        ],
        "regression",
        4.0,
        True,
    ),
    about={
        "name": "promo",
        "version": "2",
        "description": "promotional, editorial or boilerplate English paragraph",
        "license": "CC BY 4.0, see models/LICENSE",
    },
)
