/* verb_classify.c - winnow classify: START READING HERE.
 *
 *     files -> reader (this thread) -> batches -> workers -> batches in order -> sink
 */
#include "args.h"
#include "classifier.h"
#include "interrupt.h"
#include "message.h"
#include "progress.h"
#include "queue.h"
#include "sink.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_JOBS = 256, DEFAULT_COLUMNS = 100, MIN_COLUMNS = 40 };

struct values {
    struct words models, keep;
    const char *field, *id, *vocabulary;
    double threshold;
    uint32_t k, n_jobs;
    int format, split, input, colour;
    int is_exact, with_text, with_stamp, is_quiet;
};

/* The orders are those of wn_split_mode and of the names that output.c and input.c know. */
static const char *const format_names[] = {"auto", "table", "jsonl", "tsv", "csv", NULL};
static const char *const split_names[] = {"auto", "line", "blank", "none", NULL};
static const char *const input_names[] = {"auto", "text", "lines", "jsonl",
                                          "csv",  "tsv",  "wet",   NULL};
static const char *const colour_names[] = {"auto", "always", "never", NULL};

#define AT(member) offsetof(struct values, member)

static const struct option options[] = {
    {'m', "model", OPTION_LIST, AT(models), "MODEL",
     "a model file, or the name of a shipped model; may be\n"
     "repeated (default: all shipped models)",
     0, NULL},
    {0, "vocabulary", OPTION_TEXT, AT(vocabulary), "FILE",
     "LIBLINEAR models: their terms, as for convert", 0, NULL},
    {'k', "top", OPTION_COUNT, AT(k), "N", "best labels to show per model; 0: all (default: 1)",
     UINT32_MAX, NULL},
    {0, "threshold", OPTION_NUMBER, AT(threshold), "P", "leave out labels below this probability",
     0, NULL},
    {0, "split", OPTION_CHOICE, AT(split), "MODE",
     "where paragraphs of text and wet end: auto, line,\n"
     "blank (lines), none (default: auto)",
     0, split_names},
    {0, "exact", OPTION_FLAG, AT(is_exact), NULL,
     "score as the reference implementation does, slower", 0, NULL},
    {0, "input", OPTION_CHOICE, AT(input), "KIND",
     "text, lines, jsonl, csv, tsv or wet (default: by the\n"
     "ending of the file name, else text)",
     0, input_names},
    {0, "field", OPTION_TEXT, AT(field), "NAME",
     "jsonl, csv, tsv: where the text is (default: text)", 0, NULL},
    {0, "id", OPTION_TEXT, AT(id), "NAME",
     "jsonl, csv, tsv: field to copy to the output; wet: the\n"
     "header (default for wet: WARC-Target-URI)",
     0, NULL},
    {0, "keep", OPTION_LIST, AT(keep), "COND",
     "filter: pass on, byte for byte, the records for which\n"
     "[MODEL:]LABEL>=P (or <P) holds; repeated: all must",
     0, NULL},
    {0, "format", OPTION_CHOICE, AT(format), "KIND",
     "table, jsonl, tsv or csv (default: table on a terminal,\n"
     "else jsonl)",
     0, format_names},
    {0, "text", OPTION_FLAG, AT(with_text), NULL, "add the text of each paragraph", 0, NULL},
    {0, "stamp", OPTION_FLAG, AT(with_stamp), NULL,
     "add version and checksum of the models to each record", 0, NULL},
    {0, "color", OPTION_CHOICE, AT(colour), "WHEN",
     "auto, always, never (default: auto, which minds NO_COLOR)", 0, colour_names},
    {'j', "jobs", OPTION_COUNT, AT(n_jobs), "N", "threads; 0: one per processor (default: 1)",
     MAX_JOBS, NULL},
    {'q', "quiet", OPTION_FLAG, AT(is_quiet), NULL, "no progress bar", 0, NULL},
};

/* One run. */
struct run {
    struct plan plan;
    struct models models;
    struct values values;
    struct input *inputs; /* [n_inputs] */
    size_t n_inputs;
    struct totals totals;
    uint64_t *tally;
    uint64_t n_records;
    uint64_t n_bytes_before; /* of the inputs that are done */
    struct buffer last_head;
    struct progress progress;
    struct reader reader; /* of the input that is being read; else all zero */
    int some_failed;
};

static size_t terminal_columns(void)
{
    struct winsize size = {0};
    size_t columns = 0;
    const char *told = getenv("COLUMNS");
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    else if (told != NULL)
        columns = strtoul(told, NULL, 10);
    if (columns == 0 || columns > 10000)
        columns = DEFAULT_COLUMNS;
    return columns < MIN_COLUMNS ? MIN_COLUMNS : columns;
}

static int wants_colour(int choice)
{
    const char *never = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    if (choice > 0)
        return choice == 1;
    return isatty(STDOUT_FILENO) && (never == NULL || *never == '\0') &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

static int open_models(struct run *run)
{
    struct paths paths = {0};
    int code = EXIT_FINE;
    for (size_t i = 0; i < run->values.models.n; i++)
        models_find(&paths, run->values.models.items[i]);
    if (paths.n == 0)
        code = models_find_shipped(&paths);
    if (code == EXIT_FINE)
        code = models_open(&run->models, &paths,
                           run->values.is_exact ? WN_SCORING_EXACT : WN_SCORING_FAST,
                           run->values.vocabulary);
    for (size_t i = 0; i < run->models.n && code == EXIT_FINE; i++) {
        if (run->models.items[i].info.n_fields > 0)
            continue;
        complain("%s: scores vectors, not text: name its terms with --vocabulary, or see "
                 "'winnow liblinear-predict --help'",
                 run->models.items[i].path);
        code = EXIT_BAD_USAGE;
    }
    paths_free(&paths);
    return code;
}

static int make_conditions(struct run *run)
{
    const struct words *texts = &run->values.keep;
    run->plan.conditions = take_zeroed(texts->n, sizeof *run->plan.conditions);
    for (size_t i = 0; i < texts->n; i++) {
        int code = keep_parse(texts->items[i], &run->models, &run->plan.conditions[i]);
        if (code != EXIT_FINE)
            return code;
    }
    run->plan.n_conditions = texts->n;
    return EXIT_FINE;
}

/* A raw model's scores have no natural zero: without a threshold none is left out. */
static double threshold_of(const struct run *run)
{
    for (size_t i = 0; i < run->models.n && run->values.threshold == 0; i++) {
        if (!has_probabilities(&run->models.items[i]))
            return -DBL_MAX;
    }
    return run->values.threshold;
}

static void make_layout(struct run *run)
{
    struct layout *layout = &run->plan.layout;
    layout->models = &run->models;
    layout->k = run->values.k;
    layout->with_text = run->values.with_text;
    layout->with_stamp = run->values.with_stamp;
    for (size_t i = 0; i < run->n_inputs; i++) {
        const struct input_kind *kind = run->inputs[i].kind;
        if (kind == &input_wet || (kind->has_id && run->values.id != NULL))
            layout->with_id = 1;
    }
    layout->has_colour = wants_colour(run->values.colour);
    layout->columns = terminal_columns();
    if (run->plan.output == &output_table)
        table_plan(layout);
}

static int make_plan(struct run *run)
{
    const struct values *values = &run->values;
    struct plan *plan = &run->plan;
    plan->models = &run->models;
    int is_filter = values->keep.n > 0;
    if (values->format > 0)
        plan->output = output_kind_named(format_names[values->format]);
    else
        plan->output = isatty(STDOUT_FILENO) ? &output_table : &output_jsonl;
    plan->options.size = sizeof plan->options;
    plan->options.k = is_filter ? 0 : values->k;
    plan->options.threshold = is_filter ? -DBL_MAX : threshold_of(run);
    plan->options.split = plan->settings.split;
    make_layout(run);
    run->tally = take_zeroed(run->models.n_tally, sizeof *run->tally);
    run->totals.tally = run->tally;
    return make_conditions(run);
}

/* Options that cannot mean anything for the input that was asked for. */
static int check_options(const struct values *values)
{
    const char *name = input_names[values->input];
    const struct input_kind *kind = input_kind_named(name);
    if (kind != NULL && values->split > 0 && !kind->has_paragraphs &&
        values->split != WN_SPLIT_NONE)
        return complain_of_usage("classify", "--split: records of %s are not split", name);
    if (kind != NULL && values->field != NULL && !kind->has_fields)
        return complain_of_usage("classify", "--field: %s input has no fields", name);
    if (kind != NULL && values->id != NULL && !kind->has_id)
        return complain_of_usage("classify", "--id: %s input has no ids", name);
    if (values->keep.n > 0 && values->format > 0)
        return complain_of_usage("classify", "--keep passes records on as they are: no --format");
    return EXIT_FINE;
}

static void make_inputs(struct run *run, const struct words *files)
{
    static const char *const only_stdin[] = {"-"};
    const char *const *paths = files->n > 0 ? files->items : only_stdin;
    struct input_settings *settings = &run->plan.settings;
    const struct values *values = &run->values;
    settings->kind = input_kind_named(input_names[values->input]);
    settings->field = values->field != NULL ? values->field : "text";
    settings->id = values->id;
    settings->split = values->split > 0 ? (wn_split_mode)values->split : WN_SPLIT_AUTO;
    run->n_inputs = files->n > 0 ? files->n : 1;
    run->inputs = take_zeroed(run->n_inputs, sizeof *run->inputs);
    for (size_t i = 0; i < run->n_inputs; i++) {
        struct input *input = &run->inputs[i];
        input->path = paths[i];
        input->kind = settings->kind != NULL ? settings->kind : input_kind_of(paths[i]);
        input->settings = settings;
        input->index = i;
        input->id_column = SIZE_MAX;
    }
}

/* ---- Output, in the order of the input ---------------------------------------------------- */

/* Records of two files must not run into each other where the first lacks its last line end. */
static void add_glue(const struct run *run, const struct batch *batch)
{
    int last = sink_last();
    if (last >= 0 && last != '\n')
        sink_add("\n", 1);
    if (last >= 0 && is_spaced(&run->plan, batch->input))
        sink_add("\n", 1);
}

static void finish_kept(struct run *run, const struct batch *batch)
{
    const struct buffer *head = &batch->head, *last = &run->last_head;
    int is_same = head->len == last->len &&
                  (head->len == 0 || memcmp(head->data, last->data, head->len) == 0);
    if (head->len > 0 && !is_same) {
        add_glue(run, batch);
        sink_add(head->data, head->len);
        run->last_head.len = 0;
        buffer_add(&run->last_head, head->data, head->len);
    }
    if (batch->out.len > 0) {
        add_glue(run, batch);
        sink_add(batch->out.data, batch->out.len);
    }
}

static void finish_batch(void *user, struct batch *batch)
{
    struct run *run = user;
    if (interrupted())
        return;
    if (batch->messages.len > 0)
        progress_wipe(&run->progress);
    for (size_t at = 0; at < batch->messages.len; at += strlen(batch->messages.data + at) + 1)
        complain("%s", batch->messages.data + at);
    run->n_records += batch->n;
    run->totals.n_failed += batch->n_failed;
    run->totals.n_answers += batch->n_answers;
    for (size_t i = 0; i < batch->n_tally; i++)
        run->tally[i] += batch->tally[i];
    if (run->plan.n_conditions > 0) {
        finish_kept(run, batch);
    } else {
        if (batch->is_first && run->plan.output->begin_input != NULL) {
            struct buffer heading = {0};
            run->plan.output->begin_input(&run->plan.layout, batch->input, &heading);
            sink_add(heading.data, heading.len);
            buffer_free(&heading);
        }
        sink_add(batch->out.data, batch->out.len);
    }
    uint64_t n_bytes = run->n_bytes_before;
    if (run->reader.source != NULL)
        n_bytes += source_position(run->reader.source);
    progress_update(&run->progress, n_bytes, run->n_records);
}

static void add_frame(struct run *run, int is_end)
{
    struct buffer frame = {0};
    const struct output_kind *output = run->plan.output;
    if (run->plan.n_conditions > 0)
        return;
    if (!is_end && output->begin != NULL)
        output->begin(&run->plan.layout, &frame);
    if (is_end && output->end != NULL)
        output->end(&run->plan.layout, &run->totals, &frame);
    if (frame.len > 0)
        sink_add(frame.data, frame.len);
    buffer_free(&frame);
}

/* ---- Input -------------------------------------------------------------------------------- */

/* Messages keep the order of the inputs, as the output does. */
static void complain_of_input(struct run *run, struct queue *queue, const char *path,
                              const char *reason)
{
    queue_drain(queue);
    if (interrupted())
        return;
    progress_wipe(&run->progress);
    complain("%s: %s", path, reason);
    run->some_failed = 1;
}

static void classify_input(struct run *run, struct queue *queue, struct input *input)
{
    struct reader *reader = &run->reader;
    struct stat status;
    /* Opening a FIFO waits for its writer: what is known by then should be seen. */
    if (stat(input->path, &status) == 0 && S_ISFIFO(status.st_mode)) {
        queue_drain(queue);
        sink_flush();
    }
    int more = reader_open(reader, input);
    if (!more)
        complain_of_input(run, queue, input->path, reader->error);
    else
        run->totals.n_inputs++;
    while (more && !interrupted() && !sink_has_failed()) {
        if (source_would_wait(reader->source)) {
            queue_drain(queue);
            sink_flush();
        }
        struct batch *batch = queue_take(queue);
        more = reader_fill(reader, batch);
        if (interrupted() || (batch->n == 0 && !batch->is_first))
            break;
        queue_give(queue, batch);
    }
    if (reader->source != NULL && source_error(reader->source) != NULL)
        complain_of_input(run, queue, input->path, source_error(reader->source));
    if (reader->source != NULL)
        run->n_bytes_before += source_position(reader->source);
    reader_close(reader);
}

static void run_all(struct run *run)
{
    uint32_t n_jobs = run->values.n_jobs;
    if (n_jobs == 0) {
        long n = sysconf(_SC_NPROCESSORS_ONLN);
        n_jobs = n > 0 && n < MAX_JOBS ? (uint32_t)n : 1;
    }
    void **workers = take_zeroed(n_jobs, sizeof *workers);
    for (uint32_t i = 0; i < n_jobs; i++)
        workers[i] = worker_new(&run->plan);
    struct queue_jobs jobs = {worker_run, finish_batch, run};
    struct queue *queue = queue_new(&jobs, workers, n_jobs, run->models.n_tally);
    add_frame(run, 0);
    for (size_t i = 0; i < run->n_inputs && !interrupted() && !sink_has_failed(); i++)
        classify_input(run, queue, &run->inputs[i]);
    if (!interrupted())
        queue_drain(queue);
    queue_free(queue);
    progress_wipe(&run->progress);
    if (!interrupted())
        add_frame(run, 1);
    for (uint32_t i = 0; i < n_jobs; i++)
        worker_free(workers[i]);
    free(workers);
}

/* 0 where one of the inputs has no size: a pipe, a device. */
static uint64_t total_size(const struct run *run)
{
    uint64_t total = 0;
    for (size_t i = 0; i < run->n_inputs; i++) {
        struct stat status;
        const char *path = run->inputs[i].path;
        int failed = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &status) : stat(path, &status);
        if (failed == 0 && !S_ISREG(status.st_mode))
            return 0;
        total += failed == 0 ? (uint64_t)status.st_size : 0;
    }
    return total;
}

static void free_run(struct run *run)
{
    words_free(&run->values.models);
    words_free(&run->values.keep);
    free(run->plan.layout.label_columns);
    free(run->plan.conditions);
    free(run->inputs);
    free(run->tally);
    buffer_free(&run->last_head);
    models_free(&run->models);
}

static int classify_files(struct run *run, const struct words *files)
{
    if (files->n == 0 && isatty(STDIN_FILENO))
        return complain_of_usage("", "no file to classify; usage: winnow [OPTION]... FILE...");
    int code = check_options(&run->values);
    if (code == EXIT_FINE) {
        make_inputs(run, files);
        code = open_models(run);
    }
    if (code == EXIT_FINE)
        code = make_plan(run);
    if (code != EXIT_FINE)
        return code;
    progress_begin(&run->progress, run->values.is_quiet);
    run->progress.total = run->progress.is_shown ? total_size(run) : 0;
    run_all(run);
    return run->some_failed || run->totals.n_failed > 0 ? EXIT_SOME_FAILED : EXIT_FINE;
}

static int classify(const struct verb *verb, int argc, char **argv)
{
    struct run run = {.values = {.k = 1, .n_jobs = 1}};
    struct words files = {0};
    int code = args_parse(verb, argc, argv, &run.values, &files);
    if (code == ARGS_GO_ON)
        code = classify_files(&run, &files);
    words_free(&files);
    free_run(&run);
    return code;
}

static const char details[] =
    "Output: a JSON object a line, {\"file\":..., \"paragraph\":1, \"begin\":0, \"end\":9,\n"
    "\"results\":{\"MODEL\":[{\"label\":..., \"p\":...}]}}, offsets in bytes of the input. Records "
    "of\n"
    "lines, jsonl, csv, tsv and wet have \"record\" in place of the paragraph, or before it.\n"
    "Models without probabilities give \"score\" in place of \"p\". A record that cannot be read\n"
    "is answered with \"error\", so that as many come out as go in.\n\n"
    "Files may be compressed with gzip or zstd. CSV is RFC 4180, TSV has no quoting; both\n"
    "begin with a header row, which --keep passes on. With --keep, a page of a WET file\n"
    "passes when one of its paragraphs matches.\n\n"
    "Shipped models are looked for in $WINNOW_MODELS (files or directories, a colon between\n"
    "two), beside the executable and under the install prefix.\n\n"
    "examples:\n"
    "  winnow article.txt\n"
    "  winnow -m topic -k 3 --threshold 0.1 article.txt\n"
    "  zcat pages.gz | winnow --input lines --format tsv > labels.tsv\n"
    "  winnow -j 4 --field body --id url --input jsonl crawl.jsonl.zst > labels.jsonl\n"
    "  winnow --keep 'editorial>=0.9' --keep 'promo:promotional<0.05' crawl.jsonl.gz\n"
    "  winnow --split none letters/*.txt\n";

const struct verb verb_classify = {
    .name = "classify",
    .arguments = "[OPTION]... [FILE|-]...",
    .summary = "Classify paragraphs of text; the verb itself may be left out",
    .details = details,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = classify,
};
