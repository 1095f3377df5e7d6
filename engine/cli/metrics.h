/* metrics.h - figures of merit on plain arrays. Names and definitions are scikit-learn's where it
 * has them; NaN stands where a figure is not defined. */
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

#include <stddef.h>
#include <stdint.h>

/* What was predicted of one label: true and false positives, false negatives. */
struct tally {
    double tp, fp, fn; /* whole numbers */
};

double tally_precision(const struct tally *tally); /* tp / (tp + fp) */
double tally_recall(const struct tally *tally);    /* tp / (tp + fn) */
double tally_f1(const struct tally *tally);        /* 2 tp / (2 tp + fp + fn) */

/* The mean F1 of the labels that occur, in the data or in what was predicted. */
double tally_macro_f1(const struct tally *tallies, size_t n);

/* The F1 of all labels' counts added up. */
double tally_micro_f1(const struct tally *tallies, size_t n);

/* A score, and whether what it speaks for is so. */
struct scored {
    double score;
    uint32_t index; /* settles ties, so that an order is the same everywhere */
    int is_right;
};

/* By ascending score, then index. */
void scored_sort(struct scored *items, size_t n);

/* A step of a precision-recall curve: what counts as positive from that score on. */
struct curve_point {
    double recall, precision, threshold;
};

/* items [n] are sorted. The average precision: sum over the steps of (gain in recall) * precision,
 * one step for equal scores. Fills at most max_points points, best score first, at most one for
 * each 1/(max_points - 2) of recall, and always the first and the last. NaN without a right item.
 */
double scored_average_precision(const struct scored *items, size_t n, struct curve_point *points,
                                size_t max_points, size_t *n_points);

/* One bin of a reliability table. */
struct bin {
    size_t n;
    double low, high;  /* the smallest and largest score in it */
    double confidence; /* mean score */
    double accuracy;   /* share of right ones */
};

/* Cuts sorted items into n_bins bins of equal mass; where n does not divide, the first ones hold
 * one more. Empty bins come last and have n = 0. */
void scored_bins(const struct scored *items, size_t n, struct bin *bins, size_t n_bins);

/* sum over bins of n / total * |accuracy - confidence|, and the largest of the differences. */
double bins_expected_error(const struct bin *bins, size_t n_bins);
double bins_maximum_error(const struct bin *bins, size_t n_bins);

/* The q-quantile (0 <= q <= 1) of ascending values [n], linear between neighbours, as numpy. */
double quantile(const double *sorted, size_t n, double q);

/* Sorts numbers, none of them NaN. */
void sort_numbers(double *values, size_t n);

/* The exact two-sided p-value of McNemar's test: a fair coin falls n_one times on one side and
 * n_other times on the other, or further apart. 1 where both are 0. */
double mcnemar_p(uint64_t n_one, uint64_t n_other);

/* SplitMix64 (Steele, Lea, Flood 2014). *state is the seed before the first call. */
uint64_t random_next(uint64_t *state);

/* A number below n, from the upper 32 bits: (bits * n) / 2^32. Some numbers are more likely by n /
 * 2^32 of their share, which is no matter for a bootstrap. */
uint32_t random_below(uint64_t *state, uint32_t n);

#endif
