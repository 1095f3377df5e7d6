/* link.c - softmax, sigmoids, and the walk down the tree, all in doubles. */
#include "link.h"

#include <float.h>
#include <math.h>

void wn__finite_logits(double *logits, size_t n)
{
    /* Nearly always all are finite: x - x is 0 then, and nothing else. */
    double differences[8] = {0};
    size_t at = 0;
    for (; at + 8 <= n; at += 8) {
        for (size_t i = 0; i < 8; i++)
            differences[i] += logits[at + i] - logits[at + i];
    }
    for (; at < n; at++)
        differences[0] += logits[at] - logits[at];
    for (size_t i = 1; i < 8; i++)
        differences[0] += differences[i];
    for (size_t i = 0; i < n && !isfinite(differences[0]); i++) {
        if (!isfinite(logits[i]))
            logits[i] = logits[i] > 0 ? DBL_MAX : -DBL_MAX;
    }
}

double wn__sigmoid(double x)
{
    if (x >= 0)
        return 1.0 / (1.0 + exp(-x));
    double e = exp(x);
    return e / (1.0 + e);
}

/* ln(sigmoid(-x)) and ln(sigmoid(x)) without cancellation. A NaN, of weights beyond all reason,
 * says nothing for either side: so the probabilities still sum to 1. */
static void log_sigmoids(double x, double logs[2])
{
    x = isnan(x) ? 0 : x;
    double log = log1p(exp(x >= 0 ? -x : x));
    logs[0] = x >= 0 ? -x - log : -log;
    logs[1] = x >= 0 ? -log : x - log;
}

void wn__link_tree(const wn__tree *tree, const double *outputs, double *nodes, double *logits)
{
    /* Children have smaller numbers than their parents: descending order is top-down. The right
     * child is taken with probability wn__sigmoid(output). */
    uint32_t n = tree->n_leaves;
    nodes[2 * (size_t)n - 2] = 0;
    for (size_t i = 2 * (size_t)n - 2; i >= n; i--) {
        const uint32_t *child = &tree->children[2 * (i - n)];
        double logs[2];
        log_sigmoids(outputs[i - n], logs);
        nodes[child[0]] = nodes[i] + logs[0];
        nodes[child[1]] = nodes[i] + logs[1];
    }
    memcpy(logits, nodes, n * sizeof *logits);
    wn__finite_logits(logits, n);
}

/* ---- The best labels of a tree ---- */

static double finite(double x)
{
    return isfinite(x) ? x : x > 0 ? DBL_MAX : -DBL_MAX;
}

/* Is a taken before b? Of equals inner nodes come first, for a leaf below may be as good; then
 * labels in their order. */
static bool is_ahead(const wn__tree *tree, const wn__leaf *a, const wn__leaf *b)
{
    double x = finite(a->logit), y = finite(b->logit);
    if (x < y || x > y)
        return x > y;
    bool a_is_inner = a->node >= tree->n_leaves, b_is_inner = b->node >= tree->n_leaves;
    return a_is_inner != b_is_inner ? a_is_inner : a->node < b->node;
}

static void heap_push(const wn__tree *tree, wn__leaf *heap, size_t n, wn__leaf leaf)
{
    size_t at = n;
    for (; at > 0 && is_ahead(tree, &leaf, &heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = leaf;
}

/* Takes the first of heap [n]. */
static wn__leaf heap_pop(const wn__tree *tree, wn__leaf *heap, size_t n)
{
    wn__leaf first = heap[0], last = heap[n - 1];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < n - 1; at = child) {
        if (child + 1 < n - 1 && is_ahead(tree, &heap[child + 1], &heap[child]))
            child++;
        if (!is_ahead(tree, &heap[child], &last))
            break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return first;
}

size_t wn__link_tree_best(const wn__tree *tree, double (*output)(const void *user, uint32_t inner),
                          void (*soon)(const void *user, uint32_t inner), const void *user,
                          size_t k, wn__leaf *heap, wn__leaf *best)
{
    /* A node is never better than its parent: what comes out of the heap first is the best of all.
     */
    size_t n = 1, n_best = 0;
    heap[0] = (wn__leaf){0, 2 * tree->n_leaves - 2};
    while (n > 0 && n_best < k) {
        wn__leaf node = heap_pop(tree, heap, n--);
        if (node.node < tree->n_leaves) {
            node.logit = finite(node.logit);
            best[n_best++] = node;
            continue;
        }
        uint32_t inner = node.node - tree->n_leaves;
        const uint32_t *child = &tree->children[2 * (size_t)inner];
        double logs[2];
        for (size_t i = 0; i < 2; i++) {
            if (child[i] >= tree->n_leaves)
                soon(user, child[i] - tree->n_leaves);
        }
        log_sigmoids(output(user, inner), logs);
        heap_push(tree, heap, n++, (wn__leaf){node.logit + logs[0], child[0]});
        heap_push(tree, heap, n++, (wn__leaf){node.logit + logs[1], child[1]});
    }
    return n_best;
}

/* Sigmoids over their sum. When all of them underflow, no label is better than another: uniform
 * (scikit-learn divides 0 by 0 there). */
static void one_vs_rest(const double *logits, double *probabilities, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        probabilities[i] = wn__sigmoid(logits[i]);
        sum += probabilities[i];
    }
    for (size_t i = 0; i < n; i++)
        probabilities[i] = sum > 0 ? probabilities[i] / sum : 1.0 / (double)n;
}

void wn__link_apply(const wn__kernel *kernel, wn_link link, const double *logits,
                    double *probabilities, size_t n)
{
    switch (link) {
    case WN_LINK_SOFTMAX:
        kernel->softmax(logits, probabilities, n);
        break;
    case WN_LINK_ONE_VS_REST:
        one_vs_rest(logits, probabilities, n);
        break;
    case WN_LINK_SIGMOID:
        for (size_t i = 0; i < n; i++)
            probabilities[i] = wn__sigmoid(logits[i]);
        break;
    case WN_LINK_HIERARCHICAL_SOFTMAX:
        for (size_t i = 0; i < n; i++)
            probabilities[i] = exp(logits[i]);
        break;
    case WN_LINK_RAW:
        for (size_t i = 0; i < n; i++)
            probabilities[i] = NAN;
        break;
    }
}
