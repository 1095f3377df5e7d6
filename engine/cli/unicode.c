/* unicode.c - UTF-8 for output: code points, columns on a terminal. */
#include "unicode.h"

size_t unicode_next(const char *text, size_t len, uint32_t *code_point, int *valid)
{
    const unsigned char *s = (const unsigned char *)text;
    uint32_t lead = s[0];
    *valid = 1;
    *code_point = lead;
    if (lead < 0x80)
        return 1;
    *valid = 0;
    *code_point = 0xFFFD;
    if (lead < 0xC2 || lead > 0xF4)
        return 1;
    size_t need = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    uint32_t value = lead & (0x3Fu >> need);
    /* The first continuation byte has a smaller range after four of the lead bytes: no overlong
     * forms, no surrogates, nothing past U+10FFFF. */
    unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    for (size_t i = 1; i <= need; i++) {
        if (i >= len || s[i] < low || s[i] > high)
            return i;
        value = value << 6 | (s[i] & 0x3Fu);
        low = 0x80;
        high = 0xBF;
    }
    *valid = 1;
    *code_point = value;
    return need + 1;
}

/* Writes the UTF-8 form and returns its length. */
static size_t put(char out[4], uint32_t code_point)
{
    if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF))
        code_point = 0xFFFD;
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

void unicode_add(struct buffer *out, uint32_t code_point)
{
    out->len += put(buffer_reserve(out, 4), code_point);
}

struct range {
    uint32_t first, last;
    int columns;
};

/* Ascending. Blocks rather than single characters: the aim is a table that stays in its columns
 * for the scripts of the world's news, not a copy of the Unicode database. */
static const struct range ranges[] = {
    {0x0000, 0x001F, -1},  {0x007F, 0x009F, -1},  {0x00AD, 0x00AD, 0},   {0x0300, 0x036F, 0},
    {0x0483, 0x0489, 0},   {0x0591, 0x05BD, 0},   {0x0610, 0x061A, 0},   {0x064B, 0x065F, 0},
    {0x093A, 0x093A, 0},   {0x093C, 0x093C, 0},   {0x0941, 0x0948, 0},   {0x094D, 0x094D, 0},
    {0x0E31, 0x0E31, 0},   {0x0E34, 0x0E3A, 0},   {0x0E47, 0x0E4E, 0},   {0x1100, 0x115F, 2},
    {0x1AB0, 0x1AFF, 0},   {0x1DC0, 0x1DFF, 0},   {0x200B, 0x200D, 0},   {0x200E, 0x200F, -1},
    {0x2028, 0x202E, -1},  {0x2060, 0x2060, 0},   {0x2066, 0x2069, -1},  {0x20D0, 0x20FF, 0},
    {0x2E80, 0x303E, 2},   {0x3041, 0xA4CF, 2},   {0xA960, 0xA97F, 2},   {0xAC00, 0xD7A3, 2},
    {0xF900, 0xFAFF, 2},   {0xFE00, 0xFE0F, 0},   {0xFE20, 0xFE2F, 0},   {0xFE30, 0xFE6F, 2},
    {0xFEFF, 0xFEFF, 0},   {0xFF01, 0xFF60, 2},   {0xFFE0, 0xFFE6, 2},   {0x1F300, 0x1F64F, 2},
    {0x1F680, 0x1F6FF, 2}, {0x1F900, 0x1F9FF, 2}, {0x20000, 0x3FFFD, 2}, {0xE0000, 0xE0FFF, 0},
};

int unicode_columns(uint32_t code_point)
{
    size_t low = 0, high = sizeof ranges / sizeof ranges[0];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code_point > ranges[middle].last)
            low = middle + 1;
        else if (code_point < ranges[middle].first)
            high = middle;
        else
            return ranges[middle].columns;
    }
    return 1;
}
