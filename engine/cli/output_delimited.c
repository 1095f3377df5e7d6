/* output_delimited.c - CSV and TSV: a header row, then one row an answer.
 *
 * Columns: file record paragraph begin end [id] then for each model NAME NAME_p, from the second
 * label on NAME_2 NAME_2_p, ... [models] error [text]. A raw model has _score in place of _p. The
 * chosen labels of a multi-label model are in one column, a|b, and so are their p. NAME_unsure is
 * there for models that have thresholds or choose several labels; NAME_context ... with --context.
 */
#include "output.h"

#include "escape.h"
#include "jsonscan.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

struct dialect {
    char delimiter;
    void (*escape)(struct buffer *out, const char *text, size_t len);
};

static const struct dialect csv = {',', escape_csv}, tsv = {'\t', escape_tsv};

static void add_field(const struct dialect *dialect, const char *text, size_t len,
                      struct buffer *out)
{
    buffer_add_char(out, dialect->delimiter);
    dialect->escape(out, text, len);
}

static void add_count(const struct dialect *dialect, uint64_t count, struct buffer *out)
{
    buffer_add_char(out, dialect->delimiter);
    if (count > 0)
        buffer_add_count(out, count);
}

/* How many columns of labels a model has. */
static uint32_t n_ranks(const struct layout *layout, const struct loaded *loaded)
{
    if (layout->k == WN_K_CHOSEN)
        return 1;
    return layout->k > 0 && layout->k < loaded->info.n_labels ? layout->k : loaded->info.n_labels;
}

static int has_unsure(const struct loaded *loaded)
{
    return loaded->info.has_thresholds || loaded->info.is_multi_label;
}

/* The headings of a model's columns; suffix: "" or "_context". */
static void begin_model(const struct layout *layout, const struct dialect *dialect,
                        const struct loaded *loaded, const char *suffix, struct buffer *out)
{
    struct buffer name = {0};
    for (uint32_t rank = 1; rank <= n_ranks(layout, loaded); rank++) {
        name.len = 0;
        buffer_print(&name, "%s%s", loaded->name, suffix);
        if (rank > 1)
            buffer_print(&name, "_%" PRIu32, rank);
        add_field(dialect, name.data, name.len, out);
        buffer_add_string(&name, has_probabilities(loaded) ? "_p" : "_score");
        add_field(dialect, name.data, name.len, out);
    }
    if (has_unsure(loaded)) {
        name.len = 0;
        buffer_print(&name, "%s%s_unsure", loaded->name, suffix);
        add_field(dialect, name.data, name.len, out);
    }
    buffer_free(&name);
}

static void begin(const struct layout *layout, const struct dialect *dialect, struct buffer *out)
{
    static const char *const places[] = {"record", "paragraph", "begin", "end"};
    buffer_add_string(out, "file");
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        add_field(dialect, places[i], strlen(places[i]), out);
    if (layout->with_id)
        add_field(dialect, "id", 2, out);
    for (size_t i = 0; i < layout->models->n; i++) {
        begin_model(layout, dialect, &layout->models->items[i], "", out);
        if (layout->with_context)
            begin_model(layout, dialect, &layout->models->items[i], "_context", out);
    }
    if (layout->with_stamp)
        add_field(dialect, "models", 6, out);
    add_field(dialect, "error", 5, out);
    if (layout->with_text)
        add_field(dialect, "text", 4, out);
    buffer_add_char(out, '\n');
}

/* All chosen labels in one field, all their values in the next. */
static void add_chosen(const struct layout *layout, const struct dialect *dialect,
                       const struct loaded *loaded, const wn_prediction *prediction,
                       struct buffer *out)
{
    struct buffer labels = {0}, values = {0};
    for (uint32_t i = next_shown(layout, loaded, prediction, 0); i < prediction->n_scores;
         i = next_shown(layout, loaded, prediction, i + 1)) {
        size_t len;
        const char *label = wn_model_label(loaded->model, prediction->scores[i].label, &len);
        if (values.len > 0) {
            buffer_add_char(&labels, '|');
            buffer_add_char(&values, '|');
        }
        buffer_add(&labels, label, len);
        buffer_add_number(&values, score_value(&prediction->scores[i]));
    }
    add_field(dialect, labels.data, labels.len, out);
    add_field(dialect, values.data, values.len, out);
    buffer_free(&labels);
    buffer_free(&values);
}

static void add_ranks(const struct layout *layout, const struct dialect *dialect,
                      const struct loaded *loaded, const wn_prediction *prediction,
                      struct buffer *out)
{
    for (uint32_t i = 0; i < n_ranks(layout, loaded); i++) {
        if (prediction == NULL || i >= prediction->n_scores) {
            buffer_add_char(out, dialect->delimiter);
            buffer_add_char(out, dialect->delimiter);
            continue;
        }
        const wn_score *score = &prediction->scores[i];
        size_t len;
        const char *label = wn_model_label(loaded->model, score->label, &len);
        double value = score_value(score);
        add_field(dialect, label, len, out);
        buffer_add_char(out, dialect->delimiter);
        if (isfinite(value))
            buffer_add_number(out, value);
    }
}

/* prediction NULL: empty fields. */
static void add_prediction(const struct layout *layout, const struct dialect *dialect,
                           const struct loaded *loaded, const wn_prediction *prediction,
                           struct buffer *out)
{
    if (prediction != NULL && shows_chosen(layout, loaded))
        add_chosen(layout, dialect, loaded, prediction, out);
    else
        add_ranks(layout, dialect, loaded, prediction, out);
    if (has_unsure(loaded)) {
        const char *reason = prediction != NULL ? unsure_reason(prediction) : NULL;
        add_field(dialect, reason, reason != NULL ? strlen(reason) : 0, out);
    }
}

static void add_stamp(const struct dialect *dialect, const struct models *models,
                      struct buffer *out)
{
    struct buffer stamp = {0};
    for (size_t i = 0; i < models->n; i++)
        buffer_print(&stamp, "%s%s:%016" PRIx64, i > 0 ? " " : "", models->items[i].name,
                     models->items[i].info.checksum);
    add_field(dialect, stamp.data, stamp.len, out);
    buffer_free(&stamp);
}

/* An id of JSON Lines is a string without its quotes, anything else as it stands. */
static void add_id(const struct dialect *dialect, const struct answer *answer, struct buffer *out)
{
    if (answer->id == NULL) {
        buffer_add_char(out, dialect->delimiter);
        return;
    }
    if (!answer->id_is_json || answer->id[0] != '"') {
        add_field(dialect, answer->id, answer->id_len, out);
        return;
    }
    struct buffer text = {0};
    json_unescape(answer->id, answer->id_len, &text);
    add_field(dialect, text.data, text.len, out);
    buffer_free(&text);
}

static void add(const struct layout *layout, const struct dialect *dialect,
                const struct answer *answer, struct buffer *out)
{
    dialect->escape(out, answer->input->path, strlen(answer->input->path));
    add_count(dialect, answer->record, out);
    add_count(dialect, answer->paragraph, out);
    buffer_add_char(out, dialect->delimiter);
    if (answer->paragraph > 0)
        buffer_add_count(out, answer->begin);
    buffer_add_char(out, dialect->delimiter);
    if (answer->paragraph > 0)
        buffer_add_count(out, answer->end);
    if (layout->with_id)
        add_id(dialect, answer, out);
    for (size_t i = 0; i < layout->models->n; i++) {
        const struct loaded *loaded = &layout->models->items[i];
        int has_answer = answer->error == NULL;
        add_prediction(layout, dialect, loaded, has_answer ? prediction_of(answer, i, 0) : NULL,
                       out);
        if (layout->with_context)
            add_prediction(layout, dialect, loaded, has_answer ? prediction_of(answer, i, 1) : NULL,
                           out);
    }
    if (layout->with_stamp)
        add_stamp(dialect, layout->models, out);
    add_field(dialect, answer->error, answer->error != NULL ? strlen(answer->error) : 0, out);
    if (layout->with_text)
        add_field(dialect, answer->text, answer->error == NULL ? answer->text_len : 0, out);
    buffer_add_char(out, '\n');
}

static void begin_csv(const struct layout *layout, struct buffer *out)
{
    begin(layout, &csv, out);
}

static void begin_tsv(const struct layout *layout, struct buffer *out)
{
    begin(layout, &tsv, out);
}

static void add_csv(const struct layout *layout, const struct answer *answer, struct buffer *out)
{
    add(layout, &csv, answer, out);
}

static void add_tsv(const struct layout *layout, const struct answer *answer, struct buffer *out)
{
    add(layout, &tsv, answer, out);
}

const struct output_kind output_csv = {.name = "csv", .begin = begin_csv, .add = add_csv};
const struct output_kind output_tsv = {.name = "tsv", .begin = begin_tsv, .add = add_tsv};
