/* comparison_report.c - a comparison of two models, as text for people and as JSON. */
#include "comparison_report.h"

#include "escape.h"
#include "metrics.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { MAX_LABEL = 28, MAX_KINDS = 20, MAX_SHARES = 40, DIGITS = 9 };

static const char *const sides[2] = {"old", "new"};

double comparison_flip_share(const struct comparison *comparison)
{
    return comparison->n > 0 ? (double)comparison->n_flips / (double)comparison->n : 0;
}

static double share_of(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : NAN;
}

static uint64_t n_right(const struct comparison *comparison, int side)
{
    return comparison->n_right[1][1] +
           (side == 0 ? comparison->n_right[1][0] : comparison->n_right[0][1]);
}

static double p_value(const struct comparison *comparison)
{
    return comparison->n_gold > 0 ? mcnemar_p(comparison->n_right[1][0], comparison->n_right[0][1])
                                  : NAN;
}

/* ---- Table ---- */

static void add_heading(int has_colour, const char *heading, struct buffer *out)
{
    buffer_print(out, has_colour ? "\n\x1b[1m%s\x1b[0m\n" : "\n%s\n", heading);
}

static void add_name(const struct comparison *comparison, uint32_t number, size_t columns,
                     struct buffer *out)
{
    size_t len;
    const char *name = names_shown(&comparison->names, number, &len);
    escape_cell(out, name, len, columns);
}

static void add_if_any(const char *text, size_t columns, struct buffer *out)
{
    if (text[0] == '\0')
        return;
    escape_terminal(out, text, strlen(text), columns);
    buffer_add_string(out, "  ");
}

static void add_models(const struct comparison *comparison, size_t columns, struct buffer *out)
{
    for (int side = 0; side < 2; side++) {
        const struct loaded *loaded = comparison->loaded[side];
        buffer_print(out, "%s  ", sides[side]);
        add_if_any(loaded->info.name, 30, out);
        add_if_any(loaded->info.version, 20, out);
        buffer_print(out, "%016" PRIx64 "  ", loaded->info.checksum);
        escape_terminal(out, loaded->path, strlen(loaded->path), columns);
        buffer_add_char(out, '\n');
    }
    for (int side = 0; side < 2; side++) {
        int n = 0;
        for (uint32_t i = 0; i < comparison->names.n; i++) {
            size_t len;
            const char *name = names_get(&comparison->names, i, &len);
            if (comparison->known[i] != 1u << side || ++n > MAX_KINDS)
                continue;
            if (n == 1)
                buffer_print(out, "labels of the %s model alone: ", sides[side]);
            buffer_add_string(out, n > 1 ? ", " : "");
            escape_terminal(out, name, len, MAX_LABEL);
        }
        if (n > 0)
            buffer_add_string(out, n > MAX_KINDS ? ", ...\n" : "\n");
    }
}

static void add_line(const char *title, uint64_t n, uint64_t whole, struct buffer *out)
{
    buffer_print(out, "  %-34s %9" PRIu64, title, n);
    if (whole > 0)
        buffer_print(out, "  %8.4f", share_of(n, whole));
    buffer_add_char(out, '\n');
}

static void add_summary(const struct comparison *comparison, struct buffer *out)
{
    buffer_print(out, "\n%" PRIu64 " texts\n", comparison->n);
    add_line("same best label", comparison->n_same_best, comparison->n, out);
    add_line("same chosen labels", comparison->n_same_chosen, comparison->n, out);
    add_line("flips", comparison->n_flips, comparison->n, out);
    if (comparison->n_changes > 0)
        buffer_print(out, "  |change of p| of the old best label: mean %.4f, largest %.4f\n",
                     comparison->sum_change / (double)comparison->n_changes,
                     comparison->max_change);
}

static void add_decisions(const struct comparison *comparison, int has_colour, struct buffer *out)
{
    static const char *const titles[3] = {"sure", "below threshold", "nothing known"};
    if (comparison->n_decisions[0][0] == comparison->n)
        return;
    add_heading(has_colour, "Decisions: a row for the old model, a column for the new one", out);
    buffer_print(out, "  %-17s %15s %15s %15s\n", "", titles[0], titles[1], titles[2]);
    for (int i = 0; i < 3; i++)
        buffer_print(out, "  %-17s %15" PRIu64 " %15" PRIu64 " %15" PRIu64 "\n", titles[i],
                     comparison->n_decisions[i][0], comparison->n_decisions[i][1],
                     comparison->n_decisions[i][2]);
}

static void add_flips(const struct comparison *comparison, int has_colour, struct buffer *out)
{
    size_t columns = names_columns(&comparison->names, MAX_LABEL);
    if (comparison->n_kinds == 0)
        return;
    add_heading(has_colour, "Flips: from the old label to the new one", out);
    for (size_t i = 0; i < comparison->n_kinds && i < MAX_KINDS; i++) {
        const struct flip *flip = &comparison->flips[i];
        buffer_print(out, "%9" PRIu64 "  ", flip->n);
        add_name(comparison, flip->from, columns, out);
        buffer_add_string(out, "  ");
        add_name(comparison, flip->to, columns, out);
        buffer_trim(out);
        buffer_add_char(out, '\n');
    }
    if (comparison->n_kinds > MAX_KINDS)
        buffer_print(out, "           %zu more kinds\n", comparison->n_kinds - MAX_KINDS);
}

static void add_shares(const struct comparison *comparison, int has_colour, struct buffer *out)
{
    size_t columns = names_columns(&comparison->names, MAX_LABEL), n = 0;
    columns = columns > 5 ? columns : 5;
    if (comparison->n == 0)
        return;
    add_heading(has_colour, "Share of the texts", out);
    buffer_pad(out, 2);
    escape_cell(out, "label", 5, columns);
    buffer_add_string(out, "      old      new   change\n");
    for (uint32_t i = 0; i < comparison->names.n; i++) {
        uint64_t before = comparison->n_best[0][i], after = comparison->n_best[1][i];
        if (before + after == 0 || ++n > MAX_SHARES)
            continue;
        double old_share = share_of(before, comparison->n);
        double new_share = share_of(after, comparison->n);
        buffer_pad(out, 2);
        add_name(comparison, i, columns, out);
        buffer_print(out, " %8.4f %8.4f  %+7.4f\n", old_share, new_share, new_share - old_share);
    }
    if (n > MAX_SHARES)
        buffer_print(out, "  %zu more labels\n", n - MAX_SHARES);
}

static void add_verdict(const struct comparison *comparison, int has_colour, struct buffer *out)
{
    uint64_t n = comparison->n_gold;
    if (n == 0)
        return;
    add_heading(has_colour, "Against the labels of the texts", out);
    add_line("texts with labels", n, 0, out);
    add_line("old model right", n_right(comparison, 0), n, out);
    add_line("new model right", n_right(comparison, 1), n, out);
    add_line("only the old one right", comparison->n_right[1][0], n, out);
    add_line("only the new one right", comparison->n_right[0][1], n, out);
    buffer_print(out, "  %-34s %19.4g\n", "McNemar's test, exact p", p_value(comparison));
    buffer_print(
        out, "  flips: %" PRIu64 " became right, %" PRIu64 " became wrong, %" PRIu64 " neither\n",
        comparison->n_flips_to[0], comparison->n_flips_to[1], comparison->n_flips_to[2]);
}

static void add_examples(const struct comparison *comparison, size_t columns, int has_colour,
                         struct buffer *out)
{
    size_t label = names_columns(&comparison->names, MAX_LABEL - 8);
    size_t used = 2 + 2 * (label + 1 + 6 + 2) + 2;
    size_t room = columns > used + 20 ? columns - used : 20;
    if (comparison->n_examples == 0)
        return;
    add_heading(has_colour, "Hardest flips: old, new (* right)", out);
    for (size_t i = 0; i < comparison->n_examples; i++) {
        const struct flip_example *example = &comparison->examples[i];
        buffer_pad(out, 2);
        for (int side = 0; side < 2; side++) {
            add_name(comparison, example->labels[side], label, out);
            buffer_print(out, " %6.4f%c ", example->values[side],
                         example->has_gold && example->is_right[side] ? '*' : ' ');
        }
        escape_terminal(out, example->text, example->text_len, room);
        buffer_add_char(out, '\n');
    }
}

void comparison_table(const struct comparison *comparison, size_t columns, int has_colour,
                      struct buffer *out)
{
    add_models(comparison, columns, out);
    add_summary(comparison, out);
    add_verdict(comparison, has_colour, out);
    add_decisions(comparison, has_colour, out);
    add_flips(comparison, has_colour, out);
    add_shares(comparison, has_colour, out);
    add_examples(comparison, columns, has_colour, out);
}

/* ---- JSON ---- */

static void add_model_json(const struct comparison *comparison, int side, struct buffer *out)
{
    const struct loaded *loaded = comparison->loaded[side];
    buffer_print(out, "%s\"%s\":{\"file\":", side == 0 ? "{" : ",", sides[side]);
    escape_json(out, loaded->path, strlen(loaded->path));
    buffer_add_string(out, ",\"name\":");
    escape_json(out, loaded->info.name, strlen(loaded->info.name));
    buffer_add_string(out, ",\"version\":");
    escape_json(out, loaded->info.version, strlen(loaded->info.version));
    buffer_print(out, ",\"checksum\":\"%016" PRIx64 "\",\"own_labels\":[", loaded->info.checksum);
    int n = 0;
    for (uint32_t i = 0; i < comparison->names.n; i++) {
        if (comparison->known[i] != 1u << side)
            continue;
        buffer_add_string(out, n++ > 0 ? "," : "");
        names_add_json(&comparison->names, i, out);
    }
    buffer_add_string(out, "]}");
}

static void add_number(struct buffer *out, const char *key, double value)
{
    buffer_print(out, ",\"%s\":", key);
    escape_json_number(out, value, DIGITS);
}

static void add_count(struct buffer *out, const char *key, uint64_t count)
{
    buffer_print(out, ",\"%s\":%" PRIu64, key, count);
}

static void add_summary_json(const struct comparison *comparison, struct buffer *out)
{
    add_count(out, "texts", comparison->n);
    buffer_print(out, ",\"answers\":\"%s\"", comparison->is_of_sets ? "chosen" : "best");
    add_count(out, "same_best", comparison->n_same_best);
    add_count(out, "same_chosen", comparison->n_same_chosen);
    add_count(out, "flips", comparison->n_flips);
    add_number(out, "flip_share", comparison_flip_share(comparison));
    add_number(out, "mean_change",
               comparison->n_changes > 0 ? comparison->sum_change / (double)comparison->n_changes
                                         : NAN);
    add_number(out, "max_change", comparison->n_changes > 0 ? comparison->max_change : NAN);
    buffer_add_string(out, ",\"decisions\":{");
    for (int i = 0; i < 3; i++) {
        buffer_print(out, "%s\"%s\":{", i > 0 ? "," : "", decision_names[i]);
        for (int j = 0; j < 3; j++)
            buffer_print(out, "%s\"%s\":%" PRIu64, j > 0 ? "," : "", decision_names[j],
                         comparison->n_decisions[i][j]);
        buffer_add_char(out, '}');
    }
    buffer_add_char(out, '}');
}

static void add_verdict_json(const struct comparison *comparison, struct buffer *out)
{
    buffer_print(out, ",\"labelled\":{\"texts\":%" PRIu64, comparison->n_gold);
    add_count(out, "old_right", n_right(comparison, 0));
    add_count(out, "new_right", n_right(comparison, 1));
    add_count(out, "both_right", comparison->n_right[1][1]);
    add_count(out, "only_old_right", comparison->n_right[1][0]);
    add_count(out, "only_new_right", comparison->n_right[0][1]);
    add_count(out, "neither_right", comparison->n_right[0][0]);
    add_number(out, "mcnemar_p", p_value(comparison));
    add_count(out, "flips_became_right", comparison->n_flips_to[0]);
    add_count(out, "flips_became_wrong", comparison->n_flips_to[1]);
    add_count(out, "flips_neither", comparison->n_flips_to[2]);
    buffer_add_char(out, '}');
}

static void add_lists_json(const struct comparison *comparison, struct buffer *out)
{
    buffer_add_string(out, ",\"labels\":[");
    for (uint32_t i = 0; i < comparison->names.n; i++) {
        buffer_add_string(out, i > 0 ? ",{\"label\":" : "{\"label\":");
        names_add_json(&comparison->names, i, out);
        add_count(out, "old", comparison->n_best[0][i]);
        add_count(out, "new", comparison->n_best[1][i]);
        buffer_add_char(out, '}');
    }
    buffer_add_string(out, "],\"kinds\":[");
    for (size_t i = 0; i < comparison->n_kinds; i++) {
        buffer_add_string(out, i > 0 ? ",{\"from\":" : "{\"from\":");
        names_add_json(&comparison->names, comparison->flips[i].from, out);
        buffer_add_string(out, ",\"to\":");
        names_add_json(&comparison->names, comparison->flips[i].to, out);
        add_count(out, "n", comparison->flips[i].n);
        buffer_add_char(out, '}');
    }
    buffer_add_char(out, ']');
}

static void add_example_json(const struct comparison *comparison,
                             const struct flip_example *example, struct buffer *out)
{
    buffer_add_string(out, "{\"file\":");
    buffer_append(out, &example->input->path_json);
    if (example->record > 0)
        add_count(out, "record", example->record);
    if (example->paragraph > 0)
        add_count(out, "paragraph", example->paragraph);
    add_number(out, "strength", example->strength);
    for (int side = 0; side < 2; side++) {
        buffer_print(out, ",\"%s\":{\"label\":", sides[side]);
        names_add_json(&comparison->names, example->labels[side], out);
        add_number(out, comparison->has_probabilities ? "p" : "score", example->values[side]);
        if (example->has_gold)
            buffer_print(out, ",\"right\":%s", example->is_right[side] ? "true" : "false");
        buffer_add_char(out, '}');
    }
    buffer_add_string(out, ",\"text\":");
    escape_json(out, example->text, example->text_len);
    buffer_print(out, ",\"cut\":%s}", example->is_cut ? "true" : "false");
}

void comparison_json(const struct comparison *comparison, struct buffer *out)
{
    add_model_json(comparison, 0, out);
    add_model_json(comparison, 1, out);
    add_summary_json(comparison, out);
    if (comparison->n_gold > 0)
        add_verdict_json(comparison, out);
    add_lists_json(comparison, out);
    buffer_add_string(out, ",\"examples\":[");
    for (size_t i = 0; i < comparison->n_examples; i++) {
        buffer_add_string(out, i > 0 ? "," : "");
        add_example_json(comparison, &comparison->examples[i], out);
    }
    buffer_add_string(out, "]}\n");
}
