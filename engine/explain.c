/* explain.c - what each place of a text adds to a label's logit.
 *
 *     logit = bias + sum over columns of  weight * (row . direction)
 *
 * The direction is the label's part of the outputs (the mean over members), taken back through the
 * stages: a product becomes one with the transposed matrix, a norm a division by the number that it
 * was for this text. A column's part is shared equally by the places where it was found, those of a
 * hash with signs by their signs. fastText texts are means: each feature adds its row over their
 * number.
 */
#include "kernel/kernel.h"
#include "linear.h"
#include "pipeline.h"
#include "sort.h"

#include <math.h>

/* One explanation in the making. */
typedef struct explainer {
    wn_ctx *ctx;
    const wn_model *model;
    uint32_t label;
    double *direction; /* [dim], or [n_outputs] of a folded model */
    double bias;
    size_t n; /* contributions */
} explainer;

static bool add(explainer *e, size_t begin, size_t end, uint32_t block, double value)
{
    wn__buffer *buffer = &e->ctx->contributions;
    if (!wn__buffer_reserve(&e->ctx->heap, buffer, e->n + 1, sizeof(wn_contribution),
                            e->n * sizeof(wn_contribution)))
        return false;
    ((wn_contribution *)buffer->data)[e->n++] = (wn_contribution){begin, end, block, value};
    return true;
}

/* row . direction for a row of a block's table. */
static double along(const explainer *e, const wn__table *table, uint32_t row, size_t n)
{
    size_t at = (size_t)row * table->stride;
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += e->direction[j] *
               (table->f64 != NULL ? table->f64[at + j] : (double)table->f32[at + j]);
    return sum;
}

/* ---- Linear models ---- */

/* The norm that each stage divides by, for the row at hand; row and other are buffers of widest. */
static void find_norms(const wn_model *model, double *row, double *other, double *norms)
{
    size_t width = model->dim;
    for (uint32_t s = 0; s < model->n_stages; s++) {
        const wn__stage *stage = &model->stages[s];
        norms[s] = wn__norm_of(stage->norm, row, width, sizeof *row);
        for (size_t j = 0; j < width; j++)
            row[j] /= norms[s];
        if (stage->transposed == NULL)
            continue;
        model->kernel->product_f64(row, stage->transposed, other, 1, stage->n_in, stage->n_out);
        for (size_t j = 0; j < stage->n_out && stage->bias != NULL; j++)
            other[j] += stage->bias[j];
        double *swap = row;
        row = other;
        other = swap;
        width = stage->n_out;
    }
}

/* The label's part of the outputs. */
static void start_direction(explainer *e)
{
    const wn_model *model = e->model;
    bool is_binary = model->per_member < model->n_labels;
    double share = 1.0 / (double)model->n_members;
    memset(e->direction, 0, model->n_outputs * sizeof *e->direction);
    for (uint32_t m = 0; m < model->n_members; m++) {
        uint32_t at = m * model->per_member + (is_binary ? 0 : e->label);
        e->direction[at] = is_binary && e->label == 0 ? -share : share;
    }
    for (uint32_t j = 0; j < model->n_outputs && model->bias != NULL; j++)
        e->bias += e->direction[j] * model->bias[j];
}

/* Takes the direction back from the outputs to the rows; other is a buffer of widest. */
static void turn_back(explainer *e, const double *norms, double *other)
{
    size_t width = e->model->n_outputs;
    for (uint32_t s = e->model->n_stages; s-- > 0;) {
        const wn__stage *stage = &e->model->stages[s];
        if (stage->transposed != NULL) {
            for (size_t j = 0; j < stage->n_out && stage->bias != NULL; j++)
                e->bias += e->direction[j] * stage->bias[j];
            for (size_t i = 0; i < stage->n_in; i++) {
                double sum = 0;
                for (size_t j = 0; j < stage->n_out; j++)
                    sum += stage->transposed[i * stage->n_out + j] * e->direction[j];
                other[i] = sum;
            }
            double *swap = e->direction;
            e->direction = other;
            other = swap;
            width = stage->n_in;
        }
        for (size_t j = 0; j < width; j++)
            e->direction[j] /= norms[s];
    }
}

static bool is_column_behind(const void *a, const void *b)
{
    const wn__occurrence *x = a, *y = b;
    return x->block != y->block ? x->block > y->block : x->column > y->column;
}

/* Shares the part of a column among its places o [n]. */
static bool share(explainer *e, const wn__occurrence *o, size_t n, double value)
{
    int64_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += o[i].sign;
    for (size_t i = 0; i < n; i++) {
        double part = count != 0 ? value * (double)o[i].sign / (double)count : value / (double)n;
        if (!add(e, o[i].begin, o[i].end, o[i].block, part))
            return false;
    }
    return true;
}

/* The weight of a column: weights are few and sorted inside each block, one way or the other. */
static const wn__weight *weight_of(const wn_model *model, const wn__weight *weights, size_t n,
                                   const wn__occurrence *o)
{
    bool blocks_down = model->sum_order == WN__SUM_DESCENDING,
         columns_down = model->sum_order != WN__SUM_ASCENDING;
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const wn__weight *w = &weights[middle];
        bool is_less = w->block != o->block ? (w->block < o->block) != blocks_down
                                            : (w->column < o->column) != columns_down;
        if (w->block == o->block && w->column == o->column)
            return w;
        if (is_less)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static wn_status explain_linear(explainer *e, wn_text text)
{
    wn_ctx *ctx = e->ctx;
    const wn_model *model = e->model;
    double norms[WN__MAX_STAGES + 1];
    wn__weights weights = {0};
    size_t n;
    wn_status status = wn__linear_count(ctx, model, &text, true, &weights, &n);
    if (status != WN_OK)
        return status;
    wn__linear_weigh(ctx, model, &weights);
    if (!wn__buffer_reserve(&ctx->heap, &ctx->rows[1], WN__TILE * model->widest, sizeof(double), 0))
        return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory for an explanation");
    double *other = ctx->rows[1].data;
    wn__linear_pool(ctx, model, &weights, ctx->rows[0].data);
    find_norms(model, ctx->rows[0].data, other, norms);
    e->direction = ctx->rows[0].data;
    start_direction(e);
    turn_back(e, norms, other);
    wn__occurrence *o = ctx->occurrences.data;
    wn__sort(o, n, sizeof *o, is_column_behind);
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && !is_column_behind(&o[next], &o[i]);)
            next++;
        const wn__block *block = &model->blocks[o[i].block];
        const wn__weight *weight = weight_of(model, ctx->weights.data, weights.n, &o[i]);
        uint32_t row = wn__row_of(block, o[i].column);
        if (weight == NULL || row == UINT32_MAX)
            continue;
        if (!share(e, o + i, next - i, weight->value * along(e, &block->exact, row, model->dim)))
            return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory for an explanation");
    }
    return WN_OK;
}

/* ---- fastText models ---- */

typedef struct walk {
    wn__sink sink;
    explainer *e;
    uint64_t n; /* features */
} walk;

/* Feature by feature, so that each has its span. */
static void add_feature(wn__sink *sink)
{
    walk *w = (walk *)(void *)sink;
    explainer *e = w->e;
    const wn__block *block = &e->model->blocks[0];
    const wn__table *table = block->is_fast ? &block->fast : &block->exact;
    size_t width = e->model->is_folded ? e->model->n_outputs : e->model->dim;
    uint32_t id = sink->ids[WN__SINK_SIZE - 1];
    bool is_there = sink->n == WN__SINK_SIZE && sink->status == WN_OK;
    sink->n = WN__SINK_SIZE - 1;
    if (!is_there)
        return;
    double value = along(e, table, id, width);
    w->n += block->is_fast && id < block->n_words ? block->fast_counts[id] : 1;
    if (id == block->end_of_line) {
        e->bias += value;
        return;
    }
    wn_span span = wn__ctx_origin(e->ctx, sink->span);
    if (!add(e, span.begin, span.end, 0, value))
        sink->status = WN_ERROR_MEMORY;
}

static wn_status explain_fasttext(explainer *e, wn_text text)
{
    wn_ctx *ctx = e->ctx;
    const wn_model *model = e->model;
    const wn__block *block = &model->blocks[0];
    size_t widest = model->dim > model->n_outputs ? model->dim : model->n_outputs;
    if (!wn__buffer_reserve(&ctx->heap, &ctx->rows[0], widest, sizeof(double), 0))
        return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory for an explanation");
    e->direction = ctx->rows[0].data;
    start_direction(e);
    if (!model->is_folded) {
        float norm = model->head.norms != NULL ? model->head.norms[e->label] : 1.0f;
        for (size_t j = 0; j < model->dim; j++)
            e->direction[j] =
                (double)(model->head.panels[wn__panel_at(model->dim, j, e->label)] * norm);
    }
    wn__fasttext_tokens tokens = {.text = (const uint8_t *)text.data, .len = text.len};
    wn_status status =
        wn__ctx_normalize(ctx, model->normalize, model->unicode, true, &tokens.text, &tokens.len);
    if (status != WN_OK)
        return status;
    walk w = {.sink = {.flush = add_feature, .n = WN__SINK_SIZE - 1}, .e = e};
    const wn__fasttext_sinks sinks = {.words = &w.sink, .ngrams = &w.sink, .with_spans = true};
    wn__fasttext_walk(block, &tokens, block->is_fast ? WN__WALK_ALL_FAST : WN__WALK_ALL_EXACT,
                      &sinks);
    if (w.sink.status != WN_OK)
        return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory for an explanation");
    double n = w.n > 0 ? (double)w.n : 1.0;
    e->bias /= n;
    for (size_t i = 0; i < e->n; i++)
        ((wn_contribution *)ctx->contributions.data)[i].value /= n;
    return WN_OK;
}

/* ---- All of it ---- */

static bool is_place_behind(const void *a, const void *b)
{
    const wn_contribution *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin > y->begin;
    return x->end != y->end ? x->end > y->end : x->block > y->block;
}

wn_status wn__explain(wn_ctx *ctx, const wn_model *model, wn_text text, uint32_t label,
                      wn_explanation *explanation)
{
    wn_result result;
    wn__batch batch = {.models = &model,
                       .n_models = 1,
                       .texts = &text,
                       .n_fields = 1,
                       .n = 1,
                       .wanted = {.threshold = -INFINITY}};
    wn_status status = wn__pipeline_run(ctx, &batch, &result);
    if (status != WN_OK)
        return status;
    explainer e = {.ctx = ctx, .model = model, .label = label};
    const wn_prediction *prediction = result.paragraphs[0].predictions;
    *explanation = (wn_explanation){0};
    for (uint32_t i = 0; i < prediction->n_scores; i++) {
        if (prediction->scores[i].label == label)
            explanation->logit = prediction->scores[i].logit;
    }
    status = model->is_fasttext ? explain_fasttext(&e, text) : explain_linear(&e, text);
    if (status != WN_OK)
        return status;
    wn__sort(ctx->contributions.data, e.n, sizeof(wn_contribution), is_place_behind);
    explanation->contributions = ctx->contributions.data;
    explanation->n = e.n;
    explanation->bias = e.bias;
    return WN_OK;
}
