/* gold.h - the labels that a record itself names. */
#ifndef CLI_GOLD_H
#define CLI_GOLD_H

#include "output.h"

/* Whether a word [len] of a line in fastText's format is a label, and not the bare prefix. */
int gold_is_label(const char *word, size_t len);

/* The next word of a line from `at` on, as fastText cuts words. 0: there is none. */
int gold_next_word(const char *line, size_t len, size_t at, size_t *begin, size_t *end);

/* A label without fastText's prefix, which says nothing: labels are compared and shown so. */
const char *gold_bare(const char *label, size_t *len);

/* The labels of one record, in order, bare, each once. All zero is none. */
struct gold {
    struct buffer text; /* one after the other */
    size_t *ends;       /* [n] where each label ends in text.data */
    size_t n, cap;
};

/* Reads the labels of an answer into *gold, which keeps its memory. Returns NULL, or why they
 * cannot be read (static). An empty list, and a line without labels, are read as none. */
const char *gold_read(struct gold *gold, const struct answer *answer);

const char *gold_label(const struct gold *gold, size_t index, size_t *len);

void gold_free(struct gold *gold);

#endif
