/* source.h - an input file, plain or compressed, read as a stream. */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include "buffer.h"

#include <stdint.h>

struct source;

/* Opens a file, "-" for standard input. gzip (any number of members) and zstd are told by their
 * first bytes and decompressed on the fly, unless is_raw. NULL on failure, with the reason in
 * *reason (static or of the C library). Files, FIFOs and devices are fine, directories are not. */
struct source *source_open(const char *path, int is_raw, const char **reason);
void source_close(struct source *source);

/* The next line with its line feed; the last one of the file may lack it. Valid until the next
 * call. Returns 0 at the end of the input, after an error or an interruption. */
int source_line(struct source *source, const char **line, size_t *len);

/* Appends the line of the source_line call just before, len as it was returned; a long one changes
 * hands without being copied. */
void source_move(struct source *source, size_t len, struct buffer *out);

/* Gives the line of the source_line call just before back; len as it was returned. */
void source_put_back(struct source *source, size_t len);

/* Appends up to n bytes to out and returns how many there were; fewer only at the end. */
size_t source_take(struct source *source, size_t n, struct buffer *out);

/* Whether the next source_line would have to wait for another process or a person. */
int source_would_wait(struct source *source);

/* Why reading ended early; NULL: it did not. */
const char *source_error(const struct source *source);

/* Bytes read from the file so far, before decompression. */
uint64_t source_position(const struct source *source);

#endif
