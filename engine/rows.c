/* rows.c - dense, scaled and product-quantised matrices. */
#include "rows.h"

#include "bytes.h"

#include <math.h>

#define N_CENTROIDS 256                   /* codes are bytes */
#define SMALL_MATRIX ((uint64_t)16 << 20) /* numbers */

static const wn__array *array_of(const wn__spec *spec, wn__array_ref ref)
{
    return ref >= 0 ? &spec->arrays[ref] : NULL;
}

/* Is the array there, of that type and shape? columns 0: one dimension. */
static bool has_shape(const wn__array *array, wn__dtype dtype, uint64_t rows, uint64_t columns)
{
    return array != NULL && array->dtype == dtype && array->n_dims == (columns == 0 ? 1u : 2u) &&
           array->shape[0] == rows && (columns == 0 || array->shape[1] == columns);
}

static wn_status bad(const char *where, const char *what, wn_error *error)
{
    return wn__fail(error, WN_ERROR_CORRUPT, WN__NO_OFFSET, "%s: %s", where, what);
}

/* Codes per row. dim and sub_dim are positive. */
static uint64_t n_sub(const wn__matrix *matrix)
{
    return matrix->dim / matrix->sub_dim + (matrix->dim % matrix->sub_dim != 0);
}

static wn_status check_product(const wn__spec *spec, const wn__matrix *matrix, uint64_t n,
                               uint64_t dim, const char *where, wn_error *error)
{
    if (matrix->dim != dim || matrix->sub_dim < 1)
        return bad(where, "the product quantiser has another \"dim\", or no \"sub_dim\"", error);
    if (!has_shape(array_of(spec, matrix->codes), WN__U8, n, n_sub(matrix)))
        return bad(where, "\"codes\" must be u8, one row of dim / sub_dim codes each", error);
    if (!has_shape(array_of(spec, matrix->centroids), WN__F32, dim * N_CENTROIDS, 0))
        return bad(where, "\"centroids\" must be f32 [dim * 256]", error);
    /* Codes are bytes: with long parts a small file would decode to a huge matrix, or to one for
     * each block. The product is below 2^32 * 2^20. */
    if (n * dim > SMALL_MATRIX / spec->n_blocks && dim > WN__MAX_CODE_FLOATS * n_sub(matrix)) {
        return wn__fail(error, WN_ERROR_LIMIT, WN__NO_OFFSET,
                        "%s: a product quantiser with \"sub_dim\" %u: from 16 million numbers in "
                        "all blocks on at most %d are possible",
                        where, (unsigned)matrix->sub_dim, WN__MAX_CODE_FLOATS);
    }
    if (matrix->norm_codes < 0 && matrix->norm_centroids < 0)
        return WN_OK;
    if (!has_shape(array_of(spec, matrix->norm_codes), WN__U8, n, 0) ||
        !has_shape(array_of(spec, matrix->norm_centroids), WN__F32, N_CENTROIDS, 0))
        return bad(where, "norms need \"norm_codes\" u8 a row and \"norm_centroids\" f32 [256]",
                   error);
    return WN_OK;
}

/* Keys that the encoding does not use would be ignored without a word. */
static bool has_foreign_keys(const wn__matrix *matrix)
{
    if (matrix->encoding == WN__PRODUCT)
        return matrix->values >= 0 || matrix->scale >= 0;
    return (matrix->encoding == WN__DENSE && matrix->scale >= 0) || matrix->codes >= 0 ||
           matrix->centroids >= 0 || matrix->norm_codes >= 0 || matrix->norm_centroids >= 0 ||
           matrix->dim != 0 || matrix->sub_dim != 0;
}

wn_status wn__matrix_check(const wn__spec *spec, const wn__matrix *matrix, uint64_t n, uint64_t dim,
                           const char *where, wn_error *error)
{
    const wn__array *values = array_of(spec, matrix->values);
    if (has_foreign_keys(matrix))
        return bad(where, "it has keys that belong to another encoding", error);
    switch (matrix->encoding) {
    case WN__DENSE:
        if (has_shape(values, WN__F32, n, dim) || has_shape(values, WN__F64, n, dim) ||
            has_shape(values, WN__F16, n, dim))
            return WN_OK;
        return wn__fail(error, WN_ERROR_CORRUPT, WN__NO_OFFSET,
                        "%s: \"values\" must be f64, f32 or f16 [%llu][%llu]", where,
                        (unsigned long long)n, (unsigned long long)dim);
    case WN__SCALED:
        if (has_shape(values, WN__I8, n, dim) &&
            has_shape(array_of(spec, matrix->scale), WN__F32, dim, 0))
            return WN_OK;
        return wn__fail(error, WN_ERROR_CORRUPT, WN__NO_OFFSET,
                        "%s: \"values\" must be i8 [%llu][%llu], \"scale\" f32, one a column",
                        where, (unsigned long long)n, (unsigned long long)dim);
    default:
        return check_product(spec, matrix, n, dim, where, error);
    }
}

uint64_t wn__matrix_dim(const wn__spec *spec, const wn__matrix *matrix)
{
    if (matrix->encoding == WN__PRODUCT)
        return matrix->dim;
    const wn__array *values = array_of(spec, matrix->values);
    return values != NULL && values->n_dims == 2 ? values->shape[1] : 0;
}

bool wn__matrix_is_f64(const wn__spec *spec, const wn__matrix *matrix)
{
    return matrix->encoding == WN__DENSE && spec->arrays[matrix->values].dtype == WN__F64;
}

double wn__array_number(const wn__array *array, size_t i)
{
    const uint8_t *p = array->data + i * wn__dtypes[array->dtype].size;
    uint16_t half;
    if (array->dtype == WN__F64)
        return wn__load_f64(p);
    if (array->dtype == WN__F32)
        return (double)wn__load_f32(p);
    memcpy(&half, p, sizeof half);
    return (double)wn__half_to_float(half);
}

static void read_dense(const wn__array *values, size_t first, size_t n, float *out, size_t stride)
{
    size_t dim = (size_t)values->shape[1], step = wn__dtypes[values->dtype].size;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *row = values->data + (first + i) * dim * step;
        if (values->dtype == WN__F32) {
            memcpy(out + i * stride, row, dim * step);
            continue;
        }
        for (size_t j = 0; j < dim; j++)
            out[i * stride + j] = (float)wn__array_number(values, (first + i) * dim + j);
    }
}

static void read_scaled(const wn__array *values, const wn__array *scale, size_t first, size_t n,
                        float *out, size_t stride)
{
    size_t dim = (size_t)values->shape[1];
    for (size_t i = 0; i < n; i++) {
        const uint8_t *row = values->data + (first + i) * dim;
        for (size_t j = 0; j < dim; j++)
            out[i * stride + j] = (float)(int8_t)row[j] * wn__load_f32(scale->data + j * 4);
    }
}

float wn__matrix_norm(const wn__spec *spec, const wn__matrix *matrix, size_t row)
{
    if (matrix->encoding != WN__PRODUCT || matrix->norm_codes < 0)
        return 1.0f;
    uint8_t code = spec->arrays[matrix->norm_codes].data[row];
    return wn__load_f32(spec->arrays[matrix->norm_centroids].data + (size_t)code * 4);
}

/* Sub-quantiser m has its 256 centroids from float m * 256 * sub_dim on; those of the last one are
 * as long as what is left of the row. */
static void read_product(const wn__spec *spec, const wn__matrix *matrix, size_t first, size_t n,
                         bool with_norms, float *out, size_t stride)
{
    size_t parts = (size_t)n_sub(matrix), sub = matrix->sub_dim, dim = matrix->dim;
    const uint8_t *codes = spec->arrays[matrix->codes].data + first * parts;
    const uint8_t *centroids = spec->arrays[matrix->centroids].data;
    for (size_t i = 0; i < n; i++, codes += parts) {
        float norm = with_norms ? wn__matrix_norm(spec, matrix, first + i) : 1.0f;
        for (size_t m = 0; m < parts; m++) {
            size_t len = dim - m * sub < sub ? dim - m * sub : sub;
            const uint8_t *centroid = centroids + (m * N_CENTROIDS * sub + codes[m] * len) * 4;
            for (size_t j = 0; j < len; j++)
                out[i * stride + m * sub + j] = norm * wn__load_f32(centroid + j * 4);
        }
    }
}

void wn__matrix_read_f32(const wn__spec *spec, const wn__matrix *matrix, size_t first, size_t n,
                         bool with_norms, float *out, size_t stride)
{
    if (matrix->encoding == WN__DENSE)
        read_dense(&spec->arrays[matrix->values], first, n, out, stride);
    else if (matrix->encoding == WN__SCALED)
        read_scaled(&spec->arrays[matrix->values], &spec->arrays[matrix->scale], first, n, out,
                    stride);
    else
        read_product(spec, matrix, first, n, with_norms, out, stride);
}

wn_status wn__rows_read(const wn__spec *spec, const wn__matrix *matrix, size_t first, size_t n,
                        float *out, size_t stride, wn_error *error)
{
    const wn__deferred *deferred = &spec->deferred;
    const wn__array *values = matrix->values >= 0 ? &spec->arrays[matrix->values] : NULL;
    if (deferred->begin == NULL || values == NULL || values->data != deferred->begin) {
        wn__matrix_read_f32(spec, matrix, first, n, true, out, stride);
        return WN_OK;
    }
    /* In pieces that stay in the nearest caches while they are hashed and looked at. */
    size_t dim = (size_t)values->shape[1], begin = first * dim * sizeof(float),
           size = n * dim * sizeof(float), piece;
    for (size_t at = 0; at < size; at += piece) {
        uint8_t *to = (uint8_t *)out + at;
        piece = size - at < 256 * 1024 ? size - at : 256 * 1024;
        wn_status status =
            wn__file_read_at(deferred->file, deferred->at + begin + at, to, piece, error);
        if (status != WN_OK)
            return status;
        wn__xxh3_add(deferred->hash, to, piece);
        if (!wn__are_finite((const float *)(const void *)to, piece / sizeof(float))) {
            return wn__fail(error, WN_ERROR_CORRUPT, deferred->at + begin + at,
                            "array \"%s\": a number is not finite", values->name);
        }
    }
    return WN_OK;
}

/* All rows of a matrix of doubles. */
static void read_f64(const wn__array *values, size_t n, double *out, size_t stride)
{
    size_t dim = (size_t)values->shape[1];
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * stride, values->data + i * dim * 8, dim * 8);
}

/* Are the rows there as they are wanted: floats or doubles, stride apart, on cache lines? */
static bool can_borrow(const wn__spec *spec, const wn__matrix *matrix, size_t stride)
{
    if (matrix->encoding != WN__DENSE)
        return false;
    const wn__array *values = &spec->arrays[matrix->values];
    return values->dtype != WN__F16 && values->shape[1] == stride &&
           wn__array_can_stay(spec, values);
}

wn_status wn__table_load(wn__table *table, wn__heap *heap, const wn__spec *spec,
                         const wn__matrix *matrix, size_t n, size_t dim, size_t stride,
                         wn_error *error)
{
    bool is_f64 = wn__matrix_is_f64(spec, matrix);
    size_t row_size, total;
    table->n = n;
    table->dim = (uint32_t)dim;
    table->stride = (uint32_t)stride;
    if (can_borrow(spec, matrix, stride)) {
        const void *data = spec->arrays[matrix->values].data;
        table->f64 = is_f64 ? data : NULL;
        table->f32 = is_f64 ? NULL : data;
        return WN_OK;
    }
    if (!wn__mul(stride, is_f64 ? sizeof(double) : sizeof(float), &row_size) ||
        !wn__mul(row_size, n, &total))
        return wn__no_memory(error);
    void *rows = stride == dim ? wn__heap_alloc(heap, total, 1) : wn__heap_zalloc(heap, total, 1);
    if (rows == NULL)
        return wn__no_memory(error);
    if (is_f64) {
        read_f64(&spec->arrays[matrix->values], n, rows, stride);
        table->f64 = rows;
    } else {
        table->f32 = rows;
        wn_status status = wn__rows_read(spec, matrix, 0, n, rows, stride, error);
        if (status != WN_OK)
            return status;
    }
    if (is_f64)
        return WN_OK;
    /* Products of finite numbers can still overflow: centroid times norm, code times scale. */
    for (size_t i = 0; matrix->encoding != WN__DENSE && i < n * stride; i++) {
        if (!isfinite(table->f32[i]))
            return wn__fail(error, WN_ERROR_CORRUPT, WN__NO_OFFSET,
                            "row %zu: a quantised value is not finite", i / stride);
    }
    return WN_OK;
}
