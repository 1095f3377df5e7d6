/* test_manifest.c - what a manifest may say: each field, its type, its limits. */
#include "manifests.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- Edits of a sound manifest ---- */

static void check(const char *base, const char *from, const char *to, wn_status expected)
{
    char *json = edited(base, from, to);
    const wn_model *model;
    wn_error error = {0};
    wn_status status = open_text(json, &model, &error);
    cr_expect_eq(status, expected, "%s -> %s: %s, %s", from, to, wn_status_name(status),
                 error.message);
    cr_expect_eq(error.status, status == WN_OK ? WN_OK : status);
    for (const char *c = error.message; *c != '\0'; c++)
        cr_expect((unsigned char)*c >= 0x20 && *c != 0x7f, "control byte in a message");
    wn_model_unref(model);
    free(json);
}

typedef struct edit {
    const char *from, *to;
    wn_status status;
} edit;

static void check_all(const char *base, const edit *edits, size_t n)
{
    check(base, "{", "{", WN_OK);
    for (size_t i = 0; i < n; i++)
        check(base, edits[i].from, edits[i].to, edits[i].status);
}

/* ---- The tables ---- */

Test(manifest, every_field_of_another_type_is_refused)
{
    static const char *const keys[][3] = {
        /* base, key with its value */
        {linear, "\"name\":\"n\""},
        {linear, "\"version\":\"v\""},
        {linear, "\"description\":\"d\""},
        {linear, "\"license\":\"l\""},
        {linear, "\"trainer\":\"t\""},
        {linear, "\"unicode\":\"14.0\""},
        {linear, "\"labels\":\"labels\""},
        {linear, "\"link\":\"softmax\""},
        {linear, "\"bias\":\"bias\""},
        {linear, "\"sum_order\":\"ascending\""},
        {linear, "\"probe_tolerance\":0.001"},
        {linear, "\"extractor\":\"words\""},
        {linear, "\"tokens\":\"nonspace\""},
        {linear, "\"min_length\":1"},
        {patterned, "\"pattern\":\"x\""},
        {linear, "\"ngrams\":[1,2]"},
        {linear, "\"stop_words\":\"stop\""},
        {linear, "\"terms\":\"terms\""},
        {linear, "\"binary\":false"},
        {linear, "\"sublinear_tf\":true"},
        {linear, "\"idf\":\"idf\""},
        {linear, "\"norm\":\"l2\""},
        {linear, "\"encoding\":\"dense\""},
        {linear, "\"values\":\"rows\""},
        {linear, "\"n_features\":16"},
        {linear, "\"alternate_sign\":false"},
        {linear, "\"columns\":\"columns\""},
        {linear, "\"scale\":\"scale\""},
        {linear, "\"probes\":[]"},
        {linear, "\"dtype\":\"str\""},
        {linear, "\"shape\":[2]"},
        {linear, "\"values\":[\"a\",\"b\"]"},
        {linear, "\"data\":\"/wEC/n+A\""},
        {staged, "\"multi_label\":false"},
        {staged, "\"rank_by_decision\":false"},
        {staged, "\"thresholds\":\"two\""},
        {staged, "\"context\":\"two\""},
        {staged, "\"scale\":\"four\""},
        {staged, "\"norm\":\"max\""},
        {staged, "\"matrix\":{\"values\":\"square\"}"},
        {staged, "\"bias\":\"two\""},
        {staged, "\"head\":{\"values\":\"square\"}"},
        {staged, "\"members\":1"},
        {staged, "\"method\":\"isotonic\""},
        {staged, "\"input\":\"decision\""},
        {staged, "\"normalize\":\"members\""},
        {staged, "\"ends\":\"ends\""},
        {staged, "\"x\":\"x\""},
        {staged, "\"y\":\"y\""},
        {staged, "\"normalize\":[]"},
        {staged, "\"binary\":true"},
        {staged, "\"idf\":\"two\""},
        {staged, "\"selected\":\"selected\""},
        {staged, "\"n_features\":2"},
        {fasttext, "\"label_counts\":\"counts\""},
        {fasttext, "\"sigmoid_table\":false"},
        {fasttext, "\"words\":\"words\""},
        {fasttext, "\"label_tokens\":true"},
        {fasttext, "\"words_last_wins\":false"},
        {fasttext, "\"ngrams\":2"},
        {fasttext, "\"subwords\":[2,3]"},
        {fasttext, "\"bucket\":8"},
        {fasttext, "\"pruned\":\"pruned\""},
        {fasttext, "\"codes\":\"codes\""},
        {fasttext, "\"centroids\":\"centroids\""},
        {fasttext, "\"sub_dim\":2"},
        {fasttext, "\"dim\":2"},
        {fasttext, "\"norm_codes\":\"nc\""},
        {fasttext, "\"norm_centroids\":\"nn\""},
    };
    static const char *const wrong[] = {"null", "true", "-1.5",      "\"nobody\"",
                                        "[]",   "{}",   "[1,\"x\"]", "1e300"};
    for (size_t i = 0; i < WN__COUNT(keys); i++) {
        const char *colon = strchr(keys[i][1], ':');
        for (size_t w = 0; w < WN__COUNT(wrong); w++) {
            char to[100];
            bool fits =
                (wrong[w][0] == 't' && (colon[1] == 't' || colon[1] == 'f')) ||
                (wrong[w][0] == '"' && (i < 5 || keys[i][0] == patterned)) || /* free text */
                (wrong[w][0] == '[' && colon[1] == '[' && colon[2] == ']' && wrong[w][1] == ']');
            if (fits)
                continue;
            snprintf(to, sizeof to, "%.*s%s", (int)(colon + 1 - keys[i][1]), keys[i][1], wrong[w]);
            char *json = edited(keys[i][0], keys[i][1], to);
            const wn_model *model;
            wn_error error = {0};
            wn_status status = open_text(json, &model, &error);
            cr_expect(status == WN_ERROR_CORRUPT || status == WN_ERROR_UNSUPPORTED, "%s: %s", to,
                      wn_status_name(status));
            wn_model_unref(model);
            free(json);
        }
    }
}

Test(manifest, unknown_and_duplicate_keys_are_refused_everywhere)
{
    /* After each opening brace of each manifest, one key more. */
    static const char *const bases[] = {linear, staged, fasttext};
    for (size_t b = 0; b < WN__COUNT(bases); b++) {
        size_t n_objects = 0;
        for (const char *at = strchr(bases[b], '{'); at != NULL; at = strchr(at + 1, '{')) {
            /* The object's own first key again, and a key that nobody knows. */
            const char *quote = strchr(at, '"'), *end = strchr(quote + 1, '"');
            char again[100];
            snprintf(again, sizeof again, "{%.*s:1,", (int)(end + 1 - quote), quote);
            const char *const more[] = {"{\"nobody\":1,", again, "{\"\":1,"};
            for (size_t m = 0; m < WN__COUNT(more); m++) {
                char *tail = edited(at, "{", more[m]);
                char *json = malloc(strlen(bases[b]) + strlen(tail) + 1);
                memcpy(json, bases[b], (size_t)(at - bases[b]));
                strcpy(json + (at - bases[b]), tail);
                char *whole = edited(json, "{", "{"); /* for the "@" in the part before */
                const wn_model *model;
                wn_error error = {0};
                wn_status status = open_text(whole, &model, &error);
                cr_expect(status == WN_ERROR_CORRUPT || status == WN_ERROR_UNSUPPORTED,
                          "object %zu, %s: %s", n_objects, more[m], wn_status_name(status));
                wn_model_unref(model);
                free(whole);
                free(json);
                free(tail);
            }
            n_objects++;
        }
        cr_assert_gt(n_objects, 10);
    }
}

Test(manifest, model_fields)
{
    static const edit edits[] = {
        {"\"winnow\":1", "\"winnow\":2", WN_ERROR_VERSION},
        {"\"winnow\":1", "\"winnow\":0", WN_ERROR_VERSION},
        {"\"winnow\":1", "\"winnow\":\"1\"", WN_ERROR_VERSION},
        {"\"winnow\":1", "\"winnow\":1.5", WN_ERROR_VERSION},
        {"\"winnow\":1,", "", WN_ERROR_FORMAT},
        {"\"winnow\":1", "\"Winnow\":1", WN_ERROR_FORMAT},
        {"\"name\":\"n\",", "", WN_OK},
        {"\"name\":\"n\"", "\"name\":\"\"", WN_OK},
        {"\"labels\":\"labels\",", "", WN_ERROR_CORRUPT},
        {"\"labels\":\"labels\"", "\"labels\":\"idf\"", WN_ERROR_CORRUPT},
        {"[\"a\",\"b\"]", "[\"a\",\"a\"]", WN_ERROR_CORRUPT},
        {"[\"a\",\"b\"]", "[\"a\",\"\"]", WN_ERROR_CORRUPT},
        {"\"link\":\"softmax\"", "\"link\":\"sigmoid\"", WN_OK},
        {"\"link\":\"softmax\"", "\"link\":\"one_vs_rest\"", WN_OK},
        {"\"link\":\"softmax\"", "\"link\":\"raw\"", WN_OK},
        {"\"link\":\"softmax\"", "\"link\":\"hierarchical_softmax\"", WN_ERROR_CORRUPT},
        {"\"link\":\"softmax\"", "\"link\":\"probit\"", WN_ERROR_UNSUPPORTED},
        {"\"link\":\"softmax\"", "\"link\":\"Softmax\"", WN_ERROR_UNSUPPORTED},
        {"\"bias\":\"bias\",", "", WN_OK},
        {"\"bias\":\"bias\"", "\"bias\":\"columns\"", WN_ERROR_CORRUPT},
        {"\"bias\":\"bias\"", "\"bias\":\"scale\"", WN_OK}, /* f32 is fine too */
        {"\"sum_order\":\"ascending\"", "\"sum_order\":\"descending\"", WN_OK},
        {"\"sum_order\":\"ascending\"", "\"sum_order\":\"random\"", WN_ERROR_UNSUPPORTED},
        {"\"probe_tolerance\":0.001", "\"probe_tolerance\":0", WN_ERROR_CORRUPT},
        {"\"probe_tolerance\":0.001", "\"probe_tolerance\":-1e-9", WN_ERROR_CORRUPT},
        {"\"probe_tolerance\":0.001", "\"probe_tolerance\":0.01", WN_OK},
        {"\"probe_tolerance\":0.001", "\"probe_tolerance\":0.010000000000000002", WN_ERROR_CORRUPT},
        {"\"probe_tolerance\":0.001", "\"probe_tolerance\":5e-324", WN_OK},
        {"\"probe_tolerance\":0.001", "\"probe_tolerance\":1e999", WN_ERROR_CORRUPT},
        {"[\"fold_punctuation\",\"lower_ascii\"", "[\"lower_ascii\",\"fold_punctuation\"",
         WN_ERROR_CORRUPT},
        {"[\"fold_punctuation\",\"lower_ascii\"", "[\"lower_ascii\",\"lower_ascii\"",
         WN_ERROR_CORRUPT},
        {"[\"fold_punctuation\",", "[", WN_OK},
        {"\"lower_ascii\"", "\"upper\"", WN_ERROR_CORRUPT},
        {"\"lower_ascii\"", "\"lower\"", WN_ERROR_CORRUPT}, /* others follow */
        {"\"unicode\":\"14.0\"", "\"unicode\":\"12.1\"", WN_OK},
        {"\"unicode\":\"14.0\"", "\"unicode\":\"17.0\"", WN_OK},
        {"\"unicode\":\"14.0\"", "\"unicode\":\"newest\"", WN_OK},
        {"\"unicode\":\"14.0\",", "", WN_OK},
        {"\"unicode\":\"14.0\"", "\"unicode\":\"11.0\"", WN_ERROR_UNSUPPORTED},
        {"\"unicode\":\"14.0\"", "\"unicode\":\"14\"", WN_ERROR_UNSUPPORTED},
        {"\"unicode\":\"14.0\"", "\"unicode\":14.0", WN_ERROR_UNSUPPORTED},
        {"\"probes\":[]", "\"probes\":[{\"text\":\"x\",\"scores\":[0.5,0.5]}]", WN_OK},
        {"\"probes\":[]", "\"probes\":[{\"text\":\"x\",\"scores\":[0.5]}]", WN_ERROR_CORRUPT},
        {"\"probes\":[]", "\"probes\":[{\"text\":\"x\",\"scores\":[1,2,3]}]", WN_ERROR_CORRUPT},
        {"\"probes\":[]", "\"probes\":[{\"text\":\"x\"}]", WN_ERROR_CORRUPT},
        {"\"probes\":[]", "\"probes\":[{\"text\":\"x\",\"scores\":1}]", WN_ERROR_CORRUPT},
        {"\"probes\":[]", "\"probes\":[{\"text\":1,\"scores\":[0,1]}]", WN_ERROR_CORRUPT},
        {"\"probes\":[]", "\"probes\":[{\"text\":\"x\",\"scores\":[0,\"1\"]}]", WN_ERROR_CORRUPT},
        {"\"probes\":[]", "\"probes\":[{\"text\":\"x\",\"scores\":[0,1e999]}]", WN_ERROR_CORRUPT},
        {"\"probes\":[]", "\"probes\":[1]", WN_ERROR_CORRUPT},
        {"\"probes\":[]", "\"probes\":[[\"x\",[0,1]]]", WN_ERROR_CORRUPT},
        {"\"probes\":[]", "\"probes\":[{\"text\":\"x\",\"scores\":[0,1],\"x\":1}]",
         WN_ERROR_CORRUPT},
        {"\"probes\":[]", "\"probes\":[{\"text\":\"x\",\"fields\":[\"x\"],\"scores\":[0,1]}]",
         WN_ERROR_CORRUPT},
        {"\"probes\":[]", "\"probes\":[{\"text\":\"x\",\"fields\":[\"x\"]}]", WN_ERROR_CORRUPT},
        {"\"labels\":\"labels\",",
         "\"labels\":\"labels\",\"head\":{\"encoding\":\"dense\","
         "\"values\":\"rows\"},",
         WN_OK},
    };
    check_all(linear, edits, WN__COUNT(edits));
}

Test(manifest, what_follows_the_rows)
{
    static const edit edits[] = {
        {"\"members\":1", "\"members\":0", WN_OK},
        {"\"members\":1", "\"members\":2",
         WN_OK}, /* one output a member: two labels that exclude each other */
        {"\"members\":1", "\"members\":3", WN_ERROR_CORRUPT},
        {"\"members\":1", "\"members\":-1", WN_ERROR_CORRUPT},
        {"\"members\":1", "\"members\":257", WN_ERROR_LIMIT},
        {"\"members\":1", "\"members\":4294967295", WN_ERROR_LIMIT},
        {"\"members\":1", "\"members\":4294967296", WN_ERROR_CORRUPT},
        {"{\"norm\":\"max\"}", "{}", WN_ERROR_CORRUPT},
        {"{\"norm\":\"max\"}", "{\"norm\":\"none\"}", WN_ERROR_CORRUPT},
        {"{\"norm\":\"max\"}", "{\"norm\":\"max\",\"bias\":\"two\"}", WN_ERROR_CORRUPT},
        {"{\"norm\":\"max\"}", "{\"matrix\":{\"values\":\"row\"}}", WN_ERROR_CORRUPT},
        {"\"matrix\":{\"values\":\"square\"}", "\"matrix\":{}", WN_ERROR_CORRUPT},
        {"\"matrix\":{\"values\":\"square\"}", "\"matrix\":{\"values\":\"two\"}", WN_ERROR_CORRUPT},
        {"\"head\":{\"values\":\"square\"}", "\"head\":{\"values\":\"row\"}", WN_ERROR_CORRUPT},
        {"\"head\":{\"values\":\"square\"},", "", WN_OK},
        {"\"row\"}}", "\"square\"}}", WN_ERROR_CORRUPT},
        {"\"values\":[1]}", "\"values\":[2]}", WN_ERROR_CORRUPT},
        {"\"n_features\":2", "\"n_features\":3", WN_ERROR_CORRUPT},
        {"\"n_features\":2", "\"n_features\":0", WN_ERROR_CORRUPT},
        {"\"multi_label\":false", "\"multi_label\":true", WN_OK},
        {"\"input\":\"decision\"", "\"input\":\"probability\"", WN_ERROR_CORRUPT}, /* link raw */
        {"\"method\":\"isotonic\"", "\"method\":\"sigmoid\"", WN_ERROR_CORRUPT},
        {"\"values\":[1,3]", "\"values\":[1,2]", WN_ERROR_CORRUPT},
        {"\"values\":[1,3]", "\"values\":[0,3]", WN_ERROR_CORRUPT},
        {"\"values\":[1,3]", "\"values\":[3,3]", WN_ERROR_CORRUPT},
        {"\"values\":[1,3]", "\"values\":[1,4294967295]", WN_ERROR_CORRUPT},
        {"[0,-1,1]", "[0,1,1]", WN_ERROR_CORRUPT},
        {"[0,-1,1]", "[5,-1,-0.5]", WN_OK},
        {"[0.5,0,1]", "[0.5,1,0]", WN_OK}, /* isotonic falls too */
        {"[0.5,0,1]", "[0.5,-0.1,1]", WN_ERROR_CORRUPT},
        {"[0.25,1]", "[-0.25,1]", WN_ERROR_CORRUPT}, /* as weights of a context */
        {"[0.25,1]", "[0.25,1001]", WN_ERROR_CORRUPT},
        {"\"field\":\"f\"", "\"field\":\"\"", WN_OK},
        {"\"link\":\"raw\"", "\"link\":\"softmax\"", WN_OK},
        {"\"link\":\"raw\"", "\"link\":\"hierarchical_softmax\"", WN_ERROR_CORRUPT},
    };
    check_all(staged, edits, WN__COUNT(edits));
}

Test(manifest, linear_blocks)
{
    static const edit edits[] = {
        {"\"extractor\":\"words\"", "\"extractor\":\"sentences\"", WN_ERROR_UNSUPPORTED},
        {"\"extractor\":\"words\",", "", WN_ERROR_UNSUPPORTED},
        {"\"extractor\":\"words\"", "\"extractor\":\"chars\"", WN_ERROR_CORRUPT}, /* has tokens */
        {"\"extractor\":\"words\"", "\"extractor\":\"fasttext\"", WN_ERROR_CORRUPT},
        {"\"tokens\":\"nonspace\"", "\"tokens\":\"letters\"", WN_OK},
        {"\"tokens\":\"nonspace\"", "\"tokens\":\"ascii_word\"", WN_OK},
        {"\"tokens\":\"nonspace\"", "\"tokens\":\"word\"", WN_OK},
        {"\"tokens\":\"nonspace\"", "\"tokens\":\"pattern\"", WN_ERROR_CORRUPT}, /* which? */
        {"\"tokens\":\"nonspace\"", "\"tokens\":\"nonspace\",\"pattern\":\"x\"", WN_ERROR_CORRUPT},
        {"\"tokens\":\"nonspace\"", "\"tokens\":\"unicode_word\"", WN_ERROR_UNSUPPORTED},
        {"\"min_length\":1", "\"min_length\":0", WN_ERROR_CORRUPT},
        {"\"min_length\":1", "\"min_length\":2147483647", WN_OK},
        {"\"min_length\":1", "\"min_length\":2147483648", WN_ERROR_CORRUPT},
        {"[1,2]", "[0,2]", WN_ERROR_CORRUPT},
        {"[1,2]", "[3,2]", WN_ERROR_CORRUPT},
        {"[1,2]", "[1,32]", WN_OK},
        {"[1,2]", "[1,33]", WN_ERROR_CORRUPT},
        {"[1,2]", "[1,2,3]", WN_ERROR_CORRUPT},
        {"[1,2]", "[1.5,2]", WN_ERROR_CORRUPT},
        {"[1,2]", "[-9223372036854775808,1]", WN_ERROR_CORRUPT},
        {"[2,3]", "[2,64]", WN_OK},
        {"[2,3]", "[2,65]", WN_ERROR_CORRUPT},
        {"\"stop_words\":\"stop\"", "\"stop_words\":\"idf\"", WN_ERROR_CORRUPT},
        {"\"terms\":\"terms\"", "\"terms\":\"idf\"", WN_ERROR_CORRUPT},
        {"\"terms\":\"terms\",", "", WN_ERROR_CORRUPT},
        {"\"terms\":\"terms\",", "\"terms\":\"terms\",\"hash\":{\"n_features\":2},",
         WN_ERROR_CORRUPT},
        {"[\"x\",\"y\"]", "[\"x\",\"x\"]", WN_ERROR_CORRUPT},
        {"[\"x\",\"y\"]", "[\"x\",\"\"]", WN_OK},
        {"[\"x\",\"y\"]", "[\"x\",1]", WN_ERROR_CORRUPT},
        {"\"idf\":\"idf\"", "\"idf\":\"columns\"", WN_ERROR_CORRUPT},
        {"\"idf\":\"idf\"", "\"idf\":\"scale\"", WN_OK},
        {"\"norm\":\"l2\"", "\"norm\":\"l1\"", WN_OK},
        {"\"norm\":\"l2\"", "\"norm\":\"none\"", WN_OK},
        {"\"norm\":\"l2\"", "\"norm\":\"max\"", WN_OK},
        {"\"norm\":\"l2\"", "\"norm\":\"l3\"", WN_ERROR_UNSUPPORTED},
        {"\"n_features\":16", "\"n_features\":0", WN_ERROR_CORRUPT},
        {"\"n_features\":16", "\"n_features\":15", WN_ERROR_CORRUPT}, /* column 15 */
        {"\"n_features\":16", "\"n_features\":1073741824", WN_OK},
        {"\"n_features\":16", "\"n_features\":1073741825", WN_ERROR_CORRUPT},
        {",\"columns\":\"columns\"", "", WN_ERROR_CORRUPT}, /* then there are 16 rows */
        {"[1,5,15]", "[1,5,5]", WN_ERROR_CORRUPT},
        {"[1,5,15]", "[5,1,15]", WN_ERROR_CORRUPT},
        {"[1,5,15]", "[0,1,2]", WN_OK},
        {"[1,5,15]", "[1,5,16]", WN_ERROR_CORRUPT},
        {"[1,5,15]", "[1,5,-1]", WN_ERROR_CORRUPT},
        {"[1,5,15]", "[1,5,4294967295]", WN_ERROR_CORRUPT},
        {"[1,5,15]", "[1,5,4294967296]", WN_ERROR_CORRUPT},
        {"\"encoding\":\"dense\"", "\"encoding\":\"sparse\"", WN_ERROR_UNSUPPORTED},
        {"\"encoding\":\"dense\"", "\"encoding\":\"scaled\"", WN_ERROR_CORRUPT},
        {"\"encoding\":\"scaled\"", "\"encoding\":\"dense\"", WN_ERROR_CORRUPT},
        {"\"values\":\"rows\"", "\"values\":\"idf\"", WN_ERROR_CORRUPT},
        {"\"values\":\"rows\"", "\"values\":\"small\"", WN_ERROR_CORRUPT},
        {"\"shape\":[2,2],\"values\":[1,2,3,4]", "\"shape\":[4],\"values\":[1,2,3,4]",
         WN_ERROR_CORRUPT},
        {"\"shape\":[2,2],\"values\":[1,2,3,4]", "\"shape\":[1,2],\"values\":[1,2]",
         WN_ERROR_CORRUPT},
        {"\"shape\":[2,2],\"values\":[1,2,3,4]", "\"shape\":[2,3],\"values\":[1,2,3,4,5,6]",
         WN_ERROR_CORRUPT},
        {",\"scale\":\"scale\"", "", WN_ERROR_CORRUPT},
        {"\"scale\":\"scale\"", "\"scale\":\"bias\"", WN_ERROR_CORRUPT},
        {"\"sublinear_tf\":true", "\"sublinear_tf\":1", WN_ERROR_CORRUPT},
        {"\"alternate_sign\":false", "\"alternate_sign\":true", WN_OK},
    };
    check_all(linear, edits, WN__COUNT(edits));
    /* The logarithm of a negative count: signs and sublinear_tf exclude each other. */
    check(linear, "\"alternate_sign\":false,\"columns\":\"columns\"},",
          "\"alternate_sign\":true,\"columns\":\"columns\"},\"weighting\":{\"sublinear_tf\":true},",
          WN_ERROR_CORRUPT);
    check(linear, "\"alternate_sign\":false,\"columns\":\"columns\"},",
          "\"alternate_sign\":true,\"columns\":\"columns\"},\"weighting\":{\"sublinear_tf\":true,"
          "\"binary\":true},",
          WN_OK);
}

Test(manifest, patterns)
{
    static const edit edits[] = {
        {"\"pattern\":\"x\"", "\"pattern\":\"(?u)\\\\b\\\\w\\\\w+\\\\b\"", WN_OK},
        {"\"pattern\":\"x\"", "\"pattern\":\"\\u00e9+\"", WN_OK},
        {"\"pattern\":\"x\"", "\"pattern\":\"x\",\"min_length\":1", WN_OK},
        {"\"pattern\":\"x\"", "\"pattern\":\"x\",\"min_length\":2", WN_ERROR_CORRUPT},
        {"\"pattern\":\"x\"", "\"pattern\":\"\"", WN_ERROR_CORRUPT},
        {"\"pattern\":\"x\",", "", WN_ERROR_CORRUPT},
        {"\"tokens\":\"pattern\",", "", WN_ERROR_CORRUPT},
        {"\"pattern\":\"x\"", "\"pattern\":\"x|y\"", WN_ERROR_UNSUPPORTED},
        {"\"pattern\":\"x\"", "\"pattern\":\"(?i)x\"", WN_ERROR_UNSUPPORTED},
        {"\"pattern\":\"x\"", "\"pattern\":\"x{300}\"", WN_ERROR_LIMIT},
        {"\"lower_ascii\",\"lower\"", "\"lower\",\"lower_ascii\"", WN_ERROR_CORRUPT},
        {"\"strip_accents_unicode\",\"strip_accents_ascii\"",
         "\"strip_accents_ascii\",\"strip_accents_unicode\"", WN_ERROR_CORRUPT},
        {",\"strip_accents_ascii\"", "", WN_OK},
    };
    check_all(patterned, edits, WN__COUNT(edits));
    /* The message names what is refused, and where. */
    char *json = edited(patterned, "\"pattern\":\"x\"", "\"pattern\":\"\\\\w+?\"");
    const wn_model *model;
    wn_error error = {0};
    cr_assert_eq(open_text(json, &model, &error), WN_ERROR_UNSUPPORTED);
    cr_assert_not_null(strstr(error.message, "a lazy quantifier at position 3"), "%s",
                       error.message);
    free(json);
}

Test(manifest, unicode_and_patterns_are_written_as_they_were_read)
{
    /* The JSON twin of the JSON twin: the default is left out, all else stays. */
    static const char steps[] = "[\"lower_ascii\", \"lower\", \"strip_accents_unicode\", "
                                "\"strip_accents_ascii\"]";
    static const char *const kept[] = {"\"unicode\": \"13.0\"", "\"pattern\": \"x\"", steps};
    for (int round = 0; round < 2; round++) {
        char *json = edited(patterned, "\"winnow\":1",
                            round == 0 ? "\"winnow\":1,\"unicode\":\"13.0\""
                                       : "\"winnow\":1,\"unicode\":\"newest\"");
        char from[64], to[64];
        size_t len;
        temporary_name(from);
        temporary_name(to);
        write_file(from, json, strlen(json));
        wn_convert_options options = {.size = sizeof options, .format = WN_FORMAT_JSON};
        cr_assert_eq(wn_convert(from, to, &options, NULL), WN_OK);
        char *read = read_file(to, &len), *written = realloc(read, len + 1);
        written[len] = '\0';
        for (size_t i = 0; i < WN__COUNT(kept); i++) {
            bool is_there = strstr(written, kept[i]) != NULL;
            cr_expect_eq(is_there, i > 0 || round == 0, "%s", kept[i]);
        }
        cr_expect(round == 0 || strstr(written, "\"unicode\"") == NULL);
        unlink(from);
        unlink(to);
        free(written);
        free(json);
    }
}

Test(manifest, fasttext_blocks)
{
    static const edit edits[] = {
        {"\"label_counts\":\"counts\",", "", WN_ERROR_CORRUPT},
        {"[5,3]", "[5,-3]", WN_ERROR_CORRUPT},
        {"[5,3]", "[999999999999997,3]", WN_OK},
        {"[5,3]", "[999999999999998,3]", WN_ERROR_CORRUPT},
        {"[5,3]", "[9007199254740993,3]", WN_ERROR_CORRUPT},
        {"\"link\":\"hierarchical_softmax\"", "\"link\":\"softmax\"", WN_OK},
        {"\"words\":\"words\",", "", WN_ERROR_CORRUPT},
        {"\"words\":\"words\"", "\"words\":\"nc\"", WN_ERROR_CORRUPT},
        {"\"values\":[\"x\"]", "\"values\":[\"a\"]", WN_ERROR_CORRUPT}, /* a label too */
        {"\"ngrams\":2", "\"ngrams\":0", WN_ERROR_CORRUPT},
        {"\"ngrams\":2", "\"ngrams\":[1,32]", WN_OK},
        {"\"ngrams\":2", "\"ngrams\":[1,33]", WN_ERROR_CORRUPT},
        {"\"ngrams\":2", "\"ngrams\":[2,2]", WN_ERROR_CORRUPT},
        {"\"subwords\":[2,3]", "\"subwords\":[0,0]", WN_OK},
        {"\"subwords\":[2,3]", "\"subwords\":[-1,3]", WN_ERROR_CORRUPT},
        {"\"subwords\":[2,3]", "\"subwords\":[3,64]", WN_OK},
        {"\"subwords\":[2,3]", "\"subwords\":[3,65]", WN_ERROR_CORRUPT},
        {"\"bucket\":8", "\"bucket\":0", WN_ERROR_CORRUPT},
        {"\"bucket\":8", "\"bucket\":7", WN_ERROR_CORRUPT}, /* bucket 7 is in the pairs */
        {"\"bucket\":8", "\"bucket\":2147483647", WN_OK},
        {"\"bucket\":8", "\"bucket\":2147483648", WN_ERROR_CORRUPT},
        {"[7,0,0,1]", "[7,0,7,1]", WN_ERROR_CORRUPT},
        {"[7,0,0,1]", "[7,0,0,2]", WN_ERROR_CORRUPT},
        {"[7,0,0,1]", "[-1,0,0,1]", WN_ERROR_CORRUPT},
        {"[7,0,0,1]", "[7,-1,0,1]", WN_ERROR_CORRUPT},
        {",\"pruned\":\"pruned\"", "", WN_ERROR_CORRUPT}, /* then there are 1 + 8 rows */
        {"\"sub_dim\":2", "\"sub_dim\":0", WN_ERROR_CORRUPT},
        {"\"sub_dim\":2", "\"sub_dim\":3", WN_OK}, /* one part that is shorter */
        {"\"sub_dim\":2", "\"sub_dim\":1", WN_ERROR_CORRUPT},
        {"\"sub_dim\":2", "\"sub_dim\":4294967296", WN_ERROR_CORRUPT},
        {"\"dim\":2,", "\"dim\":3,", WN_ERROR_CORRUPT},
        {",\"norm_codes\":\"nc\"", "", WN_ERROR_CORRUPT},
        {",\"norm_codes\":\"nc\",\"norm_centroids\":\"nn\"", "", WN_OK},
        {"[0,255,7]", "[0,256,7]", WN_ERROR_CORRUPT},
        {"[0,255,7]", "[0,-1,7]", WN_ERROR_CORRUPT},
        {"\"head\":{\"encoding\":\"dense\",\"values\":\"head\"},", "", WN_ERROR_CORRUPT},
        {"\"words\":\"words\"", "\"words\":\"words\",\"terms\":\"words\"", WN_ERROR_CORRUPT},
    };
    check_all(fasttext, edits, WN__COUNT(edits));
    check(fasttext, "\"link\"", "\"bias\":\"centroids\",\"link\"", WN_ERROR_CORRUPT);
}

Test(manifest, arrays)
{
    static const edit edits[] = {
        {"\"dtype\":\"f64\",\"shape\":[2],\"values\":[1,2]",
         "\"dtype\":\"f64\",\"shape\":[2],\"data\":\"AAAAAAAA8D8AAAAAAAAAQA==\"", WN_OK},
        {"\"dtype\":\"f64\",\"shape\":[2],\"values\":[1,2]",
         "\"dtype\":\"f64\",\"shape\":[2],\"data\":\"AAAAAAAA8D8AAAAAAADwfw==\"",
         WN_ERROR_CORRUPT}, /* 1, infinity */
        {"\"dtype\":\"f64\",\"shape\":[2],\"values\":[1,2]",
         "\"dtype\":\"f32\",\"shape\":[2],\"data\":\"AACAPwAAwH8=\"",
         WN_ERROR_CORRUPT}, /* 1, not a number */
        {"[1,2]},\"rows\"", "[1,1e999]},\"rows\"", WN_ERROR_CORRUPT},
        {"[1,2]},\"rows\"", "[1,-1e999]},\"rows\"", WN_ERROR_CORRUPT},
        {"[1,2]},\"rows\"", "[1,1e308]},\"rows\"", WN_OK},
        {"[1,2]},\"rows\"", "[1,NaN]},\"rows\"", WN_ERROR_CORRUPT},
        {"[1,2]},\"rows\"", "[1,Infinity]},\"rows\"", WN_ERROR_CORRUPT},
        {"[1,2]},\"rows\"", "[1]},\"rows\"", WN_ERROR_CORRUPT},
        {"[1,2]},\"rows\"", "[1,2,3]},\"rows\"", WN_ERROR_CORRUPT},
        {"[1,2]},\"rows\"", "[1,[2]]},\"rows\"", WN_ERROR_CORRUPT},
        {"[1,2,3,4]", "[1,2,3,3.5e38]", WN_ERROR_CORRUPT}, /* beyond a float */
        {"[1,2,3,4]", "[1,2,3,3.4e38]", WN_OK},
        {"\"data\":\"/wEC/n+A\"", "\"values\":[-128,127,0,1,-1,5]", WN_OK},
        {"\"data\":\"/wEC/n+A\"", "\"values\":[-129,127,0,1,-1,5]", WN_ERROR_CORRUPT},
        {"\"data\":\"/wEC/n+A\"", "\"values\":[-128,128,0,1,-1,5]", WN_ERROR_CORRUPT},
        {"\"data\":\"/wEC/n+A\"", "\"values\":[-128,0.5,0,1,-1,5]", WN_ERROR_CORRUPT},
        {"\"data\":\"/wEC/n+A\"", "\"data\":\"/wEC/n+\"", WN_ERROR_CORRUPT},
        {"\"data\":\"/wEC/n+A\"", "\"data\":\"/wEC/n+AAA==\"", WN_ERROR_CORRUPT},
        {"\"data\":\"/wEC/n+A\"", "\"data\":\"/wEC/n+A\",\"values\":[1]", WN_ERROR_CORRUPT},
        {",\"data\":\"/wEC/n+A\"", "", WN_ERROR_CORRUPT},
        {"\"data\":\"/wEC/n+A\"", "\"offset\":0,\"size\":6", WN_ERROR_CORRUPT},
        {"\"shape\":[3,2]", "\"shape\":[6]", WN_ERROR_CORRUPT},
        {"\"shape\":[3,2]", "\"shape\":[3,2,1]", WN_ERROR_CORRUPT},
        {"\"shape\":[3,2]", "\"shape\":[-3,-2]", WN_ERROR_CORRUPT},
        {"\"shape\":[3,2]", "\"shape\":[4294967296,4294967296]", WN_ERROR_CORRUPT},
        {"\"shape\":[3,2]", "\"shape\":[9007199254740992,2048]", WN_ERROR_CORRUPT},
        {"\"shape\":[2],\"values\":[\"a\"", "\"shape\":[2,1],\"values\":[\"a\"", WN_ERROR_CORRUPT},
        {"\"dtype\":\"i8\"", "\"dtype\":\"u8\"", WN_ERROR_CORRUPT},
        {"\"dtype\":\"i8\"", "\"dtype\":\"i16\"", WN_ERROR_CORRUPT},
        {"\"dtype\":\"f32\",\"shape\":[2,2]", "\"dtype\":\"f16\",\"shape\":[2,2]",
         WN_ERROR_CORRUPT}, /* halves come as data */
    };
    check_all(linear, edits, WN__COUNT(edits));
    /* Each array that is named has to be there. */
    static const char *const names[] = {"labels",  "stop",  "terms", "idf", "rows",
                                        "columns", "small", "scale", "bias"};
    for (size_t i = 0; i < WN__COUNT(names); i++) {
        char from[32], to[32];
        snprintf(from, sizeof from, "\"%s\":{\"dtype", names[i]);
        snprintf(to, sizeof to, "\"%s_\":{\"dtype", names[i]);
        check(linear, from, to, WN_ERROR_CORRUPT);
    }
    /* Strings as data: three end offsets (1, 1, 2) and two bytes; then offsets that are wrong. */
    static const char shape[] = "\"dtype\":\"str\",\"shape\":[2],\"values\":[\"x\",\"y\"]";
    check(linear, shape, "\"dtype\":\"str\",\"shape\":[2],\"data\":\"AQAAAAIAAAB4eQ==\"", WN_OK);
    check(linear, shape, "\"dtype\":\"str\",\"shape\":[2],\"data\":\"AgAAAAEAAAB4eQ==\"",
          WN_ERROR_CORRUPT); /* 2, 1: they fall */
    check(linear, shape, "\"dtype\":\"str\",\"shape\":[2],\"data\":\"AQAAAAMAAAB4eQ==\"",
          WN_ERROR_CORRUPT); /* 3: beyond the bytes */
    check(linear, shape, "\"dtype\":\"str\",\"shape\":[2],\"data\":\"AQAAAAEAAAB4eQ==\"",
          WN_ERROR_CORRUPT); /* 1: a byte is left */
    check(linear, shape, "\"dtype\":\"str\",\"shape\":[2],\"data\":\"AQAAAAE=\"",
          WN_ERROR_CORRUPT); /* no room for the offsets */
}

/* One edit for each check that the tables above do not reach. */
Test(manifest, what_does_not_fit_together)
{
    static const edit of_linear[] = {
        {"\"probes\":[]", "\"probes\":[{\"text\":\"x\",\"scores\":[0,0]}]", WN_OK},
        {"\"probes\":[]", "\"probes\":[{\"fields\":[\"x\"],\"scores\":[0,0]}]", WN_OK},
        {"\"probes\":[]", "\"probes\":[{\"fields\":[\"x\",\"y\"],\"scores\":[0,0]}]",
         WN_ERROR_CORRUPT},
        {"\"probes\":[]", "\"probes\":[{\"fields\":[],\"scores\":[0,0]}]", WN_ERROR_CORRUPT},
        {"\"probes\":[]", "\"probes\":[{\"fields\":[\"x\",1],\"scores\":[0,0]}]", WN_ERROR_CORRUPT},
        {"\"probes\":[]", "\"probes\":[{\"text\":\"x\",\"scores\":[0]}]", WN_ERROR_CORRUPT},
        {"\"data\":\"/wEC/n+A\"", "\"data\":\"/wEC/n+*\"", WN_ERROR_CORRUPT},
        {"\"data\":\"/wEC/n+A\"", "\"data\":\"/wEC/n A\"", WN_ERROR_CORRUPT},
        {"\"rows\":{\"encoding\":\"dense\",\"values\":\"rows\"}", "\"rows\":{}", WN_ERROR_CORRUPT},
    };
    static const edit of_staged[] = {
        {"\"context\":\"two\"", "\"context\":\"square\"", WN_ERROR_CORRUPT},
        {"[{\"binary\":true},{\"idf\":\"two\"}]", "[{},{},{},{},{},{},{},{}]", WN_OK},
        {"[{\"binary\":true},{\"idf\":\"two\"}]", "[{},{},{},{},{},{},{},{},{}]", WN_ERROR_CORRUPT},
        {"\"selected\":\"selected\"", "\"selected\":\"two\"", WN_ERROR_CORRUPT},
        {"\"selected\":\"selected\"", "\"selected\":\"ends\"", WN_ERROR_CORRUPT},
    };
    static const edit of_fasttext[] = {
        {"\"pruned\":\"pruned\"", "\"pruned\":\"counts\"", WN_ERROR_CORRUPT},
        {"\"pruned\":\"pruned\"", "\"pruned\":\"head\"", WN_ERROR_CORRUPT},
        {"\"bucket\":8", "\"bucket\":1", WN_ERROR_CORRUPT}, /* two pairs */
        {"\"link\":\"hierarchical_softmax\"",
         "\"calibration\":{\"method\":\"sigmoid\"},\"link\":\"hierarchical_softmax\"",
         WN_ERROR_CORRUPT},
        {"\"head\":{\"encoding\":\"dense\",\"values\":\"head\"},", "", WN_ERROR_CORRUPT},
    };
    check_all(linear, of_linear, WN__COUNT(of_linear));
    check_all(staged, of_staged, WN__COUNT(of_staged));
    check_all(fasttext, of_fasttext, WN__COUNT(of_fasttext));
}

Test(manifest, white_space_in_front)
{
    static const edit edits[] = {
        {"{", " {", WN_OK},  {"{", "\t{", WN_OK},       {"{", "\r{", WN_OK},
        {"{", "\n{", WN_OK}, {"{", "\r\n \t {", WN_OK}, {"{", "\v{", WN_ERROR_FORMAT},
    };
    check_all(linear, edits, WN__COUNT(edits));
    static const char zero[] = "\0{\"winnow\":1}";
    const wn_model *model;
    cr_expect_eq(wn_model_open_memory(zero, sizeof zero - 1, NULL, &model, NULL), WN_ERROR_FORMAT);
}

/* Of one word it has 17 slots of 8 numbers. */
Test(manifest, an_index_of_words_has_one_shape)
{
    static const char *const indexes[] = {
        "{\"dtype\":\"u32\",\"shape\":[17,8],\"data\":\"@544\"}",
        "{\"dtype\":\"i32\",\"shape\":[17,8],\"data\":\"@544\"}",
        "{\"dtype\":\"u32\",\"shape\":[136],\"data\":\"@544\"}",
        "{\"dtype\":\"u32\",\"shape\":[16,8],\"data\":\"@512\"}",
        "{\"dtype\":\"u32\",\"shape\":[18,8],\"data\":\"@576\"}",
        "{\"dtype\":\"u32\",\"shape\":[17,7],\"data\":\"@476\"}",
        "{\"dtype\":\"u32\",\"shape\":[17,9],\"data\":\"@612\"}",
    };
    char *without_labels = edited(fasttext, "\"label_tokens\":true", "\"label_tokens\":false");
    char *named = edited(without_labels, "\"words\":\"words\"",
                         "\"words\":\"words\",\"words_index\":\"index\"");
    for (size_t i = 0; i < WN__COUNT(indexes); i++) {
        char arrays[200];
        snprintf(arrays, sizeof arrays, "\"arrays\":{\"index\":%s,", indexes[i]);
        char *json = edited(named, "\"arrays\":{", arrays);
        const wn_model *model;
        wn_error error = {0};
        cr_expect_eq(open_text(json, &model, &error), WN_ERROR_CORRUPT);
        const char *why = i == 0 ? "does not find the words" : "must be u32"; /* it is all zeros */
        cr_expect_not_null(strstr(error.message, why), "%s: %s", indexes[i], error.message);
        free(json);
    }
    free(named);
    free(without_labels);
}

Test(manifest, selected_columns_ascend)
{
    static const edit edits[] = {
        {"\"pair\":{\"dtype\":\"u32\",\"shape\":[2],\"values\":[0,0]}",
         "\"pair\":{\"dtype\":\"u32\",\"shape\":[2],\"values\":[1,1]}", WN_ERROR_CORRUPT},
        {"[0,0]", "[0,1]", WN_OK},
        {"[0,0]", "[1,0]", WN_ERROR_CORRUPT},
        {"[0,0]", "[1,2]", WN_ERROR_CORRUPT},
        {"[0,0]", "[0,0]", WN_ERROR_CORRUPT},
    };
    char *rows = edited(staged, "\"selected\":\"selected\",\"rows\":{\"values\":\"row\"}",
                        "\"selected\":\"pair\",\"rows\":{\"values\":\"square\"}");
    char *both = edited(rows, "\"arrays\":{",
                        "\"arrays\":{\"pair\":{\"dtype\":\"u32\",\"shape\":[2],\"values\":[0,0]},");
    for (size_t i = 0; i < WN__COUNT(edits); i++)
        check(both, edits[i].from, edits[i].to, edits[i].status);
    free(both);
    free(rows);
}

/* The parts of a model, each of another type, and what the message says of it. */
Test(manifest, parts_of_another_type)
{
    static const char *const rows[][2] = {
        {"\"arrays\":[]", "an object of at most 128 arrays"},
        {"\"blocks\":[{}]", "an object of at most 128 arrays"}, /* none at all */
        {"\"arrays\":{\"a\":1}", "arrays: \"a\" must be an object"},
        {"\"arrays\":{},\"blocks\":{}", "a list of 1 to 16 blocks"},
        {"\"arrays\":{}", "a list of 1 to 16 blocks"},
        {"\"arrays\":{},\"blocks\":[1]", "blocks[0]: \"extractor\" is not one"},
        {"\"arrays\":{\"a\":{\"dtype\":\"f32\",\"shape\":[9007199254740992,2048],\"values\":[]}}",
         "as many as the shape says"},
        {"\"arrays\":{\"a\":{\"dtype\":\"f32\",\"shape\":[2,0],\"values\":[1]}}",
         "as many as the shape says"},
        {"\"arrays\":{\"a\":{\"dtype\":\"f32\",\"shape\":[],\"values\":[1]}}",
         "a list of one or two sizes"},
        {"\"arrays\":{\"a\":{\"dtype\":\"f32\",\"shape\":[1,1,1],\"values\":[1]}}",
         "a list of one or two sizes"},
        {"\"arrays\":{\"a\":{\"dtype\":\"str\",\"shape\":[1],\"data\":\"AAAAAA==\"}}",
         "a list of 1 to 16 blocks"}, /* a string that is empty is one */
        {"\"arrays\":{\"a\":{\"dtype\":\"f16\",\"shape\":[1],\"values\":[1]}}", "(f16: use data)"},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        char json[300];
        const wn_model *model;
        wn_error error;
        snprintf(json, sizeof json, "{\"winnow\":1,\"link\":\"raw\",%s}", rows[i][0]);
        cr_expect(open_text(json, &model, &error) != WN_OK);
        cr_expect_not_null(strstr(error.message, rows[i][1]), "%s: %s", json, error.message);
    }
}

/* What is known nowhere, or not of this extractor, is named; what is there twice is not unknown. */
Test(manifest, messages_name_the_key)
{
    static const struct {
        const char *base, *from, *to, *message;
    } rows[] = {
        {linear, "\"min_length\":1", "\"min_length\":1,\"nobody\":1",
         "blocks[0]: \"nobody\" must be left out"},
        {linear, "\"min_length\":1", "\"min_length\":1,\"bucket\":1",
         "blocks[0]: \"bucket\" must be left out"},
        {linear, "\"min_length\":1", "\"min_length\":1,\"min_length\":1",
         "blocks[0]: it has unknown or duplicate keys"},
        {linear, "\"extractor\":\"words\"", "\"extractor\":\"words\",\"extractor\":\"words\"",
         "blocks[0]: it has unknown or duplicate keys"},
        {linear, "\"norm\":\"l2\"", "\"norm\":\"l2\",\"nobody\":1",
         "weighting: \"nobody\" must be left out"},
        {linear, "\"name\":\"n\"", "\"name\":\"n\",\"nobody\":1",
         "model: it has unknown or duplicate keys"},
        {staged, "\"binary\":true", "\"binarize\":null", "\"binarize\" must be a finite number"},
        {staged, "\"binary\":true", "\"binarize\":1e999", "\"binarize\" must be a finite number"},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        char *json = edited(rows[i].base, rows[i].from, rows[i].to);
        const wn_model *model;
        wn_error error = {.message = ""};
        cr_expect_eq(open_text(json, &model, &error), WN_ERROR_CORRUPT);
        cr_expect_not_null(strstr(error.message, rows[i].message), "%s: %s", rows[i].to,
                           error.message);
        free(json);
    }
}
