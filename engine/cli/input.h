/* input.h - the kinds of input, and the reader that cuts an input into records.
 *
 *     source -> kind->next (main thread) -> batch of raw records -> kind->extract (any thread)
 *
 * A new kind is one file with these functions and one line in the table in input.c.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "batch.h"
#include "source.h"
#include "winnow.h"

/* What the options say about all inputs. */
struct input_settings {
    const struct input_kind *kind; /* NULL: told from the file's name */
    const char **names;            /* [n_names] the columns or fields that hold the text */
    size_t n_names;                /* at least one; more where a model reads several fields */
    const char *id;                /* the one to pass through; NULL: none */
    const char *label_names[2]; /* [n_label_names] where the labels are: the first that is there */
    size_t n_label_names;       /* 0: nobody wants labels */
    wn_split_mode split;        /* text and wet */
    int is_whole;               /* text: the document is one record, to be split later */
};

/* One input file. Workers only read it; it outlives its batches. */
struct input {
    const char *path;
    struct buffer path_json; /* as a JSON string */
    const struct input_kind *kind;
    const struct input_settings *settings;
    size_t index;         /* among the inputs, from 0 */
    size_t *text_columns; /* csv and tsv: [n_names]; as all columns: SIZE_MAX where there is none */
    size_t id_column, label_column, n_columns;
    uint64_t n_paragraphs; /* text: how many there are */
};

/* Where the main thread stands in an input. */
struct reader {
    struct input *input;
    struct source *source;
    uint64_t n_records;   /* handed out so far */
    char error[256];      /* why the input cannot be used at all; "": it can */
    struct buffer head;   /* csv, tsv: the header as it stands in the file */
    struct buffer text;   /* text: the whole document */
    wn_ctx *ctx;          /* text: owns the spans */
    const wn_span *spans; /* text: [n_spans], offsets behind the byte order mark */
    size_t n_spans, next_span;
    size_t skipped; /* text: bytes of the byte order mark */
};

/* How the labels of a record stand in it. */
enum label_form {
    LABELS_PLAIN,   /* one label as it is */
    LABELS_JSON,    /* a JSON value: a string, or an array of strings */
    LABELS_FASTTEXT /* a line in which the words that begin with __label__ are labels */
};

/* What a worker takes out of a raw record. Strings lie in the raw bytes or in the scratch buffer.
 */
struct fields {
    wn_text *texts; /* [n_names] in memory of the caller; kinds without fields fill the first */
    const char *id; /* [id_len]; NULL: the record has none */
    size_t id_len;
    int id_is_json;     /* the id is a piece of JSON already */
    const char *labels; /* [labels_len]; NULL: the record has none, or nobody wants them */
    size_t labels_len;
    enum label_form label_form;
    char error[160]; /* why there is no text; "": there is */
};

struct input_kind {
    const char *name;
    const char *suffixes[3]; /* file name endings, NULL-terminated */
    int has_paragraphs;      /* a record is cut into paragraphs, or is one of a document */
    int has_fields;          /* --field has a meaning */
    int has_id;              /* --id has a meaning */

    /* Reads what stands before the first record. 0: the input cannot be used, see error. NULL:
     * nothing stands there. */
    int (*begin)(struct reader *reader);
    /* Appends one record to the batch; 0 at the end. */
    int (*next)(struct reader *reader, struct batch *batch);
    /* Fills *fields from a record without an error. scratch has room for raw_len + 1 bytes more, so
     * that it does not move. */
    void (*extract)(const struct input *input, const struct record *record, const char *raw,
                    struct buffer *scratch, struct fields *fields);
};

extern const struct input_kind input_text, input_lines, input_jsonl, input_csv, input_tsv,
    input_wet, input_fasttext;

/* NULL where no kind has that name. */
const struct input_kind *input_kind_named(const char *name);

/* The kind that a file name's ending tells, .gz and .zst aside; otherwise `otherwise`. A file of
 * plain text has no ending of its own: .txt is what otherwise says. */
const struct input_kind *input_kind_of(const char *path, const struct input_kind *otherwise);

/* Opens an input. Where its kind is NULL, its first byte tells: JSON Lines begin with a brace, else
 * it is fastText's. On failure reader->error says why. */
int reader_open(struct reader *reader, struct input *input);
void reader_close(struct reader *reader);

/* Fills an empty batch with the next records; it may stay empty. 0: the input has ended. */
int reader_fill(struct reader *reader, struct batch *batch);

/* The length of the text's line end: "", "\n" or "\r\n". */
size_t line_end_len(const char *line, size_t len);

/* 3 where text begins with a UTF-8 byte order mark, else 0. */
size_t byte_order_mark_len(const char *text, size_t len);

#endif
