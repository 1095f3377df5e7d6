/* output.c - the table of output kinds, and JSON Lines. */
#include "output.h"

#include "escape.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const struct output_kind *const kinds[] = {
    &output_table,
    &output_jsonl,
    &output_tsv,
    &output_csv,
};

const struct output_kind *output_kind_named(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    }
    return NULL;
}

int has_probabilities(const struct loaded *loaded)
{
    return loaded->info.link != WN_LINK_RAW;
}

int shows_chosen(const struct layout *layout, const struct loaded *loaded)
{
    return layout->k == WN_K_CHOSEN && loaded->info.is_multi_label;
}

uint32_t next_shown(const struct layout *layout, const struct loaded *loaded,
                    const wn_prediction *prediction, uint32_t i)
{
    uint32_t k = layout->k == WN_K_CHOSEN ? 1 : layout->k;
    if (!shows_chosen(layout, loaded))
        return i < k || k == 0 ? i : prediction->n_scores;
    while (i < prediction->n_scores && !prediction->scores[i].is_chosen)
        i++;
    return i;
}

const char *const decision_names[3] = {
    [WN_DECIDED] = "decided", [WN_UNSURE] = "below_threshold", [WN_UNSURE_UNKNOWN] = "unknown"};

const char *unsure_reason(const wn_prediction *prediction)
{
    int is_unsure = prediction->decision == WN_UNSURE || prediction->decision == WN_UNSURE_UNKNOWN;
    return is_unsure ? decision_names[prediction->decision] : NULL;
}

const wn_prediction *prediction_of(const struct answer *answer, size_t model, int in_context)
{
    const wn_prediction *prediction = &answer->predictions[model];
    return in_context && prediction->context != NULL ? prediction->context : prediction;
}

double score_value(const wn_score *score)
{
    return isnan(score->probability) ? score->logit : score->probability;
}

static void add_stamp(const struct models *models, struct buffer *out)
{
    buffer_add_string(out, ",\"models\":{");
    for (size_t i = 0; i < models->n; i++) {
        const struct loaded *loaded = &models->items[i];
        if (i > 0)
            buffer_add_char(out, ',');
        buffer_append(out, &loaded->name_json);
        buffer_add_string(out, ":{\"version\":");
        escape_json(out, loaded->info.version, strlen(loaded->info.version));
        buffer_print(out, ",\"checksum\":\"%016" PRIx64 "\"}", loaded->info.checksum);
    }
    buffer_add_char(out, '}');
}

static void add_prediction(const struct layout *layout, const struct loaded *loaded,
                           const wn_prediction *prediction, struct buffer *out)
{
    const char *key = has_probabilities(loaded) ? ",\"p\":" : ",\"score\":";
    int n = 0;
    buffer_append(out, &loaded->name_json);
    buffer_add_string(out, ":[");
    for (uint32_t i = next_shown(layout, loaded, prediction, 0); i < prediction->n_scores;
         i = next_shown(layout, loaded, prediction, i + 1)) {
        const wn_score *score = &prediction->scores[i];
        size_t len;
        const char *label = models_label_json(loaded, score->label, &len);
        buffer_add_string(out, n++ > 0 ? ",{\"label\":" : "{\"label\":");
        buffer_add(out, label, len);
        buffer_add_string(out, key);
        escape_json_number(out, score_value(score), 6);
        buffer_add_char(out, '}');
    }
    buffer_add_char(out, ']');
}

/* All models' answers, and the reasons of those that are unsure. */
static void add_predictions(const struct layout *layout, const struct answer *answer,
                            int in_context, struct buffer *out)
{
    const struct models *models = layout->models;
    int n_unsure = 0;
    buffer_add_string(out, in_context ? ",\"context\":{" : ",\"results\":{");
    for (size_t i = 0; i < models->n; i++) {
        if (i > 0)
            buffer_add_char(out, ',');
        add_prediction(layout, &models->items[i], prediction_of(answer, i, in_context), out);
    }
    buffer_add_char(out, '}');
    for (size_t i = 0; i < models->n; i++) {
        const char *reason = unsure_reason(prediction_of(answer, i, in_context));
        if (reason == NULL)
            continue;
        if (n_unsure++ == 0)
            buffer_add_string(out, in_context ? ",\"context_unsure\":{" : ",\"unsure\":{");
        else
            buffer_add_char(out, ',');
        buffer_append(out, &models->items[i].name_json);
        buffer_print(out, ":\"%s\"", reason);
    }
    if (n_unsure > 0)
        buffer_add_char(out, '}');
}

static void add_count(struct buffer *out, const char *key, uint64_t count)
{
    buffer_add_string(out, key);
    buffer_add_count(out, count);
}

static void add_place(const struct layout *layout, const struct answer *answer, struct buffer *out)
{
    buffer_add_string(out, "{\"file\":");
    buffer_append(out, &answer->input->path_json);
    if (answer->record > 0)
        add_count(out, ",\"record\":", answer->record);
    if (answer->paragraph > 0) {
        add_count(out, ",\"paragraph\":", answer->paragraph);
        add_count(out, ",\"begin\":", answer->begin);
        add_count(out, ",\"end\":", answer->end);
    }
    if (!layout->with_id || !answer->input->kind->has_id)
        return;
    buffer_add_string(out, ",\"id\":");
    if (answer->id == NULL)
        buffer_add_string(out, "null");
    else if (answer->id_is_json)
        escape_utf8(out, answer->id, answer->id_len);
    else
        escape_json(out, answer->id, answer->id_len);
}

static void add_jsonl(const struct layout *layout, const struct answer *answer, struct buffer *out)
{
    add_place(layout, answer, out);
    if (answer->error != NULL) {
        buffer_add_string(out, ",\"error\":");
        escape_json(out, answer->error, strlen(answer->error));
    } else {
        add_predictions(layout, answer, 0, out);
        if (layout->with_context)
            add_predictions(layout, answer, 1, out);
    }
    if (layout->with_stamp)
        add_stamp(layout->models, out);
    if (layout->with_text && answer->error == NULL) {
        buffer_add_string(out, ",\"text\":");
        escape_json(out, answer->text, answer->text_len);
    }
    buffer_add_string(out, "}\n");
}

const struct output_kind output_jsonl = {.name = "jsonl", .add = add_jsonl};
