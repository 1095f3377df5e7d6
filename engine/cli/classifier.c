/* classifier.c - what a worker does to a batch.
 *
 *     raw record -> kind->extract -> text -> wn_classify_batch -> output->add, or --keep
 *
 * Pages, which have paragraphs of their own, go through wn_classify one by one.
 */
#include "classifier.h"

#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct worker {
    const struct plan *plan;
    wn_ctx *ctx;
    struct fields *fields; /* [cap] of the batch's records */
    wn_text *texts;        /* [cap] of those that have a text */
    size_t cap;
    struct buffer scratch;
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
    free(worker->texts);
    buffer_free(&worker->scratch);
    free(worker);
}

int is_spaced(const struct plan *plan, const struct input *input)
{
    return input->kind == &input_text && plan->settings.split != WN_SPLIT_LINE;
}

static void start_answer(const struct batch *batch, const struct record *record,
                         const struct fields *fields, struct answer *answer)
{
    *answer = (struct answer){
        .input = batch->input,
        .id = fields->id,
        .id_len = fields->id_len,
        .id_is_json = fields->id_is_json,
        .text = fields->text,
        .text_len = fields->text_len,
    };
    if (batch->input->kind == &input_text) {
        answer->paragraph = record->number;
        answer->begin = record->begin;
        answer->end = record->end;
    } else {
        answer->record = record->number;
    }
}

static void add_failure(const struct plan *plan, struct batch *batch, const struct record *record,
                        const struct fields *fields, const char *error)
{
    struct answer answer;
    start_answer(batch, record, fields, &answer);
    answer.error = error;
    batch->n_failed++;
    buffer_print(&batch->messages, "%s:%llu: %s", batch->input->path,
                 (unsigned long long)record->number, error);
    buffer_add_char(&batch->messages, '\0');
    if (plan->n_conditions == 0)
        plan->output->add(&plan->layout, &answer, &batch->out);
}

static void count(const struct plan *plan, struct batch *batch, const wn_prediction *predictions)
{
    batch->n_answers++;
    for (size_t i = 0; i < plan->models->n; i++) {
        if (predictions[i].n_scores > 0)
            batch->tally[plan->models->items[i].first_tally + predictions[i].scores[0].label]++;
    }
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
static void add_paragraph(const struct plan *plan, struct batch *batch, const struct record *record,
                          const struct fields *fields, const wn_prediction *predictions)
{
    count(plan, batch, predictions);
    if (plan->n_conditions > 0) {
        if (keep_holds(plan->conditions, plan->n_conditions, predictions))
            pass_through(plan, batch, record);
        return;
    }
    struct answer answer;
    start_answer(batch, record, fields, &answer);
    answer.predictions = predictions;
    plan->output->add(&plan->layout, &answer, &batch->out);
}

/* Answers a page: each of its paragraphs, or, with --keep, the whole if one of them matches. */
static void add_page(struct worker *worker, struct batch *batch, const struct record *record,
                     const struct fields *fields)
{
    const struct plan *plan = worker->plan;
    wn_result result;
    wn_text text = {fields->text, fields->text_len};
    wn_status status = wn_classify(worker->ctx, plan->models->handles, plan->models->n, text.data,
                                   text.len, &plan->options, &result);
    /* A page without a paragraph is answered too: as an empty one. */
    if (status == WN_OK && result.n_paragraphs == 0)
        status = wn_classify_batch(worker->ctx, plan->models->handles, plan->models->n,
                                   &(wn_text){text.data, 0}, 1, &plan->options, &result);
    if (status != WN_OK) {
        add_failure(plan, batch, record, fields, wn_ctx_error(worker->ctx)->message);
        return;
    }
    struct answer answer;
    start_answer(batch, record, fields, &answer);
    int is_kept = 0;
    for (size_t i = 0; i < result.n_paragraphs; i++) {
        const wn_paragraph *paragraph = &result.paragraphs[i];
        count(plan, batch, paragraph->predictions);
        answer.paragraph = i + 1;
        answer.begin = paragraph->begin;
        answer.end = paragraph->end;
        answer.text = fields->text + paragraph->begin;
        answer.text_len = paragraph->end - paragraph->begin;
        answer.predictions = paragraph->predictions;
        if (plan->n_conditions == 0)
            plan->output->add(&plan->layout, &answer, &batch->out);
        else if (!is_kept)
            is_kept = keep_holds(plan->conditions, plan->n_conditions, paragraph->predictions);
    }
    if (is_kept)
        pass_through(plan, batch, record);
}

static void reserve(struct worker *worker, const struct batch *batch)
{
    if (batch->n > worker->cap) {
        worker->cap = batch->n;
        worker->fields = grow_memory(worker->fields, worker->cap, sizeof *worker->fields);
        worker->texts = grow_memory(worker->texts, worker->cap, sizeof *worker->texts);
    }
    /* Texts and ids are never longer than the records: scratch does not move below. */
    if (worker->scratch.cap > 2 * (batch->bytes.len + 64) + 1024 * 1024)
        buffer_free(&worker->scratch);
    worker->scratch.len = 0;
    buffer_reserve(&worker->scratch, batch->bytes.len + 64);
}

/* Reads the fields of all records. Returns how many have a text. */
static size_t extract_all(struct worker *worker, const struct batch *batch)
{
    size_t n_texts = 0;
    for (size_t i = 0; i < batch->n; i++) {
        const struct record *record = &batch->records[i];
        struct fields *fields = &worker->fields[i];
        *fields = (struct fields){.text = ""};
        if (record->error != NULL)
            snprintf(fields->error, sizeof fields->error, "%s", record->error);
        else
            batch->input->kind->extract(batch->input, record, batch->bytes.data + record->raw,
                                        &worker->scratch, fields);
        if (fields->error[0] == '\0')
            worker->texts[n_texts++] = (wn_text){fields->text, fields->text_len};
    }
    return n_texts;
}

void worker_run(void *argument, struct batch *batch)
{
    struct worker *worker = argument;
    const struct plan *plan = worker->plan;
    int is_paged = batch->input->kind->has_paragraphs && batch->input->kind != &input_text;
    reserve(worker, batch);
    size_t n_texts = extract_all(worker, batch);
    wn_result result = {0};
    wn_status status = WN_OK;
    if (n_texts > 0 && !is_paged)
        status = wn_classify_batch(worker->ctx, plan->models->handles, plan->models->n,
                                   worker->texts, n_texts, &plan->options, &result);
    size_t next = 0;
    for (size_t i = 0; i < batch->n; i++) {
        const struct record *record = &batch->records[i];
        const struct fields *fields = &worker->fields[i];
        if (fields->error[0] != '\0')
            add_failure(plan, batch, record, fields, fields->error);
        else if (status != WN_OK)
            add_failure(plan, batch, record, fields, wn_ctx_error(worker->ctx)->message);
        else if (is_paged)
            add_page(worker, batch, record, fields);
        else
            add_paragraph(plan, batch, record, fields, result.paragraphs[next++].predictions);
    }
}
