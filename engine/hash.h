/* hash.h - the hash functions that models and files are made of. */
#ifndef WN_HASH_H
#define WN_HASH_H

#include "base.h"

/* fastText's 32-bit FNV-1a: every byte is sign-extended before the XOR, a quirk that models depend
 * on. Source: fastText 0.9.2, Dictionary::hash. */
#define WN__FNV_START 2166136261u

static inline uint32_t wn__fnv_step(uint32_t hash, uint8_t byte)
{
    int32_t extended = (int8_t)byte;
    return (hash ^ (uint32_t)extended) * 16777619u;
}

static inline uint32_t wn__fnv(const uint8_t *bytes, size_t len)
{
    uint32_t hash = WN__FNV_START;
    for (size_t i = 0; i < len; i++)
        hash = wn__fnv_step(hash, bytes[i]);
    return hash;
}

/* MurmurHash3_x86_32 with seed 0, as scikit-learn's HashingVectorizer uses it. Source: Austin
 * Appleby's public-domain description. */
uint32_t wn__murmur3(const uint8_t *bytes, size_t len);

/* XXH3-64: names a file's content; not a defence against forgery. */
uint64_t wn__xxh3(const uint8_t *bytes, size_t len);

/* The same of a file in which the eight bytes at `hole` count as zero. */
uint64_t wn__xxh3_with_hole(const uint8_t *bytes, size_t len, size_t hole);

/* The same piece by piece, in the order of the file. */
typedef struct wn__xxh3_state {
    _Alignas(64) unsigned char bytes[640]; /* the library's own state */
} wn__xxh3_state;
void wn__xxh3_begin(wn__xxh3_state *state);
void wn__xxh3_add(wn__xxh3_state *state, const uint8_t *bytes, size_t len);
uint64_t wn__xxh3_end(wn__xxh3_state *state);

/* ---- idmap: 32-bit keys to 32-bit values, several values a key allowed ---- */

typedef struct wn__idmap_slot {
    uint32_t key, value; /* value UINT32_MAX: empty */
} wn__idmap_slot;

/* Open addressing, linear probing, at most half full. */
typedef struct wn__idmap {
    wn__idmap_slot *slots; /* [mask + 1] */
    uint32_t mask;
} wn__idmap;

/* Longest run of slots that an insertion or a look-up may walk. Honest keys stay far below it at
 * half load; keys made to collide would make building the map quadratic, and keys made to lie side
 * by side would make every look-up of an unknown key walk over all of them. */
#define WN__IDMAP_MAX_PROBES 4096u

/* Makes room for n values. False: out of memory. */
bool wn__idmap_init(wn__idmap *map, wn__heap *heap, size_t n);

/* Adds a pair; false when the keys collide beyond all reason. */
bool wn__idmap_insert(wn__idmap *map, uint32_t key, uint32_t value);

/* To be asked once all pairs are in: false when a run of full slots is longer than that. */
bool wn__idmap_is_sound(const wn__idmap *map);

/* FNV and bucket ids have weak low bits: mix before masking (the finaliser of MurmurHash3). */
static inline uint32_t wn__idmap_start(const wn__idmap *map, uint32_t key)
{
    key ^= key >> 16;
    key *= 0x85ebca6bu;
    key ^= key >> 13;
    return key & map->mask;
}

/* The only value of key, or UINT32_MAX. */
static inline uint32_t wn__idmap_find(const wn__idmap *map, uint32_t key)
{
    for (uint32_t at = wn__idmap_start(map, key);; at = (at + 1) & map->mask) {
        const wn__idmap_slot *slot = &map->slots[at];
        if (slot->value == UINT32_MAX || slot->key == key)
            return slot->value;
    }
}

#endif /* WN_HASH_H */
