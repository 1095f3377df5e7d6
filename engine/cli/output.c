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
        escape_json(out, loaded->name, strlen(loaded->name));
        buffer_add_string(out, ":{\"version\":");
        escape_json(out, loaded->info.version, strlen(loaded->info.version));
        buffer_print(out, ",\"checksum\":\"%016" PRIx64 "\"}", loaded->info.checksum);
    }
    buffer_add_char(out, '}');
}

static void add_prediction(const struct loaded *loaded, const wn_prediction *prediction,
                           struct buffer *out)
{
    const char *key = has_probabilities(loaded) ? ",\"p\":" : ",\"score\":";
    escape_json(out, loaded->name, strlen(loaded->name));
    buffer_add_string(out, ":[");
    for (uint32_t i = 0; i < prediction->n_scores; i++) {
        const wn_score *score = &prediction->scores[i];
        size_t len;
        const char *label = models_label_json(loaded, score->label, &len);
        buffer_add_string(out, i > 0 ? ",{\"label\":" : "{\"label\":");
        buffer_add(out, label, len);
        buffer_add_string(out, key);
        escape_json_number(out, score_value(score), 6);
        buffer_add_char(out, '}');
    }
    buffer_add_char(out, ']');
}

static void add_place(const struct layout *layout, const struct answer *answer, struct buffer *out)
{
    buffer_add_string(out, "{\"file\":");
    escape_json(out, answer->input->path, strlen(answer->input->path));
    if (answer->record > 0)
        buffer_print(out, ",\"record\":%" PRIu64, answer->record);
    if (answer->paragraph > 0)
        buffer_print(out, ",\"paragraph\":%" PRIu64 ",\"begin\":%zu,\"end\":%zu", answer->paragraph,
                     answer->begin, answer->end);
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
    const struct models *models = layout->models;
    add_place(layout, answer, out);
    if (answer->error != NULL) {
        buffer_add_string(out, ",\"error\":");
        escape_json(out, answer->error, strlen(answer->error));
    } else {
        buffer_add_string(out, ",\"results\":{");
        for (size_t i = 0; i < models->n; i++) {
            if (i > 0)
                buffer_add_char(out, ',');
            add_prediction(&models->items[i], &answer->predictions[i], out);
        }
        buffer_add_char(out, '}');
    }
    if (layout->with_stamp)
        add_stamp(models, out);
    if (layout->with_text && answer->error == NULL) {
        buffer_add_string(out, ",\"text\":");
        escape_json(out, answer->text, answer->text_len);
    }
    buffer_add_string(out, "}\n");
}

const struct output_kind output_jsonl = {.name = "jsonl", .add = add_jsonl};
