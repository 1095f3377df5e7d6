/* message.h - what the tool says on stderr, and how it ends. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "winnow.h"

enum exit_code {
    EXIT_FINE = 0,
    EXIT_SOME_FAILED = 1,  /* a record, a file or a probe failed; stdout could not be written */
    EXIT_BAD_USAGE = 2,    /* wrong arguments, or a model that cannot be used */
    EXIT_INTERRUPTED = 130 /* SIGINT or SIGTERM */
};

/* Prints "winnow: " and a line on stderr. Control characters, which could drive a terminal, are
 * shown as question marks. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void complain(const char *format, ...);

/* The same without "winnow: ", for messages that another tool has in its own words. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void complain_bare(const char *format, ...);

/* Says what is wrong with the arguments, names the help of the verb, returns EXIT_BAD_USAGE. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int complain_of_usage(const char *verb, const char *format, ...);

/* Says which model file failed and why, with the offset where there is one. */
void complain_of_model(const char *path, const wn_error *error);

_Noreturn void stop_for_memory(void);

/* What is written between these gets out whole: stop_for_memory in another thread waits for it. */
void writing_begin(void);
void writing_end(void);

#endif
