/* tree.c - builds the Huffman tree exactly as the reference does, ties included. */
#include "tree.h"

#include "bytes.h"

wn_status wn__tree_build(wn__tree *tree, wn__heap *heap, const uint8_t *counts, uint32_t n_leaves,
                         wn_error *error)
{
    size_t n_nodes = 2 * (size_t)n_leaves - 1;
    int64_t *weight = wn__heap_alloc(heap, n_nodes, sizeof *weight);
    uint32_t(*children)[2] = wn__heap_alloc(heap, n_leaves, sizeof *children);
    if (weight == NULL || children == NULL)
        return wn__no_memory(error);
    int64_t sum = 0;
    for (size_t i = 0; i < n_nodes; i++) {
        weight[i] = i < n_leaves ? wn__load_i64(counts + i * 8) : WN__TREE_MAX_COUNT;
        if (i >= n_leaves)
            continue;
        /* A leaf as heavy as the sentinel would lose against a node that is not there yet. */
        if (weight[i] < 0 || weight[i] >= WN__TREE_MAX_COUNT ||
            weight[i] > WN__TREE_MAX_COUNT - sum) {
            return wn__fail(error, WN_ERROR_CORRUPT, WN__NO_OFFSET,
                            "label_counts: label %zu is negative, or too large for the sum's limit "
                            "of 10^15",
                            i);
        }
        sum += weight[i];
    }
    /* Two cursors: leaves from the rarest down, inner nodes from the oldest up. A leaf wins only
     * when it is strictly lighter. */
    uint32_t leaf = n_leaves, node = n_leaves; /* leaf: number of leaves not taken yet */
    for (uint32_t i = n_leaves; i < n_nodes; i++) {
        for (int side = 0; side < 2; side++) {
            bool take_leaf = leaf > 0 && weight[leaf - 1] < weight[node];
            children[i - n_leaves][side] = take_leaf ? --leaf : node++;
        }
        weight[i] = weight[children[i - n_leaves][0]] + weight[children[i - n_leaves][1]];
    }
    wn__heap_free(heap, weight);
    tree->n_leaves = n_leaves;
    tree->children = (const uint32_t *)children;
    return WN_OK;
}
