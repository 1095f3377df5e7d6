/* pool.c - the mean of the rows of a fastText text's features. Linear models: linear.c.
 *
 * Exact rows are added one by one in the reference's order: all words with their subwords, then all
 * n-grams. These wait in a list until the words are done; only a text with more of them than the
 * list holds is walked a second time.
 *
 * Fast rows (fold.c) are added as they come. What the subwords of an unknown word add is summed up
 * on its own, so that it can be remembered, and comes last.
 */
#include "pool.h"

#include "kernel/kernel.h"

#define MAX_WAITING 32768u /* n-grams that wait for their words */
#define SHORT 32           /* floats of a row whose sums are few */
#define LINE 64            /* bytes of a cache line */

static void add_rows(wn__sink *sink)
{
    wn__adder *a = (wn__adder *)(void *)sink;
    if (sink->n > 0)
        a->add(a->sum, a->table, a->stride, sink->ids, sink->n, a->width);
    a->n += sink->n;
    sink->n = 0;
}

static void start_adder(wn__adder *a, const wn_model *model, float *sum)
{
    const wn__block *block = &model->blocks[0];
    const wn__table *table = block->is_fast ? &block->fast : &block->exact;
    a->sink.flush = add_rows;
    a->sink.status = WN_OK;
    a->sink.n = 0;
    a->sink.rows = (const char *)table->f32;
    /* Longer rows are left to the processor, whose own looking ahead is as good: in all ways of
     * asking for rows of 400 bytes the bench's hierarchical softmax took the same time within 5 %.
     * Short ones gain 10 % (bigrams). */
    a->sink.row_size = table->stride * sizeof(float) <= LINE ? table->stride * sizeof(float) : 0;
    a->add = block->is_fast && model->width <= SHORT && model->width % 4 == 0
                 ? model->kernel->add_short_rows
                 : model->kernel->add_rows;
    a->table = table->f32;
    a->stride = table->stride;
    a->width = model->width;
    a->sum = sum;
    a->n = 0;
}

/* ---- Exact rows ---- */

/* N-grams that wait. */
typedef struct waiting {
    wn__sink sink;
    uint32_t *ids; /* [MAX_WAITING] */
    size_t n;
    bool are_too_many;
} waiting;

static void wait(wn__sink *sink)
{
    waiting *w = (waiting *)(void *)sink;
    if (sink->n == 0)
        return; /* of a model without n-grams there is no list */
    if (w->n + sink->n > MAX_WAITING) {
        w->are_too_many = true;
    } else {
        memcpy(w->ids + w->n, sink->ids, sink->n * sizeof *w->ids);
        w->n += sink->n;
    }
    sink->n = 0;
}

static wn__fasttext_walked add_exact(wn_ctx *ctx, const wn_model *model,
                                     const wn__fasttext_tokens *tokens, wn__adder *words,
                                     wn__sink *gold)
{
    const wn__block *block = &model->blocks[0];
    waiting ngrams;
    ngrams.sink.flush = wait;
    ngrams.sink.n = 0;
    ngrams.sink.rows = words->sink.rows;
    ngrams.sink.row_size = words->sink.row_size;
    ngrams.ids = ctx->waiting.data;
    ngrams.n = 0;
    ngrams.are_too_many = false;
    wn__fasttext_sinks sinks = {.words = &words->sink, .ngrams = &ngrams.sink, .gold = gold};
    wn__fasttext_walked walked = wn__fasttext_walk(block, tokens, WN__WALK_ALL_EXACT, &sinks);
    add_rows(&words->sink);
    wait(&ngrams.sink);
    if (ngrams.are_too_many) {
        sinks = (wn__fasttext_sinks){.words = &words->sink, .ngrams = &words->sink};
        wn__fasttext_walk(block, tokens, WN__WALK_NGRAMS, &sinks);
        add_rows(&words->sink);
    } else if (ngrams.n > 0) {
        words->add(words->sum, words->table, words->stride, ngrams.ids, ngrams.n, words->width);
        words->n += ngrams.n;
    }
    return walked;
}

/* ---- Fast rows ---- */

/* A word on its way: its buckets are known, then its rows, then their sum. */
typedef struct unknown {
    wn__adder subwords;
    wn__parts parts;
} unknown;

/* Words that are on their way at once: what one waits for arrives while the others take a step. Raw
 * text takes 12 % less time for it where the rows are hundreds of megabytes; the small lid.176
 * takes the same. */
#define N_UNDER_WAY 3 /* sum_subwords has that many steps */

/* The subwords of unknown words. */
typedef struct rest {
    const wn__block *block;
    const wn__kernel *kernel;
    wn__memo *memo;
    float *sum;
    unknown words[N_UNDER_WAY];
} rest;

/* Sums up the subwords of words[order[0..n)], each into its spare row; counts [n] of rows. */
static void sum_subwords(rest *r, const wn__word *const *words, const uint8_t *order, size_t n,
                         float *spare, uint64_t *counts)
{
    size_t width = r->memo->width;
    memset(spare, 0, n * width * sizeof *spare);
    for (size_t i = 0; i < n + N_UNDER_WAY - 1; i++) {
        if (i < n) {
            unknown *u = &r->words[i % N_UNDER_WAY];
            const wn__word *word = words[order[i]];
            u->subwords.sum = spare + i * width;
            u->subwords.n = 0;
            wn__fasttext_start_subwords(r->block, word->text, word->len, &u->parts,
                                        &u->subwords.sink);
        }
        if (i >= 1 && i - 1 < n) {
            unknown *u = &r->words[(i - 1) % N_UNDER_WAY];
            wn__fasttext_end_subwords(r->block, &u->parts, &u->subwords.sink);
        }
        if (i >= 2) {
            unknown *u = &r->words[(i - 2) % N_UNDER_WAY];
            add_rows(&u->subwords.sink);
            counts[i - 2] = u->subwords.n;
        }
    }
}

/* Adds the sums of n <= memo->n_spare words in their order, whether they are remembered or not:
 * the sums that are not go to the spare rows behind the memo's. Asking for sets ahead saves 6 % of
 * the time of lid.176 and a fifth of raw text's, asking for sums 5 % of both. */
static uint64_t add_some(rest *r, const wn__word *const *words, size_t n)
{
    wn__memo *memo = r->memo;
    uint32_t sets[WN__MEMO_SPARE], rows[WN__MEMO_SPARE];
    uint64_t counts[WN__MEMO_SPARE];
    uint8_t missing[WN__MEMO_SPARE];
    size_t n_missing = 0;
    uint64_t n_rows = 0;
    for (size_t i = 0; i < n; i++) {
        sets[i] = wn__memo_set_of(memo, words[i]);
        wn__memo_ask(memo, sets[i]);
    }
    for (size_t i = 0; i < n; i++) { /* without a branch: what is remembered is hard to guess */
        uint32_t way = wn__memo_find(memo, sets[i], words[i]);
        n_rows += wn__memo_use(memo, sets[i], way);
        rows[i] = wn__memo_row(sets[i], way);
        __builtin_prefetch(memo->sums + rows[i] * memo->width);
        missing[n_missing] = (uint8_t)i;
        n_missing += way == WN__MEMO_WAYS;
    }
    uint32_t first = (uint32_t)(WN__MEMO_WAYS * memo->n);
    float *spare = memo->sums + first * memo->width;
    sum_subwords(r, words, missing, n_missing, spare, counts);
    for (size_t i = 0; i < n_missing; i++) {
        rows[missing[i]] = first + (uint32_t)i;
        n_rows += counts[i];
    }
    r->kernel->add_rows(r->sum, memo->sums, memo->width, rows, n, memo->width);
    for (size_t i = 0; i < n_missing; i++)
        wn__memo_put(memo, sets[missing[i]], words[missing[i]], spare + i * memo->width,
                     (uint32_t)counts[i]); /* that of a short word */
    return n_rows;
}

static uint64_t add_unknown(void *user, const wn__word *const *words, size_t n)
{
    rest *r = user;
    uint64_t n_rows = 0;
    for (size_t i = 0, some = r->memo->n_spare; i < n; i += some)
        n_rows += add_some(r, words + i, n - i < some ? n - i : some);
    return n_rows;
}

static wn__fasttext_walked add_fast(wn_ctx *ctx, const wn_model *model,
                                    const wn__fasttext_tokens *tokens, wn__adder *all, float *sum)
{
    const wn__block *block = &model->blocks[0];
    wn__fasttext_sinks sinks = {.words = &all->sink, .ngrams = &all->sink};
    rest r;
    if (sum != NULL) {
        for (size_t i = 0; i < N_UNDER_WAY; i++)
            start_adder(&r.words[i].subwords, model, NULL);
        r.block = block;
        r.kernel = model->kernel;
        r.memo = &ctx->memo;
        r.sum = sum;
        memset(sum, 0, model->width * sizeof *sum);
        sinks.unknown = add_unknown;
        sinks.user = &r;
    }
    return wn__fasttext_walk(block, tokens, WN__WALK_ALL_FAST, &sinks);
}

/* ---- Both ---- */

bool wn__pool_reserve(wn_ctx *ctx, const wn_model *model)
{
    const wn__block *block = &model->blocks[0];
    if (block->is_fast && block->subwords[1] > 0) {
        return wn__memo_open(&ctx->memo, &ctx->heap, model, model->checksum, model->width,
                             block->fast.n) &&
               wn__buffer_reserve(&ctx->heap, &ctx->rest, 2 * model->width, sizeof(float), 0);
    }
    return block->is_fast || block->ngrams[1] < 2 ||
           wn__buffer_reserve(&ctx->heap, &ctx->waiting, MAX_WAITING, sizeof(uint32_t), 0);
}

void wn__pool_start(wn_ctx *ctx, const wn_model *model, const wn__fasttext_tokens *tokens,
                    float *row, wn__sink *gold, unsigned which, wn__pooling *pooling)
{
    const wn__block *block = &model->blocks[0];
    start_adder(&pooling->rows, model, row);
    memset(row, 0, model->width * sizeof *row);
    pooling->rest = NULL;
    if (!block->is_fast) {
        pooling->walked = add_exact(ctx, model, tokens, &pooling->rows, gold);
        return;
    }
    if (block->subwords[1] > 0)
        pooling->rest = (float *)ctx->rest.data + which * model->width;
    pooling->walked = add_fast(ctx, model, tokens, &pooling->rows, pooling->rest);
}

wn__pooled wn__pool_end(wn__pooling *pooling)
{
    wn__adder *a = &pooling->rows;
    add_rows(&a->sink);
    for (size_t i = 0; i < a->width && pooling->rest != NULL; i++)
        a->sum[i] += pooling->rest[i];
    uint64_t n = a->n + pooling->walked.n_inside;
    if (n > 0) {
        float scale = (float)(1.0 / (double)n);
        for (size_t i = 0; i < a->width; i++)
            a->sum[i] *= scale;
    }
    return (wn__pooled){n, n - pooling->walked.n_ends, pooling->walked.consumed};
}
