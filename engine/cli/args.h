/* args.h - verbs, their options, and the one parser for all of them. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,   /* int: becomes 1 */
    OPTION_TEXT,   /* const char * */
    OPTION_LIST,   /* struct words: may be given more than once */
    OPTION_COUNT,  /* uint32_t: decimal, at most max */
    OPTION_NUMBER, /* double: finite */
    OPTION_CHOICE  /* int: index of the word among choices */
};

/* Words of the command line, in order; they belong to argv. */
struct words {
    const char **items; /* [n] */
    size_t n;
};

struct option {
    char letter; /* '\0': none */
    const char *name;
    enum option_kind kind;
    size_t offset;        /* of its member in the verb's struct of options */
    const char *argument; /* its name in the help; NULL for flags */
    const char *help;     /* may hold line feeds */
    uint32_t max;
    const char *const *choices; /* NULL-terminated */
};

struct verb {
    const char *name;
    const char *arguments; /* behind the verb in the usage line */
    const char *summary;   /* one line for the list of verbs */
    const char *details;   /* behind the options in the help: what to know, examples */
    const struct option *options;
    size_t n_options;
    int (*run)(const struct verb *verb, int argc, char **argv); /* returns the exit code */
};

extern const struct verb verb_classify, verb_info, verb_verify, verb_convert, verb_predict,
    verb_predict_prob, verb_test, verb_eval, verb_diff, verb_explain, verb_liblinear_predict;

enum { ARGS_GO_ON = -1 };

/* Reads argv [argc], the words behind the verb. values is the verb's struct of options, operands
 * receives all other words; "--" ends the options, "-" is an operand. Returns ARGS_GO_ON, or the
 * exit code with which to end: help was asked for, or something is wrong (and has been told). */
int args_parse(const struct verb *verb, int argc, char **argv, void *values,
               struct words *operands);

/* Prints the help of a verb on standard output. */
void args_help(const struct verb *verb);

void words_free(struct words *words);

#endif
