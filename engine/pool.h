/* pool.h - from the features of one fastText paragraph to one row: h = sum w_i R[id_i]. */
#ifndef WN_POOL_H
#define WN_POOL_H

#include "context.h"

/* Rows that are added to a sum, some at a time. */
typedef struct wn__adder {
    wn__sink sink;
    void (*add)(float *y, const float *table, size_t stride, const uint32_t *ids, size_t n,
                size_t width);
    const float *table;
    size_t stride, width;
    float *sum;
    uint64_t n;
} wn__adder;

/* A text that was walked, while its last rows are on their way from the memory. */
typedef struct wn__pooling {
    wn__adder rows;
    wn__fasttext_walked walked;
    float *rest; /* [width] what comes last, or NULL */
} wn__pooling;

/* A pooled text. */
typedef struct wn__pooled {
    uint64_t n;      /* features; 0: the row is zero */
    uint64_t n_text; /* those that are no end of a line */
    size_t consumed; /* bytes of the text */
} wn__pooled;

/* Makes room in the context. False: out of memory. */
bool wn__pool_reserve(wn_ctx *ctx, const wn_model *model);

/* Pools a fastText paragraph or line: the mean of its features' rows, in the reference's order and
 * precision for exact rows. row receives [model->width] floats once the end is called. Labels among
 * the tokens go to gold unless it is NULL. Room is reserved. Two texts, `which` 0 and 1, can be
 * between their start and their end: so the rows of one arrive while the next one is walked. */
void wn__pool_start(wn_ctx *ctx, const wn_model *model, const wn__fasttext_tokens *tokens,
                    float *row, wn__sink *gold, unsigned which, wn__pooling *pooling);
wn__pooled wn__pool_end(wn__pooling *pooling);

#endif /* WN_POOL_H */
