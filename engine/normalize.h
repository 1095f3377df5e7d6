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
 *
 * Everything else stays as it is, NUL included. */
#ifndef WINNOW_ENGINE_NORMALIZE_H
#define WINNOW_ENGINE_NORMALIZE_H

#include <stddef.h>
#include <stdint.h>

enum {
    WN__NORMALIZE_VALID_UTF8 = 1,
    WN__NORMALIZE_FOLD_PUNCTUATION = 2,
    WN__NORMALIZE_LOWER_ASCII = 4,
    WN__NORMALIZE_DIGITS_TO_ZERO = 8,
    WN__NORMALIZE_SPACE_PUNCTUATION = 16
};

/* The largest output, in bytes, for len bytes of text under any steps; SIZE_MAX where that does not
 * fit a size_t (no allocation of it can succeed). */
size_t wn__normalize_bound(size_t len);

/* Rewrites text[0..len) into out, which has room for wn__normalize_bound(len) bytes and does not
 * overlap text, and returns the bytes written. steps is any union of the bits above; other bits are
 * ignored. Any bytes are fine as text. */
size_t wn__normalize(unsigned steps, const uint8_t *text, size_t len, uint8_t *out);

#endif
