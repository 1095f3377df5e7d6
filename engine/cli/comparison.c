/* comparison.c - two models held against each other, text by text. */
#include "comparison.h"

#include "gold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void comparison_begin(struct comparison *comparison, const struct models *models,
                      size_t max_examples)
{
    *comparison = (struct comparison){.has_probabilities = 1, .max_examples = max_examples};
    for (int side = 0; side < 2; side++) {
        const struct loaded *loaded = &models->items[side];
        comparison->loaded[side] = loaded;
        comparison->is_of_sets |= loaded->info.is_multi_label;
        comparison->has_probabilities &= has_probabilities(loaded);
        comparison->label_names[side] = take_zeroed(loaded->info.n_labels, sizeof(uint32_t));
        for (uint32_t i = 0; i < loaded->info.n_labels; i++) {
            size_t len;
            const char *label = wn_model_label(loaded->model, i, &len);
            label = gold_bare(label, &len);
            comparison->label_names[side][i] = names_add(&comparison->names, label, len);
        }
    }
    comparison->known = take_zeroed(comparison->names.n, 1);
    for (int side = 0; side < 2; side++) {
        comparison->n_best[side] = take_zeroed(comparison->names.n, sizeof(uint64_t));
        for (uint32_t i = 0; i < comparison->loaded[side]->info.n_labels; i++)
            comparison->known[comparison->label_names[side][i]] |= (unsigned char)(1u << side);
    }
    comparison->examples = take_zeroed(max_examples + 1, sizeof *comparison->examples);
}

/* What is known of one text while it is counted. */
struct text {
    struct comparison *comparison;
    const struct input *input;
    const struct collected *answer;
    const struct collected_model *found; /* [2] */
};

/* What a model says of a label: whether it is part of its answer, and its score. */
struct opinion {
    int is_answer;
    double value;
};

static uint32_t best_of(const struct text *text, int side)
{
    const struct collected_model *found = &text->found[side];
    return found->n_scores > 0 ? text->comparison->label_names[side][found->scores[0].label]
                               : NO_NAME;
}

static int is_answer(const struct text *text, int side, uint32_t rank)
{
    return text->comparison->is_of_sets ? text->found[side].scores[rank].is_chosen : rank == 0;
}

static struct opinion opinion_of(const struct text *text, int side, uint32_t name)
{
    const struct collected_model *found = &text->found[side];
    for (uint32_t i = 0; i < found->n_scores && name != NO_NAME; i++) {
        if (text->comparison->label_names[side][found->scores[i].label] == name)
            return (struct opinion){is_answer(text, side, i), found->scores[i].value};
    }
    return (struct opinion){0, 0};
}

static void add_flip(struct comparison *comparison, uint32_t from, uint32_t to)
{
    if (comparison->n_kinds == comparison->cap_kinds) {
        comparison->cap_kinds = comparison->cap_kinds > 0 ? comparison->cap_kinds * 2 : 256;
        comparison->flips =
            grow_memory(comparison->flips, comparison->cap_kinds, sizeof *comparison->flips);
    }
    comparison->flips[comparison->n_kinds++] = (struct flip){from, to, 1};
}

/* Counts the answers and lists the flips. Of equal strength the first: [2] names in example. */
static int list_flips(const struct text *text, struct flip_example *example)
{
    struct comparison *comparison = text->comparison;
    int any = 0;
    example->strength = -INFINITY;
    for (int side = 0; side < 2; side++) {
        const struct collected_model *found = &text->found[side];
        for (uint32_t i = 0; i < found->n_scores; i++) {
            uint32_t name = comparison->label_names[side][found->scores[i].label];
            if (!is_answer(text, side, i))
                continue;
            comparison->n_best[side][name]++;
            struct opinion other = opinion_of(text, !side, name);
            double change = fabs(found->scores[i].value - other.value);
            if (other.is_answer || !comparison->is_of_sets)
                continue;
            any = 1;
            add_flip(comparison, side == 0 ? name : NO_NAME, side == 0 ? NO_NAME : name);
            if (change <= example->strength)
                continue;
            example->strength = change;
            example->labels[side] = name;
            example->labels[!side] = NO_NAME;
            example->values[side] = found->scores[i].value;
            example->values[!side] = other.value;
        }
    }
    return any;
}

/* The same for models that give one label. */
static int look_at_best(const struct text *text, struct flip_example *example)
{
    for (int side = 0; side < 2; side++) {
        const struct collected_model *found = &text->found[side];
        example->labels[side] = best_of(text, side);
        example->values[side] = found->n_scores > 0 ? found->scores[0].value : 0;
    }
    if (example->labels[0] == example->labels[1])
        return 0;
    example->strength = fmin(example->values[0], example->values[1]);
    add_flip(text->comparison, example->labels[0], example->labels[1]);
    return 1;
}

/* Whether a model's answer is what the text names: one of the labels, or of sets all of them. */
static int is_right(const struct text *text, int side)
{
    const struct comparison *comparison = text->comparison;
    uint32_t n_answers = 0, n_listed = 0;
    size_t at = 0;
    for (uint32_t i = 0; i < text->found[side].n_scores; i++)
        n_answers += is_answer(text, side, i) ? 1 : 0;
    for (uint32_t i = 0; i < text->answer->n_gold; i++) {
        size_t len;
        const char *label = collected_gold(text->answer, &at, &len);
        n_listed +=
            opinion_of(text, side, names_find(&comparison->names, label, len)).is_answer ? 1 : 0;
    }
    if (!comparison->is_of_sets)
        return n_listed > 0;
    return n_listed == n_answers && n_listed == text->answer->n_gold;
}

static int same_chosen(const struct text *text)
{
    uint32_t n[2] = {0};
    for (int side = 0; side < 2; side++) {
        for (uint32_t i = 0; i < text->found[side].n_scores; i++)
            n[side] += text->found[side].scores[i].is_chosen ? 1 : 0;
    }
    if (n[0] != n[1])
        return 0;
    for (uint32_t i = 0; i < text->found[0].n_scores; i++) {
        const struct collected_score *score = &text->found[0].scores[i];
        uint32_t name = text->comparison->label_names[0][score->label];
        int is_there = !score->is_chosen;
        for (uint32_t j = 0; j < text->found[1].n_scores && !is_there; j++)
            is_there = text->found[1].scores[j].is_chosen &&
                       text->comparison->label_names[1][text->found[1].scores[j].label] == name;
        if (!is_there)
            return 0;
    }
    return 1;
}

static void measure_change(const struct text *text)
{
    struct comparison *comparison = text->comparison;
    uint32_t best = best_of(text, 0);
    if (!comparison->has_probabilities || best == NO_NAME || comparison->known[best] != 3 ||
        text->found[1].n_scores == 0)
        return;
    double change = fabs(opinion_of(text, 1, best).value - text->found[0].scores[0].value);
    comparison->sum_change += change;
    comparison->max_change = fmax(comparison->max_change, change);
    comparison->n_changes++;
}

static void keep_example(struct comparison *comparison, const struct flip_example *example,
                         const struct collected *answer)
{
    size_t at = comparison->n_examples;
    while (at > 0 && comparison->examples[at - 1].strength < example->strength)
        at--;
    if (at == comparison->max_examples)
        return;
    struct flip_example *kept = &comparison->examples[at];
    memmove(kept + 1, kept, (comparison->n_examples - at) * sizeof *kept);
    *kept = *example;
    kept->record = answer->record;
    kept->paragraph = answer->paragraph;
    kept->text = take_memory(answer->text_len);
    if (answer->text_len > 0)
        memcpy(kept->text, answer->text, answer->text_len);
    kept->text_len = answer->text_len;
    kept->is_cut = answer->is_cut;
    if (++comparison->n_examples > comparison->max_examples)
        free(comparison->examples[--comparison->n_examples].text);
}

void comparison_add(struct comparison *comparison, const struct input *input,
                    const struct collected *answer, const struct collected_model found[2])
{
    struct text text = {comparison, input, answer, found};
    struct flip_example example = {.input = input, .has_gold = answer->has_gold};
    unsigned decisions[2];
    comparison->n++;
    for (int side = 0; side < 2; side++)
        decisions[side] = found[side].decision <= WN_UNSURE_UNKNOWN ? found[side].decision : 0;
    comparison->n_decisions[decisions[0]][decisions[1]]++;
    comparison->n_same_best += best_of(&text, 0) == best_of(&text, 1) ? 1 : 0;
    comparison->n_same_chosen += same_chosen(&text) ? 1 : 0;
    measure_change(&text);
    int is_flip = list_flips(&text, &example);
    if (!comparison->is_of_sets)
        is_flip = look_at_best(&text, &example);
    comparison->n_flips += is_flip ? 1 : 0;
    if (answer->has_gold) {
        for (int side = 0; side < 2; side++)
            example.is_right[side] = is_right(&text, side);
        comparison->n_gold++;
        comparison->n_right[example.is_right[0]][example.is_right[1]]++;
        int change = example.is_right[1] - example.is_right[0];
        comparison->n_flips_to[change > 0 ? 0 : change < 0 ? 1 : 2] += is_flip ? 1 : 0;
    }
    if (is_flip)
        keep_example(comparison, &example, answer);
}

static int compare_kinds(const void *a, const void *b)
{
    const struct flip *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->to < y->to ? -1 : x->to > y->to;
}

static int compare_counts(const void *a, const void *b)
{
    const struct flip *x = a, *y = b;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return compare_kinds(a, b);
}

void comparison_finish(struct comparison *comparison)
{
    struct flip *flips = comparison->flips;
    size_t n = 0;
    if (comparison->n_kinds == 0)
        return;
    qsort(flips, comparison->n_kinds, sizeof *flips, compare_kinds);
    for (size_t i = 0; i < comparison->n_kinds; i++) {
        if (n > 0 && compare_kinds(&flips[n - 1], &flips[i]) == 0)
            flips[n - 1].n++;
        else
            flips[n++] = flips[i];
    }
    comparison->n_kinds = n;
    qsort(flips, n, sizeof *flips, compare_counts);
}

void comparison_free(struct comparison *comparison)
{
    names_free(&comparison->names);
    for (int side = 0; side < 2; side++) {
        free(comparison->label_names[side]);
        free(comparison->n_best[side]);
    }
    for (size_t i = 0; i < comparison->n_examples; i++)
        free(comparison->examples[i].text);
    free(comparison->known);
    free(comparison->flips);
    free(comparison->examples);
    *comparison = (struct comparison){0};
}
