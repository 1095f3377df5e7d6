/* explanation.h - contributions to a logit, put together for showing. */
#ifndef CLI_EXPLANATION_H
#define CLI_EXPLANATION_H

#include "winnow.h"

#include <stddef.h>

/* A word of the text: a run of bytes that are no ASCII white space. */
struct word {
    size_t begin, end;
    double value; /* its share of the contributions that touch it */
};

/* All places of one n-gram, that is of equal bytes in the same feature block. */
struct ngram {
    size_t begin, end; /* the first of the places */
    size_t n;          /* how many there are */
    double value;      /* of all together */
};

/* The words of a text. A contribution is divided equally among the words that its bytes touch; one
 * that touches none (fastText's end of line) is in no word. The caller frees the list [*n]. */
struct word *explanation_words(const char *text, size_t len, const wn_explanation *explanation,
                               size_t *n);

/* The n-grams, those with the largest |value| first; equal ones by place. The caller frees [*n]. */
struct ngram *explanation_ngrams(const char *text, const wn_explanation *explanation, size_t *n);

#endif
