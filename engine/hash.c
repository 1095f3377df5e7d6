/* hash.c - MurmurHash3, XXH3, and the open-addressing map. */
#include "hash.h"

#define XXH_STATIC_LINKING_ONLY /* a state on the stack: no allocation behind our back */
#include <xxhash.h>

static uint32_t rotate_left(uint32_t v, int bits)
{
    return v << bits | v >> (32 - bits);
}

static uint32_t murmur3_scramble(uint32_t k)
{
    return rotate_left(k * 0xcc9e2d51u, 15) * 0x1b873593u;
}

uint32_t wn__murmur3(const uint8_t *bytes, size_t len)
{
    uint32_t h = 0;
    size_t n_words = len / 4;
    for (size_t i = 0; i < n_words; i++) {
        uint32_t k;
        memcpy(&k, bytes + 4 * i, sizeof k);
        h = rotate_left(h ^ murmur3_scramble(k), 13) * 5 + 0xe6546b64u;
    }
    uint32_t tail = 0;
    for (size_t i = len; i-- > 4 * n_words;)
        tail = tail << 8 | bytes[i];
    h ^= murmur3_scramble(tail);
    h ^= (uint32_t)len;
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    return h ^ h >> 16;
}

uint64_t wn__xxh3(const uint8_t *bytes, size_t len)
{
    return XXH3_64bits(bytes, len);
}

uint64_t wn__xxh3_with_hole(const uint8_t *bytes, size_t len, size_t hole)
{
    static const uint8_t zeros[8] = {0};
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, bytes, hole);
    XXH3_64bits_update(&state, zeros, sizeof zeros);
    XXH3_64bits_update(&state, bytes + hole + sizeof zeros, len - hole - sizeof zeros);
    return XXH3_64bits_digest(&state);
}

_Static_assert(sizeof(XXH3_state_t) <= sizeof(wn__xxh3_state), "the state fits");

void wn__xxh3_begin(wn__xxh3_state *state)
{
    XXH3_64bits_reset((XXH3_state_t *)(void *)state->bytes);
}

void wn__xxh3_add(wn__xxh3_state *state, const uint8_t *bytes, size_t len)
{
    XXH3_64bits_update((XXH3_state_t *)(void *)state->bytes, bytes, len);
}

uint64_t wn__xxh3_end(wn__xxh3_state *state)
{
    return XXH3_64bits_digest((XXH3_state_t *)(void *)state->bytes);
}

bool wn__idmap_init(wn__idmap *map, wn__heap *heap, size_t n)
{
    size_t n_slots = 16;
    while (n_slots < 2 * n && n_slots < ((size_t)1 << 31))
        n_slots *= 2;
    map->slots = wn__heap_alloc(heap, n_slots, sizeof *map->slots);
    if (map->slots == NULL)
        return false;
    memset(map->slots, 0xff, n_slots * sizeof *map->slots);
    map->mask = (uint32_t)(n_slots - 1);
    return true;
}

bool wn__idmap_insert(wn__idmap *map, uint32_t key, uint32_t value)
{
    uint32_t at = wn__idmap_start(map, key);
    for (uint32_t probes = 0; map->slots[at].value != UINT32_MAX; probes++) {
        if (probes >= WN__IDMAP_MAX_PROBES || probes >= map->mask)
            return false;
        at = (at + 1) & map->mask;
    }
    map->slots[at].key = key;
    map->slots[at].value = value;
    return true;
}

bool wn__idmap_is_sound(const wn__idmap *map)
{
    /* Once around, and on until a run that crosses the end would have shown. */
    size_t n = (size_t)map->mask + 1 + WN__IDMAP_MAX_PROBES, run = 0;
    for (size_t i = 0; i < n && run <= WN__IDMAP_MAX_PROBES; i++)
        run = map->slots[i & map->mask].value == UINT32_MAX ? 0 : run + 1;
    return run <= WN__IDMAP_MAX_PROBES;
}
