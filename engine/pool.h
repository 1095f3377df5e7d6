/* pool.h - from the features of one fastText paragraph to one row: h = sum w_i R[id_i]. */
#ifndef WN_POOL_H
#define WN_POOL_H

#include "context.h"

/* Pools a fastText paragraph or line: the mean of its features' rows, in the reference's order and
 * precision for exact rows. row receives [dim] floats, or [n_outputs] where the model is folded.
 * Labels among the tokens go to gold unless it is NULL. Returns the number of features (0: row is
 * zero); *n_text is that number without end-of-line features. */
uint64_t wn__pool_fasttext(const wn_model *model, wn__fasttext_tokens *tokens, float *row,
                           wn__sink *gold, uint64_t *n_text);

#endif /* WN_POOL_H */
