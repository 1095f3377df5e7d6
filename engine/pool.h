/* pool.h - from the features of one fastText paragraph to one row: h = sum w_i R[id_i]. */
#ifndef WN_POOL_H
#define WN_POOL_H

#include "context.h"

/* A pooled text. */
typedef struct wn__pooled {
    uint64_t n;      /* features; 0: the row is zero */
    uint64_t n_text; /* those that are no end of a line */
    size_t consumed; /* bytes of the text */
} wn__pooled;

/* Makes room in the context. False: out of memory. */
bool wn__pool_reserve(wn_ctx *ctx, const wn_model *model);

/* Pools a fastText paragraph or line: the mean of its features' rows, in the reference's order and
 * precision for exact rows. row receives [model->width] floats. Labels among the tokens go to gold
 * unless it is NULL. Room is reserved. */
wn__pooled wn__pool_fasttext(wn_ctx *ctx, const wn_model *model, const wn__fasttext_tokens *tokens,
                             float *row, wn__sink *gold);

#endif /* WN_POOL_H */
