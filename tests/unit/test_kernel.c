/* test_kernel.c - the arithmetic of scoring: plain loops bit for bit, and bits of the dense product
 * that depend on nothing but a row itself. */
#include "kernel/kernel.h"

#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static float *random_floats(uint64_t *random, size_t n)
{
    float *p = aligned_alloc(64, (n * sizeof *p + 127) & ~(size_t)63);
    for (size_t i = 0; i < n; i++)
        p[i] = random_float(random);
    return p;
}

/* ---- Rows ---- */

Test(kernel, sums_of_rows_are_plain_loops)
{
    uint64_t random = 9;
    for (size_t n = 0; n < 140; n++) {
        float *x = random_floats(&random, n + 1), *y = random_floats(&random, n + 1);
        float a = random_float(&random), sum[140], product[140];
        double wide[140], wide_x[140], wide_sum[140], mixed[140], wide_a = (double)a / 3;
        for (size_t i = 0; i < n; i++) {
            volatile float scaled = a * x[i]; /* one rounding each */
            sum[i] = y[i] + x[i];
            product[i] = y[i] + scaled;
            wide_x[i] = (double)x[i] / 3;
            wide[i] = (double)y[i] / 7;
            volatile double wide_scaled = wide_a * wide_x[i], mixed_scaled = wide_a * (double)x[i];
            wide_sum[i] = wide[i] + wide_scaled;
            mixed[i] = wide[i] + mixed_scaled;
        }
        float z[141];
        memcpy(z, y, (n + 1) * sizeof *z);
        wn__add_f32(z, x, n);
        cr_assert(memcmp(z, sum, n * sizeof *z) == 0 && z[n] == y[n], "add %zu", n);
        memcpy(z, y, (n + 1) * sizeof *z);
        wn__axpy_f32(z, a, x, n);
        cr_assert(memcmp(z, product, n * sizeof *z) == 0 && z[n] == y[n], "axpy %zu", n);
        double w[141];
        memcpy(w, wide, n * sizeof *w);
        w[n] = 5;
        wn__axpy_f64(w, wide_a, wide_x, n);
        cr_assert(memcmp(w, wide_sum, n * sizeof *w) == 0 && w[n] == 5, "f64 %zu", n);
        memcpy(w, wide, n * sizeof *w);
        wn__axpy_f64_f32(w, wide_a, x, n);
        cr_assert(memcmp(w, mixed, n * sizeof *w) == 0 && w[n] == 5, "f64 += f32 %zu", n);
        free(x);
        free(y);
    }
}

/* ---- Products ---- */

static float dot_in_order(const float *a, const float *b, size_t b_stride, size_t k)
{
    float sum = 0;
    for (size_t i = 0; i < k; i++) {
        volatile float product = a[i] * b[i * b_stride];
        sum += product;
    }
    return sum;
}

Test(kernel, the_ordered_product_is_three_plain_loops)
{
    uint64_t random = 10;
    for (unsigned round = 0; round < 200; round++) {
        size_t m = 1 + random_below(&random, 9), k = 1 + random_below(&random, 40);
        size_t n = 1 + random_below(&random, 70), b_stride = n + random_below(&random, 20);
        size_t c_stride = n + random_below(&random, 20);
        float *a = random_floats(&random, m * k), *b = random_floats(&random, k * b_stride);
        float *c = random_floats(&random, m * c_stride);
        float *untouched = malloc(m * c_stride * sizeof *c);
        memcpy(untouched, c, m * c_stride * sizeof *c);
        wn__product_ordered(a, b, b_stride, c, c_stride, m, k, n);
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < c_stride; j++) {
                float expected = j < n ? dot_in_order(a + i * k, b + j, b_stride, k)
                                       : untouched[i * c_stride + j];
                cr_assert(memcmp(&c[i * c_stride + j], &expected, sizeof expected) == 0,
                          "%zu x %zu x %zu at %zu, %zu", m, k, n, i, j);
            }
        }
        free(a);
        free(b);
        free(c);
        free(untouched);
    }
}

/* Shapes: the small, odd ones, multiples of every vector width, and those around the limit at which
 * the product is cut into tiles of columns. */
static const uint32_t dims[] = {1, 4, 5, 7, 8, 10, 16, 31, 32, 33, 64, 100, 127, 128, 256, 300};
static const uint32_t widths[] = {4,   5,   7,   8,   15,  16,   17,   31,   33,   64,
                                  100, 127, 176, 255, 256, 1000, 1023, 2048, 4095, 5000};

typedef struct shape {
    size_t k, n, stride;
    float *b; /* [k][stride] */
} shape;

static shape make_shape(uint64_t *random, size_t k, size_t n)
{
    size_t stride = (n + 15) & ~(size_t)15;
    return (shape){k, n, stride, random_floats(random, k * stride)};
}

static void multiply(const shape *s, const float *a, float *c)
{
    wn__product_fast(a, s->b, s->stride, c, s->stride, WN__TILE, s->k, s->n);
}

/* Puts one row in every place of a tile, among other rows, zeros and huge numbers, and compares the
 * bits of its outputs. */
static void check_places(const shape *s, uint64_t *random)
{
    float *row = random_floats(random, s->k);
    float *a = random_floats(random, WN__TILE * s->k);
    float *c = random_floats(random, WN__TILE * s->stride);
    float *expected = malloc(s->n * sizeof *expected);
    memset(a, 0, WN__TILE * s->k * sizeof *a);
    memcpy(a, row, s->k * sizeof *a);
    multiply(s, a, c);
    memcpy(expected, c, s->n * sizeof *c);
    for (size_t place = 0; place < WN__TILE; place++) {
        for (unsigned company = 0; company < 3; company++) {
            for (size_t i = 0; i < WN__TILE * s->k; i++) {
                a[i] = company == 0   ? 0.0f
                       : company == 1 ? random_float(random)
                                      : 1e30f * random_float(random);
            }
            memcpy(a + place * s->k, row, s->k * sizeof *a);
            multiply(s, a, c);
            cr_assert(memcmp(c + place * s->stride, expected, s->n * sizeof *c) == 0,
                      "dim %zu, %zu outputs, place %zu, company %u", s->k, s->n, place, company);
        }
    }
    free(row);
    free(a);
    free(c);
    free(expected);
}

Test(kernel, a_row_has_the_same_bits_in_every_place_of_a_tile)
{
    uint64_t random = 11;
    for (size_t d = 0; d < WN__COUNT(dims); d++) {
        for (size_t w = 0; w < WN__COUNT(widths); w++) {
            if (dims[d] * widths[w] > 400000)
                continue;
            shape s = make_shape(&random, dims[d], widths[w]);
            check_places(&s, &random);
            free(s.b);
        }
    }
}

Test(kernel, the_fast_product_differs_from_the_ordered_one_by_rounding_only)
{
    uint64_t random = 12;
    for (unsigned round = 0; round < 60; round++) {
        size_t k = 1 + random_below(&random, 300), n = 1 + random_below(&random, 1500);
        shape s = make_shape(&random, k, n);
        float *a = random_floats(&random, WN__TILE * k);
        float *c = random_floats(&random, WN__TILE * s.stride);
        multiply(&s, a, c);
        for (size_t i = 0; i < WN__TILE; i++) {
            for (size_t j = 0; j < n; j++) {
                double exact = 0, size = 0;
                for (size_t l = 0; l < k; l++) {
                    double product = (double)a[i * k + l] * (double)s.b[l * s.stride + j];
                    exact += product;
                    size += fabs(product);
                }
                /* Each of k additions and products rounds once, by at most 2^-24 of its size. */
                double bound = ((double)k + 1) * size * 0x1p-24;
                cr_assert_leq(fabs((double)c[i * s.stride + j] - exact), bound);
            }
        }
        free(a);
        free(c);
        free(s.b);
    }
}

Test(kernel, fewer_rows_than_a_tile_are_products_too)
{
    uint64_t random = 13;
    shape s = make_shape(&random, 24, 40);
    float *a = random_floats(&random, 20 * 24), *c = random_floats(&random, 20 * s.stride);
    for (size_t m = 1; m <= 20; m++) { /* above WN__TILE it is cut */
        wn__product_fast(a, s.b, s.stride, c, s.stride, m, s.k, s.n);
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < s.n; j++) {
                float expected = dot_in_order(a + i * s.k, s.b + j, s.stride, s.k);
                cr_assert_float_eq(c[i * s.stride + j], expected, 1e-5f);
            }
        }
    }
    free(a);
    free(c);
    free(s.b);
}

/* ---- The product of doubles ---- */

static double *random_doubles(uint64_t *random, size_t n)
{
    double *values = malloc(n * sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = (double)random_float(random) + 1e-9 * (double)random_float(random);
    return values;
}

/* One row in every place of a tile, as above; and each output within rounding of the ordered one.
 */
static void check_doubles(size_t k, size_t n, uint64_t *random)
{
    double *b = random_doubles(random, k * n), *row = random_doubles(random, k),
           *a = random_doubles(random, WN__TILE * k), *c = random_doubles(random, WN__TILE * n),
           *expected = random_doubles(random, n), *ordered = random_doubles(random, n);
    wn__product_ordered_f64(row, b, ordered, 1, k, n);
    for (size_t j = 0; j < n; j++) {
        double sum = 0, size = 0;
        for (size_t l = 0; l < k; l++) {
            sum += row[l] * b[l * n + j];
            size += fabs(row[l] * b[l * n + j]);
        }
        cr_assert_eq(ordered[j], sum);
        expected[j] = ((double)k + 1) * size * 0x1p-52; /* what the fast one may differ by */
    }
    for (size_t place = 0; place < WN__TILE; place++) {
        for (size_t i = 0; i < WN__TILE * k; i++)
            a[i] = place % 2 == 0 ? 0 : 1e200 * (double)random_float(random);
        memcpy(a + place * k, row, k * sizeof *a);
        wn__product_fast_f64(a, b, c, WN__TILE, k, n);
        for (size_t j = 0; j < n && place == 0; j++) {
            cr_assert_leq(fabs(c[j] - ordered[j]), expected[j]);
            expected[j] = c[j];
        }
        cr_assert(memcmp(c + place * n, expected, n * sizeof *c) == 0,
                  "dim %zu, %zu outputs, place %zu", k, n, place);
    }
    free(a), free(b), free(c), free(row), free(expected), free(ordered);
}

Test(kernel, the_product_of_doubles_has_the_same_bits_in_every_place)
{
    uint64_t random = 14;
    for (size_t d = 0; d < WN__COUNT(dims); d++) {
        for (size_t w = 0; w < WN__COUNT(widths); w++) {
            if (dims[d] * widths[w] <= 200000)
                check_doubles(dims[d], widths[w], &random);
        }
        check_doubles(dims[d], 1, &random);
    }
    check_doubles(4096, 3, &random);
}
