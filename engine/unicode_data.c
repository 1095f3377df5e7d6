/* unicode_data.c - the look-ups of unicode_data.h that are not one line. */
#include "unicode_data.h"

#include "utf8.h"

unsigned wn__unicode_case(uint32_t code_point, wn__unicode version)
{
    for (size_t i = 0; i < WN__COUNT(wn__unicode_changes); i++) {
        const wn__unicode_change *change = &wn__unicode_changes[i];
        if (change->code_point == code_point && (uint32_t)version - 1u < change->since - 1u)
            return change->flags;
    }
    return wn__unicode_find(code_point, version)->flags &
           (WN__UNICODE_CASED | WN__UNICODE_IGNORABLE);
}

/* The Unicode Standard, section 3.12: a syllable is a consonant, a vowel and maybe a consonant. */
static size_t strip_hangul(uint32_t syllable, uint8_t *out)
{
    uint32_t tail = syllable % 28;
    size_t n = wn__utf8_encode(0x1100 + syllable / (21 * 28), out);
    n += wn__utf8_encode(0x1161 + syllable / 28 % 21, out + n);
    return tail == 0 ? n : n + wn__utf8_encode(0x11A7 + tail, out + n);
}

size_t wn__unicode_strip(uint32_t code_point, uint8_t out[WN__UNICODE_STRIP_MAX])
{
    if (code_point >= 0xAC00 && code_point <= 0xD7A3)
        return strip_hangul(code_point - 0xAC00, out);
    uint32_t page = wn__unicode_strip_pages[code_point >> WN__UNICODE_STRIP_SHIFT];
    uint32_t at = code_point & ((1u << WN__UNICODE_STRIP_SHIFT) - 1);
    const uint8_t *text =
        wn__unicode_strip_pool + wn__unicode_strip_places[page << WN__UNICODE_STRIP_SHIFT | at];
    memcpy(out, text + 1, text[0]);
    return text[0];
}
