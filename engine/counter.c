/* counter.c - a small hash table from ids to counts, cleared in time proportional to its content.
 *
 * Whoever writes a text chooses the ids, and can choose them so that they lie side by side in a
 * table that he knows. So ids are multiplied with a number that he does not: an address. It decides
 * where in the table an id lies and nothing else; the counts do not depend on it.
 */
#include "counter.h"

static wn__count *counts_of(const wn__counter *counter)
{
    return counter->counts.data;
}

static uint32_t start_of(const wn__idmap *map, uint32_t factor, uint32_t id)
{
    return wn__idmap_start(map, id * factor);
}

void wn__counter_clear(wn__counter *counter)
{
    /* Insertions in order and no removals: walking the ids again in reverse empties every slot. */
    for (uint32_t i = counter->n; i-- > 0;) {
        uint32_t at = start_of(&counter->map, counter->factor, counts_of(counter)[i].id);
        while (counter->map.slots[at].value == UINT32_MAX ||
               counter->map.slots[at].key != counts_of(counter)[i].id)
            at = (at + 1) & counter->map.mask;
        counter->map.slots[at].value = UINT32_MAX;
    }
    counter->n = 0;
}

static bool grow(wn__counter *counter, wn__heap *heap)
{
    uint32_t n = counter->n;
    size_t room = n < 128 ? 256 : 2 * (size_t)n;
    wn__idmap map;
    if (!wn__buffer_reserve(heap, &counter->counts, room, sizeof(wn__count),
                            n * sizeof(wn__count)) ||
        !wn__idmap_init(&map, heap, room))
        return false;
    wn__heap_free(heap, counter->map.slots);
    counter->map = map;
    counter->factor = (uint32_t)((uintptr_t)map.slots * UINT64_C(0x9e3779b97f4a7c15) >> 32) | 1;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = start_of(&map, counter->factor, counts_of(counter)[i].id);
        while (map.slots[at].value != UINT32_MAX)
            at = (at + 1) & map.mask;
        map.slots[at] = (wn__idmap_slot){counts_of(counter)[i].id, i};
    }
    return true;
}

bool wn__counter_add(wn__counter *counter, wn__heap *heap, uint32_t id, int32_t value)
{
    if (counter->map.slots == NULL || counter->n > counter->map.mask / 2) {
        if (!grow(counter, heap))
            return false;
    }
    uint32_t at = start_of(&counter->map, counter->factor, id);
    for (;; at = (at + 1) & counter->map.mask) {
        wn__idmap_slot *slot = &counter->map.slots[at];
        if (slot->value == UINT32_MAX)
            break;
        if (slot->key == id) {
            wn__count *count = &counts_of(counter)[slot->value];
            if (__builtin_add_overflow(count->value, value, &count->value))
                count->value = value > 0 ? INT32_MAX : INT32_MIN;
            return true;
        }
    }
    if (!wn__buffer_reserve(heap, &counter->counts, (size_t)counter->n + 1, sizeof(wn__count),
                            counter->n * sizeof(wn__count)))
        return false;
    counter->map.slots[at] = (wn__idmap_slot){id, counter->n};
    counts_of(counter)[counter->n++] = (wn__count){id, value};
    return true;
}

/* Sorts n counts into out by the byte of their ids at `shift`, stable. False: all have the same,
 * and nothing was done. */
static bool sort_by_byte(const wn__count *from, size_t n, unsigned shift, wn__count *out)
{
    size_t ends[256] = {0};
    for (size_t i = 0; i < n; i++)
        ends[from[i].id >> shift & 255]++;
    if (ends[from[0].id >> shift & 255] == n)
        return false;
    for (size_t byte = 1; byte < 256; byte++)
        ends[byte] += ends[byte - 1];
    for (size_t i = n; i-- > 0;)
        out[--ends[from[i].id >> shift & 255]] = from[i];
    return true;
}

wn__count *wn__counter_sorted(wn__counter *counter, wn__heap *heap)
{
    /* Into a copy: the table still needs its order. By bytes, the lowest first: a third of the time
     * of merging for the bench's hundred ids. */
    size_t n = counter->n;
    if (!wn__buffer_reserve(heap, &counter->spare, 2 * n, sizeof(wn__count), 0))
        return NULL;
    wn__count *from = counter->spare.data, *to = from + n;
    if (n > 0)
        memcpy(from, counter->counts.data, n * sizeof *from);
    for (unsigned shift = 0; shift < 32 && n > 1; shift += 8) {
        if (!sort_by_byte(from, n, shift, to))
            continue;
        wn__count *swap = from;
        from = to;
        to = swap;
    }
    return from;
}
