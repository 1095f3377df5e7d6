/* link.h - from logits to probabilities. */
#ifndef WN_LINK_H
#define WN_LINK_H

#include "kernel/kernel.h"
#include "tree.h"

/* Clamps what is not finite, so that every model gives finite scores: a sum of finite weights can
 * overflow, and NaN counts as the lowest score. */
void wn__finite_logits(double *logits, size_t n);

/* 1 / (1 + e^-x) without overflow. */
double wn__sigmoid(double x);

/* Hierarchical softmax: the outputs of the inner nodes [n_leaves - 1] become ln(probability) of
 * each label in logits [n_leaves]. nodes: scratch [2 n_leaves - 1]. */
void wn__link_tree(const wn__tree *tree, const double *outputs, double *nodes, double *logits);

/* A label with its ln(probability); while the tree is searched any of its nodes. */
typedef struct wn__leaf {
    double logit;
    uint32_t node;
} wn__leaf;

/* The k best labels, best first, equal ones by ascending label: the same numbers as
 * wn__link_tree's. Only the nodes on the way are asked for their outputs, after they were announced
 * by `soon`. heap: scratch [n_leaves]; best: [k]. Returns how many there are. */
size_t wn__link_tree_best(const wn__tree *tree, double (*output)(const void *user, uint32_t inner),
                          void (*soon)(const void *user, uint32_t inner), const void *user,
                          size_t k, wn__leaf *heap, wn__leaf *best);

/* probabilities [n] from logits [n]; both may be the same array. For hierarchical softmax the
 * logits are those of wn__link_tree; raw gives NaN. */
void wn__link_apply(const wn__kernel *kernel, wn_link link, const double *logits,
                    double *probabilities, size_t n);

#endif /* WN_LINK_H */
