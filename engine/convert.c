/* convert.c - reads a model file in any format and writes it in one of winnow's.
 *
 *     file -> spec -> model (validates, folds, scores probes)
 *              |         |
 *              +---------+--> spec of what is kept -> file
 */
#include "context.h"
#include "file.h"
#include "format.h"
#include "options.h"
#include "utf8.h"

#include <math.h>

/* What the steps share. */
typedef struct conversion {
    wn__spec *spec;
    const wn_convert_options *options;
    wn_error *error;
} conversion;

static wn_status fail(const conversion *c, wn_status status, const char *what)
{
    return wn__fail(c->error, status, WN__NO_OFFSET, "convert: %s", what);
}

static bool is_fasttext(const wn__spec *spec)
{
    return spec->n_blocks == 1 && spec->blocks[0].extractor == WN__EXTRACT_FASTTEXT;
}

/* ---- What is kept ---- */

/* Writes the addresses of all references of a spec to refs; at most MAX_REFS. */
#define MAX_REFS                                                                                   \
    (16 + 2 * WN__MAX_PASSES + 7 * (WN__MAX_STAGES + 1) +                                          \
     WN__MAX_BLOCKS * (20 + 2 * WN__MAX_PASSES))

static size_t matrix_refs(wn__matrix *m, wn__array_ref **refs)
{
    wn__array_ref *all[] = {&m->values,    &m->scale,      &m->codes,
                            &m->centroids, &m->norm_codes, &m->norm_centroids};
    memcpy(refs, all, sizeof all);
    return WN__COUNT(all);
}

static size_t pass_refs(wn__spec_passes *passes, wn__array_ref **refs)
{
    size_t n = 0;
    for (uint32_t i = 0; i < passes->n; i++) {
        refs[n++] = &passes->items[i].idf;
        refs[n++] = &passes->items[i].scale;
    }
    return n;
}

static size_t all_refs(wn__spec *spec, wn__array_ref **refs)
{
    wn__spec_calibration *c = &spec->calibration;
    wn__array_ref *of_model[] = {
        &spec->labels, &spec->label_counts, &spec->bias, &spec->context, &spec->thresholds,
        &c->slopes,    &c->offsets,         &c->ends,    &c->x,          &c->y};
    size_t n = WN__COUNT(of_model);
    memcpy(refs, of_model, sizeof of_model);
    n += matrix_refs(&spec->head, refs + n);
    n += pass_refs(&spec->weighting, refs + n);
    for (uint32_t i = 0; i < spec->stages.n; i++) {
        n += matrix_refs(&spec->stages.items[i].matrix, refs + n);
        refs[n++] = &spec->stages.items[i].bias;
    }
    for (uint32_t i = 0; i < spec->n_blocks; i++) {
        wn__spec_block *b = &spec->blocks[i];
        wn__array_ref *of_block[] = {&b->stop_words,    &b->terms,      &b->columns,
                                     &b->selected,      &b->words,      &b->pruned,
                                     &b->folded_counts, &b->words_index};
        memcpy(refs + n, of_block, sizeof of_block);
        n += WN__COUNT(of_block);
        n += pass_refs(&b->weighting, refs + n);
        n += matrix_refs(&b->rows, refs + n);
        n += matrix_refs(&b->folded, refs + n);
    }
    return n;
}

/* Drops arrays that nothing refers to. */
static void drop_unused(wn__spec *spec)
{
    wn__array_ref *refs[MAX_REFS], moved[WN__MAX_ARRAYS];
    size_t n_refs = all_refs(spec, refs);
    memset(moved, 0xff, sizeof moved);
    for (size_t i = 0; i < n_refs; i++) {
        if (*refs[i] >= 0)
            moved[*refs[i]] = 0;
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < spec->n_arrays; i++) {
        if (moved[i] < 0)
            continue;
        spec->arrays[n] = spec->arrays[i];
        moved[i] = (wn__array_ref)n++;
    }
    spec->n_arrays = n;
    for (size_t i = 0; i < n_refs; i++) {
        if (*refs[i] >= 0)
            *refs[i] = moved[*refs[i]];
    }
}

/* A name that no array has: the wanted one, or that with underscores. NULL: out of memory. */
static const char *free_name(const conversion *c, const char *wanted)
{
    size_t len = strlen(wanted);
    char *name = wn__heap_alloc(&c->spec->heap, len + WN__MAX_ARRAYS + 1, 1);
    if (name == NULL)
        return NULL;
    memcpy(name, wanted, len + 1);
    while (wn__spec_find_array(c->spec, name) >= 0) { /* at most once for each array */
        name[len++] = '_';
        name[len] = '\0';
    }
    return name;
}

/* Adds the folded rows of a model to the spec. */
static wn_status add_folded(const conversion *c, const wn_model *model)
{
    wn__spec *spec = c->spec;
    wn__spec_block *to = &spec->blocks[0];
    const wn__block *from = &model->blocks[0];
    size_t dim = from->fast.stride, n = from->n_rows;
    float *rows = wn__heap_alloc(&spec->heap, n * dim, sizeof *rows);
    uint32_t *counts = wn__heap_alloc(&spec->heap, from->n_words, sizeof *counts);
    const char *rows_name = free_name(c, "folded"), *counts_name = free_name(c, "folded_counts");
    if (rows == NULL || counts == NULL || rows_name == NULL || counts_name == NULL)
        return wn__no_memory(c->error);
    memcpy(rows, from->fast.f32, n * dim * sizeof *rows); /* as scoring wants them */
    memcpy(counts, from->fast_counts, from->n_words * sizeof *counts);
    wn__array *folded = wn__spec_add_array(spec, rows_name, &to->folded.values);
    wn__array *stored = wn__spec_add_array(spec, counts_name, &to->folded_counts);
    if (folded == NULL || stored == NULL)
        return fail(c, WN_ERROR_LIMIT, "too many arrays");
    folded->dtype = WN__F32;
    folded->n_dims = 2;
    folded->shape[0] = n;
    folded->shape[1] = dim;
    folded->data = (const uint8_t *)rows;
    folded->size = n * dim * sizeof *rows;
    stored->dtype = WN__U32;
    stored->shape[0] = from->n_words;
    stored->data = (const uint8_t *)counts;
    stored->size = from->n_words * sizeof *counts;
    to->folded.present = true;
    to->folded.encoding = WN__DENSE;
    return WN_OK;
}

static wn_status make_folded(const conversion *c)
{
    const wn_model *model;
    wn_status status =
        wn__model_build(c->spec, c->options->allocator, WN_SCORING_FAST, 0, &model, c->error);
    if (status != WN_OK)
        return status;
    if (!model->is_folded) {
        status = fail(c, WN_ERROR_UNSUPPORTED,
                      "the model has more labels than dimensions, so fast rows would be larger (or "
                      "words of enormous length): use --keep exact");
    } else {
        status = add_folded(c, model);
    }
    wn_model_unref(model);
    return status;
}

/* Stores how the words are found, so that a file that is mapped is ready at once. */
static wn_status add_index(const conversion *c, const wn_model *model)
{
    wn__spec *spec = c->spec;
    wn__spec_block *to = &spec->blocks[0];
    const wn__word_table *words = &model->blocks[0].words;
    const uint8_t *counts = to->folded_counts >= 0 ? spec->arrays[to->folded_counts].data : NULL;
    wn__word_slot *slots = wn__heap_alloc(&spec->heap, words->n_slots, sizeof *slots);
    const char *name = free_name(c, "words_index");
    if (slots == NULL || name == NULL)
        return wn__no_memory(c->error);
    memcpy(slots, words->slots, words->n_slots * sizeof *slots);
    for (uint32_t i = 0; i < words->n_slots; i++) {
        uint32_t id = slots[i].id, one = 1;
        if (id != UINT32_MAX)
            memcpy(&slots[i].count,
                   counts != NULL && id < model->blocks[0].n_words ? counts + (size_t)id * 4
                                                                   : (const uint8_t *)&one,
                   sizeof one);
    }
    wn__array *index = wn__spec_add_array(spec, name, &to->words_index);
    if (index == NULL)
        return fail(c, WN_ERROR_LIMIT, "too many arrays");
    index->dtype = WN__U32;
    index->n_dims = 2;
    index->shape[0] = words->n_slots;
    index->shape[1] = sizeof *slots / sizeof(uint32_t);
    index->data = (const uint8_t *)slots;
    index->size = words->n_slots * sizeof *slots;
    return WN_OK;
}

/* Only fastText models have two kinds of rows; others keep what they have. */
static wn_status keep_rows(const conversion *c)
{
    wn__spec_block *block = &c->spec->blocks[0];
    wn_keep keep = c->options->keep;
    if (keep == WN_KEEP_SOURCE || !is_fasttext(c->spec))
        return WN_OK;
    if (keep != WN_KEEP_FAST && !block->rows.present)
        return fail(c, WN_ERROR_UNSUPPORTED, "the input keeps fast rows only");
    wn_status status = WN_OK;
    if (keep != WN_KEEP_EXACT && !block->folded.present)
        status = make_folded(c);
    if (status != WN_OK)
        return status;
    if (keep == WN_KEEP_EXACT) {
        block->folded = wn__no_matrix;
        block->folded_counts = -1;
    } else if (keep == WN_KEEP_FAST) {
        block->rows = wn__no_matrix;
        c->spec->head = wn__no_matrix;
    }
    drop_unused(c->spec);
    return WN_OK;
}

/* ---- Probes ---- */

static wn_status score_probe(const conversion *c, const wn_model *model, wn_ctx *ctx, wn_text text,
                             wn__spec_probe *probe)
{
    wn_classify_options all = {.size = sizeof all, .k = 0, .threshold = -INFINITY};
    wn_result result;
    if (text.data == NULL && text.len > 0)
        return fail(c, WN_ERROR_ARGUMENT, "a probe is NULL");
    if (text.len == 0)
        text.data = "";
    if (!wn__utf8_valid((const uint8_t *)text.data, text.len) ||
        memchr(text.data, 0, text.len) != NULL)
        return fail(c, WN_ERROR_ARGUMENT, "a probe must be valid UTF-8 without NUL bytes");
    wn_status status = wn_classify_batch(ctx, &model, 1, &text, 1, &all, &result);
    if (status != WN_OK)
        return fail(c, status, wn_ctx_error(ctx)->message);
    double *scores = wn__heap_zalloc(&c->spec->heap, model->n_labels, sizeof *scores);
    char *copy = wn__heap_alloc(&c->spec->heap, text.len, 1);
    wn_text *texts = wn__heap_alloc(&c->spec->heap, 1, sizeof *texts);
    if (scores == NULL || copy == NULL || texts == NULL)
        return wn__no_memory(c->error);
    texts[0] = (wn_text){copy, text.len};
    memcpy(copy, text.data, text.len);
    const wn_prediction *prediction = result.paragraphs[0].predictions;
    for (uint32_t i = 0; i < prediction->n_scores; i++) {
        const wn_score *score = &prediction->scores[i];
        scores[score->label] = model->link == WN_LINK_RAW ? score->logit : score->probability;
    }
    *probe = (wn__spec_probe){texts, 1, scores, model->n_labels};
    return WN_OK;
}

/* Scores the given probes with the model that the input is, exactly. */
static wn_status add_probes(const conversion *c, const wn_model *model)
{
    size_t n = c->options->n_probes;
    if (n == 0)
        return WN_OK;
    if (n > WN__MAX_PROBES)
        return fail(c, WN_ERROR_LIMIT, "more than 4096 probes");
    wn__spec_probe *probes = wn__heap_zalloc(&c->spec->heap, n, sizeof *probes);
    wn_ctx *ctx;
    wn_status status = wn_ctx_new(c->options->allocator, &ctx);
    if (probes == NULL || status != WN_OK) {
        wn_ctx_free(ctx);
        return wn__no_memory(c->error);
    }
    for (size_t i = 0; i < n && status == WN_OK; i++)
        status = score_probe(c, model, ctx, c->options->probes[i], &probes[i]);
    wn_ctx_free(ctx);
    if (status == WN_OK) {
        c->spec->probes = probes;
        c->spec->n_probes = (uint32_t)n;
    }
    return status;
}

/* ---- All of it ---- */

static wn_status convert(const conversion *c, const char *in, const char *out)
{
    uint8_t *bytes;
    size_t len;
    wn__spec *spec = c->spec;
    wn_status status = wn__file_read(&spec->heap, in, WN__MAX_FILE_SIZE, &bytes, &len, c->error);
    spec->vocabulary = c->options->vocabulary;
    if (status == WN_OK)
        status = wn__format_read(spec, bytes, len, c->error);
    if (status != WN_OK)
        return status;
    if (c->options->name != NULL) {
        if (!wn__utf8_valid((const uint8_t *)c->options->name, strlen(c->options->name)))
            return fail(c, WN_ERROR_ARGUMENT, "the name is not valid UTF-8");
        spec->name = c->options->name;
    }
    /* Building the model is what validates the input. */
    const wn_model *model;
    bool is_fast_only = is_fasttext(spec) && !spec->blocks[0].rows.present;
    status =
        wn__model_build(spec, c->options->allocator,
                        is_fast_only ? WN_SCORING_FAST : WN_SCORING_EXACT, 0, &model, c->error);
    if (status != WN_OK)
        return status;
    status = add_probes(c, model);
    if (status == WN_OK)
        status = keep_rows(c);
    if (status == WN_OK && is_fasttext(spec)) {
        spec->blocks[0].words_index = -1; /* that of another file, or of other rows */
        drop_unused(spec);
        if (c->options->format == WN_FORMAT_WINNOW)
            status = add_index(c, model);
    }
    wn_model_unref(model);
    if (status != WN_OK)
        return status;
    const wn__format *format =
        c->options->format == WN_FORMAT_JSON ? &wn__format_json : &wn__format_winnow;
    wn__writer writer = {.heap = &spec->heap};
    status = format->write(&writer, spec, c->error);
    if (status == WN_OK)
        status = wn__file_write(out, writer.buffer.data, writer.len, c->error);
    return status;
}

wn_status wn_convert(const char *in, const char *out, const wn_convert_options *options,
                     wn_error *error)
{
    wn_convert_options ours;
    if (in == NULL || out == NULL || !wn__options_read(&ours, sizeof ours, options) ||
        (unsigned)ours.format > WN_FORMAT_JSON || (unsigned)ours.keep > WN_KEEP_BOTH ||
        (ours.probes == NULL && ours.n_probes > 0) ||
        (ours.vocabulary.data == NULL && ours.vocabulary.len > 0)) {
        return wn__fail(error, WN_ERROR_ARGUMENT, WN__NO_OFFSET,
                        "wn_convert: a path is NULL, or an option is out of range");
    }
    wn__heap heap;
    wn__heap_init(&heap, ours.allocator);
    wn__spec *spec = wn__heap_alloc(&heap, 1, sizeof *spec);
    if (spec == NULL)
        return wn__no_memory(error);
    wn__spec_init(spec, ours.allocator);
    conversion c = {spec, &ours, error};
    wn_status status = convert(&c, in, out);
    wn__spec_free(spec);
    wn__heap_free_all(&heap);
    return status;
}
