/* counter.c - ids are gathered, sorted, and equal ones counted.
 *
 * Many ids are sorted piece by piece, and each piece is merged with the counts so far. A piece has
 * at least twice as many ids as there are counts, so that merging costs no more than sorting,
 * however long the text is.
 */
#include "counter.h"

/* Ids of the first piece: more than most paragraphs have, and all of it stays in the cache. */
#define FIRST_PIECE 4096

void wn__counter_clear(wn__counter *counter)
{
    counter->n_ids = 0;
    counter->n = 0;
}

/* ---- Sorting ---- */

static inline uint32_t digit_of(uint32_t id, unsigned shift, uint32_t mask)
{
    return (id & ~WN__NEGATIVE) >> shift & mask;
}

/* Sorts ids [n] by `n_passes` digits of `width` bits, the lowest first; other [n] is for the
 * passes. Returns which of both has the result. */
WN__ALWAYS_INLINE const uint32_t *sort_by(uint32_t *ids, uint32_t *other, size_t n,
                                          unsigned n_passes, unsigned width)
{
    uint32_t ends[4][256];
    const uint32_t mask = (1u << width) - 1;
    for (unsigned pass = 0; pass < n_passes; pass++)
        memset(ends[pass], 0, (mask + 1) * sizeof ends[pass][0]);
    for (size_t i = 0; i < n; i++) {
        uint32_t id = ids[i];
        for (unsigned pass = 0; pass < n_passes; pass++)
            ends[pass][digit_of(id, pass * width, mask)]++;
    }
    for (unsigned pass = 0; pass < n_passes; pass++) {
        uint32_t begin = 0;
        for (uint32_t digit = 0; digit <= mask; digit++) {
            uint32_t count = ends[pass][digit];
            ends[pass][digit] = begin;
            begin += count;
        }
        for (size_t i = 0; i < n; i++) {
            uint32_t id = ids[i], *end = &ends[pass][digit_of(id, pass * width, mask)];
            other[(*end)++] = id;
        }
        uint32_t *swap = ids;
        ids = other;
        other = swap;
    }
    return ids;
}

/* The digits are as narrow as the largest id lets them: a paragraph has about a hundred ids, and
 * each digit of eight bits has more counters than that. */
static const uint32_t *sort_ids(uint32_t *ids, uint32_t *other, size_t n)
{
    uint32_t all = 0;
    for (size_t i = 0; i < n; i++)
        all |= ids[i];
    unsigned n_bits = 32 - (unsigned)__builtin_clz((all & ~WN__NEGATIVE) | 1);
    unsigned n_passes = (n_bits + 7) / 8, width = (n_bits + n_passes - 1) / n_passes;
    switch (n_passes) { /* one that the compiler knows: 6 % of the time of a tf-idf model */
    case 1:
        return sort_by(ids, other, n, 1, width);
    case 2:
        return sort_by(ids, other, n, 2, width);
    case 3:
        return sort_by(ids, other, n, 3, width);
    default:
        return sort_by(ids, other, n, 4, width);
    }
}

/* ---- Counting ---- */

/* Counts runs of equal ids [n]; returns how many there are. Without a branch: which ids are equal
 * is hard to guess. */
static uint32_t count_runs(const uint32_t *ids, size_t n, wn__count *counts)
{
    uint32_t n_counts = 0, before = UINT32_MAX;
    int32_t value = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t id = ids[i] & ~WN__NEGATIVE;
        int32_t one = (ids[i] & WN__NEGATIVE) != 0 ? -1 : 1;
        value = (id == before ? value : 0) + one;
        n_counts += id != before;
        before = id;
        counts[n_counts - 1] = (wn__count){id, value};
    }
    return n_counts;
}

static int32_t sum_of(int32_t a, int32_t b)
{
    int32_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return a > 0 ? INT32_MAX : INT32_MIN;
    return sum;
}

/* Merges counts a and b, each ascending; returns how many there are. */
static uint32_t merge(const wn__count *a, uint32_t n_a, const wn__count *b, uint32_t n_b,
                      wn__count *out)
{
    uint32_t i = 0, j = 0, n = 0;
    while (i < n_a && j < n_b) {
        if (a[i].id == b[j].id) {
            out[n++] = (wn__count){a[i].id, sum_of(a[i].value, b[j].value)};
            i++;
            j++;
        } else {
            out[n++] = a[i].id < b[j].id ? a[i++] : b[j++];
        }
    }
    while (i < n_a)
        out[n++] = a[i++];
    while (j < n_b)
        out[n++] = b[j++];
    return n;
}

/* Counts the ids that were gathered. */
static bool settle(wn__counter *counter, wn__heap *heap)
{
    size_t n = counter->n_ids, most = n + counter->n;
    if (n == 0)
        return true;
    if (!wn__buffer_reserve(heap, &counter->sorted, n, sizeof(uint32_t), 0))
        return false;
    if (counter->n == 0) {
        if (!wn__buffer_reserve(heap, &counter->counts, n, sizeof(wn__count), 0))
            return false;
        const uint32_t *ids = sort_ids(counter->ids.data, counter->sorted.data, n);
        counter->n = count_runs(ids, n, counter->counts.data);
    } else {
        if (!wn__buffer_reserve(heap, &counter->merged, most + n, sizeof(wn__count), 0))
            return false;
        wn__count *merged = counter->merged.data, *piece = merged + most;
        const uint32_t *ids = sort_ids(counter->ids.data, counter->sorted.data, n);
        uint32_t n_piece = count_runs(ids, n, piece);
        counter->n = merge(counter->counts.data, counter->n, piece, n_piece, merged);
        wn__buffer swap = counter->counts;
        counter->counts = counter->merged;
        counter->merged = swap;
    }
    counter->n_ids = 0;
    return true;
}

bool wn__counter_add(wn__counter *counter, wn__heap *heap, const uint32_t *ids, size_t n)
{
    while (n > 0) {
        if (counter->n_ids >= FIRST_PIECE && counter->n_ids / 2 >= counter->n &&
            !settle(counter, heap))
            return false;
        size_t most = 2 * (size_t)counter->n < FIRST_PIECE ? FIRST_PIECE : 2 * (size_t)counter->n;
        size_t part = n < most - counter->n_ids ? n : most - counter->n_ids;
        if (!wn__buffer_reserve(heap, &counter->ids, counter->n_ids + part, sizeof *ids,
                                counter->n_ids * sizeof *ids))
            return false;
        memcpy((uint32_t *)counter->ids.data + counter->n_ids, ids, part * sizeof *ids);
        counter->n_ids += part;
        ids += part;
        n -= part;
    }
    return true;
}

const wn__count *wn__counter_sorted(wn__counter *counter, wn__heap *heap)
{
    static const wn__count nothing = {0, 0};
    if (!settle(counter, heap))
        return NULL;
    return counter->n > 0 ? counter->counts.data : &nothing;
}
