/* test_outputs.c - from rows to decisions, with numbers computed by hand: passes, stages, members,
 * calibration, thresholds, fields, vectors, and the context of a document. */
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static wn_ctx *ctx;

static void start(void)
{
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
}

static void stop(void)
{
    wn_ctx_free(ctx);
}

TestSuite(outputs, .init = start, .fini = stop);

/* The terms x, y, z, each a column. Arrays that every model below may name: two labels "no", "yes";
 * three labels "a", "b", "c"; numbers n1 [1], n2 [2], n3 [3], rows r1 [3][1], r2 [3][2], r3 [3][3].
 */
static const wn_model *model_of(const char *fields, const char *block, const char *arrays)
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
    fclose(out);
    const wn_model *model;
    wn_error error;
    cr_assert_eq(open_text(text, &model, &error), WN_OK, "%s", error.message);
    free(text);
    return model;
}

#define NUMBERS(name, shape, values)                                                               \
    ",\"" name "\":{\"dtype\":\"f64\",\"shape\":[" shape "],\"values\":[" values "]}"
#define ENDS(values, n) ",\"ends\":{\"dtype\":\"u32\",\"shape\":[" n "],\"values\":[" values "]}"

static wn_prediction predict(const wn_model *model, const char *text, uint32_t k)
{
    wn_classify_options options = {.size = sizeof options, .k = k};
    wn_result result;
    wn_text one = {text, strlen(text)};
    cr_assert_eq(wn_classify_batch(ctx, &model, 1, &one, 1, &options, &result), WN_OK, "%s",
                 wn_ctx_error(ctx)->message);
    return result.paragraphs[0].predictions[0];
}

static const wn_score *score(const wn_prediction *prediction, uint32_t label)
{
    for (uint32_t i = 0; i < prediction->n_scores; i++) {
        if (prediction->scores[i].label == label)
            return &prediction->scores[i];
    }
    cr_assert_fail("label %u is not there", (unsigned)label);
    return NULL;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* ---- Passes ---- */

/* The weights of x, y, z in "x x x x y" after passes: rows are the identity. */
static void check_weights(const char *weighting, const char *model_fields, double x, double y)
{
    char block[400], fields[400];
    snprintf(block, sizeof block, ",\"weighting\":%s,\"rows\":{\"values\":\"r\"}", weighting);
    snprintf(fields, sizeof fields, "\"link\":\"raw\",\"labels\":\"three\"%s", model_fields);
    const wn_model *model = model_of(
        fields, block, NUMBERS("r", "3,3", "1,0,0, 0,1,0, 0,0,1") NUMBERS("f", "3", "2,0.5,7"));
    wn_prediction p = predict(model, "x y x x x", 0);
    cr_expect_float_eq(score(&p, 0)->logit, x, 1e-15, "%s: x %.17g", weighting,
                       score(&p, 0)->logit);
    cr_expect_float_eq(score(&p, 1)->logit, y, 1e-15, "%s: y %.17g", weighting,
                       score(&p, 1)->logit);
    cr_expect_eq(score(&p, 2)->logit, 0);
    wn_model_unref(model);
}

Test(outputs, passes_come_in_their_order)
{
    check_weights("{}", "", 4, 1);
    check_weights("[]", "", 4, 1);
    check_weights("{\"binary\":true}", "", 1, 1);
    check_weights("{\"binarize\":1}", "", 1, 0);
    check_weights("{\"binarize\":1,\"sublinear_tf\":true}", "", 1, 0); /* 0 stays 0 */
    check_weights("{\"sublinear_tf\":true}", "", 1 + log(4), 1);
    check_weights("{\"idf\":\"f\"}", "", 8, 0.5);
    check_weights("{\"norm\":\"l1\"}", "", 0.8, 0.2);
    check_weights("{\"norm\":\"max\"}", "", 1, 0.25);
    check_weights("{\"norm\":\"l2\"}", "", 4 / sqrt(17), 1 / sqrt(17));
    check_weights("{\"scale\":\"f\",\"norm\":\"l1\"}", "", 1.6, 0.1); /* the scale comes last */
    check_weights("[{\"scale\":\"f\"},{\"norm\":\"l1\"}]", "", 8 / 8.5, 0.5 / 8.5);
    check_weights("[{\"norm\":\"max\"},{\"binarize\":0.25}]", "", 1, 0);
    check_weights("{\"norm\":\"max\"}", ",\"weighting\":{\"idf\":\"f\",\"norm\":\"l1\"}", 2 / 2.125,
                  0.125 / 2.125);
}

Test(outputs, columns_without_a_row_count_in_norms_alone)
{
    const wn_model *model = model_of(
        "\"link\":\"raw\",\"labels\":\"two\"",
        ",\"weighting\":{\"norm\":\"l1\"},\"selected\":\"s\",\"rows\":{\"values\":\"r\"}",
        NUMBERS("r", "2,2",
                "1,-1, 10,-10") ",\"s\":{\"dtype\":\"u32\",\"shape\":[2],\"values\":[0,2]}");
    wn_prediction p = predict(model, "x y y z", 0);
    cr_expect_float_eq(score(&p, 0)->logit, 0.25 + 2.5, 1e-15);
    cr_expect_eq(p.n_features, 2);
    p = predict(model, "y", 0);
    cr_expect_eq(p.n_features, 0);
    cr_expect_eq(p.decision, WN_UNSURE_UNKNOWN);
    wn_model_unref(model);
}

/* ---- Stages ---- */

Test(outputs, stages_norm_then_multiply_then_add)
{
    const wn_model *model = model_of(
        "\"link\":\"raw\",\"labels\":\"three\",\"bias\":\"b\",\"stages\":[{\"norm\":\"l1\"},{"
        "\"matrix\":{"
        "\"values\":\"m\"},\"bias\":\"n\"},{\"norm\":\"max\"}],\"head\":{\"values\":\"h\"}",
        ",\"rows\":{\"values\":\"r\"}",
        NUMBERS("r", "3,2", "1,3, 0,0, -1,1") NUMBERS("m", "2,2", "1,2, 3,4")
            NUMBERS("n", "2", "0.25,-1") NUMBERS("h", "3,2", "1,0, 0,1, 1,1")
                NUMBERS("b", "3", "100,200,300"));
    wn_prediction p = predict(model, "x", 0);
    /* (1,3) / 4; m gives 0.25 + 1.5, 0.75 + 3; n: 2, 2.75; max: 2 / 2.75, 1. */
    cr_expect_float_eq(score(&p, 0)->logit, 100 + 2 / 2.75, 1e-12);
    cr_expect_float_eq(score(&p, 1)->logit, 201, 1e-12);
    cr_expect_float_eq(score(&p, 2)->logit, 301 + 2 / 2.75, 1e-12);
    p = predict(model, "y", 0); /* the norm of nothing divides nothing */
    cr_expect_float_eq(score(&p, 0)->logit, 100.25, 1e-12);
    cr_expect_float_eq(score(&p, 1)->logit, 199, 1e-12);
    wn_model_unref(model);
}

/* ---- Two labels, one output ---- */

Test(outputs, one_output_stands_for_the_second_label)
{
    static const char *const links[] = {"sigmoid", "softmax", "one_vs_rest", "raw"};
    for (size_t i = 0; i < WN__COUNT(links); i++) {
        char fields[100];
        snprintf(fields, sizeof fields, "\"link\":\"%s\",\"labels\":\"two\",\"bias\":\"b\"",
                 links[i]);
        const wn_model *model = model_of(fields, ",\"rows\":{\"values\":\"r\"}",
                                         NUMBERS("r", "3,1", "1.5,-2,0") NUMBERS("b", "1", "0.5"));
        wn_prediction p = predict(model, "x", 0);
        cr_expect_eq(p.scores[0].label, 1);
        cr_expect_eq(score(&p, 1)->logit, 2);
        cr_expect_eq(score(&p, 0)->logit, -2);
        double expected = i == 1 ? sigmoid(4) : sigmoid(2);
        if (i == 3)
            cr_expect(isnan(score(&p, 1)->probability));
        else
            cr_expect_float_eq(score(&p, 1)->probability, expected, 1e-15);
        p = predict(model, "y", 1);
        cr_expect_eq(p.scores[0].label, 0);
        cr_expect_eq(p.scores[0].is_chosen, 1);
        wn_model_unref(model);
    }
}

/* ---- Members and calibration ---- */

Test(outputs, members_are_averaged_as_probabilities)
{
    const wn_model *model =
        model_of("\"link\":\"softmax\",\"labels\":\"two\",\"members\":2",
                 ",\"rows\":{\"values\":\"r\"}", NUMBERS("r", "3,4", "0,4,2,0, 0,0,0,0, 0,0,0,0"));
    wn_prediction p = predict(model, "x", 0);
    double p1 = (sigmoid(4) + sigmoid(-2)) / 2;
    cr_expect_float_eq(score(&p, 1)->probability, p1, 1e-15);
    cr_expect_float_eq(score(&p, 0)->probability, 1 - p1, 1e-15);
    cr_expect_eq(score(&p, 1)->logit, 2); /* the mean of 4 and 0 */
    cr_expect_eq(score(&p, 0)->logit, 1);
    wn_model_unref(model);
    /* Rank is by probability: the mean logits of these two tie, their probabilities do not. */
    model =
        model_of("\"link\":\"sigmoid\",\"labels\":\"two\",\"members\":2,\"multi_label\":true",
                 ",\"rows\":{\"values\":\"r\"}", NUMBERS("r", "3,4", "1,9,1,-7, 0,0,0,0, 0,0,0,0"));
    p = predict(model, "x", 0);
    cr_expect_eq(p.scores[0].label, 0);
    cr_expect_eq(p.scores[0].logit, p.scores[1].logit);
    wn_model_unref(model);
    model =
        model_of("\"link\":\"sigmoid\",\"labels\":\"two\",\"members\":2,\"multi_label\":true,"
                 "\"rank_by_decision\":true",
                 ",\"rows\":{\"values\":\"r\"}", NUMBERS("r", "3,4", "1,9,1,-6, 0,0,0,0, 0,0,0,0"));
    p = predict(model, "x", 0);
    cr_expect_eq(p.scores[0].label, 1);
    cr_expect_lt(p.scores[0].probability, p.scores[1].probability);
    wn_model_unref(model);
}

Test(outputs, sigmoid_calibration_shares_where_it_is_told)
{
    /* Two members of three labels, the rows of x: 1 0 -1 and 2 0 0. */
    static const char *const shares[] = {"members", "mean", "none"};
    double a[3] = {sigmoid(2 - 0.5), sigmoid(-0.5), sigmoid(-2 - 0.5)},
           b[3] = {sigmoid(4 - 0.5), sigmoid(-0.5), sigmoid(-0.5)};
    double sum_a = a[0] + a[1] + a[2], sum_b = b[0] + b[1] + b[2];
    for (size_t i = 0; i < 3; i++) {
        char fields[300];
        snprintf(fields, sizeof fields,
                 "\"link\":\"raw\",\"labels\":\"three\",\"members\":2,\"calibration\":{\"method\":"
                 "\"sigmoid\",\"slopes\":\"s\",\"offsets\":\"o\",\"normalize\":\"%s\"}",
                 shares[i]);
        const wn_model *model =
            model_of(fields, ",\"rows\":{\"values\":\"r\"}",
                     NUMBERS("r", "3,6", "1,0,-1,2,0,0, 0,0,0,0,0,0, 0,0,0,0,0,0")
                         NUMBERS("s", "6", "-2,-2,-2,-2,-2,-2")
                             NUMBERS("o", "6", "0.5,0.5,0.5,0.5,0.5,0.5"));
        wn_prediction p = predict(model, "x", 0);
        for (uint32_t j = 0; j < 3; j++) {
            double expected[3] = {(a[j] / sum_a + b[j] / sum_b) / 2,
                                  (a[j] + b[j]) / (sum_a + sum_b), (a[j] + b[j]) / 2};
            cr_expect_float_eq(score(&p, j)->probability, expected[i], 1e-15, "%s, label %u",
                               shares[i], (unsigned)j);
        }
        wn_model_info info = {.size = sizeof info};
        wn_model_get_info(model, &info);
        cr_expect_eq(info.is_calibrated, 1);
        cr_expect_eq(info.link, i == 2 ? WN_LINK_SIGMOID : WN_LINK_ONE_VS_REST);
        wn_model_unref(model);
    }
}

Test(outputs, isotonic_calibration_is_linear_between_its_points)
{
    const wn_model *model = model_of("\"link\":\"raw\",\"labels\":\"two\",\"calibration\":{"
                                     "\"method\":\"isotonic\",\"ends\":\"ends\","
                                     "\"x\":\"px\",\"y\":\"py\"}",
                                     ",\"rows\":{\"values\":\"r\"}",
                                     NUMBERS("r", "3,1", "1,-1,0.25") NUMBERS("px", "4", "-1,0,1,2")
                                         NUMBERS("py", "4", "0.1,0.1,0.5,0.9") ENDS("4", "1"));
    static const struct {
        const char *text;
        double p;
    } cases[] = {
        {"x", 0.5}, {"x x", 0.9}, {"x x x", 0.9}, {"y", 0.1},   {"y y", 0.1},
        {"z", 0.2}, {"z z", 0.3}, {"", 0.1},      {"x z", 0.6}, {"x x z", 0.9},
    };
    for (size_t i = 0; i < WN__COUNT(cases); i++) {
        wn_prediction p = predict(model, cases[i].text, 0);
        cr_expect_float_eq(score(&p, 1)->probability, cases[i].p, 1e-15, "%s", cases[i].text);
        cr_expect_float_eq(score(&p, 0)->probability, 1 - cases[i].p, 1e-15);
    }
    wn_model_unref(model);
}

Test(outputs, probabilities_that_are_all_zero_are_shared_equally)
{
    const wn_model *model =
        model_of("\"link\":\"raw\",\"labels\":\"three\",\"calibration\":{\"method\":\"isotonic\","
                 "\"ends\":\"ends\","
                 "\"x\":\"px\",\"y\":\"py\"}",
                 ",\"rows\":{\"values\":\"r\"}",
                 NUMBERS("r", "3,3", "-5,-5,-5, 0,0,0, 5,5,0") NUMBERS("px", "6", "-1,1,-1,1,-1,1")
                     NUMBERS("py", "6", "0,1,0,1,0,1") ENDS("2,4,6", "3"));
    wn_prediction p = predict(model, "x", 0);
    for (uint32_t j = 0; j < 3; j++)
        cr_expect_float_eq(score(&p, j)->probability, 1.0 / 3, 1e-15);
    p = predict(model, "z", 0);
    cr_expect_float_eq(score(&p, 0)->probability, 0.4, 1e-15);
    cr_expect_float_eq(score(&p, 2)->probability, 0.2, 1e-15);
    wn_model_unref(model);
}

Test(outputs, calibration_of_probabilities_follows_the_link)
{
    const wn_model *model = model_of("\"link\":\"softmax\",\"labels\":\"two\",\"calibration\":{"
                                     "\"input\":\"probability\",\"slopes\":\"s\","
                                     "\"offsets\":\"o\",\"normalize\":\"none\"}",
                                     ",\"rows\":{\"values\":\"r\"}",
                                     NUMBERS("r", "3,2", "0,1, 0,0, 0,0") NUMBERS("s", "2", "-3,-5")
                                         NUMBERS("o", "2", "1,2"));
    wn_prediction p = predict(model, "x", 0);
    cr_expect_float_eq(score(&p, 0)->probability, sigmoid(3 * sigmoid(-1) - 1), 1e-15);
    cr_expect_float_eq(score(&p, 1)->probability, sigmoid(5 * sigmoid(1) - 2), 1e-15);
    wn_model_unref(model);
}

/* ---- Decisions ---- */

#define ONE_EACH NUMBERS("r", "3,3", "2,1,0, 0,1,2, 1,1,1")

Test(outputs, without_thresholds_the_best_label_is_chosen)
{
    const wn_model *model = model_of("\"link\":\"softmax\",\"labels\":\"three\"",
                                     ",\"rows\":{\"values\":\"r\"}", ONE_EACH);
    wn_prediction p = predict(model, "x", 0);
    cr_expect_eq(p.decision, WN_DECIDED);
    cr_expect_eq(p.n_chosen, 1);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect_eq(p.scores[i].is_chosen, i == 0);
    cr_expect_eq(wn_model_threshold(model, 0), -INFINITY);
    cr_expect(isnan(wn_model_threshold(model, 3)));
    p = predict(model, "unheard of", 0); /* the scores stay, the choice goes */
    cr_expect_eq(p.decision, WN_UNSURE_UNKNOWN);
    cr_expect_eq(p.n_chosen, 0);
    cr_expect_eq(p.n_scores, 3);
    cr_expect_eq(p.scores[0].is_chosen, 0);
    p = predict(model, "unheard of", WN_K_CHOSEN);
    cr_expect_eq(p.n_scores, 0);
    p = predict(model, "z z", WN_K_CHOSEN); /* a tie: the first label */
    cr_expect_eq(p.n_scores, 1);
    cr_expect_eq(p.scores[0].label, 0);
    wn_model_unref(model);
}

Test(outputs, the_best_label_above_its_threshold_is_chosen)
{
    const wn_model *model =
        model_of("\"link\":\"raw\",\"labels\":\"three\",\"thresholds\":\"th\"",
                 ",\"rows\":{\"values\":\"r\"}", ONE_EACH NUMBERS("th", "3", "2,0.5,2.5"));
    wn_prediction p = predict(model, "x", 0); /* 2 1 0: the first is not above 2 */
    cr_expect_eq(p.decision, WN_DECIDED);
    cr_expect_eq(score(&p, 0)->is_chosen, 0);
    cr_expect_eq(score(&p, 1)->is_chosen, 1);
    cr_expect_eq(p.scores[0].label, 1); /* the answer comes first */
    cr_expect_eq(p.scores[1].label, 0); /* then the others as they rank */
    cr_expect_eq(p.scores[2].label, 2);
    p = predict(model, "x", 1);
    cr_expect_eq(p.n_chosen, 1);
    cr_expect_eq(p.n_scores, 1);
    cr_expect_eq(p.scores[0].label, 1);
    cr_expect_eq(p.scores[0].is_chosen, 1);
    p = predict(model, "y", 2); /* 0 1 2: the last is not above 2.5, the second is above 0.5 */
    cr_expect_eq(p.n_scores, 2);
    cr_expect_eq(p.scores[0].label, 1);
    cr_expect_eq(p.scores[1].label, 2);
    p = predict(model, "x", WN_K_CHOSEN);
    cr_expect_eq(p.n_scores, 1);
    cr_expect_eq(p.scores[0].label, 1);
    wn_model_unref(model);
    model = model_of("\"link\":\"softmax\",\"labels\":\"three\",\"thresholds\":\"th\"",
                     ",\"rows\":{\"values\":\"r\"}", ONE_EACH NUMBERS("th", "3", "0.5,0.5,0.5"));
    p = predict(model, "z", 0); /* thirds */
    cr_expect_eq(p.decision, WN_UNSURE);
    cr_expect_eq(p.n_chosen, 0);
    cr_expect_eq(predict(model, "z", WN_K_CHOSEN).n_scores, 0);
    cr_expect_eq(predict(model, "x", WN_K_CHOSEN).n_scores, 1);
    wn_model_info info = {.size = sizeof info};
    wn_model_get_info(model, &info);
    cr_expect(info.has_thresholds && !info.is_multi_label);
    wn_model_unref(model);
}

Test(outputs, every_label_of_its_own_above_its_threshold_is_chosen)
{
    const wn_model *model =
        model_of("\"link\":\"sigmoid\",\"labels\":\"three\",\"multi_label\":true,\"bias\":\"b\"",
                 ",\"rows\":{\"values\":\"r\"}", ONE_EACH NUMBERS("b", "3", "-1,-1,-1"));
    wn_prediction p = predict(model, "x", 0); /* 1 0 -1: a probability of 0.5 is not above 0.5 */
    cr_expect_eq(p.n_chosen, 1);
    cr_expect_eq(p.decision, WN_DECIDED);
    p = predict(model, "x x", WN_K_CHOSEN); /* 3 1 -1 */
    cr_expect_eq(p.n_chosen, 2);
    cr_expect_eq(p.n_scores, 2);
    cr_expect_eq(p.scores[1].label, 1);
    cr_expect_eq(wn_model_threshold(model, 2), 0.5);
    wn_model_unref(model);
    model = model_of("\"link\":\"raw\",\"labels\":\"three\",\"multi_label\":true,\"bias\":\"b\"",
                     ",\"rows\":{\"values\":\"r\"}", ONE_EACH NUMBERS("b", "3", "-3,-3,-3"));
    p = predict(model, "x", 0);
    cr_expect_eq(p.decision, WN_UNSURE);
    cr_expect_eq(wn_model_threshold(model, 2), 0);
    p = predict(model, "x x y", 0); /* 1 0 -1 */
    cr_expect_eq(p.n_chosen, 1);
    wn_model_unref(model);
}

Test(outputs, raw_members_are_ranked_by_their_mean_logit)
{
    /* They were ranked by their probabilities, which are NaN: "a" came first, whatever its logit.
     */
    const wn_model *model = model_of("\"link\":\"raw\",\"labels\":\"three\",\"members\":2",
                                     ",\"rows\":{\"values\":\"r\"}",
                                     NUMBERS("r", "3,6", "0,1,4,0,3,2, 0,0,0,0,0,0, 5,1,0,5,1,0"));
    wn_prediction p = predict(model, "x", 0);
    cr_assert_eq(p.n_scores, 3);
    static const uint32_t order[] = {2, 1, 0};
    for (uint32_t i = 0; i < 3; i++) {
        cr_expect_eq(p.scores[i].label, order[i]);
        cr_expect_eq(p.scores[i].is_chosen, i == 0);
    }
    wn_model_info info = {.size = sizeof info};
    wn_model_get_info(model, &info);
    cr_expect_not(info.is_calibrated);
    wn_model_unref(model);
}

/* ---- Fields ---- */

Test(outputs, fields_are_found_by_name)
{
    static const char json[] = "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"blocks\":[{"
                               "\"extractor\":\"words\",\"field\":"
                               "\"title\",\"terms\":\"t\",\"rows\":{\"values\":\"r\"}},{"
                               "\"extractor\":\"words\",\"field\":\"body\","
                               "\"terms\":\"t\",\"rows\":{\"values\":\"s\"}}],\"probes\":[{"
                               "\"fields\":[\"x\",\"x x\"],\"scores\":["
                               "21]}],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],"
                               "\"values\":[\"a\"]},\"t\":{\"dtype\":"
                               "\"str\",\"shape\":[1],\"values\":[\"x\"]},\"r\":{\"dtype\":\"f64\","
                               "\"shape\":[1,1],\"values\":[1]},"
                               "\"s\":{\"dtype\":\"f64\",\"shape\":[1,1],\"values\":[10]}}}";
    const wn_model *model;
    wn_error error;
    cr_assert_eq(open_text(json, &model, &error), WN_OK, "%s", error.message);
    wn_model_info info = {.size = sizeof info};
    wn_model_get_info(model, &info);
    cr_expect_eq(info.n_fields, 2);
    cr_expect_str_eq(wn_model_field(model, 0), "title");
    cr_expect_str_eq(wn_model_field(model, 1), "body");
    cr_expect_null(wn_model_field(model, 2));
    static const char *const names[] = {"url", "body", "title"};
    wn_text texts[] = {{"x", 1}, {"x x", 3}, {"x", 1}, {"x x x", 5}, {NULL, 0}, {"x x x", 5}};
    wn_result result;
    cr_assert_eq(wn_classify_fields(ctx, &model, 1, names, 3, texts, 2, NULL, &result), WN_OK);
    cr_expect_eq(result.paragraphs[0].predictions[0].scores[0].logit, 21);
    cr_expect_eq(result.paragraphs[1].predictions[0].scores[0].logit, 3);
    static const char *const others[] = {"url", "Body", "title"};
    cr_expect_eq(wn_classify_fields(ctx, &model, 1, others, 3, texts, 2, NULL, &result),
                 WN_ERROR_ARGUMENT);
    cr_expect_not_null(strstr(wn_ctx_error(ctx)->message, "\"body\""));
    cr_expect_eq(wn_classify_batch(ctx, &model, 1, texts, 1, NULL, &result), WN_ERROR_ARGUMENT);
    cr_expect_not_null(strstr(wn_ctx_error(ctx)->message, "wn_classify_fields"));
    wn_verify_report report = {.size = sizeof report};
    cr_expect_eq(wn_model_verify(model, ctx, &report), WN_OK);
    cr_expect_eq(report.n_probes, 1);
    wn_model_unref(model);
    /* A model without names reads the first text. */
    model = sample_open(SAMPLE_TERMS, 1, WN_SCORING_FAST, NULL);
    cr_assert_eq(wn_classify_fields(ctx, &model, 1, names, 3, texts, 2, NULL, &result), WN_OK);
    double logit = result.paragraphs[0].predictions[0].scores[0].logit;
    cr_expect_eq(predict(model, "x", 1).scores[0].logit, logit);
    wn_model_unref(model);
}

Test(outputs, the_field_without_a_name_is_found_by_its_name_too)
{
    /* The probe's second text is that of "": it was taken for the first one. */
    static const char json[] =
        "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"blocks\":[{\"extractor\":\"words\","
        "\"field\":\"title\",\"terms\":\"t\",\"rows\":{\"values\":\"r\"}},{\"extractor\":\"words\","
        "\"terms\":\"t\",\"rows\":{\"values\":\"s\"}}],\"probes\":[{\"fields\":[\"x\",\"x x\"],"
        "\"scores\":[21]}],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]},"
        "\"t\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"x\"]},"
        "\"r\":{\"dtype\":\"f64\",\"shape\":[1,1],\"values\":[1]},"
        "\"s\":{\"dtype\":\"f64\",\"shape\":[1,1],\"values\":[10]}}}";
    const wn_model *model;
    wn_error error;
    cr_assert_eq(open_text(json, &model, &error), WN_OK, "%s", error.message);
    wn_verify_report report = {.size = sizeof report};
    cr_expect_eq(wn_model_verify(model, ctx, &report), WN_OK, "%g", report.max_difference);
    static const char *const names[2][2] = {{"title", ""}, {"body", "title"}};
    wn_text texts[] = {{"x", 1}, {"x x", 3}};
    wn_result result;
    cr_assert_eq(wn_classify_fields(ctx, &model, 1, names[0], 2, texts, 1, NULL, &result), WN_OK);
    cr_expect_eq(result.paragraphs[0].predictions[0].scores[0].logit, 21);
    /* Where no name is "", it is the first text. */
    cr_assert_eq(wn_classify_fields(ctx, &model, 1, names[1], 2, texts, 1, NULL, &result), WN_OK);
    cr_expect_eq(result.paragraphs[0].predictions[0].scores[0].logit, 12);
    wn_model_unref(model);
}

/* ---- Vectors ---- */

Test(outputs, vectors_are_multiplied_with_the_rows)
{
    const wn_model *model =
        model_of("\"link\":\"raw\",\"labels\":\"three\"",
                 ",\"weighting\":{\"norm\":\"l2\"},\"rows\":{\"values\":\"r\"}", ONE_EACH);
    wn_entry entries[] = {{0, 0.5}, {2, -3}, {7, 100}};
    wn_vector vectors[] = {{entries, 3}, {NULL, 0}, {entries + 2, 1}};
    wn_result result;
    wn_classify_options options = {.size = sizeof options};
    cr_assert_eq(wn_classify_vectors(ctx, model, vectors, 3, &options, &result), WN_OK);
    cr_assert_eq(result.n_paragraphs, 3);
    const wn_prediction *p = result.paragraphs[0].predictions;
    cr_expect_eq(score(p, 0)->logit, -2);
    cr_expect_eq(score(p, 1)->logit, -2.5);
    cr_expect_eq(score(p, 2)->logit, -3);
    cr_expect_eq(p->n_features, 2);
    cr_expect_eq(result.paragraphs[1].predictions[0].decision, WN_UNSURE_UNKNOWN);
    cr_expect_eq(result.paragraphs[2].predictions[0].decision, WN_UNSURE_UNKNOWN);
    wn_entry wrong[][2] = {
        {{1, 1}, {1, 1}}, {{2, 1}, {1, 1}}, {{0, NAN}, {1, 1}}, {{0, 1}, {1, INFINITY}}};
    for (size_t i = 0; i < WN__COUNT(wrong); i++) {
        wn_vector vector = {wrong[i], 2};
        cr_expect_eq(wn_classify_vectors(ctx, model, &vector, 1, NULL, &result), WN_ERROR_ARGUMENT);
    }
    wn_vector null = {NULL, 1};
    cr_expect_eq(wn_classify_vectors(ctx, model, &null, 1, NULL, &result), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_classify_vectors(ctx, model, NULL, 1, NULL, &result), WN_ERROR_ARGUMENT);
    cr_expect_eq(wn_classify_vectors(ctx, NULL, vectors, 1, NULL, &result), WN_ERROR_ARGUMENT);
    wn_model_unref(model);
    static const sample others[] = {SAMPLE_CHARS, SAMPLE_FOLDED};
    for (size_t i = 0; i < WN__COUNT(others); i++) {
        model = sample_open(others[i], 1, WN_SCORING_FAST, NULL);
        cr_expect_eq(wn_classify_vectors(ctx, model, vectors, 1, NULL, &result), WN_ERROR_ARGUMENT);
        wn_model_unref(model);
    }
}

Test(outputs, a_model_of_columns_alone_takes_no_text)
{
    static const char json[] = "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"blocks\":[{"
                               "\"extractor\":\"columns\",\"n_features\":"
                               "2,\"rows\":{\"values\":\"r\"}}],\"arrays\":{\"l\":{\"dtype\":"
                               "\"str\",\"shape\":[1],\"values\":[\"a\"]},"
                               "\"r\":{\"dtype\":\"f64\",\"shape\":[2,1],\"values\":[1,5]}}}";
    const wn_model *model;
    wn_error error;
    cr_assert_eq(open_text(json, &model, &error), WN_OK, "%s", error.message);
    wn_text text = {"x", 1};
    wn_result result;
    cr_expect_eq(wn_classify_batch(ctx, &model, 1, &text, 1, NULL, &result), WN_ERROR_ARGUMENT);
    cr_expect_not_null(strstr(wn_ctx_error(ctx)->message, "wn_classify_vectors"));
    cr_expect_eq(wn_classify(ctx, &model, 1, "x", 1, NULL, &result), WN_ERROR_ARGUMENT);
    wn_entry entry = {1, 2};
    wn_vector vector = {&entry, 1};
    cr_assert_eq(wn_classify_vectors(ctx, model, &vector, 1, NULL, &result), WN_OK);
    cr_expect_eq(result.paragraphs[0].predictions[0].scores[0].logit, 10);
    wn_model_info info = {.size = sizeof info};
    wn_model_get_info(model, &info);
    cr_expect_eq(info.n_fields, 0);
    cr_expect_eq(info.n_columns, 2);
    wn_model_unref(model);
}

/* ---- Context ---- */

static wn_result with_context(const wn_model *model, const char *text, int context)
{
    wn_classify_options options = {
        .size = sizeof options, .split = WN_SPLIT_LINE, .context = context};
    wn_result result;
    cr_assert_eq(wn_classify(ctx, &model, 1, text, strlen(text), &options, &result), WN_OK);
    return result;
}

Test(outputs, context_is_the_weighted_mean_of_the_neighbours)
{
    const wn_model *model =
        model_of("\"link\":\"sigmoid\",\"labels\":\"three\",\"context\":\"c\"",
                 ",\"rows\":{\"values\":\"r\"}", ONE_EACH NUMBERS("c", "2", "0.5,0.25"));
    wn_result result = with_context(model, "x\ny\nnothing\nx x", 0);
    for (size_t i = 0; i < 4; i++)
        cr_expect_null(result.paragraphs[i].predictions[0].context);
    double alone[4] = {sigmoid(2), sigmoid(0), sigmoid(0), sigmoid(4)};
    /* The third line knows nothing: it does not count for its neighbours, but has neighbours. */
    double expected[4] = {(alone[0] + 0.5 * alone[1]) / 1.5,
                          (alone[1] + 0.5 * alone[0] + 0.25 * alone[3]) / 1.75,
                          (alone[2] + 0.5 * alone[1] + 0.5 * alone[3] + 0.25 * alone[0]) / 2.25,
                          (alone[3] + 0.25 * alone[1]) / 1.25};
    result = with_context(model, "x\ny\nnothing\nx x", 1);
    for (size_t i = 0; i < 4; i++) {
        const wn_prediction *p = &result.paragraphs[i].predictions[0];
        cr_expect_float_eq(score(p, 0)->probability, alone[i], 1e-15);
        cr_assert_not_null(p->context);
        cr_expect_float_eq(score(p->context, 0)->probability, expected[i], 1e-15, "line %zu", i);
        cr_expect_eq(p->context->n_features, p->n_features);
        cr_expect_null(p->context->context);
    }
    cr_expect_eq(result.paragraphs[2].predictions[0].decision, WN_UNSURE_UNKNOWN);
    cr_expect_eq(result.paragraphs[2].predictions[0].context->decision, WN_DECIDED);
    wn_model_unref(model);
}

Test(outputs, context_of_a_paragraph_alone_is_itself)
{
    for (sample kind = 0; kind < N_SAMPLES; kind++) {
        const wn_model *model = sample_open(kind, 1, WN_SCORING_FAST, NULL);
        wn_result result = with_context(model, "harbour offer now police", 1);
        const wn_prediction *p = &result.paragraphs[0].predictions[0];
        cr_assert_eq(p->context->n_scores, p->n_scores);
        for (uint32_t i = 0; i < p->n_scores; i++) {
            cr_expect_eq(p->context->scores[i].label, p->scores[i].label);
            cr_expect_eq(p->context->scores[i].logit, p->scores[i].logit);
        }
        cr_expect_eq(p->context->decision, p->decision);
        wn_model_unref(model);
    }
}

Test(outputs, context_of_logits_beyond_all_reason_is_finite)
{
    /* The weighted sum of three numbers near the largest double was infinite. */
    const wn_model *model = model_of(
        "\"link\":\"softmax\",\"labels\":\"two\",\"context\":\"c\"", ",\"rows\":{\"values\":\"r\"}",
        NUMBERS("r", "3,2", "1e308,-1e308, -1e308,1e308, 0,0") NUMBERS("c", "1", "1000"));
    static const char *const texts[] = {"x\nx\nx", "x\nx\ny", "y\nx\ny"};
    for (size_t i = 0; i < WN__COUNT(texts); i++) {
        wn_result result = with_context(model, texts[i], 1);
        for (size_t j = 0; j < result.n_paragraphs; j++) {
            const wn_prediction *p = result.paragraphs[j].predictions[0].context;
            cr_assert_eq(p->n_scores, 2);
            cr_expect(isfinite(p->scores[0].logit) && isfinite(p->scores[1].logit), "%s: %g %g",
                      texts[i], p->scores[0].logit, p->scores[1].logit);
        }
    }
    wn_model_unref(model);
}

Test(outputs, context_adds_no_answer_where_fasttext_has_none)
{
    static const char json[] =
        "{\"winnow\":1,\"link\":\"softmax\",\"labels\":\"l\",\"head\":{\"values\":\"h\"},"
        "\"blocks\":[{\"extractor\":\"fasttext\",\"words\":\"w\",\"rows\":{\"values\":\"h\"}}],"
        "\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]},"
        "\"w\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"x\"]},"
        "\"h\":{\"dtype\":\"f32\",\"shape\":[1,1],\"values\":[1]}}}";
    const wn_model *model;
    wn_error error;
    cr_assert_eq(open_text(json, &model, &error), WN_OK, "%s", error.message);
    wn_result result = with_context(model, "never\nheard", 1);
    for (size_t i = 0; i < 2; i++) {
        const wn_prediction *p = &result.paragraphs[i].predictions[0];
        cr_expect_eq(p->n_scores, 0);
        cr_assert_not_null(p->context);
        cr_expect_eq(p->context->n_scores, 0);
        cr_expect_eq(p->context->decision, WN_UNSURE_UNKNOWN);
    }
    result = with_context(model, "never\nx", 1);
    cr_expect_eq(result.paragraphs[0].predictions[0].n_scores, 0);
    cr_expect_eq(result.paragraphs[0].predictions[0].context->n_scores, 1);
    wn_model_unref(model);
}

/* Bit for bit what the documented sums make of the paragraphs alone. */
static void check_context(sample kind, const char *text, size_t n)
{
    const wn_model *model = sample_open(kind, 1, WN_SCORING_FAST, NULL);
    wn_classify_options options = {.size = sizeof options, .split = WN_SPLIT_LINE, .context = 1};
    wn_result result;                     /* k 0: all labels */
    const double weights[] = {0.5, 0.25}; /* the usual ones */
    wn_model_info info = {.size = sizeof info};
    wn_model_get_info(model, &info);
    cr_assert_not(info.has_context);
    cr_assert_eq(wn_classify(ctx, &model, 1, text, strlen(text), &options, &result), WN_OK);
    cr_assert_eq(result.n_paragraphs, n);
    for (size_t i = 0; i < n; i++) {
        const wn_prediction *p = &result.paragraphs[i].predictions[0];
        for (uint32_t label = 0; label < p->context->n_scores; label++) {
            double total = 1, sum = p->n_scores > 0 ? score(p, label)->probability : 0;
            for (size_t d = 1; d <= 2; d++) {
                for (size_t side = 0; side < 2; side++) {
                    size_t at = side == 0 ? i - d : i + d; /* wraps to what is no paragraph */
                    const wn_prediction *q = at < n ? &result.paragraphs[at].predictions[0] : NULL;
                    if (q == NULL || q->n_features == 0)
                        continue;
                    sum += weights[d - 1] * score(q, label)->probability;
                    total += weights[d - 1];
                }
            }
            cr_expect_eq(score(p->context, label)->probability, sum / total, "%s, line %zu",
                         sample_names[kind], i);
        }
    }
    wn_model_unref(model);
}

Test(outputs, context_of_a_long_document_needs_no_memory_for_each_label)
{
    enum { N = 5000 };
    static const char *const lines[] = {"offer now\n", "?\n", "harbour\n", "police vote\n", "?\n"};
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    for (size_t i = 0; i < 300; i++)
        fputs(lines[i * i % 7 % 5], out);
    fclose(out);
    check_context(SAMPLE_TERMS, text, 300);
    check_context(SAMPLE_MANY, text, 300);
    free(text);
    char *json = wide_json(500, 4, &len);
    const wn_model *model;
    wn_error error;
    cr_assert_eq(open_text(json, &model, &error), WN_OK, "%s", error.message);
    free(json);
    char document[2 * N];
    for (size_t i = 0; i < N; i++)
        memcpy(document + 2 * i, "x\n", 2);
    wn_classify_options options = {
        .size = sizeof options, .k = 1, .split = WN_SPLIT_LINE, .context = 1};
    wn_result result;
    cr_assert_eq(wn_classify(ctx, &model, 1, document, 2 * N, &options, &result), WN_OK);
    cr_expect_eq(result.n_paragraphs, N);
    /* It was 8,000 bytes a line and more. */
    cr_expect_lt(wn_ctx_memory(ctx), (size_t)N * 1000);
    wn_model_unref(model);
}
