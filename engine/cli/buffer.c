/* buffer.c - a growing byte buffer. */
#include "buffer.h"

#include "message.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *given_or_stop(void *memory)
{
    if (memory == NULL)
        stop_for_memory();
    return memory;
}

void *take_memory(size_t size)
{
    return given_or_stop(malloc(size > 0 ? size : 1));
}

void *take_zeroed(size_t n, size_t size)
{
    return given_or_stop(calloc(n > 0 ? n : 1, size));
}

void *grow_memory(void *memory, size_t n, size_t size)
{
    if (size > 0 && n > SIZE_MAX / size)
        stop_for_memory();
    return given_or_stop(realloc(memory, n * size > 0 ? n * size : 1));
}

char *copy_string(const char *string)
{
    size_t size = strlen(string) + 1;
    return memcpy(take_memory(size), string, size);
}

char *buffer_reserve(struct buffer *buffer, size_t extra)
{
    if (extra > buffer->cap - buffer->len) {
        if (extra > SIZE_MAX / 4 || buffer->len > SIZE_MAX / 4)
            stop_for_memory();
        size_t need = buffer->len + extra;
        size_t cap = buffer->cap + buffer->cap / 2;
        if (cap < need)
            cap = need < 256 ? 256 : need;
        buffer->data = grow_memory(buffer->data, cap, 1);
        buffer->cap = cap;
    }
    return buffer->data + buffer->len;
}

void buffer_pad(struct buffer *buffer, size_t n_spaces)
{
    memset(buffer_reserve(buffer, n_spaces + 1), ' ', n_spaces);
    buffer->len += n_spaces;
}

void buffer_trim(struct buffer *buffer)
{
    while (buffer->len > 0 && buffer->data[buffer->len - 1] == ' ')
        buffer->len--;
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    char *room = buffer_reserve(buffer, 64);
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(room, 64, format, arguments);
    va_end(arguments);
    if (len < 0)
        stop_for_memory();
    if (len >= 64) {
        room = buffer_reserve(buffer, (size_t)len + 1);
        va_start(arguments, format);
        len = vsnprintf(room, (size_t)len + 1, format, arguments);
        va_end(arguments);
    }
    buffer->len += (size_t)len;
}

void buffer_add_count(struct buffer *buffer, uint64_t count)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + count % 10);
    while ((count /= 10) > 0);
    buffer_add(buffer, digits + at, sizeof digits - at);
}

/* Probabilities from 0.0001 to 1 have six digits from the first that is not 0. Multiplied by a
 * power of ten they are wrong by less than 2e-10: where that could change the last digit, or
 * carries into a seventh, printf decides. */
void buffer_add_number(struct buffer *buffer, double value)
{
    static const double powers[] = {1e6, 1e7, 1e8, 1e9};
    size_t zeros = value >= 0.1 ? 0 : value >= 0.01 ? 1 : value >= 0.001 ? 2 : 3;
    double scaled = value * powers[zeros];
    uint32_t n = scaled > 0 && scaled < 2e6 ? (uint32_t)scaled : 0;
    double rest = scaled - (double)n;
    n += rest > 0.5 ? 1 : 0;
    int is_sure = value >= 0.0001 && value < 1 && n < 1000000 && (rest < 0.4999 || rest > 0.5001);
    if (!is_sure) {
        buffer_print(buffer, "%.6g", value);
        return;
    }
    char text[12] = "0.000000000";
    size_t len = 2 + zeros + 6;
    for (size_t i = len; i-- > 2 + zeros; n /= 10)
        text[i] = (char)('0' + n % 10);
    while (text[len - 1] == '0')
        len--;
    buffer_add(buffer, text, len);
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}
