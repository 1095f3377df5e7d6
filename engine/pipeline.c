/* pipeline.c - the steps from text to ranked labels. START READING HERE.
 *
 *     document --wn_split--> paragraphs            paragraph.c
 *     paragraph --normalize--> bytes               normalize.c   as the model was trained
 *     bytes --extract--> feature ids               feature_*.c   words, n-grams, buckets
 *     ids --pool--> one row                        pool.c        h = sum w_i R[id_i]
 *     row --head--> outputs                        kernel/       only where the head is not folded
 *     outputs --link--> logits, probabilities      link.c        softmax, sigmoid, tree
 *     logits --rank--> labels                      topk.c
 *
 * Every model family takes these steps. fastText models pool floats in tiles of WN__TILE paragraphs
 * so that a dense head is one matrix product; linear models pool doubles straight into logits.
 * A paragraph's numbers never depend on its neighbours: the tile has a fixed size, its empty rows
 * are zero, and each row is summed on its own.
 */
#include "pipeline.h"

#include "kernel/kernel.h"
#include "link.h"
#include "normalize.h"
#include "pool.h"
#include "topk.h"

/* One model's run over the batch. */
typedef struct run {
    wn_ctx *ctx;
    const wn__batch *batch;
    const wn_model *model;
    wn_prediction *predictions; /* of this model; n_models apart */
    wn_score *scores;           /* room for n * k scores */
    uint32_t k;
} run;

static wn_text text_of(const wn__batch *batch, size_t i)
{
    if (batch->text == NULL)
        return batch->texts[i];
    wn_span span = batch->spans[i];
    return (wn_text){batch->text + span.begin, span.end - span.begin};
}

/* The paragraph as the model wants it: itself, or normalised in the context's buffer. */
static wn_status normalized(wn_ctx *ctx, const wn_model *model, wn_text text, const uint8_t **out,
                            size_t *len)
{
    *out = (const uint8_t *)text.data;
    *len = text.len;
    if (model->normalize == 0)
        return WN_OK;
    const wn__normalizer normalizer = {model->normalize, model->unicode};
    size_t bound = wn__normalize_bound(model->normalize, *out, text.len);
    if (bound == SIZE_MAX || !wn__buffer_reserve(&ctx->heap, &ctx->normalized, bound, 1, 0))
        return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory for the normalised text");
    *len = wn__normalize(&normalizer, *out, text.len, ctx->normalized.data, NULL);
    *out = ctx->normalized.data;
    return WN_OK;
}

/* Logits to a ranked prediction. logits is the context's buffer; outputs of a tree are in it. */
static void rank(const run *r, size_t i, uint64_t n_features, wn_score *scores)
{
    const wn_model *model = r->model;
    wn_ctx *ctx = r->ctx;
    double *logits = ctx->logits.data, *probabilities = ctx->probabilities.data;
    uint32_t *labels = ctx->ranking.data, n = 0;
    if (model->link == WN_LINK_HIERARCHICAL_SOFTMAX)
        wn__link_tree(&model->tree, logits, probabilities, logits);
    else
        wn__finite_logits(logits, model->n_labels);
    wn__link_apply(model->link, logits, probabilities, model->n_labels);
    uint32_t found = wn__topk(logits, model->n_labels, r->k, labels);
    for (uint32_t j = 0; j < found; j++) {
        wn_score score = {labels[j], probabilities[labels[j]], logits[labels[j]]};
        double held = model->link == WN_LINK_RAW ? score.logit : score.probability;
        if (held >= r->batch->threshold || (model->link == WN_LINK_RAW && r->batch->threshold == 0))
            scores[n++] = score;
    }
    r->predictions[i * r->batch->n_models] =
        (wn_prediction){.scores = scores,
                        .n_scores = n,
                        .n_features = n_features > UINT32_MAX ? UINT32_MAX : (uint32_t)n_features};
}

static wn_status run_linear(const run *r)
{
    for (size_t i = 0; i < r->batch->n; i++) {
        const uint8_t *text;
        size_t len;
        uint64_t n_features;
        wn_status status = normalized(r->ctx, r->model, text_of(r->batch, i), &text, &len);
        if (status == WN_OK) {
            status = wn__pool_linear(r->ctx, r->model, text, len, r->ctx->logits.data, &n_features);
        }
        if (status != WN_OK)
            return status;
        rank(r, i, n_features, r->scores + i * r->k);
    }
    return WN_OK;
}

/* The dense stage of a tile: outputs [WN__TILE][stride] from hidden [WN__TILE][dim], of which the
 * first n rows are in use. */
static void apply_head(const wn_model *model, float *hidden, size_t n, float *outputs,
                       size_t stride)
{
    const wn__head *head = &model->head;
    if (model->scoring == WN_SCORING_EXACT) {
        wn__product_ordered(hidden, head->transposed, head->stride, outputs, stride, n, model->dim,
                            model->n_outputs);
    } else {
        memset(hidden + n * model->dim, 0, (WN__TILE - n) * model->dim * sizeof *hidden);
        wn__product_fast(hidden, head->transposed, head->stride, outputs, stride, WN__TILE,
                         model->dim, model->n_outputs);
    }
    for (size_t i = 0; i < n && head->norms != NULL; i++) {
        for (uint32_t j = 0; j < model->n_outputs; j++)
            outputs[i * stride + j] *= head->norms[j];
    }
}

static wn_status run_fasttext(const run *r)
{
    const wn_model *model = r->model;
    wn_ctx *ctx = r->ctx;
    bool is_folded = model->blocks[0].is_folded;
    size_t stride = ((size_t)model->n_outputs + 15) & ~(size_t)15;
    float *outputs = ctx->outputs.data, *hidden = ctx->hidden.data;
    double *logits = ctx->logits.data;
    for (size_t first = 0; first < r->batch->n; first += WN__TILE) {
        size_t n = r->batch->n - first < WN__TILE ? r->batch->n - first : WN__TILE;
        uint64_t n_features[WN__TILE], n_text[WN__TILE];
        for (size_t i = 0; i < n; i++) {
            wn__fasttext_tokens tokens = {0};
            wn_status status =
                normalized(ctx, model, text_of(r->batch, first + i), &tokens.text, &tokens.len);
            if (status != WN_OK)
                return status;
            float *row = is_folded ? outputs + i * stride : hidden + i * model->dim;
            n_features[i] = wn__pool_fasttext(model, &tokens, row, NULL, &n_text[i]);
        }
        if (!is_folded)
            apply_head(model, hidden, n, outputs, stride);
        for (size_t i = 0; i < n; i++) {
            for (uint32_t j = 0; j < model->n_outputs; j++)
                logits[j] = (double)outputs[i * stride + j];
            if (n_features[i] > 0)
                rank(r, first + i, n_text[i], r->scores + (first + i) * r->k);
        }
    }
    return WN_OK;
}

/* Room for one model's numbers; the buffers keep their high-water mark. */
static bool reserve_for_model(wn_ctx *ctx, const wn_model *model)
{
    size_t n = model->n_labels, stride = ((size_t)model->n_outputs + 15) & ~(size_t)15;
    return wn__buffer_reserve(&ctx->heap, &ctx->logits, n, sizeof(double), 0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->probabilities, 2 * n, sizeof(double), 0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->ranking, n, sizeof(uint32_t), 0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->hidden, (size_t)WN__TILE * model->dim,
                              sizeof(float), 0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->outputs, WN__TILE * stride, sizeof(float), 0);
}

static uint32_t limit_of(const wn_model *model, uint32_t k)
{
    return k == 0 || k > model->n_labels ? model->n_labels : k;
}

/* Room for the results of all models. */
static bool reserve_for_result(wn_ctx *ctx, const wn__batch *batch)
{
    size_t per_text = 0, n_predictions, n_scores;
    for (size_t m = 0; m < batch->n_models; m++)
        per_text += limit_of(batch->models[m], batch->k);
    return wn__mul(batch->n, batch->n_models, &n_predictions) &&
           wn__mul(batch->n, per_text, &n_scores) &&
           wn__buffer_reserve(&ctx->heap, &ctx->paragraphs, batch->n, sizeof(wn_paragraph), 0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->predictions, n_predictions, sizeof(wn_prediction),
                              0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->scores, n_scores, sizeof(wn_score), 0);
}

wn_status wn__pipeline_run(wn_ctx *ctx, const wn__batch *batch, wn_result *result)
{
    if (!reserve_for_result(ctx, batch))
        return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory for the result");
    wn_prediction *predictions = ctx->predictions.data;
    wn_score *scores = ctx->scores.data;
    memset(predictions, 0, batch->n * batch->n_models * sizeof *predictions);
    for (size_t m = 0; m < batch->n_models; m++) {
        const wn_model *model = batch->models[m];
        run r = {ctx, batch, model, predictions + m, scores, limit_of(model, batch->k)};
        if (!reserve_for_model(ctx, model))
            return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory for the model's scores");
        wn_status status = model->is_fasttext ? run_fasttext(&r) : run_linear(&r);
        if (status != WN_OK)
            return status;
        scores += batch->n * r.k;
    }
    wn_paragraph *paragraphs = ctx->paragraphs.data;
    for (size_t i = 0; i < batch->n; i++) {
        bool is_document = batch->text != NULL;
        paragraphs[i] = (wn_paragraph){is_document ? batch->spans[i].begin : 0,
                                       is_document ? batch->spans[i].end : batch->texts[i].len,
                                       predictions + i * batch->n_models};
    }
    *result = (wn_result){paragraphs, batch->n, batch->n_models};
    return WN_OK;
}
