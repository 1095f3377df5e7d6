/* test_pieces.c - a long text is read piece by piece: the same counts as from the whole, in memory
 * that does not grow with it. */
#include "linear.h"
#include "pipeline.h"

#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* What could go wrong where a text is cut: runs of white space, final sigmas, accents that stand
 * alone, what normalisation turns into white space, words that are longer than a piece. */
static const char *const bits[] = {" ",
                                   "  ",
                                   "\n",
                                   "\r\n",
                                   "\t \t",
                                   "\xC2\xA0",
                                   " \xC2\xA0 ",
                                   "\xE2\x80\xA8",
                                   "\xE2\x80\x8B",
                                   "\xCC\x81",
                                   " \xCC\x81",
                                   "\xCE\xA3",
                                   "\xCE\xA3 ",
                                   "A\xCE\xA3 B",
                                   ". ",
                                   " .",
                                   "\xE2\x80\xA6",
                                   "alpha ",
                                   "alpha beta ",
                                   "caf\xC3\xA9 ",
                                   "\xFF",
                                   "\xE2\x80 ",
                                   "\xF0\x9F\x98\x80",
                                   "0 1 2 ",
                                   "\x0B ",
                                   "\x0C",
                                   "it's ",
                                   "a-b ",
                                   "<b>",
                                   "A\xCE\xA3>B",
                                   "A\xCE\xA3<\xCC\xA8\xCC\x81",
                                   "!!",
                                   "x!y?",
                                   "\x1C\x1F",
                                   "://www.",
                                   "A:\xCE\xA3'b",
                                   "1\xCE\xA3 a"};

enum { N_SURFACE = 46 }; /* terms of the block that sees what a text looks like */

/* Half of it are terms of the model, so that n-grams lie across the ends of pieces. */
static char *make_text(const wn__strings *terms, uint64_t random, size_t len)
{
    char *text = malloc(len + 600);
    size_t n = 0;
    while (n < len) {
        uint32_t kind = random_below(&random, 400);
        if (kind == 0) {
            size_t run = random_below(&random, 90000);
            text = realloc(text, len + run + n + 1200);
            memset(text + n, " x<\0A"[random_below(&random, 5)], run);
            n += run;
        } else if (kind < 200 && terms->n > 0) {
            size_t size;
            const uint8_t *term = wn__strings_get(terms, random_below(&random, terms->n), &size);
            memcpy(text + n, term, size);
            n += size;
            text[n++] = ' ';
        } else if (kind < 300) {
            n += random_text(&random, text + n, 1 + random_below(&random, 400), kind % 8 == 0);
        } else {
            const char *bit = bits[random_below(&random, WN__COUNT(bits))];
            size_t size = strlen(bit);
            memcpy(text + n, bit, size);
            n += size;
        }
    }
    text[len] = '\0';
    return text;
}

/* Returns how many columns the text has. */
static size_t compare(wn_ctx *ctx, const wn_model *model, const char *name, const char *text,
                      size_t len)
{
    size_t n_occurrences;
    wn_text texts[WN__MAX_BLOCKS];
    for (size_t i = 0; i < WN__COUNT(texts); i++)
        texts[i] = (wn_text){text, len};
    wn__weights whole = {0}, pieces;
    cr_assert_eq(wn__linear_count(ctx, model, texts, true, &whole, &n_occurrences), WN_OK);
    pieces.first = whole.n;
    cr_assert_eq(wn__linear_count(ctx, model, texts, false, &pieces, NULL), WN_OK);
    const wn__weight *a = ctx->weights.data, *b = a + pieces.first;
    cr_assert_eq(pieces.n, whole.n, "%s %zu", name, len);
    cr_assert_eq(pieces.n_known, whole.n_known, "%s %zu", name, len);
    for (size_t i = 0; i < whole.n; i++) {
        cr_assert(a[i].column == b[i].column && a[i].block == b[i].block &&
                      a[i].value == b[i].value,
                  "%s %zu: column %u", name, len, (unsigned)a[i].column);
    }
    return whole.n;
}

Test(pieces, counts_are_those_of_the_whole)
{
    size_t n_columns = 0;
    for (int kind = 0; kind < SAMPLE_FOLDED; kind++) {
        const wn_model *model = sample_open((sample)kind, 7, WN_SCORING_FAST, NULL);
        wn_ctx *ctx;
        cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
        for (uint64_t seed = 0; seed < 12; seed++) {
            size_t len = 60000 + 30011 * (size_t)seed;
            char *text = make_text(&model->blocks[0].terms, seed, len);
            n_columns += compare(ctx, model, sample_names[kind], text, len);
            free(text);
        }
        wn_ctx_free(ctx);
        wn_model_unref(model);
    }
    cr_assert_gt(n_columns, 1000);
}

static void write_zeros(FILE *out, size_t number, int n)
{
    fprintf(out, "\"r%zu\":{\"dtype\":\"f32\",\"shape\":[%d,1],\"values\":[0", number, n);
    for (int i = 1; i < n; i++)
        fputs(",0", out);
    fputs("]},", out);
}

/* A model of every extractor that can go on in the next piece, behind some steps. */
static const wn_model *model_of_all(const char *steps)
{
    static const char *const hashed[] = {
        "\"words\",\"ngrams\":[1,2]", "\"words\",\"tokens\":\"nonspace\"",
        "\"chars\",\"ngrams\":[1,3]", "\"chars_wb\",\"ngrams\":[2,5]"};
    char *json = NULL;
    size_t len;
    FILE *out = open_memstream(&json, &len);
    fprintf(out, "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"normalize\":[%s],\"blocks\":[",
            steps);
    for (size_t i = 0; i < WN__COUNT(hashed); i++)
        fprintf(out,
                "{\"extractor\":%s,\"hash\":{\"n_features\":4096},\"rows\":{\"values\":\"r%zu\"}},",
                hashed[i], i);
    fprintf(out,
            "{\"extractor\":\"surface\",\"normalize\":[%s],\"terms\":\"t\",\"rows\":{\"values\":"
            "\"r%zu\"}}],\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]},",
            steps, WN__COUNT(hashed));
    for (size_t i = 0; i < WN__COUNT(hashed); i++)
        write_zeros(out, i, 4096);
    write_zeros(out, WN__COUNT(hashed), N_SURFACE);
    fprintf(out, "\"t\":{\"dtype\":\"str\",\"shape\":[%d],\"values\":[\"has=url\"", N_SURFACE);
    for (int i = 0; i < 9; i++)
        fprintf(out, ",\"caps=%d\",\"loud=%d\",\"digits=%d\"", i, i, i);
    for (const char *c = "Aa0~-<!. "; *c != '\0'; c++)
        fprintf(out, ",\"first=%c\",\"last=%c\"", *c, *c);
    fputs("]}}}", out);
    return open_stream(out, &json);
}

Test(pieces, counts_are_those_of_the_whole_behind_any_step)
{
    static const char *const steps[] = {
        "",
        "\"fold_punctuation\",\"lower_ascii\",\"digits_to_zero\"",
        "\"lower_ascii\",\"space_punctuation\"",
        "\"lower\"",
        "\"lower\",\"strip_accents_unicode\"",
        "\"fold_punctuation\",\"space_punctuation\",\"lower\",\"strip_accents_ascii\"",
    };
    wn_ctx *ctx;
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
    for (size_t i = 0; i < WN__COUNT(steps); i++) {
        const wn_model *model = model_of_all(steps[i]);
        for (uint64_t seed = 0; seed < 6; seed++) {
            size_t len = 70000 + 40013 * (size_t)seed;
            char *text = make_text(&model->blocks[0].terms, 100 + seed, len);
            cr_assert_gt(compare(ctx, model, steps[i], text, len), 500);
            free(text);
        }
        wn_model_unref(model);
    }
    wn_ctx_free(ctx);
}

/* The first place where this could be cut lies in a short string, and every byte of it is where the
 * search begins. */
Test(pieces, no_step_looks_over_a_cut)
{
    static const char *const hard[] = {
        "A\xCE\xA3:b", "A\xCE\xA3'b", "A\xCE\xA3.b", "A\xCE\xA3^b",
        "A\xCE\xA3`b", "A\xCE\xA3>b", "A\xCE\xA3 b", "A\xCE\xA3_b",
        "Ab_c_d",      "a:\xCE\xA3",  "ab'\xCE\xA3", "a<\xCC\xA8\xCC\x81",
        "a!!b",        "a \x1C b",    "://w",        "1-\xE2\x80\x8B-2"};
    static const char *const steps[] = {
        "\"lower\"", "\"lower\",\"strip_accents_unicode\"",
        "\"fold_punctuation\",\"lower_ascii\",\"space_punctuation\""};
    const size_t piece = (size_t)1 << 16;
    char *text = malloc(piece + 100);
    wn_ctx *ctx;
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
    for (size_t i = 0; i < piece + 100; i += 2)
        memcpy(text + i, "\xC3\xA9", 2);
    for (size_t i = 0; i < WN__COUNT(steps); i++) {
        const wn_model *model = model_of_all(steps[i]);
        for (size_t j = 0; j < WN__COUNT(hard); j++) {
            size_t len = strlen(hard[j]);
            for (size_t before = 0; before < len; before++) {
                char *at = text + piece - before;
                char kept[32];
                memcpy(kept, at, len);
                memcpy(at, hard[j], len);
                cr_assert_gt(compare(ctx, model, hard[j], text, piece - before + len), 1);
                memcpy(at, kept, len);
            }
        }
        wn_model_unref(model);
    }
    wn_ctx_free(ctx);
    free(text);
}

/* One token, or none, of as many bytes as there are: who has to hold all of it? */
Test(pieces, memory_does_not_grow_with_what_is_no_text)
{
    static const char *const extractors[] = {"\"chars\",\"ngrams\":[1,3]",
                                             "\"chars_wb\",\"ngrams\":[1,3]", "\"surface\"",
                                             "\"words\"", "\"words\",\"tokens\":\"nonspace\""};
    static const char *const fills[] = {" ",
                                        "\n",
                                        "\x0B",
                                        "\xE6\x97\xA5\xE3\x80\x82 ",
                                        "\xD1\x81\xD0\xBB\xD0\xBE\xD0\xB2\xD0\xBE ",
                                        "a, ",
                                        "\1",
                                        "<",
                                        ".;",
                                        "a",
                                        "A",
                                        "0"};
    static const size_t n_fills[] = {12, 12, 12, 9, 6}; /* a word is held whole */
    const size_t len = (size_t)4 << 20;
    char *text = malloc(len);
    for (size_t i = 0; i < WN__COUNT(extractors); i++) {
        char json[600];
        const wn_model *model;
        wn_error error;
        snprintf(json, sizeof json,
                 "{\"winnow\":1,\"link\":\"raw\",\"labels\":\"l\",\"normalize\":[\"lower\"],"
                 "\"blocks\":[{"
                 "\"extractor\":%s,\"terms\":\"l\",\"normalize\":[\"lower\"],\"rows\":{\"values\":"
                 "\"r\"}}],"
                 "\"arrays\":{\"l\":{\"dtype\":\"str\",\"shape\":[1],\"values\":[\"a\"]},\"r\":{"
                 "\"dtype\":"
                 "\"f32\",\"shape\":[1,1],\"values\":[1]}}}",
                 extractors[i]);
        cr_assert_eq(open_text(json, &model, &error), WN_OK, "%s", error.message);
        for (size_t j = 0; j < n_fills[i]; j++) {
            wn_ctx *ctx;
            wn_result result;
            wn_text one = {text, len};
            size_t n_fill = strlen(fills[j]);
            for (size_t k = 0; k < len; k++)
                text[k] = (char)(fills[j][k % n_fill] == 1 ? 0 : fills[j][k % n_fill]);
            cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
            cr_assert_eq(wn_classify_batch(ctx, &model, 1, &one, 1, NULL, &result), WN_OK);
            cr_expect_lt(wn_ctx_memory(ctx), (size_t)1 << 20, "%s, '%s': %zu", extractors[i],
                         fills[j], wn_ctx_memory(ctx));
            wn_ctx_free(ctx);
        }
        wn_model_unref(model);
    }
    free(text);
}

/* A term of two words, and around its middle the end of the first piece. */
Test(pieces, a_phrase_may_lie_across_the_end_of_one)
{
    const size_t piece = (size_t)1 << 16;
    const wn_model *model = sample_open(SAMPLE_TERMS, 7, WN_SCORING_FAST, NULL);
    const wn__strings *terms = &model->blocks[0].terms;
    size_t n_phrases = 0;
    wn_ctx *ctx;
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
    for (uint32_t i = 0; i < terms->n; i++) {
        size_t len;
        const uint8_t *term = wn__strings_get(terms, i, &len);
        if (memchr(term, ' ', len) == NULL)
            continue;
        for (size_t before = 0; before < len + 2; before++) {
            char *text = malloc(piece + 1 + len);
            memset(text, 'z', piece);
            text[piece - before] = ' ';
            memcpy(text + piece - before + 1, term, len);
            cr_assert_eq(compare(ctx, model, "across", text, piece - before + 1 + len), 3);
            free(text);
            n_phrases++;
        }
    }
    cr_assert_gt(n_phrases, 10);
    wn_ctx_free(ctx);
    wn_model_unref(model);
}

/* Of the samples with rules that let a text be cut. */
Test(pieces, memory_does_not_grow_with_the_text)
{
    static const sample kinds[] = {SAMPLE_TERMS, SAMPLE_HASHED, SAMPLE_CHARS, SAMPLE_SCALED,
                                   SAMPLE_STAGES};
    const size_t len = (size_t)4 << 20;
    for (size_t i = 0; i < WN__COUNT(kinds); i++) {
        const wn_model *model = sample_open(kinds[i], 7, WN_SCORING_FAST, NULL);
        wn_ctx *ctx;
        wn_result result;
        cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
        char *text = malloc(len);
        uint64_t random = 3;
        for (size_t n = 0; n < len;) {
            size_t room = len - n < 300 ? len - n : 300;
            size_t got = random_text(&random, text + n, room, true);
            n += got;
            if (n < len && (got == 0 || n % 2 == 0))
                text[n++] = ' ';
        }
        wn_text one = {text, len};
        cr_assert_eq(wn_classify_batch(ctx, &model, 1, &one, 1, NULL, &result), WN_OK);
        cr_assert_lt(wn_ctx_memory(ctx), (size_t)1 << 20, "%s: %zu", sample_names[kinds[i]],
                     wn_ctx_memory(ctx));
        memset(text, ' ', len - 2);
        cr_assert_eq(wn_classify_batch(ctx, &model, 1, &one, 1, NULL, &result), WN_OK);
        cr_assert_lt(wn_ctx_memory(ctx), (size_t)1 << 20, "%s: %zu", sample_names[kinds[i]],
                     wn_ctx_memory(ctx));
        free(text);
        wn_ctx_free(ctx);
        wn_model_unref(model);
    }
}
