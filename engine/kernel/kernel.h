/* kernel.h - the arithmetic of scoring, and the scan for words: what has one version for each kind
 * of processor.
 *
 *     wn__kernels[]   portable, avx2, avx512: one source (lanes.h), compiled for each
 *     blas.c          dense products on OpenBLAS, or on a kernel's own
 *
 * Every kernel works on each output element in a fixed order, with one rounding per operation and
 * no fused multiply-add, so its bits depend on nothing but its inputs: all kernels give the same.
 * One output is one lane: a wider machine works on more outputs at once, never on one sum in
 * another order.
 */
#ifndef WN_KERNEL_H
#define WN_KERNEL_H

#include "base.h"

/* The longest word, and its longest part, that kernels hash. */
#define WN__SHORT_WORD 32
#define WN__SHORT_PART 6

/* What is written behind the edges of a text, at most. */
#define WN__EDGES_SLACK 16

typedef struct wn__kernel {
    const char *name;
    bool (*is_supported)(void); /* by the processor that runs this */

    /* Finds where fastText's separators (space, \t \n \v \f \r, NUL) begin and end in text[0..len):
     * the bytes that are one while the byte before is none, or the other way round, in ascending
     * order; after_separator says what the byte before the first is. Returns how many. edges: room
     * for len + WN__EDGES_SLACK. */
    size_t (*find_edges)(const uint8_t *text, size_t len, bool after_separator, uint32_t *edges);

    /* Hashes the parts of a short word of ASCII: buckets[n][i] is wn__fnv(word + i, n + 1) % bucket
     * for n from shortest - 1 to below longest and i + n below len <= WN__SHORT_WORD; others are
     * any numbers. The word has to be readable for WN__SHORT_WORD + longest bytes. inverse: (2^32 -
     * 1) / bucket. */
    void (*hash_parts)(const uint8_t *word, size_t len, size_t shortest, size_t longest,
                       uint32_t bucket, uint32_t inverse, uint32_t buckets[][WN__SHORT_WORD]);

    /* y[j] += table[ids[i] * stride + j] for i = 0, 1, ... n - 1, all j below width. */
    void (*add_rows)(float *y, const float *table, size_t stride, const uint32_t *ids, size_t n,
                     size_t width);

    /* The same for short rows whose order does not matter: four sums, of the rows i % 4 = 0, 1, 2
     * and 3, are added pairwise and then to y, so that no addition waits for the one before. width:
     * a multiple of 4. */
    void (*add_short_rows)(float *y, const float *table, size_t stride, const uint32_t *ids,
                           size_t n, size_t width);

    /* y[j] += values[i] * table[ids[i] * stride + j] for i = 0, 1, ... n - 1, all j below width. */
    void (*add_scaled_f64)(double *y, const double *table, size_t stride, const uint32_t *ids,
                           const double *values, size_t n, size_t width);
    void (*add_scaled_f32)(double *y, const float *table, size_t stride, const uint32_t *ids,
                           const double *values, size_t n, size_t width);

    /* The sum of a[i] * b[i], in sixteen sums side by side that are then added pairwise. */
    float (*dot_f32)(const float *a, const float *b, size_t n);

    /* y[i] = e^x[i] / sum of all e^x, for finite x, n > 0; may be in place. Eight sums side by side
     * are added pairwise; each exponential is within 2 units in the last place. */
    void (*softmax)(const double *x, double *y, size_t n);

    /* c = a b: a [m][k], b [k][n] in panels, c [m][n] with rows c_stride apart. Each element of c
     * is summed over k in ascending order, starting from 0. */
    void (*product)(const float *a, const float *panels, float *c, size_t c_stride, size_t m,
                    size_t k, size_t n);

    /* c = a b for doubles: a [m][k], b [k][n], c [m][n]; the same order. */
    void (*product_f64)(const double *a, const double *b, double *c, size_t m, size_t k, size_t n);
} wn__kernel;

/* Panels of a matrix b [k][n]: WN__PANEL columns after the other, each panel by rows, the last one
 * filled up with zeros. So a product reads b from its begin to its end, a cache line a step. */
#define WN__PANEL 16

/* Floats in the panels of a matrix; false when they are too many. */
static inline bool wn__panels_size(size_t k, size_t n, size_t *size)
{
    return n <= SIZE_MAX - WN__PANEL &&
           wn__mul((n + WN__PANEL - 1) / WN__PANEL * WN__PANEL, k, size);
}

/* Where element (row, column) of a matrix with k rows is in its panels. */
static inline size_t wn__panel_at(size_t k, size_t row, size_t column)
{
    return column / WN__PANEL * WN__PANEL * k + row * WN__PANEL + column % WN__PANEL;
}

/* All of them, the best first; the last one runs everywhere. */
extern const wn__kernel *const wn__kernels[];
extern const size_t wn__n_kernels;
extern const wn__kernel wn__kernel_portable, wn__kernel_avx2, wn__kernel_avx512;

/* The first that the processor supports. */
const wn__kernel *wn__kernel_best(void);

/* ---- Dense products (blas.c) ---- */

/* kernel->product_f64 on OpenBLAS where it may be used, else itself. An element's bits depend on
 * its row of a, its column of b and m alone, for m <= WN__TILE. */
void wn__product_fast_f64(const wn__kernel *kernel, const double *a, const double *b, double *c,
                          size_t m, size_t k, size_t n);

/* The largest m for which it keeps its promise. */
#define WN__TILE 8

#endif /* WN_KERNEL_H */
