/* collect.h - what a worker hands to the main thread of each answer, to be counted there in order.
 *
 *     worker: collect_add -> batch->out (records one after the other) -> main thread: collect_next
 */
#ifndef CLI_COLLECT_H
#define CLI_COLLECT_H

#include "classifier.h"

enum { COLLECT_TEXT = 400 }; /* bytes of a text that are kept for examples */

/* What the worker does; plan->user points to one. */
struct collector {
    int wants_labels;  /* read the labels of records; one whose labels cannot be read has failed */
    int allows_none;   /* an empty list of labels is fine (some model may choose none) */
    int forgives_none; /* a record without labels is handed on, as one that has none */
};

/* For plan->add. A record whose labels cannot be read becomes a failure. */
int collect_add(const struct plan *plan, struct batch *batch, const struct answer *answer);

struct collected_score {
    double value; /* probability, or the score of a model without any; finite */
    uint32_t label;
    int is_chosen;
};

/* One answer. Pointers are into the batch. */
struct collected {
    uint64_t record, paragraph; /* as in struct answer */
    uint32_t n_gold;
    int has_gold;     /* the record names its labels, perhaps none */
    const char *gold; /* the labels, bare; see collected_gold */
    const char *text; /* [text_len] its first bytes, whole characters where it is UTF-8 */
    uint32_t text_len;
    int is_cut;
    const char *at; /* where the models' answers begin */
};

/* One model's answer, in the order of the models. */
struct collected_model {
    const struct collected_score *scores; /* [n_scores] best first */
    uint32_t n_scores;
    wn_decision decision;
};

/* Reads the answer at *at and moves on. 0: there are no more. */
int collect_next(const struct batch *batch, size_t *at, struct collected *answer);

/* The next label; *at is 0 before the first. */
const char *collected_gold(const struct collected *answer, size_t *at, size_t *len);

/* The next model's answer. */
struct collected_model collected_model(struct collected *answer);

#endif
