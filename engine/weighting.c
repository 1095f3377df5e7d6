/* weighting.c - from counts to weights: scikit-learn's TfidfTransformer, normalizers and scalers.
 *
 * Each number goes through the same operations in the same order as in the trainer, all in doubles;
 * the norm is summed in the order of the weights, which is that of the trainer's columns.
 */
#include "weighting.h"

#include <math.h>

double wn__norm_of(wn__norm norm, const double *values, size_t n, size_t stride)
{
    const unsigned char *p = (const unsigned char *)values;
    double sum = 0;
    for (size_t i = 0; i < n && norm != WN__NORM_NONE; i++, p += stride) {
        double x;
        memcpy(&x, p, sizeof x);
        if (norm == WN__NORM_L2)
            sum += x * x;
        else if (norm == WN__NORM_L1)
            sum += fabs(x);
        else
            sum = fabs(x) > sum ? fabs(x) : sum;
    }
    if (!(sum > 0))
        return 1.0;
    return norm == WN__NORM_L2 ? sqrt(sum) : sum;
}

static size_t factor_of(const wn__weight *weight, const uint32_t *first_column)
{
    return weight->column + (first_column != NULL ? (size_t)first_column[weight->block] : 0);
}

void wn__pass_prepare(wn__pass *pass)
{
    for (size_t i = 1; i < WN__N_LOGS; i++)
        pass->logs[i] = log((double)i) + 1.0;
}

static double log_of(const wn__pass *pass, double x)
{
    if (x > 0 && x < WN__N_LOGS && x == (double)(unsigned)x)
        return pass->logs[(unsigned)x];
    return x != 0 ? log(x) + 1.0 : x;
}

static void apply(const wn__pass *pass, wn__weight *weights, size_t n, const uint32_t *first_column)
{
    for (size_t i = 0; i < n; i++) {
        double x = weights[i].value;
        if (pass->binary)
            x = 1.0;
        if (pass->binarizes)
            x = x > pass->binarize ? 1.0 : 0.0;
        if (pass->sublinear_tf)
            x = log_of(pass, x);
        if (pass->idf != NULL)
            x *= pass->idf[factor_of(&weights[i], first_column) * pass->idf_stride];
        weights[i].value = x;
    }
    if (pass->norm != WN__NORM_NONE && n > 0) {
        double norm = wn__norm_of(pass->norm, &weights[0].value, n, sizeof *weights);
        for (size_t i = 0; i < n; i++)
            weights[i].value /= norm;
    }
    for (size_t i = 0; i < n && pass->scale != NULL; i++)
        weights[i].value *= pass->scale[factor_of(&weights[i], first_column)];
}

void wn__weigh(const wn__pass *passes, size_t n_passes, wn__weight *weights, size_t n,
               const uint32_t *first_column)
{
    for (size_t i = 0; i < n_passes; i++)
        apply(&passes[i], weights, n, first_column);
}
