/* helpers.c - opens sample models, and looks at their scores, for tests that run under Criterion.
 */
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

void support_stop(const char *what)
{
    cr_assert_fail("%s", what);
    abort();
}

/* ---- Opening ---- */

const wn_model *sample_open(sample kind, uint64_t seed, wn_scoring scoring,
                            const wn_allocator *allocator)
{
    size_t len;
    char *json = sample_json(kind, seed, &len);
    wn_open_options options = {.size = sizeof options, .allocator = allocator, .scoring = scoring};
    const wn_model *model;
    wn_error error;
    wn_status status = wn_model_open_memory(json, len, &options, &model, &error);
    free(json);
    cr_assert_eq(status, WN_OK, "%s: %s", sample_names[kind], error.message);
    return model;
}

wn_status open_text(const char *json, const wn_model **model, wn_error *error)
{
    return wn_model_open_memory(json, strlen(json), NULL, model, error);
}

const wn_model *open_stream(FILE *stream, char **text)
{
    const wn_model *model;
    wn_error error;
    cr_assert_eq(fclose(stream), 0);
    cr_assert_eq(open_text(*text, &model, &error), WN_OK, "%s", error.message);
    free(*text);
    return model;
}

/* ---- Scores ---- */

static uint64_t mix(uint64_t digest, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return next_random(&digest) ^ bits;
}

uint64_t digest_of_model(const wn_model *model)
{
    wn_classify_options all = {.size = sizeof all};
    uint64_t random = 61, digest = 0;
    wn_ctx *ctx;
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
    for (unsigned i = 0; i < 40; i++) {
        char text[500];
        wn_result result;
        wn_text one = {text, random_text(&random, text, sizeof text, true)};
        cr_assert_eq(wn_classify_batch(ctx, &model, 1, &one, 1, &all, &result), WN_OK);
        const wn_prediction *p = result.paragraphs[0].predictions;
        for (uint32_t j = 0; j < p->n_scores; j++) {
            digest = mix(digest, p->scores[j].logit) ^ p->scores[j].label;
            double probability = p->scores[j].probability;
            cr_assert(isfinite(p->scores[j].logit) &&
                      (isnan(probability) || (probability >= 0 && probability <= 1)));
        }
        wn_explanation e = {0}; /* a tree has none */
        wn_status status = wn_explain(ctx, model, text, one.len, 0, &e);
        cr_assert(status == WN_OK || status == WN_ERROR_UNSUPPORTED);
        for (size_t j = 0; j < e.n; j++)
            digest = mix(digest, e.contributions[j].value);
    }
    wn_ctx_free(ctx);
    return digest;
}
