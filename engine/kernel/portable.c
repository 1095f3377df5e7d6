/* portable.c - the reference kernels: plain loops that any compiler can vectorise by lanes. */
#include "kernel.h"

void wn__add_f32(float *restrict y, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += x[i];
}

void wn__axpy_f32(float *restrict y, float a, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

void wn__axpy_f64(double *restrict y, double a, const double *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

void wn__axpy_f64_f32(double *restrict y, double a, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * (double)x[i];
}

float wn__dot_f32(const float *restrict a, const float *restrict b, size_t n)
{
    float sums[16] = {0};
    size_t i = 0;
    for (; n - i >= 16; i += 16) {
        for (size_t lane = 0; lane < 16; lane++)
            sums[lane] += a[i + lane] * b[i + lane];
    }
    for (size_t lane = 0; i + lane < n; lane++)
        sums[lane] += a[i + lane] * b[i + lane];
    for (size_t half = 8; half > 0; half /= 2) {
        for (size_t lane = 0; lane < half; lane++)
            sums[lane] += sums[lane + half];
    }
    return sums[0];
}

void wn__product_ordered(const float *a, const float *b, size_t b_stride, float *c, size_t c_stride,
                         size_t m, size_t k, size_t n)
{
    for (size_t i = 0; i < m; i++) {
        float *row = c + i * c_stride;
        memset(row, 0, n * sizeof *row);
        for (size_t j = 0; j < k; j++)
            wn__axpy_f32(row, a[i * k + j], b + j * b_stride, n);
    }
}

void wn__product_ordered_f64(const double *a, const double *b, double *c, size_t m, size_t k,
                             size_t n)
{
    for (size_t i = 0; i < m; i++) {
        memset(c + i * n, 0, n * sizeof *c);
        for (size_t j = 0; j < k; j++)
            wn__axpy_f64(c + i * n, a[i * k + j], b + j * n, n);
    }
}
