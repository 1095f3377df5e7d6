/* progress.h - a line on stderr that shows how far long work is. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdint.h>

struct progress {
    int is_shown;        /* stderr is a terminal, stdout is none, and nobody asked for quiet */
    uint64_t total;      /* bytes of all inputs; 0: not known */
    double began, drawn; /* seconds */
};

void progress_begin(struct progress *progress, int is_quiet);

/* Draws the line, at most five times a second and not in the first second. */
void progress_update(struct progress *progress, uint64_t n_bytes, uint64_t n_records);

/* Wipes the line, so that a message or the end of the work stands on a clean one. */
void progress_wipe(struct progress *progress);

#endif
