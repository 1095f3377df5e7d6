/* text.c - any bytes as text: for sample models of every family, and for the paragraph splitter. */
#include "fuzz.h"

#include "paragraph.h"
#include "unit/samples.c"
#include "utf8.h"

#include <math.h>

/* ---- Classifying ---- */

/* Each sample with fast rows and with exact ones, opened once. */
static const wn_model *models[2 * N_SAMPLES];

static const wn_model *model_of(unsigned n)
{
    n %= 2 * N_SAMPLES;
    if (models[n] == NULL) {
        size_t len;
        char *json = sample_json((sample)(n / 2), 3, &len);
        wn_open_options options = {.size = sizeof options, .scoring = (wn_scoring)(n % 2)};
        must(wn_model_open_memory(json, len, &options, &models[n], NULL) == WN_OK);
        free(json);
    }
    return models[n];
}

static bool same_prediction(const wn_prediction *p, const wn_prediction *q)
{
    bool same = p->n_scores == q->n_scores && p->n_features == q->n_features &&
                p->n_chosen == q->n_chosen && p->decision == q->decision;
    for (uint32_t i = 0; i < p->n_scores && same; i++) {
        same = p->scores[i].label == q->scores[i].label &&
               memcmp(&p->scores[i].logit, &q->scores[i].logit, sizeof(double)) == 0 &&
               memcmp(&p->scores[i].probability, &q->scores[i].probability, sizeof(double)) == 0;
    }
    return same;
}

/* The parts of a logit make up the logit. */
static void check_explanation(const wn_model *model, wn_ctx *ctx, wn_text text, uint32_t label)
{
    wn_explanation e;
    wn_status status = wn_explain(ctx, model, text.data, text.len, label, &e);
    must(status == WN_OK || status == WN_ERROR_UNSUPPORTED);
    if (status != WN_OK)
        return;
    double sum = e.bias, size = fabs(e.bias) + 1;
    for (size_t i = 0; i < e.n; i++) {
        const wn_contribution *c = &e.contributions[i];
        must(c->begin <= c->end && c->end <= text.len && isfinite(c->value));
        must(i == 0 || c->begin > c[-1].begin || (c->begin == c[-1].begin && c->end >= c[-1].end));
        sum += c->value;
        size += fabs(c->value);
    }
    must(e.n == 0 || fabs(sum - e.logit) <= 1e-5 * size);
}

/* Lines of fastText's one after the other: all of the text, and no more. */
static void check_lines(const wn_model *model, wn_ctx *ctx, wn_text text)
{
    for (size_t at = 0; at < text.len;) {
        wn_fasttext_line line;
        wn_status status =
            wn_fasttext_predict(ctx, model, text.data + at, text.len - at, -1, 0, &line);
        must(status == WN_OK || status == WN_ERROR_UNSUPPORTED);
        if (status != WN_OK)
            return;
        must(line.consumed > 0 && line.consumed <= text.len - at);
        for (uint32_t i = 0; i < line.n_scores; i++)
            must(line.scores[i].probability >= 0 && line.scores[i].probability <= 1.001);
        at += line.consumed;
    }
}

bool fuzz_text(const uint8_t *data, size_t size)
{
    if (size < 2)
        return false;
    const wn_model *model = model_of(data[0]);
    wn_text text = {(const char *)data + 2, size - 2};
    wn_classify_options options = {.size = sizeof options,
                                   .k = (data[1] >> 4) % 8 == 7 ? WN_K_CHOSEN : data[1] >> 4,
                                   .threshold = -INFINITY,
                                   .split = (wn_split_mode)(data[1] & 3),
                                   .context = data[1] >> 2 & 1};
    wn_model_info info = {.size = sizeof info};
    wn_ctx *ctx, *fresh;
    wn_result document, alone;
    must(wn_model_get_info(model, &info) == WN_OK);
    must(wn_ctx_new(NULL, &ctx) == WN_OK && wn_ctx_new(NULL, &fresh) == WN_OK);
    must(wn_classify(ctx, &model, 1, text.data, text.len, &options, &document) == WN_OK);
    for (size_t i = 0; i < document.n_paragraphs; i++) {
        const wn_paragraph *paragraph = &document.paragraphs[i];
        wn_text one = {text.data + paragraph->begin, paragraph->end - paragraph->begin};
        must(paragraph->begin < paragraph->end && paragraph->end <= text.len);
        fuzz_check_prediction(&info, paragraph->predictions, options.k == 0);
        if (i > 20)
            continue;
        must(wn_classify_batch(fresh, &model, 1, &one, 1, &options, &alone) == WN_OK);
        must(same_prediction(paragraph->predictions, alone.paragraphs[0].predictions));
    }
    check_explanation(model, ctx, text, data[1] % info.n_labels);
    if (info.is_fasttext)
        check_lines(model, ctx, text);
    wn_ctx_free(ctx);
    wn_ctx_free(fresh);
    return document.n_paragraphs > 0;
}

/* ---- Splitting ---- */

/* No span begins or ends with white space; between two there is nothing else. */
static void check_spans(wn_text text, const wn_span *spans, size_t n)
{
    const uint8_t *p = (const uint8_t *)text.data;
    size_t at = text.len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0, i = 0;
    bool was_space = false;
    while (at < text.len) {
        uint32_t c;
        size_t len = wn__utf8_decode(p + at, text.len - at, &c);
        bool is_space = wn__utf8_is_space(c);
        if (i < n && at >= spans[i].end) {
            must(at == spans[i].end && !was_space);
            i++;
        }
        bool is_inside = i < n && at >= spans[i].begin;
        must(is_space || is_inside);
        must(!is_inside || at != spans[i].begin || !is_space);
        must(!is_inside || at + len <= spans[i].end);
        was_space = is_space;
        at += len;
    }
    must(i == n || (i + 1 == n && spans[i].end == text.len && !was_space));
    for (i = 0; i < n; i++) {
        must(spans[i].begin < spans[i].end && spans[i].end <= text.len);
        must(i == 0 || spans[i].begin >= spans[i - 1].end);
    }
}

bool fuzz_paragraphs(const uint8_t *data, size_t size)
{
    wn_ctx *ctx;
    wn_text text = {(const char *)data, size};
    size_t counts[4];
    must(wn_ctx_new(NULL, &ctx) == WN_OK);
    for (int mode = WN_SPLIT_AUTO; mode <= WN_SPLIT_NONE; mode++) {
        const wn_span *spans;
        must(wn_split(ctx, text.data, text.len, (wn_split_mode)mode, &spans, &counts[mode]) ==
             WN_OK);
        check_spans(text, spans, counts[mode]);
    }
    must(counts[WN_SPLIT_NONE] <= counts[WN_SPLIT_BLANK]);
    must(counts[WN_SPLIT_BLANK] <= counts[WN_SPLIT_AUTO]);
    must(counts[WN_SPLIT_AUTO] <= counts[WN_SPLIT_LINE]);
    wn_ctx_free(ctx);
    return counts[WN_SPLIT_AUTO] > 0;
}
