/* feed.h - all inputs of a run, through the workers, in the order of the input.
 *
 *     files -> reader (this thread) -> batches -> workers -> batches in order -> finish
 */
#ifndef CLI_FEED_H
#define CLI_FEED_H

#include "args.h"
#include "classifier.h"
#include "progress.h"
#include "queue.h"

struct feed {
    /* Set by the verb, the rest zero. */
    const struct plan *plan;
    void (*finish)(void *user, struct batch *batch); /* what happens to a batch, in order */
    int (*look)(void *user);  /* asked before each batch: is there something to take? NULL: never */
    void (*take)(void *user); /* takes it; no batch is under way */
    void *user;
    uint32_t n_jobs; /* 0: one a processor */
    int is_quiet;

    struct input *inputs; /* [n_inputs] */
    size_t n_inputs;
    uint64_t n_read; /* inputs that could be opened */
    uint64_t n_records, n_answers, n_failed;
    int some_failed; /* an input could not be read to its end */

    uint64_t n_bytes_before; /* of the inputs that are done */
    struct progress progress;
    struct reader reader; /* of the input that is being read; else all zero */
};

/* Makes the inputs out of the files' names; without any, standard input. plan->settings holds. An
 * input whose kind neither an option nor its name tells is of kind `otherwise`, or, where that is
 * NULL, what its first byte says. Returns an exit code; complains of inputs without the fields that
 * a model reads. */
int feed_add_files(struct feed *feed, const char *verb, const struct words *files,
                   const struct input_kind *otherwise);

/* Reads and answers everything. Complains of what cannot be read. */
void feed_run(struct feed *feed);

/* EXIT_FINE, or EXIT_SOME_FAILED when a record or an input failed. */
int feed_code(const struct feed *feed);

void feed_free(struct feed *feed);

#endif
