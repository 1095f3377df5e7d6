/* test_classify.c - scores computed by hand, and what the options of classification do. */
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

/* Three terms with rows whose sums tell the counts apart. */
static const wn_model *counting_model(const char *link, const char *block, const char *model_fields)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    fprintf(
        out,
        "{\"winnow\":1,\"name\":\"c\",\"labels\":\"l\",\"link\":\"%s\"%s,\"blocks\":[{"
        "\"extractor\":\"words\",\"tokens\":\"nonspace\",\"ngrams\":[1,2],\"terms\":\"t\",\"rows"
        "\":{\"encoding\":\"dense\",\"values\":\"r\"}%s}],\"arrays\":{\"l\":{\"dtype\":\"str\","
        "\"shape\":[2],\"values\":[\"a\",\"b\"]},\"t\":{\"dtype\":\"str\",\"shape\":[3],"
        "\"values\":[\"x\",\"y\",\"x y\"]},\"r\":{\"dtype\":\"f64\",\"shape\":[3,2],\"values\":["
        "1,10,100,1000,10000,100000]},\"idf\":{\"dtype\":\"f64\",\"shape\":[3],\"values\":[1,2,"
        "4]},\"bias\":{\"dtype\":\"f64\",\"shape\":[2],\"values\":[0.5,-0.5]},\"stop\":{"
        "\"dtype\":\"str\",\"shape\":[2],\"values\":[\"of\",\"y\"]}}}",
        link, model_fields, block);
    return open_stream(out, &text);
}

static wn_result classify(const wn_model *model, const char *text, uint32_t k, double threshold)
{
    wn_classify_options options = {
        .size = sizeof options, .k = k, .threshold = threshold, .split = WN_SPLIT_NONE};
    wn_result result;
    wn_text one = {text, strlen(text)};
    cr_assert_eq(wn_classify_batch(ctx, &model, 1, &one, 1, &options, &result), WN_OK);
    return result;
}

static const wn_prediction *predict(const wn_model *model, const char *text)
{
    wn_result result = classify(model, text, 0, 0);
    cr_assert_eq(result.n_paragraphs, 1);
    return &result.paragraphs[0].predictions[0];
}

/* The logit of a label among all of a prediction's. */
static double logit_of(const wn_prediction *p, uint32_t label)
{
    for (uint32_t i = 0; i < p->n_scores; i++) {
        if (p->scores[i].label == label)
            return p->scores[i].logit;
    }
    cr_assert_fail("label %u is missing", label);
    return 0;
}

/* ---- By hand ---- */

Test(classify, weights_by_hand, .init = start, .fini = stop)
{
    /* "x y x": x twice, y once, "x y" once; "y x" is unknown. */
    const double l2 = sqrt(4 + 4 + 16), ln2 = log(2) + 1;
    const struct {
        const char *block, *fields;
        double a, b;
    } rows[] = {
        {"", "", 2 + 100 + 10000, 20 + 1000 + 100000},
        {"", ",\"bias\":\"bias\"", 10102.5, 101019.5},
        {",\"weighting\":{\"binary\":true}", "", 10101, 101010},
        {",\"weighting\":{\"idf\":\"idf\"}", "", 2 + 200 + 40000, 20 + 2000 + 400000},
        {",\"weighting\":{\"norm\":\"l1\"}", "", 10102.0 / 4, 101020.0 / 4},
        {",\"weighting\":{\"idf\":\"idf\",\"norm\":\"l2\"}", "",
         2 / l2 + 2 / l2 * 100 + 4 / l2 * 10000, 2 / l2 * 10 + 2 / l2 * 1000 + 4 / l2 * 100000},
        {",\"weighting\":{\"sublinear_tf\":true}", "", ln2 + 100 + 10000, ln2 * 10 + 1000 + 100000},
        {",\"weighting\":{\"sublinear_tf\":true,\"binary\":true}", "", 10101, 101010},
        {",\"stop_words\":\"stop\"", "", 2, 20}, /* y is out before "x y" is made */
        {",\"min_length\":2", "", 0, 0},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        const wn_model *model = counting_model("raw", rows[i].block, rows[i].fields);
        const wn_prediction *p = predict(model, "x y x");
        cr_expect_float_eq(logit_of(p, 0), rows[i].a, 1e-9, "row %zu: %.17g", i, logit_of(p, 0));
        cr_expect_float_eq(logit_of(p, 1), rows[i].b, 1e-9, "row %zu: %.17g", i, logit_of(p, 1));
        cr_expect(isnan(p->scores[0].probability), "a raw model has no probabilities");
        wn_model_unref(model);
    }
}

Test(classify, features_are_counted_and_unknown_text_leaves_the_bias, .init = start, .fini = stop)
{
    const wn_model *model = counting_model("softmax", "", ",\"bias\":\"bias\"");
    cr_expect_eq(predict(model, "x y x")->n_features, 4, "x, y, x, \"x y\"");
    cr_expect_eq(predict(model, "x of y")->n_features, 2);
    static const char *const nothing[] = {"", " ", "of of", "\n", "xx yy"};
    for (size_t i = 0; i < WN__COUNT(nothing); i++) {
        const wn_prediction *p = predict(model, nothing[i]);
        cr_expect_eq(p->n_features, 0);
        cr_expect_eq(p->n_scores, 2);
        cr_expect_eq(logit_of(p, 0), 0.5);
        cr_expect_eq(logit_of(p, 1), -0.5);
        cr_expect_float_eq(p->scores[0].probability, 1 / (1 + exp(-1)), 1e-15);
    }
    /* A newline inside a text is white space. */
    cr_expect_eq(predict(model, "x\ny\r\nx")->n_features, 4);
    wn_model_unref(model);
}

Test(classify, normalisation_is_part_of_the_model, .init = start, .fini = stop)
{
    static const char json[] =
        "{\"winnow\":1,\"normalize\":[\"fold_punctuation\",\"lower_ascii\",\"digits_to_zero\","
        "\"space_punctuation\"],\"labels\":\"l\",\"link\":\"raw\",\"blocks\":[{\"extractor\":"
        "\"words\",\"tokens\":\"nonspace\",\"terms\":\"l\",\"rows\":{\"encoding\":\"dense\","
        "\"values\":\"r\"}}],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[4],\"values\":["
        "\"don\","
        "\"'\",\"00\",\"\xC3\x89T\"]},\"r\":{\"dtype\":\"f64\",\"shape\":[4,4],\"values\":[1,0,0,0,"
        "0,1,0,0,0,0,1,0,0,0,0,1]}}}";
    const wn_model *model;
    cr_assert_eq(open_text(json, &model, NULL), WN_OK);
    /* Don, a curly apostrophe, T 42!DON 7, a no-break space, 7 */
    const wn_prediction *p = predict(model, "Don\xE2\x80\x99T 42!DON 7\xC2\xA0"
                                            "7 99");
    static const double counts[] = {2, 1, 2, 0};
    for (uint32_t i = 0; i < 4; i++)
        cr_expect_eq(logit_of(p, i), counts[i], "label %u: %g", i, logit_of(p, i));
    p = predict(model, "\xC3\x89T"); /* lower_ascii makes it \xC3\x89t, which is no term */
    cr_expect_eq(p->n_features, 0);
    wn_model_unref(model);
}

/* Words x (1, 2), and the end of line (3, -1) or another word in its place; the head is the
 * identity. */
static const wn_model *mean_model(const char *second, wn_scoring scoring)
{
    char text[1000];
    int n = snprintf(
        text, sizeof text,
        "{\"winnow\":1,\"labels\":\"l\",\"link\":\"softmax\",\"head\":{\"encoding\":\"dense\","
        "\"values\":\"h\"},\"blocks\":[{\"extractor\":\"fasttext\",\"words\":\"w\",\"rows\":{"
        "\"encoding\":\"dense\",\"values\":\"r\"}}],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":"
        "[2],\"values\":[\"a\",\"b\"]},\"w\":{\"dtype\":\"str\",\"shape\":[2],\"values\":[\"x\","
        "\"%s\"]},\"r\":{\"dtype\":\"f32\",\"shape\":[2,2],\"values\":[1,2,3,-1]},\"h\":{\"dtype\":"
        "\"f32\",\"shape\":[2,2],\"values\":[1,0,0,1]}}}",
        second);
    wn_open_options options = {.size = sizeof options, .scoring = scoring};
    const wn_model *model;
    cr_assert_eq(wn_model_open_memory(text, (size_t)n, &options, &model, NULL), WN_OK);
    return model;
}

Test(classify, means_by_hand, .init = start, .fini = stop)
{
    for (int scoring = 0; scoring < 2; scoring++) {
        const wn_model *model = mean_model("</s>", (wn_scoring)scoring);
        const wn_prediction *p = predict(model, "x q\nx"); /* the end of line comes once */
        cr_expect_eq(p->n_features, 2, "the end of line is not counted");
        cr_expect_float_eq(logit_of(p, 0), 5.0 / 3, 1e-6);
        cr_expect_float_eq(logit_of(p, 1), 3.0 / 3, 1e-6);
        cr_expect_float_eq(p->scores[0].probability, 1 / (1 + exp(-2.0 / 3)), 1e-6);
        p = predict(model, "");
        cr_expect_eq(p->n_features, 0);
        cr_expect_float_eq(logit_of(p, 0), 3, 1e-6);
        wn_model_unref(model);
        model = mean_model("z", (wn_scoring)scoring);
        cr_expect_eq(predict(model, "q")->n_scores, 0, "the reference gives no answer either");
        cr_expect_float_eq(logit_of(predict(model, "x z"), 0), 2, 1e-6);
        wn_model_unref(model);
    }
}

/* ---- k, threshold, order ---- */

Test(classify, k_bounds_the_answer, .init = start, .fini = stop)
{
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        const wn_model *model = sample_open((sample)kind, 2, WN_SCORING_FAST, NULL);
        wn_model_info info = {.size = sizeof info};
        cr_assert_eq(wn_model_get_info(model, &info), WN_OK);
        wn_score all[64];
        const wn_prediction *p = predict(model, "harbour offer now police");
        cr_assert_eq(p->n_scores, info.n_labels);
        memcpy(all, p->scores, p->n_scores * sizeof *all);
        double sum = 0;
        for (uint32_t i = 0; i < info.n_labels; i++) {
            sum += all[i].probability;
            double last = i == 0               ? INFINITY
                          : info.is_calibrated ? all[i - 1].probability
                                               : all[i - 1].logit;
            double here = info.is_calibrated ? all[i].probability : all[i].logit;
            cr_expect(last > here || (last == here && all[i - 1].label < all[i].label));
        }
        if (info.link != WN_LINK_RAW && info.link != WN_LINK_SIGMOID)
            cr_expect_float_eq(sum, 1, 1e-12, "%s: %.17g", sample_names[kind], sum);
        static const uint32_t ks[] = {1, 2, 3, 5, 36, 37, 1000, UINT32_MAX - 1};
        for (size_t i = 0; i < WN__COUNT(ks); i++) {
            wn_result result = classify(model, "harbour offer now police", ks[i], 0);
            p = result.paragraphs[0].predictions;
            cr_expect_eq(p->n_scores, ks[i] < info.n_labels ? ks[i] : info.n_labels);
            for (uint32_t j = 0; j < p->n_scores;
                 j++) { /* the same bits, however many are asked for */
                cr_expect_eq(p->scores[j].label, all[j].label);
                cr_expect_eq(p->scores[j].is_chosen, all[j].is_chosen);
                cr_expect_eq(memcmp(&p->scores[j].logit, &all[j].logit, sizeof(double)), 0);
                cr_expect_eq(memcmp(&p->scores[j].probability, &all[j].probability, sizeof(double)),
                             0);
            }
        }
        wn_result result;
        cr_assert_eq(wn_classify(ctx, &model, 1, "winter", 6, NULL, &result), WN_OK);
        cr_expect_eq(result.paragraphs[0].predictions->n_scores, 1, "no options: the best one");
        wn_model_unref(model);
    }
}

Test(classify, the_threshold_keeps_what_reaches_it, .init = start, .fini = stop)
{
    const wn_model *model = sample_open(SAMPLE_HASHED, 2, WN_SCORING_FAST, NULL);
    const wn_prediction *p = predict(model, "harbour offer now police");
    cr_assert_eq(p->n_scores, 3);
    double p0 = p->scores[0].probability, p1 = p->scores[1].probability;
    cr_assert_gt(p0, p1);
    const struct {
        double threshold;
        uint32_t n;
    } rows[] = {{p1, 2},       {nextafter(p1, 2), 1}, {p0, 1}, {nextafter(p0, 2), 0},
                {INFINITY, 0}, {-INFINITY, 3},        {-1, 3}, {0, 3}};
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        wn_result result = classify(model, "harbour offer now police", 0, rows[i].threshold);
        cr_expect_eq(result.paragraphs[0].predictions->n_scores, rows[i].n, "%g",
                     rows[i].threshold);
    }
    wn_model_unref(model);
    /* Raw models: the threshold is one of decisions, and 0 means none. */
    model = counting_model("raw", "", ",\"bias\":\"bias\"");
    static const struct {
        double threshold;
        uint32_t n;
    } raw[] = {{0, 2}, {-0.5, 2}, {-0.25, 1}, {0.5, 1}, {0.75, 0}};
    for (size_t i = 0; i < WN__COUNT(raw); i++) {
        wn_result result = classify(model, "", 0, raw[i].threshold);
        cr_expect_eq(result.paragraphs[0].predictions->n_scores, raw[i].n, "%g", raw[i].threshold);
    }
    wn_model_unref(model);
}

Test(classify, equal_scores_stand_by_label, .init = start, .fini = stop)
{
    const wn_model *model = counting_model("softmax", "", "");
    const wn_prediction *p = predict(model, "nothing known");
    cr_expect(p->scores[0].label == 0 && p->scores[1].label == 1);
    cr_expect(p->scores[0].probability == 0.5 && p->scores[1].probability == 0.5);
    wn_model_unref(model);
}

/* ---- Documents ---- */

static void check_spans(const wn_model *model, const char *text, size_t len, wn_split_mode mode,
                        const wn_span *expected, size_t n)
{
    wn_classify_options options = {.size = sizeof options, .k = 1, .split = mode};
    const wn_span *spans;
    size_t n_spans;
    cr_assert_eq(wn_split(ctx, text, len, mode, &spans, &n_spans), WN_OK);
    cr_expect_eq(n_spans, n, "mode %d: %zu", (int)mode, n_spans);
    for (size_t i = 0; i < n && i < n_spans; i++)
        cr_expect(spans[i].begin == expected[i].begin && spans[i].end == expected[i].end);
    wn_result result;
    cr_assert_eq(wn_classify(ctx, &model, 1, text, len, &options, &result), WN_OK);
    cr_expect_eq(result.n_paragraphs, n);
    cr_expect_eq(result.n_models, 1);
    for (size_t i = 0; i < n && i < result.n_paragraphs; i++) {
        cr_expect_eq(result.paragraphs[i].begin, expected[i].begin);
        cr_expect_eq(result.paragraphs[i].end, expected[i].end);
        cr_expect_eq(result.paragraphs[i].predictions[0].n_scores, 1);
    }
}

Test(classify, split_modes_and_offsets, .init = start, .fini = stop)
{
    const wn_model *model = counting_model("softmax", "", "");
    static const char text[] = "\n one two\r\nthree \n \t\n\xC2\xA0"
                               "four\rfive\n\n\n";
    size_t len = sizeof text - 1;
    /* one two: 2..9, three: 11..16, four: 23..27, five: 28..32 */
    check_spans(model, text, len, WN_SPLIT_LINE,
                (const wn_span[]){{2, 9}, {11, 16}, {23, 27}, {28, 32}}, 4);
    check_spans(model, text, len, WN_SPLIT_BLANK, (const wn_span[]){{2, 16}, {23, 32}}, 2);
    check_spans(model, text, len, WN_SPLIT_NONE, (const wn_span[]){{2, 32}}, 1);
    for (int mode = 0; mode < 4; mode++) {
        check_spans(model, "", 0, (wn_split_mode)mode, NULL, 0);
        check_spans(model, NULL, 0, (wn_split_mode)mode, NULL, 0);
        check_spans(model, " \n\t\r\n ", 6, (wn_split_mode)mode, NULL, 0);
        check_spans(model, "x", 1, (wn_split_mode)mode, (const wn_span[]){{0, 1}}, 1);
    }
    wn_model_unref(model);
}

Test(classify, batches_answer_every_text, .init = start, .fini = stop)
{
    const wn_model *models[2] = {counting_model("raw", "", ""), mean_model("z", WN_SCORING_FAST)};
    const wn_text texts[] = {{NULL, 0}, {"x", 1}, {"", 0}, {" \n ", 3}, {"x\0y", 3}, {"x\n\nx", 4}};
    wn_result result;
    cr_assert_eq(wn_classify_batch(ctx, models, 2, texts, 6, NULL, &result), WN_OK);
    cr_assert_eq(result.n_paragraphs, 6);
    cr_assert_eq(result.n_models, 2);
    static const uint32_t linear[] = {0, 1, 0, 0, 0, 2}, fast[] = {0, 1, 0, 0, 1, 2};
    for (size_t i = 0; i < 6; i++) {
        const wn_paragraph *p = &result.paragraphs[i];
        cr_expect_eq(p->begin, 0);
        cr_expect_eq(p->end, texts[i].len, "a text is one paragraph, blank lines and all");
        cr_expect_eq(p->predictions[0].n_features, linear[i], "text %zu", i);
        cr_expect_eq(p->predictions[0].n_scores, 1);
        /* fastText separates tokens at NUL; Python's str.split does not. */
        cr_expect_eq(p->predictions[1].n_features, fast[i], "text %zu", i);
        cr_expect_eq(p->predictions[1].n_scores, fast[i] > 0);
    }
    cr_assert_eq(wn_classify_batch(ctx, models, 2, NULL, 0, NULL, &result), WN_OK);
    cr_expect_eq(result.n_paragraphs, 0);
    wn_model_unref(models[0]);
    wn_model_unref(models[1]);
}
