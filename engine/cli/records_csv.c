/* records_csv.c - CSV (RFC 4180) and TSV, both with a header row that names the fields.
 *
 * CSV fields may be quoted; a quoted field may hold commas, line ends and doubled quotes. TSV has
 * no quoting: a quote is a character like any other, and a record is a line.
 */
#include "input.h"

#include <stdio.h>
#include <string.h>

struct dialect {
    char delimiter;
    int has_quotes;
};

static const struct dialect csv = {',', 1}, tsv = {'\t', 0};

static const struct dialect *dialect_of(const struct input *input)
{
    return input->kind == &input_tsv ? &tsv : &csv;
}

enum state { AT_START, IN_PLAIN, IN_QUOTES, AFTER_QUOTE };

/* One step of the machine that both the cutter and the field reader run. *is_text tells whether c
 * belongs to the field's text. Lenient where RFC 4180 has no rule: what follows a closing quote is
 * text, and a quote inside an unquoted field is a character. */
static enum state step(const struct dialect *dialect, enum state state, char c, int *is_text)
{
    *is_text = 0;
    if (state == IN_QUOTES) {
        *is_text = c != '"';
        return c == '"' ? AFTER_QUOTE : IN_QUOTES;
    }
    if (c == dialect->delimiter)
        return AT_START;
    if (c == '"' && dialect->has_quotes && state == AT_START)
        return IN_QUOTES;
    *is_text = 1;
    return c == '"' && state == AFTER_QUOTE ? IN_QUOTES : IN_PLAIN;
}

/* Appends one record, whatever its number of lines. 0 at the end of the input. *is_open: the input
 * ended inside quotes. */
static int take_record(struct reader *reader, struct buffer *bytes, int *is_open)
{
    const struct dialect *dialect = dialect_of(reader->input);
    enum state state = AT_START;
    const char *line;
    size_t len;
    int any = 0;
    *is_open = 0;
    while ((!any || *is_open) && source_line(reader->source, &line, &len)) {
        size_t i = 0;
        if (!any && reader->head.len == 0)
            i = byte_order_mark_len(line, len);
        for (int is_text; dialect->has_quotes && i < len; i++)
            state = step(dialect, state, line[i], &is_text);
        *is_open = state == IN_QUOTES;
        buffer_add(bytes, line, len);
        any = 1;
    }
    return any;
}

/* Reads the fields of a record [len] without its line end. visit gets each field's text, which
 * lies in scratch from `from` on, and says whether to leave it there. Returns their number. */
static size_t read_fields(const struct dialect *dialect, const char *raw, size_t len,
                          struct buffer *scratch,
                          int (*visit)(void *user, size_t column, const char *text, size_t len),
                          void *user)
{
    enum state state = AT_START;
    size_t column = 0, from = scratch->len;
    for (size_t i = 0; i <= len; i++) {
        int is_text = 0;
        if (i < len)
            state = step(dialect, state, raw[i], &is_text);
        if (is_text) {
            buffer_add_char(scratch, raw[i]);
        } else if (i == len || state == AT_START) {
            buffer_reserve(scratch, 1);
            if (!visit(user, column, scratch->data + from, scratch->len - from))
                scratch->len = from;
            from = scratch->len;
            column++;
        }
    }
    return column;
}

struct header_visit {
    struct reader *reader;
    size_t label_rank; /* which of the label names was found, the lowest so far */
    struct buffer names;
};

static int same_name(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && memcmp(name, text, len) == 0;
}

static int visit_header(void *user, size_t column, const char *text, size_t len)
{
    struct header_visit *visit = user;
    struct input *input = visit->reader->input;
    const struct input_settings *settings = input->settings;
    for (size_t i = 0; i < settings->n_names; i++) {
        if (input->text_columns[i] == SIZE_MAX && same_name(settings->names[i], text, len))
            input->text_columns[i] = column;
    }
    if (settings->id != NULL && input->id_column == SIZE_MAX && same_name(settings->id, text, len))
        input->id_column = column;
    for (size_t i = 0; i < visit->label_rank; i++) {
        if (same_name(settings->label_names[i], text, len)) {
            input->label_column = column;
            visit->label_rank = i;
        }
    }
    if (column > 0)
        buffer_add_string(&visit->names, ", ");
    buffer_add(&visit->names, text, len);
    return 0;
}

/* A column that is wanted and that the header row lacks; NULL: none. */
static const char *missing_column(const struct input *input)
{
    const struct input_settings *settings = input->settings;
    for (size_t i = 0; i < settings->n_names; i++) {
        if (input->text_columns[i] == SIZE_MAX)
            return settings->names[i];
    }
    if (settings->id != NULL && input->id_column == SIZE_MAX)
        return settings->id;
    return settings->n_label_names > 0 && input->label_column == SIZE_MAX ? settings->label_names[0]
                                                                          : NULL;
}

static int begin_table(struct reader *reader)
{
    struct input *input = reader->input;
    int is_open;
    if (!take_record(reader, &reader->head, &is_open))
        return 1; /* no header, no records */
    const char *raw = reader->head.data;
    size_t mark = byte_order_mark_len(raw, reader->head.len);
    size_t len = reader->head.len - mark - line_end_len(raw, reader->head.len);
    struct header_visit visit = {.reader = reader, .label_rank = input->settings->n_label_names};
    struct buffer scratch = {0};
    for (size_t i = 0; i < input->settings->n_names; i++)
        input->text_columns[i] = SIZE_MAX;
    input->id_column = SIZE_MAX;
    input->label_column = SIZE_MAX;
    input->n_columns =
        read_fields(dialect_of(input), raw + mark, len, &scratch, visit_header, &visit);
    const char *missing = missing_column(input);
    if (is_open)
        snprintf(reader->error, sizeof reader->error, "the header row has a quote without end");
    else if (missing != NULL)
        snprintf(reader->error, sizeof reader->error,
                 "the header row has no column '%.60s' (it has: %.*s); choose with --%s", missing,
                 (int)(visit.names.len < 120 ? visit.names.len : 120),
                 visit.names.data != NULL ? visit.names.data : "",
                 missing == input->settings->id               ? "id"
                 : missing == input->settings->label_names[0] ? "labels"
                                                              : "field");
    buffer_free(&scratch);
    buffer_free(&visit.names);
    return reader->error[0] == '\0';
}

static int next_row(struct reader *reader, struct batch *batch)
{
    if (reader->head.len == 0)
        return 0;
    for (;;) {
        size_t from = batch->bytes.len;
        int is_open;
        if (!take_record(reader, &batch->bytes, &is_open))
            return 0;
        size_t len = batch->bytes.len - from;
        /* As every reader of CSV does, skip empty lines; in a table of one column they are
         * records with an empty text. */
        if (reader->input->n_columns > 1 && len == line_end_len(batch->bytes.data + from, len)) {
            batch->bytes.len = from;
            continue;
        }
        struct record *record = batch_add(batch, ++reader->n_records);
        record->raw = from;
        record->raw_len = len;
        if (is_open)
            record->error = "a quoted field does not end";
        return 1;
    }
}

struct row_visit {
    const struct input *input;
    struct fields *fields;
};

static int visit_row(void *user, size_t column, const char *text, size_t len)
{
    struct row_visit *visit = user;
    struct fields *fields = visit->fields;
    const struct input *input = visit->input;
    int is_wanted = column == input->id_column || column == input->label_column;
    for (size_t i = 0; i < input->settings->n_names; i++) {
        if (column == input->text_columns[i]) {
            fields->texts[i] = (wn_text){text, len};
            is_wanted = 1;
        }
    }
    if (column == input->id_column) {
        fields->id = text;
        fields->id_len = len;
    }
    if (column == input->label_column) {
        fields->labels = text;
        fields->labels_len = len;
    }
    return is_wanted;
}

static void extract_row(const struct input *input, const struct record *record, const char *raw,
                        struct buffer *scratch, struct fields *fields)
{
    size_t len = record->raw_len - line_end_len(raw, record->raw_len);
    struct row_visit visit = {input, fields};
    size_t n = read_fields(dialect_of(input), raw, len, scratch, visit_row, &visit);
    if (n != input->n_columns) {
        snprintf(fields->error, sizeof fields->error, "%zu fields where the header row has %zu", n,
                 input->n_columns);
        fields->id = NULL; /* it may be another column's value */
        fields->labels = NULL;
    }
}

const struct input_kind input_csv = {
    .name = "csv",
    .suffixes = {".csv"},
    .has_fields = 1,
    .has_id = 1,
    .begin = begin_table,
    .next = next_row,
    .extract = extract_row,
};

const struct input_kind input_tsv = {
    .name = "tsv",
    .suffixes = {".tsv"},
    .has_fields = 1,
    .has_id = 1,
    .begin = begin_table,
    .next = next_row,
    .extract = extract_row,
};
