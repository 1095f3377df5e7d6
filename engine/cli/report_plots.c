/* report_plots.c - the plots of an evaluation's HTML page. */
#include "report_plots.h"

#include "svg.h"

#include <math.h>
#include <stdio.h>

enum { MAX_PLOTS = 60, TIP_SIZE = 160 };

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
    buffer_add_string(out, "<figure><figcaption>Accuracy and coverage <span>of the surest "
                           "answers</span></figcaption>\n");
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

void plots_confidence(const struct evaluation *evaluation, struct buffer *out)
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
    names_add_html(&evaluation->names, label, out);
    buffer_print(out, "\"><span>%.3f</span> ", figures->average_precision);
    names_add_html(&evaluation->names, label, out);
    buffer_add_string(out, "</figcaption>\n");
    svg_begin(&plot, "Precision-recall curve", 2, 2, NULL, NULL);
    svg_area(&plot, "under", points, figures->n_points + 1);
    svg_line(&plot, "curve", points, figures->n_points + 1);
    svg_end(&plot);
    buffer_add_string(out, "</figure>\n");
}

void plots_curves(const struct evaluation *evaluation, struct buffer *out)
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
