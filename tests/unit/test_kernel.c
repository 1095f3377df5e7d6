/* test_kernel.c - the arithmetic of scoring: plain loops bit for bit, and bits of the dense product
 * that depend on nothing but a row itself. */
#include "kernel/kernel.h"

#include "hash.h"
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

/* The kernels that this machine can run, one after the other. */
#define FOR_EACH_KERNEL(k)                                                                         \
    for (size_t at_ = 0; at_ < wn__n_kernels; at_++)                                               \
        for (const wn__kernel *k = wn__kernels[at_]; k != NULL && k->is_supported(); k = NULL)

Test(kernel, the_best_is_the_first_that_runs_and_the_last_runs_everywhere)
{
    cr_assert_gt(wn__n_kernels, 0);
    cr_assert_eq(wn__kernels[wn__n_kernels - 1], &wn__kernel_portable);
    cr_assert(wn__kernel_portable.is_supported());
    size_t i = 0;
    while (!wn__kernels[i]->is_supported())
        i++;
    cr_assert_eq(wn__kernel_best(), wn__kernels[i]);
}

/* ---- The scan ---- */

static size_t plain_edges(const uint8_t *text, size_t len, bool after_separator, uint32_t *edges)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        bool is_separator = text[i] == 0 || strchr(" \t\n\v\f\r", text[i]) != NULL;
        if (is_separator != after_separator)
            edges[n++] = (uint32_t)i;
        after_separator = is_separator;
    }
    return n;
}

/* Texts that end with the memory that they lie in, and room for edges that does: a sanitizer sees
 * what is read or written behind. */
Test(kernel, edges_are_those_of_a_plain_loop)
{
    uint64_t random = 8;
    FOR_EACH_KERNEL(kernel)
    {
        for (size_t len = 0; len < 400; len++) {
            uint8_t *text = malloc(len > 0 ? len : 1);
            uint32_t expected[400], *found = malloc((len + WN__EDGES_SLACK) * sizeof *found);
            for (unsigned round = 0; round < 12; round++) {
                for (size_t i = 0; i < len; i++) {
                    uint32_t r = random_below(&random, 256);
                    text[i] = round % 3 == 0  ? (uint8_t)r
                              : r % 8 < round ? (uint8_t)("  \t\n\v\f\r\0"[r % 8])
                                              : (uint8_t)(r | 0x21);
                    if (round == 11) /* nothing but edges */
                        text[i] = i % 2 == 0 ? ' ' : 'x';
                }
                bool after = round % 2 == 0;
                size_t n = plain_edges(text, len, after, expected);
                cr_assert_eq(kernel->find_edges(text, len, after, found), n, "%s %zu", kernel->name,
                             len);
                cr_assert_eq(memcmp(found, expected, n * sizeof *found), 0, "%s %zu", kernel->name,
                             len);
            }
            free(text);
            free(found);
        }
        for (unsigned byte = 0; byte < 256; byte++) {
            uint8_t one = (uint8_t)byte;
            uint32_t expected[1], found[1 + WN__EDGES_SLACK];
            cr_assert_eq(kernel->find_edges(&one, 1, true, found),
                         plain_edges(&one, 1, true, expected), "%s byte %u", kernel->name, byte);
        }
    }
}

/* ---- Hashes ---- */

Test(kernel, buckets_of_parts_are_hashes_of_their_bytes)
{
    uint64_t random = 11;
    FOR_EACH_KERNEL(kernel)
    {
        for (unsigned round = 0; round < 3000; round++) {
            uint8_t word[WN__SHORT_WORD + WN__SHORT_PART];
            for (size_t i = 0; i < sizeof word; i++)
                word[i] = (uint8_t)(1 + random_below(&random, 127));
            size_t len = 1 + round % WN__SHORT_WORD, longest = 1 + round % WN__SHORT_PART,
                   shortest = 1 + random_below(&random, (uint32_t)longest);
            uint32_t bucket = round % 5 == 0   ? 1 + random_below(&random, 4)
                              : round % 5 == 1 ? (uint32_t)INT32_MAX - random_below(&random, 4)
                                               : 1 + random_below(&random, 4000000);
            uint32_t buckets[WN__SHORT_PART][WN__SHORT_WORD];
            kernel->hash_parts(word, len, shortest, longest, bucket,
                               (uint32_t)(UINT64_MAX / bucket >> 32), buckets);
            for (size_t n = shortest; n <= longest; n++) {
                for (size_t i = 0; i + n <= len; i++)
                    cr_assert_eq(buckets[n - 1][i], wn__fnv(word + i, n) % bucket,
                                 "%s len %zu part %zu of %zu, bucket %u", kernel->name, len, i, n,
                                 (unsigned)bucket);
            }
        }
    }
}

/* ---- Rows ---- */

/* Beyond what the widest registers hold at once. */
#define MAX_WIDTH 260

Test(kernel, sums_of_rows_are_plain_loops)
{
    uint64_t random = 9;
    FOR_EACH_KERNEL(kernel)
    {
        for (size_t width = 0; width < MAX_WIDTH; width++) {
            size_t stride = width + random_below(&random, 5),
                   n_rows = 1 + random_below(&random, 30);
            /* The last row ends with the table. */
            size_t size = (n_rows - 1) * stride + width;
            float *table = random_floats(&random, size), *y = random_floats(&random, width + 1);
            float *last = malloc((size > 0 ? size : 1) * sizeof *last);
            memcpy(last, table, size * sizeof *last);
            float expected[MAX_WIDTH];
            memcpy(expected, y, (width + 1) * sizeof *y);
            uint32_t ids[50];
            size_t n = random_below(&random, 50);
            for (size_t i = 0; i < n; i++) {
                ids[i] = random_below(&random, (uint32_t)n_rows);
                for (size_t j = 0; j < width; j++)
                    expected[j] += last[ids[i] * stride + j];
            }
            kernel->add_rows(y, last, stride, ids, n, width);
            cr_assert(memcmp(y, expected, (width + 1) * sizeof *y) == 0, "%s, %zu rows of %zu",
                      kernel->name, n, width);
            if (width % 4 == 0) {
                float sums[4][MAX_WIDTH] = {{0}};
                for (size_t i = 0; i < n; i++) {
                    for (size_t j = 0; j < width; j++)
                        sums[i % 4][j] += last[ids[i] * stride + j];
                }
                for (size_t j = 0; j < width; j++)
                    expected[j] = y[j] + ((sums[0][j] + sums[1][j]) + (sums[2][j] + sums[3][j]));
                kernel->add_short_rows(y, last, stride, ids, n, width);
                cr_assert(memcmp(y, expected, (width + 1) * sizeof *y) == 0,
                          "%s, short, %zu of %zu", kernel->name, n, width);
            }
            free(table);
            free(last);
            free(y);
        }
    }
}

Test(kernel, scaled_sums_are_plain_loops)
{
    uint64_t random = 9;
    FOR_EACH_KERNEL(kernel)
    {
        for (size_t width = 0; width < 104; width++) {
            size_t stride = width + random_below(&random, 5),
                   n_rows = 1 + random_below(&random, 30);
            size_t size = (n_rows - 1) * stride + width; /* the last row ends with the table */
            float *table = malloc((size > 0 ? size : 1) * sizeof *table);
            double *wide = malloc((size > 0 ? size : 1) * sizeof *wide), values[50];
            for (size_t i = 0; i < size; i++) {
                table[i] = random_float(&random);
                wide[i] = (double)table[i] / 3;
            }
            double y[105], expected[105], z[105], wide_expected[105];
            for (size_t j = 0; j <= width; j++)
                y[j] = expected[j] = z[j] = wide_expected[j] = (double)random_float(&random) / 7;
            uint32_t ids[50];
            size_t n = random_below(&random, 50);
            for (size_t i = 0; i < n; i++) {
                ids[i] = random_below(&random, (uint32_t)n_rows);
                values[i] = (double)random_float(&random) / 9;
                for (size_t j = 0; j < width; j++) { /* one rounding each */
                    volatile double product = values[i] * (double)table[ids[i] * stride + j];
                    volatile double wide_product = values[i] * wide[ids[i] * stride + j];
                    expected[j] += product;
                    wide_expected[j] += wide_product;
                }
            }
            kernel->add_scaled_f32(y, table, stride, ids, values, n, width);
            kernel->add_scaled_f64(z, wide, stride, ids, values, n, width);
            cr_assert_eq(memcmp(y, expected, (width + 1) * sizeof *y), 0, "%s f32 %zu",
                         kernel->name, width);
            cr_assert_eq(memcmp(z, wide_expected, (width + 1) * sizeof *z), 0, "%s f64 %zu",
                         kernel->name, width);
            free(table);
            free(wide);
        }
    }
}

Test(kernel, dot_products_are_sixteen_sums)
{
    uint64_t random = 9;
    FOR_EACH_KERNEL(kernel)
    {
        for (size_t n = 0; n < 140; n++) {
            float *x = random_floats(&random, n + 1), *y = random_floats(&random, n + 1);
            float sums[16] = {0};
            for (size_t i = 0; i < n; i++) {
                volatile float product = x[i] * y[i];
                sums[i % 16] += product;
            }
            for (size_t half = 8; half > 0; half /= 2) {
                for (size_t lane = 0; lane < half; lane++)
                    sums[lane] += sums[lane + half];
            }
            float dot = kernel->dot_f32(x, y, n);
            cr_assert(memcmp(&dot, &sums[0], sizeof dot) == 0, "%s dot %zu", kernel->name, n);
            free(x);
            free(y);
        }
    }
}

/* ---- Exponentials ---- */

/* Of the exponentials themselves: their sum is 1 where all but one vanish. */
Test(kernel, softmax_is_that_of_long_doubles)
{
    uint64_t random = 15;
    FOR_EACH_KERNEL(kernel)
    {
        for (size_t n = 1; n < 104; n++) {
            double x[104], y[104], portable[104];
            for (unsigned round = 0; round < 60; round++) {
                double scale = pow(10, (double)(round % 6) - 2);
                long double sum = 0, highest = -INFINITY;
                for (size_t i = 0; i < n; i++) {
                    x[i] = scale * (double)random_float(&random);
                    x[i] = round == 58 ? 0 : round == 59 && i % 3 == 0 ? -1.7e308 : x[i];
                    highest = x[i] > highest ? x[i] : highest;
                }
                for (size_t i = 0; i < n; i++)
                    sum += expl(x[i] - highest);
                kernel->softmax(x, y, n);
                for (size_t i = 0; i < n; i++) {
                    long double expected = expl(x[i] - highest) / sum;
                    cr_assert_leq(fabsl(y[i] - expected), 2e-15L * expected + 1e-307L,
                                  "%s, %zu of %zu: %a", kernel->name, i, n, x[i]);
                }
                wn__kernel_portable.softmax(x, portable, n);
                cr_assert_eq(memcmp(y, portable, n * sizeof *y), 0, "%s %zu", kernel->name, n);
                kernel->softmax(x, x, n);
                cr_assert_eq(memcmp(y, x, n * sizeof *y), 0, "in place");
            }
        }
        /* Dense: e^x for x from 0 down to where it vanishes. */
        for (double x = 0; x > -760; x -= 0.00917) {
            double pair[2] = {0, x}, y[2];
            kernel->softmax(pair, y, 2);
            long double expected = expl((long double)x) / (1 + expl((long double)x));
            cr_assert_leq(fabsl(y[1] - expected), 5e-16L * expected + 4e-308L, "%s e^%a",
                          kernel->name, x);
        }
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

/* b [k][n] in panels that end with their memory. */
static float *panels_of(const float *b, size_t k, size_t n)
{
    size_t size;
    cr_assert(wn__panels_size(k, n, &size));
    float *panels = calloc(size, sizeof *panels);
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < n; j++)
            panels[wn__panel_at(k, i, j)] = b[i * n + j];
    }
    return panels;
}

Test(kernel, a_product_is_three_plain_loops)
{
    uint64_t random = 10;
    FOR_EACH_KERNEL(kernel)
    {
        for (unsigned round = 0; round < 300; round++) {
            size_t m = 1 + random_below(&random, 37), k = 1 + random_below(&random, 40);
            size_t n = round < 103 ? round + 1 : 1 + random_below(&random, 70);
            size_t c_stride = n + random_below(&random, 20);
            float *a = random_floats(&random, m * k), *b = random_floats(&random, k * n);
            float *c = random_floats(&random, m * c_stride), *panels = panels_of(b, k, n);
            float *untouched = malloc(m * c_stride * sizeof *c);
            memcpy(untouched, c, m * c_stride * sizeof *c);
            kernel->product(a, panels, c, c_stride, m, k, n);
            for (size_t i = 0; i < m; i++) {
                for (size_t j = 0; j < c_stride; j++) {
                    float expected =
                        j < n ? dot_in_order(a + i * k, b + j, n, k) : untouched[i * c_stride + j];
                    cr_assert(memcmp(&c[i * c_stride + j], &expected, sizeof expected) == 0,
                              "%s: %zu x %zu x %zu at %zu, %zu", kernel->name, m, k, n, i, j);
                }
            }
            free(a);
            free(b);
            free(c);
            free(panels);
            free(untouched);
        }
    }
}

/* ---- The product of doubles ---- */

/* Shapes: the small, odd ones, multiples of every vector width, and those around the limit at which
 * the product is cut into tiles of columns. */
static const uint32_t dims[] = {1, 4, 5, 7, 8, 10, 16, 31, 32, 33, 64, 100, 127, 128, 256, 300};
static const uint32_t widths[] = {4,   5,   7,   8,   10,  15,  16,   17,   31,   33,   64,
                                  324, 100, 127, 176, 255, 256, 1000, 1023, 2048, 4095, 5000};

static double *random_doubles(uint64_t *random, size_t n)
{
    double *values = malloc(n * sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = (double)random_float(random) + 1e-9 * (double)random_float(random);
    return values;
}

static void check_ordered(const double *row, const double *b, const double *c, size_t k, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t l = 0; l < k; l++) {
            volatile double product = row[l] * b[l * n + j];
            sum += product;
        }
        cr_assert_eq(c[j], sum);
    }
}

/* One row in every place of a tile, as above; and each output within rounding of the ordered one.
 */
static void check_doubles(size_t k, size_t n, uint64_t *random)
{
    double *b = random_doubles(random, k * n), *row = random_doubles(random, k),
           *a = random_doubles(random, WN__TILE * k), *c = random_doubles(random, WN__TILE * n),
           *expected = random_doubles(random, n), *ordered = random_doubles(random, n);
    FOR_EACH_KERNEL(kernel)
    {
        kernel->product_f64(row, b, ordered, 1, k, n);
        check_ordered(row, b, ordered, k, n);
    }
    for (size_t j = 0; j < n; j++) {
        double size = 0;
        for (size_t l = 0; l < k; l++) {
            size += fabs(row[l] * b[l * n + j]);
        }
        expected[j] = ((double)k + 1) * size * 0x1p-52; /* what the fast one may differ by */
    }
    for (size_t place = 0; place < WN__TILE; place++) {
        for (size_t i = 0; i < WN__TILE * k; i++)
            a[i] = place % 2 == 0 ? 0 : 1e200 * (double)random_float(random);
        memcpy(a + place * k, row, k * sizeof *a);
        wn__product_fast_f64(wn__kernel_best(), a, b, c, WN__TILE, k, n);
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
