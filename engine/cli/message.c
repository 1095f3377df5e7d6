/* message.c - what the tool says on stderr, and how it ends. */
#include "message.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 4096 };

/* A reader of stderr that went away is no reason to leave the rest undone. */
static void write_to_stderr(const char *line, size_t len)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, &before);
    ssize_t ignored = write(STDERR_FILENO, line, len);
    (void)ignored; /* there is no one left to tell */
    sigaction(SIGPIPE, &before, NULL);
}

/* One write, so that lines of several threads or processes do not mix. */
static void say(char *line, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
            line[i] = '?';
    }
    line[len] = '\n';
    write_to_stderr(line, len + 1);
}

static size_t clip(int len, size_t room)
{
    if (len < 0)
        return 0;
    return (size_t)len < room ? (size_t)len : room - 1;
}

void complain(const char *format, ...)
{
    char line[LINE_SIZE + 1] = "winnow: ";
    size_t len = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    len += clip(vsnprintf(line + len, LINE_SIZE - len, format, arguments), LINE_SIZE - len);
    va_end(arguments);
    say(line, len);
}

void complain_bare(const char *format, ...)
{
    char line[LINE_SIZE + 1];
    va_list arguments;
    va_start(arguments, format);
    size_t len = clip(vsnprintf(line, LINE_SIZE, format, arguments), LINE_SIZE);
    va_end(arguments);
    say(line, len);
}

int complain_of_usage(const char *verb, const char *format, ...)
{
    char line[LINE_SIZE + 1] = "winnow: ";
    size_t len = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    size_t room = LINE_SIZE - 80 - len; /* 80: the end of the line stays whole */
    len += clip(vsnprintf(line + len, room, format, arguments), room);
    va_end(arguments);
    room = LINE_SIZE - len;
    len += clip(snprintf(line + len, room, " (see 'winnow %s%s--help')", verb, *verb ? " " : ""),
                room);
    say(line, len);
    return EXIT_BAD_USAGE;
}

void complain_of_model(const char *path, const wn_error *error)
{
    const char *what = error->message[0] != '\0' ? error->message : wn_status_name(error->status);
    if (strstr(what, path) != NULL) /* failures of the file system name it themselves */
        complain("%s", what);
    else if (error->offset != UINT64_MAX)
        complain("%s: %s (at byte %" PRIu64 ")", path, what, error->offset);
    else
        complain("%s: %s", path, what);
}

static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

void writing_begin(void)
{
    pthread_mutex_lock(&writing);
}

void writing_end(void)
{
    pthread_mutex_unlock(&writing);
}

_Noreturn void stop_for_memory(void)
{
    pthread_mutex_lock(&writing); /* for good */
    static const char line[] =
        "winnow: out of memory: the run ends here, what was printed is whole; "
        "shorter texts, a smaller model or a lower -j need less\n";
    write_to_stderr(line, sizeof line - 1);
    _exit(EXIT_SOME_FAILED);
}
