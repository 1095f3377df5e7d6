/* unicode.h - UTF-8 for output: code points, columns on a terminal. */
#ifndef CLI_UNICODE_H
#define CLI_UNICODE_H

#include "buffer.h"

/* Reads one code point of text [len], len > 0. Returns how many bytes it takes, at least 1;
 * *code_point is 0xFFFD and *valid 0 for a maximal invalid part (Unicode standard, section 3.9). */
size_t unicode_next(const char *text, size_t len, uint32_t *code_point, int *valid);

/* Appends the UTF-8 form. Surrogates and values past U+10FFFF become U+FFFD. */
void unicode_add(struct buffer *out, uint32_t code_point);

/* Columns that a code point takes on a terminal: 0, 1 or 2; -1 for those that must not reach it
 * (control characters, direction marks and overrides). */
int unicode_columns(uint32_t code_point);

#endif
