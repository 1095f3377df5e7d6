/* memo.h - sums of rows that a context remembers: those of the subwords of words that no dictionary
 * has, which come again and again in a text.
 *
 * A table of fixed size, one place a word; a newer word takes the place of an older one. What is
 * found is what would be computed, bit for bit, so a memo changes nothing but time. It belongs to
 * one context and holds the sums of one model at a time.
 */
#ifndef WN_MEMO_H
#define WN_MEMO_H

#include "word_table.h"

#define WN__MEMO_PLACES 16384u          /* fewer where sums are long: */
#define WN__MEMO_SIZE ((size_t)1 << 20) /* bytes at most */

typedef struct wn__memo_place {
    uint64_t key[2];
    uint32_t len;   /* bytes of the word; 0: empty, others at most 16 */
    uint32_t owner; /* wn__memo.owner when it was written */
    uint64_t count; /* rows in the sum */
} wn__memo_place;

typedef struct wn__memo {
    wn__buffer places; /* wn__memo_place [WN__MEMO_PLACES], the first n are in use */
    wn__buffer sums;   /* float [n][width] */
    size_t n, width;   /* n: a power of two */
    uint32_t owner;    /* one number for each change of model */
    const void *model;
    uint64_t checksum;
} wn__memo;

/* Makes room for sums of `width` floats of a model, and forgets those of another one. */
static inline bool wn__memo_open(wn__memo *memo, wn__heap *heap, const void *model,
                                 uint64_t checksum, size_t width)
{
    if (memo->model == model && memo->checksum == checksum && memo->width == width)
        return true;
    bool is_new = memo->places.data == NULL;
    memo->model = NULL;
    memo->n = WN__MEMO_PLACES;
    while (memo->n > 1 &&
           memo->n * (sizeof(wn__memo_place) + width * sizeof(float)) > WN__MEMO_SIZE)
        memo->n /= 2;
    if (!wn__buffer_reserve(heap, &memo->places, WN__MEMO_PLACES, sizeof(wn__memo_place), 0) ||
        !wn__buffer_reserve(heap, &memo->sums, memo->n, width * sizeof(float), 0))
        return false;
    if (is_new || memo->owner == UINT32_MAX) {
        memset(memo->places.data, 0, WN__MEMO_PLACES * sizeof(wn__memo_place));
        memo->owner = 0;
    }
    memo->owner++;
    memo->model = model;
    memo->checksum = checksum;
    memo->width = width;
    return true;
}

/* The place of a word of at most 16 bytes. */
static inline wn__memo_place *wn__memo_place_of(const wn__memo *memo, const wn__word *word)
{
    uint64_t hash = wn__word_mix(word->len, word->key[0], word->key[1]);
    return (wn__memo_place *)memo->places.data + (hash >> 40 & (memo->n - 1));
}

/* The sum of a place. */
static inline float *wn__memo_sum(const wn__memo *memo, const wn__memo_place *place)
{
    return (float *)memo->sums.data +
           (size_t)(place - (const wn__memo_place *)memo->places.data) * memo->width;
}

/* Asks the memory for the place of a word that will be looked for. */
static inline void wn__memo_start(const wn__memo *memo, const wn__word *word)
{
    const wn__memo_place *place = wn__memo_place_of(memo, word);
    __builtin_prefetch(place);
    __builtin_prefetch(wn__memo_sum(memo, place));
}

/* Does the place hold the word? */
static inline bool wn__memo_has(const wn__memo *memo, const wn__memo_place *place,
                                const wn__word *word)
{
    return place->key[0] == word->key[0] && place->key[1] == word->key[1] &&
           place->len == word->len && place->owner == memo->owner;
}

#endif /* WN_MEMO_H */
