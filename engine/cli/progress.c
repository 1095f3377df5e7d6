/* progress.c - a line on stderr that shows how far long work is. */
#include "progress.h"

#include "buffer.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BAR_COLUMNS = 24 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void progress_begin(struct progress *progress, int is_quiet)
{
    *progress = (struct progress){0};
    /* On a terminal that shows the results the bar would stand between them. */
    progress->is_shown = !is_quiet && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
    progress->began = now();
}

static void show(struct buffer *line)
{
    ssize_t ignored = write(STDERR_FILENO, line->data, line->len);
    (void)ignored; /* nothing depends on it */
    buffer_free(line);
}

void progress_update(struct progress *progress, uint64_t n_bytes, uint64_t n_records)
{
    if (!progress->is_shown)
        return;
    double time = now();
    if (time - progress->began < 1.0 || time - progress->drawn < 0.2)
        return;
    progress->drawn = time;
    struct buffer line = {0};
    buffer_add_char(&line, '\r');
    if (progress->total > 0) {
        double part = (double)n_bytes / (double)progress->total;
        size_t full = part < 1.0 ? (size_t)(part * BAR_COLUMNS) : BAR_COLUMNS;
        buffer_add_char(&line, '[');
        memset(buffer_reserve(&line, BAR_COLUMNS), '#', full);
        memset(line.data + line.len + full, '.', BAR_COLUMNS - full);
        line.len += BAR_COLUMNS;
        buffer_print(&line, "] %3.0f%%  ", 100.0 * (part < 1.0 ? part : 1.0));
    }
    buffer_print(&line, "%.1f MB, %.1f MB/s, %" PRIu64 " records\x1b[K", (double)n_bytes / 1e6,
                 (double)n_bytes / 1e6 / (time - progress->began), n_records);
    show(&line);
}

void progress_wipe(struct progress *progress)
{
    if (!progress->is_shown || progress->drawn == 0)
        return;
    struct buffer line = {0};
    buffer_add_string(&line, "\r\x1b[K");
    show(&line);
    progress->drawn = 0;
}
