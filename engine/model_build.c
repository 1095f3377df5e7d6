/* model_build.c - from a spec that nobody trusts to an immutable model.
 *
 *     labels -> features of the blocks -> outputs (model_outputs.c) -> probes -> rows, head, fold
 *
 * Each step checks what it takes over; what it has taken over is never checked again.
 */
#include "feature.h"
#include "model_builder.h"

static wn_status copy_text(const wn__builder *b, const char *text, const char **out)
{
    size_t size = strlen(text) + 1;
    char *copy = wn__heap_alloc(&b->model->heap, size, 1);
    if (copy == NULL)
        return wn__no_memory(b->error);
    memcpy(copy, text, size);
    *out = copy;
    return WN_OK;
}

static wn_status copy_description(const wn__builder *b)
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

/* ---- Labels ---- */

static wn_status build_labels(const wn__builder *b)
{
    wn_model *m = b->model;
    const wn__array *array = wn__builder_array(b, b->spec->labels);
    if (array == NULL || array->dtype != WN__STR || array->shape[0] < 1)
        return wn__builder_corrupt(b, "\"labels\" must be an array of at least one string");
    if (array->shape[0] > WN__MAX_LABELS) {
        return wn__fail(b->error, WN_ERROR_LIMIT, WN__NO_OFFSET, "model: more than %u labels",
                        WN__MAX_LABELS);
    }
    wn__strings labels = {0};
    wn_status status = wn__builder_strings(b, &array, 1, &labels);
    if (status == WN_OK)
        status = wn__builder_index(b, &labels, b->spec->blocks[0].words_last_wins, "labels");
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
            return wn__builder_corrupt(b, "a label is empty");
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

static wn_status build_block(const wn__builder *b, uint32_t i)
{
    const wn__spec_block *from = &b->spec->blocks[i];
    wn__block *to = &b->model->blocks[i];
    to->extractor = wn__extractors[from->extractor];
    if (from->extractor != WN__EXTRACT_FASTTEXT)
        return wn__build_linear_features(b, from, to);
    if (b->spec->n_blocks != 1) {
        return wn__fail(b->error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET,
                        "model: fastText features beside other blocks");
    }
    b->model->is_fasttext = true;
    b->model->fields[b->model->n_fields++] = "";
    b->model->normalize = b->spec->normalize;
    b->model->unicode = b->spec->unicode;
    return wn__build_fasttext_features(b, from, to);
}

/* What blocks have in common: columns numbered through, names of fields. */
static wn_status build_shared(const wn__builder *b)
{
    wn_model *m = b->model;
    size_t n_columns = 0;
    for (uint32_t i = 0; i < m->n_blocks; i++) {
        if (n_columns > UINT32_MAX) {
            return wn__fail(b->error, WN_ERROR_LIMIT, WN__NO_OFFSET,
                            "model: more than 2^32 columns in all blocks");
        }
        m->first_column[i] = (uint32_t)n_columns;
        n_columns += m->blocks[i].n_columns;
    }
    for (uint32_t i = 0; i < m->n_fields; i++) {
        wn_status status = copy_text(b, m->fields[i], &m->fields[i]);
        if (status != WN_OK)
            return status;
    }
    return wn__build_passes(b, &b->spec->weighting, n_columns, &m->passes, &m->n_passes);
}

/* ---- Rows and head ---- */

static bool is_quantized(const wn__matrix *matrix)
{
    return matrix->present && matrix->encoding != WN__DENSE;
}

/* How far apart rows of n numbers lie, at least n, so that each begins a cache line or is one of a
 * whole number in it: unless that takes a third more memory. */
static size_t aligned_stride(size_t n, size_t size)
{
    size_t line = 64 / size, unit = 1;
    while (unit < n && unit < line)
        unit *= 2;
    size_t stride = (n + unit - 1) / unit * unit;
    return stride <= n + n / 3 ? stride : n;
}

/* Loads a block's exact rows, which have to be there. The idf of a column goes behind its row: the
 * bench's tf-idf took a fifth less time for that and for the alignment. */
static wn_status load_exact(const wn__builder *b, uint32_t i)
{
    wn_model *m = b->model;
    wn__block *block = &m->blocks[i];
    const wn__matrix *rows = &b->spec->blocks[i].rows;
    bool is_f64 = wn__matrix_is_f64(b->spec, rows);
    wn__pass *pass = block->n_passes > 0 ? &block->passes[0] : NULL;
    bool has_idf = is_f64 && pass != NULL && pass->idf != NULL && !wn__is_selected(block);
    size_t stride = m->dim;
    if (!m->is_fasttext)
        stride = aligned_stride(m->dim + (has_idf ? 1 : 0), is_f64 ? 8 : 4);
    wn_status status = wn__table_load(&block->exact, &m->heap, b->spec, rows, block->n_rows, m->dim,
                                      stride, b->error);
    if (status != WN_OK || !has_idf)
        return status;
    double *table = (double *)(uintptr_t)block->exact.f64;
    for (size_t row = 0; row < block->n_rows; row++)
        table[row * stride + m->dim] = pass->idf[row];
    pass->idf = table + m->dim;
    pass->idf_stride = stride;
    return WN_OK;
}

/* A fast row stands for its word at least, and that of the end of line for nothing else: means
 * are divided by these numbers. */
static wn_status check_counts(const wn__builder *b, const wn__block *block, const wn__array *counts)
{
    const wn__word_table *words = &block->words;
    if (!wn__array_is_vector(counts, WN__U32, block->n_words))
        return wn__builder_corrupt(b, "\"folded\" rows need \"folded_counts\" u32, one a word");
    for (uint32_t i = 0; i < block->n_words; i++) {
        uint32_t count;
        memcpy(&count, counts->data + (size_t)i * sizeof count, sizeof count);
        if (count == 0 || (count != 1 && i == block->end_of_line))
            return wn__builder_corrupt(b, "\"folded_counts\" must be at least 1, and 1 for </s>");
    }
    bool has_index = wn__builder_array(b, b->spec->blocks[0].words_index) != NULL;
    for (uint32_t i = 0; i < words->n_slots && has_index && !b->spec->is_unverified; i++) {
        uint32_t id = words->slots[i].id, count = 1;
        if (id < block->n_words)
            memcpy(&count, counts->data + (size_t)id * sizeof count, sizeof count);
        if (id != UINT32_MAX && words->slots[i].count != count)
            return wn__builder_corrupt(b,
                                       "\"words_index\" has other counts than \"folded_counts\"");
    }
    return WN_OK;
}

/* Each block decodes its rows: with a large array for all of them a small file would fill memory
 * many times over. */
static bool shares_large_rows(const wn__builder *b, uint32_t i)
{
    const wn__matrix *rows = &b->spec->blocks[i].rows;
    for (uint32_t j = 0; j < i; j++) {
        const wn__matrix *other = &b->spec->blocks[j].rows;
        if ((rows->values == other->values && wn__builder_is_large(b, rows->values)) ||
            (rows->codes == other->codes && wn__builder_is_large(b, rows->codes)))
            return true;
    }
    return false;
}

static wn_status check_rows(const wn__builder *b, uint32_t i)
{
    const wn__spec_block *from = &b->spec->blocks[i];
    const wn_model *m = b->model;
    uint64_t n_rows = m->blocks[i].n_rows;
    if (!from->rows.present && !from->folded.present)
        return wn__builder_corrupt(b, "a block without rows");
    if (shares_large_rows(b, i))
        return wn__builder_corrupt(b, "two blocks share a large array of rows: each needs its own");
    if (from->rows.present) {
        wn_status status = wn__matrix_check(b->spec, &from->rows, n_rows, m->dim, "rows", b->error);
        if (status != WN_OK)
            return status;
        if (m->is_fasttext && wn__matrix_is_f64(b->spec, &from->rows)) {
            return wn__fail(b->error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET,
                            "model: fastText rows of doubles: fastText has floats");
        }
    }
    if (!from->folded.present)
        return WN_OK;
    wn_status status = check_counts(b, &m->blocks[i], wn__builder_array(b, from->folded_counts));
    if (status != WN_OK)
        return status;
    uint64_t dim = wn__matrix_dim(b->spec, &from->folded); /* rows may be filled up */
    if (from->folded.encoding != WN__DENSE || dim != wn__fast_stride(m->n_outputs))
        dim = m->n_outputs;
    return wn__matrix_check(b->spec, &from->folded, n_rows, dim, "folded", b->error);
}

/* Loads the head in panels; with_rows: also as it is. */
static wn_status load_head(const wn__builder *b, bool with_rows)
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
    size_t size;
    float *panels =
        wn__panels_size(dim, n, &size) ? wn__heap_zalloc(&m->heap, size, sizeof *panels) : NULL;
    float *norms = wn__heap_alloc(&m->heap, n, sizeof *norms);
    float *rows = wn__heap_alloc(&m->heap, with_rows ? n * dim : dim, sizeof *rows);
    if (panels == NULL || norms == NULL || rows == NULL)
        return wn__no_memory(b->error);
    for (size_t i = 0; i < n; i++) {
        float *row = with_rows ? rows + i * dim : rows;
        wn__matrix_read_f32(b->spec, from, i, 1, false, row, dim);
        for (size_t j = 0; j < dim; j++)
            panels[wn__panel_at(dim, j, i)] = row[j];
        norms[i] = wn__matrix_norm(b->spec, from, i);
    }
    m->head.panels = panels;
    if (with_rows)
        m->head.rows = rows;
    else
        wn__heap_free(&m->heap, rows);
    if (wn__builder_array(b, from->norm_codes) != NULL)
        m->head.norms = norms;
    else
        wn__heap_free(&m->heap, norms);
    return WN_OK;
}

/* ---- Probes ---- */

static wn_status build_probes(const wn__builder *b)
{
    wn_model *m = b->model;
    const wn__spec *spec = b->spec;
    if (!(spec->probe_tolerance > 0) || spec->probe_tolerance > 0.01)
        return wn__builder_corrupt(b, "\"probe_tolerance\" must be above 0 and at most 0.01");
    m->probe_tolerance = spec->probe_tolerance;
    wn__probe *probes = wn__heap_alloc(&m->heap, spec->n_probes, sizeof *probes);
    if (probes == NULL)
        return wn__no_memory(b->error);
    m->probes = probes;
    m->n_probes = spec->n_probes;
    for (uint32_t i = 0; i < spec->n_probes; i++) {
        const wn__spec_probe *from = &spec->probes[i];
        if (from->n_scores != m->n_labels)
            return wn__builder_corrupt(b, "a probe needs a score for each label");
        if (from->n_texts != m->n_fields || m->n_fields == 0)
            return wn__builder_corrupt(b, "a probe needs a text for each field of the model");
        wn_text *texts = wn__heap_alloc(&m->heap, from->n_texts, sizeof *texts);
        double *scores = wn__heap_alloc(&m->heap, from->n_scores, sizeof *scores);
        if (texts == NULL || scores == NULL)
            return wn__no_memory(b->error);
        for (size_t j = 0; j < from->n_texts; j++) {
            char *text = wn__heap_alloc(&m->heap, from->texts[j].len, 1);
            if (text == NULL)
                return wn__no_memory(b->error);
            memcpy(text, from->texts[j].data, from->texts[j].len);
            texts[j] = (wn_text){text, from->texts[j].len};
        }
        memcpy(scores, from->scores, from->n_scores * sizeof *scores);
        probes[i] = (wn__probe){texts, scores};
    }
    return WN_OK;
}

/* ---- All of it ---- */

/* Which rows to load: exact ones when asked for or when nothing can be folded, fast ones else. */
static wn_status load_rows(const wn__builder *b)
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
    if (m->is_fasttext && first->rows.present && !spec->head.present)
        return wn__builder_corrupt(b, "fastText rows need a \"head\"");
    if (m->is_fasttext && spec->head.present && !first->rows.present)
        return wn__builder_corrupt(b, "a \"head\" without exact rows");
    if (first->folded.present && m->n_outputs == 0)
        return wn__builder_corrupt(
            b, "folded rows of a tree with one label: there is nothing in them");
    bool can_fold = m->is_fasttext && m->n_outputs > 0 &&
                    (first->folded.present || (m->n_outputs <= m->dim && wn__fold_is_linear(m)));
    bool use_exact = m->scoring == WN_SCORING_EXACT || !can_fold;
    if (use_exact && !first->rows.present) {
        return wn__fail(b->error, WN_ERROR_UNSUPPORTED, WN__NO_OFFSET,
                        "the file keeps fast rows only and cannot score exactly: convert the "
                        "original model with --keep exact or both");
    }
    wn_status status = WN_OK;
    if (m->is_fasttext && spec->head.present && (use_exact || !first->folded.present))
        status = load_head(b, use_exact && m->scoring == WN_SCORING_FAST &&
                                  m->link == WN_LINK_HIERARCHICAL_SOFTMAX);
    /* Not shorter than the head's rows, but still with the subwords in the words' rows? */
    bool can_sum = m->is_fasttext && m->scoring == WN_SCORING_FAST && m->n_outputs > 0 &&
                   m->blocks[0].subwords[1] > 0 && wn__fold_is_linear(m);
    if (status == WN_OK && (!use_exact || can_sum))
        return wn__fold(m, spec, !use_exact, b->error);
    m->width = m->dim;
    for (uint32_t i = 0; i < m->n_blocks && status == WN_OK; i++)
        status = load_exact(b, i);
    return status;
}

static wn_status build(const wn__builder *b)
{
    wn_status status = copy_description(b);
    if (status == WN_OK)
        status = build_labels(b);
    b->model->n_blocks = b->spec->n_blocks;
    b->model->sum_order = b->spec->sum_order;
    for (uint32_t i = 0; i < b->spec->n_blocks && status == WN_OK; i++)
        status = build_block(b, i);
    if (status == WN_OK)
        status = build_shared(b);
    if (status == WN_OK)
        status = wn__build_outputs(b);
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
    m->kernel = wn__kernel_best();
    const double *doubles[WN__MAX_ARRAYS] = {0};
    wn__strings tables[WN__MAX_ARRAYS] = {0};
    wn__word_table words[WN__MAX_ARRAYS] = {0};
    wn__phrases phrases[WN__MAX_ARRAYS] = {0};
    wn__builder b = {spec, m, error, doubles, tables, words, phrases};
    wn_status status = build(&b);
    if (status != WN_OK) {
        heap = m->heap;
        wn__heap_free_all(&heap);
        return status;
    }
    *model = m;
    return WN_OK;
}
