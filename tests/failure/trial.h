/* trial.h - runs an operation again and again, each time with another of its calls failing, and
 * looks at what is left. For one program: its state is static. */
#ifndef WN_TEST_TRIAL_H
#define WN_TEST_TRIAL_H

#include "faults.h"
#include "model.h"
#include "models.h"

#include <dirent.h>

static const char *const mode_names[N_FAULT_MODES] = {
    "memory once", "memory ever", "io once", "io ever", "interrupted",
    "short",       "crumbs",      "cut",     "changed",
};

typedef struct operation {
    const char *name, *detail;
    wn_status (*run)(const struct operation *o, wn_error *error, uint64_t *digest);
    void (*prepare)(const struct operation *o); /* before the faults are armed; can be NULL */
    const char *path;
    const wn_model *model;
    wn_scoring scoring;
    unsigned flags;
    size_t n_texts;
    wn_format format;
    wn_keep keep;
    size_t n_memory, n_io; /* there are at least so many calls that can fail */
    size_t n_each;         /* calls that fail one by one without --all; 0: 250 */
} operation;

/* ---- What is looked at after every call ---- */

static struct {
    const operation *operation;
    fault_mode mode;
    size_t at;
    uint64_t expected; /* what the operation says when nothing fails */
    bool is_known;
} now;

static bool takes_all;
static size_t n_bad, n_operations, n_injected[N_FAULT_MODES], n_passed_over;

static void expect(bool holds, const char *what)
{
    if (holds)
        return;
    if (n_bad++ < 20)
        printf("\nFAIL %s %s, %s, call %zu: %s", now.operation->name, now.operation->detail,
               mode_names[now.mode], now.at, what);
}

static void expect_bits(uint64_t digest, const char *what)
{
    expect(!now.is_known || digest == now.expected, what);
}

static char folder[64];

static size_t count_files(void)
{
    size_t n = 0;
    DIR *directory = opendir(folder);
    if (directory == NULL)
        support_stop("the folder cannot be read");
    while (readdir(directory) != NULL)
        n++;
    closedir(directory);
    return n;
}

static size_t count_descriptors(void)
{
    size_t n = 0;
    for (int fd = 0; fd < 64; fd++)
        n += fcntl(fd, F_GETFD) != -1;
    return n;
}

/* Models that have been there all the time, and their warm context. */
enum { N_STANDING = 3 };
static const wn_model *standing[N_STANDING];
static uint64_t standing_digests[N_STANDING];
static wn_ctx *standing_ctx;

static void expect_standing_models(void)
{
    for (size_t i = 0; i < N_STANDING; i++) {
        uint64_t digest = 0;
        expect(classify(standing_ctx, standing[i], 3, &digest) == WN_OK &&
                   digest == standing_digests[i],
               "a model that was there before says something else");
        expect(atomic_load(&standing[i]->references) == 1, "a reference to a model leaks");
    }
}

static bool must_fail(fault_mode mode, const operation *o)
{
    switch (mode) {
    case FAULT_INTERRUPTED:
    case FAULT_SHORT:
    case FAULT_CRUMBS:
        return false;
    case FAULT_CHANGED: /* what is mapped is looked at once */
        return (o->flags & WN_OPEN_MAP) == 0 && n_failed(false) > 0;
    default:
        return n_failed(false) > 0;
    }
}

static void expect_outcome(wn_status status, const wn_error *error, uint64_t digest)
{
    if (!must_fail(now.mode, now.operation)) {
        expect(status == WN_OK, "it fails, although it could go on");
        expect_bits(digest, "it says something else");
        return;
    }
    bool is_memory = now.mode == FAULT_MEMORY_ONCE || now.mode == FAULT_MEMORY_EVER;
    expect(status != WN_OK, "a failure is passed over");
    expect(status == WN_OK || status == (is_memory ? WN_ERROR_MEMORY : WN_ERROR_IO),
           wn_status_name(status));
    expect(status == WN_OK || error->status == status, "the error has another status");
    expect(status == WN_OK || error->message[0] != '\0', "the error has no message");
}

/* Runs an operation with call number `at` failing. False: there was no such call. */
static bool run_once(const operation *o, fault_mode mode, size_t at)
{
    wn_error error = {WN_OK, 0, ""};
    uint64_t digest = 0;
    now.operation = o;
    now.mode = mode;
    now.at = at;
    long blocks = atomic_load(&n_live_blocks), maps = atomic_load(&n_live_maps);
    size_t descriptors = count_descriptors();
    if (o->prepare != NULL)
        o->prepare(o);
    arm(mode, at);
    wn_status status = o->run(o, &error, &digest);
    if (is_armed)
        support_stop("an operation left its faults armed");
    expect_outcome(status, &error, digest);
    expect(atomic_load(&n_live_blocks) == blocks, "memory leaks");
    expect(atomic_load(&n_live_maps) == maps, "a mapping leaks");
    expect(count_descriptors() == descriptors, "a file stays open");
    expect_standing_models();
    if (!now.is_known) {
        now.expected = digest;
        now.is_known = true;
    }
    n_passed_over += n_failed(false) == 0 && n_failed(true) > 0;
    return n_failed(false) + n_failed(true) > 0;
}

static void run_all(const operation *o)
{
    size_t n[N_FAULT_MODES] = {0};
    printf("inject: %s %s:", o->name, o->detail);
    size_t n_each = takes_all ? SIZE_MAX : o->n_each > 0 ? o->n_each : 250;
    now.is_known = false;
    run_once(o, FAULT_MEMORY_ONCE, 0); /* nothing fails: the answer that is expected */
    for (int mode = 0; mode < N_FAULT_MODES; mode++) {
        for (size_t at = 1; run_once(o, (fault_mode)mode, at); n[mode]++)
            at += at < n_each ? 1 : 1 + at / 4;
        n_injected[mode] += n[mode];
        if (n[mode] > 0)
            printf(" %s %zu", mode_names[mode], n[mode]);
    }
    now.mode = N_FAULT_MODES - 1;
    expect(n[FAULT_MEMORY_ONCE] >= o->n_memory && n[FAULT_MEMORY_EVER] >= o->n_memory,
           "fewer calls for memory than there must be");
    expect(n[FAULT_IO_ONCE] >= o->n_io && n[FAULT_IO_EVER] >= o->n_io,
           "fewer calls of the system than there must be");
    printf("\n");
    fflush(stdout);
    n_operations++;
}

#endif
