/* format_fasttext.c - fastText's .bin and .ftz files, versions 11 and 12.
 *
 *   offset  type
 *        0  i32       magic 793712314
 *        4  i32       version
 *        8  12 x i32  dim ws epoch minCount neg wordNgrams loss model bucket minn maxn lrUpdateRate
 *       56  f64       t
 *       64  3 x i32   size (entries), nwords, nlabels
 *       76  2 x i64   ntokens, pruneidx_size (-1: not pruned)
 *       92  entries   size times: bytes, a zero byte, i64 count, i8 type (0 word, 1 label)
 *           pairs     pruneidx_size times: i32 bucket id, i32 new id
 *           u8        is the input matrix quantised?
 *           matrix    input, [nwords + buckets][dim]
 *           u8        is the output matrix quantised? (counts only when the input is)
 *           matrix    output, [nlabels][dim]
 *
 *   dense matrix      i64 rows, i64 columns, f32 values
 *   quantised matrix  u8 has norms; i64 rows, i64 columns; i32 size of codes, codes; quantiser;
 *                     with norms: a code a row, quantiser
 *   quantiser         i32 dim, n_sub, sub_dim, last_sub_dim; f32 centroids [dim * 256]
 *
 * Nothing is aligned. The reference reads all of this unchecked; here every length is held against
 * what is left, and the file has to end with the output matrix.
 * Source: fastText 0.9.2, FastText::loadModel and what it calls.
 */
#include "format.h"

#include <stdio.h>

#define MAGIC 793712314

/* How far the reader is, and what the header said. */
typedef struct reader {
    wn__cursor in;
    wn__spec *spec;
    wn_error *error;
    int32_t version, dim, word_ngrams, loss, model, bucket, minn, maxn;
    int32_t n_entries, n_words, n_labels;
    int64_t n_pruned; /* -1: not pruned */
} reader;

enum { LOSS_HS = 1, LOSS_NS = 2, LOSS_SOFTMAX = 3, LOSS_OVA = 4, MODEL_SUPERVISED = 3 };

static wn_status corrupt(const reader *r, const char *what)
{
    return wn__fail(r->error, WN_ERROR_CORRUPT, r->in.at, "fastText file: %s", what);
}

static wn_status cut(const reader *r)
{
    return corrupt(r, "it ends in the middle: cut or damaged");
}

static bool read_i32(reader *r, int32_t *v)
{
    return wn__cursor_read(&r->in, v, sizeof *v);
}

static bool read_i64(reader *r, int64_t *v)
{
    return wn__cursor_read(&r->in, v, sizeof *v);
}

static bool probe(const uint8_t *bytes, size_t len)
{
    return len >= 4 && wn__load_i32(bytes) == MAGIC;
}

static wn_status check_header(reader *r)
{
    if (r->version != 11 && r->version != 12) {
        return wn__fail(r->error, WN_ERROR_VERSION, 4,
                        "fastText file: version %d, versions 11 and 12 can be read", r->version);
    }
    if (r->model != MODEL_SUPERVISED) {
        return wn__fail(r->error, WN_ERROR_UNSUPPORTED, 36,
                        "fastText file: word vectors, not a classifier: only supervised models "
                        "have labels");
    }
    if (r->version == 11) /* version 11 wrote maxn but did not use it */
        r->maxn = 0;
    if (r->dim < 1)
        return corrupt(r, "dim is not positive");
    if (r->dim > (int32_t)WN__MAX_DIM || r->word_ngrams > WN__MAX_NGRAM ||
        r->maxn > WN__MAX_SUBWORD) {
        return wn__fail(r->error, WN_ERROR_LIMIT, 8,
                        "fastText file: dim %d, wordNgrams %d, maxn %d: more than %u, %d, %d",
                        r->dim, r->word_ngrams, r->maxn, WN__MAX_DIM, WN__MAX_NGRAM,
                        WN__MAX_SUBWORD);
    }
    if (r->loss < LOSS_HS || r->loss > LOSS_OVA)
        return corrupt(r, "unknown loss");
    if (r->word_ngrams < 0 || r->bucket < 0 || r->minn < 0 || r->maxn < 0)
        return corrupt(r, "a negative wordNgrams, bucket, minn or maxn");
    if (r->bucket == 0 && (r->word_ngrams > 1 || r->maxn > 0))
        return corrupt(r, "n-grams without buckets");
    if (r->n_words < 0 || r->n_labels < 1 || (int64_t)r->n_words + r->n_labels != r->n_entries)
        return corrupt(r, "the numbers of words and labels do not add up");
    if (r->n_labels > (int32_t)WN__MAX_LABELS) {
        return wn__fail(r->error, WN_ERROR_LIMIT, 72, "fastText file: %d labels, more than %u",
                        r->n_labels, WN__MAX_LABELS);
    }
    if (r->n_pruned < -1)
        return corrupt(r, "a negative pruneidx_size");
    return WN_OK;
}

static wn_status read_header(reader *r)
{
    int32_t magic, ws, epoch, min_count, neg, lr_update_rate;
    int64_t n_tokens;
    double t;
    if (!read_i32(r, &magic) || !read_i32(r, &r->version) || !read_i32(r, &r->dim) ||
        !read_i32(r, &ws) || !read_i32(r, &epoch) || !read_i32(r, &min_count) ||
        !read_i32(r, &neg) || !read_i32(r, &r->word_ngrams) || !read_i32(r, &r->loss) ||
        !read_i32(r, &r->model) || !read_i32(r, &r->bucket) || !read_i32(r, &r->minn) ||
        !read_i32(r, &r->maxn) || !read_i32(r, &lr_update_rate) ||
        !wn__cursor_read(&r->in, &t, sizeof t) || !read_i32(r, &r->n_entries) ||
        !read_i32(r, &r->n_words) || !read_i32(r, &r->n_labels) || !read_i64(r, &n_tokens) ||
        !read_i64(r, &r->n_pruned))
        return cut(r);
    return check_header(r);
}

/* ---- Dictionary ---- */

/* Reads n entries of one type into a string array, and their counts unless counts is NULL. */
static wn_status read_entries(reader *r, int32_t n, uint8_t type, wn__array *array, int64_t *counts)
{
    size_t start = r->in.at, n_bytes = 0;
    for (int pass = 0; pass < 2; pass++) { /* measure and validate, then fill */
        uint8_t *ends = NULL, *bytes = NULL;
        r->in.at = start;
        if (pass == 1) {
            array->size = (size_t)n * sizeof(uint32_t) + n_bytes;
            ends = wn__heap_alloc(&r->spec->heap, array->size, 1);
            if (ends == NULL)
                return wn__no_memory(r->error);
            array->data = ends;
            bytes = ends + (size_t)n * sizeof(uint32_t);
            n_bytes = 0;
        }
        for (int32_t i = 0; i < n; i++) {
            const uint8_t *word = r->in.data + r->in.at;
            const uint8_t *end = memchr(word, 0, wn__cursor_left(&r->in));
            if (end == NULL)
                return cut(r);
            size_t len = (size_t)(end - word);
            int64_t count;
            uint8_t entry_type;
            (void)wn__cursor_take(&r->in, len + 1);
            if (!read_i64(r, &count) || !wn__cursor_read(&r->in, &entry_type, 1))
                return cut(r);
            if (entry_type != type)
                return corrupt(r, "a dictionary entry of the wrong type: words come before labels");
            if (len == 0)
                return corrupt(r, "an empty word or label");
            n_bytes += len;
            if (n_bytes > UINT32_MAX)
                return corrupt(r, "more than 4 GiB of words");
            if (pass == 0)
                continue;
            uint32_t string_end = (uint32_t)n_bytes;
            memcpy(bytes + n_bytes - len, word, len);
            memcpy(ends + (size_t)i * sizeof string_end, &string_end, sizeof string_end);
            if (counts != NULL)
                counts[i] = count;
        }
    }
    return WN_OK;
}

/* A new array of the spec with an address in *ref. */
static wn__array *add_array(reader *r, const char *name, wn__dtype dtype, wn__array_ref *ref)
{
    wn__array *array = wn__spec_add_array(r->spec, name, ref);
    array->dtype = dtype;
    array->offset = r->in.at;
    return array;
}

static wn_status read_dictionary(reader *r, wn__spec_block *block)
{
    /* An entry has at least ten bytes: hold the number against what is left before using it. */
    if ((uint64_t)r->n_entries > wn__cursor_left(&r->in) / 10)
        return corrupt(r, "more dictionary entries than bytes");
    wn__array *words = add_array(r, "words", WN__STR, &block->words);
    words->shape[0] = (uint64_t)r->n_words;
    words->offset = WN__NO_OFFSET;
    wn_status status = read_entries(r, r->n_words, 0, words, NULL);
    if (status != WN_OK)
        return status;
    int64_t *counts = NULL;
    if (r->loss == LOSS_HS) {
        wn__array *array = add_array(r, "label_counts", WN__I64, &r->spec->label_counts);
        array->shape[0] = (uint64_t)r->n_labels;
        array->size = (size_t)r->n_labels * sizeof *counts;
        array->data = wn__heap_alloc(&r->spec->heap, array->size, 1);
        if (array->data == NULL)
            return wn__no_memory(r->error);
        counts = (int64_t *)(uintptr_t)array->data;
    }
    wn__array *labels = add_array(r, "labels", WN__STR, &r->spec->labels);
    labels->shape[0] = (uint64_t)r->n_labels;
    labels->offset = WN__NO_OFFSET;
    return read_entries(r, r->n_labels, 1, labels, counts);
}

static wn_status read_pruned(reader *r, wn__spec_block *block)
{
    if (r->n_pruned < 0)
        return WN_OK;
    if ((uint64_t)r->n_pruned > wn__cursor_left(&r->in) / 8)
        return corrupt(r, "more pruned buckets than bytes");
    wn__array *pairs = add_array(r, "pruned", WN__I32, &block->pruned);
    pairs->n_dims = 2;
    pairs->shape[0] = (uint64_t)r->n_pruned;
    pairs->shape[1] = 2;
    pairs->size = (size_t)r->n_pruned * 8;
    pairs->data = wn__cursor_take(&r->in, pairs->size);
    return WN_OK;
}

/* ---- Matrices ---- */

/* Takes the next [rows][columns] elements (columns 0: [rows]) as an array and checks it. */
static wn_status take_array(reader *r, const char *name, wn__dtype dtype, uint64_t rows,
                            uint64_t columns, wn__array_ref *ref)
{
    wn__array *array = add_array(r, name, dtype, ref);
    array->n_dims = columns == 0 ? 1 : 2;
    array->shape[0] = rows;
    array->shape[1] = columns == 0 ? 1 : columns;
    if (!wn__array_size(dtype, array->n_dims, array->shape, &array->size) ||
        (array->data = wn__cursor_take(&r->in, array->size)) == NULL)
        return cut(r);
    return wn__array_check(r->spec, array, r->error);
}

static wn_status read_shape(reader *r, uint64_t n_rows)
{
    int64_t rows, columns;
    if (!read_i64(r, &rows) || !read_i64(r, &columns))
        return cut(r);
    if ((uint64_t)rows != n_rows || columns != r->dim)
        return corrupt(r, "a matrix does not have the rows and columns of the dictionary and dim");
    return WN_OK;
}

/* Reads a product quantiser of vectors of length dim; *n_sub receives the codes a row. */
static wn_status read_quantizer(reader *r, int32_t dim, const char *name, int32_t *n_sub,
                                uint32_t *sub_dim, wn__array_ref *centroids)
{
    int32_t file_dim, dsub, last;
    if (!read_i32(r, &file_dim) || !read_i32(r, n_sub) || !read_i32(r, &dsub) ||
        !read_i32(r, &last))
        return cut(r);
    if (file_dim != dim || dsub < 1)
        return corrupt(r, "a quantiser of the wrong dimension");
    int32_t rest = dim % dsub;
    if (*n_sub != dim / dsub + (rest != 0) || last != (rest != 0 ? rest : dsub))
        return corrupt(r, "a quantiser whose parts do not add up");
    *sub_dim = (uint32_t)dsub;
    return take_array(r, name, WN__F32, (uint64_t)dim * 256, 0, centroids);
}

static wn_status read_quantized(reader *r, uint64_t n_rows, const char *const names[4],
                                wn__matrix *matrix)
{
    uint8_t has_norms;
    int32_t codes_size, n_sub, norm_sub;
    if (!wn__cursor_read(&r->in, &has_norms, 1))
        return cut(r);
    if (has_norms > 1)
        return corrupt(r, "a flag that is neither 0 nor 1");
    wn_status status = read_shape(r, n_rows);
    if (status != WN_OK)
        return status;
    if (!read_i32(r, &codes_size))
        return cut(r);
    if (codes_size < 0 || n_rows == 0 || (uint64_t)codes_size % n_rows != 0)
        return corrupt(r, "codes that do not make whole rows");
    uint64_t row_codes = (uint64_t)codes_size / n_rows;
    if (row_codes > WN__MAX_DIM)
        return corrupt(r, "more codes a row than dimensions");
    matrix->encoding = WN__PRODUCT;
    matrix->dim = (uint32_t)r->dim;
    status = take_array(r, names[0], WN__U8, n_rows, row_codes, &matrix->codes);
    if (status == WN_OK) {
        status = read_quantizer(r, r->dim, names[1], &n_sub, &matrix->sub_dim, &matrix->centroids);
    }
    if (status != WN_OK || (uint64_t)n_sub != row_codes)
        return status != WN_OK ? status : corrupt(r, "codes and quantiser disagree");
    if (has_norms == 0)
        return WN_OK;
    uint32_t norm_dim;
    status = take_array(r, names[2], WN__U8, n_rows, 0, &matrix->norm_codes);
    if (status != WN_OK)
        return status;
    return read_quantizer(r, 1, names[3], &norm_sub, &norm_dim, &matrix->norm_centroids);
}

static wn_status read_matrix(reader *r, bool quantized, uint64_t n_rows, const char *values,
                             const char *const names[4], wn__matrix *matrix)
{
    matrix->present = true;
    if (quantized)
        return read_quantized(r, n_rows, names, matrix);
    wn_status status = read_shape(r, n_rows);
    if (status != WN_OK)
        return status;
    matrix->encoding = WN__DENSE;
    return take_array(r, values, WN__F32, n_rows, (uint64_t)r->dim, &matrix->values);
}

static wn_status read_matrices(reader *r, wn__spec_block *block)
{
    static const char *const input_names[4] = {"codes", "centroids", "norm_codes",
                                               "norm_centroids"};
    static const char *const output_names[4] = {"head_codes", "head_centroids", "head_norm_codes",
                                                "head_norm_centroids"};
    uint8_t quant_input, quant_output;
    if (!wn__cursor_read(&r->in, &quant_input, 1))
        return cut(r);
    if (quant_input > 1)
        return corrupt(r, "a flag that is neither 0 nor 1");
    if (quant_input == 0 && r->n_pruned >= 0)
        return corrupt(r, "a pruned dictionary with a dense matrix (fastText issue 332): quantise "
                          "the model again");
    uint64_t n_rows =
        (uint64_t)r->n_words + (uint64_t)(r->n_pruned >= 0 ? r->n_pruned : (int64_t)r->bucket);
    wn_status status = read_matrix(r, quant_input == 1, n_rows, "rows", input_names, &block->rows);
    if (status != WN_OK)
        return status;
    if (!wn__cursor_read(&r->in, &quant_output, 1))
        return cut(r);
    if (quant_output > 1)
        return corrupt(r, "a flag that is neither 0 nor 1");
    return read_matrix(r, quant_input == 1 && quant_output == 1, (uint64_t)r->n_labels, "head",
                       output_names, &r->spec->head);
}

static wn_status read(wn__spec *spec, const uint8_t *bytes, size_t len, wn_error *error)
{
    reader r = {.in = {bytes, len, 0}, .spec = spec, .error = error};
    wn_status status = read_header(&r);
    if (status != WN_OK)
        return status;
    wn__spec_block *block = &spec->blocks[0];
    wn__spec_block_init(block);
    spec->n_blocks = 1;
    block->extractor = WN__EXTRACT_FASTTEXT;
    block->label_tokens = true;
    block->words_last_wins = true;
    block->ngrams[1] = r.word_ngrams == 0 ? 1 : r.word_ngrams;
    block->subwords[0] = r.maxn == 0 ? 0 : r.minn;
    block->subwords[1] = r.maxn;
    block->bucket = r.bucket;
    spec->link = r.loss == LOSS_HS        ? WN_LINK_HIERARCHICAL_SOFTMAX
                 : r.loss == LOSS_SOFTMAX ? WN_LINK_SOFTMAX
                                          : WN_LINK_SIGMOID;
    spec->sigmoid_table = spec->link == WN_LINK_SIGMOID;
    spec->multi_label = r.loss == LOSS_OVA; /* what the reference has that loss for */
    spec->trainer = r.version == 11 ? "fastText (file version 11)" : "fastText (file version 12)";
    status = read_dictionary(&r, block);
    if (status == WN_OK)
        status = read_pruned(&r, block);
    if (status == WN_OK)
        status = read_matrices(&r, block);
    if (status == WN_OK && wn__cursor_left(&r.in) != 0)
        status = corrupt(&r, "bytes after the output matrix");
    return status;
}

bool wn__format_fasttext_rows(const uint8_t *bytes, size_t n, size_t len, size_t *begin,
                              size_t *size)
{
    const uint64_t small = (uint64_t)16 << 20;
    reader r = {.in = {bytes, n, 0}};
    if (!probe(bytes, n) || read_header(&r) != WN_OK || r.n_pruned >= 0)
        return false;
    /* From the end: the output matrix, its shape and flag, the rows. The header was checked: their
     * sum is below 2^47. */
    uint64_t row = (uint64_t)r.dim * sizeof(float), behind = (uint64_t)r.n_labels * row + 17,
             rows = ((uint64_t)r.n_words + (uint64_t)r.bucket) * row;
    if (rows < small || WN__FASTTEXT_HEADER + rows + behind > len)
        return false;
    *size = (size_t)rows;
    *begin = (size_t)(len - behind - rows);
    return true;
}

const wn__format wn__format_fasttext = {"fasttext", probe, read, NULL};
