/* rows.h - matrices of a model file, decoded row by row. */
#ifndef WN_ROWS_H
#define WN_ROWS_H

#include "spec.h"

/* Rows in memory, ready to be summed. */
typedef struct wn__table {
    const float *f32;  /* [n][stride], or NULL */
    const double *f64; /* [n][stride], or NULL */
    size_t n;
    uint32_t dim, stride; /* stride >= dim; the rest of a row is not used */
} wn__table;

/* Checks that a matrix is sound and has n rows of length dim. where: for messages. */
wn_status wn__matrix_check(const wn__spec *spec, const wn__matrix *matrix, uint64_t n, uint64_t dim,
                           const char *where, wn_error *error);

/* The length of the rows that a matrix says it has; 0 when it says nothing usable. */
uint64_t wn__matrix_dim(const wn__spec *spec, const wn__matrix *matrix);

/* Does the matrix hold doubles? */
bool wn__matrix_is_f64(const wn__spec *spec, const wn__matrix *matrix);

/* Decodes rows first .. first + n of a checked matrix to out, rows stride apart. Product-quantised
 * rows are multiplied by their norms when with_norms, element by element, each product rounded to
 * f32 as fastText does. */
void wn__matrix_read_f32(const wn__spec *spec, const wn__matrix *matrix, size_t first, size_t n,
                         bool with_norms, float *out, size_t stride);

/* Number i of an array of f64, f32 or f16. */
double wn__array_number(const wn__array *array, size_t i);

/* The norm of a row of a product-quantised matrix; 1 where it has none. */
float wn__matrix_norm(const wn__spec *spec, const wn__matrix *matrix, size_t row);

/* The same of rows with their norms, whether they are in memory already or are read from the file
 * now; deferred rows want stride = dim. Errors: IO, CORRUPT (not finite). */
wn_status wn__rows_read(const wn__spec *spec, const wn__matrix *matrix, size_t first, size_t n,
                        float *out, size_t stride, wn_error *error);

/* Decodes all n rows of a checked matrix into memory of heap, or borrows them where they lie as
 * they are wanted: the image has to stay. */
wn_status wn__table_load(wn__table *table, wn__heap *heap, const wn__spec *spec,
                         const wn__matrix *matrix, size_t n, size_t dim, size_t stride,
                         wn_error *error);

#endif /* WN_ROWS_H */
