/* records_wet.c - Common Crawl WET: WARC records that hold the text of a page each.
 *
 * A record is "WARC/1.x", header lines, an empty line, Content-Length bytes, two line ends. Only
 * records with "WARC-Type: conversion" are pages; others are passed over.
 */
#include "input.h"

#include "interrupt.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAX_HEADER = 64 * 1024, SKIP_STEP = 1024 * 1024 };

static const char *const default_id = "WARC-Target-URI";

/* The value of a header line "Name: value" with that name; 0 when it is another one. */
static int header_value(const char *line, size_t len, const char *name, const char **value,
                        size_t *value_len)
{
    size_t name_len = strlen(name);
    if (len <= name_len || strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
        return 0;
    const char *at = line + name_len + 1, *end = line + len;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    while (end > at && (end[-1] == '\n' || end[-1] == '\r' || end[-1] == ' '))
        end--;
    *value = at;
    *value_len = (size_t)(end - at);
    return 1;
}

/* Decimal digits alone, and no more than a size_t holds. */
static int parse_length(const char *text, size_t len, size_t *value)
{
    *value = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)(text[i] - '0');
        if (digit > 9 || *value > (SIZE_MAX - digit) / 10)
            return 0;
        *value = *value * 10 + digit;
    }
    return len > 0;
}

static int is_blank(const char *line, size_t len)
{
    return len == line_end_len(line, len);
}

static int begins_record(const char *line, size_t len)
{
    return len >= 7 && memcmp(line, "WARC/1.", 7) == 0;
}

/* Passes over lines up to the next one that begins a record. */
static void find_next(struct reader *reader)
{
    const char *line;
    size_t len;
    while (source_line(reader->source, &line, &len)) {
        if (begins_record(line, len)) {
            source_put_back(reader->source, len);
            return;
        }
    }
}

struct header {
    int is_page, has_length;
    size_t length;
};

/* Appends the header lines. Returns NULL, or what is wrong with them (static). */
static const char *take_header(struct reader *reader, struct buffer *bytes, struct header *header)
{
    const char *line, *value;
    size_t len, value_len, from = bytes->len;
    while (source_line(reader->source, &line, &len)) {
        if (bytes->len == from && !begins_record(line, len))
            return "no WARC record begins here";
        buffer_add(bytes, line, len);
        if (is_blank(line, len))
            return header->has_length ? NULL : "a WARC record without Content-Length";
        if (bytes->len - from > MAX_HEADER)
            return "a WARC header of more than 64 KiB";
        if (header_value(line, len, "WARC-Type", &value, &value_len))
            header->is_page = value_len == 10 && strncasecmp(value, "conversion", 10) == 0;
        if (header_value(line, len, "Content-Length", &value, &value_len)) {
            if (!parse_length(value, value_len, &header->length))
                return "a Content-Length that is no number";
            header->has_length = 1;
        }
    }
    return "the file ends inside a WARC header";
}

/* Passes over n bytes in steps, so that a record that is no page takes no memory. */
static void skip_bytes(struct reader *reader, size_t n, struct buffer *bytes)
{
    size_t from = bytes->len;
    while (n > 0) {
        size_t part = n < SKIP_STEP ? n : SKIP_STEP;
        if (source_take(reader->source, part, bytes) < part)
            n = part;
        bytes->len = from;
        n -= part;
    }
}

/* Appends the (two) empty lines that end a record. */
static void take_record_end(struct reader *reader, struct buffer *bytes)
{
    const char *line;
    size_t len;
    for (int i = 0; i < 2 && source_line(reader->source, &line, &len); i++) {
        if (!is_blank(line, len)) {
            source_put_back(reader->source, len);
            return;
        }
        buffer_add(bytes, line, len);
    }
}

static int skip_blank_lines(struct reader *reader)
{
    const char *line;
    size_t len;
    while (source_line(reader->source, &line, &len)) {
        if (!is_blank(line, len)) {
            source_put_back(reader->source, len);
            return 1;
        }
    }
    return 0;
}

static int next_page(struct reader *reader, struct batch *batch)
{
    struct buffer *bytes = &batch->bytes;
    size_t from = bytes->len;
    while (skip_blank_lines(reader)) {
        struct header header = {0};
        bytes->len = from;
        const char *error = take_header(reader, bytes, &header);
        size_t begin = bytes->len - from, end = begin;
        if (error == NULL && !header.is_page) {
            skip_bytes(reader, header.length, bytes);
            continue;
        }
        if (error != NULL)
            find_next(reader);
        else if (source_take(reader->source, header.length, bytes) < header.length)
            error = "the file ends inside a WARC record";
        if (interrupted())
            break;
        if (error == NULL) {
            end = bytes->len - from;
            take_record_end(reader, bytes);
        }
        struct record *record = batch_add(batch, ++reader->n_records);
        record->raw = from;
        record->raw_len = bytes->len - from;
        record->begin = begin;
        record->end = end;
        record->error = error;
        return 1;
    }
    bytes->len = from;
    return 0;
}

static void extract_page(const struct input *input, const struct record *record, const char *raw,
                         struct buffer *scratch, struct fields *fields)
{
    (void)scratch;
    const char *name = input->settings->id != NULL ? input->settings->id : default_id;
    size_t at = 0;
    while (at < record->begin && fields->id == NULL) {
        const char *feed = memchr(raw + at, '\n', record->begin - at);
        size_t len = feed != NULL ? (size_t)(feed - raw) + 1 - at : record->begin - at;
        header_value(raw + at, len, name, &fields->id, &fields->id_len);
        at += len;
    }
    fields->texts[0] = (wn_text){raw + record->begin, record->end - record->begin};
}

const struct input_kind input_wet = {
    .name = "wet",
    .suffixes = {".wet"},
    .has_paragraphs = 1,
    .has_id = 1,
    .next = next_page,
    .extract = extract_page,
};
