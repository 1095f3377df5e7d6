/* hotswap.c - replaces a model under traffic.
 *
 *     usage: hotswap [MODEL [SECONDS]]
 *
 * Readers classify with whatever model the slot holds. A writer looks at the file once every 50 ms
 * and, when it has changed, opens it, verifies it and publishes it; a file that does not pass is
 * reported and the last good model stays. So that the example shows something on its own, the
 * writer also publishes the unchanged file ten times. With SECONDS it watches that long instead:
 * rename another model over MODEL meanwhile.
 */
#define _POSIX_C_SOURCE 200809L
#include <winnow.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define N_READERS 3
#define N_SWAPS 10
#define POLLS_PER_SECOND 20

/* What tells one version of a file from the next, also after a rename or a changed link. */
typedef struct version {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
} version;

typedef struct shared {
    const char *path;
    wn_slot *slot;
    atomic_bool is_over;    /* seq_cst: nothing here is in a hurry */
    atomic_int n_failures;  /* of readers */
    atomic_long n_answered; /* classified texts */
} shared;

/* ---- Readers ---- */

static void *read_on(void *argument)
{
    static const char text[] = "The ministry said that police had arrested two suspects.";
    shared *s = argument;
    wn_ctx *ctx;
    if (wn_ctx_new(NULL, &ctx) != WN_OK) {
        s->n_failures++;
        return NULL;
    }
    while (!s->is_over) {
        const wn_model *model;
        wn_result result;
        if (wn_slot_acquire(s->slot, ctx, &model) != WN_OK) {
            s->n_failures++;
            break;
        }
        /* One document is scored on one model, whatever is published meanwhile. Labels belong to
         * the model too: read them before it is released. */
        if (wn_classify(ctx, &model, 1, text, strlen(text), NULL, &result) == WN_OK)
            s->n_answered++;
        else
            s->n_failures++;
        wn_slot_release(s->slot, ctx);
    }
    wn_ctx_free(ctx);
    return NULL;
}

/* ---- Writer ---- */

static bool look(const char *path, version *v)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    *v = (version){st.st_dev, st.st_ino, st.st_size, st.st_mtim};
    return true;
}

static bool is_same(const version *a, const version *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

/* Opens a model file and replays its probes: only a model that passes both is published. */
static const wn_model *open_verified(const char *path, wn_ctx *ctx)
{
    const wn_model *model;
    wn_error error;
    wn_verify_report report = {.size = sizeof report};
    if (wn_model_open(path, NULL, &model, &error) != WN_OK) {
        fprintf(stderr, "%s: %s\n", path, error.message);
        return NULL;
    }
    if (wn_model_verify(model, ctx, &report) != WN_OK) {
        fprintf(stderr, "%s: %s\n", path, wn_ctx_error(ctx)->message);
        wn_model_unref(model);
        return NULL;
    }
    return model;
}

/* Watches the file; returns how many models were published. */
static int write_on(shared *s, wn_ctx *ctx, const version *opened, long n_polls, bool always)
{
    const struct timespec pause = {.tv_nsec = 1000000000 / POLLS_PER_SECOND};
    version now, last = *opened;
    int n_published = 0;
    for (long i = 0; i < n_polls; i++) {
        nanosleep(&pause, NULL);
        if (!look(s->path, &now) || (!always && is_same(&now, &last)))
            continue;
        last = now; /* seen before it is read: a later change is noticed next time */
        const wn_model *model = open_verified(s->path, ctx);
        if (model == NULL)
            continue;
        if (wn_slot_publish(s->slot, model) == WN_OK)
            n_published++;
        wn_model_unref(model); /* the slot has a reference of its own */
    }
    return n_published;
}

/* ---- Both ---- */

/* Runs readers and the writer on a slot that is there; true when all went well. */
static bool swap_under_traffic(shared *s, wn_ctx *ctx, const version *opened, long seconds)
{
    pthread_t readers[N_READERS];
    int n_readers = 0;
    while (n_readers < N_READERS && pthread_create(&readers[n_readers], NULL, read_on, s) == 0)
        n_readers++;
    bool always = seconds == 0;
    int n_published =
        write_on(s, ctx, opened, always ? N_SWAPS : seconds * POLLS_PER_SECOND, always);
    s->is_over = true;
    for (int i = 0; i < n_readers; i++)
        pthread_join(readers[i], NULL);
    printf("%ld texts classified by %d readers, %d models published, %d failures\n",
           (long)s->n_answered, n_readers, n_published, (int)s->n_failures);
    return n_readers == N_READERS && s->n_failures == 0 && s->n_answered > 0 &&
           (!always || n_published == N_SWAPS);
}

int main(int argc, char **argv)
{
    shared s = {.path = argc > 1 ? argv[1] : "models/topic.winnow"};
    long seconds = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    wn_ctx *ctx = NULL;
    const wn_model *model = NULL;
    version opened;
    bool is_fine = false;
    if (!look(s.path, &opened)) {
        perror(s.path);
        return 1;
    }
    if (seconds < 0 || seconds > 86400 || wn_ctx_new(NULL, &ctx) != WN_OK)
        goto done;
    model = open_verified(s.path, ctx);
    if (model == NULL || wn_slot_new(model, NULL, &s.slot) != WN_OK)
        goto done;
    is_fine = swap_under_traffic(&s, ctx, &opened, seconds);
done:
    wn_slot_free(s.slot);
    wn_model_unref(model);
    wn_ctx_free(ctx);
    return is_fine ? 0 : 1;
}
