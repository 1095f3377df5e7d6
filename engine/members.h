/* members.h - from a model's outputs to each label's logit and probability. */
#ifndef WN_MEMBERS_H
#define WN_MEMBERS_H

#include "model.h"

/* Turns outputs [model->n_outputs], the bias included, into logits and probabilities [n_labels]
 * each; NaN probabilities where the model has none. outputs may be changed. scratch: [2 n_labels].
 * Everything that comes out is finite but for these NaN. */
void wn__members_combine(const wn_model *model, double *outputs, double *logits,
                         double *probabilities, double *scratch);

/* Are labels ranked by their probabilities? Else by their logits. */
static inline bool wn__ranks_by_probability(const wn_model *model)
{
    return (model->calibration.present || model->n_members > 1) && !model->rank_by_decision &&
           model->link != WN_LINK_RAW;
}

#endif /* WN_MEMBERS_H */
