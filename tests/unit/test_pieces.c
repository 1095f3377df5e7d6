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
                                   "a-b "};

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
            memset(text + n, random_below(&random, 2) == 0 ? ' ' : 'x', run);
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
        bool has_chars = false; /* a run of white space is one character of them */
        for (uint32_t j = 0; j < model->n_blocks; j++)
            has_chars |= model->blocks[j].extractor == &wn__extract_chars;
        cr_assert(has_chars || wn_ctx_memory(ctx) < (size_t)1 << 20, "%s: %zu",
                  sample_names[kinds[i]], wn_ctx_memory(ctx));
        free(text);
        wn_ctx_free(ctx);
        wn_model_unref(model);
    }
}
