/* verify.c - replays a model's probes. */
#include "context.h"
#include "pipeline.h"

#include <math.h>

/* Fast rows may differ from what the trainer computed by this much. */
#define FAST_TOLERANCE 1e-5

/* The largest difference between a prediction of all labels and the expected scores. A prediction
 * without labels counts as zeros: the model knows nothing of the text. Scores are finite, whatever
 * the weights. */
static double difference(const wn_model *model, const wn_prediction *prediction,
                         const double *expected)
{
    double largest = 0;
    for (uint32_t i = 0; i < model->n_labels && prediction->n_scores == 0; i++)
        largest = fmax(largest, fabs(expected[i]));
    for (uint32_t i = 0; i < prediction->n_scores; i++) {
        const wn_score *score = &prediction->scores[i];
        double value = model->link == WN_LINK_RAW ? score->logit : score->probability;
        largest = fmax(largest, fabs(value - expected[score->label]));
    }
    return largest;
}

wn_status wn_model_verify(const wn_model *model, wn_ctx *ctx, wn_verify_report *report)
{
    if (model == NULL || ctx == NULL || report == NULL || report->size < sizeof *report)
        return ctx == NULL ? WN_ERROR_ARGUMENT
                           : wn__ctx_fail(ctx, WN_ERROR_ARGUMENT,
                                          "wn_model_verify: a pointer is NULL, or report->size");
    *report = (wn_verify_report){.size = report->size,
                                 .n_probes = model->n_probes,
                                 .first_failed = UINT32_MAX,
                                 .tolerance = model->probe_tolerance};
    if (model->blocks[0].is_fast)
        report->tolerance = fmax(report->tolerance, FAST_TOLERANCE);
    for (uint32_t i = 0; i < model->n_probes; i++) {
        wn_result result;
        wn__batch batch = {.models = &model,
                           .n_models = 1,
                           .texts = model->probes[i].texts,
                           .n_fields = model->n_fields,
                           .names = model->fields,
                           .n = 1,
                           .wanted = {.threshold = -INFINITY}};
        wn_status status = wn__pipeline_run(ctx, &batch, &result);
        if (status != WN_OK)
            return status;
        double d = difference(model, result.paragraphs[0].predictions, model->probes[i].scores);
        report->max_difference = fmax(report->max_difference, d);
        if (d <= report->tolerance)
            continue;
        report->n_failed++;
        if (report->first_failed == UINT32_MAX)
            report->first_failed = i;
    }
    if (report->n_failed == 0)
        return WN_OK;
    return wn__fail(&ctx->error, WN_ERROR_CORRUPT, WN__NO_OFFSET,
                    "%u of %u probes differ from their stored scores, by up to %g (allowed: %g)",
                    (unsigned)report->n_failed, (unsigned)report->n_probes, report->max_difference,
                    report->tolerance);
}
