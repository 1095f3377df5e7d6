/* verb_eval.c - winnow eval: models held against labelled records.
 *
 *     files -> workers: scores and labels -> evaluation of each model -> table, JSON, HTML
 */
#include "common.h"
#include "feed.h"
#include "interrupt.h"
#include "lockdown.h"
#include "message.h"
#include "report.h"
#include "sink.h"

#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct values {
    struct common common;
    const char *html;
    uint32_t n_rounds, n_examples;
    int format;
};

static const char *const format_names[] = {"table", "json", "html", NULL};

enum { DEFAULT_ROUNDS = 1000, DEFAULT_EXAMPLES = 10, MAX_ROUNDS = 100000, MAX_EXAMPLES = 1000 };

#define AT(member) offsetof(struct values, member)

static const struct option options[] = {
    COMMON_MODEL,
    COMMON_VOCABULARY,
    COMMON_EXACT,
    {0, "input", OPTION_CHOICE, AT(common.input), "KIND",
     "jsonl, csv, tsv or fasttext (default: by the ending of\n"
     "the file name, else by the first byte: jsonl or fasttext)",
     0, input_names},
    COMMON_FIELD,
    {0, "labels", OPTION_TEXT, AT(common.labels), "NAME",
     "jsonl, csv, tsv: where the labels are (default: labels,\n"
     "else label)",
     0, NULL},
    {0, "format", OPTION_CHOICE, AT(format), "KIND", "table, json or html (default: table)", 0,
     format_names},
    {0, "html", OPTION_TEXT, AT(html), "OUT", "write the HTML page into this file as well", 0,
     NULL},
    {0, "examples", OPTION_COUNT, AT(n_examples), "N",
     "how many of the most confident mistakes to show (default: 10)", MAX_EXAMPLES, NULL},
    {0, "bootstrap", OPTION_COUNT, AT(n_rounds), "N",
     "rounds for the 95 % intervals; 0: none (default: 1000)", MAX_ROUNDS, NULL},
    COMMON_COLOUR,
    COMMON_JOBS,
    COMMON_QUIET,
};

struct run {
    struct values values;
    struct models models;
    struct plan plan;
    struct collector collector;
    struct feed feed;
    struct evaluation *evaluations; /* [n_evaluations] */
    size_t n_evaluations;
};

static void finish_batch(void *user, struct batch *batch)
{
    struct run *run = user;
    struct collected answer;
    for (size_t at = 0; collect_next(batch, &at, &answer);) {
        for (size_t i = 0; i < run->n_evaluations; i++) {
            struct collected_model found = collected_model(&answer);
            evaluation_add(&run->evaluations[i], batch->input, &answer, &found);
        }
    }
}

/* Whether none of the labels in the data is the model's: it was made for something else. */
static int is_foreign(const struct evaluation *evaluation)
{
    for (uint32_t i = 0; i < evaluation->n_known; i++) {
        if (evaluation->labels[i].n_any > 0)
            return 0;
    }
    return evaluation->n > 0 && evaluation->names.n > evaluation->n_known;
}

/* Says what of the data the model cannot be measured by. Returns an exit code. */
static int complain_of_labels(const struct evaluation *evaluation)
{
    struct buffer labels = {0};
    enum { MAX_NAMED = 8 };
    int code = EXIT_FINE;
    for (uint32_t i = evaluation->n_known; i < evaluation->names.n; i++) {
        size_t len;
        const char *name = names_get(&evaluation->names, i, &len);
        if (i - evaluation->n_known < MAX_NAMED)
            buffer_print(&labels, "%s%.*s", labels.len > 0 ? ", " : "", (int)(len < 60 ? len : 60),
                         name);
    }
    if (evaluation->names.n > evaluation->n_known + MAX_NAMED)
        buffer_add_string(&labels, ", ...");
    buffer_add_char(&labels, '\0');
    if (evaluation->n_unknown > 0) {
        complain("%s: %llu record%s labels that the model lacks: %s", evaluation->loaded->name,
                 (unsigned long long)evaluation->n_unknown,
                 evaluation->n_unknown == 1 ? " has" : "s have", labels.data);
        code = EXIT_SOME_FAILED;
    }
    if (evaluation->n_unlabelled > 0) {
        complain("%s: %llu record%s not evaluated", evaluation->loaded->name,
                 (unsigned long long)evaluation->n_unlabelled,
                 evaluation->n_unlabelled == 1 ? " without a label is" : "s without a label are");
        code = EXIT_SOME_FAILED;
    }
    buffer_free(&labels);
    return code;
}

/* Among the shipped models, which nobody asked for by name, those that fit the data count. */
static void leave_out_foreign(struct run *run)
{
    size_t n = 0;
    for (size_t i = 0; i < run->n_evaluations; i++) {
        struct evaluation *evaluation = &run->evaluations[i];
        if (is_foreign(evaluation)) {
            complain("%s: left out, none of the labels in the data is this model's",
                     evaluation->loaded->name);
            evaluation_free(evaluation);
        } else {
            run->evaluations[n++] = *evaluation;
        }
    }
    run->n_evaluations = n;
}

static int write_page(const struct report *report, const char *path)
{
    struct buffer page = {0};
    report_html(report, &page);
    FILE *file = fopen(path, "wb");
    int failed = file == NULL || fwrite(page.data, 1, page.len, file) != page.len;
    int error = errno;
    if (file != NULL && fclose(file) != 0 && !failed) {
        failed = 1;
        error = errno;
    }
    if (failed)
        complain("%s: cannot be written: %s", path, strerror(error));
    buffer_free(&page);
    return failed ? EXIT_SOME_FAILED : EXIT_FINE;
}

static int worse(int a, int b)
{
    return a > b ? a : b;
}

static int report(struct run *run)
{
    static void (*const writers[])(const struct report *,
                                   struct buffer *) = {report_table, report_json, report_html};
    int code = feed_code(&run->feed);
    for (size_t i = 0; i < run->n_evaluations; i++)
        evaluation_finish(&run->evaluations[i], run->values.n_rounds);
    if (run->values.common.models.n == 0)
        leave_out_foreign(run);
    for (size_t i = 0; i < run->n_evaluations; i++)
        code = worse(code, complain_of_labels(&run->evaluations[i]));
    if (run->n_evaluations == 0) {
        complain("no model to evaluate; name one with -m");
        code = worse(code, EXIT_SOME_FAILED);
    }
    struct report report = {
        .items = run->evaluations,
        .n = run->n_evaluations,
        .feed = &run->feed,
        .columns = terminal_columns(),
        .has_colour = terminal_has_colour(run->values.common.colour),
    };
    struct buffer out = {0};
    writers[run->values.format](&report, &out);
    sink_add(out.data, out.len);
    buffer_free(&out);
    if (run->values.html != NULL)
        code = worse(code, write_page(&report, run->values.html));
    return code;
}

static int check_options(const struct common *common)
{
    const struct input_kind *kind = input_kind_named(input_names[common->input]);
    if (kind != NULL && !kind->has_fields && kind != &input_fasttext)
        return complain_of_usage("eval", "--input: records of %s have no labels", kind->name);
    return common_check("eval", common);
}

static int evaluate(struct run *run, const struct words *files)
{
    const struct values *values = &run->values;
    struct plan *plan = &run->plan;
    if (files->n == 0 && isatty(STDIN_FILENO))
        return complain_of_usage("eval", "no file with labelled records");
    int code = check_options(&values->common);
    if (code == EXIT_FINE && values->html != NULL)
        lockdown_write(values->html);
    if (code == EXIT_FINE)
        code = common_open_models(&values->common, files, &run->models);
    if (code == EXIT_FINE)
        code = common_make_plan("eval", &values->common, &run->models, plan);
    if (code != EXIT_FINE)
        return code;
    if (plan->settings.n_label_names == 0) {
        plan->settings.label_names[0] = "labels";
        plan->settings.label_names[1] = "label";
        plan->settings.n_label_names = 2;
    }
    plan->options.k = 0;
    plan->options.threshold = -DBL_MAX;
    plan->add = collect_add;
    plan->user = &run->collector;
    run->collector.wants_labels = 1;
    run->evaluations = take_zeroed(run->models.n, sizeof *run->evaluations);
    run->n_evaluations = run->models.n;
    for (size_t i = 0; i < run->models.n; i++) {
        evaluation_begin(&run->evaluations[i], &run->models.items[i], values->n_examples);
        run->collector.allows_none |= run->evaluations[i].is_multi;
    }
    run->feed = (struct feed){.plan = plan,
                              .finish = finish_batch,
                              .user = run,
                              .n_jobs = values->common.n_jobs,
                              .is_quiet = values->common.is_quiet};
    code = feed_add_files(&run->feed, "eval", files, NULL);
    if (code != EXIT_FINE)
        return code;
    feed_run(&run->feed);
    return interrupted() ? EXIT_INTERRUPTED : report(run);
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct run run = {.values = {.common = {.n_jobs = 1},
                                 .n_rounds = DEFAULT_ROUNDS,
                                 .n_examples = DEFAULT_EXAMPLES}};
    struct words files = {0};
    int code = args_parse(verb, argc, argv, &run.values, &files);
    if (code == ARGS_GO_ON)
        code = evaluate(&run, &files);
    for (size_t i = 0; i < run.n_evaluations; i++)
        evaluation_free(&run.evaluations[i]);
    free(run.evaluations);
    free(run.plan.settings.names);
    feed_free(&run.feed);
    models_free(&run.models);
    common_free(&run.values.common);
    words_free(&files);
    return code;
}

static const char details[] =
    "Records come as JSON Lines, CSV or TSV with a text and its label (or, in JSON, a list of\n"
    "labels, the first of them the primary one), or as fastText's lines: __label__X ... text.\n"
    "Models of several fields read them by their names. Files may be compressed.\n\n"
    "Figures, named as in scikit-learn where it has them:\n"
    "  accuracy         the best label is one of the record's; strict: it is the first\n"
    "  precision, ...   of a label: true positive when the best label is it and accepted, false\n"
    "                   negative when the record's first label is it and the best label is "
    "another\n"
    "                   one that is not accepted\n"
    "  macro F1         mean F1 of the labels that occur, in the data or in the answers\n"
    "  log loss, Brier  of the first label's p, at least 2^-52; sum over the labels of (p - y)^2\n"
    "  AP               average precision of a label: the area under its precision-recall steps\n"
    "  ECE              15 bins of equal mass by the best label's p: mean |right - p|\n"
    "  coverage         share of records for which a label is chosen, and the accuracy on them\n"
    "Multi-label models are measured by the sets that they choose: subset accuracy (exactly the\n"
    "listed labels), micro and macro F1, Hamming loss; log loss, Brier score and calibration over\n"
    "all pairs of a record and a label. Labels are compared without fastText's __label__.\n"
    "Intervals are 95 %, from a bootstrap over the records with a fixed seed (20231): the same\n"
    "data give the same output. There are at most 2e8 draws, with many records fewer rounds.\n\n"
    "Nothing is dropped in silence: records without text or label, and labels that the model\n"
    "lacks (which can never be right), are counted, told and end in exit status 1. Without -m,\n"
    "shipped models that share no label with the data are left out. Memory: for each record 8\n"
    "bytes a label, of models with more than 256 labels a few numbers (and no curves).\n\n"
    "json: an object with \"models\":[...], each with all figures. html: one page that needs no\n"
    "other file and no script.\n\n"
    "examples:\n"
    "  winnow eval -m topic dev.jsonl.gz\n"
    "  winnow eval -m new.winnow --html report.html --examples 50 dev.jsonl\n"
    "  winnow eval -m model.bin --input fasttext test.txt\n"
    "  winnow eval --format json -m topic dev.jsonl | jq '.models[0].macro_f1'\n";

const struct verb verb_eval = {
    .name = "eval",
    .arguments = "[OPTION]... [FILE|-]...",
    .summary = "Measure models on labelled records: accuracy, F1, calibration, curves",
    .details = details,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
