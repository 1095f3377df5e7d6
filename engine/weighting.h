/* weighting.h - the weights of a text's columns, and the passes that make them from counts. */
#ifndef WN_WEIGHTING_H
#define WN_WEIGHTING_H

#include "spec.h"

/* A column that occurs in a text. */
typedef struct wn__weight {
    double value;
    uint32_t column; /* of its block */
    uint32_t block;
} wn__weight;

/* Counts below this are most of those that occur. */
#define WN__N_LOGS 16

/* One pass over the weights of a text; see wn__spec_pass. */
typedef struct wn__pass {
    bool binary, binarizes, sublinear_tf;
    double logs[WN__N_LOGS]; /* of counts from 1 on, plus 1: as libm has them; sublinear_tf */
    double binarize;
    const double *idf;   /* [n_columns], idf_stride apart, or NULL */
    size_t idf_stride;   /* so that it can lie beside the column's row */
    const double *scale; /* [n_columns] or NULL */
    wn__norm norm;
} wn__pass;

/* Fills in the logs. */
void wn__pass_prepare(wn__pass *pass);

/* What values [n], stride bytes apart, are divided by under a norm, summed in their order; 1 where
 * there is nothing to divide. */
double wn__norm_of(wn__norm norm, const double *values, size_t n, size_t stride);

/* Applies passes to weights [n] in their order. first_column: [n_blocks] what to add to a column
 * for the factors of a pass over all blocks, NULL: nothing. */
void wn__weigh(const wn__pass *passes, size_t n_passes, wn__weight *weights, size_t n,
               const uint32_t *first_column);

#endif /* WN_WEIGHTING_H */
