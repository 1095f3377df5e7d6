/* sort.c - heap sort: n log n whatever the order was. */
#include "sort.h"

/* Puts `moved` into the heap items [n] at the hole `at`, the item that goes last on top. */
static void sink_down(unsigned char *items, size_t n, size_t size, size_t at,
                      const unsigned char *moved, bool (*is_behind)(const void *a, const void *b))
{
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && is_behind(items + (child + 1) * size, items + child * size))
            child++;
        if (!is_behind(items + child * size, moved))
            break;
        memcpy(items + at * size, items + child * size, size);
    }
    memcpy(items + at * size, moved, size);
}

void wn__sort(void *items, size_t n, size_t size, bool (*is_behind)(const void *a, const void *b))
{
    unsigned char *p = items, moved[WN__SORT_SIZE];
    for (size_t i = n / 2; i-- > 0;) {
        memcpy(moved, p + i * size, size);
        sink_down(p, n, size, i, moved, is_behind);
    }
    for (size_t i = n; i-- > 1;) {
        memcpy(moved, p + i * size, size);
        memcpy(p + i * size, p, size);
        sink_down(p, i, size, 0, moved, is_behind);
    }
}
