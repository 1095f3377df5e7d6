/* classifier.h - what a worker does to a batch: fields, scores, output. */
#ifndef CLI_CLASSIFIER_H
#define CLI_CLASSIFIER_H

#include "keep.h"
#include "output.h"

/* What all workers share and only read. */
struct plan {
    const struct models *models;
    const struct output_kind *output;
    struct layout layout;
    struct input_settings settings;
    wn_classify_options options;
    struct condition *conditions; /* [n_conditions]; any: matching records are passed through */
    size_t n_conditions;
};

struct worker;

struct worker *worker_new(const struct plan *plan);
void worker_free(struct worker *worker);

/* Fills the second part of the batch. For struct queue_jobs: worker is a struct worker. */
void worker_run(void *worker, struct batch *batch);

/* Whether paragraphs that are passed through need an empty line between them. */
int is_spaced(const struct plan *plan, const struct input *input);

#endif
