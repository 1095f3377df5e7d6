/* fold.c - rows that make scoring short: a word's subwords are added to its row, so that a known
 * word costs one row, and the head moves into the rows, R' = R Hᵀ, where that makes them shorter.
 *
 * A row of dim floats then becomes one of n_outputs, and scoring one short sum. The slots of the
 * words remember how many features a row stands for. Scores differ from the exact ones by rounding
 * only.
 */
#include "feature.h"
#include "kernel/kernel.h"
#include "model.h"

#include <math.h>

/* Rows are padded to whole vectors, small ones to a power of two, so that none straddles more cache
 * lines than it must. */
static size_t fast_stride(size_t n)
{
    size_t stride = 1;
    while (stride < n && stride < 8)
        stride *= 2;
    return n <= 8 ? stride : (n + 7) & ~(size_t)7;
}

/* Collects the rows of a word's subwords. */
typedef struct subword_sum {
    wn__sink sink;
    const float *rows;
    size_t dim, stride;
    double *sum; /* [dim] */
    uint32_t count;
} subword_sum;

static void add_subwords(wn__sink *sink)
{
    subword_sum *s = (subword_sum *)(void *)sink;
    for (size_t i = 0; i < sink->n; i++) {
        const float *row = s->rows + (size_t)sink->ids[i] * s->stride;
        for (size_t j = 0; j < s->dim; j++)
            s->sum[j] += (double)row[j];
    }
    s->count += (uint32_t)sink->n;
    sink->n = 0;
}

/* Adds to each word's row those of its subwords; subword rows lie behind the words and stay. The
 * sum is made in doubles: a long word has hundreds of subwords. */
static wn_status add_all_subwords(wn_model *m, wn__block *block, float *rows, uint32_t *counts,
                                  wn_error *error)
{
    size_t dim = block->fast.dim;
    subword_sum s = {
        .sink = {.flush = add_subwords}, .rows = rows, .dim = dim, .stride = block->fast.stride};
    s.sum = wn__heap_alloc(&m->heap, dim, sizeof *s.sum);
    if (s.sum == NULL)
        return wn__no_memory(error);
    for (uint32_t word = 0; word < block->n_words; word++) {
        counts[word] = 1;
        if (block->subwords[1] == 0 || word == block->end_of_line)
            continue;
        size_t len;
        const uint8_t *text = wn__strings_get(&block->terms, word, &len);
        float *row = rows + (size_t)word * s.stride;
        for (size_t j = 0; j < dim; j++)
            s.sum[j] = (double)row[j];
        s.count = 1;
        wn__fasttext_subwords(block, text, len, &s.sink);
        add_subwords(&s.sink);
        for (size_t j = 0; j < dim; j++)
            row[j] = (float)s.sum[j];
        counts[word] = s.count;
    }
    wn__heap_free(&m->heap, s.sum);
    return WN_OK;
}

/* rows = exact rows times head, tile by tile: the bits of a row depend on the model alone. */
static wn_status multiply(wn_model *m, const wn__spec *spec, float *rows, wn_error *error)
{
    wn__block *block = &m->blocks[0];
    size_t dim = m->dim, stride = block->fast.stride;
    float *tile = wn__heap_alloc(&m->heap, WN__TILE * dim, sizeof *tile);
    if (tile == NULL)
        return wn__no_memory(error);
    for (size_t i = 0; i < block->n_rows; i += WN__TILE) {
        size_t n = block->n_rows - i < WN__TILE ? block->n_rows - i : WN__TILE;
        wn__matrix_read_f32(spec, &spec->blocks[0].rows, i, n, true, tile, dim);
        m->kernel->product(tile, m->head.panels, rows + i * stride, stride, n, dim, m->n_outputs);
        for (size_t r = 0; r < n && m->head.norms != NULL; r++) {
            for (size_t j = 0; j < m->n_outputs; j++)
                rows[(i + r) * stride + j] *= m->head.norms[j];
        }
    }
    wn__heap_free(&m->heap, tile);
    return WN_OK;
}

bool wn__fold_is_linear(const wn_model *m)
{
    /* Honest words have some ten subwords, one of a megabyte has up to 64 million. */
    const uint64_t slack = (uint64_t)1 << 28, most_subwords = 64; /* on average, for each row */
    const wn__block *block = &m->blocks[0];
    if (block->n_words == 0 || block->subwords[1] == 0 || block->subwords[1] < block->subwords[0])
        return true;
    uint64_t n_bytes = (uint64_t)block->terms.ends[block->n_words - 1] + 2u * block->n_words;
    uint64_t n_subwords = n_bytes * (block->subwords[1] - block->subwords[0] + 1);
    return n_subwords * m->n_outputs <= slack + most_subwords * block->n_rows * m->dim;
}

static wn_status check_finite(const wn__table *table, wn_error *error)
{
    for (size_t i = 0; i < table->n * table->stride; i++) {
        if (!isfinite(table->f32[i])) {
            return wn__fail(error, WN_ERROR_CORRUPT, WN__NO_OFFSET,
                            "row %zu times the head, or with its subwords, is not finite: the "
                            "weights are too large",
                            i / table->stride);
        }
    }
    return WN_OK;
}

/* The words' slots learn what their rows stand for; a word is found in one slot at most. */
static void note_counts(wn__block *block)
{
    wn__word_slot *slots = (wn__word_slot *)(uintptr_t)block->words.slots;
    for (uint32_t i = 0; i < block->words.n_slots; i++) {
        if (slots[i].id < block->n_words)
            slots[i].count = block->fast_counts[slots[i].id];
    }
}

/* Takes the rows as the file has them folded. */
static wn_status load_folded(wn_model *m, const wn__spec *spec, wn_error *error)
{
    wn__block *block = &m->blocks[0];
    const wn__array *stored = &spec->arrays[spec->blocks[0].folded_counts];
    uint32_t *counts = wn__heap_alloc(&m->heap, stored->size, 1);
    if (counts == NULL)
        return wn__no_memory(error);
    memcpy(counts, stored->data, stored->size);
    block->fast_counts = counts;
    note_counts(block);
    if (wn__matrix_is_f64(spec, &spec->blocks[0].folded))
        return wn__fail(error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET, "folded rows of doubles");
    return wn__table_load(&block->fast, &m->heap, spec, &spec->blocks[0].folded, block->n_rows,
                          m->n_outputs, fast_stride(m->n_outputs), error);
}

wn_status wn__fold(wn_model *m, const wn__spec *spec, bool with_head, wn_error *error)
{
    wn__block *block = &m->blocks[0];
    size_t dim = with_head ? m->n_outputs : m->dim, stride = with_head ? fast_stride(dim) : dim;
    block->is_fast = true;
    m->is_folded = with_head;
    m->width = stride;
    if (with_head && spec->blocks[0].folded.present)
        return load_folded(m, spec, error);
    size_t total;
    uint32_t *counts = wn__heap_alloc(&m->heap, block->n_words, sizeof *counts);
    float *rows = wn__mul(block->n_rows, stride, &total)
                      ? wn__heap_zalloc(&m->heap, total, sizeof *rows)
                      : NULL;
    if (counts == NULL || rows == NULL)
        return wn__no_memory(error);
    block->fast = (wn__table){
        .f32 = rows, .n = block->n_rows, .dim = (uint32_t)dim, .stride = (uint32_t)stride};
    block->fast_counts = counts;
    wn_status status = WN_OK;
    if (with_head)
        status = multiply(m, spec, rows, error);
    else
        wn__matrix_read_f32(spec, &spec->blocks[0].rows, 0, block->n_rows, true, rows, stride);
    if (status == WN_OK)
        status = add_all_subwords(m, block, rows, counts, error);
    if (status == WN_OK)
        status = check_finite(&block->fast, error);
    note_counts(block);
    if (!with_head)
        return status;
    wn__heap_free(&m->heap, (void *)(uintptr_t)m->head.panels);
    wn__heap_free(&m->heap, (void *)(uintptr_t)m->head.norms);
    m->head = (wn__head){0};
    return status;
}
