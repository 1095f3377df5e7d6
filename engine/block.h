/* block.h - features of one kind, as a model has them: what the extractors read. */
#ifndef WN_BLOCK_H
#define WN_BLOCK_H

#include "kernel/kernel.h"
#include "phrase_table.h"
#include "rows.h"
#include "weighting.h"
#include "word_table.h"

struct wn__extractor;

/* Features of one kind, how they are weighted, and a row for each. */
typedef struct wn__block {
    const struct wn__extractor *extractor; /* feature.h */
    uint32_t ngrams[2];                    /* lo, hi */

    /* Linear features */
    uint32_t field;     /* index of the text that it reads */
    unsigned normalize; /* steps of normalize.h */
    wn__token_rule tokens;
    uint32_t min_length;               /* code points */
    const struct wn__pattern *pattern; /* pattern.h; WN__TOKENS_PATTERN */
    wn__unicode unicode;
    wn__strings terms;    /* the vocabulary; n 0 when hashed. fastText: words, then labels */
    wn__word_table words; /* finds the terms */
    wn__phrases phrases;  /* the same of word n-grams */
    size_t longest_term;  /* bytes */
    wn__strings stop_words;
    bool hashed, alternate_sign;
    uint32_t n_features; /* hashed: columns before some are kept */
    bool has_columns;    /* hashed: only some columns are kept */
    wn__idmap columns;   /* hash column -> column */
    wn__pass *passes;    /* [n_passes] */
    uint32_t n_passes;
    size_t n_columns; /* features; each has a row unless what follows says otherwise */
    /* Where only some columns have a row: a table [n_columns], UINT32_MAX: none; of a few among
     * many a map, so that a small file takes little memory. Neither: row i is column i. */
    const uint32_t *row_of;
    wn__idmap selected;

    /* fastText features */
    const wn__kernel *kernel; /* the model's */
    uint32_t n_words;
    uint32_t end_of_line; /* row of </s>, or UINT32_MAX */
    bool label_tokens;
    uint32_t subwords[2]; /* minn, maxn; maxn 0: none */
    uint32_t bucket;
    uint64_t bucket_inverse; /* (2^64 - 1) / bucket */
    bool is_pruned;
    wn__idmap pruned; /* bucket id -> number of its row among the buckets */
    /* Bit b & filter_mask is set if bucket b has a row, and by chance for some others: small enough
     * for the nearest caches. Without pruning one word of ones. */
    const uint64_t *filter;
    uint32_t filter_mask;

    size_t n_rows;
    bool is_fast;                /* fast rows are loaded, else exact ones */
    wn__table exact;             /* rows as trained, [n_rows][dim] */
    wn__table fast;              /* see fold.c, [n_rows][n_outputs or dim] */
    const uint32_t *fast_counts; /* [n_words] features that a word's fast row stands for */
} wn__block;

/* Have only some of a block's columns a row? */
static inline bool wn__is_selected(const wn__block *block)
{
    return block->row_of != NULL || block->selected.slots != NULL;
}

#endif /* WN_BLOCK_H */
