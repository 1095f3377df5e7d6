/* test_normalize.c - each step of the normalisation, alone and with the others. */
#include "normalize.h"
#include "utf8.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum {
    VALID = WN__NORMALIZE_VALID_UTF8,
    FOLD = WN__NORMALIZE_FOLD_PUNCTUATION,
    LOWER = WN__NORMALIZE_LOWER_ASCII,
    ZERO = WN__NORMALIZE_DIGITS_TO_ZERO,
    SPACE = WN__NORMALIZE_SPACE_PUNCTUATION,
    ALL = VALID | FOLD | LOWER | ZERO | SPACE
};

/* The text goes into a block of exactly its size and the output into one of exactly the bound, so
 * that a sanitizer sees a byte too far. */
static void expect_bytes(unsigned steps, const void *text, size_t len, const void *expected,
                         size_t expected_len)
{
    size_t bound = wn__normalize_bound(len);
    uint8_t *copy = malloc(len + 1);
    uint8_t *in = copy + 1; /* an odd address, and len bytes up to the end */
    uint8_t *out = malloc(bound + (bound == 0));
    cr_assert(copy != NULL && out != NULL);
    if (len > 0)
        memcpy(in, text, len);
    size_t n = wn__normalize(steps, in, len, out);
    cr_assert_leq(n, bound);
    cr_assert_eq(n, expected_len, "%zu bytes, not %zu: '%.*s'", n, expected_len, (int)n,
                 (char *)out);
    cr_assert_eq(memcmp(out, expected, n), 0, "'%.*s'", (int)n, (char *)out);
    free(copy);
    free(out);
}

static void expect(unsigned steps, const char *text, const char *expected)
{
    expect_bytes(steps, text, strlen(text), expected, strlen(expected));
}

Test(normalize, no_steps_change_nothing)
{
    uint8_t text[512];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 7);
    expect_bytes(0, text, sizeof text, text, sizeof text);
    expect_bytes(0, NULL, 0, "", 0);
    expect_bytes(ALL, NULL, 0, "", 0);
}

Test(normalize, each_step_changes_its_bytes_and_no_others)
{
    for (unsigned b = 0; b < 0x80; b++) {
        uint8_t byte = (uint8_t)b;
        bool is_upper = b >= 'A' && b <= 'Z';
        bool is_digit = b >= '0' && b <= '9';
        bool is_letter = is_upper || (b >= 'a' && b <= 'z');
        bool is_punctuation = b > 0x20 && b < 0x7F && !is_letter && !is_digit;
        uint8_t lower = is_upper ? (uint8_t)(b - 'A' + 'a') : byte;
        uint8_t zero = is_digit ? '0' : byte;
        uint8_t spaced[3] = {' ', byte, ' '};
        expect_bytes(LOWER, &byte, 1, &lower, 1);
        expect_bytes(ZERO, &byte, 1, &zero, 1);
        expect_bytes(SPACE, &byte, 1, is_punctuation ? spaced : &byte, is_punctuation ? 3 : 1);
        expect_bytes(VALID | FOLD, &byte, 1, &byte, 1);
        uint8_t both = is_upper ? lower : zero;
        expect_bytes(ALL, &byte, 1, is_punctuation ? spaced : &both, is_punctuation ? 3 : 1);
    }
}

Test(normalize, bytes_change_alike_alone_and_among_others)
{
    /* Alone, a byte is tested above; eight or more go another way. */
    uint64_t random = 7;
    for (unsigned steps = 0; steps <= ALL; steps++) {
        unsigned n_bytes = steps & (VALID | FOLD) ? 0x80 : 0x100;
        for (unsigned round = 0; round < 16 * n_bytes; round++) {
            uint8_t text[21], expected[63];
            size_t n = 0;
            for (size_t i = 0; i < sizeof text; i++) {
                random = random * 6364136223846793005U + 1442695040888963407U;
                text[i] = (uint8_t)((random >> 40) % n_bytes);
            }
            text[round % 16] = (uint8_t)(round / 16);
            for (size_t i = 0; i < sizeof text; i++)
                n += wn__normalize(steps, text + i, 1, expected + n);
            expect_bytes(steps, text, sizeof text, expected, n);
        }
    }
}

Test(normalize, folds_every_listed_code_point_and_no_other)
{
    /* The list of the model format, one line for each target. */
    static const struct {
        const char *target;
        uint32_t code_points[24];
    } folds[] = {
        {"'", {0x2018, 0x2019, 0x201A, 0x201B, 0x2032}},
        {"\"", {0x201C, 0x201D, 0x201E, 0x201F, 0x2033, 0x00AB, 0x00BB}},
        {"-", {0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212}},
        {"...", {0x2026}},
        {" ",
         {0x00A0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008,
          0x2009, 0x200A, 0x202F, 0x205F, 0x3000, 0x2028, 0x2029, 0x0085}},
        {"", {0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF}},
    };
    size_t n_folded = 0;
    size_t n_wrong = 0;
    for (uint32_t c = 0x80; c <= 0x10FFFF; c++) {
        uint8_t in[4], same[4], out[12];
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        size_t size = wn__utf8_encode(c, in);
        memcpy(same, in, size);
        const char *target = (const char *)same;
        size_t target_size = size;
        for (size_t f = 0; f < sizeof folds / sizeof folds[0]; f++) {
            for (size_t i = 0; i < 24 && folds[f].code_points[i] != 0; i++) {
                if (folds[f].code_points[i] == c) {
                    target = folds[f].target;
                    target_size = strlen(target);
                    n_folded++;
                }
            }
        }
        size_t n = wn__normalize(FOLD, in, size, out);
        if (n != target_size || memcmp(out, target, n) != 0)
            n_wrong++;
        if (wn__normalize(ALL & ~(unsigned)FOLD, in, size, out) != size || memcmp(out, in, size))
            n_wrong++;
    }
    cr_assert_eq(n_wrong, 0);
    cr_assert_eq(n_folded, 5 + 7 + 7 + 1 + 19 + 6);
}

Test(normalize, steps_run_in_their_order)
{
    expect(FOLD | LOWER | ZERO,
           "\xE2\x80\x9CIn 2031\xE2\x80\xA6 It\xE2\x80\x99S\xC2\xA0On\xE2\x80\x9D",
           "\"in 0000... it's on\"");
    /* What is folded is spaced like what was ASCII before. */
    expect(FOLD | SPACE,
           "a\xE2\x80\xA6"
           "b",
           "a .  .  . b");
    expect(SPACE,
           "a\xE2\x80\xA6"
           "b",
           "a\xE2\x80\xA6"
           "b");
    expect(FOLD | SPACE, "co\xC2\xADop \xC2\xABx\xC2\xBB", "coop  \" x \" ");
    expect(ALL, "U.N. envoy: 5,000!", "u . n .  envoy :  0 , 000 ! ");
    /* Letters above ASCII keep their case. */
    expect(ALL, "\xC3\x84rger \xD0\x96", "\xC3\x84rger \xD0\x96");
    expect_bytes(ALL, "A\0B", 3, "a\0b", 3);
}

Test(normalize, invalid_parts_become_replacement_characters)
{
    /* The example of the Unicode Standard, section 3.9, table 3-8. */
    static const char text[] = "a\xF1\x80\x80\xE1\x80\xC2"
                               "b\x80"
                               "c\x80\xBF"
                               "d";
    static const char expected[] = "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
                                   "b\xEF\xBF\xBD"
                                   "c\xEF\xBF\xBD\xEF\xBF\xBD"
                                   "d";
    expect(VALID, text, expected);
    expect(FOLD, text, expected); /* implies VALID */
    expect(LOWER | ZERO | SPACE, text, text);
    expect(VALID, "x\xE2\x80", "x\xEF\xBF\xBD"); /* cut off at the end */
    expect(FOLD, "\xE2\x80\x9C\xE2\x80", "\"\xEF\xBF\xBD");
}

Test(normalize, the_bound_is_reached_and_never_passed)
{
    expect(ALL, "!?.", " !  ?  . ");
    expect(FOLD | SPACE, "\xE2\x80\xA6", " .  .  . ");
    expect(VALID, "\x80\xFF", "\xEF\xBF\xBD\xEF\xBF\xBD");
    cr_assert_eq(wn__normalize_bound(0), 0);
    cr_assert_eq(wn__normalize_bound(3), 9);
    cr_assert_eq(wn__normalize_bound(SIZE_MAX / 3), SIZE_MAX / 3 * 3);
    cr_assert_eq(wn__normalize_bound(SIZE_MAX / 3 + 1), SIZE_MAX);
    cr_assert_eq(wn__normalize_bound(SIZE_MAX), SIZE_MAX);
}

Test(normalize, all_steps_at_once_equal_one_after_the_other)
{
    uint64_t random = 1;
    for (int round = 0; round < 20000; round++) {
        uint8_t text[24], at_once[72], a[72], b[216], c[648], d[1944];
        size_t len = (size_t)round % (sizeof text + 1);
        for (size_t i = 0; i < len; i++) {
            random = random * 6364136223846793005U + 1442695040888963407U;
            static const uint8_t bytes[] = {0xE2, 0x80, 0x9C, 0xA6, 0xC2, 0xA0, 0xAD, 0xE3,
                                            'A',  'z',  '5',  '!',  ' ',  0,    0xF0, 0x99};
            text[i] = bytes[random >> 60];
        }
        size_t n = wn__normalize(FOLD, text, len, a);
        cr_assert(wn__utf8_valid(a, n));
        n = wn__normalize(LOWER, a, n, b);
        n = wn__normalize(ZERO, b, n, c);
        n = wn__normalize(SPACE, c, n, d);
        cr_assert_eq(wn__normalize(ALL, text, len, at_once), n);
        cr_assert_eq(memcmp(at_once, d, n), 0);
    }
}
