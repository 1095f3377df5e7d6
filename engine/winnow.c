/* winnow.c - the public functions: check the arguments, call down. */
#include "context.h"
#include "file.h"
#include "kernel/kernel.h"
#include "open.h"
#include "options.h"
#include "paragraph.h"
#include "pipeline.h"

#include <math.h>

const char *wn_version(void)
{
    return WN_VERSION_STRING;
}

const char *wn_build_info(void)
{
#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown compiler"
#endif
#if defined(__x86_64__) && !defined(WN_PORTABLE)
#define KERNELS "kernels: portable, AVX2, AVX-512"
#else
#define KERNELS "kernels: portable"
#endif
#ifdef WN_NO_BLAS
    return "winnow " WN_VERSION_STRING ", " COMPILER ", " KERNELS ", no BLAS";
#else
    return "winnow " WN_VERSION_STRING ", " COMPILER ", " KERNELS ", OpenBLAS";
#endif
}

/* ---- Models ---- */

static wn_status read_open_options(wn_open_options *ours, const wn_open_options *options,
                                   const void *required, const wn_model **model, wn_error *error)
{
    if (model != NULL)
        *model = NULL;
    if (model == NULL || required == NULL)
        return wn__fail(error, WN_ERROR_ARGUMENT, WN__NO_OFFSET, "a required pointer is NULL");
    if (!wn__options_read(ours, sizeof *ours, options) ||
        (ours->scoring != WN_SCORING_FAST && ours->scoring != WN_SCORING_EXACT)) {
        return wn__fail(error, WN_ERROR_ARGUMENT, WN__NO_OFFSET,
                        "wn_open_options: set size to sizeof(wn_open_options), the rest to zero");
    }
    if (ours->vocabulary.data == NULL && ours->vocabulary.len > 0)
        return wn__fail(error, WN_ERROR_ARGUMENT, WN__NO_OFFSET, "the vocabulary is NULL");
    if ((ours->flags & ~(unsigned)WN_OPEN_MAP) != 0)
        return wn__fail(error, WN_ERROR_ARGUMENT, WN__NO_OFFSET, "an unknown flag to open with");
    if (ours->max_file_size == 0)
        ours->max_file_size = WN__MAX_FILE_SIZE;
    return WN_OK;
}

wn_status wn_model_open(const char *path, const wn_open_options *options, const wn_model **model,
                        wn_error *error)
{
    wn_open_options ours;
    wn_status status = read_open_options(&ours, options, path, model, error);
    if (status != WN_OK)
        return status;
    return wn__open_path(path, &ours, model, error);
}

wn_status wn_model_open_memory(const void *bytes, size_t len, const wn_open_options *options,
                               const wn_model **model, wn_error *error)
{
    wn_open_options ours;
    wn_status status = read_open_options(&ours, options, bytes, model, error);
    if (status != WN_OK)
        return status;
    if (len > ours.max_file_size) {
        return wn__fail(error, WN_ERROR_LIMIT, WN__NO_OFFSET,
                        "%zu bytes, more than the limit (max_file_size)", len);
    }
    if ((ours.flags & WN_OPEN_MAP) != 0)
        return wn__fail(error, WN_ERROR_ARGUMENT, WN__NO_OFFSET,
                        "WN_OPEN_MAP is for files, not for memory");
    return wn__open_bytes(bytes, len, &ours, model, error);
}

/* Models are const to everybody but their reference count and their end. */
static wn_model *owned(const wn_model *model)
{
    return (wn_model *)(uintptr_t)model;
}

const wn_model *wn_model_ref(const wn_model *model)
{
    /* relaxed: whoever has a reference to copy is synchronised with its source already. */
    if (model != NULL)
        atomic_fetch_add_explicit(&owned(model)->references, 1, memory_order_relaxed);
    return model;
}

void wn_model_unref(const wn_model *model)
{
    /* acq_rel: every use of the model comes before its end, whichever thread ends it. */
    if (model == NULL ||
        atomic_fetch_sub_explicit(&owned(model)->references, 1, memory_order_acq_rel) != 1)
        return;
    wn__heap heap = model->heap;
    if (model->mapping != NULL)
        wn__file_unmap(model->mapping, model->mapping_size);
    wn__heap_free_all(&heap);
}

wn_status wn_model_get_info(const wn_model *model, wn_model_info *info)
{
    if (model == NULL || info == NULL || info->size < sizeof(size_t))
        return WN_ERROR_ARGUMENT;
    wn_model_info ours = {
        .size = info->size,
        .name = model->name,
        .version = model->version,
        .description = model->description,
        .license = model->license,
        .trainer = model->trainer,
        .format = model->format,
        .checksum = model->checksum,
        .memory = model->heap.held,
        .dim = model->dim,
        .n_labels = model->n_labels,
        .n_blocks = model->n_blocks,
        .n_probes = model->n_probes,
        .link = model->link,
        .is_fasttext = model->is_fasttext,
        .is_quantized = model->is_quantized,
        .has_exact = !model->blocks[0].is_fast,
        .has_fast = model->blocks[0].is_fast,
        .is_multi_label = model->multi_label,
        .is_calibrated =
            model->calibration.present || (model->n_members > 1 && model->link != WN_LINK_RAW),
        .has_thresholds = model->thresholds != NULL,
        .has_context = model->n_context > 0,
        .n_fields = model->n_fields,
        .n_columns = (uint32_t)model->blocks[0].n_columns,
    };
    for (uint32_t i = 0; i < model->n_blocks; i++)
        ours.n_rows += model->blocks[i].n_rows;
    memcpy(info, &ours, info->size < sizeof ours ? info->size : sizeof ours);
    return WN_OK;
}

const char *wn_model_label(const wn_model *model, uint32_t label, size_t *len)
{
    if (model == NULL || label >= model->n_labels)
        return NULL;
    if (len != NULL)
        *len = model->label_begin[label + 1] - model->label_begin[label] - 1;
    return model->label_text + model->label_begin[label];
}

const char *wn_model_field(const wn_model *model, uint32_t field)
{
    return model == NULL || field >= model->n_fields ? NULL : model->fields[field];
}

double wn_model_threshold(const wn_model *model, uint32_t label)
{
    if (model == NULL || label >= model->n_labels)
        return NAN;
    return model->thresholds != NULL ? model->thresholds[label] : -INFINITY;
}

/* ---- Text ---- */

static wn_status bad_argument(wn_ctx *ctx, const char *what)
{
    return ctx == NULL ? WN_ERROR_ARGUMENT : wn__ctx_fail(ctx, WN_ERROR_ARGUMENT, what);
}

wn_status wn_split(wn_ctx *ctx, const char *text, size_t len, wn_split_mode mode,
                   const wn_span **spans, size_t *n_spans)
{
    if (ctx == NULL || spans == NULL || n_spans == NULL || (text == NULL && len > 0))
        return bad_argument(ctx, "a required pointer is NULL");
    if ((unsigned)mode > WN_SPLIT_NONE)
        return bad_argument(ctx, "unknown split mode");
    wn__splitter splitter;
    wn_span span;
    size_t n = 0;
    wn__splitter_init(&splitter, text == NULL ? "" : text, len, mode);
    while (wn__splitter_next(&splitter, &span)) {
        if (!wn__buffer_reserve(&ctx->heap, &ctx->spans, n + 1, sizeof span, n * sizeof span))
            return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory for the paragraphs");
        ((wn_span *)ctx->spans.data)[n++] = span;
    }
    *spans = ctx->spans.data;
    *n_spans = n;
    return WN_OK;
}

/* Checks what the ways to classify have in common and starts a batch. split: NULL where there is no
 * document, which alone is split and has a context. */
static wn_status start_batch(wn_ctx *ctx, const wn_model *const *models, size_t n_models,
                             const wn_classify_options *options, const wn_result *result,
                             wn__batch *batch, wn_split_mode *split)
{
    wn_classify_options ours;
    if (ctx == NULL || result == NULL || models == NULL || n_models == 0)
        return bad_argument(ctx, "a required pointer is NULL, or there is no model");
    for (size_t i = 0; i < n_models; i++) {
        if (models[i] == NULL)
            return bad_argument(ctx, "a model is NULL");
    }
    if (!wn__options_read(&ours, sizeof ours, options) || (unsigned)ours.split > WN_SPLIT_NONE ||
        ours.threshold != ours.threshold)
        return bad_argument(ctx, "wn_classify_options: wrong size, split mode or threshold");
    *batch =
        (wn__batch){.models = models,
                    .n_models = n_models,
                    .n_fields = 1,
                    .wanted = {.k = options == NULL ? 1 : ours.k, .threshold = ours.threshold}};
    if (split != NULL) {
        *split = ours.split;
        batch->with_context = ours.context != 0;
    }
    return WN_OK;
}

static wn_status check_texts(wn_ctx *ctx, const wn_text *texts, size_t n)
{
    if (texts == NULL && n > 0)
        return bad_argument(ctx, "texts is NULL");
    for (size_t i = 0; i < n; i++) {
        if (texts[i].data == NULL && texts[i].len > 0)
            return bad_argument(ctx, "a text is NULL");
    }
    return WN_OK;
}

wn_status wn_classify(wn_ctx *ctx, const wn_model *const *models, size_t n_models, const char *text,
                      size_t len, const wn_classify_options *options, wn_result *result)
{
    wn__batch batch;
    wn_split_mode split = WN_SPLIT_AUTO;
    wn_status status = start_batch(ctx, models, n_models, options, result, &batch, &split);
    if (status == WN_OK)
        status = wn_split(ctx, text, len, split, &batch.spans, &batch.n);
    if (status != WN_OK)
        return status;
    batch.text = text == NULL ? "" : text;
    return wn__pipeline_run(ctx, &batch, result);
}

wn_status wn_classify_batch(wn_ctx *ctx, const wn_model *const *models, size_t n_models,
                            const wn_text *texts, size_t n_texts,
                            const wn_classify_options *options, wn_result *result)
{
    wn__batch batch;
    wn_status status = start_batch(ctx, models, n_models, options, result, &batch, NULL);
    if (status == WN_OK)
        status = check_texts(ctx, texts, n_texts);
    if (status != WN_OK)
        return status;
    batch.texts = texts;
    batch.n = n_texts;
    return wn__pipeline_run(ctx, &batch, result);
}

wn_status wn_classify_fields(wn_ctx *ctx, const wn_model *const *models, size_t n_models,
                             const char *const *names, size_t n_fields, const wn_text *texts,
                             size_t n_texts, const wn_classify_options *options, wn_result *result)
{
    wn__batch batch;
    size_t n_all;
    wn_status status = start_batch(ctx, models, n_models, options, result, &batch, NULL);
    if (status != WN_OK)
        return status;
    if (names == NULL || n_fields == 0 || !wn__mul(n_texts, n_fields, &n_all))
        return bad_argument(ctx, "wn_classify_fields: there are no names of fields");
    for (size_t f = 0; f < n_fields; f++) {
        if (names[f] == NULL)
            return bad_argument(ctx, "wn_classify_fields: a name is NULL");
    }
    status = check_texts(ctx, texts, n_all);
    if (status != WN_OK)
        return status;
    batch.texts = texts;
    batch.n_fields = n_fields;
    batch.names = names;
    batch.n = n_texts;
    return wn__pipeline_run(ctx, &batch, result);
}

wn_status wn_explain(wn_ctx *ctx, const wn_model *model, const char *text, size_t len,
                     uint32_t label, wn_explanation *explanation)
{
    if (ctx == NULL || model == NULL || explanation == NULL || (text == NULL && len > 0))
        return bad_argument(ctx, "a required pointer is NULL");
    if (label >= model->n_labels)
        return bad_argument(ctx, "wn_explain: the model has no such label");
    if (model->n_fields != 1)
        return bad_argument(ctx, "wn_explain: the model reads several texts, or none");
    if (model->link == WN_LINK_HIERARCHICAL_SOFTMAX)
        return wn__ctx_fail(ctx, WN_ERROR_UNSUPPORTED,
                            "wn_explain: the logits of hierarchical softmax are no sums");
    return wn__explain(ctx, model, (wn_text){text == NULL ? "" : text, len}, label, explanation);
}

static wn_status check_vectors(wn_ctx *ctx, const wn_vector *vectors, size_t n_vectors)
{
    if (vectors == NULL && n_vectors > 0)
        return bad_argument(ctx, "vectors is NULL");
    for (size_t i = 0; i < n_vectors; i++) {
        const wn_entry *entries = vectors[i].entries;
        if (entries == NULL && vectors[i].n > 0)
            return bad_argument(ctx, "the entries of a vector are NULL");
        for (size_t j = 0; j < vectors[i].n; j++) {
            if (!isfinite(entries[j].value) ||
                (j > 0 && entries[j].column <= entries[j - 1].column))
                return bad_argument(ctx,
                                    "the columns of a vector must ascend, its values be finite");
        }
    }
    return WN_OK;
}

wn_status wn_classify_vectors(wn_ctx *ctx, const wn_model *model, const wn_vector *vectors,
                              size_t n_vectors, const wn_classify_options *options,
                              wn_result *result)
{
    wn__batch batch;
    wn_status status = start_batch(ctx, &model, 1, options, result, &batch, NULL);
    if (status == WN_OK)
        status = check_vectors(ctx, vectors, n_vectors);
    if (status != WN_OK)
        return status;
    if (model->is_fasttext || model->n_blocks != 1)
        return bad_argument(ctx, "vectors are for linear models of one block");
    static const wn_vector none = {NULL, 0};
    batch.vectors = n_vectors > 0 ? vectors : &none;
    batch.n = n_vectors;
    return wn__pipeline_run(ctx, &batch, result);
}
