/* pool.c - means of rows (fastText) and tf-idf weighted sums of rows (linear models). */
#include "pool.h"

#include "kernel/kernel.h"

#include <math.h>

/* ---- fastText: the mean ---- */

typedef struct mean {
    wn__sink sink;
    const wn__block *block;
    float *row;
    size_t len;     /* floats that a row adds */
    uint64_t n;     /* features so far */
    uint64_t n_end; /* of which end of line */
} mean;

static void add_rows(wn__sink *sink)
{
    mean *m = (mean *)(void *)sink;
    const wn__block *block = m->block;
    const wn__table *table = block->is_folded ? &block->fast : &block->exact;
    for (size_t i = 0; i < sink->n; i++) {
        uint32_t id = sink->ids[i];
        wn__add_f32(m->row, table->f32 + (size_t)id * table->stride, m->len);
        m->n += block->is_folded && id < block->n_words ? block->fast_counts[id] : 1;
        m->n_end += id == block->end_of_line;
    }
    sink->n = 0;
}

uint64_t wn__pool_fasttext(const wn_model *model, wn__fasttext_tokens *tokens, float *row,
                           wn__sink *gold, uint64_t *n_text)
{
    const wn__block *block = &model->blocks[0];
    mean m = {.sink = {.flush = add_rows},
              .block = block,
              .row = row,
              .len = block->is_folded ? model->n_outputs : model->dim};
    memset(row, 0, m.len * sizeof *row);
    if (block->is_folded) {
        wn__fasttext_walk(block, tokens, WN__WALK_ALL_FAST, &m.sink, gold);
    } else {
        /* The reference adds all words and subwords before the first n-gram. */
        wn__fasttext_tokens again = *tokens;
        wn__fasttext_walk(block, tokens, WN__WALK_WORDS | WN__WALK_SUBWORDS_OF_WORDS, &m.sink,
                          gold);
        if (block->ngrams[1] > 1)
            wn__fasttext_walk(block, &again, WN__WALK_NGRAMS, &m.sink, NULL);
    }
    add_rows(&m.sink);
    if (m.n > 0) {
        float scale = (float)(1.0 / (double)m.n);
        for (size_t i = 0; i < m.len; i++)
            row[i] *= scale;
    }
    *n_text = m.n - m.n_end;
    return m.n;
}

/* ---- Linear models: tf-idf ---- */

typedef struct tally {
    wn__sink sink;
    wn__counter *counter;
    wn__heap *heap;
    uint64_t n;
} tally;

static void count_ids(wn__sink *sink)
{
    tally *t = (tally *)(void *)sink;
    for (size_t i = 0; i < sink->n && sink->status == WN_OK; i++) {
        uint32_t id = sink->ids[i];
        int32_t value = (id & WN__NEGATIVE) != 0 ? -1 : 1;
        if (!wn__counter_add(t->counter, t->heap, id & ~WN__NEGATIVE, value))
            sink->status = WN_ERROR_MEMORY;
    }
    t->n += sink->n;
    sink->n = 0;
}

/* The weight of a count before the norm. */
static double weight_of(const wn__block *block, const wn__count *count)
{
    double weight = block->binary ? 1.0 : (double)count->value;
    if (block->sublinear_tf)
        weight = log(weight) + 1.0;
    return block->idf != NULL ? weight * block->idf[count->id] : weight;
}

/* What the weights [n], in the order of the sum, are divided by; 1 when there is nothing to divide.
 */
static double norm_of(const wn__block *block, const double *weights, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n && block->norm != WN__NORM_NONE; i++)
        sum += block->norm == WN__NORM_L2 ? weights[i] * weights[i] : fabs(weights[i]);
    if (!(sum > 0))
        return 1.0;
    return block->norm == WN__NORM_L2 ? sqrt(sum) : sum;
}

/* Adds the weighted rows of counts [n], which ascend, in the order in which the model sums.
 * weights: scratch [n]. */
static void add_block(const wn_model *model, const wn__block *block, const wn__count *counts,
                      size_t n, double *weights, double *logits)
{
    const wn__table *table = &block->exact;
    for (size_t i = 0; i < n; i++)
        weights[i] = weight_of(block, &counts[model->descending ? n - 1 - i : i]);
    double norm = norm_of(block, weights, n);
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)counts[model->descending ? n - 1 - i : i].id * table->stride;
        if (table->f64 != NULL)
            wn__axpy_f64(logits, weights[i] / norm, table->f64 + at, model->n_labels);
        else
            wn__axpy_f64_f32(logits, weights[i] / norm, table->f32 + at, model->n_labels);
    }
}

wn_status wn__pool_linear(wn_ctx *ctx, const wn_model *model, const uint8_t *text, size_t len,
                          double *logits, uint64_t *n_text)
{
    *n_text = 0;
    memset(logits, 0, model->n_labels * sizeof *logits);
    for (uint32_t i = 0; i < model->n_blocks; i++) {
        uint32_t at = model->descending ? model->n_blocks - 1 - i : i;
        const wn__block *block = &model->blocks[at];
        tally t = {
            .sink = {.flush = count_ids}, .counter = &ctx->counter, .heap = &ctx->heap, .n = 0};
        wn__counter_clear(&ctx->counter);
        wn_status status = block->extractor->extract(block, text, len, &ctx->features, &t.sink);
        wn__count *counts = status == WN_OK ? wn__counter_sorted(&ctx->counter, &ctx->heap) : NULL;
        size_t n = ctx->counter.n;
        if (counts == NULL || !wn__buffer_reserve(&ctx->heap, &ctx->weights, n, sizeof(double), 0))
            return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory");
        add_block(model, block, counts, n, ctx->weights.data, logits);
        *n_text += t.n;
    }
    for (uint32_t j = 0; j < model->n_labels && model->bias != NULL; j++)
        logits[j] += model->bias[j];
    return WN_OK;
}
