/* model.h - a validated, immutable model in memory. After model_build.c has made one, nothing
 * that scores it checks an index or a length again. */
#ifndef WN_MODEL_H
#define WN_MODEL_H

#include "block.h"
#include "kernel/kernel.h"
#include "tree.h"

#include <stdatomic.h>

/* A dense stage after the rows: logits = head hidden. */
typedef struct wn__head {
    const float *panels; /* of the head [dim][n_outputs], or NULL: the rows are logits already */
    const float *rows;   /* [n_outputs][dim] the same for a tree that is searched node by node */
    const float *norms;  /* [n_outputs] factors after the product, or NULL */
} wn__head;

/* A step between pooled rows and outputs: first the norm, then the product, then the bias. The head
 * of a linear model is the last one. */
typedef struct wn__stage {
    wn__norm norm;
    const double *transposed; /* [n_in][n_out], or NULL: a norm alone */
    size_t n_in, n_out;
    const double *bias; /* [n_out] or NULL */
} wn__stage;

/* Functions from an output to a probability, one each; see members.c. */
typedef struct wn__calibration {
    bool present;
    wn__calibrator method;
    bool of_probability;
    wn__share share;
    const double *slopes, *offsets; /* [n_outputs] sigmoid */
    const uint32_t *ends;           /* [n_outputs] isotonic: where each one's points end */
    const double *x, *y;            /* [ends of the last] */
} wn__calibration;

typedef struct wn__probe {
    const wn_text *texts; /* [n_fields] */
    const double *scores; /* [n_labels] */
} wn__probe;

struct wn_model {
    wn__heap heap;
    const wn__kernel *kernel;
    _Atomic size_t references;
    const char *format, *name, *version, *description, *license, *trainer;
    uint64_t checksum;
    const uint8_t *mapping; /* [mapping_size] the file, or NULL */
    size_t mapping_size;

    const char *fields[WN__MAX_BLOCKS]; /* [n_fields] names of the texts that it reads */
    uint32_t n_fields;                  /* 0: it scores vectors alone */
    unsigned normalize;  /* steps of normalize.h, fastText models; linear blocks have their own */
    wn__unicode unicode; /* for them */
    wn__block blocks[WN__MAX_BLOCKS];
    uint32_t n_blocks;
    wn__sum_order sum_order;
    wn__pass *passes; /* [n_passes] over the columns of all blocks */
    uint32_t n_passes;
    uint32_t first_column[WN__MAX_BLOCKS]; /* of each block among those of all */
    bool is_fasttext, is_quantized;
    bool is_folded; /* fastText: the rows are logits already */
    size_t width;   /* fastText: floats of a row as it is added up */
    wn_scoring scoring;

    uint32_t dim, n_labels;         /* dim: length of a row as the file has it */
    uint32_t n_outputs;             /* n_members * per_member, or the inner nodes of the tree */
    uint32_t n_members, per_member; /* per_member: n_labels, or 1 for two labels */
    wn__head head;                  /* fastText */
    wn__stage stages[WN__MAX_STAGES + 1]; /* [n_stages] linear models */
    uint32_t n_stages;
    size_t widest;      /* numbers in a paragraph's row at any stage */
    const double *bias; /* [n_outputs] or NULL */
    wn__calibration calibration;
    wn_link link;
    bool multi_label, rank_by_decision;
    const double *thresholds; /* [n_labels] or NULL: none */
    const double *context;    /* [n_context] weights of a paragraph's neighbours, by distance */
    uint32_t n_context;
    bool sigmoid_table;
    wn__tree tree; /* WN_LINK_HIERARCHICAL_SOFTMAX */

    const char *label_text;    /* the labels, each with a NUL behind it */
    const size_t *label_begin; /* [n_labels + 1] */

    const wn__probe *probes; /* [n_probes] */
    uint32_t n_probes;
    double probe_tolerance;
};

/* Validates a spec and builds the model from it; the spec may be freed afterwards. Errors: CORRUPT,
 * UNSUPPORTED, LIMIT, MEMORY. */
wn_status wn__model_build(const wn__spec *spec, const wn_allocator *allocator, wn_scoring scoring,
                          uint64_t checksum, const wn_model **model, wn_error *error);

/* fold.c: makes block->fast from the spec's rows, with_head times the head, or loads what the spec
 * has stored. */
wn_status wn__fold(wn_model *model, const wn__spec *spec, bool with_head, wn_error *error);

/* How far apart folded rows of n numbers lie: whole vectors, small ones a power of two, so that
 * none straddles more cache lines than it must. */
size_t wn__fast_stride(size_t n);

/* Does folding take time in proportion to the rows? Not when a few words have millions of
 * subwords. */
bool wn__fold_is_linear(const wn_model *model);

#endif /* WN_MODEL_H */
