"""recipes - how each shipped model is made: text steps, blocks, weights of rows, fit.

The values were chosen on the dev splits with `compare`; the cards in models/ have the tables.
"""

FOLD = "fold_punctuation"
LOWER = "lower_ascii"
ZERO = "digits_to_zero"
SPACE = "space_punctuation"


def words(tokens, hi, min_length=1):
    return {"extractor": "words", "tokens": tokens, "min_length": min_length, "ngrams": [1, hi]}


def chars_wb(lo, hi):
    return {"extractor": "chars_wb", "ngrams": [lo, hi]}


def block(fields, min_df, n_terms=0, n_features=0):
    """A block: terms of at least min_df texts, of these the best n_terms (0: all).

    n_features > 0 hashes the terms into so many columns.
    """
    return dict(fields=fields, min_df=min_df, n_terms=n_terms, n_features=n_features)


def linear(steps, blocks, strength, balance, max_iter=25):
    """A spec for linear.train; strength is the C of logistic regression."""
    return dict(steps=steps, blocks=blocks, strength=strength, balance=balance, max_iter=max_iter)


TOPIC = dict(
    hand_copies=6,
    second_copies=0,
    label_offsets=True,
    favoured="security/terrorism",
    encoding="i8",
    spec=linear([FOLD, LOWER, ZERO], [block(words("letters", 2), 3, 110000)], 30.0, False),
    about={
        "name": "topic",
        "version": "1",
        "description": "topic of an English news paragraph, 14 labels",
        "license": "CC BY-SA 4.0, see models/LICENSE",
    },
)

PROMO = dict(
    by_copies={"hand": 1, "author": 1, "model": 1},
    count_cap=3,
    label_offsets=False,  # the classes' shares in dev are not the web's
    favoured=None,
    encoding="f16",
    spec=linear([FOLD, LOWER, ZERO, SPACE], [block(words("nonspace", 2), 2)], 4.0, True),
    about={
        "name": "promo",
        "version": "1",
        "description": "promotional, editorial or boilerplate English paragraph",
        "license": "CC BY 4.0, see models/LICENSE",
    },
)
