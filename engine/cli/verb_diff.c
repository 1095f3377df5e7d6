/* verb_diff.c - winnow diff: what a new model says otherwise than the old one. */
#include "common.h"
#include "comparison_report.h"
#include "feed.h"
#include "interrupt.h"
#include "message.h"
#include "sink.h"

#include <float.h>
#include <stdlib.h>
#include <unistd.h>

struct values {
    struct common common;
    double max_flips;
    uint32_t n_examples;
    int format;
};

static const char *const format_names[] = {"table", "json", NULL};

enum { DEFAULT_EXAMPLES = 10, MAX_EXAMPLES = 1000 };

#define AT(member) offsetof(struct values, member)

static const struct option options[] = {
    COMMON_VOCABULARY,
    COMMON_SPLIT,
    COMMON_EXACT,
    COMMON_INPUT("text"),
    COMMON_FIELD,
    {0, "labels", OPTION_TEXT, AT(common.labels), "NAME",
     "jsonl, csv, tsv: where the labels are; tells which flips\n"
     "became right",
     0, NULL},
    {0, "format", OPTION_CHOICE, AT(format), "KIND", "table or json (default: table)", 0,
     format_names},
    {0, "max-flips", OPTION_NUMBER, AT(max_flips), "P",
     "end with exit status 1 if more than this share of the\n"
     "answers flips (0.02: two of a hundred)",
     0, NULL},
    {0, "examples", OPTION_COUNT, AT(n_examples), "N",
     "how many of the hardest flips to show (default: 10)", MAX_EXAMPLES, NULL},
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
    struct comparison comparison;
};

static void finish_batch(void *user, struct batch *batch)
{
    struct run *run = user;
    struct collected answer;
    for (size_t at = 0; collect_next(batch, &at, &answer);) {
        struct collected_model found[2];
        found[0] = collected_model(&answer);
        found[1] = collected_model(&answer);
        comparison_add(&run->comparison, batch->input, &answer, found);
    }
}

static int report(struct run *run)
{
    const struct values *values = &run->values;
    int code = feed_code(&run->feed);
    struct buffer out = {0};
    comparison_finish(&run->comparison);
    if (values->format == 0)
        comparison_table(&run->comparison, terminal_columns(),
                         terminal_has_colour(values->common.colour), &out);
    else
        comparison_json(&run->comparison, &out);
    sink_add(out.data, out.len);
    buffer_free(&out);
    double share = comparison_flip_share(&run->comparison);
    if (share > values->max_flips) {
        complain("%.4g %% of the answers flip, --max-flips allows %.4g %%", 100 * share,
                 100 * values->max_flips);
        code = EXIT_SOME_FAILED;
    }
    return code;
}

static int compare(struct run *run, const struct words *words)
{
    const struct values *values = &run->values;
    struct plan *plan = &run->plan;
    struct words files = {words->items + 2, words->n > 2 ? words->n - 2 : 0};
    if (words->n < 2)
        return complain_of_usage("diff", "two models are needed: OLD and NEW");
    if (files.n == 0 && isatty(STDIN_FILENO))
        return complain_of_usage("diff", "no file to classify");
    struct common common = values->common;
    common.models = (struct words){words->items, 2};
    int code = common_check("diff", &common);
    if (code == EXIT_FINE)
        code = common_open_models(&common, &files, &run->models);
    if (code == EXIT_FINE)
        code = common_make_plan("diff", &common, &run->models, plan);
    if (code != EXIT_FINE)
        return code;
    plan->options.k = 0;
    plan->options.threshold = -DBL_MAX;
    plan->add = collect_add;
    plan->user = &run->collector;
    run->collector = (struct collector){
        .wants_labels = 1,
        .forgives_none = 1,
        .allows_none =
            run->models.items[0].info.is_multi_label || run->models.items[1].info.is_multi_label,
    };
    comparison_begin(&run->comparison, &run->models, values->n_examples);
    run->feed = (struct feed){.plan = plan,
                              .finish = finish_batch,
                              .user = run,
                              .n_jobs = common.n_jobs,
                              .is_quiet = common.is_quiet};
    code = feed_add_files(&run->feed, "diff", &files, &input_text);
    if (code != EXIT_FINE)
        return code;
    feed_run(&run->feed);
    return interrupted() ? EXIT_INTERRUPTED : report(run);
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct run run = {
        .values = {.common = {.n_jobs = 1}, .max_flips = DBL_MAX, .n_examples = DEFAULT_EXAMPLES}};
    struct words words = {0};
    int code = args_parse(verb, argc, argv, &run.values, &words);
    if (code == ARGS_GO_ON)
        code = compare(&run, &words);
    comparison_free(&run.comparison);
    free(run.plan.settings.names);
    feed_free(&run.feed);
    models_free(&run.models);
    common_free(&run.values.common);
    words_free(&words);
    return code;
}

static const char details[] =
    "How a retrained model is accepted: both models answer every text, and the answers are held\n"
    "against each other. OLD and NEW are model files or names of shipped models; labels are\n"
    "matched by name, without fastText's __label__. The answer is the best label; where one of\n"
    "the models is multi-label, the set of chosen labels. Texts come as for classify.\n\n"
    "A flip is a text whose answer differs. Of sets, each label that is lost (to -) and each that\n"
    "is gained (from -) is counted. Hardest flips: by the smaller of the two probabilities, of\n"
    "sets by the largest change of one. With labels (--labels, or --input fasttext): right is a\n"
    "best label that the text lists, of sets exactly the listed labels; McNemar's test is the\n"
    "exact binomial one over the texts that only one of the models gets right.\n\n"
    "Exit status: 1 also when more flips than --max-flips allows.\n\n"
    "examples:\n"
    "  winnow diff topic new/topic.winnow articles/*.txt\n"
    "  winnow diff old.winnow new.winnow --labels labels dev.jsonl.gz\n"
    "  winnow diff --max-flips 0.02 old.winnow new.winnow crawl.jsonl.zst > diff.txt || exit 1\n"
    "  winnow diff --format json old.winnow new.winnow dev.jsonl | jq '.kinds[:5]'\n";

const struct verb verb_diff = {
    .name = "diff",
    .arguments = "[OPTION]... OLD NEW [FILE|-]...",
    .summary = "Compare the answers of two models, such as an old and a retrained one",
    .details = details,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
