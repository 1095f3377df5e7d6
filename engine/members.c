/* members.c - one or several heads, calibrated or not, averaged.
 *
 *     outputs of a member -> link -> calibrators -> shares of their sum --+
 *                                                                         | mean of the members
 *     logit: the mean of the members' decisions        probability  <-----+
 *
 * This is what scikit-learn's CalibratedClassifierCV (sigmoid after Platt 1999, isotonic after
 * Zadrozny and Elkan 2002), OneVsRestClassifier and soft voting do. Two labels that exclude each
 * other can have one output: it is the decision for the second label.
 */
#include "members.h"

#include "link.h"

#include <math.h>

/* Piecewise linear between the points (x, y) [n], constant outside; x ascends. */
static double interpolate(const double *x, const double *y, size_t n, double at)
{
    if (!(at > x[0]))
        return y[0];
    if (at >= x[n - 1])
        return y[n - 1];
    size_t low = 0, high = n - 1; /* x[low] < at <= x[high] */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (x[middle] < at)
            low = middle;
        else
            high = middle;
    }
    return (y[high] - y[low]) / (x[high] - x[low]) * (at - x[low]) + y[low];
}

static double calibrated(const wn__calibration *c, size_t output, double x)
{
    double p;
    if (c->method == WN__CALIBRATE_SIGMOID) {
        p = wn__sigmoid(-(c->slopes[output] * x + c->offsets[output]));
    } else {
        size_t begin = output > 0 ? c->ends[output - 1] : 0;
        p = interpolate(c->x + begin, c->y + begin, c->ends[output] - begin, x);
    }
    return p >= 0 ? (p <= 1 ? p : 1) : 0; /* a NaN, of weights beyond all reason, is 0 */
}

/* Divides by the sum; uniform where that is zero. */
static void share(double *p, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += p[i];
    for (size_t i = 0; i < n; i++)
        p[i] = sum > 0 ? p[i] / sum : 1.0 / (double)n;
}

/* The calibrated probabilities p [n_labels] of member m; on entry those of its link. */
static void calibrate(const wn_model *model, size_t m, const double *logits, double *p)
{
    const wn__calibration *c = &model->calibration;
    size_t first = m * model->per_member;
    if (model->per_member < model->n_labels) { /* one output for two labels */
        p[1] = calibrated(c, first, c->of_probability ? p[1] : logits[1]);
        p[0] = 1.0 - p[1];
        return;
    }
    for (size_t j = 0; j < model->n_labels; j++)
        p[j] = calibrated(c, first + j, c->of_probability ? p[j] : logits[j]);
    if (c->share == WN__SHARE_MEMBERS)
        share(p, model->n_labels);
}

void wn__members_combine(const wn_model *model, double *outputs, double *logits,
                         double *probabilities, double *scratch)
{
    size_t n = model->n_labels, n_members = model->n_members;
    double *member = scratch, *p = scratch + n;
    wn__finite_logits(outputs, model->n_outputs);
    if (n_members == 1 && model->per_member == n && !model->calibration.present) {
        memcpy(logits, outputs, n * sizeof *logits); /* what follows would come to the same */
        wn__link_apply(model->kernel, model->link, logits, probabilities, n);
        return;
    }
    for (size_t m = 0; m < n_members; m++) {
        const double *from = outputs + m * model->per_member;
        if (model->per_member < n) {
            member[0] = -from[0];
            member[1] = from[0];
        } else {
            memcpy(member, from, n * sizeof *member);
        }
        if (!model->calibration.present || model->calibration.of_probability)
            wn__link_apply(model->kernel, model->link, member, p, n);
        if (model->calibration.present)
            calibrate(model, m, member, p);
        for (size_t j = 0; j < n; j++) {
            logits[j] = m == 0 ? member[j] : logits[j] + member[j];
            probabilities[j] = m == 0 ? p[j] : probabilities[j] + p[j];
        }
    }
    for (size_t j = 0; j < n && n_members > 1; j++) {
        logits[j] /= (double)n_members;
        probabilities[j] /= (double)n_members;
    }
    wn__finite_logits(logits, n);
    if (model->calibration.present && model->calibration.share == WN__SHARE_MEAN)
        share(probabilities, n);
}
