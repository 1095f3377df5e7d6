/* test_number.c - decimal numbers: next to strtod bit for bit, and what is none. */
#include "number.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

/* Reads a number that ends where the memory ends. */
static bool parse(const char *text, double *value)
{
    size_t len = strlen(text);
    uint8_t *exact = malloc(len > 0 ? len : 1);
    memcpy(exact, text, len);
    bool is_number = wn__number_parse(exact, len, value);
    free(exact);
    return is_number;
}

static void expect_as_strtod(const char *text)
{
    double have = 0, want = strtod(text, NULL);
    cr_assert(parse(text, &have), "%.60s is a number", text);
    cr_assert_eq(memcmp(&have, &want, sizeof have), 0, "%.60s: %.17g, not %.17g", text, have, want);
}

Test(number, edges_of_the_doubles)
{
    static const char *const texts[] = {"0",
                                        "-0",
                                        "00.00e-7",
                                        "1.",
                                        "+.5",
                                        "007",
                                        "1E3",
                                        "1e+3",
                                        "0.1",
                                        "1e22",
                                        "1e23",
                                        "1e27",
                                        "1e28",
                                        "1e-27",
                                        "1e-28",
                                        "9007199254740993",
                                        "9007199254740992.9999999999999999999999999999999999",
                                        "9007199254740993.0000000000000000000000000000000001",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "9999999999999999999e27",
                                        "9999999999999999999e-27",
                                        "99999999999999999999e27",
                                        "2.2250738585072014e-308",
                                        "2.2250738585072011e-308",
                                        "4.9406564584124654e-324",
                                        "2.4703282292062327e-324",
                                        "2.4703282292062328e-324",
                                        "-2.4703282292062328e-324",
                                        "1e-400",
                                        "1e-99999999999999999999",
                                        "0e99999999999999999999",
                                        "1.7976931348623157e308",
                                        "1.7976931348623158e308",
                                        "1.7976931348623159e308",
                                        "-1e400",
                                        "1e99999999999999999999",
                                        "0.000000000000000000000000000000000000001e330"};
    for (size_t i = 0; i < WN__COUNT(texts); i++)
        expect_as_strtod(texts[i]);
}

Test(number, random_doubles_in_all_spellings)
{
    uint64_t state = 1;
    char text[1400];
    for (int i = 0; i < 200000; i++) {
        double number;
        uint64_t bits = next_random(&state);
        memcpy(&number, &bits, sizeof number);
        if (!isfinite(number))
            continue;
        snprintf(text, sizeof text, "%.17g", number);
        expect_as_strtod(text);
        snprintf(text, sizeof text, "%.*e", (int)random_below(&state, 25), number);
        expect_as_strtod(text);
        number = (double)random_float(&state) * (double)random_float(&state) * 1e-3;
        snprintf(text, sizeof text, "%.*f", (int)random_below(&state, 40), number);
        expect_as_strtod(text);
    }
}

/* The point half-way between two doubles, all its digits, and a little more or less than it. */
Test(number, half_way_points)
{
    uint64_t state = 2;
    char text[1400];
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_random(&state) >> 1;
        double low, high;
        if (i % 4 == 0)
            bits &= 0x001fffffffffffffu; /* subnormal, or nearly */
        if (bits >> 52 >= 0x7fe)
            continue;
        memcpy(&low, &bits, sizeof low);
        bits++;
        memcpy(&high, &bits, sizeof high);
        int len =
            snprintf(text, sizeof text, "%.800Le", ((long double)low + (long double)high) / 2);
        expect_as_strtod(text);
        char *exponent = strchr(text, 'e');
        exponent[-1] = '1'; /* beyond the digits that can be half-way */
        expect_as_strtod(text);
        memmove(exponent + 40, exponent, (size_t)(text + len + 1 - exponent));
        memset(exponent - 1, '0', 40);
        exponent[39] = '7';
        expect_as_strtod(text);
    }
}

Test(number, what_is_none)
{
    static const char *const texts[] = {"",      "+",   "-",   ".",        "-.",   "e5",   "1e",
                                        "1e+",   "1e-", "inf", "nan",      "0x10", "1 ",   " 1",
                                        "1..2",  "--1", "+-1", "1e5.",     "1,5",  "1e5x", "1e 5",
                                        "1.2.3", "\n1", "1f",  "infinity", "1_0",  "1-2"};
    double value;
    for (size_t i = 0; i < WN__COUNT(texts); i++)
        cr_expect(!parse(texts[i], &value), "\"%s\" is no number", texts[i]);
    cr_expect(!wn__number_parse((const uint8_t *)"1\0", 2, &value), "a NUL is no digit");
}

Test(number, integers)
{
    static const struct {
        const char *text;
        bool is_number;
        int32_t value;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"+7", true, 7},
        {"007", true, 7},
        {"2147483647", true, INT32_MAX},
        {"-2147483648", true, INT32_MIN},
        {"2147483648", false, 0},
        {"-2147483649", false, 0},
        {"99999999999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"1.0", false, 0},
        {"1e1", false, 0},
        {" 1", false, 0},
        {"0x1", false, 0},
    };
    for (size_t i = 0; i < WN__COUNT(cases); i++) {
        int32_t value = 0;
        const char *text = cases[i].text;
        bool is_number = wn__number_parse_i32((const uint8_t *)text, strlen(text), &value);
        cr_expect_eq(is_number, cases[i].is_number, "\"%s\"", text);
        cr_expect_eq(value, cases[i].value, "\"%s\"", text);
    }
}
