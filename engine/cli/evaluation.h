/* evaluation.h - one model held against labelled records.
 *
 *     collected answers -> evaluation_add -> small numbers a record -> evaluation_finish -> figures
 *
 * Definitions. Names are scikit-learn's where it has them; where a record lists several labels, the
 * first is its primary one.
 *
 * Single-label models. A best label is right when the record lists it ("accepted"), or when it is
 * the record's first ("strict"). accuracy          share of records whose best label is accepted
 *   strict_accuracy   share of records whose best label is the first
 *   tp, fp, fn        of a label: the best label is accepted; it is not; it is another one, is not
 *                     accepted, and the record's first is this label. With one label a record these
 *                     are scikit-learn's counts. F1 = 2 tp / (2 tp + fp + fn).
 *   macro_f1          mean F1 of the labels that occur in the data or as best label
 *   log_loss          mean -ln p(first label), p at least 2^-52
 *   brier             mean of sum over labels (p - [label is the first])^2: from 0 to 2
 *   calibration       of the best label's p against whether it is accepted
 * Multi-label models. The answer is the set of chosen labels.
 *   subset_accuracy   share of records whose set is exactly the listed one
 *   micro_f1          F1 of the counts of all labels added up
 *   macro_f1          mean F1 of the labels that occur in the data or are chosen
 *   hamming_loss      share of (record, label) pairs that are wrong
 *   log_loss, brier   mean over all pairs of the binary log loss, and of (p - y)^2
 *   calibration       of the p of all pairs against whether the record lists the label
 * All models.
 *   average precision of a label: of its score over all records, against whether a record lists it
 *   ece, mce          15 bins of equal mass, in the order of (p, record): mean and largest
 *                     |share of right ones - mean p|
 *   coverage          share of records for which the model chooses a label; sure_accuracy is the
 *                     accuracy (subset accuracy) on them
 * A label of the data that the model lacks can never be right. Where the first label is such a one,
 * the record has no log loss and no Brier score. A record for which the model has no answer at all
 * (fastText, nothing known) is wrong, counts as p = 1 / labels for each label, and is not part of
 * the calibration.
 *
 * Intervals: the 2.5 % and 97.5 % quantiles over rounds of a bootstrap. A round draws as many
 * records as there are, with random_below(state, n) of metrics.h, state 20231 before the first
 * round. ECE has no interval: it grows by resampling.
 */
#ifndef CLI_EVALUATION_H
#define CLI_EVALUATION_H

#include "collect.h"
#include "metrics.h"
#include "names.h"

enum {
    EVALUATION_BINS = 15,
    CURVE_POINTS = 200,
    COVERAGE_POINTS = 50,
    HISTOGRAM_BINS = 20,
    MAX_CURVES = 256,     /* labels up to which every score is kept: 8 bytes a record and label */
    MAX_NEW_NAMES = 1000, /* labels of the data that the model lacks and that are told apart */
    BOOTSTRAP_SEED = 20231
};

enum figure_id {
    ACCURACY,
    STRICT_ACCURACY,
    SUBSET_ACCURACY,
    MICRO_F1,
    MACRO_F1,
    HAMMING_LOSS,
    LOG_LOSS,
    BRIER,
    N_SAMPLED, /* those above have intervals */
    MEAN_PRECISION = N_SAMPLED,
    ECE,
    MCE,
    COVERAGE,
    SURE_ACCURACY,
    N_FIGURES
};

/* What a figure is called and means, for all outputs. */
struct figure_kind {
    const char *key, *title, *meaning;
    int is_loss; /* less is better */
};

extern const struct figure_kind figure_kinds[N_FIGURES];

/* NaN: not defined for this model or these records. */
struct figure {
    double value, low, high; /* low and high: the interval, NaN where there is none */
};

/* A growing list of sets of labels. */
struct sets {
    size_t *ends;    /* [n] where each set ends in items */
    uint32_t *items; /* [ends[n - 1]] */
    size_t n_items, cap_items;
};

struct label_figures {
    struct tally tally;
    uint64_t n_first, n_any; /* records that have it first, that list it */
    uint64_t n_predicted;    /* records whose best label it is, or for which it is chosen */
    double average_precision;
    struct curve_point *curve; /* [n_points] */
    size_t n_points;
};

struct confusion {
    uint32_t first, best; /* best: NO_NAME without an answer */
    uint64_t n;
};

struct mistake {
    const struct input *input;
    uint64_t number;
    double confidence; /* p of what is wrong; of a label that is missing 1 - p */
    uint32_t label;    /* best label, or the one that is chosen or missing wrongly */
    int is_missing;
    uint32_t *gold; /* [n_gold] */
    uint32_t n_gold;
    char *text; /* [text_len] */
    size_t text_len;
    int is_cut;
};

struct coverage_point {
    double share, accuracy, threshold;
};

struct evaluation {
    const struct loaded *loaded;
    int is_multi, has_probabilities, has_scores; /* has_scores: all scores are kept */
    struct names names;                          /* labels: the model's, then those of the data */
    uint32_t *label_names; /* [n_labels of the model] their numbers among the names */
    uint32_t n_known;      /* names that the model has */
    int has_others;        /* names past MAX_NEW_NAMES are together in the last one */

    /* One entry a record. */
    size_t n, cap;
    uint32_t *best;           /* NO_NAME: no answer */
    double *confidence;       /* score of the best label; NaN: no answer */
    unsigned char *decisions; /* wn_decision */
    double *log_losses, *briers;
    double *scores; /* [n][n_known] where has_scores */
    struct sets gold, chosen;

    /* Figures, after evaluation_finish. */
    uint64_t n_unlabelled; /* records without a label, which are not evaluated */
    uint64_t n_unknown;    /* records of which some label is not the model's */
    struct figure figures[N_FIGURES];
    uint32_t n_rounds;
    struct label_figures *labels; /* [names.n] */
    struct confusion *confusions; /* [n_confusions] by count, then first, best; right ones too */
    size_t n_confusions;
    struct bin bins[EVALUATION_BINS];
    struct coverage_point coverage[COVERAGE_POINTS];
    size_t n_coverage;
    uint64_t histogram[2][HISTOGRAM_BINS]; /* of the best label's p: wrong, right */
    uint64_t n_decisions[3];               /* by wn_decision */
    uint64_t n_right_of[3];                /* of them right: accepted, or the exact set */
    struct mistake *mistakes;              /* [n_mistakes] worst first */
    size_t n_mistakes, max_mistakes;
};

void evaluation_begin(struct evaluation *evaluation, const struct loaded *loaded,
                      size_t max_mistakes);

/* Counts one answer: `answer` with the labels, `found` what this model says. */
void evaluation_add(struct evaluation *evaluation, const struct input *input,
                    const struct collected *answer, const struct collected_model *found);

/* Computes the figures; n_rounds of the bootstrap, 0: no intervals. */
void evaluation_finish(struct evaluation *evaluation, uint32_t n_rounds);

/* Set i of a list of sets. */
const uint32_t *sets_get(const struct sets *sets, size_t i, size_t *n);

/* Whether a set [n] has an item. */
int set_has(const uint32_t *set, size_t n, uint32_t item);

void evaluation_free(struct evaluation *evaluation);

#endif
