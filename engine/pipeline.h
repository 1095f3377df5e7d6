/* pipeline.h - a batch of paragraphs through the models. */
#ifndef WN_PIPELINE_H
#define WN_PIPELINE_H

#include "context.h"
#include "decide.h"

/* What to do with a batch. */
typedef struct wn__batch {
    const wn_model *const *models; /* [n_models] */
    size_t n_models;
    const char *text;     /* the document, or NULL: texts are on their own */
    const wn_span *spans; /* [n] paragraphs of the document */
    const wn_text *texts; /* [n][n_fields] */
    size_t n_fields;
    const char *const *names; /* [n_fields] of the texts, or NULL: one text without a name */
    const wn_vector *vectors; /* [n] in place of texts, or NULL */
    size_t n;
    wn__wanted wanted;
    bool with_context; /* of the paragraphs of a document */
} wn__batch;

/* Classifies every paragraph with every model; *result as wn_classify gives it. Errors: MEMORY. */
wn_status wn__pipeline_run(wn_ctx *ctx, const wn__batch *batch, wn_result *result);

/* explain.c: see wn_explain. The label exists, the model reads one text. Errors: MEMORY. */
wn_status wn__explain(wn_ctx *ctx, const wn_model *model, wn_text text, uint32_t label,
                      wn_explanation *explanation);

#endif /* WN_PIPELINE_H */
