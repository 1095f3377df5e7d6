/* test_liblinear.c - LIBLINEAR's model files: what they become, and what is wrong with others. */
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#define HEADER "solver_type L2R_LR\nnr_class 2\nlabel 1 -1\nnr_feature 2\nbias 0.5\nw\n"

static const char binary_text[] = HEADER "0.25 \n-2 \n3 \n";
static const char several_text[] = "solver_type L2R_L2LOSS_SVC\nnr_class 3\nlabel 7 -3 5\n"
                                   "nr_feature 2\nbias -1\nw\n1 2 3 \n-1 0 1e1 \n";

static wn_ctx *ctx;

static void start(void)
{
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
}

static void stop(void)
{
    wn_ctx_free(ctx);
}

TestSuite(liblinear, .init = start, .fini = stop);

static wn_status open_with(const char *text, size_t len, const char *vocabulary,
                           const wn_allocator *allocator, const wn_model **model, wn_error *error)
{
    wn_open_options options = {.size = sizeof options, .allocator = allocator};
    if (vocabulary != NULL)
        options.vocabulary = (wn_text){vocabulary, strlen(vocabulary)};
    char *exact = malloc(len > 0 ? len : 1); /* nothing behind the last byte */
    memcpy(exact, text, len);
    wn_status status = wn_model_open_memory(exact, len, &options, model, error);
    free(exact);
    return status;
}

static const wn_model *open_sound(const char *text, const char *vocabulary)
{
    const wn_model *model;
    wn_error error;
    cr_assert_eq(open_with(text, strlen(text), vocabulary, NULL, &model, &error), WN_OK, "%s",
                 error.message);
    return model;
}

static const wn_prediction *score(const wn_model *model, const wn_entry *entries, size_t n)
{
    wn_classify_options options = {.size = sizeof options};
    wn_vector vector = {entries, n};
    wn_result result;
    cr_assert_eq(wn_classify_vectors(ctx, model, &vector, 1, &options, &result), WN_OK, "%s",
                 wn_ctx_error(ctx)->message);
    return &result.paragraphs[0].predictions[0];
}

static double logit_of(const wn_model *model, const wn_prediction *prediction, const char *label)
{
    for (uint32_t i = 0; i < prediction->n_scores; i++) {
        if (strcmp(wn_model_label(model, prediction->scores[i].label, NULL), label) == 0)
            return prediction->scores[i].logit;
    }
    cr_assert(false, "no label %s", label);
    return 0;
}

/* ---- Sound files ---- */

Test(liblinear, two_labels_have_one_output)
{
    const wn_model *model = open_sound(binary_text, NULL);
    wn_model_info info = {.size = sizeof info};
    cr_assert_eq(wn_model_get_info(model, &info), WN_OK);
    cr_expect_str_eq(info.format, "liblinear");
    cr_expect_eq(info.link, WN_LINK_SIGMOID);
    cr_expect_eq(info.n_labels, 2);
    cr_expect_eq(info.n_columns, 2);
    cr_expect_eq(info.n_fields, 0);
    const wn_entry entries[] = {{0, 4}, {1, 1}, {7, 100}};
    const wn_prediction *prediction = score(model, entries, 3);
    cr_expect_eq(prediction->n_features, 2);
    cr_expect_eq(logit_of(model, prediction, "1"), 0.25 * 4 - 2 + 3 * 0.5);
    cr_expect_eq(logit_of(model, prediction, "-1"), -0.5);
    cr_expect_str_eq(wn_model_label(model, prediction->scores[0].label, NULL), "1");
    wn_model_unref(model);
}

/* LIBLINEAR answers label[0] above 0 only. */
Test(liblinear, a_sum_of_zero_is_the_second_label)
{
    static const wn_entry entries[] = {{0, 2}, {1, 1}};
    static const char zero[] = "solver_type %s\nnr_class 2\nlabel 9 8\nnr_feature 2\nbias -1\nw\n"
                               "%s \n%s \n";
    static const char *const cases[][3] = {
        {"L2R_LR", "1", "-2"}, {"L1R_L2LOSS_SVC", "1", "-2"}, {"MCSVM_CS", "1 -1", "-2 7"}};
    for (size_t i = 0; i < WN__COUNT(cases); i++) {
        char text[200];
        snprintf(text, sizeof text, zero, cases[i][0], cases[i][1], cases[i][2]);
        const wn_model *model = open_sound(text, NULL);
        const wn_prediction *prediction = score(model, entries, 2);
        cr_expect_eq(prediction->scores[0].logit, 0);
        cr_expect_str_eq(wn_model_label(model, prediction->scores[0].label, NULL), "8");
        wn_model_unref(model);
    }
}

Test(liblinear, several_labels_keep_their_order)
{
    static const char *const labels[] = {"7", "-3", "5"};
    const wn_model *model = open_sound(several_text, NULL);
    wn_model_info info = {.size = sizeof info};
    cr_assert_eq(wn_model_get_info(model, &info), WN_OK);
    cr_expect_eq(info.link, WN_LINK_RAW);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect_str_eq(wn_model_label(model, i, NULL), labels[i]);
    const wn_entry entry = {1, 2};
    const wn_prediction *prediction = score(model, &entry, 1);
    cr_expect_eq(logit_of(model, prediction, "7"), -2);
    cr_expect_eq(logit_of(model, prediction, "-3"), 0);
    cr_expect_eq(logit_of(model, prediction, "5"), 20);
    /* All are 0: the first one. */
    prediction = score(model, NULL, 0);
    cr_expect_eq(prediction->scores[0].label, 0);
    cr_expect_eq(prediction->decision, WN_UNSURE_UNKNOWN);
    wn_model_unref(model);
}

/* What the program trains of examples that all have one label. */
Test(liblinear, one_label_is_a_model)
{
    const wn_model *model = open_sound("solver_type L2R_L2LOSS_SVC\nnr_class 1\nlabel 4\n"
                                       "nr_feature 1\nbias -1\nw\n0.5 \n",
                                       NULL);
    const wn_entry entry = {0, 3};
    cr_expect_eq(logit_of(model, score(model, &entry, 1), "4"), 1.5);
    wn_model_unref(model);
}

Test(liblinear, logistic_regression_of_several_labels_is_one_vs_rest)
{
    const wn_model *model = open_sound("solver_type L1R_LR\nnr_class 3\nlabel 3 2 1\nnr_feature 1\n"
                                       "bias 0\nw\n0 0 0 \n5 5 5 \n",
                                       NULL);
    const wn_prediction *prediction = score(model, NULL, 0);
    cr_expect_float_eq(prediction->scores[0].probability, 1.0 / 3, 1e-15);
    wn_model_unref(model);
}

/* Another order of the lines, blanks, and the line ends of other systems. */
Test(liblinear, other_spellings)
{
    static const char *const texts[] = {
        "solver_type L2R_LR\r\nnr_class 2\r\nlabel 1 -1\r\nnr_feature 2\r\nbias 0.5\r\nw\r\n"
        "0.25 \r\n-2\r\n3 \r\n",
        "solver_type L2R_LR \nbias  0.5\nnr_feature 2\t\nnr_class 2\nlabel\t+1  -01\nw \n"
        " 25e-2\n\t-2.0\n+3.\n",
    };
    const wn_entry entries[] = {{0, 4}, {1, 1}};
    for (size_t i = 0; i < WN__COUNT(texts); i++) {
        const wn_model *model = open_sound(texts[i], NULL);
        cr_expect_eq(logit_of(model, score(model, entries, 2), "1"), 0.5);
        wn_model_unref(model);
    }
}

Test(liblinear, text_needs_a_vocabulary)
{
    const wn_model *model = open_sound(binary_text, NULL);
    wn_result result;
    cr_expect_eq(wn_classify(ctx, &model, 1, "ferry", 5, NULL, &result), WN_ERROR_ARGUMENT);
    cr_expect(strstr(wn_ctx_error(ctx)->message, "vocabulary") != NULL, "%s",
              wn_ctx_error(ctx)->message);
    wn_model_unref(model);
}

/* ---- Vocabulary ---- */

Test(liblinear, text_with_a_vocabulary)
{
    static const char *const vocabularies[] = {"ferry\nold ferry\n", "ferry\r\nold ferry\r\n",
                                               "ferry\nold ferry"};
    static const char text[] = "Old ferry, FERRY. a";
    for (size_t i = 0; i < WN__COUNT(vocabularies); i++) {
        const wn_model *model = open_sound(binary_text, vocabularies[i]);
        wn_classify_options options = {.size = sizeof options};
        wn_result result;
        cr_assert_eq(wn_classify(ctx, &model, 1, text, strlen(text), &options, &result), WN_OK);
        const wn_prediction *prediction = &result.paragraphs[0].predictions[0];
        cr_expect_eq(prediction->n_features, 3);
        cr_expect_eq(logit_of(model, prediction, "1"), 2 * 0.25 - 2 + 1.5);
        /* Vectors count its terms. */
        const wn_entry entries[] = {{0, 2}, {1, 1}};
        cr_expect_eq(logit_of(model, score(model, entries, 2), "1"), 0);
        wn_model_unref(model);
    }
}

Test(liblinear, wrong_vocabularies)
{
    static const struct {
        const char *vocabulary, *message;
    } cases[] = {
        {"ferry\n", "line 2"},
        {"ferry", "line 2"},
        {"a\nb\nc\n", "line 3"},
        {"a\nb\n\n", "line 3"},
        {"\nferry\n", "line 1"},
        {"ferry\n \n", "line 2"},
        {"a\n a b", "line 2"},
        {"a\nb  c\n", "line 2"},
        {"a\nb \n", "line 2"},
        {"\n", "line 1"},
        {"a\na\n", "vocabulary"},
        {"a\nb\nc", "line 3"},
        {"a\n1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 "
         "32 "
         "33\n",
         "line 2"},
    };
    const wn_model *model;
    wn_error error;
    for (size_t i = 0; i < WN__COUNT(cases); i++) {
        wn_status status =
            open_with(binary_text, strlen(binary_text), cases[i].vocabulary, NULL, &model, &error);
        cr_expect(status == WN_ERROR_ARGUMENT || status == WN_ERROR_CORRUPT, "%zu: %d", i, status);
        cr_expect(strstr(error.message, cases[i].message) != NULL, "%zu: %s", i, error.message);
    }
}

Test(liblinear, other_models_take_no_vocabulary)
{
    size_t len;
    char *text = sample_json(SAMPLE_TERMS, 1, &len);
    const wn_model *model;
    wn_error error;
    cr_expect_eq(open_with(text, len, "ferry", NULL, &model, &error), WN_ERROR_ARGUMENT);
    wn_open_options options = {.size = sizeof options, .vocabulary = {NULL, 3}};
    cr_expect_eq(wn_model_open_memory(binary_text, strlen(binary_text), &options, &model, NULL),
                 WN_ERROR_ARGUMENT);
    free(text);
}

Test(liblinear, a_term_has_up_to_32_words)
{
    for (size_t n = 1; n <= 33; n++) {
        char vocabulary[100] = "a\n";
        for (size_t i = 0; i < n; i++)
            strcat(vocabulary, i == 0 ? "x" : " x");
        const wn_model *model;
        wn_error error = {.message = ""};
        wn_status status =
            open_with(binary_text, strlen(binary_text), vocabulary, NULL, &model, &error);
        cr_expect_eq(status, n <= 32 ? WN_OK : WN_ERROR_ARGUMENT, "%zu: %s", n, error.message);
        wn_model_unref(model);
    }
}

static void *no_more_than_a_gigabyte(void *user, size_t size)
{
    (void)user;
    return size > (size_t)1 << 30 ? NULL : malloc(size);
}

static void give_back(void *user, void *memory)
{
    (void)user;
    free(memory);
}

/* Its length alone is looked at before there is memory for it. */
Test(liblinear, a_vocabulary_has_less_than_4_gib)
{
    const wn_allocator allocator = {no_more_than_a_gigabyte, give_back, NULL};
    static const struct {
        size_t len;
        wn_status status;
    } rows[] = {{UINT32_MAX, WN_ERROR_MEMORY}, {(size_t)UINT32_MAX + 1, WN_ERROR_LIMIT}};
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        wn_open_options options = {
            .size = sizeof options, .allocator = &allocator, .vocabulary = {"x", rows[i].len}};
        const wn_model *model;
        wn_error error;
        cr_expect_eq(
            wn_model_open_memory(binary_text, strlen(binary_text), &options, &model, &error),
            rows[i].status, "%s", error.message);
    }
}

Test(liblinear, nothing_before_the_vocabulary_is_read)
{
    static const char text[] = "\r\nferry\n"; /* the CR is not of it */
    wn_open_options options = {.size = sizeof options, .vocabulary = {text + 1, strlen(text) - 1}};
    const wn_model *model;
    wn_error error;
    cr_expect_eq(wn_model_open_memory(binary_text, strlen(binary_text), &options, &model, &error),
                 WN_ERROR_ARGUMENT);
    cr_expect_not_null(strstr(error.message, "line 1: a term is"), "%s", error.message);
}

/* ---- Wrong files ---- */

#define LINES(solver, classes, label, features, bias, w)                                           \
    solver "\n" classes "\n" label "\n" features "\n" bias "\n" w "\n"
#define S "solver_type L2R_LR"
#define C "nr_class 2"
#define L "label 1 -1"
#define F "nr_feature 2"
#define B "bias -1"

static const struct wrong {
    const char *text;
    size_t offset;
    wn_status status;
} wrong_files[] = {
    {LINES("solver_type L2R_L2LOSS_SVR", C, L, F, B, "w") "1 \n2 \n", 12, WN_ERROR_UNSUPPORTED},
    {LINES("solver_type L2R_L1LOSS_SVR_DUAL", C, L, F, B, "w") "1 \n2 \n", 12,
     WN_ERROR_UNSUPPORTED},
    {LINES("solver_type ONECLASS_SVM", C, "rho 1", F, B, "w") "1 \n2 \n", 12, WN_ERROR_UNSUPPORTED},
    {LINES("solver_type NEW", C, L, F, B, "w") "1 \n2 \n", 12, WN_ERROR_UNSUPPORTED},
    {LINES("solver_type l2r_lr", C, L, F, B, "w") "1 \n2 \n", 12, WN_ERROR_UNSUPPORTED},
    {LINES(S, C, L, "nr_feature 0", B, "w"), 64, WN_ERROR_UNSUPPORTED},
    {LINES("solver_type ", C, L, F, B, "w") "1 \n2 \n", 12, WN_ERROR_CORRUPT},
    {LINES(S " x", C, L, F, B, "w") "1 \n2 \n", 19, WN_ERROR_CORRUPT},
    {LINES(S, "nr_class", L, F, B, "w") "1 \n2 \n", 27, WN_ERROR_CORRUPT},
    {LINES(S, "nr_class 0", L, F, B, "w") "1 \n2 \n", 28, WN_ERROR_CORRUPT},
    {LINES(S, "nr_class -2", L, F, B, "w") "1 \n2 \n", 28, WN_ERROR_CORRUPT},
    {LINES(S, "nr_class 2.0", L, F, B, "w") "1 \n2 \n", 28, WN_ERROR_CORRUPT},
    {LINES(S, "nr_class 2147483648", L, F, B, "w") "1 \n2 \n", 28, WN_ERROR_CORRUPT},
    {LINES(S, "nr_class 2 2", L, F, B, "w") "1 \n2 \n", 30, WN_ERROR_CORRUPT},
    {LINES(S, "nr_class 3", L, F, B, "w") "1 \n2 \n", 35, WN_ERROR_CORRUPT},
    {LINES(S, "nr_class 2147483647", L, F, B, "w") "1 \n2 \n", 44, WN_ERROR_CORRUPT},
    {LINES(S, C, "label 1", F, B, "w") "1 \n2 \n", 35, WN_ERROR_CORRUPT},
    {LINES(S, C, "label 1 2 3", F, B, "w") "1 \n2 \n", 40, WN_ERROR_CORRUPT},
    {LINES(S, C, "label 1 x", F, B, "w") "1 \n2 \n", 38, WN_ERROR_CORRUPT},
    {LINES(S, C, "label 1 1.5", F, B, "w") "1 \n2 \n", 38, WN_ERROR_CORRUPT},
    {LINES(S, C, "label 1 2147483648", F, B, "w") "1 \n2 \n", 38, WN_ERROR_CORRUPT},
    {LINES(S, C, "label 7 7", F, B, "w") "1 \n2 \n", SIZE_MAX, WN_ERROR_CORRUPT},
    {LINES(S, C, "label 7 +7", F, B, "w") "1 \n2 \n", SIZE_MAX, WN_ERROR_CORRUPT},
    {S "\n" L "\n" C "\n" F "\n" B "\nw\n1 \n2 \n", 24, WN_ERROR_CORRUPT},
    {LINES(S, C, L, "nr_feature", B, "w") "1 \n2 \n", 51, WN_ERROR_CORRUPT},
    {LINES(S, C, L, "nr_feature -1", B, "w") "1 \n2 \n", 52, WN_ERROR_CORRUPT},
    {LINES(S, C, L, "nr_feature 1e1", B, "w") "1 \n2 \n", 52, WN_ERROR_CORRUPT},
    {LINES(S, C, L, "nr_feature 2147483647", B, "w") "1 \n2 \n", 73, WN_ERROR_CORRUPT},
    {LINES(S, C, L, "nr_feature 2147483648", B, "w") "1 \n2 \n", 52, WN_ERROR_CORRUPT},
    {LINES(S, C, L, "nr_feature 3", B, "w") "1 \n2 \n", 70, WN_ERROR_CORRUPT},
    {LINES(S, C, L, "nr_feature 1", B, "w") "1 \n2 \n", 67, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, "bias", "w") "1 \n2 \n", 58, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, "bias x", "w") "1 \n2 \n", 59, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, "bias nan", "w") "1 \n2 \n", 59, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, "bias 1e999", "w") "1 \n2 \n", 59, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, "bias 1", "w") "1 \n2 \n", 69, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, "bias 1e300", "w") "1 \n2 \n1e10\n", 73, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "w 1") "1 \n2 \n", 64, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "rho 1\nw") "1 \n2 \n", 62, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "\nw") "1 \n2 \n", 62, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "W") "1 \n2 \n", 62, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, S "\nw") "1 \n2 \n", 73, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, C "\nw") "1 \n2 \n", 70, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, L "\nw") "1 \n2 \n", 67, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, F "\nw") "1 \n2 \n", 72, WN_ERROR_CORRUPT},
    {LINES(S, C, L, "nr_feature 0", B, F "\nw") "1 \n2 \n", 72, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, B "\nw") "1 \n2 \n", 66, WN_ERROR_CORRUPT},
    {S "\nw\n1 \n", 20, WN_ERROR_CORRUPT},
    {S "\n" C "\nw\n1 \n", 31, WN_ERROR_CORRUPT},
    {S "\n" C "\n" L "\nw\n1 \n", 42, WN_ERROR_CORRUPT},
    {S "\n" C "\n" L "\n" F "\nw\n1 \n", 55, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "w") "1 \n2 \n3 \n", 70, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "w") "1 \n2 \n\n", 70, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "w") "1 2 \n3 \n", 66, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "w") "1 \n\n2 \n", 67, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "w") "1 \n 2", 69, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "w") "1 \nnan \n", 67, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "w") "1 \n-inf \n", 67, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "w") "1 \n1e309 \n", 67, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "w") "1 \n0x1p3 \n", 67, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "w") "1 \n1,5 \n", 67, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "w") "1 \n2\r\r\n", 67, WN_ERROR_CORRUPT},
    {LINES(S, C, L, F, B, "w") "1 \n2 \v\n", 69, WN_ERROR_CORRUPT},
};

Test(liblinear, wrong_files_are_refused_where_they_are_wrong)
{
    for (size_t i = 0; i < WN__COUNT(wrong_files); i++) {
        const struct wrong *wrong = &wrong_files[i];
        const wn_model *model;
        wn_error error;
        wn_status status = open_with(wrong->text, strlen(wrong->text), NULL, NULL, &model, &error);
        cr_expect_eq(status, wrong->status, "%zu: %d, %s", i, status, error.message);
        uint64_t offset = wrong->offset == SIZE_MAX ? UINT64_MAX : wrong->offset;
        cr_expect_eq(error.offset, offset, "%zu: at %llu, %s\n%s", i,
                     (unsigned long long)error.offset, error.message, wrong->text);
        cr_expect_null(model);
    }
}

/* A number takes a digit and a blank or a line feed at least. */
Test(liblinear, as_many_weights_as_there_is_room_for)
{
    static const struct {
        const char *text;
        wn_status status;
        const char *message;
    } rows[] = {
        {LINES(S, C, L, F, B, "w") "1\n2\n", WN_OK, ""},
        {LINES(S, C, L, F, B, "w") "1\n2", WN_ERROR_CORRUPT, "fewer weights"},
        {LINES(S, C, L, F, "bias 0", "w") "1\n2\n3\n", WN_OK, ""},
        {LINES(S, C, L, F, "bias 0", "w") "1\n2\n3", WN_ERROR_CORRUPT, "fewer weights"},
        {LINES(S, "nr_class 3", "label 1 2 3", F, B, "w") "1 2 3\n4 5 6\n", WN_OK, ""},
        {LINES(S, "nr_class 3", "label 1 2 3", F, B, "w") "1 2 3\n4 5 6", WN_ERROR_CORRUPT,
         "fewer weights"},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        const wn_model *model;
        wn_error error = {.message = ""};
        wn_status status =
            open_with(rows[i].text, strlen(rows[i].text), NULL, NULL, &model, &error);
        cr_expect_eq(status, rows[i].status, "%zu: %s", i, error.message);
        cr_expect_not_null(strstr(error.message, rows[i].message), "%zu: %s", i, error.message);
        wn_model_unref(model);
    }
}

Test(liblinear, there_are_at_most_2_20_labels)
{
    for (size_t n = WN__MAX_LABELS; n <= WN__MAX_LABELS + 1; n++) {
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);
        fprintf(out, "solver_type L2R_LR\nnr_class %zu\nlabel", n);
        for (size_t i = 0; i < n; i++)
            fputs(" 1", out);
        fputs("\nnr_feature 1\nbias -1\nw\n1\n", out);
        fclose(out);
        const wn_model *model;
        wn_error error;
        wn_status status = open_with(text, len, NULL, NULL, &model, &error);
        cr_expect_eq(status, n > WN__MAX_LABELS ? WN_ERROR_LIMIT : WN_ERROR_CORRUPT, "%s",
                     error.message);
        cr_expect_not_null(strstr(error.message, n > WN__MAX_LABELS ? "more than 1048576 labels"
                                                                    : "fewer weights"),
                           "%s", error.message);
        free(text);
    }
}

Test(liblinear, every_truncation_is_refused)
{
    static const char *const texts[] = {binary_text, several_text};
    for (size_t i = 0; i < WN__COUNT(texts); i++) {
        for (size_t len = 0; len < strlen(texts[i]); len++) {
            const wn_model *model;
            wn_error error;
            wn_status status = open_with(texts[i], len, NULL, NULL, &model, &error);
            /* Without its first word it is a file of another kind. */
            cr_expect_eq(status, len < 12 ? WN_ERROR_FORMAT : WN_ERROR_CORRUPT, "%zu bytes: %d",
                         len, status);
            cr_expect(error.offset <= len, "%zu bytes: offset %llu", len,
                      (unsigned long long)error.offset);
        }
    }
}

Test(liblinear, any_byte_may_be_any_other)
{
    size_t n_open = 0, len = strlen(binary_text);
    char text[sizeof binary_text];
    for (size_t at = 0; at < len; at++) {
        for (int byte = 0; byte < 256; byte++) {
            const wn_model *model;
            memcpy(text, binary_text, len);
            text[at] = (char)byte;
            if (open_with(text, len, NULL, NULL, &model, NULL) != WN_OK)
                continue;
            const wn_entry entries[] = {{0, 4}, {1, 1}};
            score(model, entries, 2);
            wn_model_unref(model);
            n_open++;
        }
    }
    cr_expect(n_open >= len && n_open < len * 64, "%zu", n_open);
}

Test(liblinear, every_allocation_may_fail)
{
    static const char *const vocabularies[] = {NULL, "ferry\nold ferry\n"};
    for (size_t i = 0; i < WN__COUNT(vocabularies); i++) {
        for (size_t n = 1;; n++) {
            tally t = {0};
            wn_allocator allocator = tally_allocator(&t);
            const wn_model *model;
            tally_fail(&t, n, false);
            wn_status status = open_with(binary_text, strlen(binary_text), vocabularies[i],
                                         &allocator, &model, NULL);
            if (status == WN_OK) {
                cr_expect(n > 5, "few allocations: %zu", n);
                wn_model_unref(model);
                break;
            }
            cr_assert_eq(status, WN_ERROR_MEMORY, "allocation %zu: %d", n, status);
            cr_assert_eq(t.n_live, 0);
        }
    }
}

/* ---- Converting ---- */

Test(liblinear, converted_models_score_the_same)
{
    static const char *const vocabularies[] = {NULL, "ferry\nold ferry\n"};
    const wn_entry entries[] = {{0, 0.1}, {1, 0.7}};
    char in[64], out[64];
    temporary_name(in);
    temporary_name(out);
    write_file(in, binary_text, strlen(binary_text));
    for (size_t i = 0; i < 4; i++) {
        const char *vocabulary = vocabularies[i % 2];
        wn_convert_options options = {.size = sizeof options,
                                      .format = i < 2 ? WN_FORMAT_WINNOW : WN_FORMAT_JSON};
        if (vocabulary != NULL)
            options.vocabulary = (wn_text){vocabulary, strlen(vocabulary)};
        wn_error error;
        cr_assert_eq(wn_convert(in, out, &options, &error), WN_OK, "%s", error.message);
        const wn_model *model, *source = open_sound(binary_text, vocabulary);
        cr_assert_eq(wn_model_open(out, NULL, &model, &error), WN_OK, "%s", error.message);
        double want = logit_of(source, score(source, entries, 2), "1");
        cr_expect_eq(logit_of(model, score(model, entries, 2), "1"), want);
        wn_model_info info = {.size = sizeof info};
        cr_assert_eq(wn_model_get_info(model, &info), WN_OK);
        cr_expect_eq(info.n_fields, vocabulary != NULL ? 1 : 0);
        cr_expect_eq(info.n_columns, 2);
        wn_model_unref(source);
        wn_model_unref(model);
    }
    wn_convert_options options = {.size = sizeof options, .vocabulary = {"ferry", 5}};
    cr_expect_eq(wn_convert(in, out, &options, NULL), WN_ERROR_ARGUMENT);
    unlink(in);
    unlink(out);
}
