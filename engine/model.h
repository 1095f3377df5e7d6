/* model.h - a validated, immutable model in memory. After model_build.c has made one, nothing
 * that scores it checks an index or a length again. */
#ifndef WN_MODEL_H
#define WN_MODEL_H

#include "block.h"
#include "tree.h"

#include <stdatomic.h>

/* A dense stage after the rows: logits = head hidden. Stored by dimension, so that labels are
 * lanes. */
typedef struct wn__head {
    const float *transposed; /* [dim][stride], or NULL: the rows are logits already */
    size_t stride;
    const float *norms; /* [n_outputs] factors after the product, or NULL */
} wn__head;

typedef struct wn__probe {
    wn_text text;
    const double *scores; /* [n_labels] */
} wn__probe;

struct wn_model {
    wn__heap heap;
    _Atomic size_t references;
    const char *format, *name, *version, *description, *license, *trainer;
    uint64_t checksum;

    unsigned normalize;  /* steps of normalize.h */
    wn__unicode unicode; /* for them */
    wn__block blocks[WN__MAX_BLOCKS];
    uint32_t n_blocks;
    bool descending; /* order of columns in sums */
    bool is_fasttext, is_quantized;
    wn_scoring scoring;

    uint32_t dim, n_labels;
    uint32_t n_outputs; /* logits: n_labels, or the inner nodes of the tree */
    wn__head head;
    const double *bias; /* [n_labels] or NULL */
    wn_link link;
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

/* fold.c: makes block->fast from block->exact and the head, or from what the spec has stored. */
wn_status wn__fold(wn_model *model, const wn__spec *spec, wn_error *error);

/* Does folding take time in proportion to the rows? Not when a few words have millions of
 * subwords. */
bool wn__fold_is_linear(const wn_model *model);

#endif /* WN_MODEL_H */
