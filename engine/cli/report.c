/* report.c - evaluations as JSON, and what all outputs of them share. */
#include "report.h"

#include "escape.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { DIGITS = 9, MAX_MATRIX = 64 };

int report_occurs(const struct label_figures *figures)
{
    return figures->n_any > 0 || figures->n_predicted > 0;
}

int report_shows(const struct evaluation *evaluation, enum figure_id id)
{
    int is_of_unsure = id == COVERAGE || id == SURE_ACCURACY;
    return !isnan(evaluation->figures[id].value) &&
           !(is_of_unsure && evaluation->n_decisions[WN_DECIDED] == evaluation->n);
}

static void add_key(struct buffer *out, const char *key)
{
    buffer_print(out, ",\"%s\":", key);
}

static void add_number(struct buffer *out, const char *key, double value)
{
    add_key(out, key);
    escape_json_number(out, value, DIGITS);
}

static void add_count(struct buffer *out, const char *key, uint64_t count)
{
    buffer_print(out, ",\"%s\":%" PRIu64, key, count);
}

static void add_figures(const struct evaluation *evaluation, struct buffer *out)
{
    for (size_t i = 0; i < N_FIGURES; i++)
        add_number(out, figure_kinds[i].key, evaluation->figures[i].value);
    add_count(out, "bootstrap_rounds", evaluation->n_rounds);
    add_key(out, "intervals");
    const char *separator = "{";
    for (size_t i = 0; i < N_SAMPLED; i++) {
        const struct figure *figure = &evaluation->figures[i];
        if (isnan(figure->low))
            continue;
        buffer_print(out, "%s\"%s\":[", separator, figure_kinds[i].key);
        escape_json_number(out, figure->low, DIGITS);
        buffer_add_char(out, ',');
        escape_json_number(out, figure->high, DIGITS);
        buffer_add_char(out, ']');
        separator = ",";
    }
    buffer_add_string(out, *separator == '{' ? "{}" : "}");
}

static void add_curve(const struct label_figures *figures, struct buffer *out)
{
    add_key(out, "curve");
    buffer_add_char(out, '[');
    for (size_t i = 0; i < figures->n_points; i++) {
        const struct curve_point *point = &figures->curve[i];
        buffer_add_string(out, i > 0 ? ",[" : "[");
        escape_json_number(out, point->recall, DIGITS);
        buffer_add_char(out, ',');
        escape_json_number(out, point->precision, DIGITS);
        buffer_add_char(out, ',');
        escape_json_number(out, point->threshold, DIGITS);
        buffer_add_char(out, ']');
    }
    buffer_add_char(out, ']');
}

static void add_labels(const struct evaluation *evaluation, struct buffer *out)
{
    add_key(out, "labels");
    for (uint32_t i = 0; i < evaluation->names.n; i++) {
        const struct label_figures *figures = &evaluation->labels[i];
        buffer_add_string(out, i > 0 ? ",{\"label\":" : "[{\"label\":");
        names_add_json(&evaluation->names, i, out);
        buffer_print(out, ",\"known\":%s", i < evaluation->n_known ? "true" : "false");
        add_count(out, "first", figures->n_first);
        add_count(out, "any", figures->n_any);
        add_count(out, "predicted", figures->n_predicted);
        add_number(out, "tp", figures->tally.tp);
        add_number(out, "fp", figures->tally.fp);
        add_number(out, "fn", figures->tally.fn);
        add_number(out, "precision", tally_precision(&figures->tally));
        add_number(out, "recall", tally_recall(&figures->tally));
        add_number(out, "f1", tally_f1(&figures->tally));
        add_number(out, "average_precision", figures->average_precision);
        add_curve(figures, out);
        buffer_add_char(out, '}');
    }
    buffer_add_char(out, ']');
}

static void add_matrix(const struct evaluation *evaluation, struct buffer *out)
{
    uint32_t n = evaluation->names.n, width = n + 1; /* the last column: no answer */
    uint64_t *matrix = take_zeroed((size_t)n * width, sizeof *matrix);
    for (size_t i = 0; i < evaluation->n_confusions; i++) {
        const struct confusion *confusion = &evaluation->confusions[i];
        uint32_t column = confusion->best == NO_NAME ? n : confusion->best;
        matrix[(size_t)confusion->first * width + column] = confusion->n;
    }
    add_key(out, "matrix");
    for (uint32_t i = 0; i < n; i++) {
        buffer_add_string(out, i > 0 ? ",[" : "[[");
        for (uint32_t j = 0; j < width; j++)
            buffer_print(out, "%s%" PRIu64, j > 0 ? "," : "", matrix[(size_t)i * width + j]);
        buffer_add_char(out, ']');
    }
    buffer_add_char(out, ']');
    struct buffer owner = {(char *)matrix, 0, 0};
    buffer_free(&owner);
}

static void add_confusions(const struct evaluation *evaluation, struct buffer *out)
{
    int n = 0;
    add_key(out, "confusions");
    buffer_add_char(out, '[');
    for (size_t i = 0; i < evaluation->n_confusions; i++) {
        const struct confusion *confusion = &evaluation->confusions[i];
        if (confusion->first == confusion->best)
            continue;
        buffer_add_string(out, n++ > 0 ? ",{\"label\":" : "{\"label\":");
        names_add_json(&evaluation->names, confusion->first, out);
        add_key(out, "best");
        names_add_json(&evaluation->names, confusion->best, out);
        add_count(out, "n", confusion->n);
        buffer_add_char(out, '}');
    }
    buffer_add_char(out, ']');
    if (!evaluation->is_multi && evaluation->names.n <= MAX_MATRIX)
        add_matrix(evaluation, out);
}

static void add_calibration(const struct evaluation *evaluation, struct buffer *out)
{
    int n = 0;
    add_key(out, "calibration");
    buffer_add_char(out, '[');
    for (size_t i = 0; i < EVALUATION_BINS; i++) {
        const struct bin *bin = &evaluation->bins[i];
        if (bin->n == 0)
            continue;
        buffer_print(out, "%s{\"n\":%zu", n++ > 0 ? "," : "", bin->n);
        add_number(out, "low", bin->low);
        add_number(out, "high", bin->high);
        add_number(out, "confidence", bin->confidence);
        add_number(out, "accuracy", bin->accuracy);
        buffer_add_char(out, '}');
    }
    buffer_add_char(out, ']');
}

static void add_decisions(const struct evaluation *evaluation, struct buffer *out)
{
    add_key(out, "decisions");
    for (size_t i = 0; i < 3; i++)
        buffer_print(out, "%s\"%s\":{\"n\":%" PRIu64 ",\"right\":%" PRIu64 "}", i > 0 ? "," : "{",
                     decision_names[i], evaluation->n_decisions[i], evaluation->n_right_of[i]);
    buffer_add_char(out, '}');
}

static void add_mistakes(const struct evaluation *evaluation, struct buffer *out)
{
    add_key(out, "mistakes");
    buffer_add_char(out, '[');
    for (size_t i = 0; i < evaluation->n_mistakes; i++) {
        const struct mistake *mistake = &evaluation->mistakes[i];
        buffer_add_string(out, i > 0 ? ",{\"file\":" : "{\"file\":");
        buffer_append(out, &mistake->input->path_json);
        add_count(out, "record", mistake->number);
        add_key(out, "label");
        names_add_json(&evaluation->names, mistake->label, out);
        if (evaluation->is_multi)
            buffer_print(out, ",\"missing\":%s", mistake->is_missing ? "true" : "false");
        add_number(out, "confidence", mistake->confidence);
        add_key(out, "wanted");
        buffer_add_char(out, '[');
        for (uint32_t j = 0; j < mistake->n_gold; j++) {
            if (j > 0)
                buffer_add_char(out, ',');
            names_add_json(&evaluation->names, mistake->gold[j], out);
        }
        buffer_add_string(out, "],\"text\":");
        escape_json(out, mistake->text, mistake->text_len);
        buffer_print(out, ",\"cut\":%s}", mistake->is_cut ? "true" : "false");
    }
    buffer_add_char(out, ']');
}

static void add_evaluation(const struct evaluation *evaluation, struct buffer *out)
{
    const struct loaded *loaded = evaluation->loaded;
    buffer_add_string(out, "{\"model\":");
    buffer_append(out, &loaded->name_json);
    add_key(out, "file");
    escape_json(out, loaded->path, strlen(loaded->path));
    add_key(out, "version");
    escape_json(out, loaded->info.version, strlen(loaded->info.version));
    buffer_print(out, ",\"checksum\":\"%016" PRIx64 "\",\"multi_label\":%s", loaded->info.checksum,
                 evaluation->is_multi ? "true" : "false");
    add_count(out, "records", evaluation->n);
    add_count(out, "unlabelled", evaluation->n_unlabelled);
    add_count(out, "unknown_labels", evaluation->n_unknown);
    add_figures(evaluation, out);
    add_labels(evaluation, out);
    add_confusions(evaluation, out);
    add_calibration(evaluation, out);
    add_decisions(evaluation, out);
    add_mistakes(evaluation, out);
    buffer_add_char(out, '}');
}

void report_json(const struct report *report, struct buffer *out)
{
    const struct feed *feed = report->feed;
    buffer_add_string(out, "{\"files\":[");
    for (size_t i = 0; i < feed->n_inputs; i++) {
        if (i > 0)
            buffer_add_char(out, ',');
        buffer_append(out, &feed->inputs[i].path_json);
    }
    buffer_add_char(out, ']');
    add_count(out, "records", feed->n_records);
    add_count(out, "failed", feed->n_failed);
    add_key(out, "models");
    buffer_add_char(out, '[');
    for (size_t i = 0; i < report->n; i++) {
        if (i > 0)
            buffer_add_char(out, ',');
        add_evaluation(&report->items[i], out);
    }
    buffer_add_string(out, "]}\n");
}
