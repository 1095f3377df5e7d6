/* test_json.c - the JSON text itself: strictness, limits, and numbers and strings bit for bit. */
#include "format.h"
#include "json_scan.h"
#include "manifest.h"
#include "support.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <float.h>
#include <stdlib.h>

/* A raw model whose label is %s and whose bias is %s. */
static const char pattern[] =
    "{\"winnow\":1,\"labels\":\"l\",\"link\":\"raw\",\"bias\":\"b\",\"blocks\":[{\"extractor\":"
    "\"words\",\"tokens\":\"nonspace\",\"terms\":\"t\",\"rows\":{\"encoding\":\"dense\",\"values\":"
    "\"r\"}}],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[%s]},\"t\":{\"dtype\":"
    "\"str\",\"shape\":[1],\"values\":[\"x\"]},\"r\":{\"dtype\":\"f64\",\"shape\":[1,1],\"values\":"
    "[1]},\"b\":{\"dtype\":\"f64\",\"shape\":[1],\"values\":[%s]}}}";

static size_t fill(char out[static 2000], const char *label, const char *bias)
{
    return (size_t)snprintf(out, 2000, pattern, label, bias);
}

/* ---- The parser ---- */

/* What the parser refuses although it has all the memory is unsound, and nothing else is. */
Test(json, sound_text_is_what_the_parser_takes)
{
    static const char alphabet[] = "{}[]:,\"\"\\ ue0d8c1-.tfn";
    static const char *const seeds[] = {
        "{\"a\":[1,-2.5e3,true,false,null,\"\\n\"],\"b\":{},\"c\":[]}",
        "{\"\\u00e9\":\"\\ud83d\\ude00\",\"x\":[{\"y\":[[],{}]},0]} ",
        "{ \"a\" : [ 1 , 2 ] ,\n\"b\":\"\\\"\\\\\\/\\u0041\"}",
    };
    uint64_t random = 17;
    size_t n_sound = 0, n_unsound = 0;
    for (unsigned round = 0; round < 200000; round++) {
        char text[100];
        size_t len = strlen(seeds[round % 3]);
        memcpy(text, seeds[round % 3], len);
        for (unsigned i = random_below(&random, 4); i > 0; i--) {
            size_t at = random_below(&random, (uint32_t)len);
            char other = alphabet[random_below(&random, sizeof alphabet - 1)];
            if (random_below(&random, 3) > 0) {
                text[at] = other;
            } else if (random_below(&random, 2) > 0 && len > 1) {
                memmove(text + at, text + at + 1, --len - at);
            } else {
                memmove(text + at + 1, text + at, len++ - at);
                text[at] = other;
            }
        }
        if (wn__json_scan(text, len, 0, NULL) != WN_OK)
            continue;
        cJSON *root = cJSON_ParseWithLength(text, len);
        bool is_sound = wn__json_is_sound(text, len);
        cr_assert_eq(is_sound, root != NULL, "%.*s", (int)len, text);
        n_sound += is_sound;
        n_unsound += !is_sound;
        cJSON_Delete(root);
    }
    cr_assert_gt(n_sound, 10000);
    cr_assert_gt(n_unsound, 10000);
    for (int n = 60; n < 70; n++) { /* some versions read 63 digits and no more */
        char text[100];
        int len = snprintf(text, sizeof text, "{\"a\":1%0*d}", n, 0);
        cJSON *root = cJSON_ParseWithLength(text, (size_t)len);
        cr_assert_eq(wn__json_is_sound(text, (size_t)len), n < 63, "%d zeros", n);
        cr_assert(root != NULL || n >= 63);
        cJSON_Delete(root);
    }
}

/* Surrogates stand in pairs, the high one first, and an escape has four digits. */
Test(json, escapes_are_sound_as_the_parser_takes_them)
{
    static const struct {
        const char *escapes;
        bool is_sound;
    } rows[] = {
        {"\\ud7ff", true},
        {"\\ud800", false},
        {"\\udbff", false},
        {"\\udc00", false},
        {"\\udfff", false},
        {"\\ue000", true},
        {"\\ud800\\udc00", true},
        {"\\udbff\\udfff", true},
        {"\\ud800\\udbff", false},
        {"\\ud800\\ue000", false},
        {"\\ud800\\ud7ff", false},
        {"\\ud800udc00", false},
        {"\\ud800\\n", false},
        {"\\ud800\\ndc00", false},
        {"\\ud800\\udc0", false},
        {"\\u004", false},
        {"\\u", false},
        {"\\n", true},
        {"\\x", false},
        {"\\udc00\\udc00", false},
        {"\\ud800\\udc00\\udc00", false},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        char text[100];
        int len = snprintf(text, sizeof text, "{\"%s\":1}", rows[i].escapes);
        cJSON *root = cJSON_ParseWithLength(text, (size_t)len);
        cr_expect_eq(root != NULL, rows[i].is_sound, "the parser: %s", text);
        cr_expect_eq(wn__json_is_sound(text, (size_t)len), rows[i].is_sound, "%s", text);
        cJSON_Delete(root);
        len = snprintf(text, sizeof text, "{\"%s\"", rows[i].escapes); /* and nothing more */
        cr_expect_not(wn__json_is_sound(text, (size_t)len), "%s", text);
    }
    cr_expect_not(wn__json_is_sound("{\"a\":1.}", 8), "the parser takes it, the scan does not");
}

Test(json, sound_text_ends_where_it_is_cut)
{
    static const char text[] = "{\"a\":[null,{}]}";
    for (size_t len = 0; len <= strlen(text); len++)
        cr_expect_eq(wn__json_is_sound(text, len), len == strlen(text), "%zu", len);
    for (unsigned depth = WN__MAX_JSON_DEPTH; depth <= WN__MAX_JSON_DEPTH + 1; depth++) {
        char nested[2 * WN__MAX_JSON_DEPTH + 8];
        memset(nested, '[', depth);
        memset(nested + depth, ']', depth);
        cr_expect_eq(wn__json_is_sound(nested, 2 * depth), depth == WN__MAX_JSON_DEPTH);
    }
}

static size_t n_left; /* calls that give memory */

static void *allocate_some(size_t size)
{
    return n_left > 0 && n_left-- > 0 ? malloc(size) : NULL;
}

Test(json, a_parser_without_memory_says_so)
{
    cJSON_Hooks hooks = {allocate_some, free};
    char text[2000];
    const wn_model *model;
    wn_error error;
    fill(text, "\"a\"", "1");
    cJSON_InitHooks(&hooks);
    for (size_t n = 0; n < 30; n++) {
        n_left = n;
        cr_assert_eq(open_text(text, &model, &error), WN_ERROR_MEMORY, "%s", error.message);
        n_left = n;
        cr_assert_eq(open_text("{\"winnow\":1,}", &model, &error), WN_ERROR_CORRUPT);
    }
    n_left = SIZE_MAX;
    cr_assert_eq(open_text(text, &model, &error), WN_OK, "%s", error.message);
    wn_model_unref(model);
    cJSON_InitHooks(NULL);
}

/* ---- Strictness ---- */

Test(json, other_text_is_another_format)
{
    static const char *const texts[] = {"hello",          "[1]",     "\"{\"", "1",
                                        "\xEF\xBB\xBF{}", " \t\r\n", "\v{}",  "<xml>{}"};
    const wn_model *model;
    for (size_t i = 0; i < WN__COUNT(texts); i++)
        cr_expect_eq(open_text(texts[i], &model, NULL), WN_ERROR_FORMAT, "%s", texts[i]);
    cr_expect_eq(open_text("{}", &model, NULL), WN_ERROR_FORMAT, "JSON, but no model");
    cr_expect_eq(open_text(" \r\n\t{\"a\":1}", &model, NULL), WN_ERROR_FORMAT);
}

Test(json, numbers_have_the_grammar_of_json)
{
    static const char *const sound[] = {"0",   "-0",     "7",     "10",      "-12.50",
                                        "0.5", "1e3",    "1E+3",  "2e-10",   "0e0",
                                        "1.0", "-0.0e1", "1e308", "12345678"};
    static const char *const wrong[] = {"01",   "-01", "00",    "1.",   ".5",  "-",
                                        "+1",   "1e",  "1e+",   "1.e3", "-.5", "0x1",
                                        "1..2", "1-2", "1.5.2", "1e2e3"};
    char text[2000];
    const wn_model *model;
    wn_error error;
    for (size_t i = 0; i < WN__COUNT(sound); i++) {
        fill(text, "\"a\"", sound[i]);
        cr_assert_eq(open_text(text, &model, &error), WN_OK, "%s: %s", sound[i], error.message);
        wn_model_unref(model);
    }
    for (size_t i = 0; i < WN__COUNT(wrong); i++) {
        fill(text, "\"a\"", wrong[i]);
        cr_expect_eq(open_text(text, &model, NULL), WN_ERROR_CORRUPT, "%s", wrong[i]);
    }
}

/* Each text is cut, and what follows would make it another one. */
Test(json, nothing_behind_the_end_is_read)
{
    static const struct {
        const char *text;
        size_t len;
        wn_status status;
        size_t offset;
        const char *message;
    } rows[] = {
        {"   {}", 2, WN_ERROR_FORMAT, 2, "not a JSON object"},
        {"{}\1", 2, WN_OK, 0, ""},
        {"{1.", 2, WN_ERROR_CORRUPT, 2, "it ends inside"},
        {"{1e", 2, WN_ERROR_CORRUPT, 2, "it ends inside"},
        {"{-1", 2, WN_ERROR_CORRUPT, 1, "not a JSON number"},
        {"{1.5", 3, WN_ERROR_CORRUPT, 1, "not a JSON number"},
        {"{1e5", 3, WN_ERROR_CORRUPT, 1, "not a JSON number"},
        {"{1e-5", 4, WN_ERROR_CORRUPT, 1, "not a JSON number"},
        {"{\"a\"", 3, WN_ERROR_CORRUPT, 1, "a string does not end"},
        {"{\"a\1", 3, WN_ERROR_CORRUPT, 1, "a string does not end"},
        {"{\"a\\\"", 4, WN_ERROR_CORRUPT, 1, "a string does not end"},
        {"{\"\\u0041", 3, WN_ERROR_CORRUPT, 1, "a string does not end"},
        {"{\"\\u0041", 4, WN_ERROR_CORRUPT, 2, "without four digits"},
        {"{\"\\u0041", 7, WN_ERROR_CORRUPT, 2, "without four digits"},
        {"{\"\\u0041", 8, WN_ERROR_CORRUPT, 1, "a string does not end"},
        {"{\"\\u0000", 8, WN_ERROR_CORRUPT, 2, "\\u0000 inside a string"},
        {"\0{}", 3, WN_ERROR_FORMAT, 0, "not a JSON object"},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        wn_error error = {.message = ""};
        wn_status status = wn__json_scan(rows[i].text, rows[i].len, 0, &error);
        cr_expect_eq(status, rows[i].status, "%s: %s", rows[i].text, wn_status_name(status));
        cr_expect_not_null(strstr(error.message, rows[i].message), "%s: %s", rows[i].text,
                           error.message);
        cr_expect_eq(error.offset, rows[i].offset, "%s", rows[i].text);
        /* A block of its own: a sanitizer sees reads behind it. */
        char *copy = malloc(rows[i].len);
        memcpy(copy, rows[i].text, rows[i].len);
        cr_expect_eq(wn__json_scan(copy, rows[i].len, 0, NULL), rows[i].status);
        free(copy);
    }
    cr_expect(wn__format_json.probe((const uint8_t *)" \t\r\n{", 5));
    cr_expect_not(wn__format_json.probe((const uint8_t *)" \t\r\n{", 4));
}

Test(json, what_follows_or_breaks_the_object_is_refused)
{
    char text[2000];
    size_t len = fill(text, "\"a\"", "1");
    const wn_model *model;
    wn_error error;
    cr_assert_eq(open_text(text, &model, &error), WN_OK, "%s", error.message);
    wn_model_unref(model);
    strcpy(text + len, " \r\n\t ");
    cr_assert_eq(open_text(text, &model, NULL), WN_OK, "white space may follow");
    wn_model_unref(model);
    static const char *const junk[] = {"x", "{}", ",", "]", "}", "\"", "//"};
    for (size_t i = 0; i < WN__COUNT(junk); i++) {
        snprintf(text + len, sizeof text - len, "\n%s", junk[i]);
        cr_expect_eq(open_text(text, &model, &error), WN_ERROR_CORRUPT, "%s", junk[i]);
        cr_expect(error.offset >= len && error.offset <= len + 2, "%s at %llu", junk[i],
                  (unsigned long long)error.offset);
    }
    text[len] = '\0'; /* a NUL byte is part of the text here */
    cr_expect_eq(wn_model_open_memory(text, len + 1, NULL, &model, &error), WN_ERROR_CORRUPT);
    cr_expect_eq(error.offset, len);
    for (size_t cut = 1; cut < len; cut++)
        cr_assert_neq(wn_model_open_memory(text, cut, NULL, &model, NULL), WN_OK, "%zu", cut);
    text[30] = '\0';
    cr_expect_eq(wn_model_open_memory(text, len, NULL, &model, &error), WN_ERROR_CORRUPT);
    static const char *const broken[] = {
        "{\"winnow\":1,}",  "{\"winnow\" 1}",    "{winnow:1}",           "{\"winnow\":01x}",
        "{\"winnow\":+1}",  "{\"winnow\":tru}",  "{\"winnow\":--1}",     "{\"winnow\":'1'}",
        "{\"winnow\":1,,}", "{\"winnow\":[1,]}", "{\"winnow\":1]",       "{\"winnow\":1/**/}",
        "{\"winnow\":nan}", "{\"winnow\":1 2}",  "{\"winnow\":\"\\x\"}", "{\"winnow\":\"\\u12\"}",
    };
    for (size_t i = 0; i < WN__COUNT(broken); i++)
        cr_expect_eq(open_text(broken[i], &model, NULL), WN_ERROR_CORRUPT, "%s", broken[i]);
}

Test(json, strings_are_taken_byte_for_byte_or_not_at_all)
{
    static const struct {
        const char *written, *read; /* read NULL: refused */
    } rows[] = {
        {"\"plain\"", "plain"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u00e9\\u00E9\\u65e5\\uFFFF\"", "\xC3\xA9\xC3\xA9\xE6\x97\xA5\xEF\xBF\xBF"},
        {"\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80"},
        {"\"\\udbff\\udfff\"", "\xF4\x8F\xBF\xBF"},
        {"\"\\u0001\\u001f\\u007f\"", "\1\x1f\x7f"},
        {"\"\x7f \xC2\x85\"", "\x7f \xC2\x85"},
        {"\"\\\\u0000\"", "\\u0000"}, /* an escaped backslash, then letters */
        {"\"a\\u0000b\"", NULL},
        {"\"\\u0000\"", NULL},
        {"\"a\\uZZZZb\"", NULL},
        {"\"a\\u00 0b\"", NULL},
        {"\"a\\u00g0b\"", NULL}, /* beside the digits */
        {"\"a\\u00G0b\"", NULL},
        {"\"a\\u00`0b\"", NULL},
        {"\"a\\u00@0b\"", NULL},
        {"\"a\\u00/0b\"", NULL},
        {"\"a\\u00:0b\"", NULL},
        {"\"\\u0Af9\"", "\xE0\xAB\xB9"},
        {"\"a\\u004\"", NULL},
        {"\"\\u00FFb\"", "\xC3\xBF"
                         "b"},
        {"\"\\ud83d\"", NULL},
        {"\"\\ud83dx\"", NULL},
        {"\"\\ude00\"", NULL},
        {"\"\\ude00\\ud83d\"", NULL},
        {"\"\\ud83d\\u0041\"", NULL},
        {"\"\\a\"", NULL},
        {"\"\\u00g0\"", NULL},
        {"\"a\nb\"", NULL}, /* raw control characters */
        {"\"a\tb\"", NULL},
        {"\"a\x1f\"", NULL},
        {"\"a\x01\"", NULL},
        {"\"\xff\"", NULL}, /* no UTF-8 */
        {"\"\xC3\"", NULL},
        {"\"\xC0\x80\"", NULL},
        {"\"\xED\xA0\x80\"", NULL},
        {"\"\xF4\x90\x80\x80\"", NULL},
        {"\"\xC3\xA9", NULL},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        char text[2000];
        fill(text, rows[i].written, "1");
        const wn_model *model;
        wn_error error = {0};
        wn_status status = open_text(text, &model, &error);
        if (rows[i].read == NULL) {
            cr_expect_eq(status, WN_ERROR_CORRUPT, "row %zu: %s", i, wn_status_name(status));
            continue;
        }
        cr_assert_eq(status, WN_OK, "row %zu: %s", i, error.message);
        size_t len;
        const char *label = wn_model_label(model, 0, &len);
        cr_expect_str_eq(label, rows[i].read);
        cr_expect_eq(len, strlen(rows[i].read));
        wn_model_unref(model);
    }
}

/* ---- Limits ---- */

Test(json, the_text_is_at_most_1_gib)
{
    size_t limit = (size_t)1 << 30, sound = (size_t)80 << 20;
    char *text = malloc(limit + 2); /* most of it is never touched */
    size_t len = fill(text, "\"a\"", "1");
    memset(text + len, ' ', sound - len);
    const wn_model *model;
    wn_error error;
    cr_expect_eq(wn_model_open_memory(text, sound, NULL, &model, &error), WN_OK);
    wn_model_unref(model);
    cr_expect_eq(wn_model_open_memory(text, limit + 1, NULL, &model, &error), WN_ERROR_LIMIT);
    cr_expect(strstr(error.message, "1 GiB") != NULL, "%s", error.message);
    text[1] = '\xff'; /* the next thing that is looked at */
    cr_expect_eq(wn__json_scan(text, limit, 0, &error), WN_ERROR_CORRUPT);
    cr_expect(strstr(error.message, "UTF-8") != NULL, "%s", error.message);
    free(text);
}

Test(json, nesting_is_at_most_64_deep)
{
    for (unsigned depth = 63; depth <= 66; depth++) {
        char text[300] = "{\"a\":";
        for (unsigned i = 1; i < depth; i++)
            strcat(text, "[");
        for (unsigned i = 1; i < depth; i++)
            strcat(text, "]");
        strcat(text, "}");
        wn_error error = {0};
        cr_expect_eq(wn__json_scan(text, strlen(text), 100, &error),
                     depth <= 64 ? WN_OK : WN_ERROR_LIMIT, "depth %u", depth);
        if (depth > 64)
            cr_expect_eq(error.offset, 100 + 5 + 63, "at the bracket too many, from the base");
        const wn_model *model;
        cr_expect_eq(open_text(text, &model, NULL), depth <= 64 ? WN_ERROR_FORMAT : WN_ERROR_LIMIT);
    }
    /* Depth is what is open at once, and brackets inside strings are text. */
    char *wide = malloc(4000);
    strcpy(wide, "{\"a\":[");
    for (unsigned i = 0; i < 500; i++)
        strcat(wide, "[],");
    strcat(wide, "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"]}");
    cr_expect_eq(wn__json_scan(wide, strlen(wide), 0, NULL), WN_OK);
    free(wide);
}

Test(json, values_are_at_most_8_mi)
{
    size_t limit = (size_t)8 << 20, len = 2 * limit + 10;
    char *text = malloc(len);
    /* An object, a list, and limit - 2 commas: the limit exactly. */
    memcpy(text, "{\"a\":[", 6);
    size_t at = 6;
    for (size_t i = 0; i < limit - 2; i++) {
        text[at++] = '1';
        text[at++] = ',';
    }
    memcpy(text + at, "1]}", 3);
    wn_error error = {0};
    cr_expect_eq(wn__json_scan(text, at + 3, 0, &error), WN_OK, "%s", error.message);
    memcpy(text + at, "1,1]}", 5);
    cr_expect_eq(wn__json_scan(text, at + 5, 0, &error), WN_ERROR_LIMIT);
    free(text);
}

Test(json, at_most_16_blocks_128_arrays_4096_probes)
{
    static const struct {
        unsigned n_blocks, n_arrays, n_probes;
        wn_status status;
    } rows[] = {
        {16, 128, 4096, WN_OK},         {17, 128, 0, WN_ERROR_CORRUPT},
        {0, 128, 0, WN_ERROR_CORRUPT},  {1, 129, 0, WN_ERROR_CORRUPT},
        {1, 4, 4097, WN_ERROR_CORRUPT},
    };
    for (size_t r = 0; r < WN__COUNT(rows); r++) {
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);
        fputs("{\"winnow\":1,\"labels\":\"l\",\"link\":\"raw\",\"blocks\":[", out);
        for (unsigned i = 0; i < rows[r].n_blocks; i++) {
            fprintf(out,
                    "%s{\"extractor\":\"words\",\"tokens\":\"nonspace\",\"terms\":\"t\",\"rows"
                    "\":{\"encoding\":\"dense\",\"values\":\"r\"}}",
                    i > 0 ? "," : "");
        }
        fputs("],\"probes\":[", out);
        for (unsigned i = 0; i < rows[r].n_probes; i++)
            fprintf(out, "%s{\"text\":\"x\",\"scores\":[16]}", i > 0 ? "," : "");
        fputs("],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]},\"t\":{"
              "\"dtype\":\"str\",\"shape\":[1],\"values\":[\"x\"]},\"r\":{\"dtype\":\"f64\","
              "\"shape\":[1,1],\"values\":[1]}",
              out);
        for (unsigned i = 3; i < rows[r].n_arrays; i++)
            fprintf(out, ",\"u%u\":{\"dtype\":\"u8\",\"shape\":[0],\"values\":[]}", i);
        fputs("}}", out);
        fclose(out);
        const wn_model *model;
        wn_error error = {0};
        cr_expect_eq(open_text(text, &model, &error), rows[r].status, "row %zu: %s", r,
                     error.message);
        if (model != NULL) { /* sixteen blocks add up */
            wn_verify_report report = {.size = sizeof report};
            wn_ctx *ctx;
            cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
            cr_expect_eq(wn_model_verify(model, ctx, &report), WN_OK);
            cr_expect_eq(report.n_probes, 4096);
            wn_ctx_free(ctx);
        }
        wn_model_unref(model);
        free(text);
    }
}

/* ---- Numbers, bit for bit ---- */

/* Reads a manifest with one array into a spec. */
static wn_status try_numbers(wn__spec *spec, const char *dtype, const char *values, size_t n,
                             wn_error *error)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    fprintf(out,
            "{\"winnow\":1,\"labels\":\"n\",\"link\":\"raw\",\"blocks\":[{\"extractor\":"
            "\"chars\"}],\"arrays\":{\"n\":{\"dtype\":\"%s\",\"shape\":[%zu],\"values\":[%s]}}}",
            dtype, n, values);
    fclose(out);
    wn__spec_init(spec, NULL);
    wn_status status = wn__manifest_read(spec, text, len, 0, NULL, error);
    free(text);
    return status;
}

/* Gives the array's bytes, which belong to the spec. */
static const wn__array *read_numbers(wn__spec *spec, const char *dtype, const char *values,
                                     size_t n)
{
    wn_error error;
    cr_assert_eq(try_numbers(spec, dtype, values, n, &error), WN_OK, "%s", error.message);
    cr_assert_eq(spec->n_arrays, 1);
    return &spec->arrays[0];
}

Test(json, doubles_survive_in_every_bit)
{
    static const double values[] = {0.1,
                                    -0.0,
                                    0.0,
                                    5e-324,
                                    -2.2250738585072009e-308,
                                    2.2250738585072014e-308,
                                    1.7976931348623157e308,
                                    0.30000000000000004,
                                    123456789.12345679,
                                    9007199254740993e3,
                                    1e22,
                                    -1e23};
    wn__spec spec;
    const wn__array *array = read_numbers(
        &spec, "f64",
        "0.1,-0.0,0,5e-324,-2.2250738585072009e-308,2.2250738585072014E-308,1.7976931348623157e+308"
        ",0.30000000000000004,123456789.12345679,9007199254740993e3,1e22,-1e23",
        12);
    cr_assert_eq(array->size, sizeof values);
    for (size_t i = 0; i < WN__COUNT(values); i++)
        cr_expect(memcmp(array->data + 8 * i, &values[i], 8) == 0, "%.17g", values[i]);
    wn__spec_free(&spec);
    static const float floats[] = {0.1f, -0.0f, 1.40129846e-45f, 3.40282347e38f, 16777217.0f};
    array = read_numbers(&spec, "f32", "0.1,-0.0,1.40129846e-45,3.40282347e38,16777217", 5);
    cr_assert_eq(array->size, sizeof floats);
    for (size_t i = 0; i < WN__COUNT(floats); i++)
        cr_expect(memcmp(array->data + 4 * i, &floats[i], 4) == 0, "%.9g", (double)floats[i]);
    wn__spec_free(&spec);
}

/* The ends of each type, and what is one too much. */
Test(json, integers_fit_their_type)
{
    static const struct {
        const char *dtype, *values, *too_low, *too_high;
        wn__dtype id;
        int64_t lowest, highest;
    } rows[] = {
        {"u8", "0,255", "-1", "256", WN__U8, 0, 255},
        {"i8", "-128,127", "-129", "128", WN__I8, -128, 127},
        {"i32", "-2147483648,2147483647", "-2147483649", "2147483648", WN__I32, INT32_MIN,
         INT32_MAX},
        {"u32", "0,4294967295", "-1", "4294967296", WN__U32, 0, UINT32_MAX},
        {"i64", "-9007199254740992,9007199254740992", "-9007199254740994", "9007199254740994",
         WN__I64, -9007199254740992, 9007199254740992},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        wn__spec spec;
        const wn__array *array = read_numbers(&spec, rows[i].dtype, rows[i].values, 2);
        size_t size = wn__dtypes[rows[i].id].size;
        cr_assert_eq(array->dtype, rows[i].id);
        cr_assert_eq(array->size, 2 * size);
        cr_expect(memcmp(array->data, &rows[i].lowest, size) == 0, "%s", rows[i].dtype);
        cr_expect(memcmp(array->data + size, &rows[i].highest, size) == 0, "%s", rows[i].dtype);
        wn__spec_free(&spec);
        for (int which = 0; which < 4; which++) {
            const char *const wrong[] = {rows[i].too_low, rows[i].too_high, "0.5", "\"1\""};
            wn_error error;
            cr_expect_eq(try_numbers(&spec, rows[i].dtype, wrong[which], 1, &error),
                         WN_ERROR_CORRUPT);
            cr_expect_not_null(strstr(error.message, "numbers that fit the dtype"), "%s",
                               error.message);
            wn__spec_free(&spec);
        }
    }
}

Test(json, written_numbers_read_back_in_every_bit)
{
    uint64_t random = 71;
    for (unsigned round = 0; round < 300; round++) {
        bool is_wide = round % 2 == 0;
        char values[64 * 30] = "";
        for (unsigned i = 0; i < 30; i++) { /* placeholders; the bits are put in below */
            strcat(values, i > 0 ? ",1" : "1");
        }
        wn__spec spec, again;
        const wn__array *array = read_numbers(&spec, is_wide ? "f64" : "f32", values, 30);
        uint8_t *bytes = (uint8_t *)(uintptr_t)array->data;
        for (size_t i = 0; i < array->size; i++)
            bytes[i] = (uint8_t)next_random(&random);
        for (size_t i = is_wide ? 7 : 3; i < array->size; i += is_wide ? 8 : 4)
            bytes[i] &= (uint8_t)(round % 3 == 0 ? 0x80 : 0xbf); /* finite; every third denormal */
        wn__writer w = {.heap = &spec.heap};
        wn__manifest_write(&w, &spec, true);
        cr_assert_not(w.failed);
        wn_error error;
        wn__spec_init(&again, NULL);
        cr_assert_eq(wn__manifest_read(&again, w.buffer.data, w.len, 0, NULL, &error), WN_OK, "%s",
                     error.message);
        cr_assert_eq(again.arrays[0].size, array->size);
        cr_assert(memcmp(again.arrays[0].data, bytes, array->size) == 0);
        wn__spec_free(&again);
        wn__spec_free(&spec);
    }
}

/* As if much had been written before: of what stands there only the first byte is looked at. */
Test(json, no_more_is_written_than_can_be_read_back)
{
    wn__spec spec;
    wn_error error;
    read_numbers(&spec, "f64", "1,2", 2);
    wn__writer alone = {.heap = &spec.heap};
    cr_assert_eq(wn__format_json.write(&alone, &spec, &error), WN_OK, "%s", error.message);
    size_t cap = WN__MAX_JSON_SIZE + 4096;
    char *room = malloc(cap);
    room[0] = 'x';
    for (size_t more = 0; more < 2; more++) {
        wn__writer w = {
            .heap = &spec.heap, .buffer = {room, cap}, .len = WN__MAX_JSON_SIZE - alone.len + more};
        wn_status status = wn__format_json.write(&w, &spec, &error);
        cr_expect_eq(w.len, WN__MAX_JSON_SIZE + more);
        cr_expect_eq(status, more == 0 ? WN_OK : WN_ERROR_LIMIT);
    }
    cr_expect_not_null(strstr(error.message, "needs 1073741825 bytes of JSON"), "%s",
                       error.message);
    free(room);
    wn__spec_free(&spec);
}

/* The parser refuses them, and what it refuses without a reason that is known here is taken for a
 * lack of memory. */
Test(json, control_characters_are_refused_behind_a_backslash_too)
{
    for (unsigned c = 0; c < 0x20; c++) {
        for (size_t behind = 0; behind < 2; behind++) {
            char text[] = "{\"winnow\": 1, \"name\": \"a\\?b\"}";
            char *at = strchr(text, '?') - (behind == 0 ? 2 : 0);
            *at = (char)c;
            if (behind == 0)
                memcpy(at + 1, "bb", 2);
            wn_error error = {.status = WN_OK};
            cr_expect_eq(wn__json_scan(text, sizeof text - 1, 0, &error), WN_ERROR_CORRUPT);
            cr_expect_eq(error.offset, (uint64_t)(at - text), "%u", c);
            cr_expect_not_null(strstr(error.message, "control character"), "%u: %s", c,
                               error.message);
        }
    }
}
