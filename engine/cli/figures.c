/* figures.c - the figures of an evaluation, as evaluation.h defines them. */
#include "evaluation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A round of the bootstrap goes over all records: with very many there are fewer rounds. */
static const double max_draws = 2e8;

static int is_listed(const struct evaluation *evaluation, size_t record, uint32_t label)
{
    size_t n;
    const uint32_t *gold = sets_get(&evaluation->gold, record, &n);
    return set_has(gold, n, label);
}

/* How many items of one set the other lacks. */
static size_t n_missing(const uint32_t *set, size_t n, const uint32_t *other, size_t n_other)
{
    size_t missing = 0;
    for (size_t i = 0; i < n; i++)
        missing += set_has(other, n_other, set[i]) ? 0 : 1;
    return missing;
}

static int is_exact(const struct evaluation *evaluation, size_t record)
{
    size_t n_gold, n_chosen;
    const uint32_t *gold = sets_get(&evaluation->gold, record, &n_gold);
    const uint32_t *chosen = sets_get(&evaluation->chosen, record, &n_chosen);
    return n_gold == n_chosen && n_missing(gold, n_gold, chosen, n_chosen) == 0;
}

static int is_right(const struct evaluation *evaluation, size_t record)
{
    if (evaluation->is_multi)
        return is_exact(evaluation, record);
    return evaluation->best[record] != NO_NAME &&
           is_listed(evaluation, record, evaluation->best[record]);
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

/* ---- Figures that are means over records, for the records and for draws of them ---- */

/* Adds a record, `weight` times, to the labels' counts. */
static void count_best(const struct evaluation *evaluation, size_t record, double weight,
                       struct tally *tallies)
{
    size_t n_gold;
    const uint32_t *gold = sets_get(&evaluation->gold, record, &n_gold);
    uint32_t best = evaluation->best[record];
    int is_accepted = best != NO_NAME && set_has(gold, n_gold, best);
    if (is_accepted)
        tallies[best].tp += weight;
    else
        tallies[gold[0]].fn += weight;
    if (!is_accepted && best != NO_NAME)
        tallies[best].fp += weight;
}

static void count_chosen(const struct evaluation *evaluation, size_t record, double weight,
                         struct tally *tallies)
{
    size_t n_gold, n_chosen;
    const uint32_t *gold = sets_get(&evaluation->gold, record, &n_gold);
    const uint32_t *chosen = sets_get(&evaluation->chosen, record, &n_chosen);
    for (size_t i = 0; i < n_chosen; i++) {
        if (set_has(gold, n_gold, chosen[i]))
            tallies[chosen[i]].tp += weight;
        else
            tallies[chosen[i]].fp += weight;
    }
    for (size_t i = 0; i < n_gold; i++)
        tallies[gold[i]].fn += set_has(chosen, n_chosen, gold[i]) ? 0 : weight;
}

/* Fills values [N_SAMPLED] and tallies [names.n]. weights [n]: how often each record counts; NULL:
 * once. */
static void measure(const struct evaluation *evaluation, const uint32_t *weights, double *values,
                    struct tally *tallies)
{
    double n = 0, right = 0, strict = 0, loss = 0, brier = 0, n_losses = 0, n_wrong_pairs = 0;
    memset(tallies, 0, evaluation->names.n * sizeof *tallies);
    for (size_t i = 0; i < evaluation->n; i++) {
        double weight = weights != NULL ? weights[i] : 1;
        if (weight == 0)
            continue;
        n += weight;
        right += is_right(evaluation, i) ? weight : 0;
        if (!isnan(evaluation->log_losses[i])) {
            loss += weight * evaluation->log_losses[i];
            brier += weight * evaluation->briers[i];
            n_losses += weight;
        }
        if (evaluation->is_multi) {
            count_chosen(evaluation, i, weight, tallies);
            continue;
        }
        size_t n_gold;
        strict += evaluation->best[i] == sets_get(&evaluation->gold, i, &n_gold)[0] ? weight : 0;
        count_best(evaluation, i, weight, tallies);
    }
    for (uint32_t i = 0; i < evaluation->names.n; i++)
        n_wrong_pairs += tallies[i].fp + tallies[i].fn;
    int is_multi = evaluation->is_multi;
    values[ACCURACY] = is_multi ? NAN : ratio(right, n);
    values[STRICT_ACCURACY] = is_multi ? NAN : ratio(strict, n);
    values[SUBSET_ACCURACY] = is_multi ? ratio(right, n) : NAN;
    values[MICRO_F1] = is_multi ? tally_micro_f1(tallies, evaluation->names.n) : NAN;
    values[MACRO_F1] = tally_macro_f1(tallies, evaluation->names.n);
    values[HAMMING_LOSS] = is_multi ? ratio(n_wrong_pairs, n * evaluation->names.n) : NAN;
    values[LOG_LOSS] = ratio(loss, n_losses);
    values[BRIER] = ratio(brier, n_losses);
}

static void sample(struct evaluation *evaluation, uint32_t n_rounds)
{
    size_t n = evaluation->n;
    uint64_t state = BOOTSTRAP_SEED;
    if ((double)n_rounds * (double)n > max_draws)
        n_rounds = (uint32_t)(max_draws / (double)n) + 1;
    evaluation->n_rounds = n_rounds;
    uint32_t *weights = take_zeroed(n, sizeof *weights);
    struct tally *tallies = take_zeroed(evaluation->names.n, sizeof *tallies);
    double *values = take_zeroed((size_t)N_SAMPLED * n_rounds, sizeof *values);
    size_t n_values[N_SAMPLED] = {0};
    for (uint32_t round = 0; round < n_rounds; round++) {
        double found[N_SAMPLED];
        memset(weights, 0, n * sizeof *weights);
        for (size_t i = 0; i < n; i++)
            weights[random_below(&state, (uint32_t)n)]++;
        measure(evaluation, weights, found, tallies);
        for (size_t i = 0; i < N_SAMPLED; i++) {
            if (!isnan(found[i]))
                values[i * n_rounds + n_values[i]++] = found[i];
        }
    }
    for (size_t i = 0; i < N_SAMPLED; i++) {
        double *all = values + i * n_rounds;
        sort_numbers(all, n_values[i]);
        evaluation->figures[i].low = quantile(all, n_values[i], 0.025);
        evaluation->figures[i].high = quantile(all, n_values[i], 0.975);
    }
    free(weights);
    free(tallies);
    free(values);
}

/* ---- Labels ---- */

static void count_labels(struct evaluation *evaluation)
{
    struct label_figures *labels = evaluation->labels;
    for (size_t i = 0; i < evaluation->n; i++) {
        size_t n_gold, n_chosen;
        const uint32_t *gold = sets_get(&evaluation->gold, i, &n_gold);
        const uint32_t *chosen = sets_get(&evaluation->chosen, i, &n_chosen);
        for (size_t j = 0; j < n_gold; j++)
            labels[gold[j]].n_any++;
        if (n_gold > 0)
            labels[gold[0]].n_first++;
        for (size_t j = 0; j < n_chosen; j++)
            labels[chosen[j]].n_predicted++;
        if (!evaluation->is_multi && evaluation->best[i] != NO_NAME)
            labels[evaluation->best[i]].n_predicted++;
    }
}

static void draw_curves(struct evaluation *evaluation)
{
    size_t n = evaluation->n;
    double sum = 0, n_labels = 0;
    struct scored *items = take_zeroed(n, sizeof *items);
    for (uint32_t label = 0; label < evaluation->names.n; label++) {
        struct label_figures *figures = &evaluation->labels[label];
        figures->average_precision = NAN;
        if (!evaluation->has_scores || label >= evaluation->n_known)
            continue;
        for (size_t i = 0; i < n; i++)
            items[i] = (struct scored){evaluation->scores[i * evaluation->n_known + label],
                                       (uint32_t)i, is_listed(evaluation, i, label)};
        scored_sort(items, n);
        figures->curve = take_zeroed(CURVE_POINTS, sizeof *figures->curve);
        figures->average_precision =
            scored_average_precision(items, n, figures->curve, CURVE_POINTS, &figures->n_points);
        if (!isnan(figures->average_precision)) {
            sum += figures->average_precision;
            n_labels++;
        }
    }
    free(items);
    evaluation->figures[MEAN_PRECISION].value = ratio(sum, n_labels);
}

static int compare_pairs(const void *a, const void *b)
{
    const struct confusion *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->best < y->best ? -1 : x->best > y->best;
}

static int compare_confusions(const void *a, const void *b)
{
    const struct confusion *x = a, *y = b;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return compare_pairs(a, b);
}

static void count_confusions(struct evaluation *evaluation)
{
    size_t n = evaluation->n, n_distinct = 0;
    struct confusion *all = take_zeroed(n, sizeof *all);
    for (size_t i = 0; i < n; i++) {
        size_t n_gold;
        uint32_t first = sets_get(&evaluation->gold, i, &n_gold)[0];
        uint32_t best = evaluation->best[i];
        all[i] = (struct confusion){is_right(evaluation, i) ? best : first, best, 1};
    }
    qsort(all, n, sizeof *all, compare_pairs);
    for (size_t i = 0; i < n; i++) {
        if (n_distinct > 0 && compare_pairs(&all[n_distinct - 1], &all[i]) == 0)
            all[n_distinct - 1].n++;
        else
            all[n_distinct++] = all[i];
    }
    qsort(all, n_distinct, sizeof *all, compare_confusions);
    evaluation->confusions = all;
    evaluation->n_confusions = n_distinct;
}

/* ---- Confidence ---- */

/* What the probabilities that are calibrated say, and whether it is so: [*n], sorted. */
static struct scored *list_confidences(const struct evaluation *evaluation, size_t *n)
{
    size_t per_record = evaluation->is_multi ? evaluation->n_known : 1;
    struct scored *items = take_memory(evaluation->n * per_record * sizeof *items);
    *n = 0;
    for (size_t i = 0; i < evaluation->n; i++) {
        for (uint32_t j = 0; j < evaluation->n_known && evaluation->is_multi; j++) {
            double p = evaluation->scores[i * evaluation->n_known + j];
            items[*n] = (struct scored){p, (uint32_t)*n, is_listed(evaluation, i, j)};
            (*n)++;
        }
        if (!evaluation->is_multi && !isnan(evaluation->confidence[i]))
            items[(*n)++] =
                (struct scored){evaluation->confidence[i], (uint32_t)i, is_right(evaluation, i)};
    }
    scored_sort(items, *n);
    return items;
}

/* How accurate the surest part of the answers is, for growing parts. Records without an answer are
 * the least sure ones. */
static void cover(struct evaluation *evaluation, const struct scored *items, size_t n)
{
    size_t n_right = 0, taken = 0;
    for (size_t i = 0; i < COVERAGE_POINTS; i++) {
        size_t upto = (size_t)((double)evaluation->n * (double)(i + 1) / COVERAGE_POINTS + 0.5);
        upto = upto < n ? upto : n;
        for (; taken < upto; taken++)
            n_right += items[n - 1 - taken].is_right ? 1 : 0;
        size_t last = evaluation->n_coverage > 0 ? evaluation->n_coverage - 1 : 0;
        double share = ratio((double)taken, (double)evaluation->n);
        if (taken == 0 || (evaluation->n_coverage > 0 && evaluation->coverage[last].share >= share))
            continue;
        evaluation->coverage[evaluation->n_coverage++] =
            (struct coverage_point){share, (double)n_right / (double)taken, items[n - taken].score};
    }
}

static void draw_histogram(struct evaluation *evaluation)
{
    for (size_t i = 0; i < evaluation->n; i++) {
        double p = evaluation->confidence[i];
        if (isnan(p))
            continue;
        size_t bin = p <= 0 ? 0 : p >= 1 ? HISTOGRAM_BINS - 1 : (size_t)(p * HISTOGRAM_BINS);
        int is_so = is_listed(evaluation, i, evaluation->best[i]);
        evaluation->histogram[is_so][bin]++;
    }
}

static void look_at_confidence(struct evaluation *evaluation)
{
    struct figure *figures = evaluation->figures;
    size_t n;
    if (evaluation->is_multi && !evaluation->has_scores)
        return;
    struct scored *items = list_confidences(evaluation, &n);
    if (!evaluation->is_multi)
        cover(evaluation, items, n);
    if (evaluation->has_probabilities) {
        scored_bins(items, n, evaluation->bins, EVALUATION_BINS);
        figures[ECE].value = bins_expected_error(evaluation->bins, EVALUATION_BINS);
        figures[MCE].value = bins_maximum_error(evaluation->bins, EVALUATION_BINS);
        draw_histogram(evaluation);
    }
    free(items);
}

static void count_decisions(struct evaluation *evaluation)
{
    for (size_t i = 0; i < evaluation->n; i++) {
        unsigned decision = evaluation->decisions[i] < 3 ? evaluation->decisions[i] : WN_UNSURE;
        evaluation->n_decisions[decision]++;
        evaluation->n_right_of[decision] += is_right(evaluation, i) ? 1 : 0;
    }
    double n_sure = (double)evaluation->n_decisions[WN_DECIDED];
    evaluation->figures[COVERAGE].value = ratio(n_sure, (double)evaluation->n);
    evaluation->figures[SURE_ACCURACY].value =
        ratio((double)evaluation->n_right_of[WN_DECIDED], n_sure);
}

void evaluation_finish(struct evaluation *evaluation, uint32_t n_rounds)
{
    double values[N_SAMPLED];
    uint32_t n_names = evaluation->names.n;
    for (size_t i = 0; i < N_FIGURES; i++)
        evaluation->figures[i] = (struct figure){NAN, NAN, NAN};
    evaluation->labels = take_zeroed(n_names, sizeof *evaluation->labels);
    struct tally *tallies = take_zeroed(n_names, sizeof *tallies);
    measure(evaluation, NULL, values, tallies);
    for (size_t i = 0; i < N_SAMPLED; i++)
        evaluation->figures[i].value = values[i];
    for (uint32_t i = 0; i < n_names; i++)
        evaluation->labels[i].tally = tallies[i];
    free(tallies);
    if (evaluation->n > 0 && n_rounds > 0)
        sample(evaluation, n_rounds);
    count_labels(evaluation);
    draw_curves(evaluation);
    if (!evaluation->is_multi)
        count_confusions(evaluation);
    look_at_confidence(evaluation);
    count_decisions(evaluation);
}
