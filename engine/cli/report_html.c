/* report_html.c - evaluations as one HTML page that needs nothing else: no script, no other file.
 */
#include "report.h"

#include "escape.h"
#include "page.h"
#include "svg.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_HEAT = 40, MAX_PLOTS = 60, MAX_LISTED = 12, MAX_ROWS = 200, TIP_SIZE = 160 };

static void add_text(struct buffer *out, const char *text)
{
    escape_html(out, text, strlen(text));
}

static void add_name(const struct evaluation *evaluation, uint32_t number, struct buffer *out)
{
    size_t len;
    if (number == NO_NAME) {
        buffer_add_string(out, "(no answer)");
        return;
    }
    const char *name = names_get(&evaluation->names, number, &len);
    escape_html(out, name, len < 200 ? len : 200);
}

static void add_cell(struct buffer *out, double value)
{
    if (isnan(value))
        buffer_add_string(out, "<td class=\"n faint\">\xE2\x80\x93</td>");
    else
        buffer_print(out, "<td class=n>%.3f</td>", value);
}

/* ---- Headline ---- */

static void add_card(const struct figure_kind *kind, const struct figure *figure,
                     struct buffer *out)
{
    struct plot bar = {.out = out, .width = 180, .height = 8, .x1 = 1, .y1 = 1};
    buffer_print(out, "<div class=card><div class=name>%s</div><b>%.4f</b>", kind->title,
                 figure->value);
    if (!isnan(figure->low))
        buffer_print(out, "<div class=ci>95 %%: %.4f \xE2\x80\x93 %.4f</div>", figure->low,
                     figure->high);
    if (!isnan(figure->low) && !kind->is_loss) {
        svg_begin(&bar, "interval", 0, 0, NULL, NULL);
        svg_box(&bar, "track", 0, .35, 1, .65, "from 0 to 1");
        svg_box(&bar, "range", figure->low, .1, figure->high, .9, "95 % interval");
        svg_dot(&bar, "dot", figure->value, .5, 3, "value");
        svg_end(&bar);
    }
    buffer_print(out, "<div class=mean>%s</div></div>\n", kind->meaning);
}

static void add_headline(const struct report *report, const struct evaluation *evaluation,
                         struct buffer *out)
{
    const struct loaded *loaded = evaluation->loaded;
    const struct feed *feed = report->feed;
    buffer_add_string(out, "<h1>");
    add_text(out, loaded->name);
    buffer_add_string(out, "</h1>\n<p class=sub>");
    if (loaded->info.description[0] != '\0') {
        add_text(out, loaded->info.description);
        buffer_add_string(out, "<br>");
    }
    if (loaded->info.version[0] != '\0') {
        buffer_add_string(out, "version ");
        add_text(out, loaded->info.version);
        buffer_add_string(out, ", ");
    }
    buffer_print(out, "checksum <code>%016" PRIx64 "</code>, ", loaded->info.checksum);
    buffer_print(out, "%s, %" PRIu32 " labels</p>\n<p class=sub>",
                 evaluation->is_multi ? "multi-label" : "one label a text", loaded->info.n_labels);
    buffer_print(out, "<strong>%zu</strong> records of ", evaluation->n);
    for (size_t i = 0; i < feed->n_inputs; i++) {
        const char *slash = strrchr(feed->inputs[i].path, '/');
        buffer_add_string(out, i > 0 ? ", <code>" : "<code>");
        add_text(out, slash != NULL ? slash + 1 : feed->inputs[i].path);
        buffer_add_string(out, "</code>");
    }
    if (feed->n_failed > 0)
        buffer_print(out, ", <span class=warn>%" PRIu64 " failed</span>", feed->n_failed);
    if (evaluation->n_unlabelled > 0)
        buffer_print(out, ", <span class=warn>%" PRIu64 " without a label</span>",
                     evaluation->n_unlabelled);
    if (evaluation->n_unknown > 0)
        buffer_print(out, ", <span class=warn>%" PRIu64 " with labels that the model lacks</span>",
                     evaluation->n_unknown);
    buffer_add_string(out, "</p>\n<div class=cards>\n");
    for (size_t i = 0; i < N_FIGURES; i++) {
        if (report_shows(evaluation, (enum figure_id)i))
            add_card(&figure_kinds[i], &evaluation->figures[i], out);
    }
    buffer_add_string(out, "</div>\n");
}

/* ---- Labels ---- */

static void add_labels(const struct evaluation *evaluation, struct buffer *out)
{
    size_t n_silent = 0, n_shown = 0;
    buffer_print(out,
                 "<h2>Labels</h2>\n<div class=wide><table class=full><thead><tr><th>label"
                 "<th class=n>first<th class=n>any<th class=n>%s<th class=n>precision"
                 "<th class=n>recall<th class=n>F1<th class=n>AP</tr></thead><tbody>\n",
                 evaluation->is_multi ? "chosen" : "predicted");
    for (uint32_t i = 0; i < evaluation->names.n; i++) {
        const struct label_figures *figures = &evaluation->labels[i];
        if (!report_occurs(figures) || n_shown == MAX_ROWS) {
            n_silent++;
            continue;
        }
        n_shown++;
        double f1 = tally_f1(&figures->tally);
        buffer_add_string(out, "<tr><td>");
        add_name(evaluation, i, out);
        if (i >= evaluation->n_known)
            buffer_add_string(out, " <span class=warn>not the model's</span>");
        buffer_print(out, "<td class=n>%" PRIu64 "<td class=n>%" PRIu64 "<td class=n>%" PRIu64,
                     figures->n_first, figures->n_any, figures->n_predicted);
        add_cell(out, tally_precision(&figures->tally));
        add_cell(out, tally_recall(&figures->tally));
        if (isnan(f1))
            add_cell(out, f1);
        else
            buffer_print(out, "<td class=f1 style=\"--v:%.1f\">%.3f</td>", 100 * f1, f1);
        add_cell(out, figures->average_precision);
        buffer_add_string(out, "</tr>\n");
    }
    buffer_add_string(out, "</tbody></table></div>\n");
    if (n_silent > 0)
        buffer_print(out, "<p class=note>%zu more labels, %s.</p>\n", n_silent,
                     n_shown == MAX_ROWS ? "left out here" : "neither in the data nor predicted");
}

/* ---- Confusion ---- */

static void add_heat_cell(const struct evaluation *evaluation, uint32_t row, uint32_t column,
                          uint64_t n, uint64_t total, struct buffer *out)
{
    if (n == 0) {
        buffer_add_string(out, "<td>");
        return;
    }
    double share = (double)n / (double)total;
    double alpha = 0.08 + 0.92 * (row == column ? share : sqrt(share) * 0.8);
    buffer_print(out, "<td%s style=\"background:rgba(var(--%s),%.2f)\" title=\"",
                 alpha > 0.55 ? " class=strong" : "", row == column ? "hit" : "miss", alpha);
    add_name(evaluation, row, out);
    buffer_add_string(out, " \xE2\x86\x92 ");
    add_name(evaluation, column, out);
    buffer_print(out, ": %" PRIu64 " (%.1f %%)\">%" PRIu64, n, 100 * share, n);
}

static void add_heat_row(const struct evaluation *evaluation, uint32_t row, const uint32_t *columns,
                         size_t n_columns, struct buffer *out)
{
    uint64_t counts[MAX_HEAT + 1] = {0}, total = 0;
    for (size_t i = 0; i < evaluation->n_confusions; i++) {
        const struct confusion *confusion = &evaluation->confusions[i];
        for (size_t j = 0; j < n_columns && confusion->first == row; j++) {
            if (columns[j] == confusion->best)
                counts[j] = confusion->n;
        }
        total += confusion->first == row ? confusion->n : 0;
    }
    if (total == 0)
        return;
    buffer_add_string(out, "<tr><th>");
    add_name(evaluation, row, out);
    for (size_t j = 0; j < n_columns; j++)
        add_heat_cell(evaluation, row, columns[j], counts[j], total, out);
    buffer_add_string(out, "</tr>\n");
}

/* The matrix; 0 where there are too many labels for one. */
static int add_heat_map(const struct evaluation *evaluation, struct buffer *out)
{
    uint32_t columns[MAX_HEAT + 1];
    size_t n = 0;
    int has_none = 0;
    for (uint32_t i = 0; i < evaluation->names.n; i++) {
        if (!report_occurs(&evaluation->labels[i]))
            continue;
        if (n == MAX_HEAT)
            return 0;
        columns[n++] = i;
    }
    for (size_t i = 0; i < evaluation->n_confusions; i++)
        has_none |= evaluation->confusions[i].best == NO_NAME;
    if (has_none)
        columns[n++] = NO_NAME;
    buffer_add_string(out, "<div class=wide><table class=heat><thead><tr><th>");
    for (size_t i = 0; i < n; i++) {
        buffer_add_string(out, "<th><div class=up>");
        add_name(evaluation, columns[i], out);
        buffer_add_string(out, "</div>");
    }
    buffer_add_string(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++)
        add_heat_row(evaluation, columns[i], columns, n, out);
    buffer_add_string(out, "</tbody></table></div>\n");
    return 1;
}

static void list_confusions(const struct evaluation *evaluation, struct buffer *out)
{
    int n = 0;
    for (size_t i = 0; i < evaluation->n_confusions && n < MAX_LISTED; i++) {
        const struct confusion *confusion = &evaluation->confusions[i];
        if (confusion->first == confusion->best)
            continue;
        if (n++ == 0)
            buffer_add_string(out, "<table class=small><thead><tr><th>confused most"
                                   "<th class=n>records</tr></thead><tbody>\n");
        buffer_add_string(out, "<tr><td>");
        add_name(evaluation, confusion->first, out);
        buffer_add_string(out, " \xE2\x86\x92 ");
        add_name(evaluation, confusion->best, out);
        buffer_print(out, "<td class=n>%" PRIu64 "</tr>\n", confusion->n);
    }
    if (n > 0)
        buffer_add_string(out, "</tbody></table>\n");
}

static void add_confusion(const struct evaluation *evaluation, struct buffer *out)
{
    if (evaluation->is_multi || evaluation->n == 0)
        return;
    buffer_add_string(out,
                      "<h2>Confusion</h2>\n<p class=note>A row for the record's label, a column "
                      "for the best label; colour is the share of the row.</p>\n"
                      "<div class=side>\n");
    if (!add_heat_map(evaluation, out))
        buffer_add_string(out, "<p class=note>More labels than a matrix can show.</p>\n");
    list_confusions(evaluation, out);
    buffer_add_string(out, "</div>\n");
}

/* ---- Confidence ---- */

static struct plot square(struct buffer *out)
{
    return (struct plot){.out = out,
                         .width = 360,
                         .height = 300,
                         .left = 44,
                         .right = 12,
                         .top = 10,
                         .bottom = 36,
                         .x1 = 1,
                         .y1 = 1};
}

static void add_reliability(const struct evaluation *evaluation, struct buffer *out)
{
    static const struct plot_point diagonal[2] = {{0, 0}, {1, 1}};
    struct plot plot = square(out);
    struct plot_point points[EVALUATION_BINS];
    size_t n = 0;
    buffer_print(out, "<figure><figcaption>Reliability <span>ECE %.4f, %s</span></figcaption>\n",
                 evaluation->figures[ECE].value,
                 evaluation->is_multi ? "all labels of all records" : "the best label");
    svg_begin(&plot, "Reliability diagram", 5, 5, "mean p of the bin", "share right");
    svg_line(&plot, "ideal", diagonal, 2);
    for (size_t i = 0; i < EVALUATION_BINS; i++) {
        const struct bin *bin = &evaluation->bins[i];
        if (bin->n == 0)
            continue;
        points[n].x = bin->confidence;
        points[n++].y = bin->accuracy;
        double low = fmin(bin->accuracy, bin->confidence);
        svg_box(&plot, "gap", bin->confidence - .004, low, bin->confidence + .004,
                fmax(bin->accuracy, bin->confidence), "distance from the ideal");
    }
    svg_line(&plot, "curve", points, n);
    for (size_t i = 0; i < EVALUATION_BINS; i++) {
        const struct bin *bin = &evaluation->bins[i];
        char tip[TIP_SIZE];
        snprintf(tip, sizeof tip, "%zu records, p %.3f to %.3f: mean p %.3f, right %.3f", bin->n,
                 bin->low, bin->high, bin->confidence, bin->accuracy);
        if (bin->n > 0)
            svg_dot(&plot, "dot", bin->confidence, bin->accuracy, 4, tip);
    }
    svg_end(&plot);
    buffer_add_string(out, "</figure>\n");
}

static void add_histogram(const struct evaluation *evaluation, struct buffer *out)
{
    struct plot plot = square(out);
    uint64_t most = 1;
    for (size_t i = 0; i < HISTOGRAM_BINS; i++) {
        uint64_t n = evaluation->histogram[0][i] + evaluation->histogram[1][i];
        most = n > most ? n : most;
    }
    /* The top of the axis: 1, 2 or 5 times a power of ten. */
    double step = pow(10, floor(log10((double)most)));
    double top = step * ((double)most <= step       ? 1
                         : (double)most <= 2 * step ? 2
                         : (double)most <= 5 * step ? 5
                                                    : 10);
    plot.y1 = top;
    buffer_add_string(out,
                      "<figure><figcaption>Score histogram <span><i class=\"key right\"></i>right"
                      "<i class=\"key wrong\"></i>wrong</span></figcaption>\n");
    svg_begin(&plot, "Histogram of the best label's probability", 5, 5, "p of the best label",
              NULL);
    for (size_t i = 0; i < HISTOGRAM_BINS; i++) {
        double wrong = (double)evaluation->histogram[0][i];
        double right = (double)evaluation->histogram[1][i];
        double x0 = (double)i / HISTOGRAM_BINS + .003, x1 = (double)(i + 1) / HISTOGRAM_BINS - .003;
        char tip[TIP_SIZE];
        snprintf(tip, sizeof tip, "p %.2f to %.2f: %.0f right, %.0f wrong", x0, x1, right, wrong);
        if (wrong > 0)
            svg_box(&plot, "wrong", x0, 0, x1, wrong, tip);
        if (right > 0)
            svg_box(&plot, "right", x0, wrong, x1, wrong + right, tip);
    }
    svg_end(&plot);
    buffer_add_string(out, "</figure>\n");
}

static void add_coverage(const struct evaluation *evaluation, struct buffer *out)
{
    struct plot plot = square(out);
    struct plot_point points[COVERAGE_POINTS];
    double least = 1;
    size_t n = evaluation->n_coverage;
    for (size_t i = 0; i < n; i++) {
        points[i].x = evaluation->coverage[i].share;
        points[i].y = evaluation->coverage[i].accuracy;
        least = fmin(least, points[i].y);
    }
    plot.y0 = least >= .8 ? .8 : least >= .5 ? .5 : 0;
    buffer_add_string(out, "<figure><figcaption>Accuracy and coverage <span>answering only the "
                           "surest</span></figcaption>\n");
    svg_begin(&plot, "Accuracy of the surest answers", 5, plot.y0 == .8 ? 4 : 5,
              "share of records answered", "accuracy on them");
    svg_line(&plot, "curve", points, n);
    for (size_t i = 0; i < n; i++) {
        const struct coverage_point *point = &evaluation->coverage[i];
        char tip[TIP_SIZE];
        snprintf(tip, sizeof tip, "threshold %.3f: %.0f %% answered, %.1f %% of them right",
                 point->threshold, 100 * point->share, 100 * point->accuracy);
        svg_dot(&plot, "dot", point->share, point->accuracy, 2.5, tip);
    }
    svg_end(&plot);
    buffer_add_string(out, "</figure>\n");
}

static void add_confidence(const struct evaluation *evaluation, struct buffer *out)
{
    if (isnan(evaluation->figures[ECE].value) && evaluation->n_coverage == 0)
        return;
    buffer_add_string(out, "<h2>Confidence</h2>\n<div class=two>\n");
    if (!isnan(evaluation->figures[ECE].value)) {
        add_reliability(evaluation, out);
        add_histogram(evaluation, out);
    }
    if (evaluation->n_coverage > 0)
        add_coverage(evaluation, out);
    buffer_add_string(out, "</div>\n");
}

static void add_decisions(const struct evaluation *evaluation, struct buffer *out)
{
    static const char *const titles[3] = {"sure: a label is chosen",
                                          "unsure: no label above its threshold",
                                          "unsure: nothing of the text is known"};
    if (evaluation->n == evaluation->n_decisions[WN_DECIDED])
        return;
    buffer_add_string(out, "<h2>Sure and unsure answers</h2>\n<table><thead><tr><th>decision"
                           "<th class=n>records<th class=n>share<th class=n>right</tr></thead>"
                           "<tbody>\n");
    for (size_t i = 0; i < 3; i++) {
        double n = (double)evaluation->n_decisions[i];
        buffer_print(out, "<tr><td>%s<td class=n>%.0f", titles[i], n);
        add_cell(out, n / (double)evaluation->n);
        add_cell(out, n > 0 ? (double)evaluation->n_right_of[i] / n : NAN);
        buffer_add_string(out, "</tr>\n");
    }
    buffer_add_string(out, "</tbody></table>\n");
}

/* ---- Curves ---- */

static void add_curve(const struct evaluation *evaluation, uint32_t label, struct buffer *out)
{
    const struct label_figures *figures = &evaluation->labels[label];
    struct plot plot = {.out = out,
                        .width = 160,
                        .height = 132,
                        .left = 22,
                        .right = 4,
                        .top = 5,
                        .bottom = 18,
                        .x1 = 1,
                        .y1 = 1};
    struct plot_point points[CURVE_POINTS + 1];
    points[0].x = 0;
    points[0].y = figures->curve[0].precision;
    for (size_t i = 0; i < figures->n_points; i++) {
        points[i + 1].x = figures->curve[i].recall;
        points[i + 1].y = figures->curve[i].precision;
    }
    buffer_add_string(out, "<figure><figcaption title=\"");
    add_name(evaluation, label, out);
    buffer_print(out, "\"><span>%.3f</span> ", figures->average_precision);
    add_name(evaluation, label, out);
    buffer_add_string(out, "</figcaption>\n");
    svg_begin(&plot, "Precision-recall curve", 2, 2, NULL, NULL);
    svg_area(&plot, "under", points, figures->n_points + 1);
    svg_line(&plot, "curve", points, figures->n_points + 1);
    svg_end(&plot);
    buffer_add_string(out, "</figure>\n");
}

static void add_curves(const struct evaluation *evaluation, struct buffer *out)
{
    int n = 0;
    for (uint32_t i = 0; i < evaluation->names.n && n < MAX_PLOTS; i++) {
        if (evaluation->labels[i].n_points == 0)
            continue;
        if (n++ == 0)
            buffer_add_string(out,
                              "<h2>Precision and recall</h2>\n<p class=note>Precision (upwards) "
                              "over recall, with the average precision.</p>\n"
                              "<div class=many>\n");
        add_curve(evaluation, i, out);
    }
    if (n > 0)
        buffer_add_string(out, "</div>\n");
}

/* ---- Mistakes ---- */

static void add_mistake(const struct evaluation *evaluation, const struct mistake *mistake,
                        struct buffer *out)
{
    buffer_print(out, "<tr><td class=n>%.4f<td><span class=\"pill said\">", mistake->confidence);
    if (evaluation->is_multi)
        buffer_add_string(out, mistake->is_missing ? "missing: " : "chosen: ");
    add_name(evaluation, mistake->label, out);
    buffer_add_string(out, "</span><td>");
    for (uint32_t i = 0; i < mistake->n_gold; i++) {
        buffer_add_string(out,
                          i > 0 ? "<br><span class=\"pill gold\">" : "<span class=\"pill gold\">");
        add_name(evaluation, mistake->gold[i], out);
        buffer_add_string(out, "</span>");
    }
    buffer_add_string(out, "<td class=text><bdi>");
    escape_html(out, mistake->text, mistake->text_len);
    buffer_print(out, "</bdi>%s<td class=\"n faint\">%" PRIu64 "</tr>\n",
                 mistake->is_cut ? "\xE2\x80\xA6" : "", mistake->number);
}

static void add_mistakes(const struct evaluation *evaluation, struct buffer *out)
{
    if (evaluation->n_mistakes == 0)
        return;
    buffer_print(out,
                 "<h2>Most confident mistakes</h2>\n<div class=wide><table class=full><thead>"
                 "<tr><th class=n>p<th>%s<th>record's labels<th>text<th class=n>record</tr>"
                 "</thead><tbody>\n",
                 evaluation->is_multi ? "wrong" : "best label");
    for (size_t i = 0; i < evaluation->n_mistakes; i++)
        add_mistake(evaluation, &evaluation->mistakes[i], out);
    buffer_add_string(out, "</tbody></table></div>\n");
}

void report_html(const struct report *report, struct buffer *out)
{
    buffer_add_string(out, page_head);
    buffer_add_string(out, page_more_style);
    buffer_add_string(out, "</style>\n<title>");
    for (size_t i = 0; i < report->n; i++) {
        add_text(out, report->items[i].loaded->name);
        buffer_add_string(out, i + 1 < report->n ? ", " : " \xE2\x80\x93 ");
    }
    buffer_add_string(out, "evaluation</title>\n</head>\n<body><main>\n");
    for (size_t i = 0; i < report->n; i++) {
        const struct evaluation *evaluation = &report->items[i];
        buffer_add_string(out, "<section>\n");
        add_headline(report, evaluation, out);
        add_labels(evaluation, out);
        add_confusion(evaluation, out);
        add_confidence(evaluation, out);
        add_decisions(evaluation, out);
        add_curves(evaluation, out);
        add_mistakes(evaluation, out);
        buffer_add_string(out, "</section>\n");
    }
    buffer_add_string(out, page_notes);
    buffer_print(out, "<footer>winnow %s eval", wn_version());
    if (report->n > 0 && report->items[0].n_rounds > 0)
        buffer_print(out, "; intervals from %" PRIu32 " bootstrap rounds",
                     report->items[0].n_rounds);
    buffer_add_string(out, "</footer>\n</main></body>\n</html>\n");
}
