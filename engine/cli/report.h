/* report.h - the evaluations of a run, written as a table, as JSON, as an HTML page. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "evaluation.h"
#include "feed.h"

struct report {
    const struct evaluation *items; /* [n] */
    size_t n;
    const struct feed *feed;
    size_t columns; /* table: of the terminal */
    int has_colour;
};

void report_table(const struct report *report, struct buffer *out);
void report_json(const struct report *report, struct buffer *out);
void report_html(const struct report *report, struct buffer *out);

/* Whether a label has something to show: it is in the data, or was predicted. */
int report_occurs(const struct label_figures *figures);

/* Whether a figure says something: it is defined, and there are unsure answers where it is about
 * them. JSON has all of them. */
int report_shows(const struct evaluation *evaluation, enum figure_id id);

#endif
