/* test_link.c - the Huffman tree against its description, probabilities against their definition.
 */
#include "link.h"

#include "support.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

/* ---- The tree ---- */

/* Written from the description of the reference's algorithm: internal counts start at 10^15, two
 * cursors, a leaf is taken when it is strictly lighter than the next inner node. */
static void naive_tree(const int64_t *counts, int n, int (*children)[2])
{
    int64_t *count = malloc(sizeof *count * (size_t)(2 * n));
    for (int i = 0; i < 2 * n - 1; i++)
        count[i] = i < n ? counts[i] : 1000000000000000;
    int leaf = n - 1, node = n;
    for (int i = n; i < 2 * n - 1; i++) {
        for (int side = 0; side < 2; side++) {
            if (leaf >= 0 && count[leaf] < count[node]) {
                children[i - n][side] = leaf;
                leaf--;
            } else {
                children[i - n][side] = node;
                node++;
            }
        }
        count[i] = count[children[i - n][0]] + count[children[i - n][1]];
    }
    free(count);
}

static wn_status build(wn__tree *tree, wn__heap *heap, const int64_t *counts, uint32_t n,
                       wn_error *error)
{
    /* Unaligned on purpose: sections of other files are. */
    uint8_t *bytes = malloc(8 * (size_t)n + 1);
    memcpy(bytes + 1, counts, 8 * (size_t)n);
    wn_status status = wn__tree_build(tree, heap, bytes + 1, n, error);
    free(bytes);
    return status;
}

static void check_tree(const int64_t *counts, uint32_t n)
{
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    wn__tree tree;
    wn_error error;
    int children[300][2];
    naive_tree(counts, (int)n, children);
    cr_assert_eq(build(&tree, &heap, counts, n, &error), WN_OK);
    cr_assert_eq(tree.n_leaves, n);
    for (uint32_t i = 0; i + 1 < n; i++) {
        for (uint32_t side = 0; side < 2; side++) {
            cr_assert_eq(tree.children[2 * i + side], (uint32_t)children[i][side]);
            cr_assert_lt(tree.children[2 * i + side], n + i, "children come before parents");
        }
    }
    wn__heap_free_all(&heap);
}

static int descending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x > y ? -1 : x < y;
}

Test(tree, equals_the_description_for_any_counts)
{
    uint64_t random = 6;
    int64_t counts[256];
    for (unsigned round = 0; round < 2000; round++) {
        uint32_t n = 1 + random_below(&random, 256);
        uint32_t limit = round % 3 == 0 ? 4 : 100000; /* many ties, and few */
        for (uint32_t i = 0; i < n; i++)
            counts[i] = random_below(&random, limit);
        if (round % 4 != 0) /* files have them descending, but nothing says they must */
            qsort(counts, n, sizeof *counts, descending);
        check_tree(counts, n);
    }
}

Test(tree, of_one_label_has_no_inner_node)
{
    const int64_t one[1] = {5};
    check_tree(one, 1);
    const int64_t two[2] = {9, 4};
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    wn__tree tree;
    cr_assert_eq(build(&tree, &heap, two, 2, NULL), WN_OK);
    cr_assert(tree.children[0] == 1 && tree.children[1] == 0, "the lighter label is the left one");
    wn__heap_free_all(&heap);
}

Test(tree, refuses_counts_that_its_sentinel_cannot_bear)
{
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    wn__tree tree;
    wn_error error;
    const int64_t negative[2] = {5, -1};
    cr_assert_eq(build(&tree, &heap, negative, 2, &error), WN_ERROR_CORRUPT);
    const int64_t at_limit[2] = {WN__TREE_MAX_COUNT - 1, 1};
    cr_assert_eq(build(&tree, &heap, at_limit, 2, &error), WN_OK);
    const int64_t above[2] = {WN__TREE_MAX_COUNT, 1};
    cr_assert_eq(build(&tree, &heap, above, 2, &error), WN_ERROR_CORRUPT);
    const int64_t huge[2] = {INT64_MAX, INT64_MAX};
    cr_assert_eq(build(&tree, &heap, huge, 2, &error), WN_ERROR_CORRUPT);
    wn__heap_free_all(&heap);
}

/* ---- Links ---- */

static double sum(const double *p, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += p[i];
    return total;
}

Test(link, softmax_is_its_definition_and_sums_to_one)
{
    uint64_t random = 7;
    for (unsigned round = 0; round < 2000; round++) {
        double logits[100], p[100];
        long double z = 0, exact[100];
        size_t n = 1 + random_below(&random, 100);
        for (size_t i = 0; i < n; i++) {
            logits[i] = (double)random_float(&random) * 20;
            exact[i] = expl((long double)logits[i]);
            z += exact[i];
        }
        wn__link_apply(wn__kernel_best(), WN_LINK_SOFTMAX, logits, p, n);
        for (size_t i = 0; i < n; i++)
            cr_assert_float_eq(p[i], (double)(exact[i] / z), 1e-15);
        cr_assert_float_eq(sum(p, n), 1.0, 1e-14);
    }
}

Test(link, known_values)
{
    const double logits[3] = {0, log(3), -log(3)}; /* sigmoids 1/2, 3/4, 1/4 */
    double p[3];
    wn__link_apply(wn__kernel_best(), WN_LINK_SIGMOID, logits, p, 3);
    cr_assert_eq(p[0], 0.5);
    cr_assert_float_eq(p[1], 0.75, 1e-15);
    cr_assert_float_eq(p[2], 0.25, 1e-15);
    wn__link_apply(wn__kernel_best(), WN_LINK_ONE_VS_REST, logits, p, 3);
    cr_assert_float_eq(p[0], 1.0 / 3, 1e-15);
    cr_assert_float_eq(p[1], 0.5, 1e-15);
    cr_assert_float_eq(p[2], 1.0 / 6, 1e-15);
    wn__link_apply(wn__kernel_best(), WN_LINK_RAW, logits, p, 3);
    cr_assert(isnan(p[0]) && isnan(p[1]) && isnan(p[2]));
    double same[2] = {log(2), 0};
    wn__link_apply(wn__kernel_best(), WN_LINK_SOFTMAX, same, same, 2); /* in place */
    cr_assert_float_eq(same[0], 2.0 / 3, 1e-15);
    cr_assert_float_eq(same[1], 1.0 / 3, 1e-15);
}

Test(link, extremes_stay_between_zero_and_one)
{
    static const double ends[] = {DBL_MAX, -DBL_MAX, 1e308, -1e308, 1e-308, 0.0, 750, -750, 5e-324};
    static const wn_link links[] = {WN_LINK_SOFTMAX, WN_LINK_SIGMOID, WN_LINK_ONE_VS_REST};
    for (size_t a = 0; a < WN__COUNT(ends); a++) {
        for (size_t b = 0; b < WN__COUNT(ends); b++) {
            for (size_t l = 0; l < WN__COUNT(links); l++) {
                const double logits[3] = {ends[a], ends[b], ends[a]};
                double p[3];
                wn__link_apply(wn__kernel_best(), links[l], logits, p, 3);
                for (size_t i = 0; i < 3; i++)
                    cr_assert(p[i] >= 0 && p[i] <= 1, "link %d: %g", (int)links[l], p[i]);
                if (links[l] != WN_LINK_SIGMOID)
                    cr_assert_float_eq(sum(p, 3), 1.0, 1e-15, "%g %g", ends[a], ends[b]);
                cr_assert_eq(p[0], p[2]);
                cr_assert(ends[a] <= ends[b] || p[0] >= p[1]);
            }
        }
    }
}

Test(link, one_against_the_rest_is_uniform_where_all_underflow)
{
    double logits[4] = {-800, -900, -1e308, -750}, p[4];
    wn__link_apply(wn__kernel_best(), WN_LINK_ONE_VS_REST, logits, p, 4);
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(p[i], 0.25);
    logits[3] = -700; /* one that does not underflow takes it all */
    wn__link_apply(wn__kernel_best(), WN_LINK_ONE_VS_REST, logits, p, 4);
    cr_assert_eq(p[3], 1.0);
    cr_assert_eq(p[0], 0.0);
}

Test(link, what_is_not_finite_is_clamped)
{
    double logits[4] = {INFINITY, -INFINITY, NAN, -3};
    wn__finite_logits(logits, 4);
    cr_assert_eq(logits[0], DBL_MAX);
    cr_assert_eq(logits[1], -DBL_MAX);
    cr_assert_eq(logits[2], -DBL_MAX);
    cr_assert_eq(logits[3], -3);
}

/* Probabilities of the labels by walking up from each leaf, in long doubles. */
static void naive_walk(const wn__tree *tree, const double *outputs, long double *p)
{
    for (uint32_t leaf = 0; leaf < tree->n_leaves; leaf++) {
        p[leaf] = 1;
        for (uint32_t node = leaf; node != 2 * tree->n_leaves - 2;) {
            uint32_t i = 0;
            while (tree->children[2 * i] != node && tree->children[2 * i + 1] != node)
                i++;
            long double right = 1 / (1 + expl(-(long double)outputs[i]));
            p[leaf] *= tree->children[2 * i + 1] == node ? right : 1 - right;
            node = tree->n_leaves + i;
        }
    }
}

Test(link, the_tree_gives_a_distribution)
{
    uint64_t random = 8;
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    for (unsigned round = 0; round < 300; round++) {
        uint32_t n = 1 + random_below(&random, 60);
        int64_t counts[60];
        double outputs[60], nodes[120], logits[60], p[60];
        long double expected[60];
        for (uint32_t i = 0; i < n; i++) {
            counts[i] = random_below(&random, 50);
            outputs[i] = (double)random_float(&random) * (round % 5 == 0 ? 1e308 : 6);
        }
        wn__tree tree;
        cr_assert_eq(build(&tree, &heap, counts, n, NULL), WN_OK);
        wn__link_tree(&tree, outputs, nodes, logits);
        wn__link_apply(wn__kernel_best(), WN_LINK_HIERARCHICAL_SOFTMAX, logits, p, n);
        cr_assert_float_eq(sum(p, n), 1.0, 1e-13, "round %u: %.17g", round, sum(p, n));
        naive_walk(&tree, outputs, expected);
        for (uint32_t i = 0; i < n; i++) {
            cr_assert_float_eq(p[i], (double)expected[i], 1e-14);
            cr_assert(isfinite(logits[i]));
        }
    }
    wn__heap_free_all(&heap);
}

/* ---- The best labels of a tree ---- */

typedef struct asked {
    const double *outputs;
    size_t n; /* outputs that were asked for */
    bool announced[256];
} asked;

static void announce(const void *user, uint32_t inner)
{
    ((asked *)(uintptr_t)user)->announced[inner] = true;
}

static double ask(const void *user, uint32_t inner)
{
    asked *a = (asked *)(uintptr_t)user;
    a->n++;
    cr_assert(a->announced[inner] || a->n == 1, "node %u comes unannounced", (unsigned)inner);
    return a->outputs[inner];
}

/* All labels in order, by the whole tree. */
static void rank_all(const double *logits, uint32_t n, uint32_t *order)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = i;
        for (; at > 0 && logits[order[at - 1]] < logits[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

Test(link, the_best_labels_of_a_tree_are_those_of_the_whole_tree)
{
    uint64_t random = 21;
    enum { MOST = 200 };
    static const double odd[] = {0, 0, 40, -40, 800, -800, INFINITY, -INFINITY, NAN, 1e-300};
    size_t n_asked = 0, n_all = 0;
    for (unsigned round = 0; round < 400; round++) {
        uint32_t n = 1 + random_below(&random, MOST), order[MOST];
        int64_t counts[MOST];
        double outputs[MOST], logits[MOST], nodes[2 * MOST];
        wn__leaf heap[MOST], best[MOST];
        for (uint32_t i = 0; i < n; i++) {
            counts[i] = (int64_t)((n - i) * (1 + random_below(&random, 2)));
            outputs[i] = round % 4 == 3 ? odd[random_below(&random, WN__COUNT(odd))]
                                        : 5 * (double)random_float(&random);
        }
        qsort(counts, n, sizeof *counts, descending);
        wn__heap memory;
        wn__tree tree;
        wn__heap_init(&memory, NULL);
        cr_assert_eq(build(&tree, &memory, counts, n, NULL), WN_OK);
        wn__link_tree(&tree, outputs, nodes, logits);
        wn__link_apply(wn__kernel_best(), WN_LINK_HIERARCHICAL_SOFTMAX, logits, nodes, n);
        cr_assert_float_eq(sum(nodes, n), 1.0, 1e-12, "round %u: %.17g", round, sum(nodes, n));
        rank_all(logits, n, order);
        for (size_t k = 1; k <= n; k += 1 + k / 2) {
            asked a = {outputs, 0, {false}};
            cr_assert_eq(wn__link_tree_best(&tree, ask, announce, &a, k, heap, best), k);
            for (size_t i = 0; i < k; i++) {
                cr_assert_eq(best[i].node, order[i], "round %u, %u labels, k %zu, place %zu", round,
                             (unsigned)n, k, i);
                cr_assert_eq(memcmp(&best[i].logit, &logits[order[i]], sizeof(double)), 0);
            }
            if (k == 1 && n > 100 && round % 4 != 3)
                n_asked += a.n, n_all += n - 1;
            cr_assert_leq(a.n, n - 1);
        }
        wn__heap_free_all(&memory);
    }
    cr_expect_lt(n_asked, n_all / 2); /* most of the tree is left alone */
}
