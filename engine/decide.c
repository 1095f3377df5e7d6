/* decide.c - ranks labels, holds them against their thresholds, says when the model is unsure. */
#include "decide.h"

#include "members.h"
#include "topk.h"

#include <math.h>

/* The numbers of one text. */
typedef struct scored {
    const wn_model *model;
    const double *logits, *probabilities;
    const double *keys; /* what labels are ranked by */
} scored;

static double score_of(const scored *s, uint32_t label)
{
    return s->model->link == WN_LINK_RAW ? s->logits[label] : s->probabilities[label];
}

static bool is_above(const scored *s, uint32_t label)
{
    return s->model->thresholds == NULL || score_of(s, label) > s->model->thresholds[label];
}

#define BLOCK 64

static double largest_of_block(const double *keys)
{
    double all[8];
    memcpy(all, keys, sizeof all);
    for (size_t i = 8; i < BLOCK; i += 8) {
        for (size_t j = 0; j < 8; j++)
            all[j] = keys[i + j] > all[j] ? keys[i + j] : all[j];
    }
    for (size_t j = 1; j < 8; j++)
        all[0] = all[j] > all[0] ? all[j] : all[0];
    return all[0];
}

/* The first of the largest of keys [n], which are no NaNs. Of many eight are looked at side by
 * side: one by one, each comparison would wait for the one before (13 % of the time of 50,000
 * labels). */
static uint32_t first_largest(const double *keys, uint32_t n)
{
    double highest = keys[0];
    uint32_t begin = 0, best, at = 0;
    for (; n - at >= BLOCK; at += BLOCK) {
        double largest = largest_of_block(keys + at);
        begin = largest > highest ? at : begin;
        highest = largest > highest ? largest : highest;
    }
    for (best = begin; keys[best] < highest; best++)
        continue;
    for (; at < n; at++)
        best = keys[at] > keys[best] ? at : best;
    return best;
}

/* The best ranked label above its threshold, or UINT32_MAX. */
static uint32_t best_above(const scored *s)
{
    uint32_t best = UINT32_MAX;
    if (s->model->thresholds == NULL)
        return first_largest(s->keys, s->model->n_labels);
    for (uint32_t j = 0; j < s->model->n_labels; j++) {
        if (is_above(s, j) && (best == UINT32_MAX || s->keys[j] > s->keys[best]))
            best = j;
    }
    return best;
}

/* Moves the chosen label of a ranking [n] to the front: the answer of a model comes first, though
 * its threshold may have let it pass better ranked labels. */
static void put_first(uint32_t *ranking, uint32_t n, uint32_t chosen)
{
    uint32_t at = 0;
    while (at < n && ranking[at] != chosen)
        at++;
    for (uint32_t i = at < n ? at : n - 1; i > 0; i--)
        ranking[i] = ranking[i - 1];
    ranking[0] = chosen;
}

uint32_t wn__decide_room(const wn_model *model, uint32_t k)
{
    if (k == WN_K_CHOSEN && !model->multi_label)
        return 1;
    return k == 0 || k > model->n_labels ? model->n_labels : k;
}

static wn_prediction summary(const wn_score *scores, uint32_t n, uint64_t n_known,
                             uint32_t n_chosen)
{
    return (wn_prediction){.scores = scores,
                           .n_scores = n,
                           .n_features = n_known > UINT32_MAX ? UINT32_MAX : (uint32_t)n_known,
                           .n_chosen = n_chosen,
                           .decision = n_chosen > 0  ? WN_DECIDED
                                       : n_known > 0 ? WN_UNSURE
                                                     : WN_UNSURE_UNKNOWN};
}

void wn__decide(const wn_model *model, const double *logits, const double *probabilities,
                uint64_t n_known, const wn__wanted *wanted, uint32_t *ranking, wn_score *scores,
                wn_prediction *prediction)
{
    bool is_raw = model->link == WN_LINK_RAW;
    scored s = {model, logits, probabilities,
                wn__ranks_by_probability(model) ? probabilities : logits};
    uint32_t n = 0, n_chosen = 0, best = UINT32_MAX;
    if (n_known > 0 && model->multi_label) {
        for (uint32_t j = 0; j < model->n_labels; j++)
            n_chosen += is_above(&s, j);
    } else if (n_known > 0) {
        best = best_above(&s);
        n_chosen = best != UINT32_MAX;
    }
    bool only_chosen = wanted->k == WN_K_CHOSEN;
    uint32_t found = 0;
    if (!only_chosen || (model->multi_label && n_chosen > 0)) {
        uint32_t k = only_chosen ? model->n_labels : wn__decide_room(model, wanted->k);
        /* The best of all is known where no threshold held it back. */
        if (k == 1 && best != UINT32_MAX && model->thresholds == NULL)
            ranking[found++] = best;
        else
            found = wn__topk(s.keys, model->n_labels, k, ranking);
    }
    if (found > 0 && best != UINT32_MAX) {
        put_first(ranking, found, best);
    } else if (best != UINT32_MAX) { /* nothing but the chosen one is asked for */
        ranking[found++] = best;
    }
    for (uint32_t i = 0; i < found; i++) {
        uint32_t label = ranking[i];
        bool is_chosen = n_chosen > 0 && (model->multi_label ? is_above(&s, label) : label == best);
        double held = score_of(&s, label);
        bool is_held = held >= wanted->threshold || (is_raw && wanted->threshold == 0);
        if (is_held && (is_chosen || !only_chosen))
            scores[n++] = (wn_score){label, probabilities[label], logits[label], is_chosen};
    }
    *prediction = summary(scores, n, n_known, n_chosen);
}

void wn__decide_best(const wn__leaf *best, size_t n, uint64_t n_known, const wn__wanted *wanted,
                     wn_score *scores, wn_prediction *prediction)
{
    uint32_t n_held = 0, n_chosen = n_known > 0 && n > 0;
    for (size_t i = 0; i < n; i++) {
        double probability = exp(best[i].logit);
        bool is_chosen = i == 0 && n_chosen > 0;
        if (probability >= wanted->threshold && (is_chosen || wanted->k != WN_K_CHOSEN))
            scores[n_held++] = (wn_score){best[i].node, probability, best[i].logit, is_chosen};
    }
    *prediction = summary(scores, n_held, n_known, n_chosen);
}
