/* classifier.h - what a worker does to a batch: fields, scores, answers. */
#ifndef CLI_CLASSIFIER_H
#define CLI_CLASSIFIER_H

#include "output.h"

/* What all workers share and only read. */
struct plan {
    const struct models *models;
    struct input_settings settings;
    const struct loaded *fields_of; /* a model that reads several named fields; NULL: none does */
    wn_classify_options options;

    /* What becomes of an answer, or of a failure: adds to batch->out. Called in the worker's thread
     * in the order of the batch. Returns whether the record is to be passed on as it stands. */
    int (*add)(const struct plan *plan, struct batch *batch, const struct answer *answer);
    const void *user; /* for add */
};

struct worker;

struct worker *worker_new(const struct plan *plan);
void worker_free(struct worker *worker);

/* Fills the second part of the batch. For struct queue_jobs: worker is a struct worker. */
void worker_run(void *worker, struct batch *batch);

/* Whether paragraphs that are passed through need an empty line between them. */
int is_spaced(const struct plan *plan, const struct input *input);

#endif
