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
    ALL = VALID | FOLD | LOWER | ZERO | SPACE,
    PYTHON_LOWER = WN__NORMALIZE_LOWER,
    STRIP = WN__NORMALIZE_STRIP_ACCENTS_UNICODE,
    ASCII = WN__NORMALIZE_STRIP_ACCENTS_ASCII
};

static size_t run(unsigned steps, const uint8_t *text, size_t len, uint8_t *out)
{
    const wn__normalizer normalizer = {steps, WN__UNICODE_NEWEST};
    return wn__normalize(&normalizer, text, len, out, NULL);
}

/* The text goes into a block of exactly its size and the output into one of exactly the bound, so
 * that a sanitizer sees a byte too far. */
static void expect_bytes(unsigned steps, const void *text, size_t len, const void *expected,
                         size_t expected_len)
{
    uint8_t *copy = malloc(len + 1);
    uint8_t *in = copy + 1; /* an odd address, and len bytes up to the end */
    cr_assert_not_null(copy);
    if (len > 0)
        memcpy(in, text, len);
    size_t bound = wn__normalize_bound(steps, in, len);
    uint8_t *out = malloc(bound + (bound == 0));
    cr_assert_not_null(out);
    size_t n = run(steps, in, len, out);
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
                n += run(steps, text + i, 1, expected + n);
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
        size_t n = run(FOLD, in, size, out);
        if (n != target_size || memcmp(out, target, n) != 0)
            n_wrong++;
        if (run(ALL & ~(unsigned)FOLD, in, size, out) != size || memcmp(out, in, size))
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
    cr_assert_eq(wn__normalize_bound(ALL, NULL, 0), 0);
    cr_assert_eq(wn__normalize_bound(ALL, NULL, 3), 9);
    cr_assert_eq(wn__normalize_bound(ALL, NULL, SIZE_MAX / 3), SIZE_MAX / 3 * 3);
    cr_assert_eq(wn__normalize_bound(ALL, NULL, SIZE_MAX / 3 + 1), SIZE_MAX);
    cr_assert_eq(wn__normalize_bound(ALL, NULL, SIZE_MAX), SIZE_MAX);
    cr_assert_eq(wn__normalize_bound(LOWER | ZERO, NULL, SIZE_MAX), SIZE_MAX);
    cr_assert_eq(wn__normalize_bound(LOWER | ZERO, NULL, 5), 5);
    /* U+FDFA alone takes more than three times its bytes: 33 of 3. */
    const uint8_t *text = (const uint8_t *)"a\xEF\xB7\xBA\xEF\xB7";
    cr_assert_eq(wn__normalize_bound(STRIP, text, 6), 6 * 3 + 33 - 9);
    cr_assert_eq(wn__normalize_bound(STRIP, text, 3), 3 * 3);
    cr_assert_eq(wn__normalize_bound(STRIP | ASCII, text, 6), 6 * 3);
    cr_assert_eq(wn__normalize_bound(PYTHON_LOWER, text, 6), 6 * 3);
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
        size_t n = run(FOLD, text, len, a);
        cr_assert(wn__utf8_valid(a, n));
        n = run(LOWER, a, n, b);
        n = run(ZERO, b, n, c);
        n = run(SPACE, c, n, d);
        cr_assert_eq(run(ALL, text, len, at_once), n);
        cr_assert_eq(memcmp(at_once, d, n), 0);
    }
}

/* ---- Unicode as Python has it. Expected texts: sklearn 1.2.1 and CPython 3.11. ---- */

Test(normalize, lower_is_that_of_python)
{
    expect(PYTHON_LOWER, "STRASSE \xE1\xBA\x9E \xC3\x84 \xD0\x96",
           "strasse \xC3\x9F \xC3\xA4 \xD0\xB6");
    /* The final sigma: "ODOS AS. AS'B" in Greek letters. */
    expect(PYTHON_LOWER,
           "\xCE\x9F\xCE\x94\xCE\x9F\xCE\xA3 \xCE\x91\xCE\xA3. \xCE\x91\xCE\xA3'\xCE\x92",
           "\xCE\xBF\xCE\xB4\xCE\xBF\xCF\x82 \xCE\xB1\xCF\x82. \xCE\xB1\xCF\x83'\xCE\xB2");
    expect(PYTHON_LOWER, "\xCE\xA3", "\xCF\x83");   /* nothing before it */
    expect(PYTHON_LOWER, "1\xCE\xA3", "1\xCF\x83"); /* nothing cased */
    expect(PYTHON_LOWER, "A\xCE\xA3\xCE\xA3", "a\xCF\x83\xCF\x82");
    expect(PYTHON_LOWER, "A'.:\xC2\xAD\xCC\x81\xCE\xA3'", "a'.:\xC2\xAD\xCC\x81\xCF\x82'");
    expect(PYTHON_LOWER, "A \xCE\xA3", "a \xCF\x83");
    expect(PYTHON_LOWER, "A\xCE\xA3\xCC\x81Z", "a\xCF\x83\xCC\x81z");
    /* Invalid bytes are neither cased nor ignorable. */
    expect(PYTHON_LOWER,
           "A\xCE\xA3\xFF"
           "A",
           "a\xCF\x82\xEF\xBF\xBD"
           "a");
    expect(PYTHON_LOWER, "\xC3\x89\x89\xCE\xA3", "\xC3\xA9\xEF\xBF\xBD\xCF\x83");
    expect(PYTHON_LOWER, "A\xE2\x80\xCE\xA3", "a\xEF\xBF\xBD\xCF\x83");
    /* Longer and shorter: dotted I, A with stroke, Kelvin. */
    expect(PYTHON_LOWER, "\xC4\xB0stanbul", "i\xCC\x87stanbul");
    expect(PYTHON_LOWER, "\xC8\xBA\xC8\xBE\xE2\x84\xAA", "\xE2\xB1\xA5\xE2\xB1\xA6k");
    expect_bytes(PYTHON_LOWER, "A\0B", 3, "a\0b", 3);
}

Test(normalize, the_final_sigma_sees_the_text_after_the_older_steps)
{
    /* A curly apostrophe, which is ignorable, becomes one that is; a dash one that is not. What is
     * removed is not seen; what is spaced is a space. */
    expect(FOLD | PYTHON_LOWER, "A\xE2\x80\x99\xCE\xA3", "a'\xCF\x82");
    expect(FOLD | PYTHON_LOWER, "A\xE2\x80\x93\xCE\xA3", "a-\xCF\x83");
    expect(FOLD | PYTHON_LOWER, "A\xE2\x80\x8B\xCE\xA3\xE2\x81\xA0", "a\xCF\x82");
    expect(FOLD | PYTHON_LOWER, "A\xE2\x80\xA6\xCE\xA3", "a...\xCF\x82");
    expect(FOLD | SPACE | PYTHON_LOWER, "A\xE2\x80\xA6\xCE\xA3", "a .  .  . \xCF\x83");
    expect(SPACE | PYTHON_LOWER, "A'\xCE\xA3", "a ' \xCF\x83");
    expect(SPACE | PYTHON_LOWER, "A\xCE\xA3'A", "a\xCF\x82 ' a");
    expect(LOWER | PYTHON_LOWER, "A'\xCE\xA3", "a'\xCF\x82");
}

Test(normalize, accents_are_those_of_scikit_learn)
{
    expect(STRIP, "\xC4\xB0stanbul", "Istanbul");
    expect(PYTHON_LOWER | STRIP, "\xC4\xB0stanbul", "istanbul");
    /* One half, trade mark, ellipsis, Angstrom, the ligature fi, x squared, "hindi" and "Lodz". */
    expect(
        PYTHON_LOWER | STRIP,
        "\xC2\xBD \xE2\x84\xA2 \xE2\x80\xA6 \xE2\x84\xAB \xEF\xAC\x81 x\xC2\xB2 "
        "\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8\xE0\xA5\x8D\xE0\xA4\xA6\xE0\xA5\x80 \xC5\x81\xC3\xB3"
        "d\xC5\xBA",
        "1\xE2\x81\x84"
        "2 TM ... a fi x2 "
        "\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8\xE0\xA4\xA6\xE0\xA5\x80 \xC5\x82odz");
    expect(STRIP, "e\xCC\x81\xC3\xA9", "ee"); /* decomposed already, and not */
    expect(STRIP, "\xEA\xB0\x81", "\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8"); /* jamo stay */
    expect(STRIP, "\xC3\x9F\xC3\xA6\xC3\xB8", "\xC3\x9F\xC3\xA6\xC3\xB8");
    expect(STRIP, "a\xC2\xA0z \xEF\xBC\xA1", "a z A");
    expect(STRIP, "\xE0\xBD\xB3!", "!"); /* U+0F73 decomposes into marks alone */
    expect(STRIP, "\xCC\x81", "");
    expect(ASCII,
           "Stra\xC3\x9F"
           "e \xE6\x97\xA5 \xC3\xA9\xC2\xBD",
           "Strae  e12");
    expect(PYTHON_LOWER | STRIP | ASCII, "\xC4\xB0\xE2\x84\xAA \xE2\x84\xA2", "ik TM");
    expect(STRIP, "\xFF", "\xEF\xBF\xBD");
    expect(ASCII, "\xFF", "");
}

Test(normalize, every_code_point_stays_within_its_bound)
{
    static const unsigned all[] = {STRIP, PYTHON_LOWER | STRIP, ASCII, PYTHON_LOWER,
                                   FOLD | SPACE | PYTHON_LOWER | STRIP};
    size_t n_long = 0;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        uint8_t in[4], out[64];
        size_t size = wn__utf8_encode(c, in);
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            size_t bound = wn__normalize_bound(all[i], in, size);
            size_t n = run(all[i], in, size, out);
            cr_assert(n <= bound && bound <= sizeof out, "U+%04X: %zu", (unsigned)c, n);
            n_long += bound > 3 * size;
        }
    }
    cr_assert_gt(n_long, 100);
}

Test(normalize, an_older_unicode_does_not_know_younger_code_points)
{
    static const struct {
        wn__unicode since;
        const char *text, *lower, *stripped;
    } cases[] = {
        /* U+A7C5: 12.0. U+A7F5: 13.0. U+2C2F: 14.0. U+1E030, a letter: 15.0. U+A7CB: 16.0.
         * U+A7CE: 17.0. */
        {WN__UNICODE_12_1, "\xEA\x9F\x85", "\xCA\x82", "\xEA\x9F\x85"},
        {WN__UNICODE_13_0, "\xEA\x9F\xB5", "\xEA\x9F\xB6", "\xEA\x9F\xB5"},
        {WN__UNICODE_14_0, "\xE2\xB0\xAF", "\xE2\xB1\x9F", "\xE2\xB0\xAF"},
        {WN__UNICODE_15_0, "\xF0\x9E\x80\xB0", "\xF0\x9E\x80\xB0", "\xD0\xB0"},
        {WN__UNICODE_16_0, "\xEA\x9F\x8B", "\xC9\xA4", "\xEA\x9F\x8B"},
        {WN__UNICODE_17_0, "\xEA\x9F\x8E", "\xEA\x9F\x8F", "\xEA\x9F\x8E"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int version = WN__UNICODE_NEWEST; version < WN__N_UNICODE; version++) {
            bool is_known = version == WN__UNICODE_NEWEST || version >= (int)cases[i].since;
            const uint8_t *in = (const uint8_t *)cases[i].text;
            size_t len = strlen(cases[i].text);
            for (int strip = 0; strip < 2; strip++) {
                uint8_t out[40];
                wn__normalizer normalizer = {strip ? STRIP : PYTHON_LOWER, (wn__unicode)version};
                const char *known = strip ? cases[i].stripped : cases[i].lower;
                const char *wanted = is_known ? known : cases[i].text;
                size_t n = wn__normalize(&normalizer, in, len, out, NULL);
                cr_expect(n == strlen(wanted) && memcmp(out, wanted, n) == 0,
                          "case %zu, version %d, strip %d", i, version, strip);
            }
        }
    }
}

Test(normalize, a_run_of_ignorable_characters_costs_no_more_than_its_length)
{
    /* Each sigma looks over all of them in both directions, but past no other sigma. */
    size_t len = 1 << 20, n = 0;
    uint8_t *text = malloc(len), *out = malloc(3 * len);
    cr_assert(text != NULL && out != NULL);
    memset(text, '\'', len);
    for (size_t at = 0; at + 2 <= len; at += len / 2 - 2) {
        text[at] = 0xCE;
        text[at + 1] = 0xA3;
    }
    n = run(PYTHON_LOWER, text, len, out);
    cr_assert_eq(n, len);
    cr_assert(memcmp(out, "\xCF\x83'", 3) == 0, "the first is not final: nothing before it");
    for (size_t at = 0; at + 2 <= len; at += 2)
        memcpy(text + at, at % 4 == 0 ? "\xCE\xA3" : "''", 2);
    n = run(PYTHON_LOWER, text, len, out);
    cr_assert_eq(n, len);
    cr_assert(memcmp(out + len - 4, "\xCF\x82''", 4) == 0, "the last one is final");
    free(text);
    free(out);
}

/* ---- Origins ---- */

/* The original text of each piece of the normalised one. */
static void expect_origin(unsigned steps, const char *text, const char *piece, const char *origin)
{
    uint8_t out[256];
    size_t origins[257], len = strlen(text);
    const wn__normalizer normalizer = {steps, WN__UNICODE_NEWEST};
    size_t n = wn__normalize(&normalizer, (const uint8_t *)text, len, out, origins);
    out[n] = '\0';
    const char *found = strstr((const char *)out, piece);
    cr_assert_not_null(found, "'%s' is not in '%s'", piece, (const char *)out);
    size_t begin = (size_t)(found - (const char *)out);
    wn_span span = wn__normalize_span(origins, n, begin, begin + strlen(piece));
    cr_expect(span.end - span.begin == strlen(origin) &&
                  memcmp(text + span.begin, origin, span.end - span.begin) == 0,
              "'%s' in '%s' came from %zu..%zu, not '%s'", piece, (const char *)out, span.begin,
              span.end, origin);
}

Test(normalize, spans_lead_back_to_the_text)
{
    expect_origin(VALID, "one two three", "two", "two");
    expect_origin(PYTHON_LOWER, "A TALE of two CITIES", "tale of", "TALE of");
    expect_origin(PYTHON_LOWER, "\xC4\xB0stanbul x", "i\xCC\x87stanbul", "\xC4\xB0stanbul");
    expect_origin(PYTHON_LOWER, "\xC4\xB0stanbul x", "i", "\xC4\xB0");
    /* Marks that are deleted belong to the letter before them. */
    expect_origin(STRIP, "re\xCC\x81sume\xCC\x81\xCC\xA3 x", "resume",
                  "re\xCC\x81sume\xCC\x81\xCC\xA3");
    expect_origin(STRIP, "re\xCC\x81sume\xCC\x81", "sume", "sume\xCC\x81");
    expect_origin(STRIP, "\xCC\x81xy", "x", "x");
    expect_origin(FOLD,
                  "so\xC2\xAD"
                  "ft x",
                  "soft",
                  "so\xC2\xAD"
                  "ft");
    /* Part of an expansion is all of its origin. */
    expect_origin(STRIP,
                  "a\xEF\xAC\x81"
                  "b",
                  "i", "\xEF\xAC\x81");
    expect_origin(STRIP,
                  "a\xEF\xAC\x81"
                  "b",
                  "ib",
                  "\xEF\xAC\x81"
                  "b");
    /* Spaces that were inserted widen nothing, and alone they are their punctuation. */
    expect_origin(SPACE, "foo!bar", "foo", "foo");
    expect_origin(SPACE, "foo!bar", "foo ", "foo");
    expect_origin(SPACE, "foo!bar", " bar", "bar");
    expect_origin(SPACE, "foo!bar", "o !", "o!");
    expect_origin(SPACE, "foo!bar", " ! ", "!");
    expect_origin(SPACE, "foo!", " ", "!");
    expect_origin(SPACE, "a!?b", "  ", "?");
    expect_origin(FOLD | SPACE,
                  "a\xE2\x80\xA6"
                  "b",
                  ".  .", "\xE2\x80\xA6");
    /* An invalid part is one character. */
    expect_origin(VALID, "a\xE2\x80z", "\xEF\xBF\xBD", "\xE2\x80");
}

Test(normalize, spans_are_never_empty_or_inverted)
{
    static const char *const parts[] = {
        "a",    "\xCE\xA3",     "\xCC\x81", "!", "\xE2\x80\xA6", "\xC2\xAD",
        "\xFF", "\xEF\xB7\xBA", "\xC4\xB0", " ", "\xEA\xB0\x81", "word"};
    uint64_t random = 3;
    for (int round = 0; round < 4000; round++) {
        char text[64];
        size_t len = 0, n_parts = (size_t)round % 9;
        for (size_t i = 0; i < n_parts; i++) {
            random = random * 6364136223846793005U + 1442695040888963407U;
            const char *part = parts[(random >> 33) % (sizeof parts / sizeof parts[0])];
            memcpy(text + len, part, strlen(part));
            len += strlen(part);
        }
        unsigned steps = (unsigned)(random >> 50) & 255;
        uint8_t out[512], again[512];
        size_t origins[513];
        const wn__normalizer normalizer = {steps, WN__UNICODE_NEWEST};
        size_t n = wn__normalize(&normalizer, (const uint8_t *)text, len, out, origins);
        cr_assert_eq(run(steps, (const uint8_t *)text, len, again), n);
        cr_assert_eq(memcmp(out, again, n), 0);
        for (size_t begin = 0; begin <= n; begin++) {
            size_t previous = 0;
            for (size_t end = begin; end <= n; end++) {
                wn_span span = wn__normalize_span(origins, n, begin, end);
                cr_assert(n == 0 || span.begin < span.end);
                cr_assert(span.end <= len && span.end >= previous);
                if (end > begin)
                    previous = span.end;
            }
        }
        if (n == 0)
            cr_assert_eq(wn__normalize_span(origins, 0, 0, 0).end, len);
    }
}
