/* sort.h - sorts in place and without memory of its own, which qsort does not promise. */
#ifndef WN_SORT_H
#define WN_SORT_H

#include "base.h"

/* Sorts items [n] of `size` bytes, at most WN__SORT_SIZE, into an order in which none is behind the
 * one after it. Equal items may change places: where that shows, is_behind has to tell them apart.
 */
#define WN__SORT_SIZE 64
void wn__sort(void *items, size_t n, size_t size, bool (*is_behind)(const void *a, const void *b));

#endif /* WN_SORT_H */
