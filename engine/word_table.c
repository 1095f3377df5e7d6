/* word_table.c - builds and checks tables of words. */
#include "word_table.h"

wn__word_bytes wn__word_load_last(const uint8_t *text, size_t n)
{
    wn__word_bytes bytes = {0, 0};
    memcpy(&bytes, text, n);
    return bytes;
}

uint64_t wn__word_hash_on(uint64_t hash, const uint8_t *text, size_t len, size_t readable)
{
    for (size_t at = 16; at < len; at += 16) {
        wn__word_bytes more = wn__word_load(text + at, len - at, readable - at);
        hash = wn__word_mix(hash, more.low, more.high);
    }
    return hash;
}

size_t wn__word_table_size(size_t n)
{
    size_t n_slots = n + n / 2 + 16;
    return n > WN__MAX_ROWS ? 0 : n_slots;
}

/* A full slot without a word behind it, or too many full ones in a row: look-ups would be slow. */
static bool has_long_runs(const wn__word_table *table)
{
    /* Once around, and on until a run that crosses the end would have shown. */
    size_t n = (size_t)table->n_slots + WN__WORD_MAX_PROBES, run = 0;
    for (size_t i = 0, at = 0; i < n && run < WN__WORD_MAX_PROBES; i++) {
        run = table->slots[at].id == UINT32_MAX ? 0 : run + 1;
        at = at + 1 < table->n_slots ? at + 1 : 0;
    }
    return run >= WN__WORD_MAX_PROBES;
}

/* Where the word is, or the empty slot where it belongs; NULL: neither is near. */
static const wn__word_slot *find_place(const wn__word_table *table, const wn__strings *s,
                                       const wn__word *word)
{
    const wn__word_slot *found = wn__word_find(table, s, word), *slot = word->start;
    if (found != NULL)
        return found;
    for (uint32_t probes = 0; probes < WN__WORD_MAX_PROBES; probes++) {
        if (slot->id == UINT32_MAX)
            return slot;
        if (++slot == table->slots + table->n_slots)
            slot = table->slots;
    }
    return NULL;
}

wn_status wn__word_table_build(wn__word_table *table, wn__word_slot *slots, const wn__strings *s,
                               bool last_wins, uint32_t *duplicate)
{
    *table =
        (wn__word_table){.slots = slots, .n_slots = (uint32_t)wn__word_table_size(s->n), .n = s->n};
    memset(slots, 0xff, table->n_slots * sizeof *slots);
    for (uint32_t i = 0; i < s->n; i++) {
        size_t len;
        const uint8_t *p = wn__strings_get(s, i, &len);
        wn__word word;
        wn__word_start(table, &word, p, len, s->n_bytes - (size_t)(p - s->bytes));
        const wn__word_slot *place = find_place(table, s, &word);
        if (place == NULL)
            return WN_ERROR_LIMIT;
        if (place->id != UINT32_MAX && !last_wins) {
            *duplicate = i;
            return WN_ERROR_CORRUPT;
        }
        slots[place - slots] = (wn__word_slot){.key = {word.key[0], word.key[1]},
                                               .id = i,
                                               .len = (uint32_t)len,
                                               .fnv = wn__fnv(p, len),
                                               .count = 1};
    }
    return has_long_runs(table) ? WN_ERROR_LIMIT : WN_OK;
}

size_t wn__word_filter_size(size_t n)
{
    size_t n_bits = 64;
    while (n_bits < 8 * n && n_bits < (size_t)1 << 31)
        n_bits *= 2;
    return n_bits / 64;
}

void wn__word_table_add_filter(wn__word_table *table, uint64_t *bits, const wn__strings *s)
{
    size_t size = wn__word_filter_size(s->n);
    memset(bits, 0, size * sizeof *bits);
    table->filter = bits;
    table->filter_mask = (uint32_t)(size * 64 - 1);
    for (uint32_t i = 0; i < s->n; i++) {
        size_t len;
        const uint8_t *p = wn__strings_get(s, i, &len);
        wn__word word;
        uint64_t hash = wn__word_read(&word, p, len, s->n_bytes - (size_t)(p - s->bytes));
        bits[((uint32_t)hash & table->filter_mask) / 64] |= (uint64_t)1 << (hash & 63);
    }
}

bool wn__word_table_is_sound(const wn__word_table *table, const wn__strings *s, bool last_wins)
{
    if (table->n != s->n || table->n_slots != wn__word_table_size(s->n) || has_long_runs(table))
        return false;
    size_t n_full = 0, n_found = 0;
    for (size_t i = 0; i < table->n_slots; i++)
        n_full += table->slots[i].id != UINT32_MAX;
    for (uint32_t i = 0; i < s->n; i++) {
        size_t len;
        const uint8_t *p = wn__strings_get(s, i, &len);
        wn__word word;
        wn__word_start(table, &word, p, len, s->n_bytes - (size_t)(p - s->bytes));
        const wn__word_slot *slot = wn__word_find(table, s, &word);
        if (slot == NULL || slot->fnv != wn__fnv(p, len) || (slot->id != i && !last_wins) ||
            slot->id < i)
            return false;
        n_found += slot->id == i;
    }
    return n_full == n_found;
}
