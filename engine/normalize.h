/* normalize.h - the text normalisation that a model file asks for.
 *
 * A model was trained on text that had been rewritten in a certain way; the same must happen to the
 * text that it scores. The steps always run in the order of their bits, in one pass:
 *
 *   VALID_UTF8         each maximal invalid part becomes U+FFFD, as in utf8.h
 *   FOLD_PUNCTUATION   (implies VALID_UTF8)
 *                        U+2018 2019 201A 201B 2032                  -> '
 *                        U+201C 201D 201E 201F 2033 00AB 00BB        -> "
 *                        U+2010..2015 2212                           -> -
 *                        U+2026                                      -> ...
 *                        U+00A0 1680 2000..200A 202F 205F 3000 2028 2029 0085 -> one space
 *                        U+00AD 200B 200C 200D 2060 FEFF             -> removed
 *   LOWER_ASCII        A-Z -> a-z
 *   DIGITS_TO_ZERO     0-9 -> 0
 *   SPACE_PUNCTUATION  every ASCII punctuation byte gets a space before and a space after it
 *   LOWER              (implies VALID_UTF8, as do the steps below) Python's str.lower()
 *   STRIP_ACCENTS_UNICODE  NFKD, then without the code points whose combining class is not 0
 *   STRIP_ACCENTS_ASCII    NFKD, then without the code points above U+007F
 *
 * Everything else stays as it is, NUL included. The last three are scikit-learn's lowercase=True,
 * strip_accents="unicode" and strip_accents="ascii" in its order: what a decomposition brings back
 * in capitals stays in capitals. */
#ifndef WINNOW_ENGINE_NORMALIZE_H
#define WINNOW_ENGINE_NORMALIZE_H

#include "unicode_data.h"

enum {
    WN__NORMALIZE_VALID_UTF8 = 1,
    WN__NORMALIZE_FOLD_PUNCTUATION = 2,
    WN__NORMALIZE_LOWER_ASCII = 4,
    WN__NORMALIZE_DIGITS_TO_ZERO = 8,
    WN__NORMALIZE_SPACE_PUNCTUATION = 16,
    WN__NORMALIZE_LOWER = 32,
    WN__NORMALIZE_STRIP_ACCENTS_UNICODE = 64,
    WN__NORMALIZE_STRIP_ACCENTS_ASCII = 128
};

typedef struct wn__normalizer {
    unsigned steps;      /* any union of the bits above; other bits are ignored */
    wn__unicode unicode; /* for LOWER and STRIP_ACCENTS_* */
} wn__normalizer;

/* At least the bytes that wn__normalize writes: len, or three times len under steps that may
 * lengthen a text, and what the decompositions of this very text add to that. SIZE_MAX where that
 * does not fit a size_t (no allocation of it can succeed). */
size_t wn__normalize_bound(unsigned steps, const uint8_t *text, size_t len);

/* Rewrites text[0..len) into out, which has room for wn__normalize_bound() bytes and does not
 * overlap text, and returns the bytes written. Any bytes are fine as text.
 *
 * origins: NULL, or room for wn__normalize_bound() + 1 numbers, which then tell
 * wn__normalize_span() where each byte of out came from. */
size_t wn__normalize(const wn__normalizer *normalizer, const uint8_t *text, size_t len,
                     uint8_t *out, size_t *origins);

/* The part of the text that out[begin..end) came from; n is what wn__normalize returned, begin <=
 * end <= n. Whole code points: what was removed behind one belongs to it, and a space that was put
 * beside punctuation widens nothing. The span is never empty unless n is 0: where nothing else is
 * in it, it is the punctuation that the last space was put beside, and where begin is end, the code
 * point there or, at the end, the last one. */
wn_span wn__normalize_span(const size_t *origins, size_t n, size_t begin, size_t end);

#endif
