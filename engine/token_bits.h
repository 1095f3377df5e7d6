/* token_bits.h - which bytes of a text belong to tokens, 64 at a time. */
#ifndef WN_TOKEN_BITS_H
#define WN_TOKEN_BITS_H

#include "base.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* ASCII white space as Python has it: 09 to 0D, 1C to 1F, space. */
static inline bool wn__is_ascii_space(uint8_t x)
{
    return x == ' ' || (uint8_t)(x - 0x09) <= 0x0D - 0x09 || (uint8_t)(x - 0x1C) <= 0x1F - 0x1C;
}

static inline bool wn__is_ascii_word(uint8_t x)
{
    return (uint8_t)((x | 0x20) - 'a') <= 'z' - 'a' || (uint8_t)(x - '0') <= '9' - '0' || x == '_';
}

/* Bit i of the result is set if text[i] is an ASCII character of words ([A-Za-z0-9_]), or any but
 * white space where `nonspace`; bit i of *high if it is part of a code point above U+007F. 64 bytes
 * are read. */
static inline uint64_t wn__token_bits(const uint8_t *text, bool nonspace, uint64_t *high)
{
    uint64_t bits = 0, above = 0;
#if defined(__SSE2__)
#define WITHIN(x, first, last)                                                                     \
    _mm_cmpeq_epi8(                                                                                \
        _mm_min_epu8(_mm_sub_epi8(x, _mm_set1_epi8(first)), _mm_set1_epi8((last) - (first))),      \
        _mm_sub_epi8(x, _mm_set1_epi8(first)))
    for (int i = 0; i < 4; i++) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(text + 16 * i)), found;
        if (nonspace) {
            found = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8(' ')),
                                 _mm_or_si128(WITHIN(x, 0x09, 0x0D), WITHIN(x, 0x1C, 0x1F)));
            found = _mm_andnot_si128(_mm_or_si128(found, x), _mm_set1_epi8(-128));
        } else {
            __m128i lower = _mm_or_si128(x, _mm_set1_epi8(0x20));
            found = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('_')),
                                 _mm_or_si128(WITHIN(lower, 'a', 'z'), WITHIN(x, '0', '9')));
        }
        bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(found) << (16 * i);
        above |= (uint64_t)(uint32_t)_mm_movemask_epi8(x) << (16 * i);
    }
#undef WITHIN
#else
    for (int i = 0; i < 64; i++) {
        uint8_t x = text[i];
        bool found = x < 0x80 && (nonspace ? !wn__is_ascii_space(x) : wn__is_ascii_word(x));
        bits |= (uint64_t)found << i;
        above |= (uint64_t)(x >> 7) << i;
    }
#endif
    *high = above;
    return bits;
}

#endif /* WN_TOKEN_BITS_H */
