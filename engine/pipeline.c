/* pipeline.c - the steps from text to ranked labels. START READING HERE.
 *
 *     document --wn_split--> paragraphs              paragraph.c
 *     paragraph --normalize--> bytes                 normalize.c   as the model was trained
 *     bytes --extract--> feature ids                 feature_*.c   words, n-grams, buckets
 *     ids --weigh, pool--> one row                   linear.c, pool.c   h = sum w_i R[id_i]
 *     row --stages, head--> outputs                  stage.c, kernel/   where the rows are no
 * outputs outputs --combine--> logits, probabilities     members.c, link.c  softmax, calibrators,
 * mean logits, probabilities --decide--> labels       decide.c      ranking, thresholds, "unsure"
 *     probabilities of neighbours --mix--> labels    below         a document's context, on request
 *
 * Every model family takes these steps, a tile of paragraphs at a time so that a dense stage is one
 * matrix product. fastText models pool floats, linear models doubles. A paragraph's numbers never
 * depend on its neighbours in the batch: each row is summed on its own, in an order that is that of
 * its text, and where OpenBLAS multiplies, the tile has a fixed size and its empty rows are zero.
 *
 * What is fast about it: the head is in the rows (fold.c); a word is one slot and one row
 * (word_table.h); each step asks the memory for what the next one reads (feature_fasttext.c,
 * pool.c, linear.c); unknown words are remembered (memo.h); the arithmetic has a version for each
 * kind of processor (kernel/). Nothing is allocated once the buffers have grown.
 */
#include "pipeline.h"

#include "kernel/kernel.h"
#include "linear.h"
#include "link.h"
#include "members.h"
#include "pool.h"
#include "stage.h"

/* One model's run over the batch. */
typedef struct run {
    wn_ctx *ctx;
    const wn__batch *batch;
    const wn_model *model;
    wn_prediction *predictions; /* of this model; n_models apart */
    wn_prediction *in_context;  /* the same with their neighbours, or NULL */
    wn_score *scores;           /* room for n * room scores, twice with context */
    uint32_t room;
    uint32_t columns[WN__MAX_BLOCKS]; /* which of the batch's texts is each field of the model */
} run;

/* The texts of the model's fields for paragraph i. */
static void texts_of(const run *r, size_t i, wn_text texts[WN__MAX_BLOCKS])
{
    const wn__batch *batch = r->batch;
    for (uint32_t f = 0; f < r->model->n_fields; f++) {
        if (batch->text != NULL) {
            wn_span span = batch->spans[i];
            texts[f] = (wn_text){batch->text + span.begin, span.end - span.begin};
        } else {
            texts[f] = batch->texts[i * batch->n_fields + r->columns[f]];
        }
    }
}

/* Paragraphs of fastText models that pass the head together: a head of 5,000 labels is 2 MB, which
 * are read once for all of them. Any number gives the same bits. */
#define FASTTEXT_TILE 32
_Static_assert(FASTTEXT_TILE >= WN__TILE, "a window takes either");

/* Paragraphs whose numbers are at hand for a context: all neighbours of one, and a tile ahead. */
#define WINDOW (2 * WN__MAX_NEIGHBOURS + 1 + FASTTEXT_TILE)

/* The logits and probabilities of paragraph i, [2][n_labels], while it is in the window. */
static double *numbers_of(const run *r, size_t i)
{
    return (double *)r->ctx->all.data + i % WINDOW * 2 * r->model->n_labels;
}

/* Stands where the number of known features would: the model has no answer at all. */
#define NO_ANSWER UINT64_MAX

/* Notes the numbers of paragraph i for the context; NULL: the model has none. */
static void note(const run *r, size_t i, const double *logits, const double *probabilities,
                 uint64_t n_known)
{
    size_t n = r->model->n_labels;
    if (r->in_context == NULL)
        return;
    ((uint64_t *)r->ctx->known.data)[i] = logits != NULL ? n_known : NO_ANSWER;
    if (logits == NULL) {
        memset(numbers_of(r, i), 0, 2 * n * sizeof(double));
        return;
    }
    memcpy(numbers_of(r, i), logits, n * sizeof(double));
    memcpy(numbers_of(r, i) + n, probabilities, n * sizeof(double));
}

/* The outputs [n_outputs] of paragraph i, which it may change, become its prediction. */
static void finish(const run *r, size_t i, uint64_t n_known, double *outputs)
{
    const wn_model *model = r->model;
    wn_ctx *ctx = r->ctx;
    double *logits = ctx->logits.data, *probabilities = ctx->probabilities.data;
    if (model->link == WN_LINK_HIERARCHICAL_SOFTMAX) {
        wn__link_tree(&model->tree, outputs, probabilities, logits);
        wn__link_apply(model->kernel, model->link, logits, probabilities, model->n_labels);
    } else {
        for (uint32_t j = 0; j < model->n_outputs && model->bias != NULL; j++)
            outputs[j] += model->bias[j];
        wn__members_combine(model, outputs, logits, probabilities, ctx->scratch.data);
    }
    wn__decide(model, logits, probabilities, n_known, &r->batch->wanted, ctx->ranking.data,
               r->scores + i * r->room, &r->predictions[i * r->batch->n_models]);
    note(r, i, logits, probabilities, n_known);
}

/* ---- The context of a document ---- */

/* What a model without weights of its own takes. */
static const double usual_weights[2] = {0.5, 0.25};

/* Adds weight times the numbers of paragraph i to sum [2][n_labels]. */
static void mix(const run *r, size_t i, double weight, double *sum)
{
    const double *all = numbers_of(r, i);
    for (size_t j = 0; j < 2 * (size_t)r->model->n_labels; j++)
        sum[j] += weight * all[j];
}

/* Adds their neighbours to the paragraphs from `done` on that have all of them among the first
 * `ready`; returns where it stopped. */
static size_t add_context(const run *r, size_t done, size_t ready)
{
    const wn_model *model = r->model;
    const uint64_t *known = r->ctx->known.data;
    const double *weights = model->n_context > 0 ? model->context : usual_weights;
    size_t n_weights = model->n_context > 0 ? model->n_context : WN__COUNT(usual_weights);
    size_t n = r->batch->n;
    double *sum = r->ctx->scratch.data;
    size_t end = ready == n ? n : ready > n_weights ? ready - n_weights : 0;
    for (size_t i = done; i < end && r->in_context != NULL; i++) {
        /* Zeros are no answer: they must not make what the neighbours say smaller. */
        double total = known[i] != NO_ANSWER ? 1 : 0;
        uint64_t n_known = known[i] != NO_ANSWER ? known[i] : 0;
        memset(sum, 0, 2 * (size_t)model->n_labels * sizeof *sum);
        mix(r, i, 1, sum);
        for (size_t d = 1; d <= n_weights; d++) {
            size_t sides[2] = {i >= d ? i - d : SIZE_MAX, i + d < n ? i + d : SIZE_MAX};
            for (size_t s = 0; s < 2; s++) {
                if (sides[s] == SIZE_MAX || known[sides[s]] == 0 || known[sides[s]] == NO_ANSWER)
                    continue;
                mix(r, sides[s], weights[d - 1], sum);
                total += weights[d - 1];
                n_known = n_known > 0 ? n_known : known[sides[s]];
            }
        }
        for (size_t j = 0; j < 2 * (size_t)model->n_labels && total > 0; j++)
            sum[j] /= total;
        wn__finite_logits(sum, model->n_labels); /* the sum of large ones may not be */
        wn_prediction *alone = &r->predictions[i * r->batch->n_models],
                      *to = &r->in_context[i * r->batch->n_models];
        if (n_known > 0 && total > 0)
            wn__decide(model, sum, sum + model->n_labels, n_known, &r->batch->wanted,
                       r->ctx->ranking.data, r->scores + (n + i) * r->room, to);
        else
            *to = *alone; /* nothing was added; fastText may have given no answer at all */
        to->n_features = alone->n_features;
        alone->context = to;
    }
    return end > done ? end : done;
}

/* ---- Linear models ---- */

/* From the counts of a text to its row. The row of one text is summed up after the next one is
 * counted: by then the memory has brought what it reads, and the nearest cache still holds it. */
static void sum_up(const run *r, const wn__weights *weights, double *row)
{
    if (r->batch->vectors == NULL)
        wn__linear_weigh(r->ctx, r->model, weights);
    wn__linear_pool(r->ctx, r->model, weights, row);
}

static wn_status run_linear(const run *r)
{
    const wn_model *model = r->model;
    wn_ctx *ctx = r->ctx;
    double *rows = ctx->rows[0].data;
    size_t n_done = 0;
    wn_text texts[WN__MAX_BLOCKS];
    for (size_t first = 0; first < r->batch->n; first += WN__TILE) {
        size_t n = r->batch->n - first < WN__TILE ? r->batch->n - first : WN__TILE, width;
        wn__weights weights[WN__TILE];
        for (size_t i = 0, begin = 0; i < n; begin += weights[i++].n) {
            wn_status status;
            weights[i].first = begin;
            if (r->batch->vectors != NULL) {
                status = wn__linear_vector(ctx, model, &r->batch->vectors[first + i], &weights[i]);
            } else {
                texts_of(r, first + i, texts);
                status = wn__linear_count(ctx, model, texts, false, &weights[i], NULL);
            }
            if (status != WN_OK)
                return status;
            if (i > 0)
                sum_up(r, &weights[i - 1], rows + (i - 1) * model->dim);
        }
        sum_up(r, &weights[n - 1], rows + (n - 1) * model->dim);
        double *outputs = wn__stages_run(model, rows, ctx->rows[1].data, n, &width);
        for (size_t i = 0; i < n; i++)
            finish(r, first + i, weights[i].n_known, outputs + i * width);
        n_done = add_context(r, n_done, first + n);
    }
    return WN_OK;
}

/* ---- fastText models ---- */

/* The dense stage of n paragraphs: outputs [n][stride] from hidden [n][dim]. */
static void apply_head(const wn_model *model, const float *hidden, size_t n, float *outputs,
                       size_t stride)
{
    const wn__head *head = &model->head;
    model->kernel->product(hidden, head->panels, outputs, stride, n, model->dim, model->n_outputs);
    for (size_t i = 0; i < n && head->norms != NULL; i++) {
        for (uint32_t j = 0; j < model->n_outputs; j++)
            outputs[i * stride + j] *= head->norms[j];
    }
}

/* Where the outputs of one paragraph are: in a row, or still to be made from its hidden row. */
typedef struct nodes {
    const wn__kernel *kernel;
    const wn__head *head;
    const float *outputs, *hidden;
    size_t dim;
} nodes;

static double output_of(const void *user, uint32_t output)
{
    const nodes *of = user;
    if (of->head->rows == NULL)
        return (double)of->outputs[output];
    float x = of->kernel->dot_f32(of->head->rows + output * of->dim, of->hidden, of->dim);
    return (double)(of->head->norms != NULL ? x * of->head->norms[output] : x);
}

static void score_all(const nodes *of, uint32_t n, double *scored)
{
    if (of->head->rows == NULL) {
        for (uint32_t i = 0; i < n; i++)
            scored[i] = (double)of->outputs[i];
    } else {
        for (uint32_t i = 0; i < n; i++)
            scored[i] = output_of(of, i);
    }
}

/* Asks the memory for what output_of will read. */
static void output_soon(const void *user, uint32_t output)
{
    const nodes *of = user;
    const float *row = of->head->rows != NULL ? of->head->rows + output * of->dim : NULL;
    for (size_t i = 0; i < of->dim && row != NULL; i += 16)
        __builtin_prefetch(row + i);
}

/* Are a few labels of a tree all that is asked for? Then most of it need not be looked at. */
static bool wants_few(const run *r)
{
    const wn_model *model = r->model;
    return model->link == WN_LINK_HIERARCHICAL_SOFTMAX && !model->multi_label &&
           model->thresholds == NULL && r->in_context == NULL && r->room <= model->n_labels / 8;
}

static void finish_few(const run *r, size_t i, uint64_t n_known, const nodes *of)
{
    wn__leaf *best = r->ctx->leaves.data, *heap = best + r->model->n_labels;
    size_t n = wn__link_tree_best(&r->model->tree, output_of, output_soon, of, r->room, heap, best);
    wn__decide_best(best, n, n_known, &r->batch->wanted, r->scores + i * r->room,
                    &r->predictions[i * r->batch->n_models]);
}

static wn_status run_fasttext(const run *r)
{
    const wn_model *model = r->model;
    wn_ctx *ctx = r->ctx;
    bool is_folded = model->is_folded;
    size_t stride = ((size_t)model->n_outputs + 15) & ~(size_t)15;
    float *outputs = ctx->outputs.data, *hidden = ctx->hidden.data;
    double *scored = ctx->scored.data;
    size_t n_done = 0;
    wn_text texts[WN__MAX_BLOCKS];
    wn__pooling pooling[2];
    for (size_t first = 0; first < r->batch->n; first += FASTTEXT_TILE) {
        size_t n = r->batch->n - first < FASTTEXT_TILE ? r->batch->n - first : FASTTEXT_TILE;
        wn__pooled pooled[FASTTEXT_TILE];
        for (size_t i = 0; i < n; i++) {
            texts_of(r, first + i, texts);
            wn__fasttext_tokens tokens = {.text = (const uint8_t *)texts[0].data,
                                          .len = texts[0].len};
            wn_status status = wn__ctx_normalize(ctx, model->normalize, model->unicode, false,
                                                 &tokens.text, &tokens.len);
            if (status != WN_OK)
                return status;
            float *row = is_folded ? outputs + i * stride : hidden + i * model->dim;
            wn__pool_start(ctx, model, &tokens, row, NULL, i % 2, &pooling[i % 2]);
            if (i > 0)
                pooled[i - 1] = wn__pool_end(&pooling[(i - 1) % 2]);
        }
        pooled[n - 1] = wn__pool_end(&pooling[(n - 1) % 2]);
        if (!is_folded && model->head.rows == NULL)
            apply_head(model, hidden, n, outputs, stride);
        for (size_t i = 0; i < n; i++) {
            nodes of = {model->kernel, &model->head, outputs + i * stride, hidden + i * model->dim,
                        model->dim};
            if (pooled[i].n == 0) {
                note(r, first + i, NULL, NULL, 0);
            } else if (wants_few(r)) {
                finish_few(r, first + i, pooled[i].n_text, &of);
            } else {
                score_all(&of, model->n_outputs, scored);
                finish(r, first + i, pooled[i].n_text, scored);
            }
        }
        n_done = add_context(r, n_done, first + n);
    }
    return WN_OK;
}

/* ---- All of it ---- */

/* Room for one model's numbers; the buffers keep their high-water mark. */
static bool reserve_for_model(wn_ctx *ctx, const wn_model *model, const wn__batch *batch)
{
    size_t n = model->n_labels, stride = ((size_t)model->n_outputs + 15) & ~(size_t)15;
    if (model->is_fasttext) {
        if (!wn__pool_reserve(ctx, model) ||
            !wn__buffer_reserve(&ctx->heap, &ctx->hidden, (size_t)FASTTEXT_TILE * model->dim,
                                sizeof(float), 0) ||
            !wn__buffer_reserve(&ctx->heap, &ctx->outputs, FASTTEXT_TILE * stride, sizeof(float),
                                0))
            return false;
    } else {
        size_t n_rows = model->n_stages > 0 ? 2 : 1;
        for (size_t i = 0; i < n_rows; i++) {
            if (!wn__buffer_reserve(&ctx->heap, &ctx->rows[i],
                                    WN__TILE * model->widest + WN__ROW_SLACK, sizeof(double), 0))
                return false;
        }
    }
    if (batch->with_context) {
        size_t n_kept = batch->n < WINDOW ? batch->n : WINDOW;
        if (!wn__buffer_reserve(&ctx->heap, &ctx->all, n_kept * 2 * n, sizeof(double), 0) ||
            !wn__buffer_reserve(&ctx->heap, &ctx->known, batch->n, sizeof(uint64_t), 0))
            return false;
    }
    return wn__buffer_reserve(&ctx->heap, &ctx->scored, model->n_outputs, sizeof(double), 0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->logits, n, sizeof(double), 0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->probabilities, 2 * n, sizeof(double), 0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->scratch, 2 * n, sizeof(double), 0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->ranking, n, sizeof(uint32_t), 0) &&
           (model->link != WN_LINK_HIERARCHICAL_SOFTMAX ||
            wn__buffer_reserve(&ctx->heap, &ctx->leaves, 2 * n, sizeof(wn__leaf), 0));
}

/* Room for the results of all models. */
static bool reserve_for_result(wn_ctx *ctx, const wn__batch *batch)
{
    size_t per_text = 0, n_predictions, n_scores, times = batch->with_context ? 2 : 1;
    for (size_t m = 0; m < batch->n_models; m++)
        per_text += times * wn__decide_room(batch->models[m], batch->wanted.k);
    return wn__mul(batch->n, batch->n_models * times, &n_predictions) &&
           wn__mul(batch->n, per_text, &n_scores) &&
           wn__buffer_reserve(&ctx->heap, &ctx->paragraphs, batch->n, sizeof(wn_paragraph), 0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->predictions, n_predictions, sizeof(wn_prediction),
                              0) &&
           wn__buffer_reserve(&ctx->heap, &ctx->scores, n_scores, sizeof(wn_score), 0);
}

/* Finds the model's fields among the names of the texts. One text without a name is whatever the
 * model's one field is. */
static wn_status find_fields(run *r)
{
    const wn__batch *batch = r->batch;
    const wn_model *model = r->model;
    if (batch->vectors != NULL)
        return WN_OK;
    if (model->n_fields == 0)
        return wn__fail(&r->ctx->error, WN_ERROR_ARGUMENT, WN__NO_OFFSET,
                        "the model scores vectors, not text: wn_classify_vectors, or open it with "
                        "a vocabulary");
    for (uint32_t f = 0; f < model->n_fields; f++) {
        r->columns[f] = 0;
        if (batch->names == NULL && model->n_fields > 1)
            return wn__fail(&r->ctx->error, WN_ERROR_ARGUMENT, WN__NO_OFFSET,
                            "the model reads %u fields (\"%s\", ...): wn_classify_fields",
                            (unsigned)model->n_fields, model->fields[0]);
        if (batch->names == NULL)
            continue;
        while (r->columns[f] < batch->n_fields &&
               strcmp(batch->names[r->columns[f]], model->fields[f]) != 0)
            r->columns[f]++;
        if (r->columns[f] < batch->n_fields)
            continue;
        r->columns[f] = 0; /* the field that needs no name */
        if (model->fields[f][0] != '\0')
            return wn__fail(&r->ctx->error, WN_ERROR_ARGUMENT, WN__NO_OFFSET,
                            "the model reads a field \"%s\", which is not among the names",
                            model->fields[f]);
    }
    return WN_OK;
}

static wn_status run_model(run *r)
{
    wn_ctx *ctx = r->ctx;
    wn_status status = find_fields(r);
    if (status != WN_OK)
        return status;
    if (!reserve_for_model(ctx, r->model, r->batch))
        return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory for the model's scores");
    return r->model->is_fasttext ? run_fasttext(r) : run_linear(r);
}

wn_status wn__pipeline_run(wn_ctx *ctx, const wn__batch *batch, wn_result *result)
{
    if (!reserve_for_result(ctx, batch))
        return wn__ctx_fail(ctx, WN_ERROR_MEMORY, "out of memory for the result");
    wn_prediction *predictions = ctx->predictions.data;
    wn_score *scores = ctx->scores.data;
    size_t n_predictions = batch->n * batch->n_models;
    for (size_t i = 0; i < n_predictions; i++) /* what fastText gives for a text without features */
        predictions[i] = (wn_prediction){.decision = WN_UNSURE_UNKNOWN};
    for (size_t m = 0; m < batch->n_models; m++) {
        const wn_model *model = batch->models[m];
        run r = {.ctx = ctx,
                 .batch = batch,
                 .model = model,
                 .predictions = predictions + m,
                 .in_context = batch->with_context ? predictions + n_predictions + m : NULL,
                 .scores = scores,
                 .room = wn__decide_room(model, batch->wanted.k)};
        wn_status status = run_model(&r);
        if (status != WN_OK)
            return status;
        scores += batch->n * r.room * (batch->with_context ? 2 : 1);
    }
    wn_paragraph *paragraphs = ctx->paragraphs.data;
    for (size_t i = 0; i < batch->n; i++) {
        paragraphs[i] = (wn_paragraph){.predictions = predictions + i * batch->n_models};
        if (batch->text != NULL) {
            paragraphs[i].begin = batch->spans[i].begin;
            paragraphs[i].end = batch->spans[i].end;
        } else if (batch->texts != NULL && batch->names == NULL) {
            paragraphs[i].end = batch->texts[i].len;
        }
    }
    *result = (wn_result){paragraphs, batch->n, batch->n_models};
    return WN_OK;
}
