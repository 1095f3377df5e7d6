/* verb_info.c - winnow info: what a model is. */
#include "args.h"
#include "escape.h"
#include "lockdown.h"
#include "message.h"
#include "models.h"
#include "sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct values {
    struct words models;
    const char *vocabulary;
    int is_json;
};

static const struct option options[] = {
    {'m', "model", OPTION_LIST, offsetof(struct values, models), "MODEL",
     "the same as MODEL without the option", 0, NULL},
    {0, "vocabulary", OPTION_TEXT, offsetof(struct values, vocabulary), "FILE",
     "LIBLINEAR models: their terms, as for convert", 0, NULL},
    {0, "json", OPTION_FLAG, offsetof(struct values, is_json), NULL,
     "a JSON object a line instead of a block for people", 0, NULL},
};

static const char *const link_names[] = {"softmax", "sigmoid", "one_vs_rest",
                                         "hierarchical_softmax", "raw"};

static const char *link_name(wn_link link)
{
    size_t n = sizeof link_names / sizeof link_names[0];
    return (size_t)link < n ? link_names[link] : "unknown";
}

/* A model is opened for fast scoring here; whether its file can score exactly, only a second
 * opening tells. */
static void look_for_exact_rows(struct loaded *loaded)
{
    wn_open_options settings = {.size = sizeof settings, .scoring = WN_SCORING_EXACT};
    const wn_model *model;
    if (!loaded->info.has_exact && wn_model_open(loaded->path, &settings, &model, NULL) == WN_OK) {
        loaded->info.has_exact = 1;
        wn_model_unref(model);
    }
}

static void add_member(struct buffer *out, const char *name, const char *text)
{
    buffer_print(out, ",\"%s\":", name);
    escape_json(out, text, strlen(text));
}

/* How the model comes to its answers. */
static void add_choices_json(const struct loaded *loaded, struct buffer *out)
{
    const wn_model_info *info = &loaded->info;
    buffer_print(out, ",\"multi_label\":%s,\"calibrated\":%s,\"context\":%s,\"columns\":%" PRIu32,
                 info->is_multi_label ? "true" : "false", info->is_calibrated ? "true" : "false",
                 info->has_context ? "true" : "false", info->n_columns);
    buffer_add_string(out, ",\"fields\":[");
    for (uint32_t i = 0; i < info->n_fields; i++) {
        const char *field = wn_model_field(loaded->model, i);
        buffer_add_string(out, i > 0 ? "," : "");
        escape_json(out, field, strlen(field));
    }
    buffer_add_string(out, "],\"thresholds\":");
    for (uint32_t i = 0; i < info->n_labels && info->has_thresholds; i++) {
        buffer_add_char(out, i > 0 ? ',' : '[');
        escape_json_number(out, wn_model_threshold(loaded->model, i), 9);
    }
    buffer_add_string(out, info->has_thresholds ? "]" : "null");
}

static void print_json(const struct loaded *loaded)
{
    const wn_model_info *info = &loaded->info;
    struct buffer out = {0};
    buffer_add_string(&out, "{\"file\":");
    escape_json(&out, loaded->path, strlen(loaded->path));
    add_member(&out, "name", info->name);
    add_member(&out, "version", info->version);
    add_member(&out, "description", info->description);
    add_member(&out, "license", info->license);
    add_member(&out, "trainer", info->trainer);
    add_member(&out, "format", info->format);
    buffer_print(&out, ",\"checksum\":\"%016" PRIx64 "\",\"memory\":%" PRIu64 ",\"rows\":%" PRIu64,
                 info->checksum, info->memory, info->n_rows);
    buffer_print(&out, ",\"dim\":%" PRIu32 ",\"blocks\":%" PRIu32 ",\"probes\":%" PRIu32, info->dim,
                 info->n_blocks, info->n_probes);
    add_member(&out, "link", link_name(info->link));
    buffer_print(&out, ",\"fasttext\":%s,\"quantized\":%s,\"exact\":%s,\"fast\":%s",
                 info->is_fasttext ? "true" : "false", info->is_quantized ? "true" : "false",
                 info->has_exact ? "true" : "false", info->has_fast ? "true" : "false");
    add_choices_json(loaded, &out);
    buffer_add_string(&out, ",\"labels\":[");
    for (uint32_t i = 0; i < info->n_labels; i++) {
        size_t len;
        const char *label = models_label_json(loaded, i, &len);
        if (i > 0)
            buffer_add_char(&out, ',');
        buffer_add(&out, label, len);
    }
    buffer_add_string(&out, "]}\n");
    sink_add(out.data, out.len);
    buffer_free(&out);
}

static void print_line(const char *name, const char *text)
{
    struct buffer out = {0};
    if (text[0] == '\0')
        return;
    buffer_print(&out, "  %-12s", name);
    escape_terminal(&out, text, strlen(text), SIZE_MAX / 2);
    buffer_add_char(&out, '\n');
    sink_add(out.data, out.len);
    buffer_free(&out);
}

/* All labels, with their thresholds, on lines of at most 100 columns; of very many the first ones.
 */
static void print_labels(const struct loaded *loaded)
{
    enum { MAX_SHOWN = 60, MAX_COLUMN = 100, INDENT = 14 };
    struct buffer out = {0};
    uint32_t n = loaded->info.n_labels;
    buffer_print(&out, "  %-12s%" PRIu32 ":", "labels", n);
    size_t column = out.len;
    for (uint32_t i = 0; i < n && i < MAX_SHOWN; i++) {
        size_t len, begin = out.len;
        const char *label = wn_model_label(loaded->model, i, &len);
        char threshold[32] = "";
        if (loaded->info.has_thresholds)
            snprintf(threshold, sizeof threshold, " > %.4g", wn_model_threshold(loaded->model, i));
        size_t width = escape_width(label, len) + 2 + strlen(threshold);
        if (column + width > MAX_COLUMN) {
            buffer_add_char(&out, '\n');
            buffer_pad(&out, INDENT - 1);
            column = INDENT - 1;
        }
        buffer_add_char(&out, ' ');
        escape_terminal(&out, label, len, SIZE_MAX / 2);
        buffer_add_string(&out, threshold);
        if (i + 1 < n)
            buffer_add_char(&out, ',');
        column += out.len > begin ? width : 0;
    }
    if (n > MAX_SHOWN)
        buffer_add_string(&out, " ...");
    buffer_add_char(&out, '\n');
    sink_add(out.data, out.len);
    buffer_free(&out);
}

/* What is not so in every model. */
static void print_choices(const struct loaded *loaded)
{
    const wn_model_info *info = &loaded->info;
    struct buffer text = {0};
    for (uint32_t i = 0; i < info->n_fields; i++) {
        const char *field = wn_model_field(loaded->model, i);
        buffer_print(&text, "%s%s", i > 0 && *field != '\0' ? ", " : "", field);
    }
    buffer_add_char(&text, '\0');
    print_line("fields", info->n_fields > 0 ? text.data : "none: it scores vectors");
    buffer_free(&text);
    if (info->is_multi_label)
        print_line("answers", "several labels a text, or none");
    if (info->is_calibrated)
        print_line("calibrated", "yes");
    if (info->has_thresholds)
        print_line("thresholds", "yes, behind the labels");
    if (info->has_context)
        print_line("context", "weights of its own for neighbouring paragraphs");
}

static void print_block(const struct loaded *loaded)
{
    const wn_model_info *info = &loaded->info;
    char text[160];
    sink_print("%s\n", loaded->path);
    print_line("name", info->name);
    print_line("version", info->version);
    print_line("description", info->description);
    print_line("license", info->license);
    print_line("trainer", info->trainer);
    snprintf(text, sizeof text, "%s%s%s", info->format, info->is_fasttext ? ", fastText" : "",
             info->is_quantized ? ", quantized" : "");
    print_line("format", text);
    snprintf(text, sizeof text, "%016" PRIx64, info->checksum);
    print_line("checksum", text);
    snprintf(text, sizeof text, "%" PRIu64 " of %" PRIu32 ", in %" PRIu32 " block%s", info->n_rows,
             info->dim, info->n_blocks, info->n_blocks == 1 ? "" : "s");
    print_line("rows", text);
    print_line("link", link_name(info->link));
    print_choices(loaded);
    snprintf(text, sizeof text, "%s%s%s", info->has_fast ? "fast" : "",
             info->has_fast && info->has_exact ? ", " : "", info->has_exact ? "exact" : "");
    print_line("scoring", text);
    snprintf(text, sizeof text, "%" PRIu32, info->n_probes);
    print_line("probes", text);
    snprintf(text, sizeof text, "%.1f MB", (double)info->memory / 1e6);
    print_line("memory", text);
    print_labels(loaded);
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct values values = {0};
    struct words operands = {0};
    struct paths paths = {0};
    struct models models = {0};
    int code = args_parse(verb, argc, argv, &values, &operands);
    if (code == ARGS_GO_ON) {
        for (size_t i = 0; i < values.models.n; i++)
            models_find(&paths, values.models.items[i]);
        for (size_t i = 0; i < operands.n; i++)
            models_find(&paths, operands.items[i]);
        code = paths.n > 0 ? EXIT_FINE : models_find_shipped(&paths);
        for (size_t i = 0; i < paths.n; i++)
            lockdown_read(paths.items[i]);
        lockdown_read(values.vocabulary);
        lockdown_begin();
        if (code == EXIT_FINE)
            code = models_open(&models, &paths, WN_SCORING_FAST, 0, values.vocabulary);
        for (size_t i = 0; i < models.n; i++) {
            look_for_exact_rows(&models.items[i]);
            if (values.is_json) {
                print_json(&models.items[i]);
                continue;
            }
            if (i > 0)
                sink_add("\n", 1);
            print_block(&models.items[i]);
        }
    }
    models_free(&models);
    paths_free(&paths);
    words_free(&operands);
    words_free(&values.models);
    return code;
}

const struct verb verb_info = {
    .name = "info",
    .arguments = "[OPTION]... [MODEL]...",
    .summary = "Tell what a model is: labels, size, licence, checksum",
    .details =
        "MODEL is a file or the name of a shipped model; without one, all shipped models.\n\n"
        "examples:\n"
        "  winnow info\n"
        "  winnow info lid.176.ftz\n"
        "  winnow info --json topic | jq -r '.labels[]'\n",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
