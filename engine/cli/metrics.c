/* metrics.c - figures of merit on plain arrays. */
#include "metrics.h"

#include <math.h>
#include <stdlib.h>

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

double tally_precision(const struct tally *tally)
{
    return ratio(tally->tp, tally->tp + tally->fp);
}

double tally_recall(const struct tally *tally)
{
    return ratio(tally->tp, tally->tp + tally->fn);
}

double tally_f1(const struct tally *tally)
{
    return ratio(2 * tally->tp, 2 * tally->tp + tally->fp + tally->fn);
}

double tally_macro_f1(const struct tally *tallies, size_t n)
{
    double sum = 0, n_labels = 0;
    for (size_t i = 0; i < n; i++) {
        double f1 = tally_f1(&tallies[i]);
        if (!isnan(f1)) {
            sum += f1;
            n_labels++;
        }
    }
    return ratio(sum, n_labels);
}

double tally_micro_f1(const struct tally *tallies, size_t n)
{
    struct tally all = {0};
    for (size_t i = 0; i < n; i++) {
        all.tp += tallies[i].tp;
        all.fp += tallies[i].fp;
        all.fn += tallies[i].fn;
    }
    return tally_f1(&all);
}

static int compare_scored(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

void scored_sort(struct scored *items, size_t n)
{
    if (n > 1)
        qsort(items, n, sizeof *items, compare_scored);
}

double scored_average_precision(const struct scored *items, size_t n, struct curve_point *points,
                                size_t max_points, size_t *n_points)
{
    double n_right = 0, right = 0, taken = 0, sum = 0, shown = -1;
    for (size_t i = 0; i < n; i++)
        n_right += items[i].is_right ? 1 : 0;
    *n_points = 0;
    if (n_right == 0)
        return NAN;
    double step = max_points > 2 ? 1.0 / (double)(max_points - 2) : 1;
    for (size_t left = n; left > 0;) {
        double score = items[left - 1].score, before = right;
        for (; left > 0 && items[left - 1].score == score; left--) {
            right += items[left - 1].is_right ? 1 : 0;
            taken++;
        }
        struct curve_point point = {right / n_right, right / taken, score};
        sum += (right - before) / n_right * point.precision;
        int is_due = shown < 0 || point.recall - shown >= step || left == 0;
        if (is_due && *n_points < max_points) {
            points[(*n_points)++] = point;
            shown = point.recall;
        }
    }
    return sum;
}

void scored_bins(const struct scored *items, size_t n, struct bin *bins, size_t n_bins)
{
    size_t at = 0;
    for (size_t i = 0; i < n_bins; i++) {
        struct bin *bin = &bins[i];
        *bin = (struct bin){.n = n / n_bins + (i < n % n_bins ? 1 : 0)};
        for (size_t j = 0; j < bin->n; j++, at++) {
            bin->confidence += items[at].score / (double)bin->n;
            bin->accuracy += items[at].is_right ? 1 : 0;
        }
        if (bin->n == 0)
            continue;
        bin->accuracy /= (double)bin->n;
        bin->low = items[at - bin->n].score;
        bin->high = items[at - 1].score;
    }
}

double bins_expected_error(const struct bin *bins, size_t n_bins)
{
    double sum = 0, n = 0;
    for (size_t i = 0; i < n_bins; i++) {
        sum += (double)bins[i].n * fabs(bins[i].accuracy - bins[i].confidence);
        n += (double)bins[i].n;
    }
    return ratio(sum, n);
}

double bins_maximum_error(const struct bin *bins, size_t n_bins)
{
    double most = NAN;
    for (size_t i = 0; i < n_bins; i++) {
        double error = fabs(bins[i].accuracy - bins[i].confidence);
        if (bins[i].n > 0 && !(error <= most))
            most = error;
    }
    return most;
}

double quantile(const double *sorted, size_t n, double q)
{
    if (n == 0)
        return NAN;
    double place = q * (double)(n - 1);
    size_t low = (size_t)place;
    if (low + 1 >= n)
        return sorted[n - 1];
    return sorted[low] + (place - (double)low) * (sorted[low + 1] - sorted[low]);
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void sort_numbers(double *values, size_t n)
{
    if (n > 1)
        qsort(values, n, sizeof *values, compare_numbers);
}

double mcnemar_p(uint64_t n_one, uint64_t n_other)
{
    double n = (double)n_one + (double)n_other;
    double few = (double)(n_one < n_other ? n_one : n_other);
    if (n_one == n_other)
        return 1; /* the two tails meet */
    /* Twice the lower tail, from its largest term down: each is the one before times k / (n-k+1).
     */
    double term = lgamma(n + 1) - lgamma(few + 1) - lgamma(n - few + 1) - n * log(2.0);
    double sum = 0, factor = 1;
    for (double k = few; k >= 0 && factor > 1e-18 * sum; k--) {
        sum += factor;
        factor *= k / (n - k + 1);
    }
    double p = 2 * exp(term) * sum;
    return p < 1 ? p : 1;
}

uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

uint32_t random_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((random_next(state) >> 32) * n >> 32);
}
