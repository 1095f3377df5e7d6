/* storm.c - readers classify through a slot while a writer publishes model after model.
 *
 * usage: storm [SECONDS] [--plant-naive]
 *
 * Every model has its own version in weights and bias, and its checksum names it: a result that is
 * not bit for bit the one computed in peace for the model that was acquired is torn. Models are
 * opened anew for each publish, so that they are really freed while others read.
 *
 * --plant-naive puts a slot in place that loads the pointer and then takes a reference. It looks
 * fine on most runs; ThreadSanitizer has to see it. Built with that sanitizer, the program runs
 * itself with the planted fault at the end, and fails unless that run fails.
 */
#include "unit/samples.c"
#include "unit/support.c"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
#define HAS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_TSAN 1
#endif
#endif

enum { N_READERS = 6, N_VERSIONS = 12, N_TEXTS = 24, TEXT_CAP = 400, MAX_LABELS = 64 };

void support_stop(const char *what)
{
    fprintf(stderr, "storm: %s\n", what);
    abort();
}

/* ---- The models, and what each says of each text ---- */

typedef struct version {
    char *json;
    size_t len;
    uint64_t checksum;
    uint32_t n_labels;
    wn_score scores[N_TEXTS][MAX_LABELS]; /* all labels, ranked */
    uint32_t n_scores[N_TEXTS];
} version;

static version versions[N_VERSIONS];
static char bytes[N_TEXTS][TEXT_CAP];
static wn_text texts[N_TEXTS];
static tally of_models; /* the memory of all models */
static wn_allocator model_allocator;
static const wn_classify_options all_labels = {.size = sizeof all_labels, .k = 0};

static const wn_model *open_version(size_t i)
{
    wn_open_options options = {.size = sizeof options, .allocator = &model_allocator};
    const wn_model *model;
    if (wn_model_open_memory(versions[i].json, versions[i].len, &options, &model, NULL) != WN_OK)
        support_stop("a model does not open");
    return model;
}

/* Linear and fastText models, folded and not, by turns: sizes change from model to model too. */
static void prepare(void)
{
    static const sample kinds[] = {SAMPLE_SCALED, SAMPLE_FOLDED, SAMPLE_TERMS, SAMPLE_MANY};
    uint64_t random = 41;
    model_allocator = tally_allocator(&of_models);
    for (size_t i = 0; i < N_TEXTS; i++)
        texts[i] = (wn_text){bytes[i], random_text(&random, bytes[i], TEXT_CAP, i % 4 == 0)};
    for (size_t i = 0; i < N_VERSIONS; i++) {
        version *v = &versions[i];
        v->json = sample_json(kinds[i % WN__COUNT(kinds)], i, &v->len);
        const wn_model *model = open_version(i);
        wn_model_info info = {.size = sizeof info};
        wn_ctx *ctx;
        wn_result result;
        if (wn_model_get_info(model, &info) != WN_OK || wn_ctx_new(NULL, &ctx) != WN_OK ||
            wn_classify_batch(ctx, &model, 1, texts, N_TEXTS, &all_labels, &result) != WN_OK ||
            info.n_labels > MAX_LABELS)
            support_stop("a model does not classify");
        v->checksum = info.checksum;
        v->n_labels = info.n_labels;
        for (size_t j = 0; j < N_TEXTS; j++) {
            const wn_prediction *p = result.paragraphs[j].predictions;
            v->n_scores[j] = p->n_scores;
            if (p->n_scores > 0)
                memcpy(v->scores[j], p->scores, p->n_scores * sizeof *p->scores);
        }
        wn_ctx_free(ctx);
        wn_model_unref(model);
    }
}

static bool is_as_expected(const version *v, size_t text, const wn_prediction *p)
{
    bool same = p->n_scores == v->n_scores[text];
    for (uint32_t i = 0; same && i < p->n_scores; i++) {
        const wn_score *a = &p->scores[i], *b = &v->scores[text][i];
        same = a->label == b->label && memcmp(&a->logit, &b->logit, sizeof a->logit) == 0 &&
               memcmp(&a->probability, &b->probability, sizeof a->probability) == 0;
    }
    return same;
}

/* ---- The cell: the library's, or the planted one ---- */

static bool is_naive;
static wn_slot *slot;
static _Atomic(const wn_model *) naive_cell;

static const wn_model *acquire(wn_ctx *ctx)
{
    const wn_model *model = NULL;
    if (!is_naive) {
        if (wn_slot_acquire(slot, ctx, &model) != WN_OK)
            support_stop("acquire fails");
        return model;
    }
    model = atomic_load(&naive_cell);
    sched_yield(); /* any preemption does it; this makes it likely */
    return wn_model_ref(model);
}

static void release(wn_ctx *ctx, const wn_model *model)
{
    if (is_naive)
        wn_model_unref(model);
    else
        wn_slot_release(slot, ctx);
}

static void publish(const wn_model *model)
{
    if (is_naive) {
        wn_model_unref(atomic_exchange(&naive_cell, wn_model_ref(model)));
    } else if (wn_slot_publish(slot, model) != WN_OK) {
        support_stop("publish fails");
    }
}

/* ---- The threads ---- */

static atomic_bool is_over;

typedef struct reader {
    pthread_t thread;
    uint64_t random;
    size_t n_results, n_torn, n_strangers;
} reader;

static atomic_bool is_seen[N_VERSIONS]; /* by some reader */

static void check_one(reader *r, wn_ctx *ctx, const wn_model *model)
{
    wn_model_info info = {.size = sizeof info};
    wn_result result;
    size_t first = random_below(&r->random, N_TEXTS);
    size_t n = 1 + random_below(&r->random, (uint32_t)(N_TEXTS - first < 5 ? N_TEXTS - first : 5));
    size_t i = 0;
    if (wn_model_get_info(model, &info) != WN_OK ||
        wn_classify_batch(ctx, &model, 1, texts + first, n, &all_labels, &result) != WN_OK) {
        r->n_torn++;
        return;
    }
    while (i < N_VERSIONS && versions[i].checksum != info.checksum)
        i++;
    if (i == N_VERSIONS) {
        r->n_strangers++;
        return;
    }
    atomic_store_explicit(&is_seen[i], true, memory_order_relaxed);
    for (size_t j = 0; j < n; j++)
        r->n_torn += !is_as_expected(&versions[i], first + j, result.paragraphs[j].predictions);
    r->n_results += n;
}

static void *read_on(void *argument)
{
    reader *r = argument;
    while (!atomic_load(&is_over)) {
        wn_ctx *ctx; /* a new one now and then: contexts join and leave the slot */
        if (wn_ctx_new(NULL, &ctx) != WN_OK)
            support_stop("no context");
        for (unsigned i = 0; i < 500 && !atomic_load(&is_over); i++) {
            const wn_model *model = acquire(ctx);
            check_one(r, ctx, model);
            release(ctx, model);
        }
        wn_ctx_free(ctx);
    }
    return NULL;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A busy machine may let no reader run while a version is the current one. */
#define PATIENCE 60 /* seconds */

static void publish_version(size_t i)
{
    const wn_model *model = open_version(i);
    publish(model);
    wn_model_unref(model);
}

/* Publishes for that many seconds, and then what no reader has seen until one has; returns how
 * often. */
static size_t write_on(double seconds)
{
    size_t n = 0;
    uint64_t random = 42;
    double end = now() + seconds;
    for (; now() < end || (n < 100 && now() < end + PATIENCE); n++)
        publish_version(random_below(&random, N_VERSIONS));
    for (size_t i = 0; i < N_VERSIONS; i++) {
        if (atomic_load_explicit(&is_seen[i], memory_order_relaxed))
            continue;
        publish_version(i);
        n++;
        while (!atomic_load_explicit(&is_seen[i], memory_order_relaxed) && now() < end + PATIENCE)
            sched_yield();
    }
    return n;
}

/* ---- The planted run ---- */

#ifdef HAS_TSAN
/* Runs this program with the fault, its reports thrown away; true when that run fails. */
static bool planted_fault_is_seen(char *program)
{
    fflush(stdout); /* or the child would print it again */
    pid_t child = fork();
    if (child == 0) {
        char plant[] = "--plant-naive", seconds[] = "20"; /* it halts at the first report */
        char *arguments[] = {program, seconds, plant, NULL};
        char options[] = "TSAN_OPTIONS=exitcode=66 halt_on_error=1";
        char *environment[] = {options, NULL};
        if (freopen("/dev/null", "w", stderr) == NULL || freopen("/dev/null", "w", stdout) == NULL)
            _exit(0);
        execve(program, arguments, environment);
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 66; /* the sanitizer's, nobody else's */
}
#endif

int main(int argc, char **argv)
{
    double seconds = 3;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--plant-naive") == 0)
            is_naive = true;
        else
            seconds = atof(argv[i]);
    }
    prepare();
    const wn_model *model = open_version(0);
    static tally of_slot;
    wn_allocator allocator = tally_allocator(&of_slot);
    if (is_naive)
        atomic_store(&naive_cell, wn_model_ref(model));
    else if (wn_slot_new(model, &allocator, &slot) != WN_OK)
        support_stop("no slot");
    wn_model_unref(model);

    static reader readers[N_READERS];
    for (size_t i = 0; i < N_READERS; i++) {
        readers[i].random = i;
        if (pthread_create(&readers[i].thread, NULL, read_on, &readers[i]) != 0)
            support_stop("no thread");
    }
    size_t n_published = write_on(seconds);
    atomic_store(&is_over, true);
    size_t n_results = 0, n_torn = 0, n_strangers = 0, n_seen = 0;
    for (size_t i = 0; i < N_READERS; i++) {
        pthread_join(readers[i].thread, NULL);
        n_results += readers[i].n_results;
        n_torn += readers[i].n_torn;
        n_strangers += readers[i].n_strangers;
    }
    for (size_t j = 0; j < N_VERSIONS; j++)
        n_seen += atomic_load(&is_seen[j]);
    if (is_naive)
        wn_model_unref(atomic_load(&naive_cell));
    else
        wn_slot_free(slot);
    size_t left = atomic_load(&of_models.n_live) + atomic_load(&of_slot.n_live);
    for (size_t i = 0; i < N_VERSIONS; i++)
        free(versions[i].json);

    printf("storm: %d readers, %zu results, %zu torn, %zu of unknown models; %zu models published, "
           "%zu of %d versions seen; %zu blocks left\n",
           N_READERS, n_results, n_torn, n_strangers, n_published, n_seen, N_VERSIONS, left);
    bool fine = n_torn == 0 && n_strangers == 0 && left == 0 && n_results > 0 && n_published >= 100;
    fine = fine && n_seen == N_VERSIONS;
#ifdef HAS_TSAN
    if (!is_naive) {
        bool is_caught = planted_fault_is_seen(argv[0]);
        printf("storm: the planted fault is %s\n", is_caught ? "seen" : "NOT SEEN");
        fine = fine && is_caught;
    }
#endif
    return fine ? 0 : 1;
}
