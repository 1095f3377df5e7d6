/* topk.h - ranks labels. */
#ifndef WN_TOPK_H
#define WN_TOPK_H

#include "base.h"

/* Writes the labels of the k highest of scores [n] to labels [min(k, n)], best first, equal scores
 * by ascending label. Returns how many. */
uint32_t wn__topk(const double *scores, uint32_t n, uint32_t k, uint32_t *labels);

#endif /* WN_TOPK_H */
