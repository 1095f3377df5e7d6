/* decide.h - from logits and probabilities to ranked labels and the model's decision. */
#ifndef WN_DECIDE_H
#define WN_DECIDE_H

#include "link.h"
#include "model.h"

/* What the caller wants to see. */
typedef struct wn__wanted {
    uint32_t k;       /* at most; WN_K_CHOSEN: the chosen labels */
    double threshold; /* leaves out labels below it */
} wn__wanted;

/* Room for scores that a decision may need. */
uint32_t wn__decide_room(const wn_model *model, uint32_t k);

/* Ranks labels and decides. scores: room for wn__decide_room; ranking: [n_labels] scratch. n_known:
 * features of the text that the model knows. */
void wn__decide(const wn_model *model, const double *logits, const double *probabilities,
                uint64_t n_known, const wn__wanted *wanted, uint32_t *ranking, wn_score *scores,
                wn_prediction *prediction);

/* The same from the best labels [n] alone, which are ranked: for trees, whose labels exclude each
 * other, without thresholds. */
void wn__decide_best(const wn__leaf *best, size_t n, uint64_t n_known, const wn__wanted *wanted,
                     wn_score *scores, wn_prediction *prediction);

#endif /* WN_DECIDE_H */
