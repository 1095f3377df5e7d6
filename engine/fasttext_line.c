/* fasttext_line.c - one line as fastText's command line predicts it, bit for bit.
 *
 *     line -> pooled row (pool.c, exact) -> outputs (ordered product) -> loss -> heap -> scores
 *
 * Everything below is float where the reference has float and double where it has double, in its
 * order. Ties are broken by the heap of its standard library (libstdc++), which is therefore
 * reproduced step by step. Source: fastText 0.9.2, loss.cc and utils.cc.
 */
#include "context.h"
#include "kernel/kernel.h"
#include "pool.h"

#include <math.h>

/* What the reference ranks: v = log(p + 1e-5). */
typedef struct entry {
    float v;
    uint32_t label;
} entry;

/* The k best entries so far, the smallest on top. */
typedef struct heap {
    entry *entries; /* [n_labels + 1] */
    size_t n, k;
} heap;

static float log_eps(float x)
{
    return (float)log((double)x + 1e-5);
}

/* Moves entries down from their parents until e fits at the hole: std::__push_heap. */
static void push_up(entry *entries, size_t hole, entry e)
{
    while (hole > 0 && entries[(hole - 1) / 2].v > e.v) {
        entries[hole] = entries[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    entries[hole] = e;
}

/* Moves the top to the end of entries [n] and repairs the rest: std::pop_heap. */
static void pop(entry *entries, size_t n)
{
    if (n < 2)
        return;
    size_t len = n - 1, hole = 0;
    entry last = entries[len];
    entries[len] = entries[0];
    while (hole < (len - 1) / 2) {
        size_t child = 2 * hole + 2;
        if (entries[child].v > entries[child - 1].v)
            child--;
        entries[hole] = entries[child];
        hole = child;
    }
    if (len % 2 == 0 && hole == (len - 2) / 2) {
        entries[hole] = entries[len - 1];
        hole = len - 1;
    }
    push_up(entries, hole, last);
}

/* The reference's step for one candidate. */
static void offer(heap *h, float v, uint32_t label)
{
    push_up(h->entries, h->n, (entry){v, label});
    h->n++;
    if (h->n > h->k) {
        pop(h->entries, h->n);
        h->n--;
    }
}

static bool is_full_above(const heap *h, float v)
{
    return h->n == h->k && v < h->entries[0].v;
}

static void softmax(float *outputs, uint32_t n)
{
    float highest = outputs[0], z = 0;
    for (uint32_t i = 0; i < n; i++)
        highest = outputs[i] > highest ? outputs[i] : highest;
    for (uint32_t i = 0; i < n; i++) {
        outputs[i] = (float)exp((double)(outputs[i] - highest));
        z += outputs[i];
    }
    for (uint32_t i = 0; i < n; i++)
        outputs[i] /= z;
}

/* Entry i of the reference's table of sigmoids, or its value beyond the ends. */
static float table_sigmoid(float x)
{
    if (x < -8.0f)
        return 0.0f;
    if (x > 8.0f)
        return 1.0f;
    int64_t i = (int64_t)((x + 8.0f) * 512.0f / 8.0f / 2.0f);
    float at = (float)(i * 16) / 512.0f - 8.0f;
    return (float)(1.0 / (1.0 + (double)expf(-at)));
}

static void rank_all(const float *probabilities, uint32_t n, float threshold, heap *h)
{
    for (uint32_t i = 0; i < n; i++) {
        if (probabilities[i] < threshold)
            continue;
        float v = log_eps(probabilities[i]);
        if (!is_full_above(h, v))
            offer(h, v, i);
    }
}

typedef struct visit {
    uint32_t node;
    float score;
} visit;

/* Walks the tree depth first, left before right, pruning as the reference does. stack:
 * [n_leaves + 1]. False: an output is not a number. */
static bool rank_tree(const wn__tree *tree, const float *outputs, float threshold, visit *stack,
                      heap *h)
{
    size_t depth = 0;
    float lowest = log_eps(threshold);
    stack[depth++] = (visit){2 * tree->n_leaves - 2, 0.0f};
    while (depth > 0) {
        visit v = stack[--depth];
        if (v.score < lowest || is_full_above(h, v.score))
            continue;
        if (v.node < tree->n_leaves) {
            offer(h, v.score, v.node);
            continue;
        }
        uint32_t inner = v.node - tree->n_leaves;
        if (isnan(outputs[inner]))
            return false;
        float f = 1.0f / (1.0f + expf(-outputs[inner]));
        const uint32_t *child = &tree->children[2 * (size_t)inner];
        stack[depth++] = (visit){child[1], v.score + log_eps(f)};
        stack[depth++] = (visit){child[0], v.score + log_eps(1.0f - f)};
    }
    return true;
}

/* Outputs to ranked entries; false when an output is not a number. */
static bool rank_line(wn_ctx *ctx, const wn_model *model, float *outputs, float threshold, heap *h)
{
    uint32_t n = model->n_outputs;
    if (model->link == WN_LINK_HIERARCHICAL_SOFTMAX)
        return rank_tree(&model->tree, outputs, threshold, ctx->probabilities.data, h);
    for (uint32_t i = 0; i < n; i++) {
        if (isnan(outputs[i]))
            return false;
    }
    if (model->link == WN_LINK_SOFTMAX) {
        softmax(outputs, n);
    } else {
        for (uint32_t i = 0; i < n; i++)
            outputs[i] = table_sigmoid(outputs[i]);
    }
    rank_all(outputs, n, threshold, h);
    return true;
}

/* Gold labels are collected in the context. */
typedef struct gold_sink {
    wn__sink sink;
    wn_ctx *ctx;
    uint32_t n;
} gold_sink;

static void keep_gold(wn__sink *sink)
{
    gold_sink *g = (gold_sink *)(void *)sink;
    if (!wn__buffer_reserve(&g->ctx->heap, &g->ctx->gold, (size_t)g->n + sink->n, sizeof(uint32_t),
                            g->n * sizeof(uint32_t))) {
        sink->status = WN_ERROR_MEMORY;
    } else {
        memcpy((uint32_t *)g->ctx->gold.data + g->n, sink->ids, sink->n * sizeof(uint32_t));
        g->n += (uint32_t)sink->n;
    }
    sink->n = 0;
}

static wn_status check_model(wn_ctx *ctx, const wn_model *model)
{
    if (!model->is_fasttext)
        return wn__ctx_fail(ctx, WN_ERROR_UNSUPPORTED, "not a fastText model: use wn_classify");
    if (model->blocks[0].is_fast) {
        return wn__ctx_fail(ctx, WN_ERROR_UNSUPPORTED,
                            "fastText's answers need exact rows: open with WN_SCORING_EXACT");
    }
    if (model->normalize != 0 || (model->link == WN_LINK_SIGMOID && !model->sigmoid_table) ||
        model->link == WN_LINK_ONE_VS_REST || model->link == WN_LINK_RAW) {
        return wn__ctx_fail(ctx, WN_ERROR_UNSUPPORTED,
                            "the model has text or link rules that fastText does not: use "
                            "wn_classify");
    }
    return WN_OK;
}

static bool reserve(wn_ctx *ctx, const wn_model *model)
{
    size_t n = (size_t)model->n_labels + 1;
    _Static_assert(sizeof(visit) <= sizeof(double) && sizeof(entry) <= sizeof(double),
                   "both fit where doubles do");
    return wn__pool_reserve(ctx, model) &&
           wn__buffer_reserve(&ctx->heap, &ctx->hidden, model->dim, sizeof(float), 0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->outputs, n, sizeof(float), 0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->logits, n, sizeof(entry), 0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->probabilities, n, sizeof(visit), 0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->scores, n, sizeof(wn_score), 0);
}

static wn_status score_line(wn_ctx *ctx, const wn_model *model, int32_t k, float threshold,
                            wn_fasttext_line *line)
{
    if (k < 1 && k != -1)
        return wn__ctx_fail(ctx, WN_ERROR_ARGUMENT, "k must be 1 or higher, or -1 for all labels");
    float *outputs = ctx->outputs.data;
    model->kernel->product(ctx->hidden.data, model->head.panels, outputs, model->n_outputs, 1,
                           model->dim, model->n_outputs);
    for (uint32_t i = 0; i < model->n_outputs && model->head.norms != NULL; i++)
        outputs[i] *= model->head.norms[i];
    heap h = {.entries = ctx->logits.data,
              .k = k == -1 || (uint32_t)k > model->n_labels ? model->n_labels : (uint32_t)k};
    if (!rank_line(ctx, model, outputs, threshold, &h)) {
        return wn__ctx_fail(ctx, WN_ERROR_CORRUPT,
                            "a score is not a number: the model's weights are too large");
    }
    wn_score *scores = ctx->scores.data;
    for (size_t n = h.n; n > 1; n--)
        pop(h.entries, n);
    for (size_t i = 0; i < h.n; i++) {
        float v = h.entries[i].v;
        scores[i] = (wn_score){h.entries[i].label, (double)expf(v), (double)v, 0};
    }
    line->scores = scores;
    line->n_scores = (uint32_t)h.n;
    return WN_OK;
}

wn_status wn_fasttext_predict(wn_ctx *ctx, const wn_model *model, const char *text, size_t len,
                              int32_t k, float threshold, wn_fasttext_line *line)
{
    if (ctx == NULL || model == NULL || text == NULL || len == 0 || line == NULL) {
        return ctx == NULL ? WN_ERROR_ARGUMENT
                           : wn__ctx_fail(ctx, WN_ERROR_ARGUMENT, "a pointer is NULL or len is 0");
    }
    memset(line, 0, sizeof *line);
    wn_status status = check_model(ctx, model);
    if (status != WN_OK)
        return status;
    if (!reserve(ctx, model))
        return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory");
    gold_sink gold = {.sink = {.flush = keep_gold}, .ctx = ctx};
    wn__fasttext_tokens tokens = {.text = (const uint8_t *)text, .len = len, .is_line = true};
    wn__pooling pooling;
    wn__pool_start(ctx, model, &tokens, ctx->hidden.data, &gold.sink, 0, &pooling);
    wn__pooled pooled = wn__pool_end(&pooling);
    keep_gold(&gold.sink);
    if (gold.sink.status != WN_OK)
        return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory");
    line->consumed = pooled.consumed;
    line->n_features = (size_t)pooled.n;
    line->gold = ctx->gold.data;
    line->n_gold = gold.n;
    return pooled.n == 0 ? WN_OK : score_line(ctx, model, k, threshold, line);
}
