/* common.h - the options that several verbs share, and what follows from them. */
#ifndef CLI_COMMON_H
#define CLI_COMMON_H

#include "args.h"
#include "classifier.h"
#include "terminal.h"

struct common {
    struct words models;
    const char *field, *id, *labels, *vocabulary;
    uint32_t n_jobs;
    int input, split, colour, is_exact, is_mapped, is_quiet;
};

enum { MAX_JOBS = 256 };

/* Indices are those of wn_split_mode and of the kinds that input.c knows by name. */
extern const char *const split_names[], *const input_names[];

/* Rows for a verb's table of options. Its struct values has a member `common`. */
#define COMMON_AT(member) offsetof(struct values, common.member)
#define COMMON_MODEL                                                                               \
    {                                                                                              \
        'm', "model", OPTION_LIST, COMMON_AT(models), "MODEL",                                     \
            "a model file, or the name of a shipped model; may be\n"                               \
            "repeated (default: all shipped models)",                                              \
            0, NULL                                                                                \
    }
#define COMMON_VOCABULARY                                                                          \
    {                                                                                              \
        0, "vocabulary", OPTION_TEXT, COMMON_AT(vocabulary), "FILE",                               \
            "LIBLINEAR models: their terms, as for convert", 0, NULL                               \
    }
#define COMMON_EXACT                                                                               \
    {                                                                                              \
        0, "exact", OPTION_FLAG, COMMON_AT(is_exact), NULL,                                        \
            "score as the reference implementation does, slower", 0, NULL                          \
    }
#define COMMON_MAP                                                                                 \
    {                                                                                              \
        0, "map", OPTION_FLAG, COMMON_AT(is_mapped), NULL,                                         \
            "map .winnow files, unverified: they open at once, and\n"                              \
            "must not be changed in place meanwhile",                                              \
            0, NULL                                                                                \
    }
#define COMMON_SPLIT                                                                               \
    {                                                                                              \
        0, "split", OPTION_CHOICE, COMMON_AT(split), "MODE",                                       \
            "where paragraphs of text and wet end: auto, line,\n"                                  \
            "blank (lines), none (default: auto)",                                                 \
            0, split_names                                                                         \
    }
#define COMMON_INPUT(otherwise)                                                                    \
    {                                                                                              \
        0, "input", OPTION_CHOICE, COMMON_AT(input), "KIND",                                       \
            "text, lines, jsonl, csv, tsv, wet or fasttext (default:\n"                            \
            "by the ending of the file name, else " otherwise ")",                                 \
            0, input_names                                                                         \
    }
#define COMMON_FIELD                                                                               \
    {                                                                                              \
        0, "field", OPTION_TEXT, COMMON_AT(field), "NAME",                                         \
            "jsonl, csv, tsv: where the text is (default: text)", 0, NULL                          \
    }
#define COMMON_COLOUR                                                                              \
    {                                                                                              \
        0, "color", OPTION_CHOICE, COMMON_AT(colour), "WHEN",                                      \
            "auto, always, never (default: auto, which minds NO_COLOR)", 0, colour_names           \
    }
#define COMMON_JOBS                                                                                \
    {                                                                                              \
        'j', "jobs", OPTION_COUNT, COMMON_AT(n_jobs), "N",                                         \
            "threads; 0: one per processor (default: 1)", MAX_JOBS, NULL                           \
    }
#define COMMON_QUIET                                                                               \
    {                                                                                              \
        'q', "quiet", OPTION_FLAG, COMMON_AT(is_quiet), NULL, "no progress bar", 0, NULL           \
    }

/* Options that cannot mean anything for the input that was asked for. Returns an exit code;
 * complains. */
int common_check(const char *verb, const struct common *common);

/* Opens the models of -m, or the shipped ones, after a lockdown that leaves them and files, the
 * inputs, to be read. Returns an exit code; complains. */
int common_open_models(const struct common *common, const struct words *files,
                       struct models *models);

/* Fills plan->settings, and plan->models from models, which are open: the models say which fields
 * are read. The caller frees plan->settings.names. Returns an exit code; complains. */
int common_make_plan(const char *verb, const struct common *common, const struct models *models,
                     struct plan *plan);

void common_free(struct common *common);

#endif
