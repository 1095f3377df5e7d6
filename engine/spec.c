/* spec.c - the names that model files use, and the checks that hold for any array. */
#include "spec.h"

#include "bytes.h"

#include <math.h>

const struct wn__dtype_row wn__dtypes[WN__N_DTYPES] = {
    [WN__U8] = {"u8", 1},   [WN__I8] = {"i8", 1},   [WN__I32] = {"i32", 4},
    [WN__U32] = {"u32", 4}, [WN__I64] = {"i64", 8}, [WN__F16] = {"f16", 2},
    [WN__F32] = {"f32", 4}, [WN__F64] = {"f64", 8}, [WN__STR] = {"str", 0},
};

const char *const wn__encodings[WN__N_ENCODINGS] = {"dense", "scaled", "product"};
const char *const wn__extractor_names[WN__N_EXTRACTORS] = {"words",    "chars",   "chars_wb",
                                                           "fasttext", "surface", "columns"};
const char *const wn__token_rules[WN__N_TOKEN_RULES] = {"ascii_word", "letters", "nonspace", "word",
                                                        "pattern"};
const char *const wn__norms[WN__N_NORMS] = {"none", "l1", "l2", "max"};
const char *const wn__sum_orders[WN__N_SUM_ORDERS] = {"ascending", "descending",
                                                      "blocks_descending"};
const char *const wn__calibrators[2] = {"sigmoid", "isotonic"};
const char *const wn__calibrator_inputs[2] = {"decision", "probability"};
const char *const wn__shares[WN__N_SHARES] = {"members", "mean", "none"};
const char *const wn__links[WN_LINK_RAW + 1] = {"softmax", "sigmoid", "one_vs_rest",
                                                "hierarchical_softmax", "raw"};
const char *const wn__normalize_steps[7] = {
    "fold_punctuation",      "lower_ascii",        "digits_to_zero", "space_punctuation", "lower",
    "strip_accents_unicode", "strip_accents_ascii"};
const char *const wn__unicode_versions[WN__N_UNICODE] = {"newest", "12.1", "13.0", "14.0",
                                                         "15.0",   "15.1", "16.0", "17.0"};

const wn__matrix wn__no_matrix = {.values = -1,
                                  .scale = -1,
                                  .codes = -1,
                                  .centroids = -1,
                                  .norm_codes = -1,
                                  .norm_centroids = -1};

const wn__spec_pass wn__empty_pass = {.binarize = NAN, .idf = -1, .scale = -1};
const wn__spec_stage wn__empty_stage = {.matrix = {.values = -1,
                                                   .scale = -1,
                                                   .codes = -1,
                                                   .centroids = -1,
                                                   .norm_codes = -1,
                                                   .norm_centroids = -1},
                                        .bias = -1};

void wn__spec_init(wn__spec *spec, const wn_allocator *allocator)
{
    memset(spec, 0, sizeof *spec);
    wn__heap_init(&spec->heap, allocator);
    spec->format = spec->name = spec->version = "";
    spec->description = spec->license = spec->trainer = "";
    spec->labels = spec->label_counts = spec->bias = -1;
    spec->thresholds = spec->context = -1;
    spec->head = wn__no_matrix;
    spec->calibration.slopes = spec->calibration.offsets = -1;
    spec->calibration.ends = spec->calibration.x = spec->calibration.y = -1;
    spec->probe_tolerance = 1e-5;
}

void wn__spec_free(wn__spec *spec)
{
    wn__heap_free_all(&spec->heap);
}

void wn__spec_block_init(wn__spec_block *block)
{
    memset(block, 0, sizeof *block);
    block->rows = block->folded = wn__no_matrix;
    block->field = "";
    block->stop_words = block->terms = block->columns = block->selected = -1;
    block->words = block->words_index = block->pruned = block->folded_counts = -1;
    block->ngrams[0] = block->ngrams[1] = 1;
    block->min_length = 1;
    block->pattern = "";
}

wn__array *wn__spec_add_array(wn__spec *spec, const char *name, wn__array_ref *ref)
{
    if (spec->n_arrays >= WN__MAX_ARRAYS)
        return NULL;
    *ref = (wn__array_ref)spec->n_arrays;
    wn__array *array = &spec->arrays[spec->n_arrays++];
    memset(array, 0, sizeof *array);
    array->name = name;
    array->n_dims = 1;
    array->shape[1] = 1;
    array->offset = WN__NO_OFFSET;
    return array;
}

bool wn__array_size(wn__dtype dtype, uint32_t n_dims, const uint64_t shape[2], size_t *size)
{
    size_t element = dtype == WN__STR ? sizeof(uint32_t) : wn__dtypes[dtype].size;
    *size = element;
    for (uint32_t i = 0; i < n_dims; i++) {
        if (shape[i] > SIZE_MAX || !wn__mul(*size, (size_t)shape[i], size))
            return false;
    }
    return true;
}

wn__array_ref wn__spec_find_array(const wn__spec *spec, const char *name)
{
    for (uint32_t i = 0; i < spec->n_arrays; i++) {
        if (strcmp(spec->arrays[i].name, name) == 0)
            return (wn__array_ref)i;
    }
    return -1;
}

static uint64_t offset_in(const wn__array *array, size_t at)
{
    return array->offset == WN__NO_OFFSET ? WN__NO_OFFSET : array->offset + at;
}

static wn_status check_strings(const wn__array *array, wn_error *error)
{
    size_t n = (size_t)array->shape[0];
    size_t n_bytes = array->size - n * sizeof(uint32_t);
    uint32_t previous = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t end = wn__load_u32(array->data + i * sizeof(uint32_t));
        if (end < previous || end > n_bytes) {
            return wn__fail(error, WN_ERROR_CORRUPT, offset_in(array, i * sizeof(uint32_t)),
                            "array \"%s\": string %zu ends at %u, outside %u..%zu", array->name, i,
                            (unsigned)end, (unsigned)previous, n_bytes);
        }
        previous = end;
    }
    if (previous != n_bytes) {
        return wn__fail(error, WN_ERROR_CORRUPT, array->offset,
                        "array \"%s\": its strings have %u bytes, the array %zu", array->name,
                        (unsigned)previous, n_bytes);
    }
    return WN_OK;
}

bool wn__array_can_stay(const wn__spec *spec, const wn__array *array)
{
    return spec->is_borrowed && array->offset != WN__NO_OFFSET && (uintptr_t)array->data % 64 == 0;
}

bool wn__are_finite(const float *values, size_t n)
{
    float sums[16] = {0}; /* x - x is 0, or is not a number */
    size_t whole = n & ~(size_t)15;
    for (size_t at = 0; at < whole; at += 16) {
        for (size_t i = 0; i < 16; i++)
            sums[i] += values[at + i] - values[at + i];
    }
    for (size_t at = whole; at < n; at++)
        sums[0] += values[at] - values[at];
    for (size_t i = 1; i < 16; i++)
        sums[0] += sums[i];
    return sums[0] == 0;
}

static bool is_finite(wn__dtype dtype, const uint8_t *p)
{
    if (dtype == WN__F32)
        return (wn__load_u32(p) & 0x7f800000u) != 0x7f800000u;
    return dtype == WN__F64 ? isfinite(wn__load_f64(p)) != 0 : (p[1] & 0x7c) != 0x7c;
}

#define BLOCK_SIZE 4096

/* Most arrays are fine: blocks of floats are looked at together. */
static bool is_fine_block(wn__dtype dtype, const uint8_t *p, size_t size)
{
    float block[BLOCK_SIZE / sizeof(float)];
    if (dtype != WN__F32)
        return false;
    memcpy(block, p, size);
    return wn__are_finite(block, size / sizeof(float));
}

wn_status wn__array_check(const wn__spec *spec, const wn__array *array, wn_error *error)
{
    const size_t large = (size_t)1 << 20;
    if (array->dtype == WN__STR)
        return check_strings(array, error);
    size_t step = wn__dtypes[array->dtype].size;
    if (array->dtype != WN__F16 && array->dtype != WN__F32 && array->dtype != WN__F64)
        return WN_OK;
    if (array->data == spec->deferred.begin || (spec->is_unverified && array->size > large))
        return WN_OK;
    for (size_t at = 0, end; at < array->size; at = end) {
        end = at + wn__min(array->size - at, BLOCK_SIZE);
        if (is_fine_block(array->dtype, array->data + at, end - at))
            continue;
        for (; at < end; at += step) {
            if (!is_finite(array->dtype, array->data + at)) {
                return wn__fail(error, WN_ERROR_CORRUPT, offset_in(array, at),
                                "array \"%s\": number %zu is not finite", array->name, at / step);
            }
        }
    }
    return WN_OK;
}
