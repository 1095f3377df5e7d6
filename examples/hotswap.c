/* hotswap.c - replaces a model under traffic.
 *
 *     usage: hotswap [MODEL [SECONDS]]
 *
 * Readers classify with whatever model the slot holds. A writer looks at the file every 50 ms; when
 * it has changed, the slot opens it, compares it with the model before, replays its probes and
 * publishes it. A file that does not pass is reported and the last good model stays. So that the
 * example shows something on its own, the writer also publishes the unchanged file ten times and
 * takes a step back. With SECONDS it watches that long instead: rename another model over MODEL
 * meanwhile.
 */
#define _POSIX_C_SOURCE 200809L
#include <winnow.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_READERS 3
#define N_SWAPS 10
#define POLLS_PER_SECOND 20

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

/* Makes the file the slot's model if it passes; says why where it does not. */
static bool reload(const shared *s, unsigned flags)
{
    const wn_reload_options options = {.size = sizeof options,
                                       .flags = flags | WN_RELOAD_KEEP_PREVIOUS};
    wn_error error;
    int is_new;
    if (wn_slot_reload(s->slot, s->path, &options, &is_new, &error) != WN_OK) {
        fprintf(stderr, "%s: %s\n", s->path, error.message);
        return false;
    }
    return is_new;
}

/* Watches the file; returns how many models were published. */
static int write_on(const shared *s, long n_polls, bool always)
{
    const struct timespec pause = {.tv_nsec = 1000000000 / POLLS_PER_SECOND};
    int n_published = 0;
    for (long i = 0; i < n_polls; i++) {
        nanosleep(&pause, NULL);
        n_published += reload(s, always ? 0 : WN_RELOAD_IF_CHANGED);
    }
    if (always) /* what an operator does when the new model turns out to be bad */
        n_published += wn_slot_rollback(s->slot) == WN_OK;
    return n_published;
}

/* ---- Both ---- */

/* Runs readers and the writer on a slot that has a model; true when all went well. */
static bool swap_under_traffic(shared *s, long seconds)
{
    pthread_t readers[N_READERS];
    int n_readers = 0;
    while (n_readers < N_READERS && pthread_create(&readers[n_readers], NULL, read_on, s) == 0)
        n_readers++;
    bool always = seconds == 0;
    int n_published = write_on(s, always ? N_SWAPS : seconds * POLLS_PER_SECOND, always);
    s->is_over = true;
    for (int i = 0; i < n_readers; i++)
        pthread_join(readers[i], NULL);
    printf("%ld texts classified by %d readers, %d models published, %d failures\n",
           (long)s->n_answered, n_readers, n_published, (int)s->n_failures);
    return n_readers == N_READERS && s->n_failures == 0 && s->n_answered > 0 &&
           (!always || n_published == N_SWAPS + 1);
}

int main(int argc, char **argv)
{
    shared s = {.path = argc > 1 ? argv[1] : "models/topic.winnow"};
    long seconds = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    if (seconds < 0 || seconds > 86400 || wn_slot_new(NULL, NULL, &s.slot) != WN_OK)
        return 1;
    bool is_fine = reload(&s, 0) && swap_under_traffic(&s, seconds);
    wn_slot_free(s.slot);
    return is_fine ? 0 : 1;
}
