/* string_table.c - builds the map of a string table. */
#include "string_table.h"

wn_status wn__strings_index(wn__strings *s, wn__heap *heap, bool last_wins, uint32_t *duplicate)
{
    if (!wn__idmap_init(&s->map, heap, s->n))
        return WN_ERROR_MEMORY;
    for (uint32_t i = 0; i < s->n; i++) {
        size_t len;
        const uint8_t *p = wn__strings_get(s, i, &len);
        uint32_t hash = wn__strings_hash(p, len);
        wn__idmap_slot *slot = wn__strings_slot(s, p, len, hash);
        if (slot->value != UINT32_MAX) {
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
