/* stage.c - norms and matrix products on tiles of rows.
 *
 * A truncated SVD is a table of rows (its components, transposed) with a head, or with a norm
 * between them; the products run on OpenBLAS where it may be used (kernel/blas.c). The tile has a
 * fixed size and its empty rows are zero.
 */
#include "stage.h"

#include "kernel/kernel.h"
#include "weighting.h"

static void add_bias(const wn__stage *stage, double *rows, size_t n)
{
    for (size_t i = 0; i < n && stage->bias != NULL; i++) {
        for (size_t j = 0; j < stage->n_out; j++)
            rows[i * stage->n_out + j] += stage->bias[j];
    }
}

double *wn__stages_run(const wn_model *model, double *from, double *to, size_t n, size_t *width)
{
    *width = model->dim;
    for (uint32_t s = 0; s < model->n_stages; s++) {
        const wn__stage *stage = &model->stages[s];
        for (size_t i = 0; i < n && stage->norm != WN__NORM_NONE; i++) {
            double *row = from + i * *width;
            double norm = wn__norm_of(stage->norm, row, *width, sizeof *row);
            for (size_t j = 0; j < *width; j++)
                row[j] /= norm;
        }
        if (stage->transposed == NULL)
            continue;
        memset(from + n * *width, 0, (WN__TILE - n) * *width * sizeof *from);
        if (model->scoring == WN_SCORING_EXACT)
            model->kernel->product_f64(from, stage->transposed, to, n, stage->n_in, stage->n_out);
        else
            wn__product_fast_f64(model->kernel, from, stage->transposed, to, WN__TILE, stage->n_in,
                                 stage->n_out);
        add_bias(stage, to, n);
        double *swap = from;
        from = to;
        to = swap;
        *width = stage->n_out;
    }
    return from;
}
