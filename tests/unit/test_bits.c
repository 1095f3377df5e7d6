/* test_bits.c - a paragraph's scores are the same bits in any batch, place, order, context, company
 * of models and thread. */
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

enum { N_TEXTS = 70, TEXT_CAP = 700 };

static char bytes[N_TEXTS][TEXT_CAP];
static wn_text texts[N_TEXTS];

static void make_texts(uint64_t seed)
{
    for (size_t i = 0; i < N_TEXTS; i++) {
        texts[i] = (wn_text){bytes[i], random_text(&seed, bytes[i], TEXT_CAP, i % 3 == 0)};
    }
}

/* The models of a run: every sample, both ways to score, and a dense head that is cut into tiles.
 */
enum { MAX_MODELS = 2 * N_SAMPLES + 2 };
static const wn_model *models[MAX_MODELS];
static size_t n_models;

static void open_models(void)
{
    n_models = 0;
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        models[n_models++] = sample_open((sample)kind, 3, WN_SCORING_FAST, NULL);
        if (sample_is_fasttext((sample)kind))
            models[n_models++] = sample_open((sample)kind, 3, WN_SCORING_EXACT, NULL);
    }
    size_t len;
    char *json = wide_json(1500, 48, &len);
    for (int scoring = 0; scoring < 2; scoring++) {
        wn_open_options options = {.size = sizeof options, .scoring = (wn_scoring)scoring};
        cr_assert_eq(wn_model_open_memory(json, len, &options, &models[n_models++], NULL), WN_OK);
    }
    free(json);
}

static void close_models(void)
{
    for (size_t i = 0; i < n_models; i++)
        wn_model_unref(models[i]);
}

/* A copy of a prediction. */
typedef struct answer {
    uint32_t n_scores, n_features;
    wn_score *scores;
} answer;

/* [n_models][N_TEXTS], each text alone in a context of its own. */
static answer expected[MAX_MODELS][N_TEXTS];

static const wn_classify_options all_labels = {.size = sizeof all_labels, .k = 0};

static void make_expected(void)
{
    for (size_t m = 0; m < n_models; m++) {
        size_t n_answers = 0;
        for (size_t i = 0; i < N_TEXTS; i++) {
            wn_ctx *ctx;
            wn_result result;
            cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
            cr_assert_eq(wn_classify_batch(ctx, &models[m], 1, &texts[i], 1, &all_labels, &result),
                         WN_OK);
            const wn_prediction *p = result.paragraphs[0].predictions;
            answer *a = &expected[m][i];
            *a =
                (answer){p->n_scores, p->n_features, malloc((p->n_scores + 1) * sizeof *p->scores)};
            if (p->n_scores > 0)
                memcpy(a->scores, p->scores, p->n_scores * sizeof *p->scores);
            n_answers += p->n_scores > 0;
            wn_ctx_free(ctx);
        }
        cr_assert_gt(n_answers, N_TEXTS / 2, "the texts say something to model %zu", m);
    }
}

static void free_expected(void)
{
    for (size_t m = 0; m < n_models; m++) {
        for (size_t i = 0; i < N_TEXTS; i++)
            free(expected[m][i].scores);
    }
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static bool same_answer(const answer *a, const wn_prediction *p)
{
    bool same = a->n_scores == p->n_scores && a->n_features == p->n_features;
    for (uint32_t i = 0; same && i < a->n_scores; i++) {
        const wn_score *x = &a->scores[i], *y = &p->scores[i];
        same = x->label == y->label && same_bits(x->logit, y->logit) &&
               same_bits(x->probability, y->probability);
    }
    return same;
}

/* Classifies the texts in the order of `order`, `size` at a time, with models first .. first + n at
 * once. Returns how many answers differ. */
static size_t differences(wn_ctx *ctx, size_t first, size_t n, const size_t *order, size_t size)
{
    size_t n_wrong = 0;
    for (size_t begin = 0; begin < N_TEXTS; begin += size) {
        wn_text batch[N_TEXTS];
        wn_result result;
        size_t len = N_TEXTS - begin < size ? N_TEXTS - begin : size;
        for (size_t i = 0; i < len; i++)
            batch[i] = texts[order[begin + i]];
        if (wn_classify_batch(ctx, models + first, n, batch, len, &all_labels, &result) != WN_OK)
            return SIZE_MAX;
        for (size_t i = 0; i < len; i++) {
            for (size_t m = 0; m < n; m++) {
                n_wrong += !same_answer(&expected[first + m][order[begin + i]],
                                        &result.paragraphs[i].predictions[m]);
            }
        }
    }
    return n_wrong;
}

static void shuffle(uint64_t *random, size_t *order)
{
    for (size_t i = 0; i < N_TEXTS; i++)
        order[i] = i;
    for (size_t i = N_TEXTS - 1; i > 0; i--) {
        size_t j = random_below(random, (uint32_t)i + 1), swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
}

static const size_t batch_sizes[] = {1, 2, 7, 8, 9, 16, 17, 64, N_TEXTS};

static void start(void)
{
    make_texts(21);
    open_models();
    make_expected();
}

static void stop(void)
{
    free_expected();
    close_models();
}

Test(bits, depend_neither_on_the_batch_nor_on_the_order, .init = start, .fini = stop)
{
    uint64_t random = 22;
    for (size_t m = 0; m < n_models; m++) {
        wn_ctx *ctx;
        cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
        for (size_t s = 0; s < WN__COUNT(batch_sizes); s++) {
            size_t order[N_TEXTS];
            shuffle(&random, order);
            cr_expect_eq(differences(ctx, m, 1, order, batch_sizes[s]), 0, "model %zu, batch %zu",
                         m, batch_sizes[s]);
        }
        wn_ctx_free(ctx);
    }
}

Test(bits, depend_neither_on_other_models_nor_on_what_a_context_did_before, .init = start,
     .fini = stop)
{
    uint64_t random = 23;
    wn_ctx *ctx;
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
    for (unsigned round = 0; round < 60; round++) {
        size_t order[N_TEXTS], first = random_below(&random, (uint32_t)n_models);
        size_t n = 1 + random_below(&random, (uint32_t)(n_models - first));
        shuffle(&random, order);
        cr_expect_eq(differences(ctx, first, n, order, 1 + random_below(&random, 20)), 0,
                     "models %zu to %zu", first, first + n);
    }
    cr_expect_eq(differences(ctx, 0, n_models, (size_t[N_TEXTS]){0}, N_TEXTS), 0, "one text only");
    wn_ctx_free(ctx);
}

/* ---- Threads ---- */

typedef struct worker {
    pthread_t thread;
    uint64_t seed;
    size_t n_wrong;
} worker;

static void *work(void *argument)
{
    worker *w = argument;
    wn_ctx *ctx;
    if (wn_ctx_new(NULL, &ctx) != WN_OK)
        return NULL;
    w->n_wrong = 0;
    for (size_t m = 0; m < n_models; m++) {
        size_t order[N_TEXTS];
        shuffle(&w->seed, order);
        w->n_wrong += differences(ctx, m, 1, order, 1 + random_below(&w->seed, 12));
    }
    wn_ctx_free(ctx);
    return NULL;
}

Test(bits, are_the_same_in_every_thread, .init = start, .fini = stop)
{
    worker workers[6];
    for (size_t i = 0; i < WN__COUNT(workers); i++) {
        workers[i] = (worker){.seed = i, .n_wrong = SIZE_MAX};
        cr_assert_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < WN__COUNT(workers); i++) {
        pthread_join(workers[i].thread, NULL);
        cr_expect_eq(workers[i].n_wrong, 0, "thread %zu: %zu", i, workers[i].n_wrong);
    }
}

/* ---- The ways to the same text ---- */

Test(bits, of_a_paragraph_in_a_document_are_those_of_its_text, .init = start, .fini = stop)
{
    uint64_t random = 24;
    char document[4000];
    wn_ctx *ctx, *other;
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
    cr_assert_eq(wn_ctx_new(NULL, &other), WN_OK);
    for (unsigned round = 0; round < 10; round++) {
        size_t len = 0;
        while (len < 2500)
            len += random_text(&random, document + len, sizeof document - len, true);
        wn_result whole, part;
        cr_assert_eq(wn_classify(ctx, models, n_models, document, len, &all_labels, &whole), WN_OK);
        cr_assert_gt(whole.n_paragraphs, 1);
        for (size_t i = 0; i < whole.n_paragraphs; i++) {
            const wn_paragraph *p = &whole.paragraphs[i];
            wn_text text = {document + p->begin, p->end - p->begin};
            cr_assert_eq(wn_classify_batch(other, models, n_models, &text, 1, &all_labels, &part),
                         WN_OK);
            for (size_t m = 0; m < n_models; m++) {
                const wn_prediction *a = &p->predictions[m];
                answer copy = {a->n_scores, a->n_features, (wn_score *)(uintptr_t)a->scores};
                cr_assert(same_answer(&copy, &part.paragraphs[0].predictions[m]));
            }
        }
    }
    wn_ctx_free(ctx);
    wn_ctx_free(other);
}

Test(bits, of_a_folded_model_are_near_those_of_the_exact_one, .init = start, .fini = stop)
{
    for (size_t m = 0; m + 1 < n_models; m++) {
        wn_model_info a = {.size = sizeof a}, b = {.size = sizeof b};
        cr_assert_eq(wn_model_get_info(models[m], &a), WN_OK);
        cr_assert_eq(wn_model_get_info(models[m + 1], &b), WN_OK);
        if (strcmp(a.name, b.name) != 0) /* neighbours of one name: fast, exact */
            continue;
        cr_assert(a.has_fast || strcmp(a.name, "many") == 0 || strcmp(a.name, "bush") == 0 ||
                  strcmp(a.name, "wide") == 0);
        cr_assert_not(b.has_fast);
        for (size_t i = 0; i < N_TEXTS; i++) {
            const answer *x = &expected[m][i], *y = &expected[m + 1][i];
            cr_assert_eq(x->n_scores, y->n_scores);
            cr_assert_eq(x->n_features, y->n_features, "%s: %u, %u", a.name, x->n_features,
                         y->n_features);
            for (uint32_t j = 0; j < x->n_scores; j++) {
                for (uint32_t l = 0; l < y->n_scores; l++) {
                    if (x->scores[j].label == y->scores[l].label)
                        cr_assert_float_eq(x->scores[j].probability, y->scores[l].probability, 1e-5,
                                           "%s", a.name);
                }
            }
        }
    }
}
