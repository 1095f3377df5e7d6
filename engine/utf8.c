/* utf8.c - decodes and encodes code points, one at a time. */
#include "utf8.h"

#include "swar.h"

#include <string.h>

/* Bytes 2 to 4 of a code point are 80..BF, but for the second byte behind four of the lead bytes
 * (Unicode Standard, table 3-7). */
static void second_byte_range(uint8_t lead, uint8_t *low, uint8_t *high)
{
    *low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
}

size_t wn__utf8_decode(const uint8_t *p, size_t len, uint32_t *code_point)
{
    uint8_t lead = p[0];
    if (lead < 0x80) {
        *code_point = lead;
        return 1;
    }
    *code_point = WN__UTF8_REPLACEMENT;
    if (lead < 0xC2 || lead > 0xF4)
        return 1;
    size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t bits = lead & (0x7FU >> size);
    uint8_t low, high;
    second_byte_range(lead, &low, &high);
    for (size_t i = 1; i < size; i++) {
        if (i == len || p[i] < low || p[i] > high)
            return i;
        bits = bits << 6 | (p[i] & 0x3FU);
        low = 0x80;
        high = 0xBF;
    }
    *code_point = bits;
    return size;
}

size_t wn__utf8_encode(uint32_t code_point, uint8_t out[4])
{
    if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF))
        code_point = WN__UTF8_REPLACEMENT;
    if (code_point < 0x80) {
        out[0] = (uint8_t)code_point;
        return 1;
    }
    size_t size = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    out[0] = (uint8_t)((0xF00U >> size) | code_point); /* C0, E0 or F0 in front of the bits */
    return size;
}

bool wn__utf8_valid(const uint8_t *p, size_t len)
{
    size_t at = 0;
    while (at < len) {
        if (len - at >= 8 && (wn__swar_load(p + at) & WN__EACH * 0x80) == 0) {
            at += 8;
            continue;
        }
        uint32_t code_point;
        size_t size = wn__utf8_decode(p + at, len - at, &code_point);
        /* An invalid part never begins with EF and has three bytes: it would be complete. */
        if (code_point == WN__UTF8_REPLACEMENT && !(size == 3 && p[at] == 0xEF))
            return false;
        at += size;
    }
    return true;
}

bool wn__utf8_is_space(uint32_t code_point)
{
    if (code_point < 0x80)
        return code_point == 0x20 || (code_point >= 0x09 && code_point <= 0x0D) ||
               (code_point >= 0x1C && code_point <= 0x1F);
    if (code_point < 0x1680)
        return code_point == 0x85 || code_point == 0xA0;
    return code_point == 0x1680 || (code_point >= 0x2000 && code_point <= 0x200A) ||
           code_point == 0x2028 || code_point == 0x2029 || code_point == 0x202F ||
           code_point == 0x205F || code_point == 0x3000;
}
