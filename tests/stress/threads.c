/* threads.c - eight threads share models; each text's scores are the bits that one thread gets, in
 * batches of any size.
 *
 * usage: threads [ROUNDS]
 *
 * OpenBLAS chooses its kernels by the CPU, and they differ in what moves the bits of a row. So the
 * program runs itself once more for each kind that this machine can run.
 */
#include "unit/samples.c"
#include "unit/support.c"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_THREADS = 8, N_TEXTS = 40, TEXT_CAP = 500 };

void support_stop(const char *what)
{
    fprintf(stderr, "threads: %s\n", what);
    abort();
}

static char bytes[N_TEXTS][TEXT_CAP];
static wn_text texts[N_TEXTS];
static const wn_model *models[2 * N_SAMPLES + 1];
static size_t n_models;
static unsigned n_rounds = 10;

/* A digest of a prediction: every bit of it. */
static uint64_t digest_of(const wn_prediction *p)
{
    uint64_t state = p->n_features * 31u + p->n_scores;
    for (uint32_t i = 0; i < p->n_scores; i++) {
        uint64_t logit, probability;
        memcpy(&logit, &p->scores[i].logit, sizeof logit);
        memcpy(&probability, &p->scores[i].probability, sizeof probability);
        state = next_random(&state) ^ logit;
        state = next_random(&state) ^ probability;
        state = next_random(&state) ^ p->scores[i].label;
    }
    return state;
}

static uint64_t expected[2 * N_SAMPLES + 1][N_TEXTS];
static const wn_classify_options all_labels = {.size = sizeof all_labels, .k = 0};

typedef struct worker {
    pthread_t thread;
    uint64_t random;
    size_t n_results, n_wrong;
} worker;

static void *work(void *argument)
{
    worker *w = argument;
    wn_ctx *ctx;
    wn_result result;
    if (wn_ctx_new(NULL, &ctx) != WN_OK)
        support_stop("no context");
    for (unsigned round = 0; round < n_rounds; round++) {
        for (size_t m = 0; m < n_models; m++) {
            size_t first = random_below(&w->random, N_TEXTS);
            size_t n = 1 + random_below(&w->random, (uint32_t)(N_TEXTS - first));
            if (wn_classify_batch(ctx, &models[m], 1, texts + first, n, &all_labels, &result) !=
                WN_OK)
                support_stop("a batch fails");
            for (size_t i = 0; i < n; i++) {
                uint64_t digest = digest_of(result.paragraphs[i].predictions);
                w->n_wrong += digest != expected[m][first + i];
            }
            w->n_results += n;
        }
    }
    wn_ctx_free(ctx);
    return NULL;
}

static void open_model(const char *json, size_t len, wn_scoring scoring)
{
    wn_open_options options = {.size = sizeof options, .scoring = scoring};
    if (wn_model_open_memory(json, len, &options, &models[n_models++], NULL) != WN_OK)
        support_stop("a model does not open");
}

static void prepare(void)
{
    uint64_t random = 51;
    size_t len;
    char *json;
    for (size_t i = 0; i < N_TEXTS; i++)
        texts[i] = (wn_text){bytes[i], random_text(&random, bytes[i], TEXT_CAP, i % 4 == 0)};
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        json = sample_json((sample)kind, 1, &len);
        open_model(json, len, WN_SCORING_FAST);
        open_model(json, len, WN_SCORING_EXACT);
        free(json);
    }
    json = wide_json(600, 40, &len);
    open_model(json, len, WN_SCORING_FAST);
    free(json);
    for (size_t m = 0; m < n_models; m++) {
        for (size_t i = 0; i < N_TEXTS; i++) {
            wn_ctx *ctx;
            wn_result result;
            if (wn_ctx_new(NULL, &ctx) != WN_OK ||
                wn_classify_batch(ctx, &models[m], 1, &texts[i], 1, &all_labels, &result) != WN_OK)
                support_stop("a text fails");
            expected[m][i] = digest_of(result.paragraphs[0].predictions);
            wn_ctx_free(ctx);
        }
    }
}

/* Runs this program with another kind of OpenBLAS kernels; false when that run fails. */
static bool is_fine_with(char *program, char *kind)
{
    fflush(stdout); /* or the child would print it again */
    pid_t child = fork();
    if (child == 0) {
        char rounds[] = "2";
        char *arguments[] = {program, rounds, NULL};
        if (setenv("OPENBLAS_CORETYPE", kind, 1) == 0)
            execv(program, arguments);
        _exit(1);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

/* All kinds that the CPU has the instructions for. */
static bool is_fine_with_all(char *program)
{
    bool fine = true;
#if defined(__x86_64__) && !defined(WN_NO_BLAS)
    char sse[] = "Prescott", avx[] = "Sandybridge", avx2[] = "Haswell", avx512[] = "SkylakeX";
    fine = is_fine_with(program, sse);
    if (__builtin_cpu_supports("avx"))
        fine = is_fine_with(program, avx) && fine;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        fine = is_fine_with(program, avx2) && fine;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
        fine = is_fine_with(program, avx512) && fine;
#else
    (void)program;
    (void)is_fine_with;
#endif
    return fine;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        n_rounds = (unsigned)atoi(argv[1]);
    prepare();
    worker workers[N_THREADS] = {{0}};
    size_t n_results = 0, n_wrong = 0;
    for (size_t i = 0; i < N_THREADS; i++) {
        workers[i].random = i;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            support_stop("no thread");
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        n_results += workers[i].n_results;
        n_wrong += workers[i].n_wrong;
    }
    for (size_t m = 0; m < n_models; m++)
        wn_model_unref(models[m]);
    const char *kind = getenv("OPENBLAS_CORETYPE");
    printf(
        "threads: kernels %s, %d threads, %zu models, %zu results, %zu differ from one thread's\n",
        kind != NULL ? kind : "of this CPU", N_THREADS, n_models, n_results, n_wrong);
    bool fine = n_wrong == 0 && n_results > 0;
    if (argc == 1)
        fine = is_fine_with_all(argv[0]) && fine;
    return fine ? 0 : 1;
}
