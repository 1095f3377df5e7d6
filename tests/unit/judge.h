/* judge.h - what has to hold of any bytes that somebody takes for a model. */
#ifndef WN_TEST_JUDGE_H
#define WN_TEST_JUDGE_H

#include "support.h"

/* Bytes that what a file says takes as numbers, before anything is made of them: eight for each
 * number of an array and the strings; the numbers that product codes stand for; 48 for each word,
 * where it is found; folded rows and a head for the kernels of fastText models. Of a file that
 * cannot be read, four times its size: two characters can be a number. */
size_t decoded_size(const uint8_t *bytes, size_t len, wn_text vocabulary);

typedef struct verdict {
    bool opened;
    wn_status status;
    size_t peak;       /* bytes of the model's allocator */
    size_t allowed;    /* of them */
    double seconds;    /* CPU time of opening */
    const char *fault; /* NULL: all is well */
} verdict;

/* Opens the bytes and scores some texts. Faults: an error without a message, memory above 4 x (file
 * + decoded size) + 1 MiB or left behind, more CPU time than a second and 0.1 us a byte (so that a
 * slow machine is no fault), probabilities that are none or do not sum to 1 where the link says so.
 */
verdict judge_model(const uint8_t *bytes, size_t len, wn_scoring scoring, wn_text vocabulary);

/* The same of a model that is open. */
const char *judge_scores(const wn_model *model);

/* ---- fastText files, byte by byte ---- */

typedef enum fasttext_kind {
    FASTTEXT_SOFTMAX, /* .bin: subwords, bigrams */
    FASTTEXT_TREE,    /* .bin, hierarchical softmax */
    FASTTEXT_OVA,     /* .bin, version 11: no subwords */
    FASTTEXT_PRUNED,  /* .ftz: norms, pruned buckets */
    FASTTEXT_WHOLE,   /* .ftz: the output matrix is quantised too, parts of unequal length */
    FASTTEXT_UNEVEN,  /* .ftz: hierarchical softmax, a last part that is shorter */
    N_FASTTEXT
} fasttext_kind;

/* To be freed. fields [*n_fields], at most 64: where integers stand that say how many or how long
 * (4 bytes each; 8 where the high bit is set). */
uint8_t *fasttext_file(fasttext_kind kind, uint64_t seed, size_t *len, uint32_t fields[64],
                       size_t *n_fields);

/* The same with n_words words, at least 5. */
uint8_t *fasttext_sized(fasttext_kind kind, uint64_t seed, int32_t n_words, size_t *len,
                        uint32_t fields[64], size_t *n_fields);

#endif
