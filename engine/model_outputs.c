/* model_outputs.c - validates what follows the rows: stages, head, bias, link, calibration,
 * thresholds.
 *
 *     rows [dim] -> stages -> head -> outputs = members x (labels, or 1 for two labels)
 */
#include "model_builder.h"

#include <math.h>

#define MAX_OUTPUTS ((uint64_t)1 << 22)

/* Loads a matrix [n_out][n_in] by its input: double [n_in][n_out]. */
static wn_status load_stage(const wn__builder *b, const wn__matrix *from, size_t n_in,
                            const char *where, wn__stage *to)
{
    const wn__array *values = wn__builder_array(b, from->values);
    size_t n_out = values != NULL && values->n_dims == 2 ? (size_t)values->shape[0] : 0;
    if (from->encoding != WN__DENSE || n_out == 0)
        return wn__builder_corrupt(b, "the matrix of a stage must be dense, with at least one row");
    if (n_in > WN__MAX_DIM || n_out > MAX_OUTPUTS) {
        return wn__fail(b->error, WN_ERROR_LIMIT, WN__NO_OFFSET,
                        "model: %s: rows of more than %u, or more than 2^22 outputs", where,
                        WN__MAX_DIM);
    }
    wn_status status = wn__matrix_check(b->spec, from, n_out, n_in, where, b->error);
    if (status != WN_OK)
        return status;
    double *transposed = wn__heap_alloc(&b->model->heap, n_in * n_out, sizeof *transposed);
    if (transposed == NULL)
        return wn__no_memory(b->error);
    for (size_t i = 0; i < n_out; i++) {
        for (size_t j = 0; j < n_in; j++)
            transposed[j * n_out + i] = wn__array_number(values, i * n_in + j);
    }
    to->transposed = transposed;
    to->n_in = n_in;
    to->n_out = n_out;
    return WN_OK;
}

/* Each stage decodes its matrix: see shares_large_rows in model_build.c. */
static bool shares_large_matrix(const wn__builder *b, const wn__matrix *matrix, uint32_t i)
{
    for (uint32_t j = 0; j < i; j++) {
        if (b->spec->stages.items[j].matrix.present &&
            b->spec->stages.items[j].matrix.values == matrix->values &&
            wn__builder_is_large(b, matrix->values))
            return true;
    }
    return false;
}

/* All stages and the head; *width becomes the number of outputs. */
static wn_status build_stages(const wn__builder *b, size_t *width)
{
    const wn__spec *spec = b->spec;
    wn_model *m = b->model;
    m->widest = *width;
    for (uint32_t i = 0; i < spec->stages.n + (spec->head.present ? 1 : 0); i++) {
        bool is_head = i == spec->stages.n;
        const wn__spec_stage *from = is_head ? NULL : &spec->stages.items[i];
        const wn__matrix *matrix = is_head ? &spec->head : &from->matrix;
        wn__stage *to = &m->stages[m->n_stages++];
        to->norm = is_head ? WN__NORM_NONE : from->norm;
        if (!matrix->present) {
            if (to->norm == WN__NORM_NONE || from->bias >= 0)
                return wn__builder_corrupt(b, "a stage needs a \"norm\" or a \"matrix\"");
            continue;
        }
        if (shares_large_matrix(b, matrix, i))
            return wn__builder_corrupt(b, "two stages share a large matrix: each needs its own");
        wn_status status = load_stage(b, matrix, *width, is_head ? "head" : "stages", to);
        if (status == WN_OK && !is_head && from->bias >= 0)
            status = wn__builder_doubles(b, wn__builder_array(b, from->bias), to->n_out, "bias",
                                         &to->bias);
        if (status != WN_OK)
            return status;
        *width = to->n_out;
        m->widest = *width > m->widest ? *width : m->widest;
    }
    return WN_OK;
}

/* The length of the rows and the outputs that come of them. */
static wn_status build_linear(const wn__builder *b)
{
    const wn__spec *spec = b->spec;
    wn_model *m = b->model;
    uint64_t dim = wn__matrix_dim(spec, &spec->blocks[0].rows);
    bool has_stages = spec->stages.n > 0 || spec->head.present;
    if (dim < 1)
        return wn__builder_corrupt(b, "a block without rows");
    if (dim > (has_stages ? WN__MAX_DIM : MAX_OUTPUTS)) {
        return wn__fail(b->error, WN_ERROR_LIMIT, WN__NO_OFFSET,
                        "model: rows of %llu: at most %u before a stage, 2^22 else",
                        (unsigned long long)dim, WN__MAX_DIM);
    }
    m->dim = (uint32_t)dim;
    size_t width = m->dim;
    wn_status status = build_stages(b, &width);
    if (status != WN_OK)
        return status;
    m->n_outputs = (uint32_t)width;
    m->n_members = spec->members > 0 ? spec->members : 1;
    if (m->n_members > WN__MAX_MEMBERS) {
        return wn__fail(b->error, WN_ERROR_LIMIT, WN__NO_OFFSET, "model: more than %d members",
                        WN__MAX_MEMBERS);
    }
    m->per_member = m->n_outputs / m->n_members;
    bool is_binary = m->per_member == 1 && m->n_labels == 2 && !spec->multi_label;
    if (m->n_outputs % m->n_members != 0 || (m->per_member != m->n_labels && !is_binary)) {
        return wn__fail(b->error, WN_ERROR_CORRUPT, WN__NO_OFFSET,
                        "model: %u outputs for %u members and %u labels: it takes one a member and "
                        "label (two labels that exclude each other: or one a member)",
                        (unsigned)m->n_outputs, (unsigned)m->n_members, (unsigned)m->n_labels);
    }
    if (spec->bias < 0)
        return WN_OK;
    return wn__builder_doubles(b, wn__builder_array(b, spec->bias), m->n_outputs, "bias", &m->bias);
}

/* The length of the rows of fastText is that of the head; without one they are folded. */
static wn_status build_fasttext(const wn__builder *b)
{
    const wn__spec *spec = b->spec;
    wn_model *m = b->model;
    if (spec->bias >= 0)
        return wn__builder_corrupt(b, "fastText models have no \"bias\"");
    if (spec->stages.n > 0 || spec->weighting.n > 0 || spec->members > 1)
        return wn__builder_corrupt(
            b, "fastText models have no \"stages\", \"weighting\" or \"members\"");
    m->n_members = 1;
    m->per_member = m->n_labels;
    m->n_outputs = spec->link == WN_LINK_HIERARCHICAL_SOFTMAX ? m->n_labels - 1 : m->n_labels;
    m->dim = m->n_labels;
    if (!spec->head.present)
        return WN_OK;
    uint64_t dim = wn__matrix_dim(spec, &spec->head);
    if (dim == 0 || dim > WN__MAX_DIM) {
        return wn__fail(b->error, dim == 0 ? WN_ERROR_CORRUPT : WN_ERROR_LIMIT, WN__NO_OFFSET,
                        "model: the head has rows of %llu, from 1 to %u are possible",
                        (unsigned long long)dim, WN__MAX_DIM);
    }
    m->dim = (uint32_t)dim;
    return WN_OK;
}

static wn_status build_link(const wn__builder *b)
{
    wn_model *m = b->model;
    const wn__spec *spec = b->spec;
    m->link = spec->link;
    m->sigmoid_table = spec->sigmoid_table;
    m->multi_label = spec->multi_label;
    m->rank_by_decision = spec->rank_by_decision;
    if (spec->link != WN_LINK_HIERARCHICAL_SOFTMAX)
        return WN_OK;
    if (!m->is_fasttext)
        return wn__builder_corrupt(b, "hierarchical_softmax needs fastText features");
    const wn__array *counts = wn__builder_array(b, spec->label_counts);
    if (!wn__array_is_vector(counts, WN__I64, m->n_labels))
        return wn__builder_corrupt(b,
                                   "hierarchical_softmax needs \"label_counts\", i64, one a label");
    return wn__tree_build(&m->tree, &m->heap, counts->data, m->n_labels, b->error);
}

/* ---- Calibration ---- */

/* Points of each output's function: at least one, x ascending, y within 0 and 1. */
static wn_status check_points(const wn__builder *b, const wn__calibration *c, size_t n_points)
{
    size_t at = 0;
    for (uint32_t i = 0; i < b->model->n_outputs; i++) {
        if (c->ends[i] <= at || c->ends[i] > n_points)
            return wn__builder_corrupt(b,
                                       "\"ends\" of a calibration must ascend and stay in range");
        for (size_t j = at; j < c->ends[i]; j++) {
            if ((j > at && !(c->x[j] > c->x[j - 1])) || !(c->y[j] >= 0 && c->y[j] <= 1))
                return wn__builder_corrupt(
                    b, "a calibration needs \"x\" that ascend and \"y\" from 0 to 1");
        }
        at = c->ends[i];
    }
    if (at != n_points)
        return wn__builder_corrupt(b, "\"ends\" of a calibration must end where \"x\" does");
    return WN_OK;
}

static wn_status build_isotonic(const wn__builder *b, wn__calibration *c)
{
    const wn__spec_calibration *from = &b->spec->calibration;
    wn_model *m = b->model;
    const wn__array *ends = wn__builder_array(b, from->ends), *x = wn__builder_array(b, from->x);
    if (!wn__array_is_vector(ends, WN__U32, m->n_outputs) || x == NULL || x->n_dims != 1)
        return wn__builder_corrupt(
            b, "an isotonic calibration needs \"ends\" u32, one an output, \"x\" and \"y\"");
    uint32_t *copy = wn__heap_alloc(&m->heap, ends->size, 1);
    if (copy == NULL)
        return wn__no_memory(b->error);
    memcpy(copy, ends->data, ends->size);
    c->ends = copy;
    size_t n_points = (size_t)x->shape[0];
    wn_status status = wn__builder_doubles(b, x, n_points, "x", &c->x);
    if (status == WN_OK)
        status = wn__builder_doubles(b, wn__builder_array(b, from->y), n_points, "y", &c->y);
    return status == WN_OK ? check_points(b, c, n_points) : status;
}

static wn_status build_calibration(const wn__builder *b)
{
    const wn__spec_calibration *from = &b->spec->calibration;
    wn_model *m = b->model;
    wn__calibration *c = &m->calibration;
    bool has_sigmoid = from->slopes >= 0 || from->offsets >= 0;
    bool has_isotonic = from->ends >= 0 || from->x >= 0 || from->y >= 0;
    if (!from->present)
        return WN_OK;
    if (m->link == WN_LINK_HIERARCHICAL_SOFTMAX)
        return wn__builder_corrupt(b, "hierarchical_softmax takes no calibration");
    if (from->method == WN__CALIBRATE_SIGMOID ? has_isotonic : has_sigmoid)
        return wn__builder_corrupt(b, "a calibration has arrays of another method");
    if (from->of_probability && m->link == WN_LINK_RAW)
        return wn__builder_corrupt(b,
                                   "a calibration of probabilities needs a link that makes them");
    *c = (wn__calibration){.present = true,
                           .method = from->method,
                           .of_probability = from->of_probability,
                           .share = from->share};
    /* The calibrators make the probabilities: the link says no more than how labels relate. */
    if (m->link == WN_LINK_RAW)
        m->link = from->share == WN__SHARE_NONE ? WN_LINK_SIGMOID : WN_LINK_ONE_VS_REST;
    if (from->method == WN__CALIBRATE_ISOTONIC)
        return build_isotonic(b, c);
    wn_status status = wn__builder_doubles(b, wn__builder_array(b, from->slopes), m->n_outputs,
                                           "slopes", &c->slopes);
    if (status != WN_OK)
        return status;
    return wn__builder_doubles(b, wn__builder_array(b, from->offsets), m->n_outputs, "offsets",
                               &c->offsets);
}

/* ---- Thresholds and context ---- */

/* A label of a multi-label model has a threshold in any case. */
static wn_status build_thresholds(const wn__builder *b)
{
    wn_model *m = b->model;
    if (b->spec->thresholds >= 0)
        return wn__builder_doubles(b, wn__builder_array(b, b->spec->thresholds), m->n_labels,
                                   "thresholds", &m->thresholds);
    if (!m->multi_label)
        return WN_OK;
    double *thresholds = wn__heap_alloc(&m->heap, m->n_labels, sizeof *thresholds);
    if (thresholds == NULL)
        return wn__no_memory(b->error);
    for (uint32_t i = 0; i < m->n_labels; i++)
        thresholds[i] = m->link == WN_LINK_RAW ? 0.0 : 0.5;
    m->thresholds = thresholds;
    return WN_OK;
}

static wn_status build_context(const wn__builder *b)
{
    wn_model *m = b->model;
    const wn__array *weights = wn__builder_array(b, b->spec->context);
    if (weights == NULL)
        return WN_OK;
    if (weights->n_dims != 1 || weights->shape[0] < 1 || weights->shape[0] > WN__MAX_NEIGHBOURS)
        return wn__builder_corrupt(b, "\"context\" must be 1 to 16 weights");
    m->n_context = (uint32_t)weights->shape[0];
    wn_status status = wn__builder_doubles(b, weights, m->n_context, "context", &m->context);
    for (uint32_t i = 0; status == WN_OK && i < m->n_context; i++) {
        if (!(m->context[i] >= 0 && m->context[i] <= 1000))
            return wn__builder_corrupt(b, "\"context\" must be weights from 0 to 1000");
    }
    return status;
}

wn_status wn__build_outputs(const wn__builder *b)
{
    wn_status status = b->model->is_fasttext ? build_fasttext(b) : build_linear(b);
    if (status == WN_OK)
        status = build_link(b);
    if (status == WN_OK)
        status = build_calibration(b);
    if (status == WN_OK)
        status = build_thresholds(b);
    return status == WN_OK ? build_context(b) : status;
}
