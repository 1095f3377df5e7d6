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

/* An unknown word on its way: its buckets are known, then its rows, then their sum. */
typedef struct unknown {
    wn__adder subwords;
    wn__parts parts;
    const wn__word *word;
    const float *sum;      /* of the rows, or what is remembered of it */
    wn__memo_place *place; /* where the sum will be remembered, or NULL */
} unknown;

/* Words that are on their way at once: what one waits for arrives while the others take a step. Raw
 * text takes 12 % less time for it where the rows are hundreds of megabytes; the small lid.176
 * takes the same. */
#define N_UNDER_WAY 3
#define N_PLACES 4 /* for them; a power of two */

/* The subwords of unknown words. */
typedef struct rest {
    const wn__block *block;
    const wn__memo *memo;
    float *sum;
    uint64_t n; /* subwords of the words at hand */
    unknown words[N_PLACES];
    size_t n_begun, n_ended; /* words; number i is words[i % N_PLACES] */
} rest;

static unknown *word_at(rest *r, size_t i)
{
    return &r->words[i % N_PLACES];
}

/* A word that is remembered goes the same way, so that words are added in their order. */
static void begin_word(rest *r, const wn__word *word, wn__memo_place *place)
{
    unknown *u = word_at(r, r->n_begun++);
    wn__adder *subwords = &u->subwords;
    u->word = word;
    u->place = place;
    u->sum = subwords->sum;
    subwords->n = 0;
    if (place != NULL && wn__memo_has(r->memo, place, word)) {
        u->sum = wn__memo_sum(place);
        u->place = NULL;
        u->parts.n = 0;
        subwords->n = place->count;
        return;
    }
    memset(subwords->sum, 0, subwords->width * sizeof *subwords->sum);
    wn__fasttext_start_subwords(r->block, word->text, word->len, &u->parts, &subwords->sink);
}

/* Asks for the rows of the word. */
static void go_on(const rest *r, unknown *u)
{
    wn__fasttext_end_subwords(r->block, &u->parts, &u->subwords.sink);
}

static void end_word(rest *r)
{
    unknown *u = word_at(r, r->n_ended++);
    wn__adder *subwords = &u->subwords;
    add_rows(&subwords->sink);
    for (size_t i = 0; i < subwords->width; i++)
        r->sum[i] += u->sum[i];
    r->n += subwords->n;
    if (u->place == NULL)
        return;
    memcpy(wn__memo_sum(u->place), subwords->sum, subwords->width * sizeof *subwords->sum);
    *u->place = (wn__memo_place){.key = {u->word->key[0], u->word->key[1]},
                                 .len = (uint32_t)u->word->len,
                                 .owner = r->memo->owner,
                                 .count = subwords->n};
}

static void end_words(rest *r)
{
    while (r->n_ended < r->n_begun) {
        go_on(r, word_at(r, r->n_ended));
        end_word(r);
    }
}

/* Will a word that is on its way write to the place? */
static bool is_taken(rest *r, const wn__memo_place *place)
{
    for (size_t i = r->n_ended; i < r->n_begun; i++) {
        if (word_at(r, i)->place == place)
            return true;
    }
    return false;
}

static uint64_t add_unknown(void *user, const wn__word *const *words, size_t n)
{
    rest *r = user;
    r->n = r->n_begun = r->n_ended = 0;
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(wn__memo_place_of(r->memo, words[i]));
    for (size_t i = 0; i < n; i++) {
        bool fits = words[i]->len <= sizeof words[i]->key;
        wn__memo_place *place = fits ? wn__memo_place_of(r->memo, words[i]) : NULL;
        if (fits && is_taken(r, place))
            end_words(r);
        begin_word(r, words[i], place);
        if (r->n_begun - r->n_ended > 1)
            go_on(r, word_at(r, r->n_begun - 2));
        if (r->n_begun - r->n_ended == N_UNDER_WAY)
            end_word(r);
    }
    end_words(r);
    return r->n;
}

static wn__fasttext_walked add_fast(wn_ctx *ctx, const wn_model *model,
                                    const wn__fasttext_tokens *tokens, wn__adder *all, float *sum)
{
    const wn__block *block = &model->blocks[0];
    wn__fasttext_sinks sinks = {.words = &all->sink, .ngrams = &all->sink};
    rest r;
    if (sum != NULL) {
        for (size_t i = 0; i < N_PLACES; i++)
            start_adder(&r.words[i].subwords, model,
                        (float *)ctx->rest.data + (2 + i) * model->width);
        r.block = block;
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
               wn__buffer_reserve(&ctx->heap, &ctx->rest, (2 + N_PLACES) * model->width,
                                  sizeof(float), 0);
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
