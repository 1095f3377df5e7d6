/* stage.h - dense stages between a linear model's pooled rows and its outputs. */
#ifndef WN_STAGE_H
#define WN_STAGE_H

#include "model.h"

/* Takes the pooled rows [WN__TILE][model->dim] of n paragraphs through all stages. from and to are
 * buffers of [WN__TILE][model->widest] that it may use as it likes; rows lie in from. Returns the
 * one in which the outputs are, [WN__TILE][*width]. An output's bits depend on its row alone. */
double *wn__stages_run(const wn_model *model, double *from, double *to, size_t n, size_t *width);

#endif /* WN_STAGE_H */
