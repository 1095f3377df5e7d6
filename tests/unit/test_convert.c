/* test_convert.c - conversions keep every bit of what they keep. */
#include "support.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char paths[5][64];

static void start(void)
{
    for (size_t i = 0; i < WN__COUNT(paths); i++)
        temporary_name(paths[i]);
}

static void stop(void)
{
    for (size_t i = 0; i < WN__COUNT(paths); i++)
        unlink(paths[i]);
}

static wn_status convert(const char *in, const char *out, wn_format format, wn_keep keep,
                         wn_error *error)
{
    wn_convert_options options = {.size = sizeof options, .format = format, .keep = keep};
    return wn_convert(in, out, &options, error);
}

static void must_convert(const char *in, const char *out, wn_format format, wn_keep keep)
{
    wn_error error;
    wn_status status = convert(in, out, format, keep, &error);
    cr_assert_eq(status, WN_OK, "%s", error.message);
}

static bool same_files(const char *a, const char *b)
{
    size_t n, m;
    char *x = read_file(a, &n), *y = read_file(b, &m);
    bool same = n == m && memcmp(x, y, n) == 0;
    free(x);
    free(y);
    return same;
}

static void write_sample(const char *path, sample kind)
{
    size_t len;
    char *json = sample_json(kind, 5, &len);
    write_file(path, json, len);
    free(json);
}

static uint64_t digest_of_file(const char *path, wn_scoring scoring)
{
    wn_open_options options = {.size = sizeof options, .scoring = scoring};
    const wn_model *model;
    wn_error error;
    cr_assert_eq(wn_model_open(path, &options, &model, &error), WN_OK, "%s", error.message);
    uint64_t digest = digest_of_model(model);
    wn_model_unref(model);
    return digest;
}

Test(convert, binary_to_json_and_back_is_the_same_file, .init = start, .fini = stop)
{
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        for (int keep = WN_KEEP_SOURCE; keep <= WN_KEEP_BOTH; keep++) {
            bool can_fold =
                sample_is_fasttext((sample)kind) && kind != SAMPLE_MANY && kind != SAMPLE_BUSH;
            if (keep != WN_KEEP_SOURCE && !can_fold)
                continue;
            write_sample(paths[0], (sample)kind);
            must_convert(paths[0], paths[1], WN_FORMAT_WINNOW, (wn_keep)keep);
            must_convert(paths[1], paths[2], WN_FORMAT_JSON, WN_KEEP_SOURCE);
            must_convert(paths[2], paths[3], WN_FORMAT_WINNOW, WN_KEEP_SOURCE);
            must_convert(paths[3], paths[4], WN_FORMAT_JSON, WN_KEEP_SOURCE);
            cr_expect(same_files(paths[1], paths[3]), "%s, keep %d: binary", sample_names[kind],
                      keep);
            cr_expect(same_files(paths[2], paths[4]), "%s, keep %d: JSON", sample_names[kind],
                      keep);
            wn_scoring scoring = keep == WN_KEEP_SOURCE || keep == WN_KEEP_EXACT || !can_fold
                                     ? WN_SCORING_EXACT
                                     : WN_SCORING_FAST;
            uint64_t digest = digest_of_file(paths[0], scoring);
            for (size_t i = 1; i < 5; i++)
                cr_expect_eq(digest_of_file(paths[i], scoring), digest, "%s, file %zu",
                             sample_names[kind], i);
        }
    }
}

Test(convert, keeps_what_it_is_told_to_keep, .init = start, .fini = stop)
{
    static const struct {
        wn_keep keep;
        wn_status exact, fast;
        bool exact_rows, fast_rows; /* when opened with that scoring */
    } rows[] = {
        {WN_KEEP_EXACT, WN_OK, WN_OK, true, true},
        {WN_KEEP_FAST, WN_ERROR_UNSUPPORTED, WN_OK, false, true},
        {WN_KEEP_BOTH, WN_OK, WN_OK, true, true},
    };
    write_sample(paths[0], SAMPLE_FOLDED);
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        must_convert(paths[0], paths[1], WN_FORMAT_WINNOW, rows[i].keep);
        for (int scoring = 0; scoring < 2; scoring++) {
            wn_open_options options = {.size = sizeof options, .scoring = (wn_scoring)scoring};
            const wn_model *model;
            wn_status status = wn_model_open(paths[1], &options, &model, NULL);
            cr_expect_eq(status, scoring == WN_SCORING_EXACT ? rows[i].exact : rows[i].fast);
            if (status != WN_OK)
                continue;
            wn_model_info info = {.size = sizeof info};
            cr_expect_eq(wn_model_get_info(model, &info), WN_OK);
            cr_expect_eq(info.has_fast, scoring == WN_SCORING_FAST);
            cr_expect_eq(info.has_exact, scoring == WN_SCORING_EXACT);
            wn_model_unref(model);
        }
    }
    /* What is not there cannot come back, and wide heads are not folded. */
    must_convert(paths[0], paths[1], WN_FORMAT_WINNOW, WN_KEEP_FAST);
    cr_expect_eq(convert(paths[1], paths[2], WN_FORMAT_WINNOW, WN_KEEP_EXACT, NULL),
                 WN_ERROR_UNSUPPORTED);
    cr_expect_eq(convert(paths[1], paths[2], WN_FORMAT_WINNOW, WN_KEEP_BOTH, NULL),
                 WN_ERROR_UNSUPPORTED);
    write_sample(paths[0], SAMPLE_MANY);
    cr_expect_eq(convert(paths[0], paths[2], WN_FORMAT_WINNOW, WN_KEEP_FAST, NULL),
                 WN_ERROR_UNSUPPORTED);
}

Test(convert, writes_over_its_input_and_leaves_it_on_failure, .init = start, .fini = stop)
{
    write_sample(paths[0], SAMPLE_TERMS);
    write_sample(paths[1], SAMPLE_TERMS);
    must_convert(paths[0], paths[2], WN_FORMAT_WINNOW, WN_KEEP_SOURCE);
    must_convert(paths[0], paths[0], WN_FORMAT_WINNOW, WN_KEEP_SOURCE);
    cr_expect(same_files(paths[0], paths[2]));
    write_file(paths[3], "{\"winnow\":1}", 12);
    cr_expect_eq(convert(paths[3], paths[0], WN_FORMAT_JSON, WN_KEEP_SOURCE, NULL),
                 WN_ERROR_CORRUPT);
    cr_expect(same_files(paths[0], paths[2]), "the old file stands");
    wn_error error;
    cr_expect_eq(
        convert(paths[1], "/nonexistent/out.winnow", WN_FORMAT_WINNOW, WN_KEEP_SOURCE, &error),
        WN_ERROR_IO);
    cr_expect(strstr(error.message, "/nonexistent/out.winnow") != NULL, "%s", error.message);
    cr_expect_eq(convert("/nonexistent/in", paths[0], WN_FORMAT_WINNOW, WN_KEEP_SOURCE, &error),
                 WN_ERROR_IO);
}

/* ---- Probes ---- */

static void verify(const char *path, wn_scoring scoring, wn_status expected,
                   wn_verify_report *report)
{
    wn_open_options options = {.size = sizeof options, .scoring = scoring};
    const wn_model *model;
    wn_error error;
    cr_assert_eq(wn_model_open(path, &options, &model, &error), WN_OK, "%s", error.message);
    wn_ctx *ctx;
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
    *report = (wn_verify_report){.size = sizeof *report};
    cr_expect_eq(wn_model_verify(model, ctx, report), expected, "%s", wn_ctx_error(ctx)->message);
    wn_ctx_free(ctx);
    wn_model_unref(model);
}

Test(convert, stores_probes_that_verify_replays, .init = start, .fini = stop)
{
    const wn_text probes[] = {
        {"winter offer now", 16}, {"", 0}, {"police \"vote\" \\ \t river", 22}};
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        wn_convert_options options = {
            .size = sizeof options, .name = "renamed \"one\"", .probes = probes, .n_probes = 3};
        wn_verify_report report;
        write_sample(paths[0], (sample)kind);
        verify(paths[0], WN_SCORING_FAST, WN_OK, &report);
        cr_expect_eq(report.n_probes, 0);
        cr_assert_eq(wn_convert(paths[0], paths[1], &options, NULL), WN_OK);
        must_convert(paths[1], paths[2], WN_FORMAT_JSON, WN_KEEP_SOURCE);
        must_convert(paths[2], paths[3], WN_FORMAT_WINNOW, WN_KEEP_SOURCE);
        cr_expect(same_files(paths[1], paths[3]));
        verify(paths[3], WN_SCORING_EXACT, WN_OK, &report);
        cr_expect_eq(report.n_probes, 3);
        cr_expect_eq(report.max_difference, 0, "%s: exact rows give the very scores",
                     sample_names[kind]);
        cr_expect_eq(report.first_failed, UINT32_MAX);
        verify(paths[3], WN_SCORING_FAST, WN_OK, &report);
        cr_expect_eq(report.n_failed, 0);
        const wn_model *model;
        wn_model_info info = {.size = sizeof info};
        cr_assert_eq(wn_model_open(paths[2], NULL, &model, NULL), WN_OK);
        cr_assert_eq(wn_model_get_info(model, &info), WN_OK);
        cr_expect_str_eq(info.name, "renamed \"one\"");
        cr_expect_eq(info.n_probes, 3);
        wn_model_unref(model);
    }
    static const wn_text wrong[] = {{"a\0b", 3}, {"\xff", 1}};
    for (size_t i = 0; i < 2; i++) {
        wn_convert_options options = {.size = sizeof options, .probes = &wrong[i], .n_probes = 1};
        cr_expect_eq(wn_convert(paths[0], paths[1], &options, NULL), WN_ERROR_ARGUMENT);
    }
    wn_convert_options options = {.size = sizeof options, .name = "\xC3"};
    cr_expect_eq(wn_convert(paths[0], paths[1], &options, NULL), WN_ERROR_ARGUMENT);
}

/* One label's score is `score` by hand: the row of x is 0.25 and 0, both labels raw. */
static const char probed[] =
    "{\"winnow\":1,\"labels\":\"l\",\"link\":\"raw\",\"probe_tolerance\":%s,\"blocks\":[{"
    "\"extractor\":\"words\",\"tokens\":\"nonspace\",\"terms\":\"t\",\"rows\":{\"encoding\":"
    "\"dense\",\"values\":\"r\"}}],\"probes\":[{\"text\":\"x\",\"scores\":[0.25,0]},{\"text\":\"x "
    "x\",\"scores\":[%s,0]}],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[2],\"values\":[\"a\","
    "\"b\"]},\"t\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"x\"]},\"r\":{\"dtype\":\"f64\","
    "\"shape\":[1,2],\"values\":[0.25,0]}}}";

Test(convert, verify_finds_a_score_beyond_the_tolerance, .init = start, .fini = stop)
{
    static const struct {
        const char *tolerance, *score;
        wn_status status;
    } rows[] = {
        {"1e-5", "0.5", WN_OK},
        {"0.0009765625", "0.5009765625", WN_OK}, /* 2^-10 off: just allowed */
        {"0.0009765625", "0.50097656251", WN_ERROR_CORRUPT},
        {"0.0009765625", "0.4990234374", WN_ERROR_CORRUPT},
        {"1e-5", "1e300", WN_ERROR_CORRUPT},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        char json[1500];
        int n = snprintf(json, sizeof json, probed, rows[i].tolerance, rows[i].score);
        write_file(paths[0], json, (size_t)n);
        wn_verify_report report;
        verify(paths[0], WN_SCORING_FAST, rows[i].status, &report);
        cr_expect_eq(report.n_probes, 2);
        cr_expect_eq(report.n_failed, rows[i].status == WN_OK ? 0 : 1);
        cr_expect_eq(report.first_failed, rows[i].status == WN_OK ? UINT32_MAX : 1);
        cr_expect_float_eq(report.max_difference, fabs(atof(rows[i].score) - 0.5), 1e-12);
        cr_expect_eq(report.tolerance, atof(rows[i].tolerance));
    }
}

Test(convert, verify_counts_all_and_needs_memory, .init = start, .fini = stop)
{
    char json[1500];
    int n = snprintf(json, sizeof json, probed, "1e-5", "0.75");
    char *first = strstr(json, "[0.25,0]");
    cr_assert_not_null(first);
    first[1] = '9'; /* the first probe is wrong too, and by more */
    const wn_model *model;
    wn_error error;
    cr_assert_eq(wn_model_open_memory(json, (size_t)n, NULL, &model, &error), WN_OK, "%s",
                 error.message);
    tally t = {0};
    wn_allocator allocator = tally_allocator(&t);
    wn_verify_report report = {.size = sizeof report};
    wn_ctx *ctx;
    cr_assert_eq(wn_ctx_new(&allocator, &ctx), WN_OK);
    tally_fail(&t, 1, true);
    cr_assert_eq(wn_model_verify(model, ctx, &report), WN_ERROR_MEMORY);
    tally_fail(&t, 0, false);
    cr_assert_eq(wn_model_verify(model, ctx, &report), WN_ERROR_CORRUPT);
    cr_expect_eq(report.n_failed, 2);
    cr_expect_eq(report.first_failed, 0);
    cr_expect_float_eq(report.max_difference, 9, 1e-12);
    wn_ctx_free(ctx);
    wn_model_unref(model);
    cr_expect_eq(atomic_load(&t.n_live), 0);
}

/* ---- What verify compares ---- */

/* A text without known words has no labels, which counts as zeros; the larger of the two is told.
 */
Test(convert, a_probe_without_labels_is_compared_with_zeros, .init = start, .fini = stop)
{
    static const char *const scores[] = {"[0,0]", "[0.75,0]", "[0,0.75]", "[-0.75,0.5]"};
    for (size_t i = 0; i < WN__COUNT(scores); i++) {
        char json[1500];
        int n = snprintf(json, sizeof json,
                         "{\"winnow\":1,\"labels\":\"l\",\"link\":\"softmax\",\"head\":{"
                         "\"values\":\"r\"},\"blocks\":[{\"extractor\":\"fasttext\",\"words\":"
                         "\"w\",\"rows\":{\"values\":\"r\"}}],\"probes\":[{\"text\":\"unknown\","
                         "\"scores\":%s}],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[2],"
                         "\"values\":[\"a\",\"b\"]},\"w\":{\"dtype\":\"str\",\"shape\":[2],"
                         "\"values\":[\"x\",\"y\"]},\"r\":{\"dtype\":\"f32\",\"shape\":[2,2],"
                         "\"values\":[1,0,0,1]}}}",
                         scores[i]);
        write_file(paths[0], json, (size_t)n);
        wn_verify_report report;
        verify(paths[0], WN_SCORING_FAST, i == 0 ? WN_OK : WN_ERROR_CORRUPT, &report);
        cr_expect_eq(report.n_failed, i == 0 ? 0 : 1);
        cr_expect_eq(report.max_difference, i == 0 ? 0 : 0.75);
    }
}

/* Weights that add up to no number become the largest ones, and differ from what was stored. */
Test(convert, a_sum_that_is_no_number_differs, .init = start, .fini = stop)
{
    static const char json[] =
        "{\"winnow\":1,\"labels\":\"l\",\"link\":\"raw\",\"blocks\":[{\"extractor\":\"words\","
        "\"tokens\":\"nonspace\",\"terms\":\"t\",\"rows\":{\"values\":\"r\"}}],\"probes\":[{"
        "\"text\":\"x x y y\",\"scores\":[0,0]},{\"text\":\"x\",\"scores\":[1.5e308,1]}],"
        "\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[2],\"values\":[\"a\",\"b\"]},\"t\":{"
        "\"dtype\":\"str\",\"shape\":[2],\"values\":[\"x\",\"y\"]},\"r\":{\"dtype\":\"f64\","
        "\"shape\":[2,2],\"values\":[1.5e308,1,-1.5e308,2]}}}";
    wn_verify_report report;
    write_file(paths[0], json, strlen(json));
    verify(paths[0], WN_SCORING_FAST, WN_ERROR_CORRUPT, &report);
    cr_expect_eq(report.n_failed, 1);
    cr_expect_eq(report.first_failed, 0);
    cr_expect_eq(report.max_difference, DBL_MAX, "%g", report.max_difference);
}
