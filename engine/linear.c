/* linear.c - features of a text, counted, weighted and summed: what scikit-learn's vectorizers and
 * decision_function do.
 *
 *     fields -> normalize -> extract -> count -> sort --+    each block in the model's order
 *     row = sum of weighted rows <- passes <- counts <--+    of the text before
 *
 * The rows of a text are asked for while it and the next one are counted. A long text is normalised
 * and extracted piece by piece, so that memory does not grow with it.
 */
#include "linear.h"

#include "kernel/kernel.h"

#define MOST_ASKED 256 /* bytes of a row */

/* Bytes of a piece, and as many as follow to the next place where the text can be cut. */
#define PIECE_SIZE ((size_t)1 << 16)

typedef struct tally {
    wn__sink sink;
    wn_ctx *ctx;
    const wn__block *block;
    uint32_t block_number;
    uint64_t n_known;
    size_t n_occurrences;
} tally;

/* Asks the memory for what weighing and adding up a column will read. Inline in any case: GCC takes
 * a function that does nothing else for one without an effect, and leaves out its calls. */
WN__ALWAYS_INLINE void ask_for(const wn__block *block, uint32_t column)
{
    const wn__table *table = &block->exact;
    if (wn__is_selected(block))
        return; /* where the row is, is not at hand */
    size_t at = (size_t)column * table->stride, size = table->f64 != NULL ? 8 : 4;
    const char *row =
        table->f64 != NULL ? (const char *)(table->f64 + at) : (const char *)(table->f32 + at);
    for (size_t i = 0; i < table->dim * size && i < MOST_ASKED; i += 64)
        __builtin_prefetch(row + i);
}

/* How many of the ids have a row. */
static uint64_t known_among(const wn__block *block, const uint32_t *ids, size_t n)
{
    uint64_t n_known = n;
    for (size_t i = 0; i < n && wn__is_selected(block); i++)
        n_known -= wn__row_of(block, ids[i] & ~WN__NEGATIVE) == UINT32_MAX;
    return n_known;
}

static bool count(tally *t, const uint32_t *ids, size_t n)
{
    t->n_known += known_among(t->block, ids, n);
    return wn__counter_add(&t->ctx->counter, &t->ctx->heap, ids, n);
}

static void count_ids(wn__sink *sink)
{
    tally *t = (tally *)(void *)sink;
    for (size_t i = 0; i < sink->n; i++)
        ask_for(t->block, sink->ids[i] & ~WN__NEGATIVE);
    if (sink->status == WN_OK && !count(t, sink->ids, sink->n))
        sink->status = WN_ERROR_MEMORY;
    sink->n = 0;
}

static bool add_occurrence(tally *t, uint32_t id)
{
    wn__buffer *buffer = &t->ctx->occurrences;
    wn_span span = wn__ctx_origin(t->ctx, t->sink.span);
    size_t n = t->n_occurrences;
    if (!wn__buffer_reserve(&t->ctx->heap, buffer, n + 1, sizeof(wn__occurrence),
                            n * sizeof(wn__occurrence)))
        return false;
    ((wn__occurrence *)buffer->data)[t->n_occurrences++] =
        (wn__occurrence){span.begin, span.end, id & ~WN__NEGATIVE, t->block_number,
                         (id & WN__NEGATIVE) != 0 ? -1 : 1};
    return true;
}

/* The same feature by feature, so that each has its span. */
static void count_occurrence(wn__sink *sink)
{
    tally *t = (tally *)(void *)sink;
    const uint32_t *id = &sink->ids[WN__SINK_SIZE - 1];
    if (sink->n == WN__SINK_SIZE && sink->status == WN_OK &&
        (!count(t, id, 1) || !add_occurrence(t, *id)))
        sink->status = WN_ERROR_MEMORY;
    sink->n = WN__SINK_SIZE - 1;
}

/* The text of a block as the block wants it: itself, or normalised in the context's buffer. */
typedef struct prepared {
    bool is_done;
    uint32_t field;
    unsigned steps;
    const uint8_t *text;
    size_t len;
} prepared;

static wn_status prepare(wn_ctx *ctx, const wn__block *block, const wn_text *texts,
                         bool with_origins, prepared *p)
{
    if (p->is_done && p->field == block->field && p->steps == block->normalize)
        return WN_OK;
    *p = (prepared){true, block->field, block->normalize, (const uint8_t *)texts[block->field].data,
                    texts[block->field].len};
    return wn__ctx_normalize(ctx, block->normalize, block->unicode, with_origins, &p->text,
                             &p->len);
}

/* The same as from a whole, from the pieces of a long text. */
static wn_status extract_pieces(wn_ctx *ctx, const wn__block *block, wn_text text, wn__sink *sink)
{
    wn__feature_scratch *scratch = &ctx->features;
    const uint8_t *bytes = (const uint8_t *)text.data;
    wn_status status = WN_OK;
    for (size_t at = 0, end; at < text.len && status == WN_OK; at = end) {
        end = at + wn__piece_end(block, bytes + at, text.len - at, PIECE_SIZE);
        const uint8_t *piece = bytes + at;
        size_t len = end - at;
        scratch->is_later_piece = at > 0;
        scratch->has_later_piece = end < text.len;
        status = wn__ctx_normalize(ctx, block->normalize, block->unicode, false, &piece, &len);
        if (status == WN_OK)
            status = block->extractor->extract(block, piece, len, scratch, sink);
    }
    scratch->is_later_piece = scratch->has_later_piece = false;
    return status;
}

static wn_status extract(wn_ctx *ctx, const wn__block *block, const wn_text *texts,
                         bool with_origins, prepared *p, wn__sink *sink)
{
    wn_text text = texts[block->field];
    if (text.len > PIECE_SIZE && !with_origins &&
        wn__piece_end(block, (const uint8_t *)text.data, text.len, PIECE_SIZE) < text.len) {
        p->is_done = false;
        return extract_pieces(ctx, block, text, sink);
    }
    wn_status status = prepare(ctx, block, texts, with_origins, p);
    return status != WN_OK
               ? status
               : block->extractor->extract(block, p->text, p->len, &ctx->features, sink);
}

/* Appends the counts of one block, in the model's order, to weights. */
static wn_status append(wn_ctx *ctx, const wn_model *model, uint32_t number, wn__weights *weights)
{
    const wn__count *counts = wn__counter_sorted(&ctx->counter, &ctx->heap);
    size_t n = ctx->counter.n, before = weights->first + weights->n;
    if (counts == NULL || !wn__buffer_reserve(&ctx->heap, &ctx->weights, before + n,
                                              sizeof(wn__weight), before * sizeof(wn__weight)))
        return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory for the features of a text");
    wn__weight *to = (wn__weight *)ctx->weights.data + before;
    for (size_t i = 0; i < n; i++) {
        const wn__count *count = &counts[model->sum_order == WN__SUM_ASCENDING ? i : n - 1 - i];
        to[i] = (wn__weight){(double)count->value, count->id, number};
    }
    weights->n += n;
    return WN_OK;
}

wn_status wn__linear_count(wn_ctx *ctx, const wn_model *model, const wn_text *texts,
                           bool with_occurrences, wn__weights *weights, size_t *n_occurrences)
{
    prepared p = {0};
    tally t = {.sink = {.flush = with_occurrences ? count_occurrence : count_ids,
                        .n = with_occurrences ? WN__SINK_SIZE - 1 : 0},
               .ctx = ctx};
    weights->n = 0;
    for (uint32_t i = 0; i < model->n_blocks; i++) {
        uint32_t number = model->sum_order == WN__SUM_DESCENDING ? model->n_blocks - 1 - i : i;
        const wn__block *block = &model->blocks[number];
        t.block = block;
        t.block_number = number;
        wn__counter_clear(&ctx->counter);
        ctx->features.terms.n = 0;
        wn_status status = extract(ctx, block, texts, with_occurrences, &p, &t.sink);
        if (status == WN_OK)
            status = append(ctx, model, number, weights);
        if (status != WN_OK)
            return wn__ctx_fail(ctx, status, "out of memory for the features of a text");
    }
    weights->n_known = t.n_known;
    if (n_occurrences != NULL)
        *n_occurrences = t.n_occurrences;
    return WN_OK;
}

void wn__linear_weigh(wn_ctx *ctx, const wn_model *model, const wn__weights *weights)
{
    wn__weight *items = (wn__weight *)ctx->weights.data + weights->first;
    for (size_t i = 0, next; i < weights->n; i = next) {
        for (next = i + 1; next < weights->n && items[next].block == items[i].block;)
            next++;
        const wn__block *block = &model->blocks[items[i].block];
        wn__weigh(block->passes, block->n_passes, items + i, next - i, NULL);
    }
    if (weights->n > 0)
        wn__weigh(model->passes, model->n_passes, items, weights->n, model->first_column);
}

wn_status wn__linear_vector(wn_ctx *ctx, const wn_model *model, const wn_vector *vector,
                            wn__weights *weights)
{
    const wn__block *block = &model->blocks[0];
    size_t n;
    weights->n = 0;
    weights->n_known = 0;
    if (!wn__add(weights->first, vector->n, &n) ||
        !wn__buffer_reserve(&ctx->heap, &ctx->weights, n, sizeof(wn__weight),
                            weights->first * sizeof(wn__weight)))
        return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory for a vector");
    wn__weight *items = (wn__weight *)ctx->weights.data + weights->first;
    for (size_t i = 0; i < vector->n; i++) {
        const wn_entry *entry =
            &vector->entries[model->sum_order == WN__SUM_ASCENDING ? i : vector->n - 1 - i];
        if (entry->column >= block->n_columns)
            continue;
        items[weights->n++] = (wn__weight){entry->value, entry->column, 0};
        weights->n_known += wn__row_of(block, entry->column) != UINT32_MAX;
    }
    return WN_OK;
}

/* Weights of one block whose rows are added together. */
typedef struct run {
    const wn__block *block;
    size_t n;
    uint32_t rows[128];
    double values[128];
} run;

static void add_run(const wn_model *model, run *r, double *row)
{
    const wn__table *table = r->n > 0 ? &r->block->exact : NULL;
    /* All of a row: a kernel likes whole vectors better than single numbers. */
    if (table != NULL && table->f64 != NULL)
        model->kernel->add_scaled_f64(row, table->f64, table->stride, r->rows, r->values, r->n,
                                      table->stride);
    else if (table != NULL)
        model->kernel->add_scaled_f32(row, table->f32, table->stride, r->rows, r->values, r->n,
                                      table->stride);
    r->n = 0;
}

void wn__linear_pool(const wn_ctx *ctx, const wn_model *model, const wn__weights *weights,
                     double *row)
{
    const wn__weight *items = (const wn__weight *)ctx->weights.data + weights->first;
    run r;
    r.n = 0;
    r.block = NULL;
    memset(row, 0, model->dim * sizeof *row);
    for (size_t i = 0; i < weights->n; i++) {
        const wn__weight *weight = &items[i];
        const wn__block *block = &model->blocks[weight->block];
        uint32_t number = wn__row_of(block, weight->column);
        if (number == UINT32_MAX)
            continue;
        if (r.n == WN__COUNT(r.rows) || (r.n > 0 && r.block != block))
            add_run(model, &r, row);
        r.block = block;
        r.rows[r.n] = number;
        r.values[r.n++] = weight->value;
    }
    add_run(model, &r, row);
}
