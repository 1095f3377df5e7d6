/* output_table.c - a table for people at a terminal.
 *
 *     file name
 *       #  kind           p  topic               p  text
 *       1  editorial   0.98  security/terror…  0.71  First words of the paragraph…
 *
 *     1 paragraph
 *     kind   editorial 1
 */
#include "output.h"

#include "escape.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MIN_LABEL = 8,         /* columns that a label keeps on a narrow terminal */
    MIN_TEXT_PERCENT = 40, /* of the columns: the text's share before labels are cut */
    ID_COLUMNS = 16,
    MAX_SUMMED = 8 /* labels of a model that the summary names */
};

/* Terminal attributes (ECMA-48 SGR) */
static const char *const bold = "1", *const dim = "2";

struct label_style {
    const char *label;
    const char *label_colour;
    const char *text_colour; /* NULL: plain */
};

/* Labels of the shipped promo model; others are plain. */
static const struct label_style styles[] = {
    {"editorial", "32", NULL},
    {"promotional", "33", NULL},
    {"boilerplate", "2", "2"},
};

/* Headings that say more than the model's name. */
static const char *heading_of(const struct loaded *loaded)
{
    return strcmp(loaded->name, "promo") == 0 ? "kind" : loaded->name;
}

/* fastText labels have a prefix that says nothing. */
static const char *shown_label(const struct loaded *loaded, uint32_t label, size_t *len)
{
    static const char prefix[] = "__label__";
    const size_t prefix_len = sizeof prefix - 1;
    const char *text = wn_model_label(loaded->model, label, len);
    if (*len > prefix_len && memcmp(text, prefix, prefix_len) == 0) {
        text += prefix_len;
        *len -= prefix_len;
    }
    return text;
}

static const struct label_style *style_of(const char *label, size_t len)
{
    for (size_t i = 0; i < sizeof styles / sizeof styles[0]; i++) {
        if (strlen(styles[i].label) == len && memcmp(styles[i].label, label, len) == 0)
            return &styles[i];
    }
    return NULL;
}

static void colour_on(const struct layout *layout, const char *colour, struct buffer *out)
{
    if (layout->has_colour && colour != NULL)
        buffer_print(out, "\x1b[%sm", colour);
}

static void colour_off(const struct layout *layout, const char *colour, struct buffer *out)
{
    if (layout->has_colour && colour != NULL)
        buffer_add_string(out, "\x1b[0m");
}

static size_t value_columns(const struct loaded *loaded)
{
    return has_probabilities(loaded) ? 4 : 6;
}

static size_t number_columns(const struct input *input)
{
    size_t n = 3;
    for (uint64_t left = input->n_paragraphs / 1000; left > 0; left /= 10)
        n++;
    return input->kind == &input_text ? n : 6;
}

/* Columns in front of the text. */
static size_t columns_before_text(const struct layout *layout, size_t number)
{
    size_t used = number + 2;
    for (size_t i = 0; i < layout->models->n; i++)
        used += layout->label_columns[i] + 1 + value_columns(&layout->models->items[i]) + 2;
    return used + (layout->with_id ? ID_COLUMNS + 2 : 0);
}

void table_plan(struct layout *layout)
{
    const struct models *models = layout->models;
    layout->label_columns = take_zeroed(models->n, sizeof *layout->label_columns);
    for (size_t i = 0; i < models->n; i++) {
        const struct loaded *loaded = &models->items[i];
        size_t widest = strlen(heading_of(loaded));
        for (uint32_t j = 0; j < loaded->info.n_labels; j++) {
            size_t len;
            const char *label = shown_label(loaded, j, &len);
            size_t width = escape_width(label, len);
            widest = width > widest ? width : widest;
        }
        layout->label_columns[i] = widest;
    }
    size_t min_text = layout->columns * MIN_TEXT_PERCENT / 100;
    while (columns_before_text(layout, 3) + min_text > layout->columns) {
        size_t widest = 0;
        for (size_t i = 1; i < models->n; i++) {
            if (layout->label_columns[i] > layout->label_columns[widest])
                widest = i;
        }
        if (models->n == 0 || layout->label_columns[widest] <= MIN_LABEL)
            return;
        layout->label_columns[widest]--;
    }
}

static size_t text_columns(const struct layout *layout, const struct input *input)
{
    size_t used = columns_before_text(layout, number_columns(input));
    return used + 8 < layout->columns ? layout->columns - used : 8;
}

static void begin_input(const struct layout *layout, const struct input *input, struct buffer *out)
{
    const char *path = strcmp(input->path, "-") == 0 ? "standard input" : input->path;
    if (input->index > 0)
        buffer_add_char(out, '\n');
    colour_on(layout, bold, out);
    escape_terminal(out, path, strlen(path), layout->columns);
    colour_off(layout, bold, out);
    buffer_add_char(out, '\n');
    colour_on(layout, dim, out);
    buffer_pad(out, number_columns(input) - 1);
    buffer_add_string(out, "#  ");
    for (size_t i = 0; i < layout->models->n; i++) {
        const struct loaded *loaded = &layout->models->items[i];
        const char *heading = heading_of(loaded);
        const char *value = has_probabilities(loaded) ? "p" : "score";
        escape_cell(out, heading, strlen(heading), layout->label_columns[i]);
        buffer_pad(out, 1 + value_columns(loaded) - strlen(value));
        buffer_print(out, "%s  ", value);
    }
    if (layout->with_id && input->kind->has_id) {
        escape_cell(out, "id", 2, ID_COLUMNS);
        buffer_pad(out, 2);
    }
    buffer_add_string(out, "text");
    colour_off(layout, dim, out);
    buffer_add_char(out, '\n');
}

/* Doubtful answers are shown faint. Raw scores have no scale to judge by. */
static int is_sure(const wn_score *score)
{
    return isnan(score->probability) || score->probability >= 0.5;
}

/* One model's label at index `at` of its scores, or blanks. Unsure answers: "?" in front of the
 * best label where it is below its threshold, "-" where the model knows nothing of the text. */
static void add_score(const struct layout *layout, size_t model, const wn_prediction *prediction,
                      uint32_t at, int is_first, struct buffer *out)
{
    const struct loaded *loaded = &layout->models->items[model];
    size_t columns = layout->label_columns[model];
    size_t blanks = columns + 1 + value_columns(loaded) + 2;
    int is_unknown = prediction->decision == WN_UNSURE_UNKNOWN;
    int is_doubted = prediction->decision == WN_UNSURE && is_first;
    if (is_unknown || at >= prediction->n_scores) {
        if (is_first)
            buffer_add_char(out, is_doubted ? '?' : '-');
        buffer_pad(out, is_first ? blanks - 1 : blanks);
        return;
    }
    const wn_score *score = &prediction->scores[at];
    size_t len;
    const char *label = shown_label(loaded, score->label, &len);
    const struct label_style *style = style_of(label, len);
    double value = score_value(score);
    const char *colour = style != NULL ? style->label_colour : NULL;
    if (!(is_first || shows_chosen(layout, loaded)) || is_doubted || !is_sure(score))
        colour = dim;
    colour_on(layout, colour, out);
    if (is_doubted)
        buffer_add_char(out, '?');
    escape_cell(out, label, len, columns - (is_doubted ? 1 : 0));
    buffer_print(out, " %*.2f", (int)value_columns(loaded), value);
    colour_off(layout, colour, out);
    buffer_pad(out, 2);
}

static void add_number(const struct answer *answer, struct buffer *out)
{
    int columns = (int)number_columns(answer->input);
    if (answer->record > 0 && answer->paragraph > 0) {
        struct buffer number = {0};
        buffer_print(&number, "%" PRIu64 ".%" PRIu64, answer->record, answer->paragraph);
        buffer_print(out, "%*.*s  ", columns, (int)number.len, number.data);
        buffer_free(&number);
    } else {
        buffer_print(out, "%*" PRIu64 "  ", columns,
                     answer->record > 0 ? answer->record : answer->paragraph);
    }
}

static const char *text_colour(const struct layout *layout, const struct answer *answer)
{
    for (size_t i = 0; i < layout->models->n; i++) {
        const wn_prediction *prediction = prediction_of(answer, i, layout->with_context);
        if (prediction->decision != WN_DECIDED || prediction->n_scores == 0 ||
            !is_sure(&prediction->scores[0]))
            continue;
        size_t len;
        const char *label =
            shown_label(&layout->models->items[i], prediction->scores[0].label, &len);
        const struct label_style *style = style_of(label, len);
        if (style != NULL)
            return style->text_colour;
    }
    return NULL;
}

/* The labels behind the first one of each model, a line for each rank. */
static void add_more_lines(const struct layout *layout, const struct answer *answer,
                           struct buffer *out)
{
    const struct models *models = layout->models;
    for (uint32_t rank = 1;; rank++) {
        size_t from = out->len;
        int any = 0;
        buffer_pad(out, number_columns(answer->input) + 2);
        for (size_t i = 0; i < models->n; i++) {
            const wn_prediction *prediction = prediction_of(answer, i, layout->with_context);
            uint32_t at = next_shown(layout, &models->items[i], prediction, 0);
            for (uint32_t j = 0; j < rank && at < prediction->n_scores; j++)
                at = next_shown(layout, &models->items[i], prediction, at + 1);
            any |= at < prediction->n_scores && prediction->decision != WN_UNSURE_UNKNOWN;
            add_score(layout, i, prediction, at, 0, out);
        }
        if (!any) {
            out->len = from;
            return;
        }
        buffer_trim(out);
        buffer_add_char(out, '\n');
    }
}

static void add(const struct layout *layout, const struct answer *answer, struct buffer *out)
{
    const struct models *models = layout->models;
    add_number(answer, out);
    if (answer->error != NULL) {
        size_t room = layout->columns - number_columns(answer->input) - 2;
        buffer_add_string(out, "error: ");
        escape_terminal(out, answer->error, strlen(answer->error), room > 16 ? room - 7 : 9);
        buffer_add_char(out, '\n');
        return;
    }
    for (size_t i = 0; i < models->n; i++) {
        const wn_prediction *prediction = prediction_of(answer, i, layout->with_context);
        uint32_t first = next_shown(layout, &models->items[i], prediction, 0);
        add_score(layout, i, prediction, first, 1, out);
    }
    if (layout->with_id && answer->input->kind->has_id) {
        escape_cell(out, answer->id, answer->id_len, ID_COLUMNS);
        buffer_pad(out, 2);
    }
    const char *colour = text_colour(layout, answer);
    colour_on(layout, colour, out);
    escape_terminal(out, answer->text, answer->text_len,
                    layout->with_text ? SIZE_MAX / 2 : text_columns(layout, answer->input));
    colour_off(layout, colour, out);
    if (colour == NULL)
        buffer_trim(out);
    buffer_add_char(out, '\n');
    add_more_lines(layout, answer, out);
}

/* The labels of one model by how often they came first, as many as fit on a line. */
static void sum_up(const struct layout *layout, size_t model, const uint64_t *tally,
                   size_t heading_columns, struct buffer *out)
{
    const struct loaded *loaded = &layout->models->items[model];
    const char *heading = heading_of(loaded);
    size_t used = heading_columns + 2;
    escape_cell(out, heading, strlen(heading), heading_columns);
    buffer_pad(out, 2);
    uint64_t last = UINT64_MAX;
    uint32_t last_label = 0;
    for (int n = 0; n < MAX_SUMMED; n++) {
        /* The next by count, then by index: few rounds over the labels need no sorting. */
        uint64_t best = 0;
        uint32_t best_label = 0;
        for (uint32_t i = 0; i < loaded->info.n_labels; i++) {
            int is_after = tally[i] < last || (tally[i] == last && i > last_label);
            if (is_after && tally[i] > best) {
                best = tally[i];
                best_label = i;
            }
        }
        if (best == 0)
            break;
        size_t len, begin = out->len;
        const char *label = shown_label(loaded, best_label, &len);
        if (n > 0)
            buffer_add_string(out, ", ");
        escape_terminal(out, label, len, layout->columns);
        buffer_print(out, " %" PRIu64, best);
        size_t width = escape_width(out->data + begin, out->len - begin);
        if (used + width + 3 > layout->columns) {
            out->len = begin;
            buffer_add_string(out, ", \xE2\x80\xA6");
            break;
        }
        used += width;
        last = best;
        last_label = best_label;
    }
    uint64_t n_unsure = tally[loaded->info.n_labels];
    if (n_unsure > 0)
        buffer_print(out, "%sunsure %" PRIu64, last < UINT64_MAX ? "; " : "", n_unsure);
    buffer_trim(out);
    buffer_add_char(out, '\n');
}

static void end(const struct layout *layout, const struct totals *totals, struct buffer *out)
{
    size_t heading_columns = 0;
    for (size_t i = 0; i < layout->models->n; i++) {
        size_t len = strlen(heading_of(&layout->models->items[i]));
        heading_columns = len > heading_columns ? len : heading_columns;
    }
    buffer_print(out, "\n%" PRIu64 " classified", totals->n_answers);
    if (totals->n_inputs > 1)
        buffer_print(out, " in %" PRIu64 " files", totals->n_inputs);
    if (totals->n_failed > 0)
        buffer_print(out, ", %" PRIu64 " with errors", totals->n_failed);
    buffer_add_char(out, '\n');
    for (size_t i = 0; i < layout->models->n && totals->n_answers > 0; i++)
        sum_up(layout, i, totals->tally + layout->models->items[i].first_tally, heading_columns,
               out);
}

const struct output_kind output_table = {
    .name = "table",
    .is_for_people = 1,
    .begin_input = begin_input,
    .add = add,
    .end = end,
};
