/* counter.h - how often each feature occurs in a paragraph. */
#ifndef WN_COUNTER_H
#define WN_COUNTER_H

#include "base.h"

/* An id with this bit counts -1. */
#define WN__NEGATIVE 0x80000000u

typedef struct wn__count {
    uint32_t id;
    int32_t value; /* saturates; negative or 0 is possible with signed hashing */
} wn__count;

/* Counts ids; memory grows with the number of different ids only. Zeroed: empty. */
typedef struct wn__counter {
    wn__buffer ids;    /* uint32_t [n_ids], as they came */
    wn__buffer sorted; /* uint32_t [n_ids], for sorting */
    wn__buffer counts; /* wn__count [n] of those before them, by ascending id */
    wn__buffer merged; /* wn__count, of both */
    size_t n_ids;
    uint32_t n;
} wn__counter;

/* Forgets everything but keeps the memory. */
void wn__counter_clear(wn__counter *counter);

/* Counts ids [n], each once. False: out of memory. */
bool wn__counter_add(wn__counter *counter, wn__heap *heap, const uint32_t *ids, size_t n);

/* The counts [counter->n], by ascending id, until more is added; NULL: out of memory. */
const wn__count *wn__counter_sorted(wn__counter *counter, wn__heap *heap);

#endif /* WN_COUNTER_H */
