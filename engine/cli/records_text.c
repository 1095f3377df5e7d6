/* records_text.c - a document whose records are its paragraphs, and lines as records. */
#include "input.h"

#include "interrupt.h"

#include <stdio.h>

/* Reads the whole document: where a paragraph ends can depend on all that follows. */
static int begin_text(struct reader *reader)
{
    source_take(reader->source, SIZE_MAX, &reader->text);
    if (interrupted())
        return 1;
    const char *text = reader->text.data;
    reader->skipped = byte_order_mark_len(text, reader->text.len);
    size_t len = reader->text.len - reader->skipped;
    wn_status status = wn_ctx_new(NULL, &reader->ctx);
    if (status == WN_OK && len > 0)
        status = wn_split(reader->ctx, text + reader->skipped, len, reader->input->settings->split,
                          &reader->spans, &reader->n_spans);
    reader->input->n_paragraphs = reader->n_spans;
    if (status != WN_OK)
        snprintf(reader->error, sizeof reader->error, "cannot be split into paragraphs: %s",
                 wn_status_name(status));
    return status == WN_OK;
}

/* The document as one record, so that its paragraphs are classified together. */
static int next_document(struct reader *reader, struct batch *batch)
{
    if (reader->n_records > 0 || reader->n_spans == 0)
        return 0;
    struct record *record = batch_add(batch, ++reader->n_records);
    record->begin = reader->skipped;
    record->end = reader->text.len;
    record->raw_len = record->end - record->begin;
    buffer_add(&batch->bytes, reader->text.data + record->begin, record->raw_len);
    return 1;
}

static int next_paragraph(struct reader *reader, struct batch *batch)
{
    if (reader->input->settings->is_whole)
        return next_document(reader, batch);
    if (reader->next_span == reader->n_spans || interrupted())
        return 0;
    wn_span span = reader->spans[reader->next_span++];
    struct record *record = batch_add(batch, ++reader->n_records);
    record->begin = span.begin + reader->skipped;
    record->end = span.end + reader->skipped;
    record->raw_len = span.end - span.begin;
    buffer_add(&batch->bytes, reader->text.data + record->begin, record->raw_len);
    return 1;
}

static int next_line(struct reader *reader, struct batch *batch)
{
    const char *line;
    size_t len;
    if (!source_line(reader->source, &line, &len))
        return 0;
    struct record *record = batch_add(batch, ++reader->n_records);
    record->raw_len = len;
    source_move(reader->source, len, &batch->bytes);
    return 1;
}

static void extract_line(const struct input *input, const struct record *record, const char *raw,
                         struct buffer *scratch, struct fields *fields)
{
    (void)input;
    (void)scratch;
    size_t mark = record->number == 1 ? byte_order_mark_len(raw, record->raw_len) : 0;
    fields->texts[0].data = raw + mark;
    fields->texts[0].len = record->raw_len - mark - line_end_len(raw, record->raw_len);
}

static void extract_paragraph(const struct input *input, const struct record *record,
                              const char *raw, struct buffer *scratch, struct fields *fields)
{
    (void)input;
    (void)scratch;
    fields->texts[0] = (wn_text){raw, record->raw_len};
}

const struct input_kind input_text = {
    .name = "text",
    .has_paragraphs = 1,
    .begin = begin_text,
    .next = next_paragraph,
    .extract = extract_paragraph,
};

const struct input_kind input_lines = {
    .name = "lines",
    .next = next_line,
    .extract = extract_line,
};
