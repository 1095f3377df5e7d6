/* keep.h - the conditions of --keep. */
#ifndef CLI_KEEP_H
#define CLI_KEEP_H

#include "models.h"

/* "[MODEL:]LABEL>=P", or "<P": the label's probability (a raw model's score) in that model. */
struct condition {
    size_t model;
    uint32_t label;
    int is_below; /* < instead of >= */
    double limit;
};

/* Reads one. Returns an exit code; complains. */
int keep_parse(const char *text, const struct models *models, struct condition *condition);

/* Whether all conditions hold for predictions [models->n], made with all labels. */
int keep_holds(const struct condition *conditions, size_t n, const wn_prediction *predictions);

#endif
