/* batch.c - a handful of records on their way from an input to the output. */
#include "batch.h"

#include "input.h"

#include <stdlib.h>
#include <string.h>

/* A batch that is read, scored and printed before it leaves the second level cache: with 1024
 * records the cheapest model of the bench took 4 % longer. */
enum { MAX_RECORDS = 256, MAX_BYTES = 256 * 1024 };

void batch_clear(struct batch *batch)
{
    batch->input = NULL;
    batch->is_first = 0;
    batch->bytes.len = 0;
    batch->n = 0;
    batch->head.len = 0;
    batch->out.len = 0;
    batch->messages.len = 0;
    batch->n_failed = 0;
    batch->n_answers = 0;
    if (batch->tally != NULL)
        memset(batch->tally, 0, batch->n_tally * sizeof *batch->tally);
    /* One huge record must not keep its memory for the rest of the run. */
    if (batch->bytes.cap > (size_t)32 * MAX_BYTES)
        buffer_free(&batch->bytes);
    if (batch->out.cap > (size_t)32 * MAX_BYTES)
        buffer_free(&batch->out);
}

void batch_free(struct batch *batch)
{
    buffer_free(&batch->bytes);
    buffer_free(&batch->head);
    buffer_free(&batch->out);
    buffer_free(&batch->messages);
    free(batch->records);
    free(batch->tally);
    *batch = (struct batch){0};
}

struct record *batch_add(struct batch *batch, uint64_t number)
{
    if (batch->n == batch->cap) {
        batch->cap = batch->cap > 0 ? batch->cap * 2 : 64;
        batch->records = grow_memory(batch->records, batch->cap, sizeof *batch->records);
    }
    struct record *record = &batch->records[batch->n++];
    *record = (struct record){.number = number, .raw = batch->bytes.len};
    return record;
}

void batch_fail(struct batch *batch, uint64_t number, const char *error)
{
    batch->n_failed++;
    buffer_print(&batch->messages, "%s:%llu: %s", batch->input->path, (unsigned long long)number,
                 error);
    buffer_add_char(&batch->messages, '\0');
}

int batch_is_full(const struct batch *batch)
{
    return batch->n >= MAX_RECORDS || batch->bytes.len >= MAX_BYTES;
}
