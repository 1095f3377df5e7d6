/* forks.c - a host with busy threads forks at any moment; the child scores with the models of its
 * parent, says the same bits and ends.
 *
 * usage: forks [FORKS] [--dense]
 *
 *   busy    Threads classify all the time (folded fastText, tf-idf, a mapped .winnow file), others
 *           make and free contexts and models and publish to a slot. The child takes a context of
 *           its own, and the slot's model with the context of the thread that forked.
 *   beside  The same while threads score a dense stage, which OpenBLAS multiplies. The child has
 *           no such model.
 *   quiet   The dense stage in the child, after the parent's threads that scored it have ended.
 *
 * Limits, which no test here can pass over:
 *   - A child that scores a dense stage while its parent scored one at the moment of the fork:
 *     OpenBLAS has locks of its own, and no thread is left to open them. --dense tries that as a
 *     fourth part: on processors with AVX-512 it passes, because products as small as ours take no
 *     lock there; with other kernels (OPENBLAS_CORETYPE=Haswell) it can hang.
 *   - A context that meets a slot for the first time takes the writers' lock. If a thread of the
 *     parent published, a child can hang there; not with a context that has acquired from the slot.
 *   - AddressSanitizer has locks of its own, which a child finds as they were: under it forks are
 *     tried without threads alone.
 */
#include "models.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#else
#define HAS_ASAN 0
#endif

enum {
    N_MODELS = 4, /* the last one is dense */
    DENSE = N_MODELS - 1,
    N_WORKERS = 3,
    N_CHILDREN = 8,
    N_ASKED = 4,  /* texts that a child scores with each model */
    PATIENCE = 30 /* seconds that a child may take */
};

void support_stop(const char *what)
{
    fprintf(stderr, "forks: %s\n", what);
    _exit(1);
}

static const wn_model *models[N_MODELS];
static image dense_image;
static uint64_t expected[N_MODELS][N_TEXTS];
static wn_slot *slot; /* holds models[0] or models[1] */

/* Every bit of what a model says of one text is as expected. */
static bool is_as_expected(wn_ctx *ctx, size_t m, size_t text)
{
    wn_result result;
    return wn_classify_batch(ctx, &models[m], 1, &texts[text], 1, &all_labels, &result) == WN_OK &&
           digest_of_result(&result) == expected[m][text];
}

/* ---- The threads of the parent ---- */

typedef struct part {
    const char *name;
    bool is_busy, parent_is_dense, child_is_dense;
    unsigned share; /* of the forks, in percent */
} part;

typedef struct worker {
    pthread_t thread;
    const part *part;
    size_t n_scored, n_wrong;
} worker;

static atomic_bool is_over;

/* A text with each model, in a context that stays warm. */
static void *classify_on(void *argument)
{
    worker *w = argument;
    size_t n_models = w->part->parent_is_dense ? N_MODELS : DENSE;
    wn_ctx *ctx;
    if (wn_ctx_new(NULL, &ctx) != WN_OK)
        support_stop("no context");
    for (size_t i = 0; !atomic_load_explicit(&is_over, memory_order_relaxed); i++) {
        /* The dense model more often: what it takes locks for is short. */
        size_t m = w->part->parent_is_dense && i % 4 != 0 ? DENSE : i / 4 % n_models;
        w->n_wrong += !is_as_expected(ctx, m, i % N_TEXTS);
        w->n_scored++;
    }
    wn_ctx_free(ctx);
    return NULL;
}

/* The same with all that takes memory: contexts and models. */
static void *allocate_on(void *argument)
{
    worker *w = argument;
    for (size_t i = 0; !atomic_load_explicit(&is_over, memory_order_relaxed); i++) {
        const wn_model *model;
        wn_ctx *ctx;
        if (wn_ctx_new(NULL, &ctx) != WN_OK ||
            wn_model_open_memory(dense_image.bytes, dense_image.len, NULL, &model, NULL) != WN_OK)
            support_stop("out of memory");
        w->n_wrong += !is_as_expected(ctx, i % DENSE, i % N_TEXTS);
        w->n_scored++;
        wn_model_unref(model);
        wn_ctx_free(ctx);
    }
    return NULL;
}

/* The slot's lock is held most of the time. */
static void *publish_on(void *argument)
{
    worker *w = argument;
    for (size_t i = 0; !atomic_load_explicit(&is_over, memory_order_relaxed); i++)
        w->n_wrong += wn_slot_publish(slot, models[i % 2]) != WN_OK;
    return NULL;
}

/* ---- The child ---- */

/* 0, or which step went wrong. ctx acquired from the slot before. */
static int score_in_child(const part *p, wn_ctx *ctx, size_t first)
{
    const wn_model *model;
    wn_ctx *own;
    if (wn_slot_acquire(slot, ctx, &model) != WN_OK)
        return 2;
    if (!is_as_expected(ctx, model == models[1], first % N_TEXTS))
        return 3;
    wn_slot_release(slot, ctx);
    if (wn_ctx_new(NULL, &own) != WN_OK)
        return 4;
    for (size_t m = 0; m < (p->child_is_dense ? N_MODELS : DENSE); m++) {
        for (size_t i = 0; i < N_ASKED; i++) {
            if (!is_as_expected(own, m, (first + i) % N_TEXTS))
                return 5;
        }
    }
    wn_ctx_free(own);
    return 0;
}

static pid_t fork_once(const part *p, wn_ctx *ctx, size_t i)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(PATIENCE); /* who hangs is killed */
        _exit(score_in_child(p, ctx, i));
    }
    if (child < 0)
        support_stop("no process");
    return child;
}

/* Did the child end well? */
static bool is_well(const part *p, pid_t child)
{
    int status = 0;
    if (waitpid(child, &status, 0) != child)
        support_stop("a child is lost");
    if (WIFSIGNALED(status))
        printf("forks: %s: a child was killed by signal %d%s\n", p->name, WTERMSIG(status),
               WTERMSIG(status) == SIGALRM ? ": it hung" : "");
    else if (status != 0)
        printf("forks: %s: a child failed in step %d\n", p->name, WEXITSTATUS(status));
    return status == 0;
}

/* Forks n times, a few children at once; returns how many of them did not end well. */
static size_t fork_on(const part *p, wn_ctx *ctx, size_t n)
{
    size_t n_bad = 0;
    fflush(stdout); /* or a child could print it again */
    for (size_t i = 0; i < n && n_bad < 10; i += N_CHILDREN) {
        pid_t children[N_CHILDREN];
        size_t n_children = n - i < N_CHILDREN ? n - i : N_CHILDREN;
        for (size_t c = 0; c < n_children; c++)
            children[c] = fork_once(p, ctx, i + c);
        for (size_t c = 0; c < n_children; c++)
            n_bad += !is_well(p, children[c]);
    }
    return n_bad;
}

static bool run_part(const part *p, wn_ctx *ctx, size_t n)
{
    static void *(*const work[N_WORKERS])(void *) = {classify_on, allocate_on, publish_on};
    worker workers[N_WORKERS] = {{0}};
    size_t n_workers = p->is_busy ? N_WORKERS : 0, n_scored = 0, n_wrong = 0;
    atomic_store(&is_over, false);
    for (size_t i = 0; i < n_workers; i++) {
        workers[i].part = p;
        if (pthread_create(&workers[i].thread, NULL, work[i], &workers[i]) != 0)
            support_stop("no thread");
    }
    size_t n_bad = fork_on(p, ctx, n);
    atomic_store(&is_over, true);
    for (size_t i = 0; i < n_workers; i++) {
        pthread_join(workers[i].thread, NULL);
        n_scored += workers[i].n_scored;
        n_wrong += workers[i].n_wrong;
    }
    printf("forks: %s: %zu forks, %zu children wrong; %zu texts scored beside, %zu wrong\n",
           p->name, n, n_bad, n_scored, n_wrong);
    return n_bad == 0 && n_wrong == 0 && (n_scored > 0 || !p->is_busy);
}

/* ---- All of it ---- */

static const wn_model *open_image(image i)
{
    const wn_model *model;
    if (wn_model_open_memory(i.bytes, i.len, NULL, &model, NULL) != WN_OK)
        support_stop("a model does not open");
    return model;
}

static void prepare(wn_ctx *ctx)
{
    char path[64];
    image folded = image_of_winnow(SAMPLE_FOLDED), terms = image_of_json(SAMPLE_TERMS),
          mapped = image_of_winnow(SAMPLE_OVA);
    const wn_open_options options = {.size = sizeof options, .flags = WN_OPEN_MAP};
    const wn_model *model;
    make_texts();
    dense_image = image_of_dense();
    temporary_name(path);
    write_file(path, mapped.bytes, mapped.len);
    models[0] = open_image(folded);
    models[1] = open_image(terms);
    models[DENSE] = open_image(dense_image);
    if (wn_model_open(path, &options, &models[2], NULL) != WN_OK ||
        wn_slot_new(models[0], NULL, &slot) != WN_OK || wn_slot_acquire(slot, ctx, &model) != WN_OK)
        support_stop("a file does not open");
    wn_slot_release(slot, ctx);
    unlink(path);
    free(folded.bytes);
    free(terms.bytes);
    free(mapped.bytes);
    for (size_t m = 0; m < N_MODELS; m++) {
        for (size_t i = 0; i < N_TEXTS; i++) {
            wn_result result;
            if (wn_classify_batch(ctx, &models[m], 1, &texts[i], 1, &all_labels, &result) != WN_OK)
                support_stop("a text fails");
            expected[m][i] = digest_of_result(&result);
        }
    }
}

int main(int argc, char **argv)
{
    static const part parts[] = {
        {"busy", true, false, false, 70},
        {"beside a dense stage", true, true, false, 20},
        {"a dense stage when it is quiet", false, false, true, 10},
        {"a dense stage in both", true, true, true, 100},
    };
    size_t n = HAS_ASAN ? 300 : 1500, n_parts = 3;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--dense") == 0)
            n_parts = 4;
        else
            n = strtoul(argv[i], NULL, 10);
    }
    wn_ctx *ctx;
    if (wn_ctx_new(NULL, &ctx) != WN_OK)
        support_stop("no context");
    prepare(ctx);
    bool is_fine = true;
    for (size_t i = 0; i < n_parts && is_fine; i++) {
        if (HAS_ASAN && parts[i].is_busy)
            printf("forks: %s: left out under AddressSanitizer\n", parts[i].name);
        else
            is_fine = run_part(&parts[i], ctx, n * parts[i].share / 100);
    }
    wn_ctx_free(ctx);
    wn_slot_free(slot);
    free(dense_image.bytes);
    for (size_t m = 0; m < N_MODELS; m++)
        wn_model_unref(models[m]);
    return is_fine && n >= 10 ? 0 : 1;
}
