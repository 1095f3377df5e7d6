/* verb_classify.c - winnow classify: START READING HERE.
 *
 *     files -> reader (this thread) -> batches -> workers -> batches in order -> sink
 */
#include "common.h"
#include "feed.h"
#include "interrupt.h"
#include "keep.h"
#include "message.h"
#include "sink.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct values {
    struct common common;
    struct words keep;
    double threshold;
    uint32_t k;
    int format, with_text, with_stamp, with_context, is_watched;
};

/* The order is that of the names that output.c knows. */
static const char *const format_names[] = {"auto", "table", "jsonl", "tsv", "csv", NULL};

#define AT(member) offsetof(struct values, member)

static const struct option options[] = {
    COMMON_MODEL,
    COMMON_VOCABULARY,
    {'k', "top", OPTION_COUNT, AT(k), "N",
     "best labels to show per model; 0: all (default: 1; of\n"
     "multi-label models those that are chosen)",
     UINT32_MAX - 1, NULL},
    {0, "threshold", OPTION_NUMBER, AT(threshold), "P", "leave out labels below this probability",
     0, NULL},
    COMMON_SPLIT,
    {0, "context", OPTION_FLAG, AT(with_context), NULL,
     "text, wet: add what a paragraph's neighbours make of it", 0, NULL},
    COMMON_EXACT,
    COMMON_MAP,
    COMMON_INPUT("text"),
    COMMON_FIELD,
    {0, "id", OPTION_TEXT, AT(common.id), "NAME",
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
    {0, "watch", OPTION_FLAG, AT(is_watched), NULL,
     "go on with the new model when a model file is replaced\n"
     "(same labels; one that cannot be used is not taken)",
     0, NULL},
    COMMON_COLOUR,
    COMMON_JOBS,
    COMMON_QUIET,
};

/* One run. */
struct run {
    struct values values;
    struct models models;
    struct plan plan;
    struct feed feed;
    const struct output_kind *output;
    struct layout layout;
    struct condition *conditions; /* [n_conditions]; any: matching records are passed through */
    size_t n_conditions;
    uint64_t *tally; /* [models.n_tally] how often each label came first */
    struct buffer last_head;
};

static int make_conditions(struct run *run)
{
    const struct words *texts = &run->values.keep;
    run->conditions = take_zeroed(texts->n, sizeof *run->conditions);
    for (size_t i = 0; i < texts->n; i++) {
        int code = keep_parse(texts->items[i], &run->models, &run->conditions[i]);
        if (code != EXIT_FINE)
            return code;
    }
    run->n_conditions = texts->n;
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
    struct layout *layout = &run->layout;
    layout->models = &run->models;
    layout->k = run->values.k;
    layout->with_text = run->values.with_text;
    layout->with_stamp = run->values.with_stamp;
    layout->with_context = run->values.with_context;
    for (size_t i = 0; i < run->feed.n_inputs; i++) {
        const struct input_kind *kind = run->feed.inputs[i].kind;
        if (kind == &input_wet || (kind->has_id && run->values.common.id != NULL))
            layout->with_id = 1;
    }
    layout->has_colour = terminal_has_colour(run->values.common.colour);
    layout->columns = terminal_columns();
    if (run->output == &output_table)
        table_plan(layout);
}

/* ---- In the workers' threads -------------------------------------------------------------- */

/* Counts what is answered: the best label, of multi-label models each that is chosen; or that the
 * model is unsure. */
static void count(const struct run *run, struct batch *batch, const struct answer *answer)
{
    for (size_t i = 0; i < run->models.n; i++) {
        const struct loaded *loaded = &run->models.items[i];
        const wn_prediction *prediction = prediction_of(answer, i, run->layout.with_context);
        uint64_t *tally = batch->tally + loaded->first_tally;
        if (prediction->decision != WN_DECIDED)
            tally[loaded->info.n_labels]++;
        for (uint32_t j = 0; j < prediction->n_scores && prediction->decision == WN_DECIDED; j++) {
            if (loaded->info.is_multi_label ? prediction->scores[j].is_chosen : j == 0)
                tally[prediction->scores[j].label]++;
        }
    }
}

static int add_answer(const struct plan *plan, struct batch *batch, const struct answer *answer)
{
    const struct run *run = plan->user;
    if (answer->error == NULL)
        count(run, batch, answer);
    if (run->n_conditions > 0)
        return answer->error == NULL &&
               keep_holds(run->conditions, run->n_conditions, answer->predictions);
    run->output->add(&run->layout, answer, &batch->out);
    return 0;
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
    for (size_t i = 0; i < batch->n_tally; i++)
        run->tally[i] += batch->tally[i];
    if (run->n_conditions > 0) {
        finish_kept(run, batch);
        return;
    }
    if (batch->is_first && run->output->begin_input != NULL) {
        struct buffer heading = {0};
        run->output->begin_input(&run->layout, batch->input, &heading);
        sink_add(heading.data, heading.len);
        buffer_free(&heading);
    }
    sink_add(batch->out.data, batch->out.len);
}

/* ---- Models that change meanwhile --------------------------------------------------------- */

static int look(void *user)
{
    struct run *run = user;
    return models_look(&run->models);
}

/* What is known by a label's index follows the label. */
static void move_labels(void *user, size_t model, const uint32_t *to)
{
    struct run *run = user;
    const struct loaded *loaded = &run->models.items[model];
    uint32_t n = loaded->info.n_labels;
    uint64_t *tally = run->tally + loaded->first_tally, *before = take_zeroed(n, sizeof *before);
    memcpy(before, tally, n * sizeof *before);
    for (uint32_t i = 0; i < n; i++)
        tally[to[i]] = before[i];
    free(before);
    for (size_t i = 0; i < run->n_conditions; i++) {
        if (run->conditions[i].model == model)
            run->conditions[i].label = to[run->conditions[i].label];
    }
}

static void take(void *user)
{
    struct run *run = user;
    models_take(&run->models, move_labels, run);
}

static void add_frame(struct run *run, int is_end)
{
    struct buffer frame = {0};
    const struct output_kind *output = run->output;
    const struct feed *feed = &run->feed;
    const struct totals totals = {feed->n_read, feed->n_answers, feed->n_failed, run->tally};
    if (run->n_conditions > 0)
        return;
    if (!is_end && output->begin != NULL)
        output->begin(&run->layout, &frame);
    if (is_end && output->end != NULL)
        output->end(&run->layout, &totals, &frame);
    if (frame.len > 0)
        sink_add(frame.data, frame.len);
    buffer_free(&frame);
}

/* ---- The run ------------------------------------------------------------------------------ */

static int check_options(const struct values *values)
{
    if (values->keep.n > 0 && values->format > 0)
        return complain_of_usage("classify", "--keep passes records on as they are: no --format");
    if (values->keep.n > 0 && values->with_context)
        return complain_of_usage("classify", "--keep looks at a paragraph alone: no --context");
    return common_check("classify", &values->common);
}

/* How many labels to ask for: what -k says, or as few as the models show by default. */
static uint32_t labels_wanted(const struct run *run)
{
    size_t n_multi = 0;
    if (run->values.keep.n > 0)
        return 0;
    if (run->values.k != WN_K_CHOSEN)
        return run->values.k;
    for (size_t i = 0; i < run->models.n; i++)
        n_multi += run->models.items[i].info.is_multi_label ? 1 : 0;
    if (n_multi == run->models.n)
        return WN_K_CHOSEN;
    return n_multi > 0 ? 0 : 1;
}

static int check_context(const struct run *run)
{
    for (size_t i = 0; i < run->feed.n_inputs && run->values.with_context; i++) {
        const struct input *input = &run->feed.inputs[i];
        if (!input->kind->has_paragraphs)
            return complain_of_usage("classify", "--context: %s: records of %s have no neighbours",
                                     input->path, input->kind->name);
    }
    return EXIT_FINE;
}

static int prepare(struct run *run, const struct words *files)
{
    const struct values *values = &run->values;
    struct plan *plan = &run->plan;
    int is_filter = values->keep.n > 0;
    int code = check_options(values);
    run->models.is_watched = values->is_watched;
    if (code == EXIT_FINE)
        code = common_open_models(&values->common, files, &run->models);
    if (code == EXIT_FINE)
        code = common_make_plan("classify", &values->common, &run->models, plan);
    if (code != EXIT_FINE)
        return code;
    if (values->format > 0)
        run->output = output_kind_named(format_names[values->format]);
    else
        run->output = isatty(STDOUT_FILENO) ? &output_table : &output_jsonl;
    plan->options.k = labels_wanted(run);
    plan->options.context = values->with_context;
    plan->settings.is_whole = values->with_context;
    plan->options.threshold = is_filter ? -DBL_MAX : threshold_of(run);
    plan->add = add_answer;
    plan->user = run;
    run->feed = (struct feed){.plan = plan,
                              .finish = finish_batch,
                              .look = values->is_watched ? look : NULL,
                              .take = take,
                              .user = run,
                              .n_jobs = values->common.n_jobs,
                              .is_quiet = values->common.is_quiet};
    code = feed_add_files(&run->feed, "classify", files, &input_text);
    if (code == EXIT_FINE)
        code = check_context(run);
    if (code != EXIT_FINE)
        return code;
    make_layout(run);
    run->tally = take_zeroed(run->models.n_tally, sizeof *run->tally);
    return make_conditions(run);
}

static int classify_files(struct run *run, const struct words *files)
{
    if (files->n == 0 && isatty(STDIN_FILENO))
        return complain_of_usage("", "no file to classify; usage: winnow [OPTION]... FILE...");
    int code = prepare(run, files);
    if (code != EXIT_FINE)
        return code;
    add_frame(run, 0);
    feed_run(&run->feed);
    if (!interrupted())
        add_frame(run, 1);
    return feed_code(&run->feed);
}

static void free_run(struct run *run)
{
    common_free(&run->values.common);
    words_free(&run->values.keep);
    free(run->layout.label_columns);
    free(run->conditions);
    free(run->plan.settings.names);
    feed_free(&run->feed);
    free(run->tally);
    buffer_free(&run->last_head);
    models_free(&run->models);
}

static int classify(const struct verb *verb, int argc, char **argv)
{
    struct run run = {.values = {.common = {.n_jobs = 1}, .k = WN_K_CHOSEN}};
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
    "Models without probabilities give \"score\" in place of \"p\"; both have six digits. A "
    "record\n"
    "that cannot be read is answered with \"error\", so that as many come out as go in.\n\n"
    "A model is unsure of a text when no label is above the threshold that the model sets for it,\n"
    "or when it knows nothing of the text: \"unsure\":{\"MODEL\":\"below_threshold\" or "
    "\"unknown\"}\n"
    "stands behind the results then. Tables show ?LABEL and -. The answer comes first: the best\n"
    "label above its threshold, though another may be more probable and below its own. "
    "Multi-label\n"
    "models give every label that they choose, or none. With --context there is a \"context\" "
    "beside\n"
    "the results, the same after the neighbouring paragraphs have had their say (and\n"
    "\"context_unsure\"); tables show that instead. Models that read several fields, such as "
    "title\n"
    "and body, take them by their names from JSON Lines, CSV and TSV.\n\n"
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
    "  winnow --split none letters/*.txt\n"
    "  winnow --context --format tsv -k 2 article.txt\n";

const struct verb verb_classify = {
    .name = "classify",
    .arguments = "[OPTION]... [FILE|-]...",
    .summary = "Classify paragraphs of text; the verb itself may be left out",
    .details = details,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = classify,
};
