/* verb_convert.c - winnow convert: model files from one format into another. */
#include "args.h"
#include "input.h"
#include "lockdown.h"
#include "message.h"
#include "models.h"
#include "source.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

struct values {
    const char *name, *probes, *vocabulary;
    int keep, to;
};

/* In the order of wn_keep and wn_format. */
static const char *const keep_names[] = {"source", "exact", "fast", "both", NULL};
static const char *const format_names[] = {"winnow", "json", NULL};

#define AT(member) offsetof(struct values, member)

static const struct option options[] = {
    {0, "keep", OPTION_CHOICE, AT(keep), "ROWS",
     "exact: reproduces the reference, folds when it is opened;\n"
     "fast: smallest, cannot score exactly; both; source: what\n"
     "IN holds (default)",
     0, keep_names},
    {0, "to", OPTION_CHOICE, AT(to), "FORMAT", "winnow or json (default: by the ending of OUT)", 0,
     format_names},
    {0, "name", OPTION_TEXT, AT(name), "NAME", "the new model's name", 0, NULL},
    {0, "probes", OPTION_TEXT, AT(probes), "FILE",
     "store each line of FILE as a probe, with scores computed now", 0, NULL},
    {0, "vocabulary", OPTION_TEXT, AT(vocabulary), "FILE",
     "LIBLINEAR models: the terms of feature 1, 2, ..., a line\n"
     "each. Without it the model scores vectors, not text",
     0, NULL},
};

static int ends_with(const char *path, const char *suffix)
{
    size_t len = strlen(path), suffix_len = strlen(suffix);
    return len > suffix_len && strcasecmp(path + len - suffix_len, suffix) == 0;
}

static int choose_format(const struct values *values, const char *out, wn_format *format)
{
    if (values->to >= 0)
        *format = (wn_format)values->to;
    else if (ends_with(out, ".json"))
        *format = WN_FORMAT_JSON;
    else if (ends_with(out, ".winnow"))
        *format = WN_FORMAT_WINNOW;
    else
        return complain_of_usage("convert",
                                 "%s: ends in neither .winnow nor .json; say --to FORMAT", out);
    return EXIT_FINE;
}

/* The lines of a file without their line ends; empty ones are left out. */
struct probes {
    struct buffer bytes;
    wn_text *texts; /* [n] */
    size_t n;
};

static int read_probes(const char *path, struct probes *probes)
{
    const char *reason, *line;
    size_t len, cap = 0;
    struct source *source = source_open(path, 0, &reason);
    if (source == NULL) {
        complain("%s: %s", path, reason);
        return EXIT_SOME_FAILED;
    }
    while (source_line(source, &line, &len)) {
        len -= line_end_len(line, len);
        if (len == 0)
            continue;
        if (probes->n == cap) {
            cap = cap > 0 ? cap * 2 : 64;
            probes->texts = grow_memory(probes->texts, cap, sizeof *probes->texts);
        }
        buffer_add(&probes->bytes, line, len);
        probes->texts[probes->n++].len = len;
    }
    int failed = source_error(source) != NULL;
    if (failed)
        complain("%s: %s", path, source_error(source));
    else if (probes->n == 0)
        complain("%s: no lines to make probes of", path);
    source_close(source);
    /* The buffer has stopped moving. */
    size_t at = 0;
    for (size_t i = 0; i < probes->n; i++) {
        probes->texts[i].data = probes->bytes.data + at;
        at += probes->texts[i].len;
    }
    return failed || probes->n == 0 ? EXIT_SOME_FAILED : EXIT_FINE;
}

/* The new file takes the name from whatever has it: a device or a FIFO must not lose it. */
static int check_out(const char *out)
{
    struct stat status;
    if (stat(out, &status) == 0 && !S_ISREG(status.st_mode)) {
        complain("%s: not a regular file, left alone", out);
        return EXIT_BAD_USAGE;
    }
    return EXIT_FINE;
}

static int convert(const struct values *values, const char *in, const char *out)
{
    wn_convert_options settings = {.size = sizeof settings};
    struct probes probes = {0};
    struct buffer terms = {0};
    wn_error error;
    int code = choose_format(values, out, &settings.format);
    if (code == EXIT_FINE)
        code = check_out(out);
    lockdown_read(in);
    lockdown_read(values->probes);
    lockdown_read(values->vocabulary);
    lockdown_replace(out);
    lockdown_begin();
    if (code == EXIT_FINE)
        code = models_read_vocabulary(values->vocabulary, &terms);
    if (code == EXIT_FINE && values->probes != NULL)
        code = read_probes(values->probes, &probes);
    if (code == EXIT_FINE) {
        settings.keep = (wn_keep)values->keep;
        settings.name = values->name;
        settings.probes = probes.texts;
        settings.n_probes = probes.n;
        settings.vocabulary = (wn_text){terms.data, terms.len};
        wn_status status = wn_convert(in, out, &settings, &error);
        if (status != WN_OK) {
            complain_of_model(strstr(error.message, out) != NULL ? out : in, &error);
            code = EXIT_BAD_USAGE;
        }
    }
    buffer_free(&terms);
    buffer_free(&probes.bytes);
    free(probes.texts);
    return code;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct values values = {.to = -1};
    struct words operands = {0};
    int code = args_parse(verb, argc, argv, &values, &operands);
    if (code == ARGS_GO_ON && operands.n != 2)
        code = complain_of_usage("convert", "needs two files: IN and OUT");
    else if (code == ARGS_GO_ON)
        code = convert(&values, operands.items[0], operands.items[1]);
    words_free(&operands);
    return code;
}

const struct verb verb_convert = {
    .name = "convert",
    .arguments = "[OPTION]... IN OUT",
    .summary = "Write a model in another format: any to .winnow or JSON",
    .details =
        "IN is any model that winnow reads. OUT gets its name only when it is complete, so\n"
        "that it may be IN, or a file that another program is about to open. Until then, and\n"
        "whatever fails, OUT is the old file. A run that is killed may leave OUT.tmp-*.\n\n"
        "The features of a LIBLINEAR model with --vocabulary are counts of lower-case words of\n"
        "two characters or more, and of their n-grams, up to the longest in FILE.\n\n"
        "examples:\n"
        "  winnow convert lid.176.ftz lid.winnow\n"
        "  winnow convert --keep fast --name lang lid.176.ftz lang.winnow\n"
        "  winnow convert topic.winnow topic.json\n"
        "  winnow convert --vocabulary terms.txt train.model train.winnow\n"
        "  winnow convert --probes sentences.txt model.bin model.winnow\n",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
