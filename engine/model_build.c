/* model_build.c - from a spec that nobody trusts to an immutable model.
 *
 *     labels -> blocks (features, then rows) -> head -> link -> probes -> fold
 *
 * Each step checks what it takes over; what it has taken over is never checked again.
 */
#include "feature.h"
#include "normalize.h"

#include <math.h>

/* What the steps share. */
typedef struct builder {
    const wn__spec *spec;
    wn_model *model;
    wn_error *error;
} builder;

static wn_status corrupt(const builder *b, const char *what)
{
    return wn__fail(b->error, WN_ERROR_CORRUPT, WN__NO_OFFSET, "model: %s", what);
}

static const wn__array *array_of(const builder *b, wn__array_ref ref)
{
    return ref >= 0 ? &b->spec->arrays[ref] : NULL;
}

static bool is_vector(const wn__array *array, wn__dtype dtype, uint64_t n)
{
    return array != NULL && array->dtype == dtype && array->n_dims == 1 && array->shape[0] == n;
}

static wn_status copy_text(const builder *b, const char *text, const char **out)
{
    size_t size = strlen(text) + 1;
    char *copy = wn__heap_alloc(&b->model->heap, size, 1);
    if (copy == NULL)
        return wn__no_memory(b->error);
    memcpy(copy, text, size);
    *out = copy;
    return WN_OK;
}

static wn_status copy_description(const builder *b)
{
    wn_model *m = b->model;
    const wn__spec *s = b->spec;
    const char *from[] = {s->format, s->name, s->version, s->description, s->license, s->trainer};
    const char **to[] = {&m->format,      &m->name,    &m->version,
                         &m->description, &m->license, &m->trainer};
    for (size_t i = 0; i < WN__COUNT(from); i++) {
        wn_status status = copy_text(b, from[i], to[i]);
        if (status != WN_OK)
            return status;
    }
    return WN_OK;
}

/* Copies string arrays, one behind the other, into one table. */
static wn_status load_strings(const builder *b, const wn__array *const *arrays, size_t n_arrays,
                              wn__strings *out)
{
    size_t n = 0, n_bytes = 0;
    for (size_t i = 0; i < n_arrays; i++) {
        size_t count = (size_t)arrays[i]->shape[0];
        n += count;
        n_bytes += arrays[i]->size - count * sizeof(uint32_t);
    }
    if (n > WN__MAX_ROWS || n_bytes > UINT32_MAX) {
        return wn__fail(b->error, WN_ERROR_LIMIT, WN__NO_OFFSET,
                        "model: more than %u strings or 4 GiB of them", WN__MAX_ROWS);
    }
    uint32_t *ends = wn__heap_alloc(&b->model->heap, n, sizeof *ends);
    uint8_t *bytes = wn__heap_alloc(&b->model->heap, n_bytes, 1);
    if (ends == NULL || bytes == NULL)
        return wn__no_memory(b->error);
    out->ends = ends;
    out->bytes = bytes;
    out->n = (uint32_t)n;
    uint32_t at = 0;
    for (size_t i = 0; i < n_arrays; i++) {
        size_t count = (size_t)arrays[i]->shape[0];
        size_t size = arrays[i]->size - count * sizeof(uint32_t);
        memcpy(bytes + at, arrays[i]->data + count * sizeof(uint32_t), size);
        memcpy(ends, arrays[i]->data, count * sizeof(uint32_t));
        for (size_t j = 0; j < count; j++)
            ends[j] += at;
        ends += count;
        at += (uint32_t)size;
    }
    return WN_OK;
}

/* Builds the map of a table; equal strings are an error unless the last one wins. */
static wn_status index_strings(const builder *b, wn__strings *strings, bool last_wins,
                               const char *what)
{
    uint32_t duplicate = 0;
    wn_status status = wn__strings_index(strings, &b->model->heap, last_wins, &duplicate);
    if (status == WN_ERROR_MEMORY)
        return wn__no_memory(b->error);
    if (status == WN_ERROR_LIMIT) {
        return wn__fail(b->error, status, WN__NO_OFFSET,
                        "model: the hashes of its %s collide beyond all reason", what);
    }
    if (status != WN_OK) {
        return wn__fail(b->error, status, WN__NO_OFFSET,
                        "model: string %u of its %s is there twice", (unsigned)duplicate, what);
    }
    return WN_OK;
}

/* Copies a vector of n floats of either width as doubles. */
static wn_status load_doubles(const builder *b, const wn__array *array, size_t n, const char *what,
                              const double **out)
{
    bool is_f64 = is_vector(array, WN__F64, n);
    if (!is_f64 && !is_vector(array, WN__F32, n)) {
        return wn__fail(b->error, WN_ERROR_CORRUPT, WN__NO_OFFSET,
                        "model: \"%s\" must be f64 or f32 [%zu]", what, n);
    }
    double *values = wn__heap_alloc(&b->model->heap, n, sizeof *values);
    if (values == NULL)
        return wn__no_memory(b->error);
    for (size_t i = 0; i < n; i++) {
        float single;
        memcpy(is_f64 ? (void *)&values[i] : (void *)&single, array->data + i * (is_f64 ? 8 : 4),
               is_f64 ? 8 : 4);
        if (!is_f64)
            values[i] = (double)single;
    }
    *out = values;
    return WN_OK;
}

/* ---- Labels ---- */

static wn_status build_labels(const builder *b)
{
    wn_model *m = b->model;
    const wn__array *array = array_of(b, b->spec->labels);
    if (array == NULL || array->dtype != WN__STR || array->shape[0] < 1)
        return corrupt(b, "\"labels\" must be an array of at least one string");
    if (array->shape[0] > WN__MAX_LABELS) {
        return wn__fail(b->error, WN_ERROR_LIMIT, WN__NO_OFFSET, "model: more than %u labels",
                        WN__MAX_LABELS);
    }
    wn__strings labels = {0};
    wn_status status = load_strings(b, &array, 1, &labels);
    if (status == WN_OK) {
        bool last_wins = b->spec->n_blocks > 0 && b->spec->blocks[0].words_last_wins;
        status = index_strings(b, &labels, last_wins, "labels");
    }
    if (status != WN_OK)
        return status;
    m->n_labels = labels.n;
    size_t n_bytes = labels.ends[labels.n - 1];
    char *text = wn__heap_alloc(&m->heap, n_bytes + labels.n, 1);
    size_t *begin = wn__heap_alloc(&m->heap, (size_t)labels.n + 1, sizeof *begin);
    if (text == NULL || begin == NULL)
        return wn__no_memory(b->error);
    size_t at = 0;
    for (uint32_t i = 0; i < labels.n; i++) {
        size_t len;
        const uint8_t *p = wn__strings_get(&labels, i, &len);
        if (len == 0)
            return corrupt(b, "a label is empty");
        begin[i] = at;
        memcpy(text + at, p, len);
        text[at + len] = '\0';
        at += len + 1;
    }
    begin[labels.n] = at;
    m->label_text = text;
    m->label_begin = begin;
    wn__heap_free(&m->heap, labels.map.slots);
    wn__heap_free(&m->heap, (void *)(uintptr_t)labels.bytes);
    wn__heap_free(&m->heap, (void *)(uintptr_t)labels.ends);
    return WN_OK;
}

/* ---- Features ---- */

static bool to_range(const int64_t from[2], int64_t lowest, int64_t highest, uint32_t to[2])
{
    if (from[0] < lowest || from[1] > highest || from[0] > from[1])
        return false;
    to[0] = (uint32_t)from[0];
    to[1] = (uint32_t)from[1];
    return true;
}

static wn_status build_fasttext(const builder *b, const wn__spec_block *from, wn__block *to)
{
    const wn__array *words = array_of(b, from->words), *pairs = array_of(b, from->pruned);
    const wn__array *dictionary[2] = {words, array_of(b, b->spec->labels)};
    if (words == NULL || words->dtype != WN__STR)
        return corrupt(b, "\"words\" must be an array of strings");
    if (!to_range(from->ngrams, 1, WN__MAX_NGRAM, to->ngrams) || to->ngrams[0] != 1)
        return corrupt(b, "\"ngrams\" of fastText features must be [1, n], n at most 32");
    if (from->subwords[0] < 0 || from->subwords[0] > INT32_MAX || from->subwords[1] < 0 ||
        from->subwords[1] > WN__MAX_SUBWORD)
        return corrupt(b, "\"subwords\" must be [minn, maxn], maxn at most 64");
    to->subwords[0] = (uint32_t)from->subwords[0];
    to->subwords[1] = (uint32_t)from->subwords[1];
    if (from->bucket < 0 || from->bucket > INT32_MAX ||
        (from->bucket == 0 && (to->ngrams[1] > 1 || to->subwords[1] > 0)))
        return corrupt(b, "\"bucket\" must be from 0 to 2^31 - 1, and positive with n-grams");
    to->bucket = (uint32_t)from->bucket;
    to->label_tokens = from->label_tokens;
    wn_status status = load_strings(b, dictionary, from->label_tokens ? 2 : 1, &to->terms);
    if (status == WN_OK)
        status = index_strings(b, &to->terms, from->words_last_wins, "dictionary");
    if (status != WN_OK)
        return status;
    to->n_words = (uint32_t)words->shape[0];
    const uint8_t *end = (const uint8_t *)"</s>";
    to->end_of_line = wn__strings_find(&to->terms, end, 4, wn__strings_hash(end, 4));
    if (to->end_of_line != UINT32_MAX && to->end_of_line >= to->n_words)
        to->end_of_line = UINT32_MAX;
    to->n_rows = to->n_words + (size_t)to->bucket;
    if (pairs == NULL)
        return WN_OK;
    if (pairs->dtype != WN__I32 || pairs->n_dims != 2 || pairs->shape[1] != 2 ||
        pairs->shape[0] > (uint64_t)to->bucket)
        return corrupt(b, "\"pruned\" must be i32 [n][2] with at most a pair a bucket");
    to->is_pruned = true;
    uint32_t n = (uint32_t)pairs->shape[0];
    to->n_rows = to->n_words + (size_t)n;
    if (!wn__idmap_init(&to->pruned, &b->model->heap, n))
        return wn__no_memory(b->error);
    for (uint32_t i = 0; i < n; i++) {
        int32_t pair[2];
        memcpy(pair, pairs->data + (size_t)i * sizeof pair, sizeof pair);
        if (pair[0] < 0 || (uint32_t)pair[0] >= to->bucket || pair[1] < 0 || (uint32_t)pair[1] >= n)
            return corrupt(b, "\"pruned\" names a bucket or row that does not exist");
        if (wn__idmap_find(&to->pruned, (uint32_t)pair[0]) != UINT32_MAX ||
            !wn__idmap_insert(&to->pruned, (uint32_t)pair[0], (uint32_t)pair[1]))
            return corrupt(b, "\"pruned\" has a bucket twice, or collides beyond all reason");
    }
    return WN_OK;
}

/* The kept columns of a hashed block, as a map to rows. */
static wn_status build_columns(const builder *b, const wn__array *columns, wn__block *to)
{
    if (columns->dtype != WN__U32 || columns->n_dims != 1 || columns->shape[0] < 1 ||
        columns->shape[0] > to->n_features)
        return corrupt(b, "\"columns\" must be u32, one a row and fewer than n_features");
    to->n_rows = (size_t)columns->shape[0];
    to->has_columns = true;
    if (!wn__idmap_init(&to->columns, &b->model->heap, to->n_rows))
        return wn__no_memory(b->error);
    uint32_t previous = 0;
    for (size_t i = 0; i < to->n_rows; i++) {
        uint32_t column;
        memcpy(&column, columns->data + i * sizeof column, sizeof column);
        if (column >= to->n_features || (i > 0 && column <= previous))
            return corrupt(b, "\"columns\" must ascend and stay below n_features");
        if (!wn__idmap_insert(&to->columns, column, (uint32_t)i))
            return corrupt(b, "\"columns\" collide beyond all reason");
        previous = column;
    }
    return WN_OK;
}

static wn_status build_terms(const builder *b, const wn__array *terms, wn__block *to)
{
    if (terms->dtype != WN__STR || terms->shape[0] < 1)
        return corrupt(b, "\"terms\" must be an array of at least one string");
    wn_status status = load_strings(b, &terms, 1, &to->terms);
    if (status == WN_OK)
        status = index_strings(b, &to->terms, false, "vocabulary");
    to->n_rows = to->terms.n;
    for (uint32_t i = 0; i < to->terms.n && status == WN_OK; i++) {
        size_t len;
        (void)wn__strings_get(&to->terms, i, &len);
        if (len > to->longest_term)
            to->longest_term = len;
    }
    return status;
}

static wn_status build_linear(const builder *b, const wn__spec_block *from, wn__block *to)
{
    const wn__array *terms = array_of(b, from->terms), *columns = array_of(b, from->columns);
    const wn__array *stop_words = array_of(b, from->stop_words);
    int64_t highest = from->extractor == WN__EXTRACT_WORDS ? WN__MAX_NGRAM : WN__MAX_SUBWORD;
    if (!to_range(from->ngrams, 1, highest, to->ngrams))
        return corrupt(b, "\"ngrams\" must be [lo, hi] with 1 <= lo <= hi (words 32, chars 64)");
    if (from->min_length < 1 || from->min_length > INT32_MAX)
        return corrupt(b, "\"min_length\" must be at least 1");
    to->min_length = (uint32_t)from->min_length;
    to->tokens = from->tokens;
    if ((terms != NULL) == from->hashed)
        return corrupt(b, "a block needs either \"terms\" or \"hash\"");
    to->hashed = from->hashed;
    to->alternate_sign = from->alternate_sign;
    to->binary = from->binary;
    to->sublinear_tf = from->sublinear_tf;
    to->norm = from->norm;
    if (from->hashed && from->alternate_sign && from->sublinear_tf && !from->binary)
        return corrupt(b, "sublinear_tf of a hash with alternate_sign: the logarithm of a negative "
                          "count");
    wn_status status = WN_OK;
    if (from->hashed) {
        if (from->n_features < 1 || from->n_features > (int64_t)WN__MAX_ROWS)
            return corrupt(b, "\"n_features\" must be from 1 to 2^30");
        to->n_features = (uint32_t)from->n_features;
        to->n_rows = to->n_features;
        if (columns != NULL)
            status = build_columns(b, columns, to);
    } else {
        status = build_terms(b, terms, to);
    }
    if (status == WN_OK && from->idf >= 0)
        status = load_doubles(b, array_of(b, from->idf), to->n_rows, "idf", &to->idf);
    if (status != WN_OK || stop_words == NULL)
        return status;
    if (stop_words->dtype != WN__STR)
        return corrupt(b, "\"stop_words\" must be an array of strings");
    status = load_strings(b, &stop_words, 1, &to->stop_words);
    return status == WN_OK ? index_strings(b, &to->stop_words, false, "stop words") : status;
}

static wn_status build_block(const builder *b, uint32_t i)
{
    const wn__spec_block *from = &b->spec->blocks[i];
    wn__block *to = &b->model->blocks[i];
    to->extractor = wn__extractors[from->extractor];
    if (from->extractor != WN__EXTRACT_FASTTEXT) {
        b->model->normalize |= WN__NORMALIZE_VALID_UTF8;
        return build_linear(b, from, to);
    }
    if (b->spec->n_blocks != 1) {
        return wn__fail(b->error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET,
                        "model: fastText features beside other blocks");
    }
    b->model->is_fasttext = true;
    return build_fasttext(b, from, to);
}

/* ---- Rows and head ---- */

static bool is_quantized(const wn__matrix *matrix)
{
    return matrix->present && matrix->encoding != WN__DENSE;
}

/* Loads a block's exact rows, which have to be there. */
static wn_status load_exact(const builder *b, uint32_t i)
{
    wn_model *m = b->model;
    wn__block *block = &m->blocks[i];
    const wn__matrix *rows = &b->spec->blocks[i].rows;
    if (m->is_fasttext && wn__matrix_is_f64(b->spec, rows)) {
        return wn__fail(b->error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET,
                        "model: fastText rows of doubles: fastText has floats");
    }
    return wn__table_load(&block->exact, &m->heap, b->spec, rows, block->n_rows, m->dim, m->dim,
                          b->error);
}

static wn_status check_rows(const builder *b, uint32_t i)
{
    const wn__spec_block *from = &b->spec->blocks[i];
    const wn_model *m = b->model;
    uint64_t n_rows = m->blocks[i].n_rows;
    if (!from->rows.present && !from->folded.present)
        return corrupt(b, "a block without rows");
    if (from->rows.present) {
        wn_status status = wn__matrix_check(b->spec, &from->rows, n_rows, m->dim, "rows", b->error);
        if (status != WN_OK)
            return status;
    }
    if (!from->folded.present)
        return WN_OK;
    const wn__array *counts = array_of(b, from->folded_counts);
    if (!is_vector(counts, WN__U32, m->blocks[i].n_words))
        return corrupt(b, "\"folded\" rows need \"folded_counts\" u32, one a word");
    return wn__matrix_check(b->spec, &from->folded, n_rows, m->n_outputs, "folded", b->error);
}

/* Loads the head by dimension: [dim][stride]. */
static wn_status load_head(const builder *b)
{
    wn_model *m = b->model;
    const wn__matrix *from = &b->spec->head;
    size_t n = m->n_labels, dim = m->dim;
    wn_status status = wn__matrix_check(b->spec, from, n, dim, "head", b->error);
    if (status != WN_OK)
        return status;
    if (wn__matrix_is_f64(b->spec, from)) {
        return wn__fail(b->error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET,
                        "model: a head of doubles is not supported");
    }
    size_t stride = (n + 15) & ~(size_t)15;
    float *transposed = wn__heap_zalloc(&m->heap, dim * stride, sizeof *transposed);
    float *norms = wn__heap_alloc(&m->heap, n, sizeof *norms);
    float *row = wn__heap_alloc(&m->heap, dim, sizeof *row);
    if (transposed == NULL || norms == NULL || row == NULL)
        return wn__no_memory(b->error);
    for (size_t i = 0; i < n; i++) {
        wn__matrix_read_f32(b->spec, from, i, 1, false, row, dim);
        for (size_t j = 0; j < dim; j++)
            transposed[j * stride + i] = row[j];
        norms[i] = wn__matrix_norm(b->spec, from, i);
    }
    wn__heap_free(&m->heap, row);
    m->head.transposed = transposed;
    m->head.stride = stride;
    if (from->encoding == WN__PRODUCT && from->norm_codes >= 0)
        m->head.norms = norms;
    else
        wn__heap_free(&m->heap, norms);
    return WN_OK;
}

/* ---- Link ---- */

static wn_status build_link(const builder *b)
{
    wn_model *m = b->model;
    const wn__spec *spec = b->spec;
    m->link = spec->link;
    m->sigmoid_table = spec->sigmoid_table;
    m->descending = spec->descending;
    m->n_outputs = m->n_labels;
    if (spec->bias >= 0) {
        if (m->is_fasttext)
            return corrupt(b, "fastText models have no \"bias\"");
        wn_status status = load_doubles(b, array_of(b, spec->bias), m->n_labels, "bias", &m->bias);
        if (status != WN_OK)
            return status;
    }
    if (spec->link != WN_LINK_HIERARCHICAL_SOFTMAX)
        return WN_OK;
    if (!m->is_fasttext)
        return corrupt(b, "hierarchical_softmax needs fastText features");
    const wn__array *counts = array_of(b, spec->label_counts);
    if (!is_vector(counts, WN__I64, m->n_labels))
        return corrupt(b, "hierarchical_softmax needs \"label_counts\", i64, one a label");
    m->n_outputs = m->n_labels - 1;
    return wn__tree_build(&m->tree, &m->heap, counts->data, m->n_labels, b->error);
}

static wn_status build_probes(const builder *b)
{
    wn_model *m = b->model;
    const wn__spec *spec = b->spec;
    if (!(spec->probe_tolerance > 0) || spec->probe_tolerance > 0.01)
        return corrupt(b, "\"probe_tolerance\" must be above 0 and at most 0.01");
    m->probe_tolerance = spec->probe_tolerance;
    wn__probe *probes = wn__heap_alloc(&m->heap, spec->n_probes, sizeof *probes);
    if (probes == NULL)
        return wn__no_memory(b->error);
    m->probes = probes;
    m->n_probes = spec->n_probes;
    for (uint32_t i = 0; i < spec->n_probes; i++) {
        const wn__spec_probe *from = &spec->probes[i];
        if (from->n_scores != m->n_labels)
            return corrupt(b, "a probe needs a score for each label");
        char *text = wn__heap_alloc(&m->heap, from->text.len, 1);
        double *scores = wn__heap_alloc(&m->heap, from->n_scores, sizeof *scores);
        if (text == NULL || scores == NULL)
            return wn__no_memory(b->error);
        memcpy(text, from->text.data, from->text.len);
        memcpy(scores, from->scores, from->n_scores * sizeof *scores);
        probes[i] = (wn__probe){{text, from->text.len}, scores};
    }
    return WN_OK;
}

/* ---- All of it ---- */

/* The length of the rows: what the exact rows have, or the labels where there are none. */
static wn_status find_dim(const builder *b)
{
    const wn__spec *spec = b->spec;
    wn_model *m = b->model;
    m->dim = m->n_labels;
    if (!spec->head.present)
        return WN_OK;
    if (!m->is_fasttext) {
        return wn__fail(b->error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET,
                        "model: a \"head\" behind linear features is not supported");
    }
    uint64_t dim = wn__matrix_dim(spec, &spec->head);
    if (dim < 1 || dim > WN__MAX_DIM) {
        return wn__fail(b->error, dim < 1 ? WN_ERROR_CORRUPT : WN_ERROR_LIMIT, WN__NO_OFFSET,
                        "model: the head has rows of %llu, from 1 to %u are possible",
                        (unsigned long long)dim, WN__MAX_DIM);
    }
    m->dim = (uint32_t)dim;
    return WN_OK;
}

/* Which rows to load: exact ones when asked for or when nothing can be folded, fast ones else. */
static wn_status load_rows(const builder *b)
{
    const wn__spec *spec = b->spec;
    wn_model *m = b->model;
    const wn__spec_block *first = &spec->blocks[0];
    for (uint32_t i = 0; i < m->n_blocks; i++) {
        wn_status status = check_rows(b, i);
        if (status != WN_OK)
            return status;
        m->is_quantized |= is_quantized(&spec->blocks[i].rows);
    }
    m->is_quantized |= is_quantized(&spec->head);
    if (m->is_fasttext && first->rows.present && !spec->head.present && m->n_labels > 0 &&
        !first->folded.present)
        return corrupt(b, "fastText rows need a \"head\"");
    if (spec->head.present && !first->rows.present)
        return corrupt(b, "a \"head\" without exact rows");
    bool can_fold = m->is_fasttext && (first->folded.present || m->n_outputs <= m->dim);
    bool use_exact = m->scoring == WN_SCORING_EXACT || !can_fold;
    if (use_exact && !first->rows.present) {
        return wn__fail(b->error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET,
                        "the file keeps fast rows only and cannot score exactly: convert the "
                        "original model with --keep exact or both");
    }
    wn_status status = WN_OK;
    if (spec->head.present && (use_exact || !first->folded.present))
        status = load_head(b);
    if (status == WN_OK && !use_exact)
        return wn__fold(m, spec, b->error);
    for (uint32_t i = 0; i < m->n_blocks && status == WN_OK; i++)
        status = load_exact(b, i);
    return status;
}

static wn_status build(const builder *b)
{
    wn_status status = copy_description(b);
    if (status == WN_OK)
        status = build_labels(b);
    b->model->normalize = b->spec->normalize;
    b->model->n_blocks = b->spec->n_blocks;
    for (uint32_t i = 0; i < b->spec->n_blocks && status == WN_OK; i++)
        status = build_block(b, i);
    if (status == WN_OK)
        status = build_link(b);
    if (status == WN_OK)
        status = find_dim(b);
    if (status == WN_OK)
        status = build_probes(b);
    if (status == WN_OK)
        status = load_rows(b);
    return status;
}

wn_status wn__model_build(const wn__spec *spec, const wn_allocator *allocator, wn_scoring scoring,
                          uint64_t checksum, const wn_model **model, wn_error *error)
{
    /* The model stands in a block of its own heap, which therefore moves with it. */
    wn__heap heap;
    wn__heap_init(&heap, allocator);
    wn_model *m = wn__heap_zalloc(&heap, 1, sizeof *m);
    if (m == NULL)
        return wn__no_memory(error);
    m->heap = heap;
    atomic_init(&m->references, 1);
    m->checksum = checksum;
    m->scoring = scoring;
    builder b = {spec, m, error};
    wn_status status = build(&b);
    if (status != WN_OK) {
        heap = m->heap;
        wn__heap_free_all(&heap);
        return status;
    }
    *model = m;
    return WN_OK;
}
