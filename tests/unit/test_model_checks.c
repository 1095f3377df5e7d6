/* test_model_checks.c - what a manifest can say that no model can be made of, each with its
 * message; test_manifest.c has the fields one by one. */
#include "manifests.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* Of a sound manifest up to three parts change. */
typedef struct edits {
    const char *base;
    struct {
        const char *from, *to;
    } parts[3];
    wn_status status;
    const char *message;
} edits;

static void check(const edits *e)
{
    char *json = edited(e->base, "{", "{");
    for (size_t i = 0; i < 3 && e->parts[i].from != NULL; i++) {
        char *before = json;
        json = edited(before, e->parts[i].from, e->parts[i].to);
        free(before);
    }
    const wn_model *model;
    wn_error error = {0};
    wn_status status = open_text(json, &model, &error);
    cr_expect_eq(status, e->status, "%s: %s, %s", e->parts[0].to, wn_status_name(status),
                 error.message);
    cr_expect_not_null(strstr(error.message, e->message), "%s: %s and not %s", e->parts[0].to,
                       error.message, e->message);
    wn_model_unref(model);
    free(json);
}

static void check_all(const edits *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check(&rows[i]);
}

/* ---- Linear models ---- */

#define COLUMNS_3 "\"columns\":{\"dtype\":\"u32\",\"shape\":[3],\"values\":[1,5,15]}"
#define COLUMNS(shape, values)                                                                     \
    "\"columns\":{\"dtype\":\"u32\",\"shape\":[" shape "],\"values\":[" values "]}"
#define SELECTED_1 "\"selected\":{\"dtype\":\"u32\",\"shape\":[1],\"values\":[1]}"
#define SELECTED(shape, values)                                                                    \
    "\"selected\":{\"dtype\":\"u32\",\"shape\":[" shape "],\"values\":[" values "]}"
#define SECOND_ROWS ",\"rows\":{\"encoding\":\"scaled\",\"values\":\"small\",\"scale\":\"scale\"}"
#define SIGN(is) "\"alternate_sign\":" is

Test(model_checks, of_linear_features)
{
    static const char columns[] = "\"columns\" must be u32, one a row and fewer than n_features",
                      order[] = "\"columns\" must ascend and stay below n_features",
                      selected[] = "\"selected\" must be u32, columns that have a row";
    static const edits rows[] = {
        {linear, {{COLUMNS_3, COLUMNS("3,1", "1,5,15")}}, WN_ERROR_CORRUPT, columns},
        {linear, {{COLUMNS_3, COLUMNS("0", "")}}, WN_ERROR_CORRUPT, columns},
        {linear, {{COLUMNS_3, COLUMNS("1", "5")}}, WN_ERROR_CORRUPT, "must be i8 [1][2]"},
        {linear, {{"\"columns\":\"columns\"", "\"columns\":\"bias\""}}, WN_ERROR_CORRUPT, columns},
        {linear, {{"\"n_features\":16", "\"n_features\":2"}}, WN_ERROR_CORRUPT, columns},
        {linear,
         {{"\"n_features\":16", "\"n_features\":3"}, {COLUMNS_3, COLUMNS("3", "0,1,2")}},
         WN_OK,
         ""},
        {linear, {{"\"n_features\":16", "\"n_features\":15"}}, WN_ERROR_CORRUPT, order},
        {linear, {{COLUMNS_3, COLUMNS("3", "1,1,15")}}, WN_ERROR_CORRUPT, order},
        {linear, {{COLUMNS_3, COLUMNS("3", "0,5,15")}}, WN_OK, ""},
        {linear, {{"\"n_features\":16", "\"n_features\":0"}}, WN_ERROR_CORRUPT, "from 1 to 2^30"},
        {linear, {{"\"n_features\":16", "\"n_features\":1073741824"}}, WN_OK, ""},
        {linear,
         {{"\"n_features\":16", "\"n_features\":1073741825"}},
         WN_ERROR_CORRUPT,
         "from 1 to 2^30"},
        {linear,
         {{"\"terms\":\"terms\"", "\"terms\":\"none\""},
          {"\"arrays\":{",
           "\"arrays\":{\"none\":{\"dtype\":\"str\",\"shape\":[0],\"values\":[]},"}},
         WN_ERROR_CORRUPT,
         "\"terms\" must be an array of at least one string"},
        {linear,
         {{"\"terms\":\"terms\"", "\"terms\":\"idf\""}},
         WN_ERROR_CORRUPT,
         "\"terms\" must be an array of at least one string"},
        {linear, {{SECOND_ROWS, ""}}, WN_ERROR_CORRUPT, "a block without rows"},
        {linear,
         {{"\"bias\":\"bias\"", "\"bias\":\"rows\""}},
         WN_ERROR_CORRUPT,
         "\"bias\" must be"},
        {linear, {{SECOND_ROWS, ",\"weighting\":{\"sublinear_tf\":true}" SECOND_ROWS}}, WN_OK, ""},
        {linear,
         {{SECOND_ROWS, ",\"weighting\":{\"sublinear_tf\":true}" SECOND_ROWS},
          {SIGN("false"), SIGN("true")}},
         WN_ERROR_CORRUPT,
         "the logarithm of a negative"},
        {linear,
         {{SECOND_ROWS, ",\"weighting\":[{},{\"sublinear_tf\":true}]" SECOND_ROWS},
          {SIGN("false"), SIGN("true")}},
         WN_ERROR_CORRUPT,
         "the logarithm of a negative"},
        {linear,
         {{SECOND_ROWS, ",\"weighting\":{\"binarize\":0.5,\"sublinear_tf\":true}" SECOND_ROWS},
          {SIGN("false"), SIGN("true")}},
         WN_OK,
         ""},
        {staged, {{SELECTED_1, SELECTED("1,1", "1")}}, WN_ERROR_CORRUPT, selected},
        {staged, {{SELECTED_1, SELECTED("0", "")}}, WN_ERROR_CORRUPT, selected},
        {staged, {{SELECTED_1, SELECTED("3", "0,1,2")}}, WN_ERROR_CORRUPT, selected},
        {staged, {{SELECTED_1, SELECTED("2", "0,1")}, {"\"row\"}}", "\"square\"}}"}}, WN_OK, ""},
        {staged,
         {{"\"n_features\":2", "\"n_features\":2,\"selected\":\"second\""},
          {"\"arrays\":{",
           "\"arrays\":{\"second\":{\"dtype\":\"u32\",\"shape\":[2],\"values\":[0,1]},"}},
         WN_OK,
         ""},
    };
    check_all(rows, WN__COUNT(rows));
}

/* ---- Stages, members, calibration, context ---- */

#define CALIBRATION                                                                                \
    "\"calibration\":{\"method\":\"isotonic\",\"input\":\"decision\",\"normalize\":\"members\","   \
    "\"ends\":\"ends\",\"x\":\"x\",\"y\":\"y\"}"
#define X_3 "\"shape\":[3],\"values\":[0,-1,1]"
#define X(values) "\"shape\":[3],\"values\":[" values "]"
#define ENDS_2 "\"values\":[1,3]"
#define ENDS(values) "\"values\":[" values "]"

Test(model_checks, of_what_follows_the_rows)
{
    static const char ends[] = "\"ends\" of a calibration must ascend and stay in range",
                      points[] = "\"x\" that ascend and \"y\" from 0 to 1";
    static const char method[] = "arrays of another method",
                      isotonic[] = "an isotonic calibration needs \"ends\"",
                      dense[] = "the matrix of a stage must be dense", outputs[] = "outputs for",
                      context[] = "\"context\" must be 1 to 16 weights";
    static const edits rows[] = {
        {staged,
         {{"\"matrix\":{\"values\":\"square\"}",
           "\"matrix\":{\"encoding\":\"scaled\",\"values\":\"square\",\"scale\":\"two\"}"}},
         WN_ERROR_CORRUPT,
         dense},
        {staged,
         {{"\"head\":{\"values\":\"square\"}", "\"head\":{\"values\":\"two\"}"}},
         WN_ERROR_CORRUPT,
         dense},
        {staged,
         {{"\"calibration\"", "\"bias\":\"one\",\"calibration\""},
          {"\"arrays\":{",
           "\"arrays\":{\"one\":{\"dtype\":\"f64\",\"shape\":[2],\"values\":[1,2]},"}},
         WN_OK,
         ""},
        /* One output for two labels, of which a text may have both. */
        {staged,
         {{"\"members\":1", "\"members\":2"}, {"\"multi_label\":false", "\"multi_label\":true"}},
         WN_ERROR_CORRUPT,
         outputs},
        {staged, {{"\"x\":\"x\",", ""}}, WN_ERROR_CORRUPT, isotonic},
        {staged, {{"\"x\":\"x\"", "\"x\":\"square\""}}, WN_ERROR_CORRUPT, isotonic},
        {staged, {{"\"ends\":\"ends\"", "\"ends\":\"selected\""}}, WN_ERROR_CORRUPT, isotonic},
        {staged,
         {{CALIBRATION, "\"calibration\":{\"method\":\"isotonic\",\"slopes\":\"two\"}"}},
         WN_ERROR_CORRUPT,
         method},
        {staged,
         {{CALIBRATION, "\"calibration\":{\"method\":\"isotonic\",\"offsets\":\"two\"}"}},
         WN_ERROR_CORRUPT,
         method},
        {staged,
         {{CALIBRATION, "\"calibration\":{\"method\":\"sigmoid\",\"ends\":\"ends\"}"}},
         WN_ERROR_CORRUPT,
         method},
        {staged,
         {{CALIBRATION, "\"calibration\":{\"method\":\"sigmoid\",\"x\":\"x\"}"}},
         WN_ERROR_CORRUPT,
         method},
        {staged,
         {{CALIBRATION, "\"calibration\":{\"method\":\"sigmoid\",\"y\":\"y\"}"}},
         WN_ERROR_CORRUPT,
         method},
        {staged,
         {{CALIBRATION, "\"calibration\":{\"method\":\"sigmoid\",\"slopes\":\"two\"}"}},
         WN_ERROR_CORRUPT,
         "\"offsets\" must be"},
        {staged,
         {{CALIBRATION, "\"calibration\":{\"method\":\"sigmoid\",\"offsets\":\"two\"}"}},
         WN_ERROR_CORRUPT,
         "\"slopes\" must be"},
        {staged,
         {{"\"context\":\"two\"", "\"context\":\"none\""},
          {"\"arrays\":{",
           "\"arrays\":{\"none\":{\"dtype\":\"f64\",\"shape\":[0],\"values\":[]},"}},
         WN_ERROR_CORRUPT,
         context},
        {staged, {{X_3, X("-2,-1,1")}, {ENDS_2, ENDS("1,3")}}, WN_OK, ""},
        {staged, {{X_3, X("-2,-1,1")}, {ENDS_2, ENDS("0,3")}}, WN_ERROR_CORRUPT, ends},
        {staged, {{X_3, X("-2,-1,1")}, {ENDS_2, ENDS("3,3")}}, WN_ERROR_CORRUPT, ends},
        {staged, {{X_3, X("-2,-1,1")}, {ENDS_2, ENDS("2,1")}}, WN_ERROR_CORRUPT, ends},
        {staged, {{X_3, X("-2,-1,1")}, {ENDS_2, ENDS("1,4")}}, WN_ERROR_CORRUPT, ends},
        {staged, {{X_3, X("-2,-1,1")}, {ENDS_2, ENDS("1,2")}}, WN_ERROR_CORRUPT, "must end where"},
        {staged, {{X_3, X("0,1,1")}}, WN_ERROR_CORRUPT, points},
        {staged, {{X_3, X("0,0,1")}}, WN_OK, ""}, /* of two functions */
        {staged, {{"[0.5,0,1]", "[-0.001,0,1]"}}, WN_ERROR_CORRUPT, points},
        {staged, {{"[0.5,0,1]", "[0.5,0,1.001]"}}, WN_ERROR_CORRUPT, points},
        {staged, {{"[0.25,1]", "[0,1000]"}}, WN_OK, ""}, /* weights of a context */
        {staged, {{"[0.25,1]", "[0,1000.001]"}}, WN_ERROR_CORRUPT, "weights from 0 to 1000"},
        {staged, {{"[0.25,1]", "[-0.001,1]"}}, WN_ERROR_CORRUPT, "weights from 0 to 1000"},
    };
    check_all(rows, WN__COUNT(rows));
}

/* Two labels; all matrices are as wide as the stage named m, and empty. */
static char *stages_of(size_t n, const char *dtype, const char *order, const char *stages)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    fprintf(out,
            "{\"winnow\":1,\"labels\":\"l\",\"link\":\"raw\",\"stages\":[%s],\"head\":{\"values\":"
            "\"h\"},\"blocks\":[{\"extractor\":\"columns\",\"n_features\":1,\"rows\":{\"values\":"
            "\"r\"}}],\"arrays\":{",
            stages);
    for (const char *name = order; *name != '\0'; name++) {
        size_t n_rows = *name == 'h' ? 2 : *name == 'r' ? 1 : n;
        fprintf(out, "\"%c\":{\"dtype\":\"%s\",\"shape\":[%zu,%zu],\"values\":[0", *name, dtype,
                n_rows, n);
        for (size_t i = 1; i < n_rows * n; i++)
            fputs(",0", out);
        fputs("]},", out);
    }
    fputs("\"l\":{\"dtype\":\"str\",\"shape\":[2],\"values\":[\"a\",\"b\"]}}}", out);
    fclose(out);
    return text;
}

/* More than 4096 bytes: each stage decodes its matrix. */
Test(model_checks, of_stages_that_share_a_matrix)
{
    static const char matrix[] = "{\"matrix\":{\"values\":\"m\"}}";
    static const struct {
        size_t n;
        const char *order, *other; /* of arrays; the other stage */
        wn_status status;
    } rows[] = {
        {32, "mhr", matrix, WN_OK},
        {33, "mhr", matrix, WN_ERROR_CORRUPT}, /* array number 0 is one too */
        {33, "hmr", matrix, WN_ERROR_CORRUPT},
        {33, "hmnr", "{\"matrix\":{\"values\":\"n\"}}", WN_OK},
        {33, "hmr", "{\"norm\":\"l2\"}", WN_OK},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        char stages[200];
        snprintf(stages, sizeof stages, "{\"norm\":\"max\"},%s,%s", matrix, rows[i].other);
        char *json = stages_of(rows[i].n, "f32", rows[i].order, stages);
        const wn_model *model;
        wn_error error = {0};
        cr_expect_eq(open_text(json, &model, &error), rows[i].status, "%zu: %s", i, error.message);
        cr_expect_eq(strstr(error.message, "two stages share a large matrix") != NULL,
                     rows[i].status != WN_OK);
        wn_model_unref(model);
        free(json);
    }
}

/* A matrix of halves [n][dim] that are all 0. */
static void halves(FILE *out, const char *name, size_t n, size_t dim)
{
    size_t n_bytes = n * dim * 2;
    fprintf(out, ",\"%s\":{\"dtype\":\"f16\",\"shape\":[%zu,%zu],\"data\":\"", name, n, dim);
    for (size_t i = 0; i < n_bytes / 3; i++)
        fputs("AAAA", out);
    fputs(n_bytes % 3 == 0 ? "\"}" : n_bytes % 3 == 1 ? "AA==\"}" : "AAA=\"}", out);
}

Test(model_checks, of_how_wide_stages_are)
{
    static const struct {
        size_t n_middle, n_head;
        wn_status status;
        const char *message;
    } rows[] = {
        {4096, 2, WN_OK, ""},
        {4097, 2, WN_ERROR_LIMIT, "model: head: rows of more than 4096"},
        {1, (size_t)1 << 22, WN_ERROR_CORRUPT, "4194304 outputs for"},
        {1, ((size_t)1 << 22) + 1, WN_ERROR_LIMIT, "or more than 2^22 outputs"},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);
        fputs("{\"winnow\":1,\"labels\":\"l\",\"link\":\"raw\",\"stages\":[{\"matrix\":{\"values\":"
              "\"m\"}}],\"head\":{\"values\":\"h\"},\"blocks\":[{\"extractor\":\"columns\","
              "\"n_features\":1,\"rows\":{\"values\":\"r\"}}],\"arrays\":{\"l\":{\"dtype\":\"str\","
              "\"shape\":[2],\"values\":[\"a\",\"b\"]}",
              out);
        halves(out, "r", 1, 1);
        halves(out, "m", rows[i].n_middle, 1);
        halves(out, "h", rows[i].n_head, rows[i].n_middle);
        fputs("}}", out);
        fclose(out);
        const wn_model *model;
        wn_error error = {0};
        cr_expect_eq(open_text(text, &model, &error), rows[i].status, "%zu: %s", i, error.message);
        cr_expect_not_null(strstr(error.message, rows[i].message), "%s", error.message);
        wn_model_unref(model);
        free(text);
    }
}

/* ---- fastText ---- */

#define PRODUCT                                                                                    \
    "\"rows\":{\"encoding\":\"product\",\"codes\":\"codes\",\"centroids\":\"centroids\","          \
    "\"sub_dim\":2,\"dim\":2,\"norm_codes\":\"nc\",\"norm_centroids\":\"nn\"}"
#define PRUNED_2 "\"pruned\":{\"dtype\":\"i32\",\"shape\":[2,2]"
#define DENSE(type)                                                                                \
    "\"arrays\":{\"m\":{\"dtype\":\"" type "\",\"shape\":[3,2],\"values\":[1,2,3,4,5,6]},\"n\":{"  \
    "\"dtype\":\"u32\",\"shape\":[1],\"values\":[1]},"
#define HEAD "\"head\":{\"encoding\":\"dense\",\"values\":\"head\"},"
#define FOLDED "\"folded\":{\"values\":\"m\"},\"folded_counts\":\"n\""

Test(model_checks, of_fasttext_features)
{
    static const char pruned[] = "\"pruned\" must be i32 [n][2]",
                      bucket[] = "positive with n-grams", subwords[] = "\"subwords\" must be";
    static const edits rows[] = {
        {fasttext,
         {{PRUNED_2, "\"pruned\":{\"dtype\":\"i32\",\"shape\":[4]"}},
         WN_ERROR_CORRUPT,
         pruned},
        {fasttext,
         {{PRUNED_2, "\"pruned\":{\"dtype\":\"i32\",\"shape\":[4,1]"}},
         WN_ERROR_CORRUPT,
         pruned},
        {fasttext,
         {{PRUNED_2, "\"pruned\":{\"dtype\":\"u32\",\"shape\":[2,2]"}},
         WN_ERROR_CORRUPT,
         pruned},
        {fasttext, {{"\"bucket\":8", "\"bucket\":1"}}, WN_ERROR_CORRUPT, pruned},
        {fasttext, {{"\"bucket\":8", "\"bucket\":2"}, {"[7,0,0,1]", "[1,0,0,1]"}}, WN_OK, ""},
        {fasttext, {{"\"subwords\":[2,3]", "\"subwords\":[2,-1]"}}, WN_ERROR_CORRUPT, subwords},
        {fasttext, {{"\"subwords\":[2,3]", "\"subwords\":[2147483647,3]"}}, WN_OK, ""},
        {fasttext,
         {{"\"subwords\":[2,3]", "\"subwords\":[2147483648,3]"}},
         WN_ERROR_CORRUPT,
         subwords},
        {fasttext,
         {{"\"bucket\":8", "\"bucket\":0"}, {"\"ngrams\":2", "\"ngrams\":1"}},
         WN_ERROR_CORRUPT,
         bucket},
        {fasttext,
         {{"\"bucket\":8", "\"bucket\":0"}, {"\"subwords\":[2,3]", "\"subwords\":[2,0]"}},
         WN_ERROR_CORRUPT,
         bucket},
        {fasttext, {{"\"bucket\":8", "\"bucket\":-1"}}, WN_ERROR_CORRUPT, bucket},
        {fasttext,
         {{"\"blocks\":[",
           "\"blocks\":[{\"extractor\":\"words\",\"terms\":\"words\",\"rows\":{\"values\":\"head\""
           "}},"}},
         WN_ERROR_UNSUPPORTED,
         "fastText features beside other blocks"},
        {fasttext,
         {{"\"link\"", "\"stages\":[{\"norm\":\"l2\"}],\"link\""}},
         WN_ERROR_CORRUPT,
         "no \"stages\", \"weighting\" or \"members\""},
        {fasttext,
         {{"\"link\"", "\"weighting\":{\"norm\":\"l2\"},\"link\""}},
         WN_ERROR_CORRUPT,
         "no \"stages\", \"weighting\" or \"members\""},
        {fasttext,
         {{"\"link\"", "\"members\":2,\"link\""}},
         WN_ERROR_CORRUPT,
         "no \"stages\", \"weighting\" or \"members\""},
        {fasttext, {{"\"link\"", "\"members\":1,\"link\""}}, WN_OK, ""},
        {fasttext, {{"\"link\"", "\"bias\":\"nn\",\"link\""}}, WN_ERROR_CORRUPT, "no \"bias\""},
    };
    check_all(rows, WN__COUNT(rows));
}

Test(model_checks, of_fasttext_rows)
{
    static const edits rows[] = {
        {fasttext,
         {{PRODUCT, "\"rows\":{\"values\":\"m\"}"}, {"\"arrays\":{", DENSE("f32")}},
         WN_OK,
         ""},
        {fasttext,
         {{PRODUCT, "\"rows\":{\"values\":\"m\"}"}, {"\"arrays\":{", DENSE("f64")}},
         WN_ERROR_UNSUPPORTED,
         "fastText rows of doubles"},
        {fasttext,
         {{PRODUCT, "\"rows\":{\"encoding\":\"scaled\",\"values\":\"m\",\"scale\":\"head\"}"},
          {"\"arrays\":{", DENSE("i8")}},
         WN_ERROR_CORRUPT,
         "\"scale\" f32, one a column"},
        {fasttext,
         {{"\"dtype\":\"f32\",\"shape\":[2,2],\"values\":[1,2,3,4]",
           "\"dtype\":\"f64\",\"shape\":[2,2],\"values\":[1,2,3,4]"}},
         WN_ERROR_UNSUPPORTED,
         "a head of doubles"},
        {fasttext,
         {{"\"dtype\":\"f32\",\"shape\":[2,2],\"values\":[1,2,3,4]",
           "\"dtype\":\"f32\",\"shape\":[3,2],\"values\":[1,2,3,4,5,6]"}},
         WN_ERROR_CORRUPT,
         "head: \"values\" must be"},
        {fasttext,
         {{"\"dtype\":\"f32\",\"shape\":[2,2],\"values\":[1,2,3,4]",
           "\"dtype\":\"f32\",\"shape\":[4],\"values\":[1,2,3,4]"}},
         WN_ERROR_CORRUPT,
         "the head has rows of 0"},
        {fasttext,
         {{HEAD, "\"head\":{\"encoding\":\"product\",\"dim\":4097},"}},
         WN_ERROR_LIMIT,
         "the head has rows of 4097"},
        {fasttext,
         {{HEAD, "\"head\":{\"encoding\":\"product\",\"dim\":4096},"}},
         WN_ERROR_CORRUPT,
         "no \"sub_dim\""},
        {fasttext, {{HEAD, ""}}, WN_ERROR_CORRUPT, "fastText rows need a \"head\""},
        {fasttext,
         {{HEAD, ""}, {PRODUCT, "\"rows\":{\"values\":\"m\"}"}, {"\"arrays\":{", DENSE("f32")}},
         WN_ERROR_CORRUPT,
         "fastText rows need a \"head\""},
        {fasttext,
         {{PRODUCT, FOLDED},
          {"\"arrays\":{", DENSE("f32")},
          {"\"link\":\"hierarchical_softmax\"", "\"link\":\"softmax\""}},
         WN_ERROR_CORRUPT,
         "a \"head\" without exact rows"},
        {fasttext,
         {{PRODUCT, "\"folded\":{\"values\":\"m\"},\"folded_counts\":\"counts\""},
          {"\"arrays\":{", DENSE("f32")}},
         WN_ERROR_CORRUPT,
         "\"folded_counts\" u32, one a word"},
        {fasttext,
         {{PRODUCT, "\"folded\":{\"values\":\"m\"}"}, {"\"arrays\":{", DENSE("f32")}},
         WN_ERROR_CORRUPT,
         "\"folded_counts\" u32, one a word"},
        {fasttext,
         {{PRODUCT, "\"folded\":{\"values\":\"m\"},\"folded_counts\":\"codes\""},
          {"\"arrays\":{", DENSE("f32")}},
         WN_ERROR_CORRUPT,
         "\"folded_counts\" u32, one a word"},
        {fasttext,
         {{HEAD, ""}, {PRODUCT, FOLDED}, {"\"arrays\":{", DENSE("f32")}},
         WN_ERROR_CORRUPT,
         "folded: \"values\" must be"},
    };
    check_all(rows, WN__COUNT(rows));
}

/* Nothing can be in the rows of a tree with one label: it has no inner node. */
Test(model_checks, of_a_tree_with_one_label)
{
    static const char json[] =
        "{\"winnow\":1,\"labels\":\"l\",\"label_counts\":\"c\",\"link\":\"hierarchical_softmax\","
        "\"blocks\":[{\"extractor\":\"fasttext\",\"words\":\"l\",\"folded\":{\"values\":\"m\"},"
        "\"folded_counts\":\"n\"}],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],\"values\":["
        "\"a\"]},"
        "\"c\":{\"dtype\":\"i64\",\"shape\":[1],\"values\":[5]},\"m\":{\"dtype\":\"f32\",\"shape\":"
        "[1,1],"
        "\"values\":[1]},\"n\":{\"dtype\":\"u32\",\"shape\":[1],\"values\":[1]}}}";
    const edits folded = {json, {{NULL, NULL}}, WN_ERROR_CORRUPT, "folded rows of a tree with one"};
    check(&folded);
}

/* A probe of no text is one of a model that reads none, which cannot be replayed. */
Test(model_checks, of_probes_of_a_model_without_texts)
{
    static const char json[] =
        "{\"winnow\":1,\"labels\":\"l\",\"link\":\"raw\",\"probes\":[{\"fields\":[],\"scores\":[1]}"
        "],"
        "\"blocks\":[{\"extractor\":\"columns\",\"n_features\":1,\"rows\":{\"values\":\"r\"}}],"
        "\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]},\"r\":{\"dtype\":"
        "\"f32\","
        "\"shape\":[1,1],\"values\":[1]}}}";
    static const edits rows[] = {
        {json, {{NULL, NULL}}, WN_ERROR_CORRUPT, "a probe needs a text for each field"},
        {json, {{"\"fields\":[]", "\"fields\":[\"x\"]"}}, WN_ERROR_CORRUPT, "a probe needs a text"},
        {json, {{"{\"fields\":[],\"scores\":[1]}", ""}}, WN_OK, ""},
    };
    check_all(rows, WN__COUNT(rows));
}

/* ---- References ---- */

/* Array number 0 is an array as any other: nothing takes this one, and all say so. */
Test(model_checks, of_references_to_the_first_array)
{
    static const char first[] =
        "\"arrays\":{\"first\":{\"dtype\":\"i32\",\"shape\":[3],\"values\":[1,2,3]},";
    static const char method[] = "arrays of another method";
    static const struct {
        const char *base, *from, *to, *message;
    } rows[] = {
        {linear, "\"labels\":\"labels\"", "\"labels\":\"first\"", "\"labels\" must be"},
        {linear, "\"bias\":\"bias\"", "\"bias\":\"first\"", "\"bias\" must be"},
        {linear, "\"stop_words\":\"stop\"", "\"stop_words\":\"first\"", "\"stop_words\" must"},
        {linear, "\"terms\":\"terms\"", "\"terms\":\"first\"", "\"terms\" must be"},
        {linear, "\"idf\":\"idf\"", "\"idf\":\"first\"", "\"idf\" must be"},
        {linear, "\"columns\":\"columns\"", "\"columns\":\"first\"", "\"columns\" must be"},
        {staged, "\"thresholds\":\"two\"", "\"thresholds\":\"first\"", "\"thresholds\" must be"},
        {staged, "\"context\":\"two\"", "\"context\":\"first\"", "\"context\" must be f64"},
        {staged, "\"scale\":\"four\"", "\"scale\":\"first\"", "\"scale\" must be"},
        {staged, "\"bias\":\"two\"", "\"bias\":\"first\"", "\"bias\" must be"},
        {staged, "{\"norm\":\"max\"}", "{\"norm\":\"max\",\"bias\":\"first\"}", "a stage needs a"},
        {staged, "\"selected\":\"selected\"", "\"selected\":\"first\"", "\"selected\" must be"},
        {staged, "\"ends\":\"ends\"", "\"ends\":\"first\"", "needs \"ends\" u32"},
        {staged, "\"x\":\"x\"", "\"x\":\"first\"", "\"x\" must be"},
        {staged, "\"y\":\"y\"", "\"y\":\"first\"", "\"y\" must be"},
        {staged, "\"method\"", "\"slopes\":\"first\",\"method\"", method},
        {staged, "\"method\"", "\"offsets\":\"first\",\"method\"", method},
        {staged, CALIBRATION, "\"calibration\":{\"method\":\"sigmoid\",\"ends\":\"first\"}",
         method},
        {staged, CALIBRATION, "\"calibration\":{\"method\":\"sigmoid\",\"x\":\"first\"}", method},
        {staged, CALIBRATION, "\"calibration\":{\"method\":\"sigmoid\",\"y\":\"first\"}", method},
        {fasttext, "\"link\"", "\"bias\":\"first\",\"link\"", "no \"bias\""},
        {fasttext, "\"words\":\"words\"", "\"words\":\"first\"", "\"words\" must be"},
        {fasttext, "\"words\":\"words\"", "\"words\":\"words\",\"words_index\":\"first\"",
         "\"words_index\" must be"},
        {fasttext, "\"label_counts\":\"counts\"", "\"label_counts\":\"first\"",
         "needs \"label_counts\""},
        {fasttext, "\"pruned\":\"pruned\"", "\"pruned\":\"first\"", "\"pruned\" must be"},
        {fasttext, "\"norm_codes\":\"nc\"", "\"norm_codes\":\"first\"", "norms need"},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        const edits e = {rows[i].base,
                         {{rows[i].from, rows[i].to}, {"\"arrays\":{", first}},
                         WN_ERROR_CORRUPT,
                         rows[i].message};
        check(&e);
    }
}
