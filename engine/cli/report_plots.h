/* report_plots.h - the plots of an evaluation's HTML page. */
#ifndef CLI_REPORT_PLOTS_H
#define CLI_REPORT_PLOTS_H

#include "evaluation.h"

/* Each adds its section, or nothing where there is nothing to draw. The first one: reliability,
 * scores, accuracy over coverage; the second one a precision-recall curve for each label. */
void plots_confidence(const struct evaluation *evaluation, struct buffer *out);
void plots_curves(const struct evaluation *evaluation, struct buffer *out);

#endif
