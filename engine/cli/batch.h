/* batch.h - a handful of records on their way from an input to the output. */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include "buffer.h"

#include <stdint.h>

struct input;

/* One record as it stands in the input. */
struct record {
    uint64_t number;     /* from 1: the record in its file; of a text the paragraph */
    size_t raw, raw_len; /* its bytes, line end included: a range of the batch's bytes */
    size_t begin, end;   /* text: the paragraph's byte offsets in the file; wet: the offsets of the
                          * page in the raw bytes; otherwise 0 */
    const char *error;   /* why it cannot be read (static); NULL: it can */
};

/* All records of a batch are of one input. The reader fills the first part, a worker the second. */
struct batch {
    const struct input *input;
    int is_first; /* the first batch of its input */
    struct buffer bytes;
    struct record *records; /* [cap], n used */
    size_t n, cap;
    struct buffer head; /* bytes that --keep passes before the first record: a CSV header */

    struct buffer out;      /* what goes to standard output */
    struct buffer messages; /* for stderr: strings, each with its NUL */
    size_t n_failed;        /* records that were answered with an error */
    uint64_t n_answers;     /* paragraphs and records that were answered without one */
    uint64_t *tally;        /* [all labels of all models] how often each came first; or NULL */
    size_t n_tally;
};

void batch_clear(struct batch *batch);
void batch_free(struct batch *batch);

/* Appends an empty record whose raw bytes begin at the end of batch->bytes. */
struct record *batch_add(struct batch *batch, uint64_t number);

/* Counts a record as failed and says so: "path:number: error". */
void batch_fail(struct batch *batch, uint64_t number, const char *error);

/* Whether the reader should begin the next batch. */
int batch_is_full(const struct batch *batch);

#endif
