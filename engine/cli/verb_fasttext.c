/* verb_fasttext.c - winnow predict, predict-prob and test: fastText's command line, byte for byte.
 *
 * Arguments are read as the reference reads them (std::stoi, std::stof), lines end where it ends
 * them. Exit status: 1 where the reference exits with 1, 2 where it aborts.
 */
#include "args.h"
#include "interrupt.h"
#include "lockdown.h"
#include "message.h"
#include "models.h"
#include "sink.h"
#include "source.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct job {
    const wn_model *model;
    wn_ctx *ctx;
    int32_t k;
    float threshold;
    int with_probability;
    uint64_t n_lines, n_gold, n_predicted, n_right; /* test */
};

/* Handles one line of the reference; 0: stop. */
typedef int line_handler(struct job *job, const char *text, size_t len,
                         const wn_fasttext_line *line);

/* White space, sign, decimal digits; what follows is ignored. */
static int parse_k(const char *text, int32_t *k)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || errno == ERANGE || value < INT_MIN || value > INT_MAX) {
        complain("k: '%s' is not a number that fits", text);
        return 0;
    }
    *k = (int32_t)value;
    return 1;
}

/* As strtof in the C locale: hexadecimal, inf and nan too; what follows is ignored. */
static int parse_threshold(const char *text, float *threshold)
{
    char *end;
    errno = 0;
    *threshold = strtof(text, &end);
    if (end == text || errno == ERANGE) {
        complain("threshold: '%s' is not a number that fits", text);
        return 0;
    }
    return 1;
}

/* Predicts one line. A wrong k is an error only for a line that has features. */
static wn_status predict_line(struct job *job, const char *text, size_t len, wn_fasttext_line *line)
{
    if (job->k >= 1 || job->k == -1)
        return wn_fasttext_predict(job->ctx, job->model, text, len, job->k, job->threshold, line);
    wn_status status = wn_fasttext_predict(job->ctx, job->model, text, len, 1, -1.0f, line);
    if (status != WN_OK || line->n_scores == 0)
        return status;
    complain("k needs to be 1 or higher, or -1 for all labels");
    return WN_ERROR_ARGUMENT;
}

static int print_line(struct job *job, const char *text, size_t len, const wn_fasttext_line *line)
{
    (void)text;
    (void)len;
    for (uint32_t i = 0; i < line->n_scores; i++) {
        size_t label_len;
        const char *label = wn_model_label(job->model, line->scores[i].label, &label_len);
        if (i > 0)
            sink_add(" ", 1);
        sink_add(label, label_len);
        if (job->with_probability)
            sink_print(" %g", line->scores[i].probability);
    }
    sink_add("\n", 1);
    return 1;
}

static int is_gold(const wn_fasttext_line *line, uint32_t label)
{
    for (uint32_t i = 0; i < line->n_gold; i++) {
        if (line->gold[i] == label)
            return 1;
    }
    return 0;
}

/* Counts a line that has a label and a feature. */
static int count_line(struct job *job, const char *text, size_t len, const wn_fasttext_line *line)
{
    if (line->n_gold == 0)
        return 1;
    uint64_t n_right = 0;
    for (uint32_t i = 0; i < line->n_scores; i++)
        n_right += is_gold(line, line->scores[i].label) ? 1 : 0;
    uint64_t n_gold = line->n_gold, n_predicted = line->n_scores;
    if (n_predicted == 0) {
        /* No features, or none above the threshold: only the second counts. */
        wn_fasttext_line all;
        if (wn_fasttext_predict(job->ctx, job->model, text, len, 1, -1.0f, &all) != WN_OK)
            return 0;
        if (all.n_scores == 0)
            return 1;
    }
    job->n_lines++;
    job->n_gold += n_gold;
    job->n_predicted += n_predicted;
    job->n_right += n_right;
    return 1;
}

/* Feeds all lines of the input to the handler. Returns an exit code. */
static int for_each_line(struct job *job, struct source *source, line_handler *handle)
{
    for (;;) {
        const char *text;
        size_t len;
        if (source_would_wait(source))
            sink_flush();
        if (sink_has_failed() || !source_line(source, &text, &len))
            return EXIT_FINE;
        while (len > 0) {
            wn_fasttext_line line;
            if (predict_line(job, text, len, &line) != WN_OK) {
                if (job->k >= 1 || job->k == -1)
                    complain("%s", wn_ctx_error(job->ctx)->message);
                return EXIT_BAD_USAGE;
            }
            size_t consumed = line.consumed;
            if (!handle(job, text, len, &line) || consumed == 0 || consumed > len) {
                complain("%s", wn_ctx_error(job->ctx)->message);
                return EXIT_BAD_USAGE;
            }
            text += consumed;
            len -= consumed;
        }
    }
}

/* 3 significant digits, and nan where there is nothing to divide by, as the reference prints it. */
static void print_ratio(char name, int32_t k, uint64_t part, uint64_t whole)
{
    if (whole == 0)
        sink_print("%c@%" PRId32 "\tnan\n", name, k);
    else
        sink_print("%c@%" PRId32 "\t%.3g\n", name, k, (double)part / (double)whole);
}

static int open_model(const char *path, const wn_model **model)
{
    wn_open_options options = {.size = sizeof options, .scoring = WN_SCORING_EXACT};
    wn_error error;
    if (wn_model_open(path, &options, model, &error) != WN_OK) {
        complain_of_model(path, &error);
        return 0;
    }
    wn_model_info info = {.size = sizeof info};
    if (wn_model_get_info(*model, &info) == WN_OK && !info.is_fasttext) {
        complain("%s: not a fastText model", path);
        return 0;
    }
    return 1;
}

static int run_job(struct job *job, const char *const *words, int is_test)
{
    lockdown_read(words[0]);
    lockdown_read(words[1]);
    lockdown_begin();
    if (!open_model(words[0], &job->model))
        return EXIT_BAD_USAGE;
    if (wn_ctx_new(NULL, &job->ctx) != WN_OK)
        stop_for_memory();
    const char *reason;
    struct source *source = source_open(words[1], 1, &reason);
    if (source == NULL) {
        complain("%s: %s", words[1], reason);
        return EXIT_SOME_FAILED;
    }
    int code = for_each_line(job, source, is_test ? count_line : print_line);
    if (source_error(source) != NULL) {
        complain("%s: %s", words[1], source_error(source));
        code = EXIT_SOME_FAILED;
    }
    source_close(source);
    if (is_test && code == EXIT_FINE && !interrupted()) {
        sink_print("N\t%" PRIu64 "\n", job->n_lines);
        print_ratio('P', job->k, job->n_right, job->n_predicted);
        print_ratio('R', job->k, job->n_right, job->n_gold);
    }
    return code;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    /* No option parser: -1 is a value for k. */
    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
        args_help(verb);
        return EXIT_FINE;
    }
    if (argc < 2 || argc > 4) {
        complain_of_usage(verb->name, "usage: winnow %s %s", verb->name, verb->arguments);
        return EXIT_SOME_FAILED; /* as the reference */
    }
    struct job job = {.k = 1};
    job.with_probability = verb == &verb_predict_prob;
    if (argc > 2 && !parse_k(argv[2], &job.k))
        return EXIT_BAD_USAGE;
    if (argc > 3 && !parse_threshold(argv[3], &job.threshold))
        return EXIT_BAD_USAGE;
    int code = run_job(&job, (const char *const *)argv, verb == &verb_test);
    wn_ctx_free(job.ctx);
    wn_model_unref(job.model);
    return code;
}

static const char arguments[] = "MODEL FILE|- [K] [THRESHOLD]";

static const char predict_details[] =
    "MODEL is a fastText .bin or .ftz file, or one converted with its exact rows. Each line of\n"
    "the input gives one line of output, as fastText 0.9.2 prints it, to the byte: a token </s>\n"
    "ends a line, probabilities may be 1.00001. K: how many labels, -1 for all (default: 1).\n"
    "THRESHOLD: leave out labels below it (default: 0).\n\n"
    "examples:\n"
    "  winnow predict lid.176.ftz lines.txt\n"
    "  winnow predict-prob lid.176.ftz - 3 0.01 < lines.txt\n";

static const char test_details[] =
    "Each line of the input names its labels (__label__NAME) and holds the text. Prints the\n"
    "number of lines that have both, precision and recall at K, as fastText 0.9.2 does (which\n"
    "counts nothing where standard input is a pipe; here a pipe is as good as a file).\n\n"
    "examples:\n"
    "  winnow test model.bin test.txt\n"
    "  winnow test model.bin test.txt 5 0.1\n";

const struct verb verb_predict = {
    .name = "predict",
    .arguments = arguments,
    .summary = "Print the best labels of each line as fastText does",
    .details = predict_details,
    .run = run,
};

const struct verb verb_predict_prob = {
    .name = "predict-prob",
    .arguments = arguments,
    .summary = "Print the best labels with their probabilities as fastText does",
    .details = predict_details,
    .run = run,
};

const struct verb verb_test = {
    .name = "test",
    .arguments = arguments,
    .summary = "Measure precision and recall as fastText does",
    .details = test_details,
    .run = run,
};
