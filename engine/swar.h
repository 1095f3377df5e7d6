/* swar.h - eight bytes of a text in one word (SIMD within a register): how texts are scanned where
 * no vector instructions are used.
 *
 * A mask has the highest bit of each byte that is in it. The first byte of a word is its lowest. */
#ifndef WN_SWAR_H
#define WN_SWAR_H

#include "base.h"

/* Vector instructions that every processor of the target has: SSE2 is part of x86-64. WN_PORTABLE
 * leaves them out, so that what other machines run is tested here. */
#if defined(__SSE2__) && !defined(WN_PORTABLE)
#define WN__SSE2 1
#include <emmintrin.h>

/* Those of sixteen bytes that lie in first..last: all bits of each are set. */
static inline __m128i wn__sse2_between(__m128i bytes, uint8_t first, uint8_t last)
{
    __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8((char)first));
    return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8((char)(last - first))), above);
}
#endif

#define WN__EACH 0x0101010101010101U /* times a byte: that byte, eight times */

static inline uint64_t wn__swar_load(const uint8_t *text)
{
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
    return bytes;
}

/* Those that lie in first..last, both below 0x80. */
static inline uint64_t wn__swar_between(uint64_t bytes, unsigned first, unsigned last)
{
    /* Without their highest bits no sum carries into the next byte. */
    uint64_t low = bytes & ~(WN__EACH * 0x80);
    return (low + WN__EACH * (0x80 - first)) & ~(low + WN__EACH * (0x7F - last)) & ~bytes &
           WN__EACH * 0x80;
}

/* The bytes of a mask as bits 0 to 7. */
static inline unsigned wn__swar_bits(uint64_t mask)
{
    return (unsigned)((mask >> 7) * 0x0102040810204080U >> 56);
}

#endif /* WN_SWAR_H */
