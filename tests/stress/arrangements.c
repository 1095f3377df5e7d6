/* arrangements.c - the same 20,000 paragraphs, scored in seven arrangements and with every kernel
 * that the machine can run: the same bits.
 *
 * usage: arrangements [PARAGRAPHS]
 */
#include "model.h"

#include "unit/samples.c"
#include "unit/support.c"

#include <pthread.h>

void support_stop(const char *what)
{
    fprintf(stderr, "arrangements: %s\n", what);
    abort();
}

static size_t n_texts = 20000;
static wn_text *texts;
static size_t *shuffled;

/* Mostly short paragraphs of known words, some long ones and some noise. */
static void make_texts(void)
{
    static char text[8000];
    uint64_t random = 11;
    texts = calloc(n_texts, sizeof *texts);
    shuffled = calloc(n_texts, sizeof *shuffled);
    for (size_t i = 0; i < n_texts; i++) {
        size_t cap = i % 200 == 0 ? sizeof text : 20 + random_below(&random, 400);
        size_t len = random_text(&random, text, cap, i % 5 == 0);
        char *copy = malloc(len + 1);
        memcpy(copy, text, len);
        texts[i] = (wn_text){copy, len};
        size_t other = random_below(&random, (uint32_t)i + 1);
        shuffled[i] = shuffled[other];
        shuffled[other] = i;
    }
}

static uint64_t digest_of(const wn_prediction *p)
{
    uint64_t state = p->n_features * 31u + p->n_scores;
    for (uint32_t i = 0; i < p->n_scores; i++) {
        uint64_t numbers[2];
        memcpy(&numbers[0], &p->scores[i].logit, sizeof numbers[0]);
        memcpy(&numbers[1], &p->scores[i].probability, sizeof numbers[1]);
        state = next_random(&state) ^ numbers[0];
        state = next_random(&state) ^ numbers[1] ^ p->scores[i].label;
    }
    return state;
}

/* Scores texts order[first], order[first + step] ... in batches; the digest of text i goes to
 * digests[i]. order NULL: as they are. */
typedef struct task {
    const wn_model *models[2]; /* the first one counts */
    size_t n_models, first, step, n_batch;
    const size_t *order;
    uint64_t *digests;
} task;

static void *run(void *argument)
{
    const task *t = argument;
    static const wn_classify_options all = {.size = sizeof all, .k = 0};
    wn_text batch[1024];
    size_t places[1024];
    wn_ctx *ctx;
    wn_result result;
    if (wn_ctx_new(NULL, &ctx) != WN_OK)
        support_stop("no context");
    for (size_t i = t->first; i < n_texts;) {
        size_t n = 0;
        for (; n < t->n_batch && i < n_texts; i += t->step, n++) {
            places[n] = t->order != NULL ? t->order[i] : i;
            batch[n] = texts[places[n]];
        }
        if (wn_classify_batch(ctx, t->models, t->n_models, batch, n, &all, &result) != WN_OK)
            support_stop(wn_ctx_error(ctx)->message);
        for (size_t j = 0; j < n; j++)
            t->digests[places[j]] = digest_of(&result.paragraphs[j].predictions[0]);
    }
    wn_ctx_free(ctx);
    return NULL;
}

static size_t n_wrong;

static void compare(const char *what, const char *model, const uint64_t *expected,
                    const uint64_t *found)
{
    for (size_t i = 0; i < n_texts; i++) {
        if (expected[i] == found[i])
            continue;
        if (n_wrong++ < 20)
            fprintf(stderr, "arrangements: %s, %s: text %zu differs\n", model, what, i);
    }
}

static void check(const wn_model *model, const wn_model *other, const char *name)
{
    uint64_t *expected = calloc(n_texts, sizeof *expected), *found = calloc(n_texts, sizeof *found);
    size_t *backwards = calloc(n_texts, sizeof *backwards);
    for (size_t i = 0; i < n_texts; i++)
        backwards[i] = n_texts - 1 - i;
    task alone = {{model, other}, 1, 0, 1, 1, NULL, expected};
    run(&alone);
    const struct {
        const char *name;
        task task;
    } arrangements[] = {
        {"batches of 7", {{model, other}, 1, 0, 1, 7, NULL, found}},
        {"batches of 1000", {{model, other}, 1, 0, 1, 1000, NULL, found}},
        {"backwards", {{model, other}, 1, 0, 1, 64, backwards, found}},
        {"shuffled, beside another model", {{model, other}, 2, 0, 1, 33, shuffled, found}},
    };
    for (size_t i = 0; i < sizeof arrangements / sizeof *arrangements; i++) {
        task copy = arrangements[i].task;
        memset(found, 0, n_texts * sizeof *found);
        run(&copy);
        compare(arrangements[i].name, name, expected, found);
    }
    memset(found, 0, n_texts * sizeof *found);
    task parts[2] = {{{model, other}, 1, 0, 2, 5, shuffled, found},
                     {{model, other}, 1, 1, 2, 100, shuffled, found}};
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, run, &parts[i]) != 0)
            support_stop("no thread");
    }
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    compare("two threads", name, expected, found);
    /* Nothing but this program changes a model. */
    wn_model *open_model = (wn_model *)(uintptr_t)model;
    const wn__kernel *best = model->kernel, *of_block = model->blocks[0].kernel;
    for (size_t k = 0; k < wn__n_kernels; k++) {
        if (!wn__kernels[k]->is_supported())
            continue;
        open_model->kernel = open_model->blocks[0].kernel = wn__kernels[k];
        memset(found, 0, n_texts * sizeof *found);
        task copy = {{model, other}, 1, 0, 1, 64, NULL, found};
        run(&copy);
        compare(wn__kernels[k]->name, name, expected, found);
    }
    open_model->kernel = best;
    open_model->blocks[0].kernel = of_block;
    free(expected);
    free(found);
    free(backwards);
}

static const wn_model *open_sample(sample kind)
{
    size_t len;
    char *json = sample_json(kind, 3, &len);
    const wn_model *model;
    wn_error error;
    if (wn_model_open_memory(json, len, NULL, &model, &error) != WN_OK)
        support_stop(error.message);
    free(json);
    return model;
}

int main(int n_arguments, char **arguments)
{
    static const sample kinds[] = {SAMPLE_FOLDED, SAMPLE_MANY, SAMPLE_BUSH, SAMPLE_PRODUCT,
                                   SAMPLE_TERMS};
    if (n_arguments > 1)
        n_texts = (size_t)strtoul(arguments[1], NULL, 10);
    make_texts();
    const wn_model *other = open_sample(SAMPLE_OVA);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const wn_model *model = open_sample(kinds[i]);
        check(model, other, sample_names[kinds[i]]);
        wn_model_unref(model);
    }
    wn_model_unref(other);
    for (size_t i = 0; i < n_texts; i++)
        free((void *)(uintptr_t)texts[i].data);
    free(texts);
    free(shuffled);
    printf("arrangements: %zu texts, %zu differences\n", n_texts, n_wrong);
    return n_wrong > 0;
}
