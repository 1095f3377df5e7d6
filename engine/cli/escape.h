/* escape.h - bytes of any kind written into JSON, CSV, TSV and onto terminals. */
#ifndef CLI_ESCAPE_H
#define CLI_ESCAPE_H

#include "buffer.h"

/* A JSON string with its quotes. Invalid UTF-8 becomes U+FFFD. */
void escape_json(struct buffer *out, const char *text, size_t len);

/* A JSON number with that many significant digits; null for what is none. */
void escape_json_number(struct buffer *out, double value, int digits);

/* Text of an HTML page, in an element or an attribute in quotes: markup is escaped, invalid UTF-8
 * is U+FFFD, control characters and direction marks are left out, white space is a space. */
void escape_html(struct buffer *out, const char *text, size_t len);

/* The bytes themselves, invalid UTF-8 replaced by U+FFFD. */
void escape_utf8(struct buffer *out, const char *text, size_t len);

/* A CSV field (RFC 4180): quoted where it must be. */
void escape_csv(struct buffer *out, const char *text, size_t len);

/* A TSV field: tab, line feed, carriage return and backslash as \t \n \r \\. */
void escape_tsv(struct buffer *out, const char *text, size_t len);

/* At most `columns` columns of text for a terminal: white space runs are one space, what could
 * drive the terminal is left out, "…" stands where text is cut. Returns the columns written. */
size_t escape_terminal(struct buffer *out, const char *text, size_t len, size_t columns);

/* The same, with spaces up to exactly that many columns. */
void escape_cell(struct buffer *out, const char *text, size_t len, size_t columns);

/* The columns that escape_terminal would take without a limit. */
size_t escape_width(const char *text, size_t len);

#endif
