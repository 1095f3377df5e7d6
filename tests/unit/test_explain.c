/* test_explain.c - contributions add up to the logit, and lie where the features are. */
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static wn_ctx *ctx;

static void start(void)
{
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
}

static void stop(void)
{
    wn_ctx_free(ctx);
}

TestSuite(explain, .init = start, .fini = stop);

static wn_explanation explain(const wn_model *model, const char *text, uint32_t label)
{
    wn_explanation e;
    cr_assert_eq(wn_explain(ctx, model, text, strlen(text), label, &e), WN_OK, "%s",
                 wn_ctx_error(ctx)->message);
    return e;
}

static double logit_of(const wn_model *model, const char *text, size_t len, uint32_t label)
{
    wn_classify_options all = {.size = sizeof all, .threshold = -INFINITY};
    wn_text one = {text, len};
    wn_result result;
    cr_assert_eq(wn_classify_batch(ctx, &model, 1, &one, 1, &all, &result), WN_OK);
    const wn_prediction *p = result.paragraphs[0].predictions;
    for (uint32_t i = 0; i < p->n_scores; i++) {
        if (p->scores[i].label == label)
            return p->scores[i].logit;
    }
    return 0; /* fastText, no features */
}

static void check_sum(const wn_model *model, const char *text, size_t len, const char *name)
{
    wn_model_info info = {.size = sizeof info};
    wn_model_get_info(model, &info);
    for (uint32_t label = 0; label < info.n_labels; label++) {
        double logit = logit_of(model, text, len, label);
        wn_explanation e;
        cr_assert_eq(wn_explain(ctx, model, text, len, label, &e), WN_OK);
        double sum = e.bias, size = 1;
        for (size_t i = 0; i < e.n; i++) {
            const wn_contribution *c = &e.contributions[i];
            sum += c->value;
            size += fabs(c->value);
            cr_assert(c->begin <= c->end && c->end <= len, "%s: %zu-%zu of %zu", name, c->begin,
                      c->end, len);
            cr_assert_lt(c->block, info.n_blocks);
            if (i > 0) {
                cr_assert(c[-1].begin < c->begin ||
                          (c[-1].begin == c->begin && c[-1].end <= c->end));
            }
        }
        cr_assert_eq(e.logit, logit, "%s", name);
        /* fastText's rows and sums are floats. */
        double tolerance = info.is_fasttext ? 1e-5 : 1e-12;
        cr_assert_float_eq(sum, logit, tolerance * size, "%s, label %u: %.17g, not %.17g", name,
                           (unsigned)label, sum, logit);
    }
}

Test(explain, contributions_add_up_to_the_logit)
{
    uint64_t random = 5;
    char text[2000];
    for (sample kind = 0; kind < N_SAMPLES; kind++) {
        for (int exact = 0; exact < 2 && kind != SAMPLE_TREE && kind != SAMPLE_BUSH; exact++) {
            const wn_model *model =
                sample_open(kind, 3, exact ? WN_SCORING_EXACT : WN_SCORING_FAST, NULL);
            for (int round = 0; round < 60; round++) {
                size_t len = random_text(&random, text, round < 50 ? 300 : sizeof text, round % 2);
                check_sum(model, text, len, sample_names[kind]);
            }
            check_sum(model, "", 0, sample_names[kind]);
            wn_model_unref(model);
        }
    }
}

/* ---- By hand ---- */

static const wn_model *model_of(const char *fields, const char *block, const char *arrays)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    fprintf(out,
            "{\"winnow\":1,%s,\"blocks\":[{%s}],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[2],"
            "\"values\":[\"a\",\"b\"]}%s}}",
            fields, block, arrays);
    return open_stream(out, &text);
}

static void expect(const wn_explanation *e, size_t i, size_t begin, size_t end, double value)
{
    cr_assert_lt(i, e->n);
    const wn_contribution *c = &e->contributions[i];
    cr_expect(c->begin == begin && c->end == end, "%zu: %zu-%zu", i, c->begin, c->end);
    cr_expect_float_eq(c->value, value, 1e-14, "%zu: %.17g", i, c->value);
}

Test(explain, each_place_has_its_share)
{
    const wn_model *model = model_of("\"link\":\"softmax\",\"labels\":\"l\",\"bias\":\"b\"",
                                     "\"extractor\":\"words\",\"tokens\":\"nonspace\",\"ngrams\":["
                                     "1,2],\"terms\":\"t\",\"weighting\":{"
                                     "\"sublinear_tf\":true},\"rows\":{\"values\":\"r\"}",
                                     ",\"t\":{\"dtype\":\"str\",\"shape\":[3],\"values\":[\"x\","
                                     "\"y\",\"x y\"]},\"r\":{\"dtype\":\"f64\","
                                     "\"shape\":[3,2],\"values\":[1,10,100,1000,10000,100000]},"
                                     "\"b\":{\"dtype\":\"f64\",\"shape\":[2],"
                                     "\"values\":[7,8]}");
    wn_explanation e = explain(model, " x  y   x", 1);
    cr_expect_eq(e.n, 4);
    cr_expect_eq(e.bias, 8);
    double half = (1 + log(2)) * 10 / 2;
    expect(&e, 0, 1, 2, half);
    expect(&e, 1, 1, 5, 100000);
    expect(&e, 2, 4, 5, 1000);
    expect(&e, 3, 8, 9, half);
    e = explain(model, "nothing", 0);
    cr_expect_eq(e.n, 0);
    cr_expect_eq(e.bias, 7);
    cr_expect_eq(e.logit, 7);
    wn_model_unref(model);
}

Test(explain, places_are_those_of_the_original_text)
{
    const wn_model *model = model_of(
        "\"link\":\"raw\",\"labels\":\"l\",\"normalize\":[\"space_punctuation\",\"lower\",\"strip_"
        "accents_unicode\"]",
        "\"extractor\":\"words\",\"tokens\":\"word\",\"terms\":\"t\",\"rows\":{\"values\":\"r\"}",
        ",\"t\":{\"dtype\":\"str\",\"shape\":[3],\"values\":[\"cafe\",\"istanbul\",\"tm\"]},\"r\":{"
        "\"dtype\":"
        "\"f64\",\"shape\":[3,1],\"values\":[1,2,4]}");
    /* An accent of its own, a capital that grows, a letter that is two. */
    static const char text[] = "(Cafe\xcc\x81) \xc4\xb0stanbul!";
    wn_explanation e = explain(model, text, 1);
    cr_expect_eq(e.n, 2);
    expect(&e, 0, 1, 7, 1);
    expect(&e, 1, 9, 18, 2);
    e = explain(model, text, 0); /* two labels, one output: the first has it negated */
    expect(&e, 0, 1, 7, -1);
    cr_expect_eq(e.logit, -3);
    wn_model_unref(model);
}

Test(explain, signs_of_a_hash_are_places_too)
{
    /* "foo" has a negative hash (the specification of HashingVectorizer), "été" a positive one. */
    const wn_model *model = model_of("\"link\":\"raw\",\"labels\":\"l\"",
                                     "\"extractor\":\"words\",\"tokens\":\"nonspace\",\"hash\":{"
                                     "\"n_features\":1,\"alternate_sign\":true},"
                                     "\"rows\":{\"values\":\"r\"}",
                                     ",\"r\":{\"dtype\":\"f64\",\"shape\":[1,2],\"values\":[3,5]}");
    wn_explanation e = explain(model, "foo \xc3\xa9t\xc3\xa9 foo", 1);
    cr_expect_eq(e.n, 3);
    expect(&e, 0, 0, 3, -5);
    expect(&e, 1, 4, 9, 5);
    expect(&e, 2, 10, 13, -5);
    cr_expect_eq(e.logit, -5);
    e = explain(model, "foo \xc3\xa9t\xc3\xa9", 1); /* they cancel */
    cr_expect_eq(e.logit, 0);
    for (size_t i = 0; i < e.n; i++)
        cr_expect_eq(e.contributions[i].value, 0);
    wn_model_unref(model);
}

Test(explain, arguments)
{
    const wn_model *model = sample_open(SAMPLE_TERMS, 1, WN_SCORING_FAST, NULL);
    wn_explanation e;
    cr_expect_eq(wn_explain(NULL, model, "x", 1, 0, &e), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_explain(ctx, NULL, "x", 1, 0, &e), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_explain(ctx, model, NULL, 1, 0, &e), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_explain(ctx, model, "x", 1, 4, &e), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_explain(ctx, model, "x", 1, 0, NULL), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_explain(ctx, model, NULL, 0, 0, &e), WN_OK);
    wn_model_unref(model);
    model = sample_open(SAMPLE_TREE, 1, WN_SCORING_FAST, NULL);
    cr_expect_eq(wn_explain(ctx, model, "x", 1, 0, &e), WN_ERROR_UNSUPPORTED);
    wn_model_unref(model);
}

Test(explain, every_allocation_may_fail_and_a_warm_context_makes_none)
{
    uint64_t random = 8;
    char text[800];
    for (sample kind = 0; kind < N_SAMPLES; kind++) {
        if (kind == SAMPLE_TREE || kind == SAMPLE_BUSH)
            continue;
        const wn_model *model = sample_open(kind, 2, WN_SCORING_FAST, NULL);
        size_t len = random_text(&random, text, sizeof text, true);
        tally t = {0};
        wn_allocator allocator = tally_allocator(&t);
        wn_explanation e;
        for (size_t at = 1;; at++) {
            wn_ctx *own;
            cr_assert_eq(wn_ctx_new(&allocator, &own), WN_OK);
            tally_fail(&t, at, true);
            wn_status status = wn_explain(own, model, text, len, 0, &e);
            tally_fail(&t, 0, false);
            if (status == WN_OK) {
                size_t n_asked = t.n_asked;
                cr_expect_eq(wn_explain(own, model, text, len, 1, &e), WN_OK);
                cr_expect_eq(t.n_asked, n_asked, "%s", sample_names[kind]);
            } else {
                cr_assert_eq(status, WN_ERROR_MEMORY);
            }
            wn_ctx_free(own);
            if (status == WN_OK)
                break;
        }
        cr_expect_eq(t.n_live, 0);
        wn_model_unref(model);
    }
}
