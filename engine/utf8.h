/* utf8.h - UTF-8: decode any bytes, encode, validate; which code points are white space. */
#ifndef WINNOW_ENGINE_UTF8_H
#define WINNOW_ENGINE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WN__UTF8_REPLACEMENT = 0xFFFD };

/* Decodes the code point at p[0..len), len > 0, and returns the bytes consumed (>= 1). Invalid
 * bytes give U+FFFD, once for each maximal part that could have begun a code point: the practice of
 * the Unicode Standard, section 3.9 ("maximal subparts"), and of Python's decode(errors="replace").
 * U+FFFD from three bytes that begin with 0xEF stood in the text itself. */
size_t wn__utf8_decode(const uint8_t *p, size_t len, uint32_t *code_point);

/* The same for where two bytes are most likely. */
static inline size_t wn__utf8_decode_two(const uint8_t *p, size_t len, uint32_t *code_point)
{
    if (p[0] >= 0xC2 && p[0] < 0xE0 && len > 1 && (p[1] & 0xC0) == 0x80) {
        *code_point = (p[0] & 0x1FU) << 6 | (p[1] & 0x3FU);
        return 2;
    }
    return wn__utf8_decode(p, len, code_point);
}

/* Writes the 1 to 4 bytes of a code point and returns their number. A surrogate or a number above
 * U+10FFFF is no code point: U+FFFD is written instead. */
size_t wn__utf8_encode(uint32_t code_point, uint8_t out[4]);

/* Whether all of p[0..len) is well-formed UTF-8 (Unicode Standard, table 3-7): no surrogates, no
 * overlong forms, nothing above U+10FFFF. NUL is a valid byte; p may be NULL where len is 0. */
bool wn__utf8_valid(const uint8_t *p, size_t len);

/* Whether the code point is white space as Python's str.isspace() has it: 29 of them. */
bool wn__utf8_is_space(uint32_t code_point);

#endif
