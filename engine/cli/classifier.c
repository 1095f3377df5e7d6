/* classifier.c - what a worker does to a batch.
 *
 *     raw record -> kind->extract -> texts -> wn_classify_batch -> plan->add
 *
 * Pages, which have paragraphs of their own, go through wn_classify one by one.
 */
#include "classifier.h"

#include "message.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct worker {
    const struct plan *plan;
    wn_ctx *ctx;
    struct fields *fields; /* [cap] of the batch's records */
    wn_text *all_texts;    /* [cap][n_names] what the fields point into */
    wn_text *texts;        /* [cap][n_names] of the records without an error */
    size_t cap;
    struct buffer scratch, joined;
};

struct worker *worker_new(const struct plan *plan)
{
    struct worker *worker = take_zeroed(1, sizeof *worker);
    worker->plan = plan;
    if (wn_ctx_new(NULL, &worker->ctx) != WN_OK)
        stop_for_memory();
    return worker;
}

void worker_free(struct worker *worker)
{
    if (worker == NULL)
        return;
    wn_ctx_free(worker->ctx);
    free(worker->fields);
    free(worker->all_texts);
    free(worker->texts);
    buffer_free(&worker->scratch);
    buffer_free(&worker->joined);
    free(worker);
}

int is_spaced(const struct plan *plan, const struct input *input)
{
    return input->kind == &input_text && plan->settings.split != WN_SPLIT_LINE;
}

/* What an answer shows as the text: the field, or a line for each of several. */
static wn_text text_of(struct worker *worker, const struct fields *fields)
{
    size_t n = worker->plan->settings.n_names;
    struct buffer *joined = &worker->joined;
    if (n == 1)
        return fields->texts[0];
    joined->len = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buffer_add_char(joined, '\n');
        buffer_add(joined, fields->texts[i].data, fields->texts[i].len);
    }
    return (wn_text){joined->data, joined->len};
}

static void start_answer(struct worker *worker, const struct batch *batch,
                         const struct record *record, const struct fields *fields,
                         struct answer *answer)
{
    wn_text text = text_of(worker, fields);
    *answer = (struct answer){
        .input = batch->input,
        .id = fields->id,
        .id_len = fields->id_len,
        .id_is_json = fields->id_is_json,
        .text = text.data,
        .text_len = text.len,
        .labels = fields->labels,
        .labels_len = fields->labels_len,
        .label_form = fields->label_form,
    };
    if (batch->input->kind == &input_text) {
        answer->paragraph = record->number;
        answer->begin = record->begin;
        answer->end = record->end;
    } else {
        answer->record = record->number;
    }
}

static void add_failure(struct worker *worker, struct batch *batch, const struct record *record,
                        const struct fields *fields, const char *error)
{
    struct answer answer;
    start_answer(worker, batch, record, fields, &answer);
    answer.error = error;
    batch_fail(batch, record->number, error);
    worker->plan->add(worker->plan, batch, &answer);
}

static void pass_through(const struct plan *plan, struct batch *batch, const struct record *record)
{
    if (is_spaced(plan, batch->input) && batch->out.len > 0)
        buffer_add_char(&batch->out, '\n');
    buffer_add(&batch->out, batch->bytes.data + record->raw, record->raw_len);
    if (batch->input->kind == &input_text)
        buffer_add_char(&batch->out, '\n');
}

/* Answers a record that is one paragraph. */
static void add_paragraph(struct worker *worker, struct batch *batch, const struct record *record,
                          const struct fields *fields, const wn_prediction *predictions)
{
    struct answer answer;
    start_answer(worker, batch, record, fields, &answer);
    answer.predictions = predictions;
    batch->n_answers++;
    if (worker->plan->add(worker->plan, batch, &answer))
        pass_through(worker->plan, batch, record);
}

/* Answers a page: each of its paragraphs. It is passed on if one of them says so. */
static void add_page(struct worker *worker, struct batch *batch, const struct record *record,
                     const struct fields *fields)
{
    const struct plan *plan = worker->plan;
    wn_result result;
    wn_text text = fields->texts[0];
    wn_status status = wn_classify(worker->ctx, plan->models->handles, plan->models->n, text.data,
                                   text.len, &plan->options, &result);
    /* A page without a paragraph is answered too: as an empty one. */
    if (status == WN_OK && result.n_paragraphs == 0)
        status = wn_classify_batch(worker->ctx, plan->models->handles, plan->models->n,
                                   &(wn_text){text.data, 0}, 1, &plan->options, &result);
    if (status != WN_OK) {
        add_failure(worker, batch, record, fields, wn_ctx_error(worker->ctx)->message);
        return;
    }
    struct answer answer;
    start_answer(worker, batch, record, fields, &answer);
    size_t origin = answer.begin; /* of a text in its file; offsets in a page are the page's */
    int is_passed = 0;
    for (size_t i = 0; i < result.n_paragraphs; i++) {
        const wn_paragraph *paragraph = &result.paragraphs[i];
        answer.paragraph = i + 1;
        answer.begin = origin + paragraph->begin;
        answer.end = origin + paragraph->end;
        answer.text = text.data + paragraph->begin;
        answer.text_len = paragraph->end - paragraph->begin;
        answer.predictions = paragraph->predictions;
        batch->n_answers++;
        is_passed |= plan->add(plan, batch, &answer);
    }
    if (is_passed)
        pass_through(plan, batch, record);
}

static void reserve(struct worker *worker, const struct batch *batch)
{
    size_t n_names = worker->plan->settings.n_names;
    if (batch->n > worker->cap) {
        worker->cap = batch->n;
        worker->fields = grow_memory(worker->fields, worker->cap, sizeof *worker->fields);
        worker->all_texts =
            grow_memory(worker->all_texts, worker->cap * n_names, sizeof *worker->all_texts);
        worker->texts = grow_memory(worker->texts, worker->cap * n_names, sizeof *worker->texts);
    }
    /* Texts and ids are never longer than the records: scratch does not move below. */
    if (worker->scratch.cap > 2 * (batch->bytes.len + 64) + 1024 * 1024)
        buffer_free(&worker->scratch);
    worker->scratch.len = 0;
    buffer_reserve(&worker->scratch, batch->bytes.len + 64);
}

/* Reads the fields of all records. Returns how many have their texts. */
static size_t extract_all(struct worker *worker, const struct batch *batch)
{
    size_t n_texts = 0, n_names = worker->plan->settings.n_names;
    for (size_t i = 0; i < batch->n; i++) {
        const struct record *record = &batch->records[i];
        struct fields *fields = &worker->fields[i];
        /* All but the room for an error, which is larger than the rest. */
        memset(fields, 0, offsetof(struct fields, error) + 1);
        fields->texts = worker->all_texts + i * n_names;
        for (size_t j = 0; j < n_names; j++)
            fields->texts[j] = (wn_text){"", 0};
        if (record->error != NULL)
            snprintf(fields->error, sizeof fields->error, "%s", record->error);
        else if (worker->plan->fields_of != NULL && !batch->input->kind->has_fields)
            snprintf(fields->error, sizeof fields->error,
                     "%.60s reads named fields, which %s input has not",
                     worker->plan->fields_of->name, batch->input->kind->name);
        else
            batch->input->kind->extract(batch->input, record, batch->bytes.data + record->raw,
                                        &worker->scratch, fields);
        if (fields->error[0] == '\0')
            memcpy(worker->texts + n_texts++ * n_names, fields->texts,
                   n_names * sizeof *fields->texts);
    }
    return n_texts;
}

static wn_status classify(struct worker *worker, size_t n_texts, wn_result *result)
{
    const struct plan *plan = worker->plan;
    const struct models *models = plan->models;
    if (plan->fields_of != NULL)
        return wn_classify_fields(worker->ctx, models->handles, models->n, plan->settings.names,
                                  plan->settings.n_names, worker->texts, n_texts, &plan->options,
                                  result);
    return wn_classify_batch(worker->ctx, models->handles, models->n, worker->texts, n_texts,
                             &plan->options, result);
}

void worker_run(void *argument, struct batch *batch)
{
    struct worker *worker = argument;
    const struct plan *plan = worker->plan;
    int is_paged = batch->input->kind->has_paragraphs &&
                   (batch->input->kind != &input_text || plan->settings.is_whole);
    reserve(worker, batch);
    size_t n_texts = extract_all(worker, batch);
    wn_result result = {0};
    wn_status status = WN_OK;
    if (n_texts > 0 && !is_paged)
        status = classify(worker, n_texts, &result);
    size_t next = 0;
    for (size_t i = 0; i < batch->n; i++) {
        const struct record *record = &batch->records[i];
        const struct fields *fields = &worker->fields[i];
        if (fields->error[0] != '\0')
            add_failure(worker, batch, record, fields, fields->error);
        else if (status != WN_OK)
            add_failure(worker, batch, record, fields, wn_ctx_error(worker->ctx)->message);
        else if (is_paged)
            add_page(worker, batch, record, fields);
        else
            add_paragraph(worker, batch, record, fields, result.paragraphs[next++].predictions);
    }
}
