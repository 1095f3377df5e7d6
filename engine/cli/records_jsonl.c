/* records_jsonl.c - JSON Lines: a JSON object on every line. */
#include "input.h"

#include "jsonscan.h"

#include <stdio.h>
#include <string.h>

enum { MAX_WANTED = 32 }; /* fields of a record that are looked for at once */

/* The text of a JSON string, in the record where it has no escapes, else in scratch. */
static wn_text text_of(const struct json_field *field, struct buffer *scratch)
{
    if (memchr(field->value, '\\', field->value_len) == NULL)
        return (wn_text){field->value + 1, field->value_len - 2};
    size_t from = scratch->len;
    json_unescape(field->value, field->value_len, scratch);
    return (wn_text){scratch->data + from, scratch->len - from};
}

static void take_text(const struct json_field *field, const char *name, wn_text *text,
                      struct buffer *scratch, struct fields *fields)
{
    if (fields->error[0] != '\0')
        return;
    if (field->value == NULL || field->value[0] != '"')
        snprintf(fields->error, sizeof fields->error,
                 field->value == NULL ? "no field '%.100s'" : "field '%.100s' is not a string",
                 name);
    else
        *text = text_of(field, scratch);
}

static void extract_json(const struct input *input, const struct record *record, const char *raw,
                         struct buffer *scratch, struct fields *fields)
{
    const struct input_settings *settings = input->settings;
    struct json_field wanted[MAX_WANTED];
    const char *names[MAX_WANTED];
    size_t n = 0;
    for (size_t i = 0; i < settings->n_names; i++)
        names[n++] = settings->names[i];
    for (size_t i = 0; i < settings->n_label_names; i++)
        names[n++] = settings->label_names[i];
    if (settings->id != NULL)
        names[n++] = settings->id;
    for (size_t i = 0; i < n; i++)
        wanted[i] = (struct json_field){.name = names[i], .name_len = strlen(names[i])};
    size_t mark = record->number == 1 ? byte_order_mark_len(raw, record->raw_len) : 0;
    size_t len = record->raw_len - mark - line_end_len(raw, record->raw_len);
    size_t at = 0;
    const char *error = json_scan(raw + mark, len, wanted, n, &at);
    if (error != NULL) {
        snprintf(fields->error, sizeof fields->error, "%s (byte %zu of the line)", error,
                 mark + at);
        return;
    }
    const struct json_field *id = &wanted[n - 1];
    if (settings->id != NULL && id->value != NULL) {
        fields->id = id->value;
        fields->id_len = id->value_len;
        fields->id_is_json = 1;
    }
    for (size_t i = 0; i < settings->n_label_names && fields->labels == NULL; i++) {
        const struct json_field *labels = &wanted[settings->n_names + i];
        fields->labels = labels->value;
        fields->labels_len = labels->value_len;
        fields->label_form = LABELS_JSON;
    }
    for (size_t i = 0; i < settings->n_names; i++)
        take_text(&wanted[i], names[i], &fields->texts[i], scratch, fields);
}

static int next_line(struct reader *reader, struct batch *batch)
{
    return input_lines.next(reader, batch);
}

const struct input_kind input_jsonl = {
    .name = "jsonl",
    .suffixes = {".jsonl", ".ndjson"},
    .has_fields = 1,
    .has_id = 1,
    .next = next_line,
    .extract = extract_json,
};
