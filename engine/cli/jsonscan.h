/* jsonscan.h - reads fields of one JSON record without building a tree. */
#ifndef CLI_JSONSCAN_H
#define CLI_JSONSCAN_H

#include "buffer.h"

/* A field that is wanted, and what was found: its value as it stands in the record, quotes and
 * all, so that a number keeps every digit. value is NULL when the record has no such field; the
 * last one counts when it has several. */
struct json_field {
    const char *name;
    size_t name_len;
    const char *value; /* [value_len], in the record */
    size_t value_len;
};

/* Checks that record [len] is one JSON object (RFC 8259; bytes that are no UTF-8 are let through)
 * and finds its top-level fields. Returns NULL, or what is wrong with it (static) and where in *at.
 * Nesting is limited to 1000 levels. */
const char *json_scan(const char *record, size_t len, struct json_field *fields, size_t n_fields,
                      size_t *at);

/* Adds the text of a JSON string that json_scan has seen, escapes resolved: \u0000 is a NUL byte,
 * half of a surrogate pair is U+FFFD. Adds at most len bytes. */
void json_unescape(const char *string, size_t len, struct buffer *out);

#endif
