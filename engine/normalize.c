/* normalize.c - rewrites text as a model file asks, in one pass. */
#include "normalize.h"

#include "swar.h"
#include "utf8.h"

#include <string.h>

/* An invalid byte becomes the three of U+FFFD, a punctuation byte gets two spaces, the three bytes
 * of an ellipsis become three points with two spaces each. Only decompositions are longer. */
enum { LARGEST_GROWTH = 3 };

#define FOLD WN__NORMALIZE_FOLD_PUNCTUATION
#define LOWER WN__NORMALIZE_LOWER
#define ONLY_ASCII WN__NORMALIZE_STRIP_ACCENTS_ASCII
#define STRIP (WN__NORMALIZE_STRIP_ACCENTS_UNICODE | ONLY_ASCII)
#define DECODE (WN__NORMALIZE_VALID_UTF8 | FOLD | LOWER | STRIP)
#define UPPER (WN__NORMALIZE_LOWER_ASCII | LOWER)
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

/* What a pass over a text carries along. */
typedef struct pass {
    unsigned steps;
    wn__unicode unicode;
    const uint8_t *text; /* [len] */
    size_t len;
} pass;

size_t wn__normalize_bound(unsigned steps, const uint8_t *text, size_t len)
{
    if ((steps & (DECODE | PUNCT)) == 0)
        return len;
    size_t bound;
    if (!wn__mul(len, LARGEST_GROWTH, &bound))
        return SIZE_MAX;
    if ((steps & STRIP) != WN__NORMALIZE_STRIP_ACCENTS_UNICODE)
        return bound; /* what stays of a decomposition in ASCII is never longer than that */
    for (size_t at = 0; len - at >= 3; at++) {
        /* All that grow more have three bytes and begin with one of these. */
        if (text[at] != 0xE2 && text[at] != 0xE3 && text[at] != 0xEF)
            continue;
        uint32_t c;
        uint8_t stripped[WN__UNICODE_STRIP_MAX];
        size_t size = wn__utf8_decode(text + at, len - at, &c), n = 0;
        if ((wn__unicode_find(c, WN__UNICODE_NEWEST)->flags & WN__UNICODE_STRIPS) != 0)
            n = wn__unicode_strip(c, stripped);
        if (n > LARGEST_GROWTH * size && !wn__add(bound, n - LARGEST_GROWTH * size, &bound))
            return SIZE_MAX;
    }
    return bound;
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

/* ---- The final sigma --------------------------------------------------------------------- */

/* What a code point of the text is to the rule, after the steps before LOWER: what they remove is
 * looked past, punctuation that they space is a space on both sides. */
static unsigned case_of(const pass *p, uint32_t c)
{
    const char *folded = p->steps & FOLD && c >= 0x80 ? fold(c) : NULL;
    if (folded != NULL) {
        if (*folded == '\0')
            return WN__UNICODE_IGNORABLE;
        c = (uint8_t)*folded;
    }
    if (c < 0x80 && (steps_of[c] & p->steps & PUNCT) != 0)
        return 0;
    return wn__unicode_case(c, p->unicode);
}

/* Decodes the code point that ends at text[end], end > 0, and returns where it begins. */
static size_t decode_before(const uint8_t *text, size_t end, uint32_t *c)
{
    size_t at = end - 1;
    while (at > 0 && end - at < 4 && (text[at] & 0xC0) == 0x80)
        at--;
    if (wn__utf8_decode(text + at, end - at, c) == end - at)
        return at;
    *c = WN__UTF8_REPLACEMENT; /* an invalid part, of which this is the last byte */
    return end - 1;
}

/* Is the sigma in text[begin..end) the last letter of a word? Something cased stands before it and
 * nothing cased behind it, looking past what is ignorable. Another sigma is cased, so that no byte
 * is looked at for more than two of them. */
static bool is_final_sigma(const pass *p, size_t begin, size_t end)
{
    uint32_t c;
    unsigned seen = WN__UNICODE_IGNORABLE;
    while (begin > 0 && seen == WN__UNICODE_IGNORABLE) {
        begin = decode_before(p->text, begin, &c);
        seen = case_of(p, c);
    }
    if (seen != WN__UNICODE_CASED)
        return false;
    seen = WN__UNICODE_IGNORABLE;
    while (end < p->len && seen == WN__UNICODE_IGNORABLE) {
        end += wn__utf8_decode(p->text + end, p->len - end, &c);
        seen = case_of(p, c);
    }
    return seen != WN__UNICODE_CASED;
}

/* ---- One code point ---------------------------------------------------------------------- */

/* Writes a code point under STRIP. */
static size_t put_stripped(const pass *p, uint32_t c, uint8_t *out)
{
    unsigned flags = wn__unicode_find(c, p->unicode)->flags;
    if ((flags & (WN__UNICODE_MARK | WN__UNICODE_STRIPS)) == 0)
        return c >= 0x80 && (p->steps & ONLY_ASCII) != 0 ? 0 : wn__utf8_encode(c, out);
    if ((flags & WN__UNICODE_MARK) != 0)
        return 0;
    if ((p->steps & ONLY_ASCII) == 0)
        return wn__unicode_strip(c, out);
    uint8_t stripped[WN__UNICODE_STRIP_MAX];
    size_t n = 0, n_stripped = wn__unicode_strip(c, stripped);
    for (size_t i = 0; i < n_stripped; i++) {
        if (stripped[i] < 0x80)
            out[n++] = stripped[i];
    }
    return n;
}

/* Writes the code point in text[begin..end), which is above U+007F. */
static size_t put_decoded(const pass *p, uint32_t c, size_t begin, size_t end, uint8_t *out)
{
    const char *folded = p->steps & FOLD ? fold(c) : NULL;
    if (folded != NULL) {
        size_t n = 0;
        for (; *folded != '\0'; folded++)
            n += put_ascii(p->steps, (uint8_t)*folded, out + n);
        return n;
    }
    if ((p->steps & LOWER) != 0) {
        if (c == 0x130) {
            out[0] = 'i'; /* and U+0307, a mark */
            return (p->steps & STRIP) != 0 ? 1 : 1 + wn__utf8_encode(0x307, out + 1);
        }
        c = c == 0x3A3 && is_final_sigma(p, begin, end) ? 0x3C2 : wn__unicode_lower(c, p->unicode);
    }
    return (p->steps & STRIP) != 0 ? put_stripped(p, c, out) : wn__utf8_encode(c, out);
}

/* ---- Many bytes at once ------------------------------------------------------------------ */

#if defined(WN__SSE2)

enum { MANY = 16 };

/* Rewrites MANY bytes as far as each stays one byte. Returns how many were done: the rest begins
 * with one that takes more. */
static inline size_t put_many(unsigned steps, const uint8_t *text, uint8_t *out)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)text);
    __m128i letters = wn__sse2_between(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
    __m128i digits = wn__sse2_between(bytes, '0', '9');
    unsigned special = steps & DECODE ? (unsigned)_mm_movemask_epi8(bytes) : 0;
    if (steps & PUNCT)
        special |= (unsigned)_mm_movemask_epi8(
            _mm_andnot_si128(_mm_or_si128(letters, digits), wn__sse2_between(bytes, '!', '~')));
    if (steps & UPPER)
        bytes = _mm_or_si128(bytes, _mm_and_si128(letters, _mm_set1_epi8(0x20)));
    if (steps & DIGIT) /* of a digit stays the high half */
        bytes = _mm_andnot_si128(_mm_and_si128(digits, _mm_set1_epi8(0x0F)), bytes);
    _mm_storeu_si128((__m128i *)(void *)out, bytes);
    return special == 0 ? MANY : (size_t)__builtin_ctz(special);
}

#else

enum { MANY = 8 };

static size_t put_many(unsigned steps, const uint8_t *text, uint8_t *out)
{
    uint64_t bytes = wn__swar_load(text);
    uint64_t letters = wn__swar_between(bytes | WN__EACH * 0x20, 'a', 'z');
    uint64_t digits = wn__swar_between(bytes, '0', '9');
    uint64_t special = steps & DECODE ? bytes & WN__EACH * 0x80 : 0;
    if (steps & PUNCT)
        special |= wn__swar_between(bytes, '!', '~') & ~(letters | digits);
    if (steps & UPPER)
        bytes |= letters >> 2; /* sets 0x20 */
    if (steps & DIGIT)
        bytes &= ~((digits >> 7) * 0x0F);
    memcpy(out, &bytes, sizeof bytes);
    return special == 0 ? MANY : (size_t)__builtin_ctzll(special) / 8;
}

#endif

/* ---- Origins ----------------------------------------------------------------------------- */

/* The origin of a byte is where its code point begins in the text, twice, plus 1 in a space that
 * was inserted; behind the last one stands the end of the text. A code point reaches to where the
 * next one begins that left something. */
static void set_origins(size_t *origins, const uint8_t *out, size_t n, size_t at, bool is_spaced)
{
    /* Punctuation has three bytes then, an ellipsis nine. Spaces in a decomposition do no harm:
     * its other bytes have the same origin. */
    for (size_t i = 0; i < n; i++)
        origins[i] = 2 * at + (is_spaced && n >= 3 && out[i] == ' ');
}

/* Bytes n_before .. n - 1 are those of the text from `at` on, one for one. */
static void set_copied_origins(size_t *origins, size_t n_before, size_t n, size_t at)
{
    for (size_t i = n_before; i < n && origins != NULL; i++)
        origins[i] = 2 * (at + i - n_before);
}

wn_span wn__normalize_span(const size_t *origins, size_t n, size_t begin, size_t end)
{
    if (n == 0)
        return (wn_span){0, origins[0] / 2};
    if (begin == end) {
        begin -= begin == n;
        end = begin + 1;
    }
    size_t first = begin, last = end - 1;
    while (first < last && origins[first] % 2 == 1)
        first++;
    while (last > first && origins[last] % 2 == 1)
        last--;
    size_t next = last + 1;
    while (next < n && origins[next] / 2 == origins[last] / 2)
        next++;
    return (wn_span){origins[first] / 2, origins[next] / 2};
}

/* ---- The pass ---------------------------------------------------------------------------- */

/* Where MANY bytes are left, MANY bytes of room are: out has as many for each. */
size_t wn__normalize(const wn__normalizer *normalizer, const uint8_t *text, size_t len,
                     uint8_t *out, size_t *origins)
{
    const pass p = {normalizer->steps, normalizer->unicode, text, len};
    const unsigned steps = p.steps;
    size_t n = 0;
    for (size_t at = 0; at < len;) {
        size_t begin = at, n_before = n;
        if (text[at] >= 0x80 && (steps & DECODE) != 0) {
            uint32_t c;
            at += wn__utf8_decode_two(text + at, len - at, &c);
            n += put_decoded(&p, c, begin, at, out + n);
        } else if ((steps_of[text[at]] & steps & PUNCT) != 0) {
            n += put_ascii(steps, text[at++], out + n);
        } else {
            for (size_t n_done = MANY; n_done == MANY && len - at >= MANY;
                 at += n_done, n += n_done)
                n_done = put_many(steps, text + at, out + n);
            if (at != begin) {
                set_copied_origins(origins, n_before, n, begin);
                continue;
            }
            n += put_ascii(steps, text[at++], out + n);
        }
        if (origins != NULL)
            set_origins(origins + n_before, out + n_before, n - n_before, begin,
                        (steps & PUNCT) != 0);
    }
    if (origins != NULL)
        origins[n] = 2 * len;
    return n;
}
