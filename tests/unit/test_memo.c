/* test_memo.c - what is remembered of unknown words changes no bit, also where words share a place.
 */
#include "memo.h"
#include "model.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { N_WORDS = 3000, N_TRIPLES = 40 };

/* Finds words that share a place, three by three. */
static size_t find_triples(const wn_model *model, char triples[N_TRIPLES][3][16])
{
    static uint32_t found[N_WORDS][3], n_found[N_WORDS]; /* by place modulo N_WORDS */
    static const wn__memo_place *places[N_WORDS];
    wn__heap heap;
    wn__memo memo = {0};
    size_t n = 0;
    wn__heap_init(&heap, NULL);
    memset(n_found, 0, sizeof n_found);
    cr_assert(
        wn__memo_open(&memo, &heap, model, model->checksum, model->width, model->blocks[0].fast.n));
    for (uint32_t i = 0; i < 40 * N_WORDS && n < N_TRIPLES; i++) {
        char text[32] = {0};
        wn__word word;
        size_t len = (size_t)snprintf(text, sizeof text, "qx%uz", i);
        wn__word_read(&word, (const uint8_t *)text, len, sizeof text);
        const wn__memo_place *place = wn__memo_place_of(&memo, &word);
        size_t at = (uintptr_t)place / memo.stride % N_WORDS;
        if (n_found[at] > 0 && places[at] != place)
            continue;
        places[at] = place;
        found[at][n_found[at]++] = i;
        if (n_found[at] < 3)
            continue;
        for (size_t j = 0; j < 3; j++)
            snprintf(triples[n][j], sizeof triples[n][j], "qx%uz", (unsigned)found[at][j]);
        n_found[at] = 0;
        n++;
    }
    wn__heap_free_all(&heap);
    return n;
}

/* The logits of a text in a context, of all labels. Returns the number of its features. */
static uint32_t logits_of(wn_ctx *ctx, const wn_model *model, const char *text, double *logits)
{
    static const wn_classify_options all = {.size = sizeof all};
    wn_result result;
    wn_text one = {text, strlen(text)};
    cr_assert_eq(wn_classify_batch(ctx, &model, 1, &one, 1, &all, &result), WN_OK);
    const wn_prediction *p = result.paragraphs[0].predictions;
    for (uint32_t i = 0; i < p->n_scores; i++)
        logits[p->scores[i].label] = p->scores[i].logit;
    return p->n_features;
}

Test(memo, words_that_share_a_place_keep_their_sums)
{
    static const sample kinds[] = {SAMPLE_FOLDED, SAMPLE_OVA};
    static char triples[N_TRIPLES][3][16];
    for (size_t k = 0; k < WN__COUNT(kinds); k++) {
        const wn_model *model = sample_open(kinds[k], 3, WN_SCORING_FAST, NULL);
        size_t n_known = 0;
        cr_assert_eq(find_triples(model, triples), N_TRIPLES);
        for (size_t t = 0; t < N_TRIPLES; t++) {
            const char *a = triples[t][0], *b = triples[t][1], *c = triples[t][2];
            const char *const orders[][3] = {
                {a, b, c}, {b, c, a}, {c, a, b}, {a, b, ""}, {b, a, ""}};
            for (size_t o = 0; o < WN__COUNT(orders); o++) {
                char text[64];
                double expected[64] = {0}, found[64] = {0};
                wn_ctx *fresh, *warm;
                snprintf(text, sizeof text, "%s %s %s", orders[o][0], orders[o][1], orders[o][2]);
                /* A context that is new remembers nothing of words that come once. */
                cr_assert_eq(wn_ctx_new(NULL, &fresh), WN_OK);
                uint32_t n = logits_of(fresh, model, text, expected);
                n_known += n > 0;
                wn_ctx_free(fresh);
                cr_assert_eq(wn_ctx_new(NULL, &warm), WN_OK);
                for (size_t w = 0; w < 3; w++) {
                    logits_of(warm, model, triples[t][w], found);
                    cr_assert_eq(logits_of(warm, model, text, found), n);
                    cr_assert(memcmp(found, expected, sizeof found) == 0, "%s after %s, model %zu",
                              text, triples[t][w], k);
                }
                wn_ctx_free(warm);
            }
        }
        cr_assert_gt(n_known, N_TRIPLES, "the words say something to model %zu", k);
        wn_model_unref(model);
    }
}
