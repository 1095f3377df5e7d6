/* report_table.c - evaluations as text for people. */
#include "report.h"

#include "escape.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_LABEL = 28,      /* columns of a label */
    MAX_LABELS = 60,     /* lines of the table of labels */
    MAX_CONFUSIONS = 10, /* pairs of labels that are confused most */
    MAX_MATRIX = 24      /* labels up to which the matrix is shown */
};

static void add_name(const struct evaluation *evaluation, uint32_t number, size_t columns,
                     struct buffer *out)
{
    size_t len;
    const char *name = names_shown(&evaluation->names, number, &len);
    escape_cell(out, name, len, columns);
}

static void add_heading(const struct report *report, const char *heading, struct buffer *out)
{
    buffer_print(out, report->has_colour ? "\n\x1b[1m%s\x1b[0m\n" : "\n%s\n", heading);
}

static void add_share(struct buffer *out, int columns, double value)
{
    if (isnan(value))
        buffer_print(out, "%*s", columns, "-");
    else
        buffer_print(out, "%*.3f", columns, value);
}

static size_t label_columns(const struct evaluation *evaluation)
{
    size_t columns = names_columns(&evaluation->names, MAX_LABEL);
    return columns > 5 ? columns : 5; /* the heading's */
}

static void add_figures(const struct evaluation *evaluation, struct buffer *out)
{
    for (size_t i = 0; i < N_FIGURES; i++) {
        const struct figure *figure = &evaluation->figures[i];
        if (!report_shows(evaluation, (enum figure_id)i))
            continue;
        buffer_print(out, "  %-23s %7.4f  ", figure_kinds[i].title, figure->value);
        if (isnan(figure->low))
            buffer_pad(out, 13);
        else
            buffer_print(out, "%.4f-%.4f", figure->low, figure->high);
        buffer_print(out, "  %s\n", figure_kinds[i].meaning);
    }
}

static void add_labels(const struct report *report, const struct evaluation *evaluation,
                       struct buffer *out)
{
    size_t columns = label_columns(evaluation), n_shown = 0, n_silent = 0;
    add_heading(report, "Labels", out);
    buffer_pad(out, 2);
    escape_cell(out, "label", 5, columns);
    buffer_add_string(out, "   first     any  predicted  precision  recall      F1      AP\n");
    for (uint32_t i = 0; i < evaluation->names.n; i++) {
        const struct label_figures *figures = &evaluation->labels[i];
        if (!report_occurs(figures) || n_shown == MAX_LABELS) {
            n_silent++;
            continue;
        }
        n_shown++;
        buffer_pad(out, 2);
        add_name(evaluation, i, columns, out);
        buffer_print(out, " %7" PRIu64 " %7" PRIu64 "    %7" PRIu64 "    ", figures->n_first,
                     figures->n_any, figures->n_predicted);
        add_share(out, 7, tally_precision(&figures->tally));
        add_share(out, 8, tally_recall(&figures->tally));
        add_share(out, 8, tally_f1(&figures->tally));
        add_share(out, 8, figures->average_precision);
        if (i >= evaluation->n_known)
            buffer_add_string(out, "  not the model's");
        buffer_add_char(out, '\n');
    }
    if (n_silent > 0)
        buffer_print(out, "  %zu more labels, %s\n", n_silent,
                     n_shown == MAX_LABELS ? "see --format json"
                                           : "neither in the data nor predicted");
}

static uint64_t count_of(const struct evaluation *evaluation, uint32_t first, uint32_t best)
{
    for (size_t i = 0; i < evaluation->n_confusions; i++) {
        if (evaluation->confusions[i].first == first && evaluation->confusions[i].best == best)
            return evaluation->confusions[i].n;
    }
    return 0;
}

/* The matrix where it fits the terminal; columns have the numbers of the rows. */
static void add_matrix(const struct report *report, const struct evaluation *evaluation,
                       struct buffer *out)
{
    uint32_t shown[MAX_MATRIX];
    size_t n = 0, columns = label_columns(evaluation);
    int cell = 4, has_none = 0;
    for (uint32_t i = 0; i < evaluation->names.n; i++) {
        if (!report_occurs(&evaluation->labels[i]))
            continue;
        if (n == MAX_MATRIX)
            return;
        shown[n++] = i;
    }
    for (size_t i = 0; i < evaluation->n_confusions; i++) {
        int digits = snprintf(NULL, 0, "%" PRIu64, evaluation->confusions[i].n);
        cell = digits + 1 > cell ? digits + 1 : cell;
        has_none |= evaluation->confusions[i].best == NO_NAME;
    }
    if (5 + columns + (n + (has_none ? 1 : 0)) * (size_t)cell > report->columns)
        return;
    add_heading(report,
                "Confusion matrix: a row for the record's label, a column for the best label", out);
    buffer_pad(out, 5 + columns);
    for (size_t i = 0; i < n; i++)
        buffer_print(out, "%*zu", cell, i + 1);
    buffer_print(out, "%*s\n", has_none ? cell : 0, has_none ? "-" : "");
    for (size_t i = 0; i < n; i++) {
        buffer_print(out, "%4zu ", i + 1);
        add_name(evaluation, shown[i], columns, out);
        for (size_t j = 0; j < n + (has_none ? 1 : 0); j++) {
            uint64_t count = count_of(evaluation, shown[i], j < n ? shown[j] : NO_NAME);
            const char *colour = report->has_colour && i == j && count > 0 ? "\x1b[1m" : "";
            if (count > 0)
                buffer_print(out, "%s%*" PRIu64 "%s", colour, cell, count,
                             *colour != '\0' ? "\x1b[0m" : "");
            else
                buffer_print(out, "%*s", cell, ".");
        }
        buffer_add_char(out, '\n');
    }
}

static void add_confusions(const struct report *report, const struct evaluation *evaluation,
                           struct buffer *out)
{
    size_t columns = label_columns(evaluation);
    int n = 0;
    for (size_t i = 0; i < evaluation->n_confusions && n < MAX_CONFUSIONS; i++) {
        const struct confusion *confusion = &evaluation->confusions[i];
        if (confusion->first == confusion->best)
            continue;
        if (n++ == 0)
            add_heading(report, "Confused most: the record's label, the best label", out);
        buffer_print(out, "%7" PRIu64 "  ", confusion->n);
        add_name(evaluation, confusion->first, columns, out);
        buffer_pad(out, 2);
        add_name(evaluation, confusion->best, columns, out);
        buffer_trim(out);
        buffer_add_char(out, '\n');
    }
}

static void add_calibration(const struct report *report, const struct evaluation *evaluation,
                            struct buffer *out)
{
    if (isnan(evaluation->figures[ECE].value))
        return;
    add_heading(report, "Calibration: bins of equal mass", out);
    buffer_add_string(out, "          n  p from-to         mean p   right    off\n");
    for (size_t i = 0; i < EVALUATION_BINS; i++) {
        const struct bin *bin = &evaluation->bins[i];
        if (bin->n > 0)
            buffer_print(out, "  %9zu  %.4f-%.4f   %7.4f %7.4f %+.4f\n", bin->n, bin->low,
                         bin->high, bin->confidence, bin->accuracy,
                         bin->accuracy - bin->confidence);
    }
}

static void add_decisions(const struct report *report, const struct evaluation *evaluation,
                          struct buffer *out)
{
    static const char *const titles[3] = {"sure", "unsure: below the threshold",
                                          "unsure: nothing known of the text"};
    if (evaluation->n == evaluation->n_decisions[WN_DECIDED])
        return;
    add_heading(report, "Decisions", out);
    buffer_add_string(out, "                                           n   share   right\n");
    for (size_t i = 0; i < 3; i++) {
        double n = (double)evaluation->n_decisions[i];
        buffer_print(out, "  %-34s %8.0f", titles[i], n);
        add_share(out, 8, evaluation->n > 0 ? n / (double)evaluation->n : NAN);
        add_share(out, 8, n > 0 ? (double)evaluation->n_right_of[i] / n : NAN);
        buffer_add_char(out, '\n');
    }
}

static void add_mistakes(const struct report *report, const struct evaluation *evaluation,
                         struct buffer *out)
{
    size_t columns = label_columns(evaluation);
    size_t used = 2 + 8 + columns + 2 + columns + 2;
    size_t text = report->columns > used + 20 ? report->columns - used : 20;
    if (evaluation->n_mistakes == 0)
        return;
    add_heading(report,
                evaluation->is_multi ? "Most confident mistakes: +chosen or -missing, labels wanted"
                                     : "Most confident mistakes: best label, label wanted",
                out);
    for (size_t i = 0; i < evaluation->n_mistakes; i++) {
        const struct mistake *mistake = &evaluation->mistakes[i];
        buffer_print(out, "  %6.4f  ", mistake->confidence);
        if (evaluation->is_multi)
            buffer_add_char(out, mistake->is_missing ? '-' : '+');
        add_name(evaluation, mistake->label, columns - (evaluation->is_multi ? 1 : 0), out);
        buffer_pad(out, 2);
        add_name(evaluation, mistake->n_gold > 0 ? mistake->gold[0] : NO_NAME, columns, out);
        buffer_pad(out, 2);
        escape_terminal(out, mistake->text, mistake->text_len, text);
        buffer_add_char(out, '\n');
    }
}

static void add_evaluation(const struct report *report, const struct evaluation *evaluation,
                           struct buffer *out)
{
    const struct loaded *loaded = evaluation->loaded;
    if (report->has_colour)
        buffer_add_string(out, "\x1b[1m");
    escape_terminal(out, loaded->name, strlen(loaded->name), report->columns);
    if (report->has_colour)
        buffer_add_string(out, "\x1b[0m");
    buffer_add_string(out, "  ");
    escape_terminal(out, loaded->info.version, strlen(loaded->info.version), 20);
    buffer_print(out, "  %016" PRIx64 "  ", loaded->info.checksum);
    escape_terminal(out, loaded->path, strlen(loaded->path), report->columns);
    buffer_print(out, "\n  %zu record%s evaluated", evaluation->n, evaluation->n == 1 ? "" : "s");
    if (report->feed->n_failed > 0)
        buffer_print(out, ", %" PRIu64 " failed", report->feed->n_failed);
    if (evaluation->n_unlabelled > 0)
        buffer_print(out, ", %" PRIu64 " without a label", evaluation->n_unlabelled);
    if (evaluation->n_unknown > 0)
        buffer_print(out, ", %" PRIu64 " with labels that the model lacks", evaluation->n_unknown);
    if (evaluation->n_rounds > 0)
        buffer_print(out, "; intervals: 95 %%, bootstrap of %" PRIu32 " rounds",
                     evaluation->n_rounds);
    buffer_add_string(out, "\n\n");
    add_figures(evaluation, out);
    add_labels(report, evaluation, out);
    add_matrix(report, evaluation, out);
    add_confusions(report, evaluation, out);
    add_calibration(report, evaluation, out);
    add_decisions(report, evaluation, out);
    add_mistakes(report, evaluation, out);
}

void report_table(const struct report *report, struct buffer *out)
{
    for (size_t i = 0; i < report->n; i++) {
        if (i > 0)
            buffer_add_char(out, '\n');
        add_evaluation(report, &report->items[i], out);
    }
}
