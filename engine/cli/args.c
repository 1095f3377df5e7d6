/* args.c - the one option parser for all verbs. */
#include "args.h"

#include "buffer.h"
#include "message.h"
#include "sink.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void words_add(struct words *words, const char *word)
{
    words->items = grow_memory(words->items, words->n + 1, sizeof *words->items);
    words->items[words->n++] = word;
}

void words_free(struct words *words)
{
    free(words->items);
    *words = (struct words){0};
}

/* "-k N, --top N" as it stands in the help; size 64. */
static void spell(const struct option *option, char *text, size_t size)
{
    const char *gap = option->argument != NULL ? " " : "";
    const char *argument = option->argument != NULL ? option->argument : "";
    if (option->letter != '\0')
        snprintf(text, size, "-%c, --%s%s%s", option->letter, option->name, gap, argument);
    else
        snprintf(text, size, "    --%s%s%s", option->name, gap, argument);
}

static void print_option(const struct option *option)
{
    enum { HELP_COLUMN = 26 };
    char left[64];
    spell(option, left, sizeof left);
    sink_print("  %-*s", HELP_COLUMN - 2, left);
    if (strlen(left) > HELP_COLUMN - 4)
        sink_print("\n%*s", HELP_COLUMN, "");
    const char *help = option->help;
    for (;;) {
        size_t len = strcspn(help, "\n");
        sink_add(help, len);
        sink_add("\n", 1);
        if (help[len] == '\0')
            return;
        help += len + 1;
        sink_print("%*s", HELP_COLUMN, "");
    }
}

void args_help(const struct verb *verb)
{
    static const struct option help = {'h', "help", OPTION_FLAG, 0, NULL, "show this", 0, NULL};
    sink_print("usage: winnow %s %s\n\n%s.\n\n", verb->name, verb->arguments, verb->summary);
    for (size_t i = 0; i < verb->n_options; i++)
        print_option(&verb->options[i]);
    print_option(&help);
    sink_print("\n%s", verb->details);
}

static int set_count(const struct verb *verb, const struct option *option, const char *value,
                     uint32_t *target)
{
    uint64_t count = 0;
    size_t i = 0;
    for (; value[i] >= '0' && value[i] <= '9' && count <= option->max; i++)
        count = count * 10 + (uint64_t)(value[i] - '0');
    if (i == 0 || value[i] != '\0' || count > option->max)
        return complain_of_usage(verb->name, "--%s: '%s' is no whole number from 0 to %lu",
                                 option->name, value, (unsigned long)option->max);
    *target = (uint32_t)count;
    return ARGS_GO_ON;
}

static int set_number(const struct verb *verb, const struct option *option, const char *value,
                      double *target)
{
    char *end;
    double number = strtod(value, &end);
    if (end == value || *end != '\0' || !isfinite(number))
        return complain_of_usage(verb->name, "--%s: '%s' is no number", option->name, value);
    *target = number;
    return ARGS_GO_ON;
}

static int set_choice(const struct verb *verb, const struct option *option, const char *value,
                      int *target)
{
    char all[160] = "";
    size_t len = 0;
    for (int i = 0; option->choices[i] != NULL; i++) {
        if (strcmp(option->choices[i], value) == 0) {
            *target = i;
            return ARGS_GO_ON;
        }
        int n =
            snprintf(all + len, sizeof all - len, "%s%s", i > 0 ? ", " : "", option->choices[i]);
        len += n > 0 && (size_t)n < sizeof all - len ? (size_t)n : 0;
    }
    return complain_of_usage(verb->name, "--%s: '%s' is none of %s", option->name, value, all);
}

static int set(const struct verb *verb, const struct option *option, const char *value,
               void *values)
{
    void *target = (char *)values + option->offset;
    switch (option->kind) {
    case OPTION_FLAG:
        *(int *)target = 1;
        break;
    case OPTION_TEXT:
        *(const char **)target = value;
        break;
    case OPTION_LIST:
        words_add(target, value);
        break;
    case OPTION_COUNT:
        return set_count(verb, option, value, target);
    case OPTION_NUMBER:
        return set_number(verb, option, value, target);
    case OPTION_CHOICE:
        return set_choice(verb, option, value, target);
    }
    return ARGS_GO_ON;
}

/* Where the parser stands. */
struct parser {
    const struct verb *verb;
    int argc, at; /* at: the word that is being read */
    char **argv;
    void *values;
};

static const char *next_word(struct parser *parser)
{
    return parser->at + 1 < parser->argc ? parser->argv[++parser->at] : NULL;
}

static int show_help(const struct parser *parser)
{
    args_help(parser->verb);
    return EXIT_FINE;
}

/* --name, --name=value, --name value; word is what stands behind the two dashes. */
static int read_long(struct parser *parser, const char *word)
{
    const struct verb *verb = parser->verb;
    size_t len = strcspn(word, "=");
    if (strcmp(word, "help") == 0)
        return show_help(parser);
    for (size_t i = 0; i < verb->n_options; i++) {
        const struct option *option = &verb->options[i];
        if (strlen(option->name) != len || memcmp(option->name, word, len) != 0)
            continue;
        const char *value = word[len] == '=' ? word + len + 1 : NULL;
        if (option->argument == NULL && value != NULL)
            return complain_of_usage(verb->name, "--%s takes no argument", option->name);
        if (option->argument != NULL && value == NULL)
            value = next_word(parser);
        if (option->argument != NULL && value == NULL)
            return complain_of_usage(verb->name, "--%s needs %s", option->name, option->argument);
        return set(verb, option, value, parser->values);
    }
    return complain_of_usage(verb->name, "unknown option --%.*s", (int)(len < 80 ? len : 80), word);
}

/* -q, -k5, -k 5, -qk5; word is what stands behind the dash. */
static int read_short(struct parser *parser, const char *word)
{
    const struct verb *verb = parser->verb;
    for (; *word != '\0'; word++) {
        const struct option *option = NULL;
        for (size_t i = 0; i < verb->n_options && option == NULL; i++) {
            if (verb->options[i].letter == *word)
                option = &verb->options[i];
        }
        if (option == NULL && *word == 'h')
            return show_help(parser);
        if (option == NULL)
            return complain_of_usage(verb->name, "unknown option -%c", *word);
        if (option->argument == NULL) {
            set(verb, option, NULL, parser->values);
            continue;
        }
        const char *value = word[1] != '\0' ? word + 1 : next_word(parser);
        if (value == NULL)
            return complain_of_usage(verb->name, "-%c needs %s", *word, option->argument);
        return set(verb, option, value, parser->values);
    }
    return ARGS_GO_ON;
}

int args_parse(const struct verb *verb, int argc, char **argv, void *values, struct words *operands)
{
    struct parser parser = {.verb = verb, .argc = argc, .argv = argv, .values = values};
    int has_ended = 0;
    for (; parser.at < argc; parser.at++) {
        const char *word = argv[parser.at];
        int code = ARGS_GO_ON;
        if (has_ended || word[0] != '-' || word[1] == '\0')
            words_add(operands, word);
        else if (strcmp(word, "--") == 0)
            has_ended = 1;
        else if (word[1] == '-')
            code = read_long(&parser, word + 2);
        else
            code = read_short(&parser, word + 1);
        if (code != ARGS_GO_ON)
            return code;
    }
    return ARGS_GO_ON;
}
