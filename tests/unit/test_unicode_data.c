/* test_unicode_data.c - the tables by hand: facts of the Unicode Character Database. All code
 * points are held against Python in tests/golden/text.py. */
#include "unicode_data.h"
#include "utf8.h"

#include <criterion/criterion.h>

Test(unicode_data, words_digits_and_lower_case)
{
    static const struct {
        uint32_t code_point;
        bool is_word, is_decimal;
        uint32_t lower;
    } facts[] = {
        {'a', true, false, 'a'},        {'Z', true, false, 'z'},
        {'7', true, true, '7'},         {'_', true, false, '_'},
        {'-', false, false, '-'},       {0, false, false, 0},
        {0xB2, true, false, 0xB2},      {0xBD, true, false, 0xBD},
        {0x661, true, true, 0x661},     {0x2460, true, false, 0x2460},
        {0x301, false, false, 0x301},   {0x93F, false, false, 0x93F},
        {0x200D, false, false, 0x200D}, {0x4E2D, true, false, 0x4E2D},
        {0xAC00, true, false, 0xAC00},  {0x1F600, false, false, 0x1F600},
        {0x130, true, false, 'i'},      {0x1E9E, true, false, 0xDF},
        {0x212A, true, false, 'k'},     {0x3A3, true, false, 0x3C3},
        {0x23A, true, false, 0x2C65},   {0x10400, true, false, 0x10428},
        {0x2160, true, false, 0x2170},  {0x24B6, false, false, 0x24D0},
        {0xE000, false, false, 0xE000}, {0x10FFFF, false, false, 0x10FFFF},
    };
    for (size_t i = 0; i < WN__COUNT(facts); i++) {
        uint32_t c = facts[i].code_point;
        for (int version = 0; version < WN__N_UNICODE; version++) {
            wn__unicode unicode = (wn__unicode)version;
            cr_expect_eq(wn__unicode_is_word(c, unicode), facts[i].is_word, "U+%04X", c);
            cr_expect_eq(wn__unicode_is_decimal(c, unicode), facts[i].is_decimal, "U+%04X", c);
            cr_expect_eq(wn__unicode_lower(c, unicode), facts[i].lower, "U+%04X", c);
        }
    }
}

/* Python 3.11.2: sum(chr(c).isalnum() or c == 95 for c in range(0x110000)) and the like. */
Test(unicode_data, counts_of_unicode_14)
{
    size_t n_words = 0, n_lower = 0, n_marks = 0, n_spaces = 0;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        n_words += wn__unicode_is_word(c, WN__UNICODE_14_0);
        n_lower += wn__unicode_lower(c, WN__UNICODE_14_0) != c;
        n_marks += (wn__unicode_find(c, WN__UNICODE_14_0)->flags & WN__UNICODE_MARK) != 0;
        n_spaces += wn__utf8_is_space(c);
    }
    cr_assert_eq(n_words, 133548);
    cr_assert_eq(n_lower, 1433); /* 1432 one to one, and U+0130 */
    cr_assert_eq(n_marks, 912);
    cr_assert_eq(n_spaces, 29);
}

Test(unicode_data, a_version_adds_code_points)
{
    static const struct {
        uint32_t code_point; /* letters */
        wn__unicode since;
    } letters[] = {
        {'a', WN__UNICODE_12_1},     {0xA7F5, WN__UNICODE_13_0},  {0x2C2F, WN__UNICODE_14_0},
        {0x1E030, WN__UNICODE_15_0}, {0x2EBF0, WN__UNICODE_15_1}, {0x1C89, WN__UNICODE_16_0},
        {0xA7CE, WN__UNICODE_17_0},
    };
    for (size_t i = 0; i < WN__COUNT(letters); i++) {
        cr_expect(wn__unicode_is_word(letters[i].code_point, WN__UNICODE_NEWEST));
        for (int version = WN__UNICODE_12_1; version < WN__N_UNICODE; version++) {
            cr_expect_eq(wn__unicode_is_word(letters[i].code_point, (wn__unicode)version),
                         version >= (int)letters[i].since, "U+%04X in %d", letters[i].code_point,
                         version);
        }
    }
}

Test(unicode_data, case_for_the_final_sigma_has_changed_four_times)
{
    enum { C = WN__UNICODE_CASED, I = WN__UNICODE_IGNORABLE };
    static const struct {
        uint32_t code_point;
        unsigned expected[WN__N_UNICODE]; /* newest, 12.1, 13.0, 14.0, 15.0, 15.1, 16.0, 17.0 */
    } facts[] = {
        {0x0295, {0, C, C, C, C, C, C, 0}}, {0x055F, {I, 0, I, I, I, I, I, I}},
        {0x1734, {0, I, I, 0, 0, 0, 0, 0}}, {0x1171E, {0, I, I, I, I, I, 0, 0}},
        {'a', {C, C, C, C, C, C, C, C}},    {'\'', {I, I, I, I, I, I, I, I}},
        {'-', {0, 0, 0, 0, 0, 0, 0, 0}},    {0x2B0, {I, I, I, I, I, I, I, I}}, /* cased too */
        {0x24D0, {C, C, C, C, C, C, C, C}},
    };
    for (size_t i = 0; i < WN__COUNT(facts); i++) {
        for (int version = 0; version < WN__N_UNICODE; version++) {
            cr_expect_eq(wn__unicode_case(facts[i].code_point, (wn__unicode)version),
                         facts[i].expected[version], "U+%04X in %d", facts[i].code_point, version);
        }
    }
}

Test(unicode_data, decompositions_without_their_marks)
{
    static const struct {
        uint32_t code_point;
        const char *text;
    } facts[] = {
        {0xE9, "e"},
        {0xFB01, "fi"},
        {0xA0, " "},
        {0x2026, "..."},
        {0xBD, "1\xE2\x81\x84"
               "2"},
        {0x1D400, "A"},
        {0xAC00, "\xE1\x84\x80\xE1\x85\xA1"},
        {0xD7A3, "\xE1\x84\x92\xE1\x85\xB5\xE1\x87\x82"},
        {0x2F800, "\xE4\xB8\xBD"},
        {0x0F73, ""},
        {0xFDFA, "\xD8\xB5\xD9\x84\xD9\x89 \xD8\xA7\xD9\x84\xD9\x84\xD9\x87 "
                 "\xD8\xB9\xD9\x84\xD9\x8A\xD9\x87 \xD9\x88\xD8\xB3\xD9\x84\xD9\x85"},
    };
    for (size_t i = 0; i < WN__COUNT(facts); i++) {
        uint8_t out[WN__UNICODE_STRIP_MAX];
        size_t n = wn__unicode_strip(facts[i].code_point, out);
        cr_expect((wn__unicode_find(facts[i].code_point, WN__UNICODE_12_1)->flags &
                   WN__UNICODE_STRIPS) != 0);
        cr_expect(n == strlen(facts[i].text) && memcmp(out, facts[i].text, n) == 0, "U+%04X",
                  facts[i].code_point);
    }
    size_t longest = 0;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        uint8_t out[WN__UNICODE_STRIP_MAX];
        if ((wn__unicode_find(c, WN__UNICODE_NEWEST)->flags & WN__UNICODE_STRIPS) == 0)
            continue;
        size_t n = wn__unicode_strip(c, out);
        longest = n > longest ? n : longest;
        /* It is stripped: nothing in it is a mark or has a decomposition of its own. */
        for (size_t at = 0; at < n;) {
            uint32_t part;
            at += wn__utf8_decode(out + at, n - at, &part);
            cr_expect((wn__unicode_find(part, WN__UNICODE_NEWEST)->flags &
                       (WN__UNICODE_STRIPS | WN__UNICODE_MARK)) == 0,
                      "U+%04X", c);
        }
    }
    cr_assert_eq(longest, WN__UNICODE_STRIP_MAX);
}
