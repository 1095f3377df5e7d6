/* blas.c - dense products on OpenBLAS; the only file that includes cblas.h.
 *
 * OpenBLAS 0.3.21 has edges that the tiles below avoid:
 *   - From 16 rows up, the bits of a row depend on its place in the call; up to 8 rows they did not
 *     for any shape tried (tests/unit/test_kernel.c). So a call has at most WN__TILE rows.
 *   - Above m * n * k = 262,144 it may use several threads, which a fork in the host can deadlock
 *     on and which make bits depend on the number of threads. So columns are cut into tiles below.
 *   - The serial build gives wrong numbers when several threads call it. Which build is linked is
 *     decided when the program starts: openblas_get_parallel tells, and with the serial one our own
 *     kernel does the work (a lock of ours would not cover the host's calls).
 *   - At its first product it takes 128 MiB of address space, and without that room it
 *     tries for ever. So products that are not worth a call are not its business: a small model
 *     never waits for it.
 *   - With AVX-512 it takes memory for the columns behind the last whole eight when there are one
 *     to four, and does not look whether it got any. So it never sees such a rest: the last eight
 *     columns are multiplied together, some of them for the second time.
 */
#include "kernel.h"

#ifdef WN_NO_BLAS

void wn__product_fast_f64(const wn__kernel *kernel, const double *a, const double *b, double *c,
                          size_t m, size_t k, size_t n)
{
    kernel->product_f64(a, b, c, m, k, n);
}

#else

#include <cblas.h>

#define SINGLE_THREADED_WORK 262144u /* m * n * k */

#define SMALL_MATRIX 256u /* k * n: not worth a call */

#define LANES 8u /* columns that OpenBLAS does at a time */

/* Columns of a product that one thread does, or 0: OpenBLAS is not to be used. */
static size_t tile_width(size_t k, size_t n)
{
    if (k * n <= SMALL_MATRIX || n < LANES || openblas_get_parallel() == OPENBLAS_SEQUENTIAL)
        return 0;
    return SINGLE_THREADED_WORK / (WN__TILE * k) & ~(size_t)15;
}

/* c[rows][columns] = a[rows][k] * b[k][columns]; rows of b and c are n apart. */
static void multiply(const double *a, const double *b, double *c, size_t rows, size_t k, size_t n,
                     size_t columns)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)rows, (blasint)columns,
                (blasint)k, 1.0, a, (blasint)k, b, (blasint)n, 0.0, c, (blasint)n);
}

void wn__product_fast_f64(const wn__kernel *kernel, const double *a, const double *b, double *c,
                          size_t m, size_t k, size_t n)
{
    size_t width = tile_width(k, n);
    if (width == 0) {
        kernel->product_f64(a, b, c, m, k, n);
        return;
    }
    for (size_t i = 0; i < m; i += WN__TILE) {
        size_t rows = m - i < WN__TILE ? m - i : WN__TILE;
        for (size_t j = 0; j < n; j += width) {
            size_t columns = n - j < width ? n - j : width, rest = columns % LANES;
            if (columns >= LANES)
                multiply(a + i * k, b + j, c + i * n + j, rows, k, n, columns - rest);
            if (rest > 0) /* n is at least LANES */
                multiply(a + i * k, b + n - LANES, c + (i + 1) * n - LANES, rows, k, n, LANES);
        }
    }
}

#endif
