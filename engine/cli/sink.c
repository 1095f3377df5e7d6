/* sink.c - standard output: whole records or a message, never silence. */
#include "sink.h"

#include "buffer.h"
#include "message.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FLUSH_SIZE = 64 * 1024 };

/* Standard output is one per process, and so is its state. Main thread only. */
static struct buffer pending;
static int has_failed;
static int last_byte = -1;

static void fail(int error)
{
    if (error == EPIPE) { /* the parent ignores SIGPIPE: end as if it did not */
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    if (!has_failed)
        complain("cannot write to standard output: %s", strerror(error));
    has_failed = 1;
}

int sink_flush(void)
{
    size_t at = 0;
    writing_begin();
    while (at < pending.len && !has_failed) {
        ssize_t n = write(STDOUT_FILENO, pending.data + at, pending.len - at);
        if (n >= 0) {
            at += (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd wait = {.fd = STDOUT_FILENO, .events = POLLOUT};
            (void)poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            fail(errno);
        }
    }
    writing_end();
    pending.len = 0;
    return !has_failed;
}

void sink_add(const void *bytes, size_t len)
{
    if (len == 0)
        return;
    last_byte = ((const unsigned char *)bytes)[len - 1];
    buffer_add(&pending, bytes, len);
    if (pending.len >= FLUSH_SIZE)
        sink_flush();
}

void sink_print(const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (len >= 0 && (size_t)len < sizeof line) {
        sink_add(line, (size_t)len);
        return;
    }
    if (len < 0)
        return;
    char *whole = take_memory((size_t)len + 1);
    va_start(arguments, format);
    vsnprintf(whole, (size_t)len + 1, format, arguments);
    va_end(arguments);
    sink_add(whole, (size_t)len);
    struct buffer owner = {whole, 0, 0};
    buffer_free(&owner);
}

int sink_has_failed(void)
{
    return has_failed;
}

int sink_last(void)
{
    return last_byte;
}

int sink_close(int code)
{
    int written = sink_flush();
    /* Some file systems report a full disk only here. */
    if (written && last_byte >= 0 && close(STDOUT_FILENO) != 0 && errno != EINTR) {
        fail(errno);
        written = 0;
    }
    buffer_free(&pending);
    return written || code != EXIT_FINE ? code : EXIT_SOME_FAILED;
}
