/* counter.h - how often each feature occurs in a paragraph. */
#ifndef WN_COUNTER_H
#define WN_COUNTER_H

#include "hash.h"

typedef struct wn__count {
    uint32_t id;
    int32_t value; /* saturates; negative or 0 is possible with signed hashing */
} wn__count;

/* Counts ids; memory grows with the number of different ids only. Zeroed: empty. */
typedef struct wn__counter {
    wn__buffer counts; /* wn__count [n], in order of appearance until sorted */
    wn__buffer spare;  /* the same, for sorting */
    uint32_t n;
    uint32_t factor; /* odd, see counter.c */
    wn__idmap map;   /* id * factor -> index into counts; its keys are ids */
} wn__counter;

/* Forgets everything but keeps the memory. */
void wn__counter_clear(wn__counter *counter);

/* Adds value to the count of id. False: out of memory. */
bool wn__counter_add(wn__counter *counter, wn__heap *heap, uint32_t id, int32_t value);

/* The counts [n], by ascending id; NULL: out of memory. Afterwards only clear is allowed. */
wn__count *wn__counter_sorted(wn__counter *counter, wn__heap *heap);

#endif /* WN_COUNTER_H */
