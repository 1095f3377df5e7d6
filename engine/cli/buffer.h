/* buffer.h - a growing byte buffer. */
#ifndef CLI_BUFFER_H
#define CLI_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* All zero is an empty buffer. The tool stops with a message where memory runs out, so that no
 * function here fails. */
struct buffer {
    char *data; /* [cap], the first len bytes used; NULL while cap is 0 */
    size_t len, cap;
};

/* malloc, calloc and realloc that end the tool (exit 1) instead of returning NULL. */
void *take_memory(size_t size);
void *take_zeroed(size_t n, size_t size);
void *grow_memory(void *memory, size_t n, size_t size);
char *copy_string(const char *string);

/* Makes room for extra more bytes and returns where they begin; len stays as it is. */
char *buffer_reserve(struct buffer *buffer, size_t extra);

/* These are most of what printing a record does: inline, what they add is often a constant. */
static inline void buffer_add(struct buffer *buffer, const void *bytes, size_t len)
{
    if (len > buffer->cap - buffer->len)
        buffer_reserve(buffer, len);
    if (len > 0)
        memcpy(buffer->data + buffer->len, bytes, len);
    buffer->len += len;
}

static inline void buffer_add_string(struct buffer *buffer, const char *string)
{
    buffer_add(buffer, string, strlen(string));
}

static inline void buffer_append(struct buffer *buffer, const struct buffer *more)
{
    buffer_add(buffer, more->data, more->len);
}

static inline void buffer_add_char(struct buffer *buffer, char c)
{
    buffer_add(buffer, &c, 1);
}

void buffer_pad(struct buffer *buffer, size_t n_spaces);
/* Takes spaces off the end. */
void buffer_trim(struct buffer *buffer);
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void buffer_print(struct buffer *buffer, const char *format, ...);

/* As "%" PRIu64 and "%.6g" print them, in a tenth of the time. */
void buffer_add_count(struct buffer *buffer, uint64_t count);
void buffer_add_number(struct buffer *buffer, double value);

/* Frees the memory and leaves an empty buffer. */
void buffer_free(struct buffer *buffer);

#endif
