/* string_table.c - builds the map of a string table. */
#include "string_table.h"

/* The slot of the string, or NULL when it is not in the map yet. */
static wn__idmap_slot *find_slot(wn__strings *s, const uint8_t *p, size_t len, uint32_t hash)
{
    for (uint32_t at = wn__idmap_start(&s->map, hash);; at = (at + 1) & s->map.mask) {
        wn__idmap_slot *slot = &s->map.slots[at];
        if (slot->value == UINT32_MAX)
            return NULL;
        size_t n;
        if (slot->key == hash) {
            const uint8_t *q = wn__strings_get(s, slot->value, &n);
            if (n == len && memcmp(p, q, len) == 0)
                return slot;
        }
    }
}

wn_status wn__strings_index(wn__strings *s, wn__heap *heap, bool last_wins, uint32_t *duplicate)
{
    if (!wn__idmap_init(&s->map, heap, s->n))
        return WN_ERROR_MEMORY;
    for (uint32_t i = 0; i < s->n; i++) {
        size_t len;
        const uint8_t *p = wn__strings_get(s, i, &len);
        uint32_t hash = wn__strings_hash(p, len);
        wn__idmap_slot *slot = find_slot(s, p, len, hash);
        if (slot != NULL) {
            *duplicate = i;
            if (!last_wins)
                return WN_ERROR_CORRUPT;
            slot->value = i;
        } else if (!wn__idmap_insert(&s->map, hash, i)) {
            return WN_ERROR_LIMIT;
        }
    }
    return wn__idmap_is_sound(&s->map) ? WN_OK : WN_ERROR_LIMIT;
}
