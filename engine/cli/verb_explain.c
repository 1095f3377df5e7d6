/* verb_explain.c - winnow explain: which words made the answer. */
#include "common.h"
#include "escape.h"
#include "explanation.h"
#include "feed.h"
#include "gold.h"
#include "interrupt.h"
#include "message.h"
#include "names.h"
#include "sink.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct values {
    struct common common;
    const char *label;
    uint32_t k;
    int format;
};

static const char *const format_names[] = {"table", "jsonl", NULL};

enum { DEFAULT_TOP = 10, NGRAM_COLUMNS = 32, INDENT = 4 };

#define UNSET UINT32_MAX /* -k was not given */

#define AT(member) offsetof(struct values, member)

static const struct option options[] = {
    COMMON_MODEL,
    COMMON_VOCABULARY,
    {0, "label", OPTION_TEXT, AT(label), "NAME",
     "explain this label instead of the best one; models that\n"
     "lack it are left out",
     0, NULL},
    {'k', "top", OPTION_COUNT, AT(k), "N",
     "how many contributions to list; 0: all (default: 10 in a\n"
     "table, all in jsonl)",
     UNSET - 1, NULL},
    COMMON_SPLIT,
    COMMON_EXACT,
    COMMON_INPUT("text"),
    COMMON_FIELD,
    {0, "format", OPTION_CHOICE, AT(format), "KIND", "table or jsonl (default: table)", 0,
     format_names},
    COMMON_COLOUR,
    COMMON_QUIET,
};

struct run {
    struct values values;
    struct models models;
    struct plan plan;
    struct feed feed;
    wn_ctx *ctx;      /* for explaining; the worker's holds the predictions. One thread. */
    uint32_t *labels; /* [models.n] that of --label, NO_NAME: the model lacks it */
    size_t columns;
    int has_colour;
};

/* One model's answer for a paragraph, explained. */
struct explained {
    const struct loaded *loaded;
    const struct answer *answer;
    const wn_prediction *prediction;
    const wn_score *score; /* of the label; NULL: it is not among the scores */
    uint32_t label;
    wn_explanation explanation;
};

/* ---- JSON Lines ---- */

static void add_json_place(const struct explained *one, struct buffer *out)
{
    const struct answer *answer = one->answer;
    buffer_add_string(out, "{\"file\":");
    buffer_append(out, &answer->input->path_json);
    if (answer->record > 0)
        buffer_print(out, ",\"record\":%" PRIu64, answer->record);
    if (answer->paragraph > 0)
        buffer_print(out, ",\"paragraph\":%" PRIu64 ",\"begin\":%zu,\"end\":%zu", answer->paragraph,
                     answer->begin, answer->end);
    buffer_add_string(out, ",\"model\":");
    buffer_append(out, &one->loaded->name_json);
    size_t len;
    const char *label = models_label_json(one->loaded, one->label, &len);
    buffer_add_string(out, ",\"label\":");
    buffer_add(out, label, len);
}

static int compare_contributions(const void *a, const void *b)
{
    const wn_contribution *x = *(const wn_contribution *const *)a;
    const wn_contribution *y = *(const wn_contribution *const *)b;
    double x_size = fabs(x->value), y_size = fabs(y->value);
    if (x_size != y_size)
        return x_size > y_size ? -1 : 1;
    return x < y ? -1 : x > y; /* both are of one array, which is by place */
}

static void add_json(const struct run *run, const struct explained *one, struct buffer *out)
{
    const wn_explanation *explanation = &one->explanation;
    const struct answer *answer = one->answer;
    size_t n = explanation->n;
    const wn_contribution **sorted = take_zeroed(n, sizeof *sorted);
    for (size_t i = 0; i < n; i++)
        sorted[i] = &explanation->contributions[i];
    if (n > 1)
        qsort(sorted, n, sizeof *sorted, compare_contributions);
    if (run->values.k != UNSET && run->values.k > 0 && run->values.k < n)
        n = run->values.k;
    add_json_place(one, out);
    if (has_probabilities(one->loaded)) {
        buffer_add_string(out, ",\"p\":");
        escape_json_number(out, one->score != NULL ? one->score->probability : NAN, 6);
    }
    if (unsure_reason(one->prediction) != NULL)
        buffer_print(out, ",\"unsure\":\"%s\"", unsure_reason(one->prediction));
    buffer_add_string(out, ",\"logit\":");
    escape_json_number(out, explanation->logit, 9);
    buffer_add_string(out, ",\"bias\":");
    escape_json_number(out, explanation->bias, 9);
    buffer_add_string(out, ",\"contributions\":[");
    for (size_t i = 0; i < n; i++) {
        buffer_print(out, "%s{\"begin\":%zu,\"end\":%zu,\"text\":", i > 0 ? "," : "",
                     answer->begin + sorted[i]->begin, answer->begin + sorted[i]->end);
        escape_json(out, answer->text + sorted[i]->begin, sorted[i]->end - sorted[i]->begin);
        buffer_add_string(out, ",\"value\":");
        escape_json_number(out, sorted[i]->value, 9);
        buffer_add_char(out, '}');
    }
    buffer_add_string(out, "]}\n");
    free(sorted);
}

/* ---- Table ---- */

/* How much a word says, from -2 to 2, measured by the word that says most. */
static int level_of(double value, double most)
{
    double share = most > 0 ? fabs(value) / most : 0;
    int level = share >= 0.6 ? 2 : share >= 0.2 ? 1 : 0;
    return value < 0 ? -level : level;
}

static void add_word(const struct run *run, const char *text, size_t len, int level,
                     struct buffer *out)
{
    static const char *const colours[5] = {"1;31", "31", "", "32", "1;32"};
    static const char *const marks[5] = {"{--", "{-", "", "{+", "{++"};
    if (level != 0 && run->has_colour)
        buffer_print(out, "\x1b[%sm", colours[level + 2]);
    else
        buffer_add_string(out, marks[level + 2]);
    escape_terminal(out, text, len, run->columns - INDENT);
    if (level != 0)
        buffer_add_string(out, run->has_colour ? "\x1b[0m" : "}");
}

/* The paragraph, wrapped, its words marked by what they say. */
static void add_words(const struct run *run, const struct explained *one, struct buffer *out)
{
    size_t n, used = 0;
    double most = 0;
    const char *text = one->answer->text;
    struct word *words = explanation_words(text, one->answer->text_len, &one->explanation, &n);
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(words[i].value));
    for (size_t i = 0; i < n; i++) {
        int level = level_of(words[i].value, most);
        size_t len = words[i].end - words[i].begin;
        /* Marks take columns where there are no colours. */
        size_t width = escape_width(text + words[i].begin, len) +
                       (level != 0 && !run->has_colour ? (size_t)(2 + abs(level)) : 0);
        if (i == 0 || used + 1 + width > run->columns) {
            buffer_add_string(out, i > 0 ? "\n" : "");
            buffer_pad(out, INDENT);
            used = INDENT;
        } else {
            buffer_add_char(out, ' ');
            used++;
        }
        add_word(run, text + words[i].begin, len, level, out);
        used += width;
    }
    buffer_add_string(out, n > 0 ? "\n" : "");
    free(words);
}

static void add_ngrams(const struct run *run, const struct explained *one, struct buffer *out)
{
    size_t n, n_shown = run->values.k == UNSET ? DEFAULT_TOP : run->values.k;
    double rest = 0;
    struct ngram *ngrams = explanation_ngrams(one->answer->text, &one->explanation, &n);
    if (n_shown == 0 || n_shown > n)
        n_shown = n;
    for (size_t i = 0; i < n_shown; i++) {
        const struct ngram *ngram = &ngrams[i];
        const char *text = one->answer->text + ngram->begin;
        size_t len = ngram->end - ngram->begin;
        buffer_print(out, "    %+9.4f  ", ngram->value);
        if (len > 0)
            escape_cell(out, text, len, NGRAM_COLUMNS);
        else
            escape_cell(out, "(end of line)", 13, NGRAM_COLUMNS);
        buffer_print(out, "  %zu-%zu", one->answer->begin + ngram->begin,
                     one->answer->begin + ngram->end);
        if (ngram->n > 1)
            buffer_print(out, " and %zu more", ngram->n - 1);
        buffer_add_char(out, '\n');
    }
    for (size_t i = n_shown; i < n; i++)
        rest += ngrams[i].value;
    if (n_shown < n)
        buffer_print(out, "    %+9.4f  %zu others\n", rest, n - n_shown);
    free(ngrams);
}

static void add_table(const struct run *run, const struct explained *one, struct buffer *out)
{
    static const char *const unsure[3] = {"", ", unsure: below the threshold",
                                          ", unsure: nothing known of the text"};
    const struct answer *answer = one->answer;
    const wn_explanation *explanation = &one->explanation;
    size_t len;
    const char *label = wn_model_label(one->loaded->model, one->label, &len);
    label = gold_bare(label, &len);
    escape_terminal(out, answer->input->path, strlen(answer->input->path), run->columns);
    if (answer->record > 0)
        buffer_print(out, ", record %" PRIu64, answer->record);
    if (answer->paragraph > 0)
        buffer_print(out, ", paragraph %" PRIu64, answer->paragraph);
    buffer_add_string(out, run->has_colour ? ": \x1b[1m" : ": ");
    escape_terminal(out, one->loaded->name, strlen(one->loaded->name), run->columns);
    buffer_add_char(out, ' ');
    escape_terminal(out, label, len, run->columns);
    buffer_add_string(out, run->has_colour ? "\x1b[0m" : "");
    if (one->score != NULL && !isnan(one->score->probability))
        buffer_print(out, ", p %.4f", one->score->probability);
    if (one->prediction->decision <= WN_UNSURE_UNKNOWN)
        buffer_add_string(out, unsure[one->prediction->decision]);
    buffer_add_string(out, "\n\n");
    add_words(run, one, out);
    buffer_print(out, "\n    logit %.4f = bias %.4f and %+.4f from %zu feature%s\n",
                 explanation->logit, explanation->bias, explanation->logit - explanation->bias,
                 explanation->n, explanation->n == 1 ? "" : "s");
    add_ngrams(run, one, out);
    buffer_add_char(out, '\n');
}

/* ---- The run ---- */

/* Explains one model's answer. Returns NULL, or why it cannot be explained. */
static const char *explain(const struct run *run, size_t model, const struct answer *answer,
                           struct explained *one)
{
    const wn_prediction *prediction = &answer->predictions[model];
    *one = (struct explained){&run->models.items[model], answer, prediction, NULL,
                              run->labels[model],        {0}};
    if (run->values.label == NULL && prediction->n_scores == 0)
        return "the model has no answer";
    if (run->values.label == NULL)
        one->label = prediction->scores[0].label;
    for (uint32_t i = 0; i < prediction->n_scores && one->score == NULL; i++) {
        if (prediction->scores[i].label == one->label)
            one->score = &prediction->scores[i];
    }
    if (wn_explain(run->ctx, run->models.handles[model], answer->text, answer->text_len, one->label,
                   &one->explanation) != WN_OK)
        return wn_ctx_error(run->ctx)->message;
    return NULL;
}

static int add_answer(const struct plan *plan, struct batch *batch, const struct answer *answer)
{
    const struct run *run = plan->user;
    if (answer->error != NULL)
        return 0; /* counted and told already */
    for (size_t i = 0; i < run->models.n; i++) {
        struct explained one;
        if (run->values.label != NULL && run->labels[i] == NO_NAME)
            continue;
        const char *error = explain(run, i, answer, &one);
        if (error != NULL)
            batch_fail(batch, answer->record > 0 ? answer->record : answer->paragraph, error);
        else if (run->values.format == 0)
            add_table(run, &one, &batch->out);
        else
            add_json(run, &one, &batch->out);
    }
    return 0;
}

static void finish_batch(void *user, struct batch *batch)
{
    (void)user;
    sink_add(batch->out.data, batch->out.len);
}

/* Finds --label in the models. Returns an exit code; complains. */
static int find_labels(struct run *run)
{
    const char *wanted = run->values.label;
    size_t n_found = 0;
    run->labels = take_zeroed(run->models.n, sizeof *run->labels);
    for (size_t i = 0; i < run->models.n && wanted != NULL; i++) {
        run->labels[i] = NO_NAME;
        for (uint32_t j = 0; j < run->models.items[i].info.n_labels; j++) {
            size_t len;
            const char *label = wn_model_label(run->models.handles[i], j, &len);
            const char *bare = gold_bare(label, &len);
            int is_it = strlen(wanted) == len && memcmp(wanted, bare, len) == 0;
            if ((is_it || strcmp(wanted, label) == 0) && run->labels[i] == NO_NAME)
                run->labels[i] = j;
        }
        n_found += run->labels[i] != NO_NAME ? 1 : 0;
    }
    if (wanted != NULL && n_found == 0)
        return complain_of_usage("explain", "no model has the label '%.100s'", wanted);
    return EXIT_FINE;
}

static int check_models(const struct run *run)
{
    for (size_t i = 0; i < run->models.n; i++) {
        const struct loaded *loaded = &run->models.items[i];
        const char *reason = NULL;
        if (loaded->info.link == WN_LINK_HIERARCHICAL_SOFTMAX)
            reason = "hierarchical softmax has no logits that are sums";
        else if (loaded->info.n_fields > 1)
            reason = "a model of several fields";
        if (reason != NULL) {
            complain("%s: cannot be explained: %s", loaded->path, reason);
            return EXIT_BAD_USAGE;
        }
    }
    return EXIT_FINE;
}

static int explain_files(struct run *run, const struct words *files)
{
    const struct values *values = &run->values;
    struct plan *plan = &run->plan;
    if (files->n == 0 && isatty(STDIN_FILENO))
        return complain_of_usage("explain", "no file to explain");
    int code = common_check("explain", &values->common);
    if (code == EXIT_FINE)
        code = common_open_models(&values->common, files, &run->models);
    if (code == EXIT_FINE)
        code = check_models(run);
    if (code == EXIT_FINE)
        code = find_labels(run);
    if (code == EXIT_FINE)
        code = common_make_plan("explain", &values->common, &run->models, plan);
    if (code != EXIT_FINE)
        return code;
    if (wn_ctx_new(NULL, &run->ctx) != WN_OK)
        stop_for_memory();
    plan->options.k = values->label != NULL ? 0 : 1;
    plan->options.threshold = -DBL_MAX;
    plan->add = add_answer;
    plan->user = run;
    run->columns = terminal_columns();
    run->has_colour = terminal_has_colour(values->common.colour);
    run->feed = (struct feed){.plan = plan,
                              .finish = finish_batch,
                              .user = run,
                              .n_jobs = 1,
                              .is_quiet = values->common.is_quiet};
    code = feed_add_files(&run->feed, "explain", files, &input_text);
    if (code != EXIT_FINE)
        return code;
    feed_run(&run->feed);
    return feed_code(&run->feed);
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct run run = {.values = {.k = UNSET}};
    struct words files = {0};
    int code = args_parse(verb, argc, argv, &run.values, &files);
    if (code == ARGS_GO_ON)
        code = explain_files(&run, &files);
    wn_ctx_free(run.ctx);
    free(run.labels);
    free(run.plan.settings.names);
    feed_free(&run.feed);
    models_free(&run.models);
    common_free(&run.values.common);
    words_free(&files);
    return code;
}

static const char details[] =
    "For each paragraph (or record) and model: the best label, or that of --label, and what the\n"
    "text adds to its logit. A linear model's logit is its bias and a sum of contributions, one\n"
    "for each place of an n-gram; an n-gram that occurs several times is divided equally among\n"
    "its places. Models of several fields and hierarchical softmax cannot be explained.\n\n"
    "Table: the text with the words that speak for the label in green and those against it in\n"
    "red (bright: at least 60 % of the strongest word, plain: 20 %); without colours as {++word},\n"
    "{+word}, {-word}, {--word}. The contribution of an n-gram of several words is divided\n"
    "equally on its words. Below it the strongest n-grams, all places of one together, with the\n"
    "byte range of the first.\n\n"
    "jsonl: {\"file\", \"paragraph\", \"begin\", \"end\", \"model\", \"label\", \"p\", \"logit\", "
    "\"bias\",\n"
    "\"contributions\":[{\"begin\", \"end\", \"text\", \"value\"}...]}, one line for each "
    "paragraph "
    "and\n"
    "model, strongest contribution first; bias and contributions add up to the logit. Offsets\n"
    "are bytes: of a text in its file, of a record (\"record\" in place of the paragraph) or page\n"
    "in its own text.\n\n"
    "examples:\n"
    "  winnow explain article.txt\n"
    "  winnow explain -m topic --label sport -k 5 article.txt\n"
    "  winnow explain -m topic --format jsonl article.txt | jq -c '.contributions[0]'\n";

const struct verb verb_explain = {
    .name = "explain",
    .arguments = "[OPTION]... [FILE|-]...",
    .summary = "Show which words made the answer, and by how much",
    .details = details,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
