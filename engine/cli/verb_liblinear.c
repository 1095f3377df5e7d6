/* verb_liblinear.c - winnow liblinear-predict: LIBLINEAR's command line, byte for byte.
 *
 *     line --tokens--> wn_vector --wn_classify_vectors--> logits --as the reference--> output file
 *
 * Lines are taken apart as the reference takes them apart (strtok, strtol, strtod). The library
 * sums the weights in the order of the reference, so that the logits are the same bits; what the
 * reference makes of them (sigmoids without a tail, 0 / 0) is done here, because the library's own
 * probabilities are more careful. Exit status: 1 wherever the reference exits with 1.
 * Source: Debian's liblinear-tools 2.3.0.
 */
#include "args.h"
#include "buffer.h"
#include "interrupt.h"
#include "lockdown.h"
#include "message.h"
#include "models.h"
#include "sink.h"
#include "source.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct values {
    int with_probability, is_quiet;
};

#define AT(member) offsetof(struct values, member)

static const char *const switches[] = {"0", "1", NULL};

static const struct option options[] = {
    {'b', "probability", OPTION_CHOICE, AT(with_probability), "0|1",
     "1: also the probability of each label; logistic regression\nonly (default: 0)", 0, switches},
    {'q', "quiet", OPTION_FLAG, AT(is_quiet), NULL, "no accuracy on standard output", 0, NULL},
};

/* Lines as the reference reads them. With no NUL in them they are lines; a NUL hides what follows
 * it in the same fgets, whose buffer starts with 1024 bytes and doubles, and only grows. */
struct lines {
    struct source *source;
    const char *rest; /* of the line that the source gave last */
    size_t n_rest;
    struct buffer text; /* the line, NUL-terminated */
    size_t max;         /* size of the reference's buffer */
};

/* Sums of the reference, for its figures. */
struct totals {
    int n, n_right;
    double error, p, t, pp, tt, pt; /* sums over predictions p and targets t */
};

struct job {
    const struct values *values;
    const wn_model *model;
    wn_ctx *ctx;
    wn_model_info info;
    int is_regression, is_reversed; /* reversed: the library has the two labels the other way */
    double *labels;                 /* [n_labels] */
    double *probabilities;          /* [n_labels], in the reference's order */
    wn_entry *entries;              /* [cap] */
    size_t n_entries, cap;
    FILE *out;
    struct totals totals;
};

/* ---- Model ---- */

static const char *const regressions[][2] = {
    /* What it is, and a classifier whose files look the same. */
    {"solver_type L2R_L2LOSS_SVR", "solver_type L2R_L2LOSS_SVC"},
    {"solver_type L2R_L2LOSS_SVR_DUAL", "solver_type L2R_L2LOSS_SVC"},
    {"solver_type L2R_L1LOSS_SVR_DUAL", "solver_type L2R_L2LOSS_SVC"},
    {"nr_class 2", "nr_class 1\nlabel 1"},
};

/* Reads a regression model as a classifier with one label, whose logit is the value wanted. Returns
 * 0 when it is none. */
static int read_regression(const char *path, struct buffer *image)
{
    const char *reason, *line;
    size_t len;
    int is_regression = 0, in_header = 1;
    struct source *source = source_open(path, 1, &reason);
    if (source == NULL)
        return 0;
    while (source_line(source, &line, &len)) {
        const char *instead = NULL;
        size_t bare = len - (len > 0 && line[len - 1] == '\n');
        bare -= bare > 0 && line[bare - 1] == '\r';
        in_header &= bare != 1 || line[0] != 'w';
        for (size_t i = 0; in_header && i < sizeof regressions / sizeof regressions[0]; i++) {
            if (strlen(regressions[i][0]) == bare && memcmp(line, regressions[i][0], bare) == 0)
                instead = regressions[i][1];
        }
        if (image->len == 0 && instead == NULL)
            break; /* another solver */
        is_regression = 1;
        if (instead != NULL)
            buffer_add_string(image, instead);
        buffer_add(image, instead != NULL ? line + bare : line, instead != NULL ? len - bare : len);
    }
    is_regression &= source_error(source) == NULL;
    source_close(source);
    return is_regression;
}

static int open_model(struct job *job, const char *path)
{
    wn_error error;
    struct buffer image = {0};
    wn_status status = wn_model_open(path, NULL, &job->model, &error);
    if (status == WN_ERROR_UNSUPPORTED && read_regression(path, &image)) {
        job->is_regression = 1;
        status = wn_model_open_memory(image.data, image.len, NULL, &job->model, &error);
    }
    buffer_free(&image);
    if (status == WN_OK)
        return 1;
    complain_of_model(path, &error);
    return 0;
}

/* Takes the labels for numbers; 0 when they are none. */
static int read_labels(struct job *job)
{
    uint32_t n = job->info.n_labels;
    job->labels = take_memory(n * sizeof *job->labels);
    job->probabilities = take_memory(n * sizeof *job->probabilities);
    for (uint32_t i = 0; i < n; i++) {
        char *end;
        const char *label = wn_model_label(job->model, i, NULL);
        errno = 0;
        long number = strtol(label, &end, 10);
        if (end == label || *end != '\0' || errno != 0)
            return 0;
        job->labels[i] = (double)number;
    }
    return 1;
}

/* Opens the model and sees whether the reference could have made it. */
static int load(struct job *job, const char *path)
{
    if (!open_model(job, path))
        return 0;
    job->info.size = sizeof job->info;
    if (wn_model_get_info(job->model, &job->info) != WN_OK)
        return 0;
    const wn_model_info *info = &job->info;
    int is_sigmoid = info->link == WN_LINK_SIGMOID && info->n_labels == 2;
    if (info->is_fasttext || info->n_blocks != 1 || info->is_multi_label || info->is_calibrated ||
        !(is_sigmoid || info->link == WN_LINK_ONE_VS_REST || info->link == WN_LINK_RAW) ||
        !read_labels(job)) {
        complain("%s: not a LIBLINEAR model: its labels are no numbers, or its scores differ",
                 path);
        return 0;
    }
    job->is_reversed = is_sigmoid;
    return 1;
}

/* ---- Lines ---- */

/* As fgets(text + at, size): up to size - 1 bytes, a line feed ends them. 0 at the end. */
static int get_part(struct lines *lines, size_t at, size_t size)
{
    if (lines->n_rest == 0 && !source_line(lines->source, &lines->rest, &lines->n_rest)) {
        lines->n_rest = 0;
        return 0;
    }
    size_t n = lines->n_rest < size - 1 ? lines->n_rest : size - 1;
    lines->text.len = at;
    buffer_add(&lines->text, lines->rest, n);
    buffer_add_char(&lines->text, '\0');
    lines->rest += n;
    lines->n_rest -= n;
    return 1;
}

/* Reads the next line into text; 0 at the end. */
static int get_line(struct lines *lines)
{
    if (!get_part(lines, 0, lines->max))
        return 0;
    while (strchr(lines->text.data, '\n') == NULL) {
        size_t at = strlen(lines->text.data);
        lines->max *= lines->max <= SIZE_MAX / 2 ? 2 : 1;
        if (!get_part(lines, at, lines->max - at))
            break;
    }
    return 1;
}

static void add_entry(struct job *job, uint32_t column, double value)
{
    if (job->n_entries == job->cap) {
        job->cap = job->cap > 0 ? job->cap * 2 : 256;
        job->entries = grow_memory(job->entries, job->cap, sizeof *job->entries);
    }
    job->entries[job->n_entries++] = (wn_entry){column, value};
}

/* Reads one feature; index: the last one before, and then this one. NULL: fine, else what is wrong.
 */
static const char *parse_feature(struct job *job, const char *name, const char *number, int *index)
{
    static const char wrong_format[] = "Wrong input format";
    char *end;
    errno = 0;
    int next = (int)strtol(name, &end, 10); /* of more than 32 bits the lower ones, as there */
    if (end == name || errno != 0 || *end != '\0' || next <= *index)
        return wrong_format;
    *index = next;
    double value = strtod(number, &end);
    if (end == number || errno != 0 || (*end != '\0' && !isspace((unsigned char)*end)))
        return wrong_format;
    if ((uint32_t)next > job->info.n_columns)
        return NULL;
    if (!isfinite(value))
        return "A value that is not finite";
    add_entry(job, (uint32_t)next - 1, value);
    return NULL;
}

/* Takes a line apart: a label, then features. Words behind the last colon are ignored. */
static const char *parse_line(struct job *job, char *text, double *target)
{
    char *save, *end;
    const char *label = strtok_r(text, " \t\n", &save);
    job->n_entries = 0;
    if (label == NULL)
        return "Wrong input format";
    *target = strtod(label, &end);
    if (end == label || *end != '\0')
        return "Wrong input format";
    for (int index = 0;;) {
        const char *name = strtok_r(NULL, ":", &save);
        const char *number = strtok_r(NULL, " \t", &save);
        if (number == NULL)
            return NULL;
        const char *wrong = parse_feature(job, name, number, &index);
        if (wrong != NULL)
            return wrong;
    }
}

/* ---- Scores ---- */

/* Where the reference has the library's label. */
static uint32_t place_of(const struct job *job, uint32_t label)
{
    return job->is_reversed ? 1 - label : label;
}

/* Probabilities of logits [n_labels], in place: written so that they round and overflow as the
 * reference's do. */
static void to_probabilities(double *values, uint32_t n, int is_binary)
{
    double sum = 0;
    if (is_binary) {
        values[0] = 1 / (1 + exp(-values[0]));
        values[1] = 1. - values[0];
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        values[i] = 1 / (1 + exp(-values[i]));
    for (uint32_t i = 0; i < n; i++)
        sum += values[i];
    for (uint32_t i = 0; i < n; i++)
        values[i] = values[i] / sum;
}

static void print_probabilities(struct job *job, const wn_prediction *prediction)
{
    for (uint32_t i = 0; i < prediction->n_scores; i++)
        job->probabilities[place_of(job, prediction->scores[i].label)] =
            prediction->scores[i].logit;
    to_probabilities(job->probabilities, job->info.n_labels, job->is_reversed);
    for (uint32_t i = 0; i < job->info.n_labels; i++)
        fprintf(job->out, " %g", job->probabilities[i]);
    fputc('\n', job->out);
}

static void count(struct totals *totals, double predicted, double target)
{
    totals->n++;
    totals->n_right += predicted == target;
    totals->error += (predicted - target) * (predicted - target);
    totals->p += predicted;
    totals->t += target;
    totals->pp += predicted * predicted;
    totals->tt += target * target;
    totals->pt += predicted * target;
}

/* The library's logits are finite: infinite sums are the largest double there. (So are those of
 * infinities of both signs, which the reference prints as -nan.) */
static double unclipped(double logit)
{
    return fabs(logit) < DBL_MAX ? logit : copysign(INFINITY, logit);
}

/* Scores the entries and prints the answer; 0 after a complaint. */
static int answer(struct job *job, double target)
{
    int with_probability = job->values->with_probability;
    wn_classify_options settings = {.size = sizeof settings, .k = with_probability ? 0 : 1};
    wn_vector vector = {job->entries, job->n_entries};
    wn_result result;
    if (wn_classify_vectors(job->ctx, job->model, &vector, 1, &settings, &result) != WN_OK) {
        complain("%s", wn_ctx_error(job->ctx)->message);
        return 0;
    }
    const wn_prediction *prediction = &result.paragraphs[0].predictions[0];
    const wn_score *best = &prediction->scores[0];
    double predicted = job->is_regression ? unclipped(best->logit) : job->labels[best->label];
    fprintf(job->out, with_probability ? "%g" : "%.17g\n", predicted);
    if (with_probability)
        print_probabilities(job, prediction);
    count(&job->totals, predicted, target);
    return 1;
}

static void print_label_line(const struct job *job)
{
    fputs("labels", job->out);
    for (uint32_t i = 0; i < job->info.n_labels; i++)
        fprintf(job->out, " %.0f", job->labels[place_of(job, i)]);
    fputc('\n', job->out);
}

/* The figures of the reference; without a line they are 0 / 0. */
static void print_figures(const struct totals *s, int is_regression)
{
    double n = s->n;
    if (!is_regression) {
        sink_print("Accuracy = %g%% (%d/%d)\n", s->n_right / n * 100, s->n_right, s->n);
        return;
    }
    sink_print("Mean squared error = %g (regression)\n", s->error / n);
    sink_print("Squared correlation coefficient = %g (regression)\n",
               ((n * s->pt - s->p * s->t) * (n * s->pt - s->p * s->t)) /
                   ((n * s->pp - s->p * s->p) * (n * s->tt - s->t * s->t)));
}

/* ---- All of it ---- */

/* Answers all lines. Returns an exit code. */
static int run_lines(struct job *job, struct lines *lines)
{
    if (job->values->with_probability)
        print_label_line(job);
    while (get_line(lines)) {
        double target;
        const char *wrong = parse_line(job, lines->text.data, &target);
        if (wrong != NULL) {
            complain_bare("%s at line %d", wrong, job->totals.n + 1);
            return EXIT_SOME_FAILED;
        }
        if (!answer(job, target))
            return EXIT_SOME_FAILED;
        if (ferror(job->out))
            break;
    }
    return EXIT_FINE;
}

static int run_model(struct job *job, struct lines *lines, const char *input, const char *model)
{
    if (!load(job, model)) {
        complain_bare("can't open model file %s", model);
        return EXIT_SOME_FAILED;
    }
    if (job->values->with_probability && (job->is_regression || job->info.link == WN_LINK_RAW)) {
        complain_bare("probability output is only supported for logistic regression");
        return EXIT_SOME_FAILED;
    }
    if (wn_ctx_new(NULL, &job->ctx) != WN_OK)
        stop_for_memory();
    int code = run_lines(job, lines);
    if (source_error(lines->source) != NULL) {
        complain("%s: %s", input, source_error(lines->source));
        code = EXIT_SOME_FAILED;
    }
    return code;
}

/* Opens the files in the order of the reference: what it has created or emptied before it fails,
 * is so here. */
static int run_job(struct job *job, const char *input, const char *model, const char *output)
{
    struct lines lines = {.max = 1024};
    const char *reason;
    /* "-" is a name like any other. */
    lines.source = source_open(strcmp(input, "-") == 0 ? "./-" : input, 1, &reason);
    if (lines.source == NULL) {
        complain_bare("can't open input file %s", input);
        return EXIT_SOME_FAILED;
    }
    int code = EXIT_SOME_FAILED;
    job->out = fopen(output, "w");
    if (job->out == NULL) {
        complain_bare("can't open output file %s", output);
    } else {
        lockdown_read(model);
        lockdown_begin();
        code = run_model(job, &lines, input, model);
        int failed = ferror(job->out);
        if (fclose(job->out) != 0 || failed) {
            complain("%s: cannot write: %s", output, strerror(errno));
            code = EXIT_SOME_FAILED;
        }
    }
    if (code == EXIT_FINE && !job->values->is_quiet && !interrupted())
        print_figures(&job->totals, job->is_regression);
    source_close(lines.source);
    buffer_free(&lines.text);
    return code;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct values values = {0};
    struct words operands = {0};
    int code = args_parse(verb, argc, argv, &values, &operands);
    if (code == ARGS_GO_ON && operands.n != 3) {
        code = complain_of_usage(verb->name, "usage: winnow %s %s", verb->name, verb->arguments);
    } else if (code == ARGS_GO_ON) {
        struct job job = {.values = &values};
        code = run_job(&job, operands.items[0], operands.items[1], operands.items[2]);
        free(job.labels);
        free(job.probabilities);
        free(job.entries);
        wn_ctx_free(job.ctx);
        wn_model_unref(job.model);
    }
    words_free(&operands);
    return code == EXIT_BAD_USAGE ? EXIT_SOME_FAILED : code; /* as the reference */
}

const struct verb verb_liblinear_predict = {
    .name = "liblinear-predict",
    .arguments = "[-b 0|1] [-q] TEST_FILE MODEL_FILE OUTPUT_FILE",
    .summary = "Classify vectors (svmlight format) as LIBLINEAR's predict does",
    .details =
        "MODEL_FILE is a file of liblinear-train, or one converted without a vocabulary. A line\n"
        "of TEST_FILE is a label (a number) and features: 'INDEX:VALUE', from 1 and ascending.\n"
        "OUTPUT_FILE and the accuracy on standard output are those of liblinear-predict 2.3.0, to\n"
        "the byte, regression models included. It differs where that tool is silent: a value that\n"
        "is no finite number, a damaged model, a full disk are errors here.\n\n"
        "examples:\n"
        "  winnow liblinear-predict test.svm train.model answers.txt\n"
        "  winnow liblinear-predict -b 1 test.svm train.model /dev/stdout\n",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
