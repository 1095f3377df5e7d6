/* test_status.c - every status comes from a public call with its detail; arguments are checked. */
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

Test(status, names_and_versions)
{
    static const char *const names[] = {"ok",      "argument", "memory",      "io",   "format",
                                        "version", "corrupt",  "unsupported", "limit"};
    for (int i = 0; i < 9; i++)
        cr_expect_str_eq(wn_status_name((wn_status)i), names[i]);
    cr_expect_str_eq(wn_status_name((wn_status)9), "unknown");
    cr_expect_str_eq(wn_status_name((wn_status)-1), "unknown");
    cr_expect_str_eq(wn_version(), WN_VERSION_STRING);
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", WN_VERSION_MAJOR, WN_VERSION_MINOR,
             WN_VERSION_PATCH);
    cr_expect_str_eq(wn_version(), version);
    cr_expect(strstr(wn_build_info(), version) != NULL);
    cr_expect_null(strchr(wn_build_info(), '\n'));
}

/* ---- Each status from a public call ---- */

static void check_open(const char *text, size_t len, const wn_open_options *options,
                       wn_status expected)
{
    const wn_model *model = (const wn_model *)(const void *)text;
    wn_error error;
    memset(&error, 0x7e, sizeof error);
    cr_expect_eq(wn_model_open_memory(text, len, options, &model, &error), expected, "%s",
                 error.message);
    cr_expect_eq(error.status, expected);
    cr_expect_null(model);
    size_t n = strnlen(error.message, sizeof error.message);
    cr_expect(n > 0 && n < sizeof error.message);
    cr_expect_eq(wn_model_open_memory(text, len, options, &model, NULL), expected);
}

Test(status, opening_gives_each_of_them)
{
    size_t len;
    char *json = sample_json(SAMPLE_FOLDED, 1, &len);
    tally t = {0};
    wn_allocator allocator = tally_allocator(&t);
    wn_open_options failing = {.size = sizeof failing, .allocator = &allocator};
    wn_open_options small = {.size = sizeof small, .max_file_size = 10};
    wn_open_options strange = {.size = sizeof strange, .scoring = (wn_scoring)2};
    tally_fail(&t, 1, true);
    check_open(json, len, &failing, WN_ERROR_MEMORY);
    check_open(json, len, &small, WN_ERROR_LIMIT);
    check_open(json, len, &strange, WN_ERROR_ARGUMENT);
    check_open(NULL, 0, NULL, WN_ERROR_ARGUMENT);
    check_open("hello", 5, NULL, WN_ERROR_FORMAT);
    check_open("", 0, NULL, WN_ERROR_FORMAT);
    check_open("{\"winnow\":2}", 12, NULL, WN_ERROR_VERSION);
    check_open("{\"winnow\":1}", 12, NULL, WN_ERROR_CORRUPT);
    char *link = strstr(json, "softmax");
    memcpy(link, "SOFTMAX", 7);
    check_open(json, len, NULL, WN_ERROR_UNSUPPORTED);
    free(json);
    const wn_model *model;
    wn_error error;
    cr_expect_eq(
        wn_model_open("/nonexistent/\x1b[31m\n\r\t\x7f\xc2\x9bmodel", NULL, &model, &error),
        WN_ERROR_IO);
    cr_expect_eq(error.status, WN_ERROR_IO);
    cr_expect_eq(error.offset, UINT64_MAX);
    for (const char *c = error.message; *c != '\0'; c++)
        cr_expect((unsigned char)*c >= 0x20 && *c != 0x7f, "a control byte in a message");
    cr_expect(strstr(error.message, "\xc2\x9b") == NULL, "a C1 control in a message");
    cr_expect(strstr(error.message, "/nonexistent/") != NULL, "it says which file");
    char path[5000];
    memset(path, 'p', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    cr_expect_eq(wn_model_open(path, NULL, &model, &error), WN_ERROR_IO);
    cr_expect_eq(strnlen(error.message, sizeof error.message), sizeof error.message - 1);
    cr_expect_eq(wn_model_open(NULL, NULL, &model, &error), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_model_open("x", NULL, NULL, &error), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_model_open_memory("x", 1, NULL, NULL, &error), WN_ERROR_ARGUMENT);
}

/* ---- Structs that start with their size ---- */

Test(status, option_structs_of_other_sizes)
{
    size_t len;
    char *json = sample_json(SAMPLE_FOLDED, 1, &len);
    const wn_model *model;
    /* What an older caller does not have counts as zero, whatever lies behind its struct. */
    wn_open_options options;
    memset(&options, 0xff, sizeof options);
    options.size = sizeof options.size;
    cr_expect_eq(wn_model_open_memory(json, len, &options, &model, NULL), WN_OK);
    wn_model_unref(model);
    options.allocator = NULL;
    options.scoring = WN_SCORING_EXACT;
    options.size = offsetof(wn_open_options, max_file_size);
    cr_expect_eq(wn_model_open_memory(json, len, &options, &model, NULL), WN_OK);
    wn_model_info info = {.size = sizeof info};
    cr_expect_eq(wn_model_get_info(model, &info), WN_OK);
    cr_expect(info.has_exact && !info.has_fast);
    wn_model_unref(model);
    static const size_t wrong[] = {0, 1, 7, 5000, SIZE_MAX};
    for (size_t i = 0; i < WN__COUNT(wrong); i++) {
        options = (wn_open_options){.size = wrong[i]};
        cr_expect_eq(wn_model_open_memory(json, len, &options, &model, NULL), WN_ERROR_ARGUMENT,
                     "%zu", wrong[i]);
    }
    /* A newer caller may ask for nothing that this build does not know. */
    struct {
        wn_open_options options;
        char more[24];
    } newer = {.options = {.size = sizeof newer}};
    cr_expect_eq(wn_model_open_memory(json, len, &newer.options, &model, NULL), WN_OK);
    wn_model_unref(model);
    newer.more[23] = 1;
    cr_expect_eq(wn_model_open_memory(json, len, &newer.options, &model, NULL), WN_ERROR_ARGUMENT);
    free(json);
}

Test(status, info_of_other_sizes)
{
    const wn_model *model = sample_open(SAMPLE_FOLDED, 1, WN_SCORING_FAST, NULL);
    wn_model_info info;
    memset(&info, 0x55, sizeof info);
    info.size = offsetof(wn_model_info, description);
    cr_expect_eq(wn_model_get_info(model, &info), WN_OK);
    cr_expect_str_eq(info.name, "folded");
    cr_expect_str_eq(info.version, "1");
    cr_expect_eq(((unsigned char *)&info)[offsetof(wn_model_info, description)], 0x55,
                 "nothing is written behind the caller's struct");
    cr_expect_eq(info.size, offsetof(wn_model_info, description));
    info.size = 0;
    cr_expect_eq(wn_model_get_info(model, &info), WN_ERROR_ARGUMENT);
    info.size = sizeof info;
    cr_expect_eq(wn_model_get_info(NULL, &info), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_model_get_info(model, NULL), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_model_get_info(model, &info), WN_OK);
    cr_expect_str_eq(info.format, "json");
    cr_expect_str_eq(info.description, "");
    cr_expect_eq(info.dim, 12);
    cr_expect_eq(info.n_labels, 5);
    cr_expect_eq(info.n_rows, 67);
    cr_expect_eq(info.n_blocks, 1);
    cr_expect_eq(info.link, WN_LINK_SOFTMAX);
    cr_expect(info.is_fasttext && !info.is_quantized && info.has_fast && !info.has_exact);
    size_t len = 99;
    cr_expect_str_eq(wn_model_label(model, 4, &len), "fe4");
    cr_expect_eq(len, 3);
    cr_expect_str_eq(wn_model_label(model, 0, NULL), "fa0");
    cr_expect_null(wn_model_label(model, 5, &len));
    cr_expect_null(wn_model_label(model, UINT32_MAX, &len));
    cr_expect_null(wn_model_label(NULL, 0, &len));
    wn_model_unref(model);
}

/* ---- Contexts ---- */

static const wn_model *model;
static wn_ctx *ctx;

static void start(void)
{
    model = sample_open(SAMPLE_TERMS, 1, WN_SCORING_FAST, NULL);
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
}

static void stop(void)
{
    wn_ctx_free(ctx);
    wn_model_unref(model);
}

static void expect_refused(wn_status status, const char *what)
{
    cr_expect_eq(status, WN_ERROR_ARGUMENT, "%s: %s", what, wn_status_name(status));
    cr_expect_eq(wn_ctx_error(ctx)->status, WN_ERROR_ARGUMENT, "%s", what);
    cr_expect(strlen(wn_ctx_error(ctx)->message) > 0, "%s", what);
}

Test(status, wrong_arguments_of_context_calls, .init = start, .fini = stop)
{
    wn_result result;
    const wn_span *spans;
    size_t n;
    const wn_model *const none[2] = {model, NULL};
    const wn_text texts[2] = {{"x", 1}, {NULL, 3}};
    wn_classify_options nan = {.size = sizeof nan, .threshold = NAN};
    wn_classify_options split = {.size = sizeof split, .split = (wn_split_mode)4};
    wn_classify_options size = {.size = 3};
    expect_refused(wn_classify(ctx, NULL, 1, "x", 1, NULL, &result), "models NULL");
    expect_refused(wn_classify(ctx, &model, 0, "x", 1, NULL, &result), "no model");
    expect_refused(wn_classify(ctx, none, 2, "x", 1, NULL, &result), "a model NULL");
    expect_refused(wn_classify(ctx, &model, 1, NULL, 1, NULL, &result), "text NULL");
    expect_refused(wn_classify(ctx, &model, 1, "x", 1, NULL, NULL), "result NULL");
    expect_refused(wn_classify(ctx, &model, 1, "x", 1, &nan, &result), "threshold NaN");
    expect_refused(wn_classify(ctx, &model, 1, "x", 1, &split, &result), "split mode");
    expect_refused(wn_classify(ctx, &model, 1, "x", 1, &size, &result), "options size");
    expect_refused(wn_classify_batch(ctx, &model, 1, NULL, 1, NULL, &result), "texts NULL");
    expect_refused(wn_classify_batch(ctx, &model, 1, texts, 2, NULL, &result), "a text NULL");
    expect_refused(wn_classify_batch(ctx, &model, 1, texts, 1, &size, &result), "options size");
    expect_refused(wn_split(ctx, NULL, 1, WN_SPLIT_AUTO, &spans, &n), "text NULL");
    expect_refused(wn_split(ctx, "x", 1, (wn_split_mode)9, &spans, &n), "mode");
    expect_refused(wn_split(ctx, "x", 1, WN_SPLIT_AUTO, NULL, &n), "spans NULL");
    expect_refused(wn_split(ctx, "x", 1, WN_SPLIT_AUTO, &spans, NULL), "n NULL");
    wn_verify_report report = {.size = 4};
    expect_refused(wn_model_verify(model, ctx, &report), "report size");
    expect_refused(wn_model_verify(model, ctx, NULL), "report NULL");
    report.size = sizeof report;
    expect_refused(wn_model_verify(NULL, ctx, &report), "model NULL");
    cr_expect_eq(wn_model_verify(model, NULL, &report), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_classify(NULL, &model, 1, "x", 1, NULL, &result), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_split(NULL, "x", 1, WN_SPLIT_AUTO, &spans, &n), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_ctx_new(NULL, NULL), WN_ERROR_ARGUMENT);
    wn_ctx_free(NULL);
    cr_expect_eq(wn_ctx_memory(NULL), 0);
    cr_expect_eq(wn_ctx_error(NULL)->status, WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_classify(ctx, &model, 1, "x", 1, NULL, &result), WN_OK, "and goes on");
}

Test(status, wrong_arguments_of_conversions)
{
    wn_error error;
    static const wn_text probe = {"x", 1};
    const wn_convert_options wrong[] = {
        {.size = 3},
        {.size = sizeof wrong[0], .format = (wn_format)2},
        {.size = sizeof wrong[0], .keep = (wn_keep)4},
        {.size = sizeof wrong[0], .n_probes = 1},
    };
    for (size_t i = 0; i < WN__COUNT(wrong); i++) {
        cr_expect_eq(wn_convert("a", "b", &wrong[i], &error), WN_ERROR_ARGUMENT, "%zu", i);
        cr_expect_eq(error.status, WN_ERROR_ARGUMENT);
    }
    cr_expect_eq(wn_convert(NULL, "b", NULL, &error), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_convert("a", NULL, NULL, NULL), WN_ERROR_ARGUMENT);
    wn_convert_options fine = {.size = sizeof fine, .probes = &probe, .n_probes = 1};
    cr_expect_eq(wn_convert("/nonexistent", "b", &fine, &error), WN_ERROR_IO);
}

/* ---- fastText lines ---- */

static wn_status predict(const wn_model *m, const char *text, size_t len, int32_t k)
{
    wn_fasttext_line line;
    return wn_fasttext_predict(ctx, m, text, len, k, 0.0f, &line);
}

Test(status, fasttext_prediction_needs_an_exact_model, .init = start, .fini = stop)
{
    const wn_model *exact = sample_open(SAMPLE_FOLDED, 1, WN_SCORING_EXACT, NULL);
    const wn_model *fast = sample_open(SAMPLE_FOLDED, 1, WN_SCORING_FAST, NULL);
    cr_expect_eq(predict(exact, "x\n", 2, 1), WN_OK);
    cr_expect_eq(predict(exact, "x\n", 2, -1), WN_OK);
    cr_expect_eq(predict(exact, "x\n", 2, INT32_MAX), WN_OK);
    static const int32_t wrong[] = {0, -2, INT32_MIN};
    for (size_t i = 0; i < WN__COUNT(wrong); i++)
        expect_refused(predict(exact, "x\n", 2, wrong[i]), "k");
    expect_refused(predict(exact, "x", 0, 1), "no text");
    expect_refused(predict(exact, NULL, 1, 1), "text NULL");
    expect_refused(predict(NULL, "x", 1, 1), "model NULL");
    expect_refused(wn_fasttext_predict(ctx, exact, "x", 1, 1, 0, NULL), "line NULL");
    cr_expect_eq(predict(fast, "x\n", 2, 1), WN_ERROR_UNSUPPORTED);
    cr_expect_eq(wn_ctx_error(ctx)->status, WN_ERROR_UNSUPPORTED);
    cr_expect_eq(predict(model, "x\n", 2, 1), WN_ERROR_UNSUPPORTED, "a linear model");
    wn_model_unref(exact);
    wn_model_unref(fast);
}

Test(status, a_score_that_is_not_a_number, .init = start, .fini = stop)
{
    /* Twice 3e38 is infinite as a float; infinity times 1 and -1 adds up to no number. */
    static const char json[] =
        "{\"winnow\":1,\"labels\":\"l\",\"link\":\"softmax\",\"head\":{\"encoding\":\"dense\","
        "\"values\":\"h\"},\"blocks\":[{\"extractor\":\"fasttext\",\"words\":\"w\",\"rows\":{"
        "\"encoding\":\"dense\",\"values\":\"r\"}}],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":"
        "[2],\"values\":[\"a\",\"b\"]},\"w\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"x\"]},"
        "\"r\":{\"dtype\":\"f32\",\"shape\":[1,2],\"values\":[3e38,3e38]},\"h\":{\"dtype\":\"f32\","
        "\"shape\":[2,2],\"values\":[1,-1,1,-1]}}}";
    wn_open_options options = {.size = sizeof options, .scoring = WN_SCORING_EXACT};
    const wn_model *huge;
    cr_assert_eq(wn_model_open_memory(json, strlen(json), &options, &huge, NULL), WN_OK);
    cr_expect_eq(predict(huge, "x x\n", 4, 1), WN_ERROR_CORRUPT, "fastText aborts there");
    cr_expect_eq(predict(huge, "x\n", 2, 1), WN_OK);
    wn_result result;
    wn_classify_options all = {.size = sizeof all};
    cr_assert_eq(wn_classify(ctx, &huge, 1, "x x", 3, &all, &result), WN_OK);
    const wn_prediction *p = result.paragraphs[0].predictions;
    cr_assert_eq(p->n_scores, 2);
    for (uint32_t i = 0; i < 2; i++)
        cr_expect(isfinite(p->scores[i].logit) && p->scores[i].probability == 0.5);
    wn_model_unref(huge);
}
