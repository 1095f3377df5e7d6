/* linear.h - from a text to the pooled row of a linear model: h = sum w_i R[column_i]. */
#ifndef WN_LINEAR_H
#define WN_LINEAR_H

#include "context.h"

/* One place where a feature was found, for explanations. */
typedef struct wn__occurrence {
    size_t begin, end; /* bytes of the text */
    uint32_t column, block;
    int32_t sign; /* what the place added to the count */
} wn__occurrence;

/* The weights of a text's columns, in the order in which the model sums them. */
typedef struct wn__weights {
    size_t first, n;  /* ctx->weights [first .. first + n) */
    uint64_t n_known; /* features found that have a row, repeats counted */
} wn__weights;

/* Extracts and counts into ctx->weights from weights->first on, and asks the memory for what
 * weighing and pooling will read. texts: [model->n_fields]. Where with_occurrences, every place of
 * every feature goes to ctx->occurrences [*n_occurrences]. Errors: MEMORY. */
wn_status wn__linear_count(wn_ctx *ctx, const wn_model *model, const wn_text *texts,
                           bool with_occurrences, wn__weights *weights, size_t *n_occurrences);

/* Counts become weights. */
void wn__linear_weigh(wn_ctx *ctx, const wn_model *model, const wn__weights *weights);

/* The weights of a vector, as given, from weights->first on; columns beyond the model's are left
 * out. Errors: MEMORY. */
wn_status wn__linear_vector(wn_ctx *ctx, const wn_model *model, const wn_vector *vector,
                            wn__weights *weights);

/* Numbers behind a row that wn__linear_pool may change: what rows are filled up with is summed,
 * too.
 */
#define WN__ROW_SLACK 16

/* Sums the weighted rows into row [model->dim]. */
void wn__linear_pool(const wn_ctx *ctx, const wn_model *model, const wn__weights *weights,
                     double *row);

/* The row of a column in a block's table, or UINT32_MAX. */
static inline uint32_t wn__row_of(const wn__block *block, uint32_t column)
{
    if (block->row_of != NULL)
        return block->row_of[column];
    return block->selected.slots != NULL ? wn__idmap_find(&block->selected, column) : column;
}

#endif /* WN_LINEAR_H */
