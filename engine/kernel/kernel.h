/* kernel.h - the arithmetic of scoring: sums of weighted rows.
 *
 * Every kernel works on each output element in a fixed order, with one rounding per operation and
 * no fused multiply-add, so its bits depend on nothing but its inputs. One output is one lane: a
 * wider machine works on more outputs at once, never on one sum in another order.
 */
#ifndef WN_KERNEL_H
#define WN_KERNEL_H

#include "base.h"

/* y[i] += x[i] */
void wn__add_f32(float *y, const float *x, size_t n);

/* y[i] += a * x[i] */
void wn__axpy_f32(float *y, float a, const float *x, size_t n);
void wn__axpy_f64(double *y, double a, const double *x, size_t n);
void wn__axpy_f64_f32(double *y, double a, const float *x, size_t n);

/* The sum of a[i] * b[i], in sixteen sums side by side that are then added pairwise. */
float wn__dot_f32(const float *a, const float *b, size_t n);

/* c = a b: a [m][k], b [k][n] with rows b_stride apart, c [m][n] with rows c_stride apart. Each
 * element of c is summed over k in ascending order, starting from 0. */
void wn__product_ordered(const float *a, const float *b, size_t b_stride, float *c, size_t c_stride,
                         size_t m, size_t k, size_t n);

/* The same on OpenBLAS where it may be used (blas.c), else ordered. An element's bits depend on its
 * row of a, its column of b and m alone, for m <= 8. */
void wn__product_fast(const float *a, const float *b, size_t b_stride, float *c, size_t c_stride,
                      size_t m, size_t k, size_t n);

/* The same for doubles, all rows next to each other. */
void wn__product_ordered_f64(const double *a, const double *b, double *c, size_t m, size_t k,
                             size_t n);
void wn__product_fast_f64(const double *a, const double *b, double *c, size_t m, size_t k,
                          size_t n);

/* The largest m for which wn__product_fast and wn__product_fast_f64 keep their promise. */
#define WN__TILE 8

#endif /* WN_KERNEL_H */
