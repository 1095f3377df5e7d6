/* test_pattern.c - patterns: golden tokens, what is refused, and hostile texts in bounded time. */
#include "pattern.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The tokens of a text, each with a | behind it. */
static const char *tokens_of(const char *text, const char *pattern_text)
{
    static char joined[512];
    static wn__pattern pattern;
    wn_error error = {0};
    size_t len = strlen(text), size, n = 0;
    cr_assert_eq(wn__pattern_parse(&pattern, pattern_text, WN__UNICODE_14_0, &error), WN_OK, "%s",
                 error.message);
    cr_assert(wn__pattern_scratch(&pattern, len, &size));
    uint8_t *copy = malloc(len + 1), *failed = calloc(size, 1); /* exact, for a sanitizer */
    cr_assert(copy != NULL && failed != NULL);
    memcpy(copy, text, len);
    wn__pattern_walk walk = {&pattern, copy, len, 0, failed, false};
    for (wn_span token; wn__pattern_next(&walk, &token);) {
        memcpy(joined + n, text + token.begin, token.end - token.begin);
        n += token.end - token.begin;
        joined[n++] = '|';
    }
    joined[n] = '\0';
    free(copy);
    free(failed);
    return joined;
}

/* Python 3.11.2: "|".join(re.findall(pattern, text) + [""]). More in tests/golden/text.py. */
Test(pattern, golden_tokens)
{
    static const char *const cases[][3] = {
        {"(?u)\\b\\w\\w+\\b", "don\xE2\x80\x99t U.S.A. C++ 3.14 e-mail co_op \xC2\xBD cup",
         "don|14|mail|co_op|cup|"},
        {"(?u)\\b\\w\\w+\\b", "\xC4\xB0stanbul x\xC2\xB2", "\xC4\xB0stanbul|x\xC2\xB2|"},
        {"(\\w*)", "Hi yo", "Hi||yo||"},
        {"\\w*", "Hi yo", "Hi||yo||"},
        {"\\b[a-z]{2,}\\b", "abc1 abc", "abc|"},
        {"[a-z]{2,}", "abc1 abc", "abc|abc|"},
        {"\\b\\w[\\w'-]*\\w\\b", "it's rock-'n'-roll, x --", "it's|rock-'n'-roll|"},
        {"\\S+",
         " a  b\xC2\xA0"
         "c ",
         "a|b|c|"},
        {"(?a)\\w+", "na\xC3\xAFve", "na|ve|"},
        {"#(\\w+)", "#a b #c", "a|c|"},
        {"a{2}b?", "aaaab", "aa|aab|"},
        {"\\w{2,3}", "abcdefgh", "abc|def|gh|"},
        {"x{,2}y", "xxxy y", "xxy|y|"},
        {"a{b}", "a{b}aab", "a{b}|"},
        {"[]a-]+", "a]-b", "a]-|"},
        {"[^]]", "]x", "x|"},
        {".", "a\nb", "a|b|"},
        {"\\B\\w", "abc", "b|c|"},
        {"\\b", "ab", "||"},
        {"\\B", "", ""},
        {"(?u)", "ab", "|||"},
        {"a*a?a{2}b", "aaaab", "aaaab|"},
        {"\\x41\\u00e9\\t\\.", "A\xC3\xA9\t.", "A\xC3\xA9\t.|"},
        {"\\d+", "12 \xD9\xA1\xD9\xA2 \xC2\xB2", "12|\xD9\xA1\xD9\xA2|"},
    };
    for (size_t i = 0; i < WN__COUNT(cases); i++)
        cr_expect_str_eq(tokens_of(cases[i][1], cases[i][0]), cases[i][2], "%s", cases[i][0]);
}

Test(pattern, what_is_refused_is_named)
{
    static const struct {
        const char *pattern, *message;
        wn_status status;
    } cases[] = {
        {"\\w+|x", "alternation (|) at position 3 is not supported", WN_ERROR_UNSUPPORTED},
        {"^a", "an anchor (^, $) at position 0", WN_ERROR_UNSUPPORTED},
        {"\xC3\xA9$", "an anchor (^, $) at position 1", WN_ERROR_UNSUPPORTED}, /* in characters */
        {"a(?=b)", "look-ahead at position 1", WN_ERROR_UNSUPPORTED},
        {"(?<!b)a", "look-behind at position 0", WN_ERROR_UNSUPPORTED},
        {"(a)\\1", "back-reference or octal escape at position 3", WN_ERROR_UNSUPPORTED},
        {"(?i)a", "a flag other than (?u) or (?a) in front at position 0", WN_ERROR_UNSUPPORTED},
        {"(?:a)", "a group without capture at position 0", WN_ERROR_UNSUPPORTED},
        {"(a)(b)", "a second group at position 3", WN_ERROR_UNSUPPORTED},
        {"(a(b))", "a group inside a group at position 2", WN_ERROR_UNSUPPORTED},
        {"(a)+", "a repeated group at position 3", WN_ERROR_UNSUPPORTED},
        {"a+?", "a lazy quantifier at position 2", WN_ERROR_UNSUPPORTED},
        {"a*+", "a possessive quantifier at position 2", WN_ERROR_UNSUPPORTED},
        {"a**", "a second quantifier at position 2", WN_ERROR_UNSUPPORTED},
        {"+", "a quantifier with nothing to repeat at position 0", WN_ERROR_UNSUPPORTED},
        {"[a", "a class without its end at position 0", WN_ERROR_UNSUPPORTED},
        {"(a", "a group without its end at position 0", WN_ERROR_UNSUPPORTED},
        {"a\\", "a backslash at the end at position 1", WN_ERROR_UNSUPPORTED},
        {"\\y", "an unknown escape at position 0", WN_ERROR_UNSUPPORTED},
        {"a{2,1}", "a repeat with its least above its most at position 1", WN_ERROR_UNSUPPORTED},
        {"a{256}", NULL, WN_OK},
        {"a{257}", "more than 256 items", WN_ERROR_LIMIT},
        {"a{,4294967295}", "more than 256 items", WN_ERROR_LIMIT},
        {"a{99999999999999999999}", "more than 256 items", WN_ERROR_LIMIT},
    };
    for (size_t i = 0; i < WN__COUNT(cases); i++) {
        static wn__pattern pattern;
        wn_error error = {0};
        wn_status status =
            wn__pattern_parse(&pattern, cases[i].pattern, WN__UNICODE_NEWEST, &error);
        cr_expect_eq(status, cases[i].status, "%s", cases[i].pattern);
        cr_expect(status == WN_OK || strstr(error.message, cases[i].message) != NULL, "%s: %s",
                  cases[i].pattern, error.message);
    }
}

Test(pattern, limits_of_characters_and_ranges)
{
    static char text[4096];
    static wn__pattern pattern;
    memset(text, 'a', 128);
    cr_expect_eq(wn__pattern_parse(&pattern, text, WN__UNICODE_NEWEST, NULL), WN_OK);
    text[128] = 'a';
    cr_expect_eq(wn__pattern_parse(&pattern, text, WN__UNICODE_NEWEST, NULL), WN_ERROR_LIMIT);
    for (int extra = 0; extra < 2; extra++) {
        memset(text, 0, sizeof text);
        text[0] = '[';
        for (int i = 0; i < 256 + extra; i++)
            strcat(text, "\xC3\xA9");
        strcat(text, "]");
        cr_expect_eq(wn__pattern_parse(&pattern, text, WN__UNICODE_NEWEST, NULL),
                     extra == 0 ? WN_OK : WN_ERROR_LIMIT);
    }
}

/* The pattern's tokens in a text, and the CPU seconds that finding them took. */
static double seconds_to_walk(const wn__pattern *pattern, const uint8_t *text, size_t len)
{
    size_t size, n_tokens = 0;
    cr_assert(wn__pattern_scratch(pattern, len, &size));
    cr_assert_leq(size, (len + 1) * pattern->n_items / 8 + 1);
    uint8_t *failed = calloc(size, 1);
    cr_assert_not_null(failed);
    wn__pattern_walk walk = {pattern, text, len, 0, failed, false};
    clock_t start = clock();
    for (wn_span token; wn__pattern_next(&walk, &token);)
        n_tokens++;
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    cr_expect_leq(n_tokens, len + 1);
    free(failed);
    return seconds;
}

/* Texts on which plain backtracking would take years, or the square of their length: eight times
 * the text takes about eight times as long, and by no means 64 times. Both are measured here, five
 * times if need be, so that it holds on a slow machine, a busy one and under a sanitizer. */
Test(pattern, hostile_text_takes_time_in_proportion)
{
    enum { SHORT = 1 << 12, LONG = 8 * SHORT };
    static const char *const patterns[] = {
        "\\w*x",
        "\\w*\\w*\\w*\\w*x",
        "a*a*a*a*a*a*a*a*b",
        "\\w?\\w?\\w?\\w?\\w?\\w?\\w?\\w?x",
        "\\w{0,60}x",
        "\\w+\\s*\\w+\\b!",
        "(\\w*)[\\w]*\\W\\W",
        ".*,.*,.*,",
        "\\b\\w[\\w'-]*\\w\\b!",
        "a[ab]*c?\\b,",
        "\\S*\\S*\\S*(\\S*)\\d",
        "\\w{2,}\\B\\w{2,}\\W\\B",
    };
    static const char *const fills[] = {"a", "ab", "a\xC3\xA9", "a,", "\xE6\x97\xA5", "a "};
    static uint8_t text[LONG];
    static wn__pattern pattern;
    for (size_t f = 0; f < WN__COUNT(fills); f++) {
        size_t n_fill = strlen(fills[f]);
        for (size_t i = 0; i < LONG; i++)
            text[i] = (uint8_t)fills[f][i % n_fill];
        for (size_t i = 0; i < WN__COUNT(patterns); i++) {
            cr_assert_eq(wn__pattern_parse(&pattern, patterns[i], WN__UNICODE_NEWEST, NULL), WN_OK);
            double few = 0, many = 1;
            for (int attempt = 0; attempt < 5 && many > 32 * few; attempt++) {
                few = seconds_to_walk(&pattern, text, SHORT - SHORT % n_fill);
                many = seconds_to_walk(&pattern, text, LONG - LONG % n_fill);
            }
            cr_expect(many <= 32 * few, "%s on '%s': %g s, and %g s for eight times as much",
                      patterns[i], fills[f], few, many);
        }
    }
}
