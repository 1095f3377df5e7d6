/* test_utf8.c - decoding, encoding and white space against tables of the Unicode Standard. */
#include "utf8.h"

#include <criterion/criterion.h>
#include <string.h>

/* ---- An independent description: Unicode Standard, table 3-7 ------------------------------ */

/* Well-formed sequences are exactly the rows of this table. */
static const struct {
    uint8_t low[4], high[4];
    size_t size;
} rows[] = {
    {{0x00}, {0x7F}, 1},
    {{0xC2, 0x80}, {0xDF, 0xBF}, 2},
    {{0xE0, 0xA0, 0x80}, {0xE0, 0xBF, 0xBF}, 3},
    {{0xE1, 0x80, 0x80}, {0xEC, 0xBF, 0xBF}, 3},
    {{0xED, 0x80, 0x80}, {0xED, 0x9F, 0xBF}, 3},
    {{0xEE, 0x80, 0x80}, {0xEF, 0xBF, 0xBF}, 3},
    {{0xF0, 0x90, 0x80, 0x80}, {0xF0, 0xBF, 0xBF, 0xBF}, 4},
    {{0xF1, 0x80, 0x80, 0x80}, {0xF3, 0xBF, 0xBF, 0xBF}, 4},
    {{0xF4, 0x80, 0x80, 0x80}, {0xF4, 0x8F, 0xBF, 0xBF}, 4},
};

/* What stands at p: a whole row (*valid), or the longest start of any row, at least one byte. */
static size_t expected_size(const uint8_t *p, size_t len, bool *valid)
{
    size_t longest = 1;
    *valid = false;
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        size_t n = 0;
        while (n < rows[r].size && n < len && p[n] >= rows[r].low[n] && p[n] <= rows[r].high[n])
            n++;
        if (n == rows[r].size) {
            *valid = true;
            return n;
        }
        if (n > longest)
            longest = n;
    }
    return longest;
}

static bool is_expected(const uint8_t *p, size_t len)
{
    bool valid;
    size_t size = expected_size(p, len, &valid);
    uint32_t code_point;
    if (wn__utf8_decode(p, len, &code_point) != size)
        return false;
    return valid || code_point == 0xFFFD;
}

/* ---- Decoding ---------------------------------------------------------------------------- */

Test(utf8, every_code_point_comes_back)
{
    size_t n_wrong = 0;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        uint8_t bytes[4];
        size_t size = wn__utf8_encode(c, bytes);
        bool valid;
        uint32_t back;
        if (expected_size(bytes, size, &valid) != size || !valid)
            n_wrong++;
        else if (wn__utf8_decode(bytes, size, &back) != size || back != c)
            n_wrong++;
        else if (!wn__utf8_valid(bytes, size))
            n_wrong++;
    }
    cr_assert_eq(n_wrong, 0);
}

Test(utf8, known_bytes_have_known_code_points)
{
    /* From the Unicode Standard, table 3-4 and the code charts. */
    static const struct {
        const char *bytes;
        uint32_t code_point;
    } known[] = {
        {"M", 0x4D},
        {"\xD0\xB0", 0x430},
        {"\xE4\xBA\x8C", 0x4E8C},
        {"\xC3\xA9", 0xE9},
        {"\xE2\x82\xAC", 0x20AC},
        {"\xF0\x90\x8C\x82", 0x10302},
        {"\xE2\x80\xA6", 0x2026},
        {"\xEF\xBF\xBD", 0xFFFD},
        {"\xF4\x8F\xBF\xBF", 0x10FFFF},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const uint8_t *p = (const uint8_t *)known[i].bytes;
        size_t len = strlen(known[i].bytes);
        uint32_t code_point;
        cr_assert_eq(wn__utf8_decode(p, len, &code_point), len);
        cr_assert_eq(code_point, known[i].code_point);
        uint8_t bytes[4];
        cr_assert_eq(wn__utf8_encode(code_point, bytes), len);
        cr_assert_eq(memcmp(bytes, p, len), 0);
    }
}

Test(utf8, what_is_no_code_point_is_written_as_replacement)
{
    static const uint32_t wrong[] = {0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0x110000, 0xFFFFFFFF};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t bytes[4] = {0};
        cr_assert_eq(wn__utf8_encode(wrong[i], bytes), 3);
        cr_assert_eq(memcmp(bytes, "\xEF\xBF\xBD", 3), 0);
    }
}

Test(utf8, all_sequences_of_up_to_three_bytes_follow_the_table)
{
    size_t n_wrong = 0;
    for (uint32_t n = 0; n < 1U << 24; n++) {
        uint8_t p[3] = {(uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
        if (!is_expected(p, 3))
            n_wrong++;
        if (p[2] == 0 && (!is_expected(p, 2) || (p[1] == 0 && !is_expected(p, 1))))
            n_wrong++;
    }
    cr_assert_eq(n_wrong, 0);
}

Test(utf8, four_bytes_with_every_border_follow_the_table)
{
    /* Bytes on both sides of every border in the table. */
    static const uint8_t borders[] = {0x00, 0x41, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x9F,
                                      0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED,
                                      0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    enum { N = sizeof borders };
    size_t n_wrong = 0;
    for (uint32_t lead = 0; lead < 256; lead++) {
        for (size_t i = 0; i < N * N * N; i++) {
            uint8_t p[4] = {(uint8_t)lead, borders[i / N / N], borders[i / N % N], borders[i % N]};
            if (!is_expected(p, 4))
                n_wrong++;
            bool valid;
            bool all = expected_size(p, 4, &valid) == 4 && valid;
            if (lead >= 0xF0 && wn__utf8_valid(p, 4) != all)
                n_wrong++;
        }
    }
    cr_assert_eq(n_wrong, 0);
}

Test(utf8, invalid_parts_are_replaced_as_the_standard_shows)
{
    /* The example of section 3.9, table 3-8: 61 F1 80 80 E1 80 C2 62 80 63 80 BF 64. */
    static const uint8_t text[] = {0x61, 0xF1, 0x80, 0x80, 0xE1, 0x80, 0xC2,
                                   0x62, 0x80, 0x63, 0x80, 0xBF, 0x64};
    static const uint32_t expected[] = {0x61,   0xFFFD, 0xFFFD, 0xFFFD, 0x62,
                                        0xFFFD, 0x63,   0xFFFD, 0xFFFD, 0x64};
    size_t n = 0;
    for (size_t at = 0; at < sizeof text; n++) {
        uint32_t code_point;
        at += wn__utf8_decode(text + at, sizeof text - at, &code_point);
        cr_assert_lt(n, sizeof expected / sizeof expected[0]);
        cr_assert_eq(code_point, expected[n], "part %zu", n);
    }
    cr_assert_eq(n, sizeof expected / sizeof expected[0]);
}

/* ---- Validation -------------------------------------------------------------------------- */

Test(utf8, validity_does_not_depend_on_the_place)
{
    static const struct {
        const char *bytes;
        bool valid;
    } cases[] = {
        {"\xEF\xBF\xBD", true},
        {"\xEF\xBB\xBF", true},
        {"\xF0\x9F\x98\x80", true},
        {"\xED\xA0\x80", false},
        {"\xC0\xAF", false},
        {"\xE0\x80\xAF", false},
        {"\xF4\x90\x80\x80", false},
        {"\xF0\x9F\x98", false},
        {"\xE2\x82", false},
        {"\xFF", false},
        {"\x80", false},
        {"\xEF\xBF", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t before = 0; before < 20; before++) {
            for (size_t after = 0; after < 20; after++) {
                uint8_t text[48];
                size_t size = strlen(cases[i].bytes);
                memset(text, 'a', sizeof text);
                text[0] = 0; /* NUL is fine */
                memcpy(text + before, cases[i].bytes, size);
                cr_assert_eq(wn__utf8_valid(text, before + size + after), cases[i].valid,
                             "case %zu behind %zu before %zu bytes", i, before, after);
            }
        }
    }
    cr_assert(wn__utf8_valid(NULL, 0));
}

/* ---- White space ------------------------------------------------------------------------- */

Test(utf8, white_space_is_the_29_code_points_of_python)
{
    /* [c for c in range(0x110000) if chr(c).isspace()], Python 3.11. */
    static const uint32_t spaces[] = {
        0x09,   0x0A,   0x0B,   0x0C,   0x0D,   0x1C,   0x1D,   0x1E,   0x1F,   0x20,
        0x85,   0xA0,   0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006,
        0x2007, 0x2008, 0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
    };
    enum { N = sizeof spaces / sizeof spaces[0] };
    cr_assert_eq((int)N, 29);
    size_t n = 0;
    for (uint32_t c = 0; c < 0x120000; c++) {
        if (!wn__utf8_is_space(c))
            continue;
        cr_assert_lt(n, (size_t)N);
        cr_assert_eq(c, spaces[n]);
        n++;
    }
    cr_assert_eq(n, (size_t)N);
}
