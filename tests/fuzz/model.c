/* model.c - the bytes of a model file, and what holds for every model that opens. */
#include "fuzz.h"

#include "hash.h"

#include <math.h>
#include <stdlib.h>

/* ---- .winnow files with a checksum that is right; format_winnow.c has the layout ---- */

static const uint8_t magic[8] = {0x93, 'W', 'I', 'N', 'N', 'O', 'W', '\n'};
enum { WINNOW_HEADER = 64, SIZE_AT = 16, MANIFEST_SIZE_AT = 24, CHECKSUM_AT = 32 };

static void put_u64(uint8_t *at, uint64_t value)
{
    memcpy(at, &value, sizeof value);
}

static void put_checksum(uint8_t *file, size_t len)
{
    put_u64(file + SIZE_AT, len);
    put_u64(file + CHECKSUM_AT, wn__xxh3_with_hole(file, len, CHECKSUM_AT));
}

static uint8_t *take_zeros(size_t size)
{
    uint8_t *memory = calloc(size + 1, 1);
    if (memory == NULL)
        support_stop("out of memory");
    return memory;
}

static uint8_t *assemble(const uint8_t *manifest, size_t manifest_size, const uint8_t *arrays,
                         size_t arrays_size, size_t *len)
{
    size_t begin = (WINNOW_HEADER + manifest_size + 63) & ~(size_t)63;
    uint32_t version = 2;
    *len = begin + arrays_size;
    uint8_t *file = take_zeros(*len);
    memcpy(file, magic, sizeof magic);
    memcpy(file + 8, &version, sizeof version);
    memcpy(file + 12, &version, sizeof version);
    put_u64(file + MANIFEST_SIZE_AT, manifest_size);
    memcpy(file + WINNOW_HEADER, manifest, manifest_size);
    memcpy(file + begin, arrays, arrays_size);
    put_checksum(file, *len);
    return file;
}

uint8_t *fuzz_model_file(const uint8_t *data, size_t size, size_t *len)
{
    const uint8_t *nul = size > 0 && data[0] == '{' ? memchr(data, 0, size) : NULL;
    if (nul != NULL) {
        size_t n = (size_t)(nul - data);
        return assemble(data, n, nul + 1, size - n - 1, len);
    }
    uint8_t *file = take_zeros(size);
    *len = size;
    if (size > 0)
        memcpy(file, data, size);
    if (size >= WINNOW_HEADER && memcmp(file, magic, sizeof magic) == 0)
        put_checksum(file, size);
    return file;
}

/* ---- Predictions ---- */

const wn_text fuzz_usual_text = {"harbour winter offer now, the x y z of 2026 été\n\nriver a b",
                                 61};

static bool sums_to_one(const wn_model_info *info)
{
    return !info->is_calibrated &&
           (info->link == WN_LINK_SOFTMAX || info->link == WN_LINK_ONE_VS_REST ||
            info->link == WN_LINK_HIERARCHICAL_SOFTMAX);
}

void fuzz_check_prediction(const wn_model_info *info, const wn_prediction *p, bool is_all)
{
    double sum = 0;
    uint32_t n_chosen = 0;
    must(p->n_scores <= info->n_labels && p->n_chosen <= info->n_labels);
    must(p->decision == (p->n_chosen > 0     ? WN_DECIDED
                         : p->n_features > 0 ? WN_UNSURE
                                             : p->decision));
    for (uint32_t i = 0; i < p->n_scores; i++) {
        const wn_score *score = &p->scores[i];
        must(score->label < info->n_labels);
        must(isfinite(score->logit));
        if (info->link == WN_LINK_RAW && !info->is_calibrated)
            must(isnan(score->probability));
        else
            must(score->probability >= 0 && score->probability <= 1);
        n_chosen += score->is_chosen != 0;
        sum += score->probability;
    }
    must(n_chosen <= p->n_chosen);
    if (is_all && p->n_scores > 0) {
        must(p->n_scores == info->n_labels && n_chosen == p->n_chosen);
        must(!sums_to_one(info) || fabs(sum - 1) <= 1e-6);
    }
    if (p->context != NULL)
        fuzz_check_prediction(info, p->context, is_all);
}

/* ---- Models ---- */

static const wn_classify_options all_labels = {
    .size = sizeof all_labels, .threshold = -INFINITY, .context = 1};

static wn_ctx *new_context(fuzz_budget *budget)
{
    wn_ctx *ctx;
    fuzz_budget_start(budget, (size_t)256 << 20);
    must(wn_ctx_new(&budget->allocator, &ctx) == WN_OK);
    return ctx;
}

static void check_info(const wn_model *model, wn_model_info *info)
{
    *info = (wn_model_info){.size = sizeof *info};
    must(wn_model_get_info(model, info) == WN_OK);
    must(info->n_labels > 0 && info->n_blocks > 0);
    must(strlen(info->name) + strlen(info->version) + strlen(info->description) +
             strlen(info->license) + strlen(info->trainer) + strlen(info->format) >
         0);
    for (uint32_t i = 0; i < info->n_labels; i++) {
        size_t len;
        const char *label = wn_model_label(model, i, &len);
        must(label != NULL && label[len] == '\0' && !isnan(wn_model_threshold(model, i)));
    }
    must(wn_model_label(model, info->n_labels, NULL) == NULL);
    must(isnan(wn_model_threshold(model, info->n_labels)));
    for (uint32_t i = 0; i < info->n_fields; i++)
        must(wn_model_field(model, i) != NULL);
    must(wn_model_field(model, info->n_fields) == NULL);
}

static void use_vectors(const wn_model *model, const wn_model_info *info, wn_ctx *ctx)
{
    const wn_entry entries[] = {{0, 1}, {1, -2.5}, {info->n_columns, 1e300}};
    const wn_vector vectors[] = {{NULL, 0}, {entries, info->n_columns > 1 ? 3 : 1}};
    wn_result result;
    wn_status status = wn_classify_vectors(ctx, model, vectors, 2, &all_labels, &result);
    must(status == WN_OK || status == WN_ERROR_ARGUMENT);
    for (size_t i = 0; i < 2 && status == WN_OK; i++)
        fuzz_check_prediction(info, result.paragraphs[i].predictions, true);
}

static void use_fields(const wn_model *model, const wn_model_info *info, wn_ctx *ctx, wn_text text)
{
    const char *names[64];
    wn_text texts[64];
    wn_result result;
    must(info->n_fields <= WN__COUNT(names));
    for (uint32_t i = 0; i < info->n_fields; i++) {
        names[i] = wn_model_field(model, i);
        texts[i] = text;
    }
    must(wn_classify_fields(ctx, &model, 1, names, info->n_fields, texts, 1, &all_labels,
                            &result) == WN_OK);
    fuzz_check_prediction(info, result.paragraphs[0].predictions, true);
}

static void use_explain(const wn_model *model, wn_ctx *ctx, wn_text text, uint32_t label)
{
    wn_explanation e;
    wn_status status = wn_explain(ctx, model, text.data, text.len, label, &e);
    must(status == WN_OK || status == WN_ERROR_UNSUPPORTED);
    for (size_t i = 0; i < e.n && status == WN_OK; i++) {
        const wn_contribution *c = &e.contributions[i];
        must(c->begin <= c->end && c->end <= text.len);
        must(i == 0 || c->begin >= c[-1].begin);
    }
}

static void use_fasttext(const wn_model *model, const wn_model_info *info, wn_ctx *ctx,
                         wn_text text)
{
    for (size_t at = 0, n = 0; at < text.len && n < 20; n++) {
        wn_fasttext_line line;
        wn_status status =
            wn_fasttext_predict(ctx, model, text.data + at, text.len - at, -1, 0, &line);
        must(status == WN_OK || status == WN_ERROR_UNSUPPORTED || status == WN_ERROR_CORRUPT);
        if (status != WN_OK)
            return;
        must(line.consumed > 0 && line.consumed <= text.len - at);
        must(line.n_scores <= info->n_labels);
        for (uint32_t i = 0; i < line.n_scores; i++) {
            /* fastText adds 1e-5 at every step, of which a tree has as many as labels at most. */
            must(line.scores[i].label < info->n_labels);
            must(!(line.scores[i].probability > pow(1.0001, info->n_labels)));
        }
        for (uint32_t i = 0; i < line.n_gold; i++)
            must(line.gold[i] < info->n_labels);
        at += line.consumed;
    }
}

void fuzz_use(const wn_model *model, wn_text text)
{
    wn_model_info info;
    fuzz_budget budget;
    wn_ctx *ctx = new_context(&budget);
    wn_verify_report report = {.size = sizeof report};
    check_info(model, &info);
    wn_status status = wn_model_verify(model, ctx, &report);
    must(status == WN_OK || status == WN_ERROR_CORRUPT);
    if (info.n_fields == 0) {
        use_vectors(model, &info, ctx);
    } else if (info.n_fields > 1) {
        use_fields(model, &info, ctx, text);
    } else {
        wn_result result;
        must(wn_classify(ctx, &model, 1, text.data, text.len, &all_labels, &result) == WN_OK);
        for (size_t i = 0; i < result.n_paragraphs; i++)
            fuzz_check_prediction(&info, result.paragraphs[i].predictions, true);
        use_explain(model, ctx, text, 0);
        use_explain(model, ctx, text, info.n_labels - 1);
        if (info.is_fasttext)
            use_fasttext(model, &info, ctx, text);
    }
    wn_ctx_free(ctx);
    fuzz_budget_end(&budget);
}

/* Scores of one text; the result lives in ctx. */
static wn_prediction predict(const wn_model *model, wn_ctx *ctx, wn_text text)
{
    wn_result result;
    must(wn_classify_batch(ctx, &model, 1, &text, 1, &all_labels, &result) == WN_OK);
    return result.paragraphs[0].predictions[0];
}

void fuzz_same_scores(const wn_model *a, const wn_model *b, wn_text text)
{
    wn_model_info x, y;
    fuzz_budget budgets[2];
    check_info(a, &x);
    check_info(b, &y);
    must(x.n_labels == y.n_labels && x.n_fields == y.n_fields && x.n_rows == y.n_rows);
    must(x.link == y.link && x.is_multi_label == y.is_multi_label && x.n_probes == y.n_probes);
    must(strcmp(x.name, y.name) == 0 && strcmp(x.version, y.version) == 0);
    if (x.n_fields != 1)
        return;
    wn_ctx *ctx[2] = {new_context(&budgets[0]), new_context(&budgets[1])};
    wn_prediction p = predict(a, ctx[0], text), q = predict(b, ctx[1], text);
    must(p.n_scores == q.n_scores && p.n_features == q.n_features && p.n_chosen == q.n_chosen);
    for (uint32_t i = 0; i < p.n_scores; i++) {
        must(p.scores[i].label == q.scores[i].label);
        must(memcmp(&p.scores[i].logit, &q.scores[i].logit, sizeof(double)) == 0);
        must(p.scores[i].is_chosen == q.scores[i].is_chosen);
    }
    wn_ctx_free(ctx[0]);
    wn_ctx_free(ctx[1]);
}
