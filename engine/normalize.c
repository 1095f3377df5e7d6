/* normalize.c - rewrites text as a model file asks, in one pass. */
#include "normalize.h"

#include "utf8.h"

#include <string.h>

/* An invalid byte becomes the three of U+FFFD, a punctuation byte gets two spaces, the three bytes
 * of an ellipsis become three points with two spaces each. */
enum { LARGEST_GROWTH = 3 };

#define DECODE (WN__NORMALIZE_VALID_UTF8 | WN__NORMALIZE_FOLD_PUNCTUATION)
#define UPPER WN__NORMALIZE_LOWER_ASCII
#define DIGIT WN__NORMALIZE_DIGITS_TO_ZERO
#define PUNCT WN__NORMALIZE_SPACE_PUNCTUATION

#define FIVE(x) x, x, x, x, x
#define TEN(x) FIVE(x), FIVE(x)
#define FIFTEEN(x) TEN(x), FIVE(x)
#define SIXTEEN(x) FIFTEEN(x), x

/* The steps that change each byte, or need a look at it: a byte without any of the wanted ones is
 * copied as it is. Rows are sixteen bytes. */
/* clang-format off */
static const uint8_t steps_of[256] = {
    SIXTEEN(0), SIXTEEN(0),                    /* controls */
    0, FIFTEEN(PUNCT),                         /* space ! to / */
    TEN(DIGIT), FIVE(PUNCT), PUNCT,            /* 0 to 9 : to ? */
    PUNCT, FIFTEEN(UPPER),                     /* @ A to O */
    TEN(UPPER), UPPER, FIVE(PUNCT),            /* P to Z [ to _ */
    PUNCT, FIFTEEN(0),                         /* ` a to o */
    TEN(0), 0, PUNCT, PUNCT, PUNCT, PUNCT, 0,   /* p to z { to ~ DEL */
    SIXTEEN(DECODE), SIXTEEN(DECODE), SIXTEEN(DECODE), SIXTEEN(DECODE),
    SIXTEEN(DECODE), SIXTEEN(DECODE), SIXTEEN(DECODE), SIXTEEN(DECODE),
};
/* clang-format on */
_Static_assert((DECODE | UPPER | DIGIT | PUNCT) <= UINT8_MAX, "the steps fit a byte");

size_t wn__normalize_bound(size_t len)
{
    return len > SIZE_MAX / LARGEST_GROWTH ? SIZE_MAX : len * LARGEST_GROWTH;
}

/* What FOLD_PUNCTUATION makes of a code point above U+007F; NULL: it stays. */
static const char *fold(uint32_t c)
{
    switch (c) {
    case 0x2018:
    case 0x2019:
    case 0x201A:
    case 0x201B:
    case 0x2032:
        return "'";
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033:
    case 0xAB:
    case 0xBB:
        return "\"";
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212:
        return "-";
    case 0x2026:
        return "...";
    case 0xAD:
    case 0x200B:
    case 0x200C:
    case 0x200D:
    case 0x2060:
    case 0xFEFF:
        return "";
    default:
        return wn__utf8_is_space(c) ? " " : NULL;
    }
}

/* Writes one ASCII byte under the steps that follow decoding. */
static size_t put_ascii(unsigned steps, uint8_t byte, uint8_t *out)
{
    unsigned todo = steps_of[byte] & steps;
    if (todo & PUNCT) {
        out[0] = ' ';
        out[1] = byte;
        out[2] = ' ';
        return 3;
    }
    out[0] = todo & UPPER ? (uint8_t)(byte | 0x20) : todo & DIGIT ? '0' : byte;
    return 1;
}

/* Writes the code point that begins at text[0..len) with a byte above 7F; returns the bytes written
 * and how many were read. */
static size_t put_decoded(unsigned steps, const uint8_t *text, size_t len, uint8_t *out,
                          size_t *n_read)
{
    uint32_t c;
    *n_read = wn__utf8_decode(text, len, &c);
    const char *folded = steps & WN__NORMALIZE_FOLD_PUNCTUATION ? fold(c) : NULL;
    if (folded == NULL)
        return wn__utf8_encode(c, out);
    size_t n = 0;
    for (; *folded != '\0'; folded++)
        n += put_ascii(steps, (uint8_t)*folded, out + n);
    return n;
}

/* ---- Eight bytes at once ----------------------------------------------------------------- */

#define EACH 0x0101010101010101U /* times a byte: that byte, eight times */

/* The highest bit of each byte of x that lies in first..last; x has none of these bits set, so no
 * sum carries into the next byte. */
static uint64_t bytes_between(uint64_t x, unsigned first, unsigned last)
{
    return (x + EACH * (0x80 - first)) & ~(x + EACH * (0x7F - last)) & EACH * 0x80;
}

/* Rewrites eight bytes as far as each stays one byte. Returns how many were done: the rest begins
 * with one that takes more. */
static size_t put_eight(unsigned steps, const uint8_t *text, uint8_t *out)
{
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
    uint64_t high = bytes & EACH * 0x80;
    uint64_t low = bytes ^ high;
    uint64_t letters = bytes_between(low | EACH * 0x20, 'a', 'z') & ~high;
    uint64_t digits = bytes_between(low, '0', '9') & ~high;
    uint64_t special = steps & DECODE ? high : 0;
    if (steps & PUNCT)
        special |= bytes_between(low, 0x21, 0x7E) & ~(letters | digits | high);
    if (steps & UPPER)
        bytes |= letters >> 2; /* sets 0x20 */
    if (steps & DIGIT)
        bytes &= ~((digits >> 7) * 0x0F); /* of a digit stays the high half */
    memcpy(out, &bytes, sizeof bytes);
    return special == 0 ? sizeof bytes : (size_t)__builtin_ctzll(special) / 8;
}

/* One pass. Where eight bytes are left, eight bytes of room are: out has three for each. */
size_t wn__normalize(unsigned steps, const uint8_t *text, size_t len, uint8_t *out)
{
    size_t n = 0;
    for (size_t at = 0; at < len;) {
        if (len - at >= 8) {
            size_t n_done = put_eight(steps, text + at, out + n);
            at += n_done;
            n += n_done;
            if (n_done == 8)
                continue;
        }
        if (steps_of[text[at]] & steps & DECODE) {
            size_t n_read;
            n += put_decoded(steps, text + at, len - at, out + n, &n_read);
            at += n_read;
        } else {
            n += put_ascii(steps, text[at], out + n);
            at++;
        }
    }
    return n;
}
