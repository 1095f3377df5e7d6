/* model_builder.h - what the steps of building a model share. */
#ifndef WN_MODEL_BUILDER_H
#define WN_MODEL_BUILDER_H

#include "model.h"

/* From a spec to a model; the model's heap owns all that the steps make. */
typedef struct wn__builder {
    const wn__spec *spec;
    wn_model *model;
    wn_error *error;
    const double **doubles; /* [spec->n_arrays] copies that wn__builder_doubles has made */
    wn__strings *tables;    /* [spec->n_arrays] and those of wn__builder_table */
    wn__word_table *words;  /* [spec->n_arrays] and those of wn__builder_terms */
    wn__phrases *phrases;   /* [spec->n_arrays] and those of wn__builder_phrases */
} wn__builder;

/* Reports a model that contradicts itself. */
wn_status wn__builder_corrupt(const wn__builder *b, const char *what);

/* The array that a reference names, or NULL. */
const wn__array *wn__builder_array(const wn__builder *b, wn__array_ref ref);

/* Is it there, of that type, with one dimension of n? */
bool wn__array_is_vector(const wn__array *array, wn__dtype dtype, uint64_t n);

/* Copies string arrays, one behind the other, into one table without a map. */
wn_status wn__builder_strings(const wn__builder *b, const wn__array *const *arrays, size_t n_arrays,
                              wn__strings *out);

/* Builds the table of a dictionary's words. what: a name for messages. */
wn_status wn__builder_words(const wn__builder *b, const wn__strings *strings, bool last_wins,
                            const char *what, wn__word_table *table);

/* The strings of an array and their table of words, once for all that ask. */
wn_status wn__builder_terms(const wn__builder *b, const wn__array *array, const char *what,
                            wn__strings *strings, wn__word_table *table);

/* The same of word n-grams. */
wn_status wn__builder_phrases(const wn__builder *b, const wn__array *array, const char *what,
                              wn__strings *strings, wn__phrases *phrases);

/* Builds the map of a table; equal strings are an error unless the last one wins. what: a name for
 * messages. */
wn_status wn__builder_index(const wn__builder *b, wn__strings *strings, bool last_wins,
                            const char *what);

/* The table of an array of strings, all of them different, with its map; an array becomes a table
 * once, however often it is named. */
wn_status wn__builder_table(const wn__builder *b, const wn__array *array, const char *what,
                            wn__strings *out);

/* Is the array so large that each copy of it counts? */
bool wn__builder_is_large(const wn__builder *b, wn__array_ref ref);

/* Copies a vector of n floats of either width as doubles; an array is copied once, however often it
 * is named. */
wn_status wn__builder_doubles(const wn__builder *b, const wn__array *array, size_t n,
                              const char *what, const double **out);

/* model_features.c: everything of a block but its rows. */
wn_status wn__build_fasttext_features(const wn__builder *b, const wn__spec_block *from,
                                      wn__block *to);
wn_status wn__build_linear_features(const wn__builder *b, const wn__spec_block *from,
                                    wn__block *to);
wn_status wn__build_passes(const wn__builder *b, const wn__spec_passes *from, size_t n_columns,
                           wn__pass **passes, uint32_t *n_passes);

/* model_outputs.c: stages, bias, calibration, thresholds and link of a linear model. */
wn_status wn__build_outputs(const wn__builder *b);

#endif /* WN_MODEL_BUILDER_H */
