/* comparison_report.h - a comparison of two models, as text for people and as JSON. */
#ifndef CLI_COMPARISON_REPORT_H
#define CLI_COMPARISON_REPORT_H

#include "comparison.h"

/* The share of texts whose answer flips; 0 without texts. */
double comparison_flip_share(const struct comparison *comparison);

/* columns: of the terminal. */
void comparison_table(const struct comparison *comparison, size_t columns, int has_colour,
                      struct buffer *out);

void comparison_json(const struct comparison *comparison, struct buffer *out);

#endif
