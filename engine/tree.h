/* tree.h - the Huffman tree of hierarchical softmax. */
#ifndef WN_TREE_H
#define WN_TREE_H

#include "base.h"

/* Nodes 0 .. n_leaves - 1 are the labels, n_leaves .. 2 n_leaves - 2 the inner nodes; the last one
 * is the root. Inner node i uses output i - n_leaves. A child has a smaller number than its
 * parent. */
typedef struct wn__tree {
    uint32_t n_leaves;
    const uint32_t *children; /* [n_leaves - 1][2] left and right of each inner node */
} wn__tree;

/* Largest sum of counts; above it the reference's own sentinel (10^15) stops working. */
#define WN__TREE_MAX_COUNT 1000000000000000

/* Builds the tree of the reference: counts are int64 little-endian, unaligned, in label order.
 * Errors: CORRUPT (a negative count, a sum over the limit), MEMORY. Source: fastText 0.9.2,
 * HierarchicalSoftmaxLoss::buildTree. */
wn_status wn__tree_build(wn__tree *tree, wn__heap *heap, const uint8_t *counts, uint32_t n_leaves,
                         wn_error *error);

#endif /* WN_TREE_H */
