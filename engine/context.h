/* context.h - the scratch memory of one thread. */
#ifndef WN_CONTEXT_H
#define WN_CONTEXT_H

#include "counter.h"
#include "feature.h"
#include "memo.h"
#include "model.h"

struct wn__cell;

struct wn_ctx {
    wn__heap heap;
    wn_error error;

    /* Scoring */
    wn__buffer normalized; /* bytes of one paragraph after normalisation */
    wn__buffer origins;    /* size_t, where they come from; see wn__ctx_origin */
    size_t n_origins;      /* bytes of normalized text with origins; 0: it is the text itself */
    wn__feature_scratch features;
    wn__counter counter;
    wn__buffer weights;       /* wn__weight, one for each column of a text */
    wn__memo memo;            /* sums of unknown words, pool.c */
    wn__buffer rest;          /* float [2][width] of fastText, the same */
    wn__buffer waiting;       /* uint32_t, n-grams that wait for their words */
    wn__buffer hidden;        /* float [WN__TILE][dim], pooled rows of fastText */
    wn__buffer outputs;       /* float [WN__TILE][n_outputs] of fastText */
    wn__buffer rows[2];       /* double [WN__TILE][widest], rows of linear models */
    wn__buffer scored;        /* double [n_outputs], one paragraph's of fastText */
    wn__buffer logits;        /* double [n_labels] */
    wn__buffer probabilities; /* double [n_labels]; tree scratch [2 n_labels - 1] */
    wn__buffer scratch;       /* double [2 n_labels] */
    wn__buffer ranking;       /* uint32_t [n_labels] */
    wn__buffer leaves;        /* wn__leaf [2 n_labels], a tree that is searched */
    wn__buffer all;           /* double [...][2][n_labels], for a document's context: a window */
    wn__buffer known;         /* uint64_t [n] */

    /* Explanations */
    wn__buffer occurrences;   /* wn__occurrence [n] */
    wn__buffer contributions; /* wn_contribution [n] */

    /* Results */
    wn__buffer spans;       /* wn_span [n] */
    wn__buffer paragraphs;  /* wn_paragraph [n] */
    wn__buffer predictions; /* wn_prediction [n][n_models], and as many with context */
    wn__buffer scores;      /* wn_score [...] */
    wn__buffer gold;        /* uint32_t [n_gold] */

    struct wn__cell *cells; /* one for each slot that this context has used, slot.c */
};

/* The detail of a failure goes to the context. */
wn_status wn__ctx_fail(wn_ctx *ctx, wn_status status, const char *what);

/* Replaces *text by what the normalisation steps make of it, in the context's buffer; no step
 * leaves it as it is. with_origins: wn__ctx_origin leads back from there. Errors: MEMORY. */
wn_status wn__ctx_normalize(wn_ctx *ctx, unsigned steps, wn__unicode unicode, bool with_origins,
                            const uint8_t **text, size_t *len);

/* The part of the text that a part of what was normalised last, with origins, came from. */
wn_span wn__ctx_origin(const wn_ctx *ctx, wn_span span);

/* Leaves all slots; slot.c. */
void wn__slot_forget(wn_ctx *ctx);

#endif /* WN_CONTEXT_H */
