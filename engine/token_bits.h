/* token_bits.h - which bytes of a text belong to tokens, 64 at a time. */
#ifndef WN_TOKEN_BITS_H
#define WN_TOKEN_BITS_H

#include "swar.h"

/* Bit i of the result is set if text[i] is an ASCII character of words ([A-Za-z0-9_]), or where
 * `nonspace` any but white space as Python has it (09 to 0D, 1C to 1F, space); bit i of *high if it
 * is part of a code point above U+007F. 64 bytes are read. */
static inline uint64_t wn__token_bits(const uint8_t *text, bool nonspace, uint64_t *high)
{
    uint64_t bits = 0, above = 0;
#if defined(WN__SSE2)
    for (int i = 0; i < 4; i++) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(text + 16 * i)), found;
        if (nonspace) {
            found = _mm_or_si128(
                _mm_cmpeq_epi8(x, _mm_set1_epi8(' ')),
                _mm_or_si128(wn__sse2_between(x, 0x09, 0x0D), wn__sse2_between(x, 0x1C, 0x1F)));
            found = _mm_andnot_si128(_mm_or_si128(found, x), _mm_set1_epi8(-128));
        } else {
            __m128i lower = _mm_or_si128(x, _mm_set1_epi8(0x20));
            found = _mm_or_si128(
                _mm_cmpeq_epi8(x, _mm_set1_epi8('_')),
                _mm_or_si128(wn__sse2_between(lower, 'a', 'z'), wn__sse2_between(x, '0', '9')));
        }
        bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(found) << (16 * i);
        above |= (uint64_t)(uint32_t)_mm_movemask_epi8(x) << (16 * i);
    }
#else
    for (int i = 0; i < 64; i += 8) {
        uint64_t x = wn__swar_load(text + i), found;
        if (nonspace)
            found = ~(wn__swar_between(x, ' ', ' ') | wn__swar_between(x, 0x09, 0x0D) |
                      wn__swar_between(x, 0x1C, 0x1F) | x);
        else
            found = wn__swar_between(x, '_', '_') | wn__swar_between(x, '0', '9') |
                    wn__swar_between(x | WN__EACH * 0x20, 'a', 'z');
        bits |= (uint64_t)wn__swar_bits(found & WN__EACH * 0x80) << i;
        above |= (uint64_t)wn__swar_bits(x & WN__EACH * 0x80) << i;
    }
#endif
    *high = above;
    return bits;
}

#endif /* WN_TOKEN_BITS_H */
