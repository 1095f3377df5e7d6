/* test_inputs.c - texts of several fields, vectors, and the paragraphs around one, with numbers
 * computed by hand. */
#include "by_hand.h"

static wn_ctx *ctx;

static void start(void)
{
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
}

static void stop(void)
{
    wn_ctx_free(ctx);
}

TestSuite(inputs, .init = start, .fini = stop);

#define ONE_EACH NUMBERS("r", "3,3", "2,1,0, 0,1,2, 1,1,1")

/* ---- Fields ---- */

Test(inputs, fields_are_found_by_name)
{
    static const char json[] = "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"blocks\":[{"
                               "\"extractor\":\"words\",\"field\":"
                               "\"title\",\"terms\":\"t\",\"rows\":{\"values\":\"r\"}},{"
                               "\"extractor\":\"words\",\"field\":\"body\","
                               "\"terms\":\"t\",\"rows\":{\"values\":\"s\"}}],\"probes\":[{"
                               "\"fields\":[\"x\",\"x x\"],\"scores\":["
                               "21]}],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],"
                               "\"values\":[\"a\"]},\"t\":{\"dtype\":"
                               "\"str\",\"shape\":[1],\"values\":[\"x\"]},\"r\":{\"dtype\":\"f64\","
                               "\"shape\":[1,1],\"values\":[1]},"
                               "\"s\":{\"dtype\":\"f64\",\"shape\":[1,1],\"values\":[10]}}}";
    const wn_model *model;
    wn_error error;
    cr_assert_eq(open_text(json, &model, &error), WN_OK, "%s", error.message);
    wn_model_info info = {.size = sizeof info};
    wn_model_get_info(model, &info);
    cr_expect_eq(info.n_fields, 2);
    cr_expect_str_eq(wn_model_field(model, 0), "title");
    cr_expect_str_eq(wn_model_field(model, 1), "body");
    cr_expect_null(wn_model_field(model, 2));
    static const char *const names[] = {"url", "body", "title"};
    wn_text texts[] = {{"x", 1}, {"x x", 3}, {"x", 1}, {"x x x", 5}, {NULL, 0}, {"x x x", 5}};
    wn_result result;
    cr_assert_eq(wn_classify_fields(ctx, &model, 1, names, 3, texts, 2, NULL, &result), WN_OK);
    cr_expect_eq(result.paragraphs[0].predictions[0].scores[0].logit, 21);
    cr_expect_eq(result.paragraphs[1].predictions[0].scores[0].logit, 3);
    static const char *const others[] = {"url", "Body", "title"};
    cr_expect_eq(wn_classify_fields(ctx, &model, 1, others, 3, texts, 2, NULL, &result),
                 WN_ERROR_ARGUMENT);
    cr_expect_not_null(strstr(wn_ctx_error(ctx)->message, "\"body\""));
    cr_expect_eq(wn_classify_batch(ctx, &model, 1, texts, 1, NULL, &result), WN_ERROR_ARGUMENT);
    cr_expect_not_null(strstr(wn_ctx_error(ctx)->message, "wn_classify_fields"));
    wn_verify_report report = {.size = sizeof report};
    cr_expect_eq(wn_model_verify(model, ctx, &report), WN_OK);
    cr_expect_eq(report.n_probes, 1);
    wn_model_unref(model);
    /* A model without names reads the first text. */
    model = sample_open(SAMPLE_TERMS, 1, WN_SCORING_FAST, NULL);
    cr_assert_eq(wn_classify_fields(ctx, &model, 1, names, 3, texts, 2, NULL, &result), WN_OK);
    double logit = result.paragraphs[0].predictions[0].scores[0].logit;
    cr_expect_eq(predict(ctx, model, "x", 1).scores[0].logit, logit);
    wn_model_unref(model);
}

Test(inputs, the_field_without_a_name_is_found_by_its_name_too)
{
    /* The probe's second text is that of "": it was taken for the first one. */
    static const char json[] =
        "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"blocks\":[{\"extractor\":\"words\","
        "\"field\":\"title\",\"terms\":\"t\",\"rows\":{\"values\":\"r\"}},{\"extractor\":\"words\","
        "\"terms\":\"t\",\"rows\":{\"values\":\"s\"}}],\"probes\":[{\"fields\":[\"x\",\"x x\"],"
        "\"scores\":[21]}],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]},"
        "\"t\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"x\"]},"
        "\"r\":{\"dtype\":\"f64\",\"shape\":[1,1],\"values\":[1]},"
        "\"s\":{\"dtype\":\"f64\",\"shape\":[1,1],\"values\":[10]}}}";
    const wn_model *model;
    wn_error error;
    cr_assert_eq(open_text(json, &model, &error), WN_OK, "%s", error.message);
    wn_verify_report report = {.size = sizeof report};
    cr_expect_eq(wn_model_verify(model, ctx, &report), WN_OK, "%g", report.max_difference);
    static const char *const names[2][2] = {{"title", ""}, {"body", "title"}};
    wn_text texts[] = {{"x", 1}, {"x x", 3}};
    wn_result result;
    cr_assert_eq(wn_classify_fields(ctx, &model, 1, names[0], 2, texts, 1, NULL, &result), WN_OK);
    cr_expect_eq(result.paragraphs[0].predictions[0].scores[0].logit, 21);
    /* Where no name is "", it is the first text. */
    cr_assert_eq(wn_classify_fields(ctx, &model, 1, names[1], 2, texts, 1, NULL, &result), WN_OK);
    cr_expect_eq(result.paragraphs[0].predictions[0].scores[0].logit, 12);
    wn_model_unref(model);
}

/* ---- Vectors ---- */

Test(inputs, vectors_are_multiplied_with_the_rows)
{
    const wn_model *model =
        model_of("\"link\":\"raw\",\"labels\":\"three\"",
                 ",\"weighting\":{\"norm\":\"l2\"},\"rows\":{\"values\":\"r\"}", ONE_EACH);
    wn_entry entries[] = {{0, 0.5}, {2, -3}, {7, 100}};
    wn_vector vectors[] = {{entries, 3}, {NULL, 0}, {entries + 2, 1}};
    wn_result result;
    wn_classify_options options = {.size = sizeof options};
    cr_assert_eq(wn_classify_vectors(ctx, model, vectors, 3, &options, &result), WN_OK);
    cr_assert_eq(result.n_paragraphs, 3);
    const wn_prediction *p = result.paragraphs[0].predictions;
    cr_expect_eq(score(p, 0)->logit, -2);
    cr_expect_eq(score(p, 1)->logit, -2.5);
    cr_expect_eq(score(p, 2)->logit, -3);
    cr_expect_eq(p->n_features, 2);
    cr_expect_eq(result.paragraphs[1].predictions[0].decision, WN_UNSURE_UNKNOWN);
    cr_expect_eq(result.paragraphs[2].predictions[0].decision, WN_UNSURE_UNKNOWN);
    wn_entry wrong[][2] = {
        {{1, 1}, {1, 1}}, {{2, 1}, {1, 1}}, {{0, NAN}, {1, 1}}, {{0, 1}, {1, INFINITY}}};
    for (size_t i = 0; i < WN__COUNT(wrong); i++) {
        wn_vector vector = {wrong[i], 2};
        cr_expect_eq(wn_classify_vectors(ctx, model, &vector, 1, NULL, &result), WN_ERROR_ARGUMENT);
    }
    wn_vector null = {NULL, 1};
    cr_expect_eq(wn_classify_vectors(ctx, model, &null, 1, NULL, &result), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_classify_vectors(ctx, model, NULL, 1, NULL, &result), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_classify_vectors(ctx, NULL, vectors, 1, NULL, &result), WN_ERROR_ARGUMENT);
    wn_model_unref(model);
    static const sample others[] = {SAMPLE_CHARS, SAMPLE_FOLDED};
    for (size_t i = 0; i < WN__COUNT(others); i++) {
        model = sample_open(others[i], 1, WN_SCORING_FAST, NULL);
        cr_expect_eq(wn_classify_vectors(ctx, model, vectors, 1, NULL, &result), WN_ERROR_ARGUMENT);
        wn_model_unref(model);
    }
}

Test(inputs, a_model_of_columns_alone_takes_no_text)
{
    static const char json[] = "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"blocks\":[{"
                               "\"extractor\":\"columns\",\"n_features\":"
                               "2,\"rows\":{\"values\":\"r\"}}],\"arrays\":{\"l\":{\"dtype\":"
                               "\"str\",\"shape\":[1],\"values\":[\"a\"]},"
                               "\"r\":{\"dtype\":\"f64\",\"shape\":[2,1],\"values\":[1,5]}}}";
    const wn_model *model;
    wn_error error;
    cr_assert_eq(open_text(json, &model, &error), WN_OK, "%s", error.message);
    wn_text text = {"x", 1};
    wn_result result;
    cr_expect_eq(wn_classify_batch(ctx, &model, 1, &text, 1, NULL, &result), WN_ERROR_ARGUMENT);
    cr_expect_not_null(strstr(wn_ctx_error(ctx)->message, "wn_classify_vectors"));
    cr_expect_eq(wn_classify(ctx, &model, 1, "x", 1, NULL, &result), WN_ERROR_ARGUMENT);
    wn_entry entry = {1, 2};
    wn_vector vector = {&entry, 1};
    cr_assert_eq(wn_classify_vectors(ctx, model, &vector, 1, NULL, &result), WN_OK);
    cr_expect_eq(result.paragraphs[0].predictions[0].scores[0].logit, 10);
    wn_model_info info = {.size = sizeof info};
    wn_model_get_info(model, &info);
    cr_expect_eq(info.n_fields, 0);
    cr_expect_eq(info.n_columns, 2);
    wn_model_unref(model);
}

/* ---- Context ---- */

static wn_result with_context(const wn_model *model, const char *text, int context)
{
    wn_classify_options options = {
        .size = sizeof options, .split = WN_SPLIT_LINE, .context = context};
    wn_result result;
    cr_assert_eq(wn_classify(ctx, &model, 1, text, strlen(text), &options, &result), WN_OK);
    return result;
}

Test(inputs, context_is_the_weighted_mean_of_the_neighbours)
{
    const wn_model *model =
        model_of("\"link\":\"sigmoid\",\"labels\":\"three\",\"context\":\"c\"",
                 ",\"rows\":{\"values\":\"r\"}", ONE_EACH NUMBERS("c", "2", "0.5,0.25"));
    wn_result result = with_context(model, "x\ny\nnothing\nx x", 0);
    for (size_t i = 0; i < 4; i++)
        cr_expect_null(result.paragraphs[i].predictions[0].context);
    double alone[4] = {sigmoid(2), sigmoid(0), sigmoid(0), sigmoid(4)};
    /* The third line knows nothing: it does not count for its neighbours, but has neighbours. */
    double expected[4] = {(alone[0] + 0.5 * alone[1]) / 1.5,
                          (alone[1] + 0.5 * alone[0] + 0.25 * alone[3]) / 1.75,
                          (alone[2] + 0.5 * alone[1] + 0.5 * alone[3] + 0.25 * alone[0]) / 2.25,
                          (alone[3] + 0.25 * alone[1]) / 1.25};
    result = with_context(model, "x\ny\nnothing\nx x", 1);
    for (size_t i = 0; i < 4; i++) {
        const wn_prediction *p = &result.paragraphs[i].predictions[0];
        cr_expect_float_eq(score(p, 0)->probability, alone[i], 1e-15);
        cr_assert_not_null(p->context);
        cr_expect_float_eq(score(p->context, 0)->probability, expected[i], 1e-15, "line %zu", i);
        cr_expect_eq(p->context->n_features, p->n_features);
        cr_expect_null(p->context->context);
    }
    cr_expect_eq(result.paragraphs[2].predictions[0].decision, WN_UNSURE_UNKNOWN);
    cr_expect_eq(result.paragraphs[2].predictions[0].context->decision, WN_DECIDED);
    wn_model_unref(model);
}

Test(inputs, context_of_a_paragraph_alone_is_itself)
{
    for (sample kind = 0; kind < N_SAMPLES; kind++) {
        const wn_model *model = sample_open(kind, 1, WN_SCORING_FAST, NULL);
        wn_result result = with_context(model, "harbour offer now police", 1);
        const wn_prediction *p = &result.paragraphs[0].predictions[0];
        cr_assert_eq(p->context->n_scores, p->n_scores);
        for (uint32_t i = 0; i < p->n_scores; i++) {
            cr_expect_eq(p->context->scores[i].label, p->scores[i].label);
            cr_expect_eq(p->context->scores[i].logit, p->scores[i].logit);
        }
        cr_expect_eq(p->context->decision, p->decision);
        wn_model_unref(model);
    }
}

Test(inputs, context_of_logits_beyond_all_reason_is_finite)
{
    /* The weighted sum of three numbers near the largest double was infinite. */
    const wn_model *model = model_of(
        "\"link\":\"softmax\",\"labels\":\"two\",\"context\":\"c\"", ",\"rows\":{\"values\":\"r\"}",
        NUMBERS("r", "3,2", "1e308,-1e308, -1e308,1e308, 0,0") NUMBERS("c", "1", "1000"));
    static const char *const texts[] = {"x\nx\nx", "x\nx\ny", "y\nx\ny"};
    for (size_t i = 0; i < WN__COUNT(texts); i++) {
        wn_result result = with_context(model, texts[i], 1);
        for (size_t j = 0; j < result.n_paragraphs; j++) {
            const wn_prediction *p = result.paragraphs[j].predictions[0].context;
            cr_assert_eq(p->n_scores, 2);
            cr_expect(isfinite(p->scores[0].logit) && isfinite(p->scores[1].logit), "%s: %g %g",
                      texts[i], p->scores[0].logit, p->scores[1].logit);
        }
    }
    wn_model_unref(model);
}

Test(inputs, context_adds_no_answer_where_fasttext_has_none)
{
    static const char json[] =
        "{\"winnow\":1,\"link\":\"softmax\",\"labels\":\"l\",\"head\":{\"values\":\"h\"},"
        "\"blocks\":[{\"extractor\":\"fasttext\",\"words\":\"w\",\"rows\":{\"values\":\"h\"}}],"
        "\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]},"
        "\"w\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"x\"]},"
        "\"h\":{\"dtype\":\"f32\",\"shape\":[1,1],\"values\":[1]}}}";
    const wn_model *model;
    wn_error error;
    cr_assert_eq(open_text(json, &model, &error), WN_OK, "%s", error.message);
    wn_result result = with_context(model, "never\nheard", 1);
    for (size_t i = 0; i < 2; i++) {
        const wn_prediction *p = &result.paragraphs[i].predictions[0];
        cr_expect_eq(p->n_scores, 0);
        cr_assert_not_null(p->context);
        cr_expect_eq(p->context->n_scores, 0);
        cr_expect_eq(p->context->decision, WN_UNSURE_UNKNOWN);
    }
    result = with_context(model, "never\nx", 1);
    cr_expect_eq(result.paragraphs[0].predictions[0].n_scores, 0);
    const wn_prediction *p = result.paragraphs[0].predictions[0].context;
    cr_assert_eq(p->n_scores, 1);
    cr_expect_eq(p->scores[0].probability, 1, "%g: a softmax sums to 1", p->scores[0].probability);
    wn_model_unref(model);
}

/* Bit for bit what the documented sums make of the paragraphs alone. */
static void check_context(sample kind, const char *text, size_t n)
{
    const wn_model *model = sample_open(kind, 1, WN_SCORING_FAST, NULL);
    wn_classify_options options = {.size = sizeof options, .split = WN_SPLIT_LINE, .context = 1};
    wn_result result;                     /* k 0: all labels */
    const double weights[] = {0.5, 0.25}; /* the usual ones */
    wn_model_info info = {.size = sizeof info};
    wn_model_get_info(model, &info);
    cr_assert_not(info.has_context);
    cr_assert_eq(wn_classify(ctx, &model, 1, text, strlen(text), &options, &result), WN_OK);
    cr_assert_eq(result.n_paragraphs, n);
    for (size_t i = 0; i < n; i++) {
        const wn_prediction *p = &result.paragraphs[i].predictions[0];
        for (uint32_t label = 0; label < p->context->n_scores; label++) {
            bool answers = p->n_scores > 0;
            double total = answers ? 1 : 0, sum = answers ? score(p, label)->probability : 0;
            for (size_t d = 1; d <= 2; d++) {
                for (size_t side = 0; side < 2; side++) {
                    size_t at = side == 0 ? i - d : i + d; /* wraps to what is no paragraph */
                    const wn_prediction *q = at < n ? &result.paragraphs[at].predictions[0] : NULL;
                    if (q == NULL || q->n_features == 0)
                        continue;
                    sum += weights[d - 1] * score(q, label)->probability;
                    total += weights[d - 1];
                }
            }
            cr_expect_eq(score(p->context, label)->probability, sum / total, "%s, line %zu",
                         sample_names[kind], i);
        }
    }
    wn_model_unref(model);
}

Test(inputs, context_of_a_long_document_needs_no_memory_for_each_label)
{
    enum { N = 5000 };
    static const char *const lines[] = {"offer now\n", "?\n", "harbour\n", "police vote\n", "?\n"};
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    for (size_t i = 0; i < 300; i++)
        fputs(lines[i * i % 7 % 5], out);
    fclose(out);
    check_context(SAMPLE_TERMS, text, 300);
    check_context(SAMPLE_MANY, text, 300);
    free(text);
    char *json = wide_json(500, 4, &len);
    const wn_model *model;
    wn_error error;
    cr_assert_eq(open_text(json, &model, &error), WN_OK, "%s", error.message);
    free(json);
    char document[2 * N];
    for (size_t i = 0; i < N; i++)
        memcpy(document + 2 * i, "x\n", 2);
    wn_classify_options options = {
        .size = sizeof options, .k = 1, .split = WN_SPLIT_LINE, .context = 1};
    wn_result result;
    cr_assert_eq(wn_classify(ctx, &model, 1, document, 2 * N, &options, &result), WN_OK);
    cr_expect_eq(result.n_paragraphs, N);
    /* It was 8,000 bytes a line and more. */
    cr_expect_lt(wn_ctx_memory(ctx), (size_t)N * 1000);
    wn_model_unref(model);
}
