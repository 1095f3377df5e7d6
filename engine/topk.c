/* topk.c - a heap of the k best labels so far, the worst on top, sorted at the end. */
#include "topk.h"

/* Is label a ranked behind label b? */
static bool is_worse(const double *scores, uint32_t a, uint32_t b)
{
    return scores[a] < scores[b] || (!(scores[a] > scores[b]) && a > b);
}

/* Sinks label from the top of heap [n], the worst label on top. */
static void sink(const double *scores, uint32_t *heap, uint32_t n, uint32_t at, uint32_t label)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= n)
            break;
        if (child + 1 < n && is_worse(scores, heap[child + 1], heap[child]))
            child++;
        if (!is_worse(scores, heap[child], label))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = label;
}

uint32_t wn__topk(const double *scores, uint32_t n, uint32_t k, uint32_t *labels)
{
    if (k > n)
        k = n;
    if (k == 0)
        return 0;
    for (uint32_t i = 0; i < k; i++)
        labels[i] = i;
    for (uint32_t i = k / 2; i-- > 0;)
        sink(scores, labels, k, i, labels[i]);
    for (uint32_t i = k; i < n; i++) {
        if (is_worse(scores, labels[0], i))
            sink(scores, labels, k, 0, i);
    }
    for (uint32_t i = k; i-- > 1;) { /* the worst goes last */
        uint32_t last = labels[i];
        labels[i] = labels[0];
        sink(scores, labels, i, 0, last);
    }
    return k;
}
