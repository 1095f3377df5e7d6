/* storm.c - readers classify through a slot while two writers replace the model all the time.
 *
 * usage: storm [SECONDS] [--plant-naive]
 *
 * One writer publishes models that are open already, as fast as it can. The other makes the slot
 * follow a file that somebody treats badly: it is replaced, cut short, half copied, overwritten,
 * deleted, a directory, a FIFO; models from it are freed while others read.
 *
 * Every model has its own version in weights and bias, and its checksum names it. A result that is
 * not bit for bit the one computed in peace for the model that was acquired is torn. A model is
 * backwards when its writer had already published a later one before the acquire began.
 *
 * --plant-naive puts a slot in place that loads the pointer and then takes a reference. It looks
 * fine on most runs; ThreadSanitizer has to see it. Built with that sanitizer, the program runs
 * itself with the planted fault at the end, and fails unless that run fails.
 */
#include "unit/files.c"
#include "unit/samples.c"
#include "unit/support.c"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/stat.h>
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

enum {
    N_READERS = 8,
    N_EACH = 12, /* versions of each replacer */
    N_VERSIONS = 2 * N_EACH,
    N_OPEN = 8 * N_EACH, /* models of the first replacer */
    N_TEXTS = 24,
    TEXT_CAP = 400,
    MAX_LABELS = 64
};

void support_stop(const char *what)
{
    fprintf(stderr, "storm: %s\n", what);
    abort();
}

/* ---- The models, and what each says of each text ---- */

/* The first N_EACH are the first writer's. */
typedef struct version {
    void *image; /* [len] a file: JSON, or binary in every other one */
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
    if (wn_model_open_memory(versions[i].image, versions[i].len, &options, &model, NULL) != WN_OK)
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
        sample kind = kinds[i % WN__COUNT(kinds)];
        if (i / WN__COUNT(kinds) % 2 == 0)
            v->image = sample_json(kind, i, &v->len);
        else
            v->image = sample_binary(kind, i, &v->len);
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

/* ---- The writers: model number n of a writer's models is published for the n-th, n + size-th,
 * ... time ---- */

typedef struct replacer {
    pthread_t thread;
    size_t n_models;
    atomic_size_t n_begun, n_done; /* publishes */
    size_t n_refused;              /* files that were no model */
    double seconds;
} replacer;

static replacer publisher = {.n_models = N_OPEN}, follower = {.n_models = N_EACH};
static const wn_model *open_models[N_OPEN];
static atomic_bool is_over;
static atomic_bool is_seen[N_VERSIONS]; /* by some reader */

static bool was_seen(size_t i)
{
    return atomic_load_explicit(&is_seen[i], memory_order_relaxed);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *publish_on(void *argument)
{
    replacer *w = argument;
    for (double end = now() + w->seconds; now() < end;) {
        size_t n = atomic_fetch_add(&w->n_begun, 1);
        if (is_naive) { /* the fault shows where models are really freed */
            const wn_model *model = open_version(n % N_EACH);
            publish(model);
            wn_model_unref(model);
        } else {
            publish(open_models[n % N_OPEN]);
        }
        atomic_store(&w->n_done, n + 1);
        if (n % 64 == 63)
            sched_yield();
    }
    return NULL;
}

static char path[64];

/* What becomes of a model file on its way; its bytes are image [len]. */
static void mistreat(unsigned how, const uint8_t *image, size_t len)
{
    unlink(path);
    switch (how) {
    case 0: /* cut short, or half copied */
        write_file(path, image, len / 2);
        break;
    case 1: /* deleted */
        break;
    case 2:
        if (mkdir(path, 0700) != 0)
            support_stop("no directory");
        break;
    case 3:
        if (mkfifo(path, 0600) != 0)
            support_stop("no FIFO");
        break;
    case 4: /* another file */
        write_file(path, "<!DOCTYPE html>", 15);
        break;
    default: /* overwritten from the front */
        write_file(path, image, len);
        FILE *file = fopen(path, "r+b");
        if (file == NULL || fwrite("overwritten ", 1, 12, file) != 12 || fclose(file) != 0)
            support_stop("no file");
    }
}

static wn_status follow(void)
{
    wn_open_options open = {.size = sizeof open, .allocator = &model_allocator};
    wn_reload_options options = {
        .size = sizeof options, .flags = WN_RELOAD_ANY_KIND, .open = &open};
    return wn_slot_reload(slot, path, &options, NULL, NULL);
}

/* The next good file, and before it a bad one. */
static void follow_once(replacer *w)
{
    size_t n = atomic_load(&w->n_begun);
    const version *v = &versions[N_EACH + n % N_EACH];
    mistreat((unsigned)(n % 6), v->image, v->len);
    if (follow() == WN_OK)
        support_stop("a bad file was published");
    w->n_refused++;
    rmdir(path);
    unlink(path);
    write_file(path, v->image, v->len);
    atomic_fetch_add(&w->n_begun, 1);
    if (follow() != WN_OK)
        support_stop("a good file was refused");
    atomic_store(&w->n_done, n + 1);
}

static void *follow_on(void *argument)
{
    replacer *w = argument;
    for (double end = now() + w->seconds; now() < end;)
        follow_once(w);
    return NULL;
}

/* ---- The readers ---- */

typedef struct reader {
    pthread_t thread;
    uint64_t random;
    size_t n_results, n_torn, n_strangers, n_backwards;
} reader;

/* Can the model be current, if done publishes had been made before and begun ones after? The last
 * publish of it must not come before the last one that was done. */
static bool is_in_time(const replacer *w, size_t model, size_t done, size_t begun)
{
    if (begun <= model)
        return false; /* never published */
    size_t last = begun - 1 - (begun - 1 - model) % w->n_models;
    return last + 1 >= done;
}

static void check_one(reader *r, wn_ctx *ctx)
{
    wn_model_info info = {.size = sizeof info};
    wn_result result;
    size_t first = random_below(&r->random, N_TEXTS);
    size_t n = 1 + random_below(&r->random, (uint32_t)(N_TEXTS - first < 5 ? N_TEXTS - first : 5));
    size_t i = 0, k = 0;
    size_t done[2] = {atomic_load(&publisher.n_done), atomic_load(&follower.n_done)};
    const wn_model *model = acquire(ctx);
    size_t begun[2] = {atomic_load(&publisher.n_begun), atomic_load(&follower.n_begun)};
    if (wn_model_get_info(model, &info) != WN_OK ||
        wn_classify_batch(ctx, &model, 1, texts + first, n, &all_labels, &result) != WN_OK)
        support_stop("a model does not classify");
    while (i < N_VERSIONS && versions[i].checksum != info.checksum)
        i++;
    while (i < N_EACH && k < N_OPEN && open_models[k] != model)
        k++;
    if (i == N_VERSIONS) {
        r->n_strangers++;
    } else {
        for (size_t j = 0; j < n; j++)
            r->n_torn += !is_as_expected(&versions[i], first + j, result.paragraphs[j].predictions);
        if (k == N_OPEN)
            r->n_strangers += !is_naive;
        else
            r->n_backwards += i < N_EACH ? !is_in_time(&publisher, k, done[0], begun[0])
                                         : !is_in_time(&follower, i - N_EACH, done[1], begun[1]);
        r->n_results += n;
        atomic_store_explicit(&is_seen[i], true, memory_order_relaxed);
    }
    release(ctx, model);
}

static void *read_on(void *argument)
{
    reader *r = argument;
    while (!atomic_load(&is_over)) {
        wn_ctx *ctx; /* a new one now and then: contexts join and leave the slot */
        if (wn_ctx_new(NULL, &ctx) != WN_OK)
            support_stop("no context");
        for (unsigned i = 0; i < 500 && !atomic_load(&is_over); i++)
            check_one(r, ctx);
        wn_ctx_free(ctx);
    }
    return NULL;
}

/* A busy machine may let no reader run while a version is the current one. */
#define PATIENCE 60 /* seconds */

/* Both writers for that many seconds, and then what no reader has seen until one has. */
static void write_both(double seconds)
{
    publisher.seconds = follower.seconds = seconds;
    if (pthread_create(&publisher.thread, NULL, publish_on, &publisher) != 0 ||
        (!is_naive && pthread_create(&follower.thread, NULL, follow_on, &follower) != 0))
        support_stop("no thread");
    pthread_join(publisher.thread, NULL);
    if (!is_naive)
        pthread_join(follower.thread, NULL);
    double end = now() + PATIENCE;
    for (size_t i = 0; i < N_VERSIONS && now() < end && !is_naive; i++) {
        replacer *w = i < N_EACH ? &publisher : &follower;
        while (!was_seen(i) && now() < end) {
            if (i >= N_EACH) {
                follow_once(w);
            } else {
                size_t n = atomic_fetch_add(&w->n_begun, 1);
                publish(open_models[n % N_OPEN]);
                atomic_store(&w->n_done, n + 1);
            }
            sched_yield();
        }
    }
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
    double seconds = 5;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--plant-naive") == 0)
            is_naive = true;
        else
            seconds = atof(argv[i]);
    }
    prepare();
    temporary_name(path);
    for (size_t i = 0; i < N_OPEN; i++)
        open_models[i] = open_version(i % N_EACH);
    static tally of_slot;
    wn_allocator allocator = tally_allocator(&of_slot);
    if (!is_naive && wn_slot_new(NULL, &allocator, &slot) != WN_OK)
        support_stop("no slot");
    atomic_fetch_add(&publisher.n_begun, 1);
    publish(open_models[0]);
    atomic_store(&publisher.n_done, 1);

    static reader readers[N_READERS];
    for (size_t i = 0; i < N_READERS; i++) {
        readers[i].random = i;
        if (pthread_create(&readers[i].thread, NULL, read_on, &readers[i]) != 0)
            support_stop("no thread");
    }
    double begin = now();
    write_both(seconds);
    double took = now() - begin;
    atomic_store(&is_over, true);
    reader sum = {0};
    size_t n_seen = 0;
    for (size_t i = 0; i < N_READERS; i++) {
        pthread_join(readers[i].thread, NULL);
        sum.n_results += readers[i].n_results;
        sum.n_torn += readers[i].n_torn;
        sum.n_strangers += readers[i].n_strangers;
        sum.n_backwards += readers[i].n_backwards;
    }
    for (size_t i = 0; i < N_VERSIONS; i++)
        n_seen += was_seen(i);
    if (is_naive)
        wn_model_unref(atomic_load(&naive_cell));
    else
        wn_slot_free(slot);
    for (size_t i = 0; i < N_OPEN; i++)
        wn_model_unref(open_models[i]);
    size_t left = atomic_load(&of_models.n_live) + atomic_load(&of_slot.n_live);
    for (size_t i = 0; i < N_VERSIONS; i++)
        free(versions[i].image);
    rmdir(path);
    unlink(path);

    size_t n_published = atomic_load(&publisher.n_done), n_followed = atomic_load(&follower.n_done);
    printf("storm: %d readers, %zu results, %zu torn, %zu backwards, %zu of unknown models; %zu "
           "publishes (%.0f a second), %zu reloads, %zu bad files; %zu of %d versions seen; %zu "
           "blocks left\n",
           N_READERS, sum.n_results, sum.n_torn, sum.n_backwards, sum.n_strangers, n_published,
           (double)n_published / took, n_followed, follower.n_refused, n_seen, N_VERSIONS, left);
    bool fine = sum.n_torn == 0 && sum.n_backwards == 0 && sum.n_strangers == 0 && left == 0;
    fine = fine && sum.n_results > 0 && n_published >= 100 && n_seen == N_VERSIONS;
#ifdef HAS_TSAN
    if (!is_naive) {
        bool is_caught = planted_fault_is_seen(argv[0]);
        printf("storm: the planted fault is %s\n", is_caught ? "seen" : "NOT SEEN");
        fine = fine && is_caught;
    }
#endif
    return fine ? 0 : 1;
}
