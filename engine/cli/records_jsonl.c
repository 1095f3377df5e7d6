/* records_jsonl.c - JSON Lines: a JSON object on every line. */
#include "input.h"

#include "jsonscan.h"

#include <stdio.h>
#include <string.h>

static void extract_json(const struct input *input, const struct record *record, const char *raw,
                         struct buffer *scratch, struct fields *fields)
{
    const struct input_settings *settings = input->settings;
    struct json_field wanted[2] = {{.name = settings->field, .name_len = strlen(settings->field)},
                                   {.name = settings->id}};
    size_t n_wanted = 1;
    if (settings->id != NULL) {
        wanted[1].name_len = strlen(settings->id);
        n_wanted = 2;
    }
    size_t mark = record->number == 1 ? byte_order_mark_len(raw, record->raw_len) : 0;
    size_t len = record->raw_len - mark - line_end_len(raw, record->raw_len);
    size_t at = 0;
    const char *error = json_scan(raw + mark, len, wanted, n_wanted, &at);
    if (error != NULL) {
        snprintf(fields->error, sizeof fields->error, "%s (byte %zu of the line)", error,
                 mark + at);
        return;
    }
    if (n_wanted == 2 && wanted[1].value != NULL) {
        fields->id = wanted[1].value;
        fields->id_len = wanted[1].value_len;
        fields->id_is_json = 1;
    }
    const struct json_field *text = &wanted[0];
    if (text->value == NULL || text->value[0] != '"') {
        snprintf(fields->error, sizeof fields->error,
                 text->value == NULL ? "no field '%.100s'" : "field '%.100s' is not a string",
                 settings->field);
        return;
    }
    if (memchr(text->value, '\\', text->value_len) == NULL) {
        fields->text = text->value + 1;
        fields->text_len = text->value_len - 2;
        return;
    }
    size_t from = scratch->len;
    json_unescape(text->value, text->value_len, scratch);
    fields->text = scratch->data + from;
    fields->text_len = scratch->len - from;
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
