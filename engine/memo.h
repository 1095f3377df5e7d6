/* memo.h - sums of rows that a context remembers: those of the subwords of words that no dictionary
 * has, which come again and again in a text.
 *
 * A table of sets of four words, and behind it spare rows, where sums are made. It takes a
 * mebibyte, or a 32nd of the model's rows where that is more, or five rows where these are more. A
 * new word takes the place of the one of its set that was asked for least: how often is counted,
 * half of it is forgotten with every sixteenth new word, and equal ones give way in turn. What is
 * found is what would be computed, bit for bit, so a memo changes nothing but time. It belongs to
 * one context and holds the sums of one model at a time.
 *
 * Of the unknown words of English text in lid.176 76 % are found; with one place for a word, in the
 * same memory, it would be 60 %.
 */
#ifndef WN_MEMO_H
#define WN_MEMO_H

#include "word_table.h"

#define WN__MEMO_SIZE ((size_t)1 << 20) /* bytes, or a part of the model's: */
#define WN__MEMO_PART 32
#define WN__MEMO_WAYS 4
#define WN__MEMO_LONGEST 15 /* bytes of a word; the last one of its key tells who wrote it */
#define WN__MEMO_SPARE 64   /* rows for sums that are not remembered yet, at most */

/* The words of a set, a cache line: the bytes of the word, zeros, and the memo's owner. */
typedef struct wn__memo_keys {
    uint64_t keys[WN__MEMO_WAYS][2];
} wn__memo_keys;

/* What is known of them. */
typedef struct wn__memo_set {
    uint32_t counts[WN__MEMO_WAYS]; /* rows in the sum */
    uint8_t used[WN__MEMO_WAYS];    /* how often it was found, lately */
    uint32_t n_new;                 /* words that took a place */
} wn__memo_set;

typedef struct wn__memo {
    wn__buffer buffer;
    wn__memo_keys *keys; /* [n] */
    wn__memo_set *sets;  /* [n] */
    float *sums;         /* [WN__MEMO_WAYS * n + n_spare][width] */
    size_t n, n_spare, width;
    uint64_t owner; /* one number of 1 .. 255 for each change of model; 0: nobody */
    const void *model;
    uint64_t checksum;
} wn__memo;

/* Makes room for sums of `width` floats of a model with n_rows of them, and forgets those of
 * another one. False: out of memory. */
bool wn__memo_open(wn__memo *memo, wn__heap *heap, const void *model, uint64_t checksum,
                   size_t width, size_t n_rows);

/* The set of a word. */
static inline uint32_t wn__memo_set_of(const wn__memo *memo, const wn__word *word)
{
    uint64_t hash = wn__word_mix(word->len, word->key[0], word->key[1]);
    return (uint32_t)((hash >> 32) * memo->n >> 32);
}

/* Asks the memory for it. */
static inline void wn__memo_ask(const wn__memo *memo, uint32_t set)
{
    __builtin_prefetch(&memo->keys[set]);
    __builtin_prefetch(&memo->sets[set]);
}

static inline uint64_t wn__memo_key_end(const wn__memo *memo, const wn__word *word)
{
    return word->key[1] | memo->owner << 56;
}

/* The place of the word in its set; WN__MEMO_WAYS: none. A place that is empty or another model's
 * is none: its owner is another, and a word that is short enough has a zero there. */
static inline uint32_t wn__memo_find(const wn__memo *memo, uint32_t set, const wn__word *word)
{
    const wn__memo_keys *k = &memo->keys[set];
    const uint64_t begin = word->key[0], end = wn__memo_key_end(memo, word);
    uint32_t found = 0;
    for (uint32_t way = 0; way < WN__MEMO_WAYS; way++) /* without a branch: any may be it */
        found |= (uint32_t)(((k->keys[way][0] ^ begin) | (k->keys[way][1] ^ end)) == 0) << way;
    found &= (uint32_t)(word->len > WN__MEMO_LONGEST) - 1;
    return (uint32_t)__builtin_ctz(found | 1U << WN__MEMO_WAYS);
}

/* The row of the sum in a place. */
static inline uint32_t wn__memo_row(uint32_t set, uint32_t way)
{
    return set * WN__MEMO_WAYS + way;
}

/* Notes that the place was found and returns the rows in its sum; of WN__MEMO_WAYS nothing and 0.
 * Without a branch, as well. */
static inline uint32_t wn__memo_use(wn__memo *memo, uint32_t set, uint32_t way)
{
    wn__memo_set *s = &memo->sets[set];
    uint32_t is_there = way < WN__MEMO_WAYS, at = way % WN__MEMO_WAYS;
    s->used[at] = (uint8_t)(s->used[at] + (is_there & (s->used[at] < UINT8_MAX)));
    return s->counts[at] & (0 - is_there);
}

/* Remembers the sum of the `count` rows of a word, unless the word is too long or is there. */
void wn__memo_put(wn__memo *memo, uint32_t set, const wn__word *word, const float *sum,
                  uint32_t count);

#endif /* WN_MEMO_H */
