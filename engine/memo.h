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

#define WN__MEMO_SIZE ((size_t)1 << 20) /* bytes, or a part of the model's: */
#define WN__MEMO_PART 32

/* A place, and its sum behind it. */
typedef struct wn__memo_place {
    uint64_t key[2];
    uint32_t len;   /* bytes of the word; 0: empty, others at most 16 */
    uint32_t owner; /* wn__memo.owner when it was written */
    uint64_t count; /* rows in the sum */
} wn__memo_place;

typedef struct wn__memo {
    wn__buffer places; /* [n][stride] bytes */
    size_t n, stride;  /* n: a power of two */
    uint32_t owner;    /* one number for each change of model */
    size_t width;
    const void *model;
    uint64_t checksum;
} wn__memo;

/* Makes room for sums of `width` floats of a model with n_rows of them, and forgets those of
 * another one. */
static inline bool wn__memo_open(wn__memo *memo, wn__heap *heap, const void *model,
                                 uint64_t checksum, size_t width, size_t n_rows)
{
    if (memo->model == model && memo->checksum == checksum && memo->width == width)
        return true;
    size_t part = n_rows * width * sizeof(float) / WN__MEMO_PART;
    size_t size = part > WN__MEMO_SIZE ? part : WN__MEMO_SIZE;
    size_t stride = (sizeof(wn__memo_place) + width * sizeof(float) + 63) & ~(size_t)63, n = 1;
    while (2 * n * stride <= size)
        n *= 2;
    void *before = memo->places.data;
    memo->model = NULL;
    if (!wn__buffer_reserve(heap, &memo->places, n, stride, 0))
        return false;
    if (memo->places.data != before || memo->stride != stride || memo->owner == UINT32_MAX) {
        memset(memo->places.data, 0, memo->places.cap);
        memo->owner = 0;
    }
    memo->owner++;
    memo->n = n;
    memo->stride = stride;
    memo->model = model;
    memo->checksum = checksum;
    memo->width = width;
    return true;
}

/* The place of a word of at most 16 bytes. */
static inline wn__memo_place *wn__memo_place_of(const wn__memo *memo, const wn__word *word)
{
    uint64_t hash = wn__word_mix(word->len, word->key[0], word->key[1]);
    size_t at = (size_t)(hash >> 32) & (memo->n - 1);
    return (wn__memo_place *)(void *)((unsigned char *)memo->places.data + at * memo->stride);
}

/* The sum of a place. */
static inline float *wn__memo_sum(wn__memo_place *place)
{
    return (float *)(void *)(place + 1);
}

/* Does the place hold the word? */
static inline bool wn__memo_has(const wn__memo *memo, const wn__memo_place *place,
                                const wn__word *word)
{
    return place->key[0] == word->key[0] && place->key[1] == word->key[1] &&
           place->len == word->len && place->owner == memo->owner;
}

#endif /* WN_MEMO_H */
