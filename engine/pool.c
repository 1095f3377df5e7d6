/* pool.c - the mean of the rows of a fastText text's features. Linear models: linear.c. */
#include "pool.h"

#include "kernel/kernel.h"

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
