/* word_table.h - finds the words of a text in a fastText dictionary: one slot of 32 bytes a word,
 * so that a look-up reads one cache line, which can be asked for ahead of time.
 *
 * A slot has the first 16 bytes of its word and says how long it is: most words are told apart
 * without reading them anywhere else. It also has what a known word need not be hashed for:
 * fastText's own hash, which its n-grams are made of.
 *
 * Open addressing, linear probing, two slots of three in use. A table may lie in a file that
 * nobody has checked: whatever its bytes are, a look-up ends, stays inside, and finds an id below
 * n.
 */
#ifndef WN_WORD_TABLE_H
#define WN_WORD_TABLE_H

#include "string_table.h"

typedef struct wn__word_slot {
    uint64_t key[2]; /* the first bytes of the word, zeros behind a shorter one */
    uint32_t id;     /* its index; empty: UINT32_MAX */
    uint32_t len;    /* bytes */
    uint32_t fnv;    /* wn__fnv of the word */
    uint32_t count;  /* features that its row stands for, see fold.c */
} wn__word_slot;

typedef struct wn__word_table {
    const wn__word_slot *slots; /* [n_slots] */
    uint32_t n_slots;
    uint32_t n; /* words; equal ones count once in the slots */
    /* Bit h & filter_mask is set if a word has the hash h, and by chance for some others; or NULL.
     * Most n-grams of a text are in no vocabulary: eight bits a word, in the nearest caches, tell
     * so of nine in ten. */
    const uint64_t *filter;
    uint32_t filter_mask;
} wn__word_table;

/* Longest run of full slots that a look-up walks over. */
#define WN__WORD_MAX_PROBES 4096u

/* A word as look-ups take it. */
typedef struct wn__word {
    const uint8_t *text;
    size_t len;
    uint64_t key[2];
    const wn__word_slot *start; /* where it is, or the slots before */
} wn__word;

/* How many slots a table of n words has. 0: too many words. */
size_t wn__word_table_size(size_t n);

/* Builds the table of strings; slots [n_slots] as wn__word_table_size says. Of equal strings the
 * last one is found when last_wins, otherwise they are CORRUPT and the second's index goes to
 * *duplicate. LIMIT: their hashes collide beyond all reason. */
wn_status wn__word_table_build(wn__word_table *table, wn__word_slot *slots, const wn__strings *s,
                               bool last_wins, uint32_t *duplicate);

/* Makes the filter of a table that was built; bits [wn__word_filter_size(n)]. */
void wn__word_table_add_filter(wn__word_table *table, uint64_t *bits, const wn__strings *s);
size_t wn__word_filter_size(size_t n); /* uint64_t */

/* Is a table from a file the one that would be built of the strings? Counts may be any. */
bool wn__word_table_is_sound(const wn__word_table *table, const wn__strings *s, bool last_wins);

static inline uint64_t wn__word_mix(uint64_t hash, uint64_t low, uint64_t high)
{
    hash ^= low * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;
    hash ^= high * 0xd6e8feb86659fd93u;
    return hash * 0xa0761d6478bd642fu;
}

/* The first bytes of a word, as its key has them. */
typedef struct wn__word_bytes {
    uint64_t low, high;
} wn__word_bytes;

/* Up to 16 bytes at the end of what may be read, whatever behind them. */
wn__word_bytes wn__word_load_last(const uint8_t *text, size_t n);

/* Goes on with the hash of a word of more than 16 bytes. */
uint64_t wn__word_hash_on(uint64_t hash, const uint8_t *text, size_t len, size_t readable);

/* Up to 16 bytes of text [len], zeros behind them, of which `readable` may be read. */
static inline wn__word_bytes wn__word_load(const uint8_t *text, size_t len, size_t readable)
{
    static const wn__word_bytes masks[17] = {
        {0, 0},
        {0xff, 0},
        {0xffff, 0},
        {0xffffff, 0},
        {0xffffffff, 0},
        {0xffffffffff, 0},
        {0xffffffffffff, 0},
        {0xffffffffffffff, 0},
        {UINT64_MAX, 0},
        {UINT64_MAX, 0xff},
        {UINT64_MAX, 0xffff},
        {UINT64_MAX, 0xffffff},
        {UINT64_MAX, 0xffffffff},
        {UINT64_MAX, 0xffffffffff},
        {UINT64_MAX, 0xffffffffffff},
        {UINT64_MAX, 0xffffffffffffff},
        {UINT64_MAX, UINT64_MAX},
    };
    size_t n = len < 16 ? len : 16;
    wn__word_bytes bytes;
    if (__builtin_expect(readable >= 16, 1))
        memcpy(&bytes, text, sizeof bytes);
    else
        bytes = wn__word_load_last(text, n);
    return (wn__word_bytes){bytes.low & masks[n].low, bytes.high & masks[n].high};
}

/* Makes a word of text [len], of which `readable` >= len bytes may be read. Returns its hash. */
static inline uint64_t wn__word_read(wn__word *word, const uint8_t *text, size_t len,
                                     size_t readable)
{
    wn__word_bytes bytes = wn__word_load(text, len, readable);
    word->text = text;
    word->len = len;
    word->key[0] = bytes.low;
    word->key[1] = bytes.high;
    uint64_t hash = wn__word_mix(len, bytes.low, bytes.high);
    return __builtin_expect(len <= 16, 1) ? hash : wn__word_hash_on(hash, text, len, readable);
}

/* Asks the memory for the slot of a word with its hash. */
static inline void wn__word_ask(const wn__word_table *table, wn__word *word, uint64_t hash)
{
    word->start = table->slots + ((hash >> 32) * table->n_slots >> 32);
    __builtin_prefetch(word->start);
}

/* Both. */
static inline void wn__word_start(const wn__word_table *table, wn__word *word, const uint8_t *text,
                                  size_t len, size_t readable)
{
    wn__word_ask(table, word, wn__word_read(word, text, len, readable));
}

/* The word of the filter that says whether a hash may be there. */
static inline const uint64_t *wn__word_filter(const wn__word_table *table, uint64_t hash)
{
    return &table->filter[((uint32_t)hash & table->filter_mask) / 64];
}

static inline bool wn__word_may_be_there(const wn__word_table *table, uint64_t hash)
{
    return (*wn__word_filter(table, hash) >> (hash & 63) & 1) != 0;
}

/* Are the bytes behind the first 16 those of the word? */
static inline bool wn__word_ends_as(const wn__strings *s, uint32_t id, const wn__word *word)
{
    uint32_t begin = id == 0 ? 0 : s->ends[id - 1], end = s->ends[id];
    return begin <= end && end - begin == word->len && end <= s->n_bytes &&
           memcmp(s->bytes + begin + 16, word->text + 16, word->len - 16) == 0;
}

/* The slot of a word that was started, or NULL. s: the strings that the table was made of. */
static inline const wn__word_slot *wn__word_find(const wn__word_table *table, const wn__strings *s,
                                                 const wn__word *word)
{
    const wn__word_slot *slot = word->start, *end = table->slots + table->n_slots;
    for (uint32_t probes = 0; probes <= WN__WORD_MAX_PROBES; probes++) {
        if (slot->id >= table->n)
            return NULL;
        if (slot->key[0] == word->key[0] && slot->key[1] == word->key[1] &&
            slot->len == word->len && (word->len <= 16 || wn__word_ends_as(s, slot->id, word)))
            return slot;
        if (++slot == end)
            slot = table->slots;
    }
    return NULL;
}

#endif /* WN_WORD_TABLE_H */
