/* collisions.h - keys and strings that were made to meet in one place of a map. For tests of
 * Criterion. */
#ifndef WN_TEST_COLLISIONS_H
#define WN_TEST_COLLISIONS_H

#include "hash.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* The i-th key whose look-up starts in that slot, of those below the limit: wn__idmap_start the
 * other way round. */
static inline uint32_t key_that_starts_in(const wn__idmap *map, uint32_t slot, uint32_t i,
                                          uint32_t limit)
{
    for (uint64_t hash = slot; hash <= UINT32_MAX; hash += (uint64_t)map->mask + 1) {
        uint32_t key = (uint32_t)(hash ^ hash >> 13 ^ hash >> 26) * 0xa5cb9243u; /* the inverse */
        key ^= key >> 16;
        if (key < limit && i-- == 0) {
            cr_assert_eq(wn__idmap_start(map, key), slot);
            return key;
        }
    }
    cr_assert_fail("no such key");
    return 0;
}

/* An array of labels that all start in slots of their own in the first n of a map for n, each with
 * n_behind bytes of 0 behind it. To be freed. */
static inline char *colliding_labels(uint32_t n, size_t n_behind)
{
    wn__heap heap;
    wn__idmap map;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    wn__heap_init(&heap, NULL);
    cr_assert(wn__idmap_init(&map, &heap, n));
    bool *is_taken = calloc(n, sizeof *is_taken);
    fprintf(out, "{\"dtype\":\"str\",\"shape\":[%u],\"values\":[", n);
    for (uint32_t i = 0, n_found = 0; n_found < n; i++) {
        char label[6] = {0};
        for (uint32_t j = 0, rest = i; j < 5; j++, rest /= 26)
            label[j] = (char)('a' + rest % 26);
        uint32_t at = wn__idmap_start(&map, wn__fnv((const uint8_t *)label, 5 + n_behind));
        if (at >= n || is_taken[at])
            continue;
        is_taken[at] = true;
        fprintf(out, "%s\"%s\"", n_found++ > 0 ? "," : "", label);
    }
    fputs("]}", out);
    fclose(out);
    free(is_taken);
    wn__heap_free_all(&heap);
    return text;
}

#endif
