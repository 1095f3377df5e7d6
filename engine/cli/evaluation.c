/* evaluation.c - takes in the records of an evaluation, as small numbers; figures.c has the
 * figures. */
#include "evaluation.h"

#include "gold.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct figure_kind figure_kinds[N_FIGURES] = {
    [ACCURACY] = {"accuracy", "Accuracy", "the best label is one of the record's", 0},
    [STRICT_ACCURACY] = {"strict_accuracy", "Strict accuracy",
                         "the best label is the record's first", 0},
    [SUBSET_ACCURACY] = {"subset_accuracy", "Subset accuracy",
                         "the chosen labels are exactly the record's", 0},
    [MICRO_F1] = {"micro_f1", "Micro F1", "F1 of all labels' counts together", 0},
    [MACRO_F1] = {"macro_f1", "Macro F1", "mean F1 of the labels that occur", 0},
    [HAMMING_LOSS] = {"hamming_loss", "Hamming loss", "share of wrong (record, label) pairs", 1},
    [LOG_LOSS] = {"log_loss", "Log loss", "mean -ln p of what is so", 1},
    [BRIER] = {"brier", "Brier score", "mean squared error of the probabilities", 1},
    [MEAN_PRECISION] = {"mean_average_precision", "Mean average precision",
                        "mean over the labels that occur", 0},
    [ECE] = {"ece", "ECE", "expected calibration error, 15 bins of equal mass", 1},
    [MCE] = {"mce", "Max. calibration error", "largest error of a bin", 1},
    [COVERAGE] = {"coverage", "Coverage", "share of records for which a label is chosen", 0},
    [SURE_ACCURACY] = {"sure_accuracy", "Accuracy where sure", "accuracy on those records", 0},
};

/* The least probability that counts in a log loss: scikit-learn's, the epsilon of a double. */
static const double least_p = DBL_EPSILON;

const uint32_t *sets_get(const struct sets *sets, size_t i, size_t *n)
{
    size_t begin = i > 0 ? sets->ends[i - 1] : 0;
    *n = sets->ends[i] - begin;
    return sets->items + begin;
}

int set_has(const uint32_t *set, size_t n, uint32_t item)
{
    for (size_t i = 0; i < n; i++) {
        if (set[i] == item)
            return 1;
    }
    return 0;
}

static void sets_add(struct sets *sets, uint32_t item)
{
    if (sets->n_items == sets->cap_items) {
        sets->cap_items = sets->cap_items > 0 ? sets->cap_items * 2 : 1024;
        sets->items = grow_memory(sets->items, sets->cap_items, sizeof *sets->items);
    }
    sets->items[sets->n_items++] = item;
}

static void sets_free(struct sets *sets)
{
    free(sets->ends);
    free(sets->items);
    *sets = (struct sets){0};
}

void evaluation_begin(struct evaluation *evaluation, const struct loaded *loaded,
                      size_t max_mistakes)
{
    uint32_t n_labels = loaded->info.n_labels;
    *evaluation = (struct evaluation){
        .loaded = loaded,
        .is_multi = loaded->info.is_multi_label,
        .has_probabilities = has_probabilities(loaded),
        .max_mistakes = max_mistakes,
    };
    evaluation->label_names = take_zeroed(n_labels, sizeof *evaluation->label_names);
    for (uint32_t i = 0; i < n_labels; i++) {
        size_t len;
        const char *label = wn_model_label(loaded->model, i, &len);
        label = gold_bare(label, &len);
        evaluation->label_names[i] = names_add(&evaluation->names, label, len);
    }
    evaluation->n_known = evaluation->names.n;
    evaluation->has_scores = evaluation->n_known <= MAX_CURVES;
    evaluation->mistakes = take_zeroed(max_mistakes + 1, sizeof *evaluation->mistakes);
}

static void grow(struct evaluation *evaluation)
{
    size_t cap = evaluation->cap > 0 ? evaluation->cap + evaluation->cap / 2 : 1024;
    if (evaluation->n < evaluation->cap)
        return;
    evaluation->cap = cap;
    evaluation->best = grow_memory(evaluation->best, cap, sizeof *evaluation->best);
    evaluation->confidence =
        grow_memory(evaluation->confidence, cap, sizeof *evaluation->confidence);
    evaluation->decisions = grow_memory(evaluation->decisions, cap, sizeof *evaluation->decisions);
    evaluation->log_losses =
        grow_memory(evaluation->log_losses, cap, sizeof *evaluation->log_losses);
    evaluation->briers = grow_memory(evaluation->briers, cap, sizeof *evaluation->briers);
    evaluation->gold.ends = grow_memory(evaluation->gold.ends, cap, sizeof(size_t));
    evaluation->chosen.ends = grow_memory(evaluation->chosen.ends, cap, sizeof(size_t));
    /* One row more: the row of the record that is being added is filled in any case. */
    size_t rows = evaluation->has_scores ? cap : 1;
    evaluation->scores =
        grow_memory(evaluation->scores, rows, evaluation->n_known * sizeof *evaluation->scores);
}

/* The number of a label of the data. A multitude of labels that are the model's in no case is a
 * mistaken field, not something to keep in memory. */
static uint32_t number_of(struct evaluation *evaluation, const char *label, size_t len)
{
    static const char others[] = "(other labels)";
    struct names *names = &evaluation->names;
    uint32_t number = names_find(names, label, len);
    if (number != NO_NAME)
        return number;
    if (names->n - evaluation->n_known < MAX_NEW_NAMES)
        return names_add(names, label, len);
    evaluation->has_others = 1;
    return names_add(names, others, sizeof others - 1);
}

static void add_gold(struct evaluation *evaluation, const struct collected *answer)
{
    size_t at = 0;
    int is_unknown = 0;
    for (uint32_t i = 0; i < answer->n_gold; i++) {
        size_t len;
        const char *label = collected_gold(answer, &at, &len);
        uint32_t number = number_of(evaluation, label, len);
        is_unknown |= number >= evaluation->n_known;
        sets_add(&evaluation->gold, number);
    }
    evaluation->gold.ends[evaluation->n] = evaluation->gold.n_items;
    evaluation->n_unknown += is_unknown ? 1 : 0;
}

/* Fills scores [n_known] with the values of all labels. */
static void fill_scores(const struct evaluation *evaluation, const struct collected_model *found,
                        double *scores)
{
    double none =
        evaluation->has_probabilities ? 1.0 / evaluation->loaded->info.n_labels : -DBL_MAX;
    for (uint32_t i = 0; i < evaluation->n_known; i++)
        scores[i] = found->n_scores == 0 ? none : -DBL_MAX;
    for (uint32_t i = 0; i < found->n_scores; i++) {
        double *score = &scores[evaluation->label_names[found->scores[i].label]];
        *score = found->scores[i].value > *score ? found->scores[i].value : *score;
    }
}

static double limited(double p)
{
    return p < least_p ? least_p : p > 1 - least_p ? 1 - least_p : p;
}

/* The two proper scores of a record of a model whose labels exclude each other. */
static void score_one(const struct evaluation *evaluation, const double *scores, uint32_t first,
                      double *log_loss, double *brier)
{
    double sum = 0, squares = 0;
    *log_loss = *brier = NAN;
    if (first >= evaluation->n_known)
        return;
    for (uint32_t i = 0; i < evaluation->n_known; i++)
        sum += scores[i];
    if (!(sum > 0))
        return;
    for (uint32_t i = 0; i < evaluation->n_known; i++) {
        double error = scores[i] / sum - (i == first ? 1 : 0);
        squares += error * error;
    }
    *log_loss = -log(limited(scores[first] / sum));
    *brier = squares;
}

/* The same where each label is on its own: means over the labels. */
static void score_each(const struct evaluation *evaluation, const double *scores,
                       const uint32_t *gold, size_t n_gold, double *log_loss, double *brier)
{
    double loss = 0, squares = 0;
    for (uint32_t i = 0; i < evaluation->n_known; i++) {
        int is_so = set_has(gold, n_gold, i);
        double p = limited(scores[i]), error = scores[i] - (is_so ? 1 : 0);
        loss -= log(is_so ? p : 1 - p);
        squares += error * error;
    }
    *log_loss = loss / evaluation->n_known;
    *brier = squares / evaluation->n_known;
}

/* ---- Mistakes ---- */

/* Keeps a mistake if it is among the worst; of equal ones the earlier. */
static void keep_mistake(struct evaluation *evaluation, const struct mistake *wrong,
                         const struct collected *answer, const uint32_t *gold)
{
    size_t at = evaluation->n_mistakes;
    while (at > 0 && evaluation->mistakes[at - 1].confidence < wrong->confidence)
        at--;
    if (at == evaluation->max_mistakes)
        return;
    struct mistake *kept = &evaluation->mistakes[at];
    memmove(kept + 1, kept, (evaluation->n_mistakes - at) * sizeof *kept);
    *kept = *wrong;
    kept->gold = take_zeroed(answer->n_gold, sizeof *kept->gold);
    if (answer->n_gold > 0)
        memcpy(kept->gold, gold, answer->n_gold * sizeof *gold);
    kept->n_gold = answer->n_gold;
    kept->text = take_memory(answer->text_len);
    if (answer->text_len > 0)
        memcpy(kept->text, answer->text, answer->text_len);
    kept->text_len = answer->text_len;
    kept->is_cut = answer->is_cut;
    if (++evaluation->n_mistakes > evaluation->max_mistakes) {
        struct mistake *last = &evaluation->mistakes[--evaluation->n_mistakes];
        free(last->gold);
        free(last->text);
    }
}

/* The most confident error of a record: a wrong best label; of chosen sets, the label that is
 * furthest on the wrong side. 0: there is none. */
static int find_mistake(const struct evaluation *evaluation, const double *scores,
                        struct mistake *wrong)
{
    size_t i = evaluation->n, n_gold, n_chosen;
    const uint32_t *gold = sets_get(&evaluation->gold, i, &n_gold);
    const uint32_t *chosen = sets_get(&evaluation->chosen, i, &n_chosen);
    int is_wrong = 0;
    wrong->label = evaluation->best[i];
    wrong->confidence = evaluation->confidence[i];
    if (!evaluation->is_multi)
        return wrong->label != NO_NAME && !set_has(gold, n_gold, wrong->label);
    for (size_t j = 0; j < n_chosen + n_gold; j++) {
        int is_missing = j >= n_chosen;
        uint32_t label = is_missing ? gold[j - n_chosen] : chosen[j];
        if (is_missing ? set_has(chosen, n_chosen, label) : set_has(gold, n_gold, label))
            continue;
        double p = label < evaluation->n_known ? scores[label] : 0;
        double confidence = !is_missing ? p : evaluation->has_probabilities ? 1 - p : -p;
        if (!is_wrong || confidence > wrong->confidence) {
            wrong->label = label;
            wrong->is_missing = is_missing;
            wrong->confidence = confidence;
        }
        is_wrong = 1;
    }
    return is_wrong;
}

void evaluation_add(struct evaluation *evaluation, const struct input *input,
                    const struct collected *answer, const struct collected_model *found)
{
    if (answer->n_gold == 0 && !evaluation->is_multi) {
        evaluation->n_unlabelled++;
        return;
    }
    grow(evaluation);
    size_t i = evaluation->n, n_gold;
    double *scores = evaluation->scores + (evaluation->has_scores ? i * evaluation->n_known : 0);
    add_gold(evaluation, answer);
    for (uint32_t j = 0; j < found->n_scores && evaluation->is_multi; j++) {
        if (found->scores[j].is_chosen)
            sets_add(&evaluation->chosen, evaluation->label_names[found->scores[j].label]);
    }
    evaluation->chosen.ends[i] = evaluation->chosen.n_items;
    int has_answer = found->n_scores > 0;
    evaluation->best[i] = has_answer ? evaluation->label_names[found->scores[0].label] : NO_NAME;
    evaluation->confidence[i] = has_answer ? found->scores[0].value : NAN;
    evaluation->decisions[i] = (unsigned char)found->decision;
    fill_scores(evaluation, found, scores);
    const uint32_t *gold = sets_get(&evaluation->gold, i, &n_gold);
    evaluation->log_losses[i] = evaluation->briers[i] = NAN;
    if (evaluation->has_probabilities && evaluation->is_multi)
        score_each(evaluation, scores, gold, n_gold, &evaluation->log_losses[i],
                   &evaluation->briers[i]);
    else if (evaluation->has_probabilities)
        score_one(evaluation, scores, gold[0], &evaluation->log_losses[i], &evaluation->briers[i]);
    struct mistake wrong = {.input = input,
                            .number = answer->record > 0 ? answer->record : answer->paragraph};
    if (find_mistake(evaluation, scores, &wrong))
        keep_mistake(evaluation, &wrong, answer, gold);
    evaluation->n++;
}

void evaluation_free(struct evaluation *evaluation)
{
    for (uint32_t i = 0; i < evaluation->names.n && evaluation->labels != NULL; i++)
        free(evaluation->labels[i].curve);
    for (size_t i = 0; i < evaluation->n_mistakes; i++) {
        free(evaluation->mistakes[i].gold);
        free(evaluation->mistakes[i].text);
    }
    names_free(&evaluation->names);
    sets_free(&evaluation->gold);
    sets_free(&evaluation->chosen);
    free(evaluation->label_names);
    free(evaluation->best);
    free(evaluation->confidence);
    free(evaluation->decisions);
    free(evaluation->log_losses);
    free(evaluation->briers);
    free(evaluation->scores);
    free(evaluation->labels);
    free(evaluation->confusions);
    free(evaluation->mistakes);
    *evaluation = (struct evaluation){0};
}
