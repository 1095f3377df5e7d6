/* manifests.h - sound manifests, and edits of them. */
#ifndef WN_TEST_MANIFESTS_H
#define WN_TEST_MANIFESTS_H

#include "support.h"

#include <stdlib.h>

/* A linear and a fastText model with every field that there is, in one spelling. */
static const char linear[] =
    "{\"winnow\":1,\"name\":\"n\",\"version\":\"v\",\"description\":\"d\",\"license\":\"l\","
    "\"trainer\":\"t\",\"unicode\":\"14.0\",\"normalize\":[\"fold_punctuation\",\"lower_ascii\","
    "\"digits_to_zero\","
    "\"space_punctuation\"],\"labels\":\"labels\",\"link\":\"softmax\",\"bias\":\"bias\","
    "\"sum_order\":\"ascending\",\"probe_tolerance\":0.001,\"blocks\":[{\"extractor\":\"words\","
    "\"tokens\":\"nonspace\",\"min_length\":1,\"ngrams\":[1,2],\"stop_words\":\"stop\",\"terms\":"
    "\"terms\",\"weighting\":{\"binary\":false,\"sublinear_tf\":true,\"idf\":\"idf\",\"norm\":"
    "\"l2\"},\"rows\":{\"encoding\":\"dense\",\"values\":\"rows\"}},{\"extractor\":\"chars\","
    "\"ngrams\":[2,3],\"hash\":{\"n_features\":16,\"alternate_sign\":false,\"columns\":\"columns\""
    "},\"rows\":{\"encoding\":\"scaled\",\"values\":\"small\",\"scale\":\"scale\"}}],\"probes\":[]"
    ",\"arrays\":{\"labels\":{\"dtype\":\"str\",\"shape\":[2],\"values\":[\"a\",\"b\"]},\"stop\":{"
    "\"dtype\":\"str\",\"shape\":[1],\"values\":[\"of\"]},\"terms\":{\"dtype\":\"str\",\"shape\":"
    "[2],\"values\":[\"x\",\"y\"]},\"idf\":{\"dtype\":\"f64\",\"shape\":[2],\"values\":[1,2]},"
    "\"rows\":{\"dtype\":\"f32\",\"shape\":[2,2],\"values\":[1,2,3,4]},\"columns\":{\"dtype\":"
    "\"u32\",\"shape\":[3],\"values\":[1,5,15]},\"small\":{\"dtype\":\"i8\",\"shape\":[3,2],"
    "\"data\":\"/wEC/n+A\"},\"scale\":{\"dtype\":\"f32\",\"shape\":[2],\"values\":[0.5,1]},"
    "\"bias\":{\"dtype\":\"f64\",\"shape\":[2],\"values\":[0,0]}}}";

/* What can stand behind the rows of a linear model. */
static const char staged[] =
    "{\"winnow\":1,\"labels\":\"labels\",\"link\":\"raw\",\"multi_label\":false,"
    "\"rank_by_decision\":false,\"thresholds\":\"two\",\"context\":\"two\",\"weighting\":{\"norm\":"
    "\"l2\",\"scale\":\"four\"},\"stages\":[{\"norm\":\"max\"},{\"matrix\":{\"values\":\"square\"},"
    "\"bias\":\"two\"}],\"head\":{\"values\":\"square\"},\"members\":1,\"calibration\":{\"method\":"
    "\"isotonic\",\"input\":\"decision\",\"normalize\":\"members\",\"ends\":\"ends\",\"x\":\"x\","
    "\"y\":\"y\"},\"blocks\":[{\"extractor\":\"words\",\"field\":\"f\",\"normalize\":[],\"terms\":"
    "\"labels\",\"weighting\":[{\"binary\":true},{\"idf\":\"two\"}],\"selected\":\"selected\","
    "\"rows\":{"
    "\"values\":\"row\"}},{\"extractor\":\"columns\",\"n_features\":2,\"rows\":{\"values\":\"square"
    "\"}}],\"arrays\":{\"labels\":{\"dtype\":\"str\",\"shape\":[2],\"values\":[\"a\",\"b\"]},"
    "\"two\":{"
    "\"dtype\":\"f64\",\"shape\":[2],\"values\":[0.25,1]},\"square\":{\"dtype\":\"f64\",\"shape\":["
    "2,"
    "2],\"values\":[1,2,3,4]},\"row\":{\"dtype\":\"f64\",\"shape\":[1,2],\"values\":[1,2]},"
    "\"selected\":{\"dtype\":\"u32\",\"shape\":[1],\"values\":[1]},\"ends\":{\"dtype\":\"u32\","
    "\"shape\":["
    "2],\"values\":[1,3]},\"x\":{\"dtype\":\"f64\",\"shape\":[3],\"values\":[0,-1,1]},\"y\":{"
    "\"dtype\":"
    "\"f64\",\"shape\":[3],\"values\":[0.5,0,1]},\"four\":{\"dtype\":\"f64\",\"shape\":[4],"
    "\"values\":[1,2,1,2]}}}";

/* The least that a pattern needs. */
static const char patterned[] =
    "{\"winnow\":1,\"labels\":\"labels\",\"link\":\"raw\",\"normalize\":[\"lower_ascii\",\"lower\","
    "\"strip_accents_unicode\",\"strip_accents_ascii\"],\"blocks\":[{\"extractor\":\"words\","
    "\"tokens\":"
    "\"pattern\",\"pattern\":\"x\",\"terms\":\"terms\",\"rows\":{\"values\":\"rows\"}}],\"arrays\":"
    "{"
    "\"labels\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]},\"terms\":{\"dtype\":\"str\","
    "\"shape\":[1],\"values\":[\"x\"]},\"rows\":{\"dtype\":\"f32\",\"shape\":[1,1],\"values\":[1]}}"
    "}";

static const char fasttext[] =
    "{\"winnow\":1,\"labels\":\"labels\",\"label_counts\":\"counts\",\"link\":"
    "\"hierarchical_softmax\",\"sigmoid_table\":false,\"head\":{\"encoding\":\"dense\",\"values\":"
    "\"head\"},\"blocks\":[{\"extractor\":\"fasttext\",\"words\":\"words\",\"label_tokens\":true,"
    "\"words_last_wins\":false,\"ngrams\":2,\"subwords\":[2,3],\"bucket\":8,\"pruned\":\"pruned\","
    "\"rows\":{\"encoding\":\"product\",\"codes\":\"codes\",\"centroids\":\"centroids\",\"sub_dim\""
    ":2,\"dim\":2,\"norm_codes\":\"nc\",\"norm_centroids\":\"nn\"}}],\"arrays\":{\"labels\":{"
    "\"dtype\":\"str\",\"shape\":[2],\"values\":[\"a\",\"b\"]},\"counts\":{\"dtype\":\"i64\","
    "\"shape\":[2],\"values\":[5,3]},\"words\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"x\"]"
    "},\"pruned\":{\"dtype\":\"i32\",\"shape\":[2,2],\"values\":[7,0,0,1]},\"codes\":{\"dtype\":"
    "\"u8\",\"shape\":[3,1],\"values\":[0,255,7]},\"centroids\":{\"dtype\":\"f32\",\"shape\":[512],"
    "\"data\":\"@2048\"},\"nc\":{\"dtype\":\"u8\",\"shape\":[3],\"values\":[0,1,2]},\"nn\":{"
    "\"dtype\":\"f32\",\"shape\":[256],\"data\":\"@1024\"},\"head\":{\"dtype\":\"f32\",\"shape\":"
    "[2,2],\"values\":[1,2,3,4]}}}";

/* Replaces the first `from`, which has to be there, by `to`; "@N" is base64 of N bytes of zeros. To
 * be freed. */
static char *edited(const char *base, const char *from, const char *to)
{
    const char *at = strstr(base, from);
    if (at == NULL)
        support_stop(from);
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    fwrite(base, 1, (size_t)(at - base), out);
    fputs(to, out);
    fputs(at + strlen(from), out);
    fclose(out);
    for (char *mark; (mark = strstr(text, "\"@")) != NULL;) {
        size_t n = (size_t)atoi(mark + 2), letters = (n + 2) / 3 * 4;
        char *tail = strchr(mark + 1, '"'), *next = malloc(len + letters + 8);
        size_t before = (size_t)(mark - text) + 1;
        memcpy(next, text, before);
        memset(next + before, 'A', letters);
        memset(next + before + letters - (3 - n % 3) % 3, '=', (3 - n % 3) % 3);
        strcpy(next + before + letters, tail);
        free(text);
        text = next;
        len = strlen(text);
    }
    return text;
}

#endif
