/* link.c - softmax, sigmoids, and the walk down the tree, all in doubles. */
#include "link.h"

#include <float.h>
#include <math.h>

void wn__finite_logits(double *logits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
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

/* ln(sigmoid(x)) without cancellation. */
static double log_sigmoid(double x)
{
    return x >= 0 ? -log1p(exp(-x)) : x - log1p(exp(x));
}

void wn__link_tree(const wn__tree *tree, const double *outputs, double *nodes, double *logits)
{
    /* Children have smaller numbers than their parents: descending order is top-down. The right
     * child is taken with probability wn__sigmoid(output). */
    uint32_t n = tree->n_leaves;
    nodes[2 * (size_t)n - 2] = 0;
    for (size_t i = 2 * (size_t)n - 2; i >= n; i--) {
        const uint32_t *child = &tree->children[2 * (i - n)];
        double x = outputs[i - n];
        nodes[child[0]] = nodes[i] + log_sigmoid(-x);
        nodes[child[1]] = nodes[i] + log_sigmoid(x);
    }
    memcpy(logits, nodes, n * sizeof *logits);
    wn__finite_logits(logits, n);
}

static void softmax(const double *logits, double *probabilities, size_t n)
{
    double highest = logits[0], sum = 0;
    for (size_t i = 1; i < n; i++)
        highest = logits[i] > highest ? logits[i] : highest;
    for (size_t i = 0; i < n; i++) {
        probabilities[i] = exp(logits[i] - highest);
        sum += probabilities[i];
    }
    for (size_t i = 0; i < n; i++)
        probabilities[i] /= sum;
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

void wn__link_apply(wn_link link, const double *logits, double *probabilities, size_t n)
{
    switch (link) {
    case WN_LINK_SOFTMAX:
        softmax(logits, probabilities, n);
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
