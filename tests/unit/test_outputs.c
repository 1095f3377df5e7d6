/* test_outputs.c - from rows to decisions, with numbers computed by hand: passes, stages, members,
 * calibration, thresholds. */
#include "by_hand.h"

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

/* ---- Passes ---- */

/* The weights of x, y, z in "x x x x y" after passes: rows are the identity. */
static void check_weights(const char *weighting, const char *model_fields, double x, double y)
{
    char block[400], fields[400];
    snprintf(block, sizeof block, ",\"weighting\":%s,\"rows\":{\"values\":\"r\"}", weighting);
    snprintf(fields, sizeof fields, "\"link\":\"raw\",\"labels\":\"three\"%s", model_fields);
    const wn_model *model = model_of(
        fields, block, NUMBERS("r", "3,3", "1,0,0, 0,1,0, 0,0,1") NUMBERS("f", "3", "2,0.5,7"));
    wn_prediction p = predict(ctx, model, "x y x x x", 0);
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
    wn_prediction p = predict(ctx, model, "x y y z", 0);
    cr_expect_float_eq(score(&p, 0)->logit, 0.25 + 2.5, 1e-15);
    cr_expect_eq(p.n_features, 2);
    p = predict(ctx, model, "y", 0);
    cr_expect_eq(p.n_features, 0);
    cr_expect_eq(p.decision, WN_UNSURE_UNKNOWN);
    wn_model_unref(model);
    model = model_of(
        "\"link\":\"raw\",\"labels\":\"two\"",
        ",\"weighting\":{\"idf\":\"f\"},\"selected\":\"s\",\"rows\":{\"values\":\"r\"}",
        NUMBERS("r", "2,2", "1,-1, 10,-10") NUMBERS(
            "f", "3", "2,3,0.5") ",\"s\":{\"dtype\":\"u32\",\"shape\":[2],\"values\":[0,2]}");
    p = predict(ctx, model, "x y y z", 0); /* the idf is the column's, not the row's */
    cr_expect_eq(score(&p, 0)->logit, 2 * 1 + 0.5 * 10);
    wn_model_unref(model);
}

/* ---- Folded rows ---- */

Test(outputs, folded_rows_are_logits_in_any_encoding)
{
    static const char *const folded[] = {
        "\"values\":\"rows\"",
        "\"values\":\"filled\"",
        "\"encoding\":\"scaled\",\"values\":\"small\",\"scale\":\"scale\"",
    };
    for (size_t i = 0; i < WN__COUNT(folded); i++) {
        char json[1000];
        snprintf(
            json, sizeof json,
            "{\"winnow\":1,\"link\":\"softmax\",\"labels\":\"l\",\"blocks\":[{\"extractor\":"
            "\"fasttext\",\"words\":\"w\",\"folded\":{%s},\"folded_counts\":\"n\"}],\"arrays\":{"
            "\"l\":{\"dtype\":\"str\",\"shape\":[3],\"values\":[\"a\",\"b\",\"c\"]},\"w\":{"
            "\"dtype\":\"str\",\"shape\":[2],\"values\":[\"x\",\"y\"]},\"n\":{\"dtype\":\"u32\","
            "\"shape\":[2],\"values\":[1,1]},\"rows\":{\"dtype\":\"f32\",\"shape\":[2,3],"
            "\"values\":["
            "1.5,-4,0,0.5,2,-1]},\"filled\":{\"dtype\":\"f32\",\"shape\":[2,4],\"values\":["
            "1.5,-4,0,0,0.5,2,-1,0]},\"small\":{\"dtype\":\"i8\",\"shape\":[2,3],\"values\":["
            "3,-2,0,1,1,1]},\"scale\":{\"dtype\":\"f32\",\"shape\":[3],\"values\":[0.5,2,-1]}}}",
            folded[i]);
        const wn_model *model;
        wn_error error;
        cr_assert_eq(open_text(json, &model, &error), WN_OK, "%s", error.message);
        wn_prediction p = predict(ctx, model, "x y", 0);
        cr_expect_eq(score(&p, 0)->logit, (1.5 + 0.5) / 2, "%zu", i);
        cr_expect_eq(score(&p, 1)->logit, (-4.0 + 2) / 2, "%zu", i);
        cr_expect_eq(score(&p, 2)->logit, (0.0 - 1) / 2, "%zu", i);
        wn_model_unref(model);
    }
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
    wn_prediction p = predict(ctx, model, "x", 0);
    /* (1,3) / 4; m gives 0.25 + 1.5, 0.75 + 3; n: 2, 2.75; max: 2 / 2.75, 1. */
    cr_expect_float_eq(score(&p, 0)->logit, 100 + 2 / 2.75, 1e-12);
    cr_expect_float_eq(score(&p, 1)->logit, 201, 1e-12);
    cr_expect_float_eq(score(&p, 2)->logit, 301 + 2 / 2.75, 1e-12);
    p = predict(ctx, model, "y", 0); /* the norm of nothing divides nothing */
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
        wn_prediction p = predict(ctx, model, "x", 0);
        cr_expect_eq(p.scores[0].label, 1);
        cr_expect_eq(score(&p, 1)->logit, 2);
        cr_expect_eq(score(&p, 0)->logit, -2);
        double expected = i == 1 ? sigmoid(4) : sigmoid(2);
        if (i == 3)
            cr_expect(isnan(score(&p, 1)->probability));
        else
            cr_expect_float_eq(score(&p, 1)->probability, expected, 1e-15);
        p = predict(ctx, model, "y", 1);
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
    wn_prediction p = predict(ctx, model, "x", 0);
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
    p = predict(ctx, model, "x", 0);
    cr_expect_eq(p.scores[0].label, 0);
    cr_expect_eq(p.scores[0].logit, p.scores[1].logit);
    wn_model_unref(model);
    model =
        model_of("\"link\":\"sigmoid\",\"labels\":\"two\",\"members\":2,\"multi_label\":true,"
                 "\"rank_by_decision\":true",
                 ",\"rows\":{\"values\":\"r\"}", NUMBERS("r", "3,4", "1,9,1,-6, 0,0,0,0, 0,0,0,0"));
    p = predict(ctx, model, "x", 0);
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
        wn_prediction p = predict(ctx, model, "x", 0);
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
        wn_prediction p = predict(ctx, model, cases[i].text, 0);
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
    wn_prediction p = predict(ctx, model, "x", 0);
    for (uint32_t j = 0; j < 3; j++)
        cr_expect_float_eq(score(&p, j)->probability, 1.0 / 3, 1e-15);
    p = predict(ctx, model, "z", 0);
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
    wn_prediction p = predict(ctx, model, "x", 0);
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
    wn_prediction p = predict(ctx, model, "x", 0);
    cr_expect_eq(p.decision, WN_DECIDED);
    cr_expect_eq(p.n_chosen, 1);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect_eq(p.scores[i].is_chosen, i == 0);
    cr_expect_eq(wn_model_threshold(model, 0), -INFINITY);
    cr_expect(isnan(wn_model_threshold(model, 3)));
    p = predict(ctx, model, "unheard of", 0); /* the scores stay, the choice goes */
    cr_expect_eq(p.decision, WN_UNSURE_UNKNOWN);
    cr_expect_eq(p.n_chosen, 0);
    cr_expect_eq(p.n_scores, 3);
    cr_expect_eq(p.scores[0].is_chosen, 0);
    p = predict(ctx, model, "unheard of", WN_K_CHOSEN);
    cr_expect_eq(p.n_scores, 0);
    p = predict(ctx, model, "z z", WN_K_CHOSEN); /* a tie: the first label */
    cr_expect_eq(p.n_scores, 1);
    cr_expect_eq(p.scores[0].label, 0);
    wn_model_unref(model);
}

Test(outputs, the_best_label_above_its_threshold_is_chosen)
{
    const wn_model *model =
        model_of("\"link\":\"raw\",\"labels\":\"three\",\"thresholds\":\"th\"",
                 ",\"rows\":{\"values\":\"r\"}", ONE_EACH NUMBERS("th", "3", "2,0.5,2.5"));
    wn_prediction p = predict(ctx, model, "x", 0); /* 2 1 0: the first is not above 2 */
    cr_expect_eq(p.decision, WN_DECIDED);
    cr_expect_eq(score(&p, 0)->is_chosen, 0);
    cr_expect_eq(score(&p, 1)->is_chosen, 1);
    cr_expect_eq(p.scores[0].label, 1); /* the answer comes first */
    cr_expect_eq(p.scores[1].label, 0); /* then the others as they rank */
    cr_expect_eq(p.scores[2].label, 2);
    p = predict(ctx, model, "x", 1);
    cr_expect_eq(p.n_chosen, 1);
    cr_expect_eq(p.n_scores, 1);
    cr_expect_eq(p.scores[0].label, 1);
    cr_expect_eq(p.scores[0].is_chosen, 1);
    p = predict(ctx, model, "y", 2); /* 0 1 2: the last is not above 2.5, the second is above 0.5 */
    cr_expect_eq(p.n_scores, 2);
    cr_expect_eq(p.scores[0].label, 1);
    cr_expect_eq(p.scores[1].label, 2);
    p = predict(ctx, model, "x", WN_K_CHOSEN);
    cr_expect_eq(p.n_scores, 1);
    cr_expect_eq(p.scores[0].label, 1);
    wn_model_unref(model);
    model = model_of("\"link\":\"softmax\",\"labels\":\"three\",\"thresholds\":\"th\"",
                     ",\"rows\":{\"values\":\"r\"}", ONE_EACH NUMBERS("th", "3", "0.5,0.5,0.5"));
    p = predict(ctx, model, "z", 0); /* thirds */
    cr_expect_eq(p.decision, WN_UNSURE);
    cr_expect_eq(p.n_chosen, 0);
    cr_expect_eq(predict(ctx, model, "z", WN_K_CHOSEN).n_scores, 0);
    cr_expect_eq(predict(ctx, model, "x", WN_K_CHOSEN).n_scores, 1);
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
    wn_prediction p =
        predict(ctx, model, "x", 0); /* 1 0 -1: a probability of 0.5 is not above 0.5 */
    cr_expect_eq(p.n_chosen, 1);
    cr_expect_eq(p.decision, WN_DECIDED);
    p = predict(ctx, model, "x x", WN_K_CHOSEN); /* 3 1 -1 */
    cr_expect_eq(p.n_chosen, 2);
    cr_expect_eq(p.n_scores, 2);
    cr_expect_eq(p.scores[1].label, 1);
    cr_expect_eq(wn_model_threshold(model, 2), 0.5);
    wn_model_unref(model);
    model = model_of("\"link\":\"raw\",\"labels\":\"three\",\"multi_label\":true,\"bias\":\"b\"",
                     ",\"rows\":{\"values\":\"r\"}", ONE_EACH NUMBERS("b", "3", "-3,-3,-3"));
    p = predict(ctx, model, "x", 0);
    cr_expect_eq(p.decision, WN_UNSURE);
    cr_expect_eq(wn_model_threshold(model, 2), 0);
    p = predict(ctx, model, "x x y", 0); /* 1 0 -1 */
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
    wn_prediction p = predict(ctx, model, "x", 0);
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
