/* names.h - a set of names, each with a number from 0 in the order in which they came. */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include "buffer.h"

#include <stdint.h>

#define NO_NAME UINT32_MAX

/* All zero is an empty set. */
struct names {
    struct buffer text; /* one after the other */
    size_t *ends;       /* [n] where each ends in text.data */
    uint32_t *slots;    /* [n_slots] a hash table of numbers, NO_NAME: free */
    size_t n_slots;     /* a power of two, at least twice n */
    uint32_t n;
};

/* The number of a name, which is added where it is new. */
uint32_t names_add(struct names *names, const char *name, size_t len);

/* The number of a name, NO_NAME where the set lacks it. */
uint32_t names_find(const struct names *names, const char *name, size_t len);

const char *names_get(const struct names *names, uint32_t number, size_t *len);

/* The same for showing: "-" for NO_NAME. */
const char *names_shown(const struct names *names, uint32_t number, size_t *len);

/* Adds the name as a JSON string, null for NO_NAME. */
void names_add_json(const struct names *names, uint32_t number, struct buffer *out);

/* Adds the name to an HTML page, its first 200 bytes; "(no answer)" for NO_NAME. */
void names_add_html(const struct names *names, uint32_t number, struct buffer *out);

/* Columns that the widest name takes on a terminal, but no more than most. */
size_t names_columns(const struct names *names, size_t most);

void names_free(struct names *names);

#endif
