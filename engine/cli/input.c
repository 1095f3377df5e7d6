/* input.c - the kinds of input, and the reader that cuts an input into records. */
#include "input.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct input_kind *const kinds[] = {
    &input_text, &input_lines, &input_jsonl, &input_csv, &input_tsv, &input_wet, &input_fasttext,
};

enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

const struct input_kind *input_kind_named(const char *name)
{
    for (size_t i = 0; i < N_KINDS; i++) {
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    }
    return NULL;
}

static int ends_with(const char *path, size_t len, const char *suffix)
{
    size_t suffix_len = strlen(suffix);
    return len > suffix_len && strncasecmp(path + len - suffix_len, suffix, suffix_len) == 0;
}

const struct input_kind *input_kind_of(const char *path, const struct input_kind *otherwise)
{
    static const char *const packed[] = {".gz", ".zst"};
    size_t len = strlen(path);
    for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++) {
        if (ends_with(path, len, packed[i]))
            len -= strlen(packed[i]);
    }
    for (size_t i = 0; i < N_KINDS; i++) {
        for (size_t j = 0; kinds[i]->suffixes[j] != NULL; j++) {
            if (ends_with(path, len, kinds[i]->suffixes[j]))
                return kinds[i];
        }
    }
    return otherwise;
}

static const struct input_kind *kind_by_content(struct source *source)
{
    const char *line;
    size_t len;
    if (!source_line(source, &line, &len))
        return &input_fasttext;
    size_t at = byte_order_mark_len(line, len);
    int is_json = at < len && line[at] == '{';
    source_put_back(source, len);
    return is_json ? &input_jsonl : &input_fasttext;
}

int reader_open(struct reader *reader, struct input *input)
{
    *reader = (struct reader){.input = input};
    const char *reason = "cannot be opened";
    reader->source = source_open(input->path, 0, &reason);
    if (reader->source == NULL) {
        snprintf(reader->error, sizeof reader->error, "%s", reason);
        return 0;
    }
    if (input->kind == NULL)
        input->kind = kind_by_content(reader->source);
    return input->kind->begin == NULL || input->kind->begin(reader);
}

void reader_close(struct reader *reader)
{
    source_close(reader->source);
    buffer_free(&reader->head);
    buffer_free(&reader->text);
    wn_ctx_free(reader->ctx);
    *reader = (struct reader){0};
}

int reader_fill(struct reader *reader, struct batch *batch)
{
    batch->input = reader->input;
    batch->is_first = reader->n_records == 0;
    if (batch->is_first)
        buffer_add(&batch->head, reader->head.data, reader->head.len);
    while (!batch_is_full(batch)) {
        if (!reader->input->kind->next(reader, batch))
            return 0;
        if (source_would_wait(reader->source))
            return 1;
    }
    return 1;
}

size_t line_end_len(const char *line, size_t len)
{
    if (len == 0 || line[len - 1] != '\n')
        return 0;
    return len > 1 && line[len - 2] == '\r' ? 2 : 1;
}

size_t byte_order_mark_len(const char *text, size_t len)
{
    return len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}
