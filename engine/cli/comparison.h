/* comparison.h - two models held against each other, text by text.
 *
 * Labels are matched by their names. The answer of a model is its best label; where one of the two
 * models is multi-label, the answer of both is the set of chosen labels. A text whose answers
 * differ is a flip. Flips are counted from label to label; of sets, each label that is lost (to
 * nothing) and each that is gained (from nothing).
 */
#ifndef CLI_COMPARISON_H
#define CLI_COMPARISON_H

#include "collect.h"
#include "names.h"

/* A kind of flip. NO_NAME: no label. */
struct flip {
    uint32_t from, to;
    uint64_t n;
};

/* A text whose answer flips. */
struct flip_example {
    const struct input *input;
    uint64_t record, paragraph;
    double
        strength; /* the smaller of the two confidences; of sets, the largest change of a score */
    uint32_t
        labels[2];    /* old, new: best labels; of sets NO_NAME on the side that lacks the label */
    double values[2]; /* their scores; of sets, those of the one label */
    int is_right[2];  /* where the text names its labels */
    int has_gold;
    char *text; /* [text_len] */
    size_t text_len;
    int is_cut;
};

struct comparison {
    const struct loaded *loaded[2]; /* old, new */
    int is_of_sets, has_probabilities;
    struct names names;       /* labels of both */
    uint32_t *label_names[2]; /* [n_labels of the model] their numbers among the names */
    unsigned char *known;     /* [names.n] bit 0: the old model has it, bit 1: the new one */

    uint64_t n, n_same_best, n_same_chosen, n_flips;
    uint64_t *n_best[2];           /* [names.n] how often a label is (part of) the answer */
    uint64_t n_decisions[3][3];    /* [old][new] by wn_decision */
    double sum_change, max_change; /* of the p of the old best label, where both models have it */
    uint64_t n_changes;

    uint64_t n_gold;        /* texts that name their labels */
    uint64_t n_right[2][2]; /* [old is right][new is right] */
    uint64_t n_flips_to[3]; /* flips of such texts: became right, became wrong, neither */

    struct flip *flips; /* [n_kinds] after comparison_finish, most frequent first */
    size_t n_kinds, cap_kinds;
    struct flip_example *examples; /* [n_examples] hardest first */
    size_t n_examples, max_examples;
};

void comparison_begin(struct comparison *comparison, const struct models *models,
                      size_t max_examples);

/* Counts one text: what both models say. */
void comparison_add(struct comparison *comparison, const struct input *input,
                    const struct collected *answer, const struct collected_model found[2]);

void comparison_finish(struct comparison *comparison);

void comparison_free(struct comparison *comparison);

#endif
