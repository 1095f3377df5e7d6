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

size_t wn__fast_stride(size_t n)
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

/* rows = exact rows times head, some at a time: about as many as fit beside the head in the second
 * level cache. The bits of a row depend on the model alone. */
static wn_status multiply(wn_model *m, const wn__spec *spec, float *rows, wn_error *error)
{
    wn__block *block = &m->blocks[0];
    size_t dim = m->dim, stride = block->fast.stride;
    size_t n_tile = (size_t)64 * 1024 / dim + 8;
    float *tile = wn__heap_alloc(&m->heap, n_tile * dim, sizeof *tile);
    if (tile == NULL)
        return wn__no_memory(error);
    for (size_t i = 0; i < block->n_rows; i += n_tile) {
        size_t n = block->n_rows - i < n_tile ? block->n_rows - i : n_tile;
        wn_status status = wn__rows_read(spec, &spec->blocks[0].rows, i, n, tile, dim, error);
        if (status != WN_OK)
            return status;
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
    bool is_fine = wn__are_finite(table->f32, table->n * table->stride);
    for (size_t i = 0; i < table->n * table->stride && !is_fine; i++) {
        if (!isfinite(table->f32[i])) {
            return wn__fail(error, WN_ERROR_CORRUPT, WN__NO_OFFSET,
                            "row %zu times the head, or with its subwords, is not finite: the "
                            "weights are too large",
                            i / table->stride);
        }
    }
    return WN_OK;
}

/* The words' slots learn what their rows stand for; a word is found in one slot at most. Slots that
 * lie in the file's image are not ours to write or free. */
static wn_status note_counts(wn_model *m, const wn__spec *spec, wn__block *block, wn_error *error)
{
    wn__word_table *words = &block->words;
    const wn__spec_block *from = &spec->blocks[0];
    bool are_borrowed = from->words_index >= 0 &&
                        (const void *)words->slots == spec->arrays[from->words_index].data;
    wn__word_slot *slots = wn__heap_alloc(&m->heap, words->n_slots, sizeof *slots);
    if (slots == NULL)
        return wn__no_memory(error);
    memcpy(slots, words->slots, words->n_slots * sizeof *slots);
    for (uint32_t i = 0; i < words->n_slots; i++) {
        if (slots[i].id < block->n_words)
            slots[i].count = block->fast_counts[slots[i].id];
    }
    if (!are_borrowed)
        wn__heap_free(&m->heap, (void *)(uintptr_t)words->slots);
    words->slots = slots;
    return WN_OK;
}

/* Takes the rows as the file has them folded: with or without what fills them up. */
static wn_status load_folded(wn_model *m, const wn__spec *spec, wn_error *error)
{
    wn__block *block = &m->blocks[0];
    const wn__matrix *folded = &spec->blocks[0].folded;
    const wn__array *stored = &spec->arrays[spec->blocks[0].folded_counts];
    if (wn__array_can_stay(spec, stored)) {
        block->fast_counts = (const uint32_t *)(const void *)stored->data;
    } else {
        uint32_t *counts = wn__heap_alloc(&m->heap, stored->size, 1);
        if (counts == NULL)
            return wn__no_memory(error);
        memcpy(counts, stored->data, stored->size);
        block->fast_counts = counts;
    }
    if (wn__matrix_is_f64(spec, folded))
        return wn__fail(error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET, "folded rows of doubles");
    if (spec->blocks[0].words_index < 0) {
        wn_status status = note_counts(m, spec, block, error);
        if (status != WN_OK)
            return status;
    }
    wn_status status =
        wn__table_load(&block->fast, &m->heap, spec, folded, block->n_rows,
                       (size_t)wn__matrix_dim(spec, folded), wn__fast_stride(m->n_outputs), error);
    block->fast.dim = m->n_outputs;
    return status;
}

wn_status wn__fold(wn_model *m, const wn__spec *spec, bool with_head, wn_error *error)
{
    wn__block *block = &m->blocks[0];
    size_t dim = with_head ? m->n_outputs : m->dim, stride = with_head ? wn__fast_stride(dim) : dim;
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
        status = wn__rows_read(spec, &spec->blocks[0].rows, 0, block->n_rows, rows, stride, error);
    if (status == WN_OK)
        status = add_all_subwords(m, block, rows, counts, error);
    if (status == WN_OK)
        status = check_finite(&block->fast, error);
    if (status == WN_OK)
        status = note_counts(m, spec, block, error);
    if (!with_head)
        return status;
    wn__heap_free(&m->heap, (void *)(uintptr_t)m->head.panels);
    wn__heap_free(&m->heap, (void *)(uintptr_t)m->head.norms);
    m->head = (wn__head){0};
    return status;
}
