/* spec.h - what a model file says, before anyone believes it.
 *
 *     bytes -> format_*.c -> wn__spec -> model_build.c -> wn_model
 *                               |
 *                               +-----> format_winnow.c, format_json.c (writing)
 *
 * A format reader guarantees only that every array lies inside memory that the spec owns and has
 * the size that its type and shape ask for. Everything that a number or name means is checked
 * where the model is built, once, for all formats.
 */
#ifndef WN_SPEC_H
#define WN_SPEC_H

#include "file.h"
#include "hash.h"
#include "unicode_data.h"

typedef enum wn__dtype {
    WN__U8,
    WN__I8,
    WN__I32,
    WN__U32,
    WN__I64,
    WN__F16,
    WN__F32,
    WN__F64,
    WN__STR, /* [n] u32 cumulative end offsets, then the bytes */
    WN__N_DTYPES
} wn__dtype;

/* Names and element sizes (0 for strings), by dtype. */
extern const struct wn__dtype_row {
    const char *name;
    size_t size;
} wn__dtypes[WN__N_DTYPES];

typedef struct wn__array {
    const char *name;
    wn__dtype dtype;
    uint32_t n_dims;     /* 1 or 2 */
    uint64_t shape[2];   /* shape[1] is 1 for one dimension */
    const uint8_t *data; /* [size] any alignment */
    size_t size;
    uint64_t offset; /* of data in the file, for messages; WN__NO_OFFSET when decoded */
} wn__array;

/* A reference to an array: its index in the spec, or -1. */
typedef int32_t wn__array_ref;

typedef enum wn__encoding {
    WN__DENSE,   /* values [n][dim] f64, f32 or f16 */
    WN__SCALED,  /* values i8 [n][dim] times scale f32 [dim] */
    WN__PRODUCT, /* fastText's product quantiser, see rows.h */
    WN__N_ENCODINGS
} wn__encoding;

extern const char *const wn__encodings[WN__N_ENCODINGS];

typedef struct wn__matrix {
    bool present;
    wn__encoding encoding;
    wn__array_ref values, scale;
    wn__array_ref codes, centroids, norm_codes, norm_centroids;
    uint32_t dim, sub_dim; /* WN__PRODUCT */
} wn__matrix;

/* A matrix that is not there. */
extern const wn__matrix wn__no_matrix;

typedef enum wn__extractor_id {
    WN__EXTRACT_WORDS,
    WN__EXTRACT_CHARS,
    WN__EXTRACT_CHARS_WB,
    WN__EXTRACT_FASTTEXT,
    WN__EXTRACT_SURFACE,
    WN__EXTRACT_COLUMNS,
    WN__N_EXTRACTORS
} wn__extractor_id;

typedef enum wn__token_rule {
    WN__TOKENS_ASCII_WORD,
    WN__TOKENS_LETTERS,
    WN__TOKENS_NONSPACE,
    WN__TOKENS_WORD,
    WN__TOKENS_PATTERN,
    WN__N_TOKEN_RULES
} wn__token_rule;

typedef enum wn__norm {
    WN__NORM_NONE,
    WN__NORM_L1,
    WN__NORM_L2,
    WN__NORM_MAX,
    WN__N_NORMS
} wn__norm;

/* In what order a linear model's weights are summed: that of its trainer, so that sums round alike.
 */
typedef enum wn__sum_order {
    WN__SUM_ASCENDING,         /* blocks in order, columns ascending */
    WN__SUM_DESCENDING,        /* the last block first, columns descending */
    WN__SUM_BLOCKS_DESCENDING, /* blocks in order, columns descending inside each */
    WN__N_SUM_ORDERS
} wn__sum_order;

typedef enum wn__calibrator { WN__CALIBRATE_SIGMOID, WN__CALIBRATE_ISOTONIC } wn__calibrator;

/* Where probabilities that were calibrated one by one are divided by their sum. */
typedef enum wn__share {
    WN__SHARE_MEMBERS, /* in each member, before the mean of the members */
    WN__SHARE_MEAN,    /* after it */
    WN__SHARE_NONE,
    WN__N_SHARES
} wn__share;

extern const char *const wn__extractor_names[WN__N_EXTRACTORS];
extern const char *const wn__token_rules[WN__N_TOKEN_RULES];
extern const char *const wn__norms[WN__N_NORMS];
extern const char *const wn__sum_orders[WN__N_SUM_ORDERS];
extern const char *const wn__calibrators[2];
extern const char *const wn__calibrator_inputs[2];
extern const char *const wn__shares[WN__N_SHARES];
extern const char *const wn__links[WN_LINK_RAW + 1];
extern const char *const wn__normalize_steps[7]; /* bit i + 1 of wn__spec.normalize */
extern const char *const wn__unicode_versions[WN__N_UNICODE];

/* One pass over the weights of a text, in this order: binary or binarize, sublinear_tf, idf, norm,
 * scale. */
typedef struct wn__spec_pass {
    bool binary, sublinear_tf;
    double binarize; /* 1 above it, else 0; NaN: left out */
    wn__array_ref idf, scale;
    wn__norm norm;
} wn__spec_pass;

typedef struct wn__spec_passes {
    wn__spec_pass items[WN__MAX_PASSES];
    uint32_t n;
} wn__spec_passes;

/* A step between the pooled row and the head: a norm, or a product with a matrix. */
typedef struct wn__spec_stage {
    wn__norm norm;
    wn__matrix matrix;
    wn__array_ref bias;
} wn__spec_stage;

typedef struct wn__spec_stages {
    wn__spec_stage items[WN__MAX_STAGES];
    uint32_t n;
} wn__spec_stages;

typedef struct wn__spec_calibration {
    bool present;
    wn__calibrator method;
    bool of_probability; /* calibrates the link's probabilities, not the decisions */
    wn__share share;
    wn__array_ref slopes, offsets; /* sigmoid */
    wn__array_ref ends, x, y;      /* isotonic */
} wn__spec_calibration;

typedef struct wn__spec_block {
    wn__extractor_id extractor;
    int64_t ngrams[2]; /* lo, hi; fastText: 1, wordNgrams */
    wn__matrix rows;
    const char *field;  /* the text that it reads; "": the one that needs no name */
    bool has_normalize; /* steps of its own in place of the model's */
    unsigned normalize;

    /* words, chars, chars_wb */
    wn__token_rule tokens;
    int64_t min_length;  /* code points */
    const char *pattern; /* WN__TOKENS_PATTERN; never NULL */
    wn__array_ref stop_words, terms, columns, selected;
    bool hashed, alternate_sign;
    int64_t n_features; /* hashed, columns */
    wn__spec_passes weighting;

    /* fasttext */
    wn__array_ref words, words_index, pruned, folded_counts;
    wn__matrix folded;
    bool label_tokens;    /* the labels are dictionary entries too */
    bool words_last_wins; /* equal strings: the last one counts, as in fastText */
    int64_t subwords[2];  /* minn, maxn */
    int64_t bucket;
} wn__spec_block;

typedef struct wn__spec_probe {
    wn_text *texts; /* [n_texts] in the order of the model's fields */
    size_t n_texts;
    const double *scores; /* [n_scores] */
    size_t n_scores;
} wn__spec_probe;

/* Rows of a file that are not read before they are needed, so that they are never all in memory.
 * They are read once, in their order. */
typedef struct wn__deferred {
    const uint8_t *begin; /* where their array says that it is; NULL: there are none */
    size_t at;            /* where they are in the file */
    const wn__file *file;
    wn__xxh3_state *hash; /* takes their bytes */
} wn__deferred;

typedef struct wn__spec {
    wn__heap heap;      /* owns everything that the spec points to, but for a file image */
    bool is_borrowed;   /* the image stays as long as the model: arrays can be used in place */
    bool is_unverified; /* numbers of large arrays were not looked at */
    uint64_t checksum;  /* that names the file, if it has one itself; else 0 */
    wn__deferred deferred;
    const char *format; /* the reader's name */
    wn_text vocabulary; /* what the caller says beside the file; read by format_liblinear.c alone */
    const char *name, *version, *description, *license, *trainer; /* never NULL */
    unsigned normalize;  /* WN__NORMALIZE_* of normalize.h */
    wn__unicode unicode; /* the trainer's, for its lower case, accents and words */
    wn_link link;
    bool multi_label;
    bool rank_by_decision; /* of models whose labels are ranked by probability else */
    wn__sum_order sum_order;
    bool sigmoid_table; /* exact prediction uses fastText's table of sigmoids */
    wn__array_ref labels, label_counts, bias, thresholds, context;
    uint32_t members;          /* 0: one */
    wn__spec_passes weighting; /* over the columns of all blocks */
    wn__spec_stages stages;
    wn__matrix head;
    wn__spec_calibration calibration;
    wn__spec_block blocks[WN__MAX_BLOCKS];
    uint32_t n_blocks;
    double probe_tolerance;
    wn__spec_probe *probes; /* [n_probes] */
    uint32_t n_probes;
    wn__array arrays[WN__MAX_ARRAYS];
    uint32_t n_arrays;
} wn__spec;

/* What a pass and a stage are before their fields are read. */
extern const wn__spec_pass wn__empty_pass;
extern const wn__spec_stage wn__empty_stage;

/* An empty spec whose references are all absent. */
void wn__spec_init(wn__spec *spec, const wn_allocator *allocator);
void wn__spec_free(wn__spec *spec);

/* A block with every reference absent. */
void wn__spec_block_init(wn__spec_block *block);

/* Adds an array of which the caller fills in the data; NULL when there are too many. The name must
 * outlive the spec. */
wn__array *wn__spec_add_array(wn__spec *spec, const char *name, wn__array_ref *ref);

/* Bytes that the type and shape ask for (strings: the least they can have); false on overflow. */
bool wn__array_size(wn__dtype dtype, uint32_t n_dims, const uint64_t shape[2], size_t *size);

/* The array with that name, or -1. */
wn__array_ref wn__spec_find_array(const wn__spec *spec, const char *name);

/* Checks the insides of an array: string offsets ascend and fit, floats are finite; unverified:
 * those of small arrays. */
wn_status wn__array_check(const wn__spec *spec, const wn__array *array, wn_error *error);

/* Can the array be used where it lies, for as long as the model lives: in the file's image, on a
 * cache line? open.c has to know the pointer to it, or the image is freed. */
bool wn__array_can_stay(const wn__spec *spec, const wn__array *array);

/* Are n floats finite? */
bool wn__are_finite(const float *values, size_t n);

#endif /* WN_SPEC_H */
