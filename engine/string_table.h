/* string_table.h - a table of byte strings, found by content: dictionaries, vocabularies, labels.
 */
#ifndef WN_STRING_TABLE_H
#define WN_STRING_TABLE_H

#include "hash.h"

/* n strings in one block; string i is bytes[start(i) .. ends[i]). */
typedef struct wn__strings {
    const uint8_t *bytes;
    const uint32_t *ends; /* [n] ascending */
    uint32_t n;
    size_t n_bytes;
    wn__idmap map; /* hash -> index; empty until wn__strings_index */
} wn__strings;

static inline const uint8_t *wn__strings_get(const wn__strings *s, uint32_t i, size_t *len)
{
    uint32_t begin = i == 0 ? 0 : s->ends[i - 1];
    *len = s->ends[i] - begin;
    return s->bytes + begin;
}

/* The hash of a string in the map. Dictionaries share FNV with fastText's bucket hashing, which
 * computes it anyway. */
static inline uint32_t wn__strings_hash(const uint8_t *p, size_t len)
{
    return wn__fnv(p, len);
}

/* Builds the map. Of equal strings the last one is found when last_wins, otherwise equal strings
 * are an error whose second index goes to *duplicate. */
wn_status wn__strings_index(wn__strings *s, wn__heap *heap, bool last_wins, uint32_t *duplicate);

/* The slot of the string p[0..len) with its hash; an empty one where it is not in the map. */
static inline wn__idmap_slot *wn__strings_slot(const wn__strings *s, const uint8_t *p, size_t len,
                                               uint32_t hash)
{
    for (uint32_t at = wn__idmap_start(&s->map, hash);; at = (at + 1) & s->map.mask) {
        wn__idmap_slot *slot = &s->map.slots[at];
        if (slot->value == UINT32_MAX)
            return slot;
        if (slot->key == hash) {
            size_t n;
            const uint8_t *q = wn__strings_get(s, slot->value, &n);
            if (n == len && memcmp(p, q, len) == 0)
                return slot;
        }
    }
}

/* The index of the string, or UINT32_MAX. */
static inline uint32_t wn__strings_find(const wn__strings *s, const uint8_t *p, size_t len,
                                        uint32_t hash)
{
    return wn__strings_slot(s, p, len, hash)->value;
}

#endif /* WN_STRING_TABLE_H */
