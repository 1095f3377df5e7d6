/* feed.c - all inputs of a run, through the workers, in the order of the input. */
#include "feed.h"

#include "escape.h"
#include "interrupt.h"
#include "message.h"
#include "sink.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PROCESSORS = 256 };

/* Returns an exit code; complains. */
static int check_fields(const char *verb, const struct plan *plan, const struct input *input)
{
    if (plan->fields_of == NULL || input->kind == NULL || input->kind->has_fields)
        return EXIT_FINE;
    return complain_of_usage(verb,
                             "%s: %s reads the fields %s, %s%s, which %s input has not; "
                             "--input jsonl, csv or tsv has",
                             input->path, plan->fields_of->name,
                             wn_model_field(plan->fields_of->model, 0),
                             wn_model_field(plan->fields_of->model, 1),
                             plan->fields_of->info.n_fields > 2 ? ", ..." : "", input->kind->name);
}

int feed_add_files(struct feed *feed, const char *verb, const struct words *files,
                   const struct input_kind *otherwise)
{
    int code = EXIT_FINE;
    static const char *const only_stdin[] = {"-"};
    const char *const *paths = files->n > 0 ? files->items : only_stdin;
    const struct input_settings *settings = &feed->plan->settings;
    feed->n_inputs = files->n > 0 ? files->n : 1;
    feed->inputs = take_zeroed(feed->n_inputs, sizeof *feed->inputs);
    for (size_t i = 0; i < feed->n_inputs; i++) {
        struct input *input = &feed->inputs[i];
        input->path = paths[i];
        escape_json(&input->path_json, paths[i], strlen(paths[i]));
        input->kind = settings->kind != NULL ? settings->kind : input_kind_of(paths[i], otherwise);
        input->settings = settings;
        input->index = i;
        input->text_columns = take_zeroed(settings->n_names, sizeof *input->text_columns);
        input->id_column = SIZE_MAX;
        input->label_column = SIZE_MAX;
        if (code == EXIT_FINE)
            code = check_fields(verb, feed->plan, input);
    }
    return code;
}

void feed_free(struct feed *feed)
{
    for (size_t i = 0; i < feed->n_inputs; i++) {
        free(feed->inputs[i].text_columns);
        buffer_free(&feed->inputs[i].path_json);
    }
    free(feed->inputs);
    feed->inputs = NULL;
    feed->n_inputs = 0;
}

int feed_code(const struct feed *feed)
{
    return feed->some_failed || feed->n_failed > 0 ? EXIT_SOME_FAILED : EXIT_FINE;
}

static void finish_batch(void *user, struct batch *batch)
{
    struct feed *feed = user;
    if (interrupted())
        return;
    if (batch->messages.len > 0)
        progress_wipe(&feed->progress);
    for (size_t at = 0; at < batch->messages.len; at += strlen(batch->messages.data + at) + 1)
        complain("%s", batch->messages.data + at);
    feed->n_records += batch->n;
    feed->n_failed += batch->n_failed;
    feed->n_answers += batch->n_answers;
    feed->finish(feed->user, batch);
    uint64_t n_bytes = feed->n_bytes_before;
    if (feed->reader.source != NULL)
        n_bytes += source_position(feed->reader.source);
    progress_update(&feed->progress, n_bytes, feed->n_records);
}

/* Messages keep the order of the inputs, as the output does. */
static void complain_of_input(struct feed *feed, struct queue *queue, const char *path,
                              const char *reason)
{
    queue_drain(queue);
    if (interrupted())
        return;
    progress_wipe(&feed->progress);
    complain("%s: %s", path, reason);
    feed->some_failed = 1;
}

static void read_input(struct feed *feed, struct queue *queue, struct input *input)
{
    struct reader *reader = &feed->reader;
    struct stat status;
    /* Opening a FIFO waits for its writer: what is known by then should be seen. */
    if (stat(input->path, &status) == 0 && S_ISFIFO(status.st_mode)) {
        queue_drain(queue);
        sink_flush();
    }
    int more = reader_open(reader, input);
    if (!more)
        complain_of_input(feed, queue, input->path, reader->error);
    else
        feed->n_read++;
    while (more && !interrupted() && !sink_has_failed()) {
        if (source_would_wait(reader->source)) {
            queue_drain(queue);
            sink_flush();
        }
        struct batch *batch = queue_take(queue);
        more = reader_fill(reader, batch);
        if (interrupted() || (batch->n == 0 && !batch->is_first))
            break;
        if (feed->look != NULL && feed->look(feed->user)) {
            queue_drain(queue);
            feed->take(feed->user);
        }
        queue_give(queue, batch);
    }
    if (reader->source != NULL && source_error(reader->source) != NULL)
        complain_of_input(feed, queue, input->path, source_error(reader->source));
    if (reader->source != NULL)
        feed->n_bytes_before += source_position(reader->source);
    reader_close(reader);
}

/* 0 where one of the inputs has no size: a pipe, a device. */
static uint64_t total_size(const struct feed *feed)
{
    uint64_t total = 0;
    for (size_t i = 0; i < feed->n_inputs; i++) {
        struct stat status;
        const char *path = feed->inputs[i].path;
        int failed = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &status) : stat(path, &status);
        if (failed == 0 && !S_ISREG(status.st_mode))
            return 0;
        total += failed == 0 ? (uint64_t)status.st_size : 0;
    }
    return total;
}

void feed_run(struct feed *feed)
{
    uint32_t n_jobs = feed->n_jobs;
    if (n_jobs == 0) {
        long n = sysconf(_SC_NPROCESSORS_ONLN);
        n_jobs = n > 0 && n < MAX_PROCESSORS ? (uint32_t)n : 1;
    }
    progress_begin(&feed->progress, feed->is_quiet);
    feed->progress.total = feed->progress.is_shown ? total_size(feed) : 0;
    void **workers = take_zeroed(n_jobs, sizeof *workers);
    for (uint32_t i = 0; i < n_jobs; i++)
        workers[i] = worker_new(feed->plan);
    struct queue_jobs jobs = {worker_run, finish_batch, feed};
    struct queue *queue = queue_new(&jobs, workers, n_jobs, feed->plan->models->n_tally);
    for (size_t i = 0; i < feed->n_inputs && !interrupted() && !sink_has_failed(); i++)
        read_input(feed, queue, &feed->inputs[i]);
    if (!interrupted())
        queue_drain(queue);
    queue_free(queue);
    progress_wipe(&feed->progress);
    for (uint32_t i = 0; i < n_jobs; i++)
        worker_free(workers[i]);
    free(workers);
}
