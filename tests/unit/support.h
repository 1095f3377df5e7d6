/* support.h - what the unit tests share: an allocator that counts and fails, random numbers and
 * texts, and small models of every family as JSON twins. */
#ifndef WN_TEST_SUPPORT_H
#define WN_TEST_SUPPORT_H

#include "base.h"

#include <stdatomic.h>
#include <stdio.h>

/* ---- Random numbers: SplitMix64 ---- */

static inline uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A number in 0 .. n - 1. */
static inline uint32_t random_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((next_random(state) >> 32) * n >> 32);
}

/* A number in -1 .. 1 that a float holds exactly. */
static inline float random_float(uint64_t *state)
{
    return (float)((int32_t)random_below(state, 1u << 24) - (1 << 23)) / (float)(1 << 23);
}

/* ---- An allocator that counts, and fails when told to ---- */

typedef struct tally {
    atomic_size_t n_allocated; /* calls that gave memory */
    atomic_size_t n_asked;     /* calls at all */
    atomic_size_t n_live;      /* blocks not yet released */
    atomic_size_t bytes_live;
    atomic_size_t bytes_most; /* that were ever live; exact where one thread allocates */
    size_t fail_at;           /* the call that fails, counted from 1 by n_asked; 0: none */
    bool fails_ever;          /* all calls from fail_at on fail */
} tally;

wn_allocator tally_allocator(tally *t);

/* The n-th call from now on fails (and all later ones when ever); 0: none. */
void tally_fail(tally *t, size_t n, bool ever);

/* ---- Random texts of the words that the sample models know, and noise ---- */

/* Writes at most cap bytes and returns how many. Valid UTF-8 unless is_hostile. */
size_t random_text(uint64_t *state, char *out, size_t cap, bool is_hostile);

/* ---- Small models ---- */

typedef enum sample {
    SAMPLE_TERMS,   /* words [1,2], vocabulary, stop words, idf, sublinear, l2, f64, softmax */
    SAMPLE_HASHED,  /* hashed words, kept columns, alternate sign, l1, f32, sigmoid */
    SAMPLE_CHARS,   /* two blocks: chars_wb hashed f16, chars vocabulary f32; one_vs_rest */
    SAMPLE_SCALED,  /* i8 rows with a scale, binary, descending sums; raw */
    SAMPLE_PATTERN, /* lower, accents, Unicode 14.0; two blocks: words by rule and by pattern */
    SAMPLE_STAGES,  /* two blocks, passes over both, a norm and a matrix, a head of two calibrated
                     * members, context weights */
    SAMPLE_TAGS,    /* multi-label, isotonic, selected columns, thresholds */
    SAMPLE_BINARY,  /* two labels, one output a member, three members */
    SAMPLE_FOLDED,  /* fastText softmax, fewer labels than dimensions; subwords, n-grams */
    SAMPLE_MANY,    /* fastText softmax, more labels than dimensions: a dense head */
    SAMPLE_TREE,    /* fastText hierarchical softmax */
    SAMPLE_BUSH,    /* the same with more labels than dimensions: searched node by node */
    SAMPLE_OVA,     /* fastText one against all, pruned buckets, label tokens */
    SAMPLE_PRODUCT, /* fastText, product-quantised rows and head with norms */
    N_SAMPLES
} sample;

extern const char *const sample_names[N_SAMPLES];

/* Is the model of the fastText family? */
static inline bool sample_is_fasttext(sample kind)
{
    return kind >= SAMPLE_FOLDED;
}

/* The JSON twin, to be freed; the same seed gives the same model. */
char *sample_json(sample kind, uint64_t seed, size_t *len);

/* A fastText model with a dense head of any size. */
char *wide_json(uint32_t n_labels, uint32_t dim, size_t *len);

/* Opens a sample; stops the test when that fails. */
const wn_model *sample_open(sample kind, uint64_t seed, wn_scoring scoring,
                            const wn_allocator *allocator);

/* Opens JSON text and returns the status; *error tells more. */
wn_status open_text(const char *json, const wn_model **model, wn_error *error);

/* Closes the memory stream, opens the JSON text that was written to it and frees the text; stops
 * the test with the reason when the model is refused. */
const wn_model *open_stream(FILE *stream, char **text);

/* Every bit of the scores of some texts, and of what they come of; all scores have to be finite and
 * probabilities. */
uint64_t digest_of_model(const wn_model *model);

/* A file image of the sample in the binary format, to be freed. */
uint8_t *sample_binary(sample kind, uint64_t seed, size_t *len);

/* ---- Files ---- */

/* Makes an empty file and writes its name; the caller unlinks it. */
void temporary_name(char name[static 64]);
void write_file(const char *path, const void *bytes, size_t len);
void *read_file(const char *path, size_t *len);

/* Stops the test with a message, for helpers that are no tests. */
void support_stop(const char *what);

#endif
