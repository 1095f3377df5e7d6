/* by_hand.h - small linear models whose answers can be computed by hand. For tests of Criterion. */
#ifndef WN_TEST_BY_HAND_H
#define WN_TEST_BY_HAND_H

#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

/* The terms x, y, z, each a column. Arrays that every model below may name: two labels "no", "yes";
 * three labels "a", "b", "c"; numbers n1 [1], n2 [2], n3 [3], rows r1 [3][1], r2 [3][2], r3 [3][3].
 */
static inline const wn_model *model_of(const char *fields, const char *block, const char *arrays)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    fprintf(
        out,
        "{\"winnow\":1,%s,\"blocks\":[{\"extractor\":\"words\",\"tokens\":\"nonspace\","
        "\"terms\":\"t\"%s}],\"arrays\":{\"two\":{\"dtype\":\"str\",\"shape\":[2],\"values\":["
        "\"no\",\"yes\"]},\"three\":{\"dtype\":\"str\",\"shape\":[3],\"values\":[\"a\",\"b\",\"c"
        "\"]},\"t\":{\"dtype\":\"str\",\"shape\":[3],\"values\":[\"x\",\"y\",\"z\"]}%s}}",
        fields, block, arrays);
    return open_stream(out, &text);
}

#define NUMBERS(name, shape, values)                                                               \
    ",\"" name "\":{\"dtype\":\"f64\",\"shape\":[" shape "],\"values\":[" values "]}"
#define ENDS(values, n) ",\"ends\":{\"dtype\":\"u32\",\"shape\":[" n "],\"values\":[" values "]}"

static inline wn_prediction predict(wn_ctx *ctx, const wn_model *model, const char *text,
                                    uint32_t k)
{
    wn_classify_options options = {.size = sizeof options, .k = k};
    wn_result result;
    wn_text one = {text, strlen(text)};
    cr_assert_eq(wn_classify_batch(ctx, &model, 1, &one, 1, &options, &result), WN_OK, "%s",
                 wn_ctx_error(ctx)->message);
    return result.paragraphs[0].predictions[0];
}

static inline const wn_score *score(const wn_prediction *prediction, uint32_t label)
{
    for (uint32_t i = 0; i < prediction->n_scores; i++) {
        if (prediction->scores[i].label == label)
            return &prediction->scores[i];
    }
    cr_assert_fail("label %u is not there", (unsigned)label);
    return NULL;
}

static inline double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

#endif
