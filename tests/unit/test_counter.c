/* test_counter.c - counts of features against a plain array; ranking against a full sort. */
#include "counter.h"

#include "support.h"
#include "topk.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

/* ---- Counter ---- */

enum { UNIVERSE = 5000 };

/* Adds value times an id: as often as that is, with its sign; zero times is once and once less. */
static bool add(wn__counter *counter, wn__heap *heap, uint32_t id, int32_t value)
{
    uint32_t ids[2] = {id, id | WN__NEGATIVE};
    bool is_done = value != 0 || wn__counter_add(counter, heap, ids, 2);
    for (; value > 0 && is_done; value--)
        is_done = wn__counter_add(counter, heap, &ids[0], 1);
    for (; value < 0 && is_done; value++)
        is_done = wn__counter_add(counter, heap, &ids[1], 1);
    return is_done;
}

/* Compares a counter with the counts in expected; touched says which ids were added. */
static void check(wn__counter *counter, wn__heap *heap, const int64_t *expected,
                  const bool *touched)
{
    uint32_t n = 0;
    for (uint32_t id = 0; id < UNIVERSE; id++)
        n += touched[id];
    const wn__count *counts = wn__counter_sorted(counter, heap);
    cr_assert_not_null(counts);
    cr_assert_eq(counter->n, n);
    uint32_t at = 0;
    for (uint32_t id = 0; id < UNIVERSE; id++) {
        if (!touched[id])
            continue;
        cr_assert_eq(counts[at].id, id * 214013u, "place %u", at);
        cr_assert_eq(counts[at].value, expected[id]);
        at++;
    }
}

Test(counter, counts_as_a_plain_array_does_and_sorts_by_id)
{
    tally t = {0};
    wn_allocator allocator = tally_allocator(&t);
    wn__heap heap;
    wn__heap_init(&heap, &allocator);
    wn__counter counter = {0};
    uint64_t random = 4;
    static int64_t expected[UNIVERSE];
    static bool touched[UNIVERSE];
    /* Up and down and up again; the large ones are sorted in several pieces. */
    static const uint32_t rounds[] = {0,   1,    2,    127, 128, 129, 255,  256, 257,  511,
                                      512, 1000, 5000, 3,   0,   700, 1024, 9,   4999, 1};
    for (size_t r = 0; r < WN__COUNT(rounds); r++) {
        memset(expected, 0, sizeof expected);
        memset(touched, 0, sizeof touched);
        wn__counter_clear(&counter);
        cr_assert_eq(counter.n, 0);
        for (uint32_t i = 0; i < rounds[r] * 3; i++) {
            uint32_t id = i < rounds[r] ? i : random_below(&random, rounds[r]);
            int32_t value = (int32_t)random_below(&random, 5) - 2;
            expected[id] += value;
            touched[id] = true;
            cr_assert(add(&counter, &heap, id * 214013u, value));
        }
        /* Ids are multiples of an odd number below 2^32 / 5000: ascending order is kept. */
        check(&counter, &heap, expected, touched);
    }
    size_t n_allocated = atomic_load(&t.n_allocated);
    for (unsigned round = 0; round < 3; round++) {
        wn__counter_clear(&counter);
        for (uint32_t id = 0; id < UNIVERSE; id++)
            cr_assert(add(&counter, &heap, id, 1));
        cr_assert_not_null(wn__counter_sorted(&counter, &heap));
    }
    cr_assert_eq(atomic_load(&t.n_allocated), n_allocated, "a warm counter allocates nothing");
    wn__heap_free_all(&heap);
    cr_assert_eq(atomic_load(&t.n_live), 0);
}

/* All ids at once, many times over: pieces that end anywhere, in memory for the different ones. */
Test(counter, memory_grows_with_the_different_ids_alone)
{
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    wn__counter counter = {0};
    static uint32_t ids[1000];
    uint64_t random = 8;
    int64_t expected[50] = {0};
    size_t held = 0;
    for (unsigned round = 0; round < 3000; round++) {
        size_t n = random_below(&random, 1000);
        for (size_t i = 0; i < n; i++) {
            uint32_t id = random_below(&random, 50);
            bool is_negative = id % 3 == 0 && random_below(&random, 4) > 0;
            ids[i] = is_negative ? id | WN__NEGATIVE : id;
            expected[id] += is_negative ? -1 : 1;
        }
        cr_assert(wn__counter_add(&counter, &heap, ids, n));
        if (round == 100)
            held = heap.held;
    }
    const wn__count *counts = wn__counter_sorted(&counter, &heap);
    cr_assert_eq(counter.n, 50);
    for (uint32_t id = 0; id < 50; id++)
        cr_assert(counts[id].id == id && counts[id].value == expected[id]);
    cr_assert_leq(heap.held, held + 70000);
    wn__counter_clear(&counter);
    cr_assert_not_null(wn__counter_sorted(&counter, &heap));
    cr_assert_eq(counter.n, 0);
    wn__heap_free_all(&heap);
}

Test(counter, survives_a_failed_allocation)
{
    for (size_t fail = 1; fail < 40; fail++) {
        tally t = {0};
        wn_allocator allocator = tally_allocator(&t);
        wn__heap heap;
        wn__heap_init(&heap, &allocator);
        wn__counter counter = {0};
        tally_fail(&t, fail, false);
        uint32_t added = 0;
        for (uint32_t id = 0; id < 3000; id++) {
            if (add(&counter, &heap, id, 1))
                added++;
            else
                cr_assert(add(&counter, &heap, id, 1) && ++added, "second try");
        }
        const wn__count *counts = wn__counter_sorted(&counter, &heap);
        if (counts == NULL)
            counts = wn__counter_sorted(&counter, &heap);
        cr_assert_eq(added, 3000);
        for (uint32_t id = 0; id < 3000; id++)
            cr_assert(counts[id].id == id && counts[id].value == 1);
        wn__heap_free_all(&heap);
        cr_assert_eq(atomic_load(&t.n_live), 0);
    }
}

/* ---- Top-k ---- */

static const double *sort_scores;

static int by_score_then_label(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (sort_scores[x] != sort_scores[y])
        return sort_scores[x] > sort_scores[y] ? -1 : 1;
    return x < y ? -1 : 1;
}

Test(topk, equals_a_full_sort)
{
    uint64_t random = 5;
    for (unsigned round = 0; round < 3000; round++) {
        double scores[200];
        uint32_t labels[200], sorted[200], n = 1 + random_below(&random, 200);
        uint32_t kinds = 1 + random_below(&random, round % 2 == 0 ? 5 : 1000); /* ties */
        for (uint32_t i = 0; i < n; i++) {
            scores[i] = (double)random_below(&random, kinds) - 2;
            sorted[i] = i;
        }
        if (round % 7 == 0)
            scores[random_below(&random, n)] = -1.7976931348623157e308;
        sort_scores = scores;
        qsort(sorted, n, sizeof *sorted, by_score_then_label);
        uint32_t k = random_below(&random, n + 3);
        uint32_t found = wn__topk(scores, n, k, labels);
        cr_assert_eq(found, k < n ? k : n);
        for (uint32_t i = 0; i < found; i++)
            cr_assert_eq(labels[i], sorted[i], "round %u place %u of %u", round, i, k);
    }
}

Test(topk, negative_zero_ties_with_zero)
{
    const double scores[3] = {-0.0, 0.0, -0.0};
    uint32_t labels[3];
    cr_assert_eq(wn__topk(scores, 3, 3, labels), 3);
    cr_assert(labels[0] == 0 && labels[1] == 1 && labels[2] == 2);
    cr_assert_eq(wn__topk(scores, 3, 0, labels), 0);
}
