/* samples.c - small models of every family, written as JSON twins from random weights. The stress
 * programs include this file as well: nothing of Criterion here. */
#include "support.h"

#include <stdlib.h>

const char *const sample_names[N_SAMPLES] = {
    "terms",  "hashed", "chars", "scaled", "pattern", "stages", "tags",
    "binary", "folded", "many",  "tree",   "bush",    "ova",    "product",
};

/* What a sample is written with. */
typedef struct writer {
    FILE *out;
    uint64_t random;
    bool is_first; /* no array yet */
} writer;

static const char *const words[] = {
    "harbour", "winter", "offer", "now", "police", "vote",  "river", "été",
    "日本",    "Straße", "free",  "of",  "goal",   "naïve", "x",     "7",
};
#define N_WORDS 16

static void open_array(writer *w, const char *name, const char *dtype, uint32_t n, uint32_t dim)
{
    fprintf(w->out, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%u", w->is_first ? "" : ",\n", name,
            dtype, n);
    if (dim > 0)
        fprintf(w->out, ",%u", dim);
    fputs("],\"values\":[", w->out);
    w->is_first = false;
}

static void close_array(writer *w)
{
    fputs("]}", w->out);
}

/* n * max(dim, 1) random floats (dtype f32 or f64) between low and high. */
static void floats(writer *w, const char *name, const char *dtype, uint32_t n, uint32_t dim,
                   double low, double high)
{
    open_array(w, name, dtype, n, dim);
    for (uint32_t i = 0; i < n * (dim > 0 ? dim : 1); i++) {
        double unit = ((double)random_float(&w->random) + 1) / 2;
        fprintf(w->out, "%s%.17g", i > 0 ? "," : "", (double)(float)(low + unit * (high - low)));
    }
    close_array(w);
}

/* Whole numbers from 0 to limit - 1, plus low. */
static void integers(writer *w, const char *name, const char *dtype, uint32_t n, uint32_t dim,
                     uint32_t limit, int low)
{
    open_array(w, name, dtype, n, dim);
    for (uint32_t i = 0; i < n * (dim > 0 ? dim : 1); i++)
        fprintf(w->out, "%s%d", i > 0 ? "," : "", (int)random_below(&w->random, limit) + low);
    close_array(w);
}

/* Random half floats have to come as base64: "AAAA" spells three bytes of zeros; two numbers fill
 * four bytes, so groups of six bytes (three halves) are eight letters. */
static void halves(writer *w, const char *name, uint32_t n, uint32_t dim)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    fprintf(w->out, "%s\"%s\":{\"dtype\":\"f16\",\"shape\":[%u,%u],\"data\":\"",
            w->is_first ? "" : ",\n", name, n, dim);
    w->is_first = false;
    uint8_t group[3];
    uint32_t filled = 0;
    for (uint32_t i = 0; i < 2 * n * dim; i++) {
        /* The high byte gets an exponent of 8 to 15: numbers below 2 in size. */
        group[filled++] = i % 2 == 0 ? (uint8_t)random_below(&w->random, 256)
                                     : (uint8_t)(0x20 + random_below(&w->random, 0x20) +
                                                 0x80 * random_below(&w->random, 2));
        if (filled < 3)
            continue;
        uint32_t v = (uint32_t)group[0] << 16 | (uint32_t)group[1] << 8 | group[2];
        fprintf(w->out, "%c%c%c%c", digits[v >> 18], digits[v >> 12 & 63], digits[v >> 6 & 63],
                digits[v & 63]);
        filled = 0;
    }
    if (filled != 0)
        support_stop("halves: the number of bytes is no multiple of three");
    fputs("\"}", w->out);
}

static void strings(writer *w, const char *name, const char *const *list, uint32_t n)
{
    open_array(w, name, "str", n, 0);
    for (uint32_t i = 0; i < n; i++)
        fprintf(w->out, "%s\"%s\"", i > 0 ? "," : "", list[i]);
    close_array(w);
}

static void labels(writer *w, uint32_t n, const char *prefix)
{
    open_array(w, "labels", "str", n, 0);
    for (uint32_t i = 0; i < n; i++)
        fprintf(w->out, "%s\"%s%c%u\"", i > 0 ? "," : "", prefix, 'a' + (int)(i % 26), i);
    close_array(w);
}

/* ---- Linear models ---- */

static void write_terms(writer *w)
{
    static const char *const terms[] = {"harbour", "winter",     "offer",     "now",    "police",
                                        "vote",    "river",      "offer now", "été",    "free",
                                        "goal",    "x",          "日本",      "goal x", "don",
                                        "co_op",   "free offer", "2026",      "0000",   "naïve"};
    static const char *const stop[] = {"the", "of", "a"};
    fputs("\"normalize\":[\"fold_punctuation\",\"lower_ascii\",\"digits_to_zero\"],"
          "\"labels\":\"labels\",\"link\":\"softmax\",\"bias\":\"bias\",\"blocks\":[{\"extractor\":"
          "\"words\",\"tokens\":\"letters\",\"min_length\":1,\"ngrams\":[1,2],\"stop_words\":"
          "\"stop\",\"terms\":\"terms\",\"weighting\":{\"binary\":false,\"sublinear_tf\":true,"
          "\"idf\":\"idf\",\"norm\":\"l2\"},\"rows\":{\"encoding\":\"dense\",\"values\":\"rows\"}}"
          "],\"arrays\":{",
          w->out);
    labels(w, 4, "t/");
    strings(w, "terms", terms, 20);
    strings(w, "stop", stop, 3);
    floats(w, "idf", "f64", 20, 0, 1, 4);
    floats(w, "rows", "f64", 20, 4, -3, 3);
    floats(w, "bias", "f64", 4, 0, -1, 1);
}

static void write_hashed(writer *w)
{
    fputs("\"labels\":\"labels\",\"link\":\"sigmoid\",\"bias\":\"bias\",\"blocks\":[{"
          "\"extractor\":\"words\",\"tokens\":\"nonspace\",\"min_length\":2,\"ngrams\":[1,3],"
          "\"hash\":{\"n_features\":256,\"alternate_sign\":true,\"columns\":\"columns\"},"
          "\"weighting\":{\"norm\":\"l1\"},\"rows\":{\"encoding\":\"dense\",\"values\":\"rows\"}}"
          "],\"arrays\":{",
          w->out);
    labels(w, 3, "h");
    open_array(w, "columns", "u32", 100, 0);
    for (uint32_t i = 0; i < 100; i++)
        fprintf(w->out, "%s%u", i > 0 ? "," : "", 2 * i + i / 5);
    close_array(w);
    floats(w, "rows", "f32", 100, 3, -3, 3);
    floats(w, "bias", "f32", 3, 0, -1, 1);
}

static void write_chars(writer *w)
{
    static const char *const grams[] = {"a", "of", "er", "n ", " n", "été", "te", "日", "o", "ver"};
    fputs("\"normalize\":[\"lower_ascii\",\"space_punctuation\"],\"labels\":\"labels\",\"link\":"
          "\"one_vs_rest\",\"bias\":\"bias\",\"blocks\":[{\"extractor\":\"chars_wb\",\"ngrams\":"
          "[2,4],\"hash\":{\"n_features\":64,\"alternate_sign\":false},\"weighting\":{\"idf\":"
          "\"idf\",\"norm\":\"l2\"},\"rows\":{\"encoding\":\"dense\",\"values\":\"hashed\"}},"
          "{\"extractor\":\"chars\",\"ngrams\":[1,3],\"terms\":\"grams\",\"weighting\":"
          "{\"sublinear_tf\":true,\"norm\":\"none\"},\"rows\":{\"encoding\":\"dense\",\"values\":"
          "\"plain\"}}],\"arrays\":{",
          w->out);
    labels(w, 3, "c");
    floats(w, "idf", "f32", 64, 0, 1, 5);
    halves(w, "hashed", 64, 3);
    strings(w, "grams", grams, 10);
    floats(w, "plain", "f32", 10, 3, -1, 1);
    floats(w, "bias", "f64", 3, 0, -1, 1);
}

static void write_scaled(writer *w)
{
    fputs("\"labels\":\"labels\",\"link\":\"raw\",\"sum_order\":\"descending\",\"blocks\":[{"
          "\"extractor\":\"words\",\"tokens\":\"ascii_word\",\"min_length\":1,\"ngrams\":[1,1],"
          "\"terms\":\"words\",\"weighting\":{\"binary\":true,\"norm\":\"l2\"},\"rows\":"
          "{\"encoding\":\"scaled\",\"values\":\"rows\",\"scale\":\"scale\"}}],\"arrays\":{",
          w->out);
    labels(w, 5, "s");
    strings(w, "words", words, N_WORDS);
    integers(w, "rows", "i8", N_WORDS, 5, 256, -128);
    floats(w, "scale", "f32", 5, 0, 0.01, 0.03);
}

static void write_stages(writer *w)
{
    fputs("\"labels\":\"labels\",\"link\":\"one_vs_rest\",\"bias\":\"bias\",\"members\":2,"
          "\"sum_order\":\"blocks_descending\",\"weighting\":[{\"scale\":\"scale\"},{\"norm\":"
          "\"l2\"}],\"stages\":[{\"norm\":\"l2\",\"matrix\":{\"values\":\"middle\"},\"bias\":"
          "\"middle_bias\"},{\"norm\":\"max\"}],\"head\":{\"values\":\"head\"},\"context\":"
          "\"context\",\"calibration\":{\"method\":\"sigmoid\",\"slopes\":\"slopes\",\"offsets\":"
          "\"offsets\"},\"blocks\":[{\"extractor\":\"words\",\"tokens\":\"letters\",\"normalize\":"
          "[\"lower_ascii\"],\"terms\":\"words\",\"weighting\":[{\"binary\":true},{\"norm\":"
          "\"l1\"}],\"rows\":{\"values\":\"rows\"}},{\"extractor\":\"chars\",\"ngrams\":[2,2],"
          "\"hash\":{\"n_features\":32,\"alternate_sign\":true},\"rows\":{\"values\":\"hashed\"}}],"
          "\"arrays\":{",
          w->out);
    labels(w, 3, "g");
    strings(w, "words", words, N_WORDS);
    floats(w, "rows", "f64", N_WORDS, 9, -1, 1);
    floats(w, "hashed", "f32", 32, 9, -1, 1);
    floats(w, "scale", "f64", N_WORDS + 32, 0, 0.5, 2);
    floats(w, "middle", "f64", 4, 9, -1, 1);
    floats(w, "middle_bias", "f64", 4, 0, -1, 1);
    floats(w, "head", "f64", 6, 4, -3, 3);
    floats(w, "bias", "f64", 6, 0, -1, 1);
    floats(w, "slopes", "f64", 6, 0, -3, -1);
    floats(w, "offsets", "f64", 6, 0, -1, 1);
    floats(w, "context", "f64", 3, 0, 0, 1);
}

static void write_tags(writer *w)
{
    fputs("\"labels\":\"labels\",\"link\":\"raw\",\"multi_label\":true,\"thresholds\":"
          "\"thresholds\",\"calibration\":{\"method\":\"isotonic\",\"ends\":\"ends\",\"x\":\"x\","
          "\"y\":\"y\",\"normalize\":\"none\"},\"blocks\":[{\"extractor\":\"words\",\"tokens\":"
          "\"nonspace\",\"terms\":\"words\",\"weighting\":{\"norm\":\"max\"},\"selected\":"
          "\"selected\",\"rows\":{\"values\":\"rows\"}}],\"arrays\":{",
          w->out);
    labels(w, 4, "tag");
    strings(w, "words", words, N_WORDS);
    open_array(w, "selected", "u32", 5, 0);
    fputs("0,2,3,9,15", w->out);
    close_array(w);
    floats(w, "rows", "f64", 5, 4, -2, 2);
    floats(w, "thresholds", "f64", 4, 0, 0.3, 0.7);
    open_array(w, "ends", "u32", 4, 0);
    fputs("1,4,6,9", w->out);
    close_array(w);
    open_array(w, "x", "f64", 9, 0);
    fputs("0,-1,0,1.5,-0.25,0.25,-3,0.125,3", w->out);
    close_array(w);
    open_array(w, "y", "f64", 9, 0);
    fputs("0.4,0,0.5,1,0.1,0.9,0.2,0.2,0.8", w->out);
    close_array(w);
}

static void write_binary(writer *w)
{
    fputs("\"labels\":\"labels\",\"link\":\"sigmoid\",\"members\":3,\"bias\":\"bias\",\"blocks\":[{"
          "\"extractor\":\"chars_wb\",\"ngrams\":[2,3],\"hash\":{\"n_features\":64},\"weighting\":"
          "{\"norm\":\"l2\"},\"rows\":{\"values\":\"rows\"}}],\"arrays\":{",
          w->out);
    labels(w, 2, "b");
    floats(w, "rows", "f32", 64, 3, -3, 3);
    floats(w, "bias", "f64", 3, 0, -1, 1);
}

static void write_pattern(writer *w)
{
    static const char *const terms[] = {"harbour", "strasse", "ete", "日本", "offer now", "goal x"};
    static const char *const marks[] = {"don't", "e-mail", "2026", "co_op", "u.s.a", "x"};
    fputs("\"normalize\":[\"fold_punctuation\",\"lower\",\"strip_accents_unicode\"],\"unicode\":"
          "\"14.0\",\"labels\":\"labels\",\"link\":\"softmax\",\"blocks\":[{\"extractor\":"
          "\"words\","
          "\"tokens\":\"word\",\"min_length\":2,\"ngrams\":[1,2],\"terms\":\"terms\",\"rows\":{"
          "\"values\":\"rows\"}},{\"extractor\":\"words\",\"tokens\":\"pattern\",\"pattern\":"
          "\"(?u)\\\\b(\\\\w[\\\\w'.-]*)\\\\b\",\"ngrams\":[1,2],\"terms\":\"marks\","
          "\"weighting\":{"
          "\"norm\":\"l2\"},\"rows\":{\"values\":\"others\"}}],\"arrays\":{",
          w->out);
    labels(w, 4, "u");
    strings(w, "terms", terms, 6);
    strings(w, "marks", marks, 6);
    floats(w, "rows", "f64", 6, 4, -3, 3);
    floats(w, "others", "f32", 6, 4, -3, 3);
}

/* ---- fastText models ---- */

/* The block up to its rows, and what stands before it. more: further fields of the block. */
static void fasttext_head(writer *w, const char *link, const char *more)
{
    fprintf(w->out,
            "\"labels\":\"labels\",\"link\":\"%s\",\"head\":{\"encoding\":\"dense\",\"values\":"
            "\"head\"},\"blocks\":[{\"extractor\":\"fasttext\",\"words\":\"words\","
            "\"rows\":{\"encoding\":\"dense\",\"values\":\"rows\"}%s}],\"arrays\":{",
            link, more);
}

static void dictionary(writer *w, bool has_end)
{
    const char *list[N_WORDS + 1];
    memcpy(list, words, sizeof words);
    list[N_WORDS] = "</s>";
    strings(w, "words", list, N_WORDS + (has_end ? 1u : 0u));
}

static void write_folded(writer *w)
{
    fasttext_head(w, "softmax", ",\"ngrams\":2,\"subwords\":[2,4],\"bucket\":50");
    labels(w, 5, "f");
    dictionary(w, true);
    floats(w, "rows", "f32", N_WORDS + 1 + 50, 12, -1, 1);
    floats(w, "head", "f32", 5, 12, -2, 2);
}

static void write_many(writer *w)
{
    fasttext_head(w, "softmax", ",\"ngrams\":[1,3],\"bucket\":30");
    labels(w, 37, "m");
    dictionary(w, false);
    floats(w, "rows", "f32", N_WORDS + 30, 6, -1, 1);
    floats(w, "head", "f32", 37, 6, -2, 2);
}

static void write_tree(writer *w)
{
    fputs("\"label_counts\":\"counts\",", w->out);
    fasttext_head(w, "hierarchical_softmax", "");
    labels(w, 7, "h");
    dictionary(w, true);
    open_array(w, "counts", "i64", 7, 0);
    fputs("90,40,40,21,8,3,1", w->out);
    close_array(w);
    floats(w, "rows", "f32", N_WORDS + 1, 10, -1, 1);
    floats(w, "head", "f32", 7, 10, -2, 2);
}

static void write_bush(writer *w)
{
    fputs("\"label_counts\":\"counts\",", w->out);
    fasttext_head(w, "hierarchical_softmax", ",\"ngrams\":2,\"bucket\":20");
    labels(w, 61, "u");
    dictionary(w, true);
    open_array(w, "counts", "i64", 61, 0);
    for (int i = 0; i < 61; i++)
        fprintf(w->out, "%s%d", i > 0 ? "," : "", 1000 / (i + 1));
    close_array(w);
    floats(w, "rows", "f32", N_WORDS + 1 + 20, 19, -1, 1);
    floats(w, "head", "f32", 61, 19, -2, 2);
}

static void write_ova(writer *w)
{
    fputs("\"sigmoid_table\":true,", w->out);
    fasttext_head(w, "sigmoid",
                  ",\"label_tokens\":true,\"ngrams\":2,\"subwords\":[3,3],\"bucket\":40,"
                  "\"pruned\":\"pruned\"");
    labels(w, 4, "__label__");
    dictionary(w, true);
    open_array(w, "pruned", "i32", 15, 2);
    for (int i = 0; i < 15; i++)
        fprintf(w->out, "%s%d,%d", i > 0 ? "," : "", (i * 7 + 1) % 40, 14 - i);
    close_array(w);
    floats(w, "rows", "f32", N_WORDS + 1 + 15, 8, -1, 1);
    floats(w, "head", "f32", 4, 8, -3, 3);
}

/* dim 5 in parts of two: the last part is one float long. */
static void write_product(writer *w)
{
    fputs("\"labels\":\"labels\",\"link\":\"softmax\",\"head\":{\"encoding\":\"product\","
          "\"codes\":"
          "\"head_codes\",\"centroids\":\"head_centroids\",\"sub_dim\":2,\"dim\":5,\"norm_"
          "codes\":"
          "\"head_nc\",\"norm_centroids\":\"head_nn\"},\"blocks\":[{\"extractor\":\"fasttext\","
          "\"words\":\"words\",\"ngrams\":2,\"bucket\":20,\"rows\":{\"encoding\":\"product\","
          "\"codes\":\"codes\",\"centroids\":\"centroids\",\"sub_dim\":2,\"dim\":5,\"norm_"
          "codes\":"
          "\"nc\",\"norm_centroids\":\"nn\"}}],\"arrays\":{",
          w->out);
    labels(w, 3, "p");
    dictionary(w, true);
    integers(w, "codes", "u8", N_WORDS + 1 + 20, 3, 256, 0);
    floats(w, "centroids", "f32", 5 * 256, 0, -1, 1);
    integers(w, "nc", "u8", N_WORDS + 1 + 20, 0, 256, 0);
    floats(w, "nn", "f32", 256, 0, 0.5, 2);
    integers(w, "head_codes", "u8", 3, 3, 256, 0);
    floats(w, "head_centroids", "f32", 5 * 256, 0, -1, 1);
    integers(w, "head_nc", "u8", 3, 0, 256, 0);
    floats(w, "head_nn", "f32", 256, 0, 0.5, 2);
}

char *sample_json(sample kind, uint64_t seed, size_t *len)
{
    static void (*const write[N_SAMPLES])(writer *) = {
        write_terms,  write_hashed, write_chars,  write_scaled,  write_pattern,
        write_stages, write_tags,   write_binary, write_folded,  write_many,
        write_tree,   write_bush,   write_ova,    write_product,
    };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        support_stop("open_memstream");
    writer w = {out, seed * 1000 + (uint64_t)kind, true};
    fprintf(out, "{\"winnow\":1,\"name\":\"%s\",\"version\":\"%llu\",", sample_names[kind],
            (unsigned long long)seed);
    write[kind](&w);
    fputs("}}\n", out);
    fclose(out);
    *len = size;
    return text;
}

char *wide_json(uint32_t n_labels, uint32_t dim, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    if (out == NULL)
        support_stop("open_memstream");
    writer w = {out, n_labels, true};
    fputs("{\"winnow\":1,\"name\":\"wide\",", out);
    fasttext_head(&w, "softmax", ",\"ngrams\":2,\"bucket\":30");
    labels(&w, n_labels, "w");
    dictionary(&w, true);
    floats(&w, "rows", "f32", N_WORDS + 1 + 30, dim, -1, 1);
    floats(&w, "head", "f32", n_labels, dim, -1, 1);
    fputs("}}\n", out);
    fclose(out);
    return text;
}
