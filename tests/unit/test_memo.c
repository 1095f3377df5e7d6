/* test_memo.c - what is remembered of unknown words changes no bit, also where words share a set.
 */
#include "memo.h"
#include "model.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* ---- The table ---- */

static wn__heap heap;
static wn__memo memo;

static void start(void)
{
    wn__heap_init(&heap, NULL);
    memset(&memo, 0, sizeof memo);
}

static void stop(void)
{
    wn__heap_free_all(&heap);
}

TestSuite(memo, .init = start, .fini = stop);

static void open_for(const void *model, uint64_t checksum, size_t width)
{
    cr_assert(wn__memo_open(&memo, &heap, model, checksum, width, 1000));
}

/* A word whose text the caller keeps. */
static wn__word word_of(const char *text)
{
    wn__word word;
    size_t len = strlen(text);
    wn__word_read(&word, (const uint8_t *)text, len, len);
    return word;
}

static uint32_t set_of(const char *text)
{
    wn__word word = word_of(text);
    return wn__memo_set_of(&memo, &word);
}

static uint32_t find_word(const char *text)
{
    wn__word word = word_of(text);
    return wn__memo_find(&memo, set_of(text), &word);
}

static void put(const char *text, float sum, uint32_t count)
{
    wn__word word = word_of(text);
    wn__memo_put(&memo, set_of(text), &word, &sum, count);
}

/* Writes words that share the set of the first one; at most 14 bytes each. */
static void find_sharing(char words[][16], size_t n)
{
    size_t found = 1;
    snprintf(words[0], 16, "qx0z");
    uint32_t set = set_of(words[0]);
    for (unsigned i = 1; found < n; i++) {
        snprintf(words[found], 16, "qx%uz", i);
        found += set_of(words[found]) == set;
    }
}

Test(memo, keeps_the_words_of_a_set_that_are_asked_for)
{
    char words[12][16];
    open_for(&memo, 1, 1);
    find_sharing(words, 12);
    for (uint32_t i = 0; i < 4; i++) {
        cr_assert_eq(find_word(words[i]), WN__MEMO_WAYS);
        put(words[i], (float)i, i + 10);
    }
    uint32_t set = set_of(words[0]);
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t way = find_word(words[i]);
        cr_assert_lt(way, WN__MEMO_WAYS);
        cr_expect_eq(memo.sums[wn__memo_row(set, way)], (float)i);
        cr_expect_eq(memo.sets[set].counts[way], i + 10);
        put(words[i], 99, 99); /* is there */
        cr_expect_eq(memo.sets[set].counts[way], i + 10);
        for (uint32_t times = i == 2 ? 1 : 3; times > 0; times--)
            cr_expect_eq(wn__memo_use(&memo, set, way), i + 10);
    }
    cr_expect_eq(wn__memo_use(&memo, set, WN__MEMO_WAYS), 0);
    put(words[4], 4, 14);
    cr_expect_eq(find_word(words[2]), WN__MEMO_WAYS, "the one that was asked for least");
    for (size_t i = 5; i < 12; i++)
        put(words[i], 0, 0); /* one after the other where word 4 was */
    cr_expect_lt(find_word(words[0]), WN__MEMO_WAYS);
    cr_expect_lt(find_word(words[1]), WN__MEMO_WAYS);
    cr_expect_lt(find_word(words[3]), WN__MEMO_WAYS);
    cr_expect_lt(find_word(words[11]), WN__MEMO_WAYS);
}

Test(memo, lets_go_of_what_was_common_once)
{
    char words[300][16];
    open_for(&memo, 1, 1);
    find_sharing(words, WN__COUNT(words));
    wn__memo_set *set = &memo.sets[set_of(words[0])];
    size_t i = 0;
    put(words[0], 0, 0);
    for (int times = 0; times < 300; times++)
        wn__memo_use(&memo, set_of(words[0]), find_word(words[0]));
    cr_assert_eq(set->used[find_word(words[0])], UINT8_MAX);
    while (find_word(words[0]) < WN__MEMO_WAYS) {
        cr_assert_lt(++i, WN__COUNT(words));
        put(words[i], 0, 0);
        set->used[find_word(words[i])] = 9; /* this one is common now */
    }
    cr_expect_gt(i, 16 * 4, "after its count was halved five times");
}

Test(memo, forgets_another_models_words)
{
    static const int models[2];
    open_for(&models[0], 1, 1);
    put("word", 1, 1);
    open_for(&models[0], 1, 1);
    cr_expect_lt(find_word("word"), WN__MEMO_WAYS, "the same model");
    for (uint64_t i = 0; i < 600; i++) { /* more changes than there are owners */
        open_for(&models[i % 2], i % 3, 1);
        cr_assert_eq(find_word("word"), WN__MEMO_WAYS, "change %d", (int)i);
    }
    put("word", 1, 1);
    open_for(memo.model, memo.checksum, 2);
    cr_expect_eq(find_word("word"), WN__MEMO_WAYS, "another width");
}

/* Of many small sums the table needs more room for keys than of few large ones: where they lie now
 * there may be any bits. */
Test(memo, takes_no_sum_for_a_key)
{
    wn__word word = word_of("word");
    for (uint64_t owner = 1; owner <= 2; owner++) {
        open_for(&memo, owner, 100);
        const uint64_t key[2] = {word.key[0], word.key[1] | owner << 56};
        unsigned char *sums = (unsigned char *)memo.sums;
        for (size_t i = 0; i + sizeof key <= WN__MEMO_WAYS * memo.n * 100 * sizeof(float); i += 16)
            memcpy(sums + i, key, sizeof key);
        open_for(&memo, owner, 1);
        memo.owner = owner;
        cr_expect_eq(find_word("word"), WN__MEMO_WAYS);
    }
}

/* Sets of which another model's words were asked for often hold four of this one's. */
Test(memo, lets_another_models_words_go_first)
{
    char words[8][16];
    open_for(&memo, 1, 1);
    find_sharing(words, 8);
    uint32_t set = set_of(words[0]);
    for (size_t i = 0; i < 4; i++) {
        put(words[i], 0, 0);
        memo.sets[set].used[find_word(words[i])] = UINT8_MAX;
    }
    open_for(&memo, 2, 1);
    for (size_t i = 4; i < 8; i++)
        put(words[i], 0, 0);
    for (size_t i = 4; i < 8; i++)
        cr_expect_lt(find_word(words[i]), WN__MEMO_WAYS, "%zu", i);
}

Test(memo, takes_no_more_than_it_says)
{
    static const size_t n_rows[] = {1, 1000, 3000000};
    for (size_t i = 0; i < WN__COUNT(n_rows); i++) {
        size_t most = 0; /* that any width so far allows */
        for (size_t width = 1; width < 100000 && n_rows[i] * width < 50000000;
             width += 1 + width / 7) {
            size_t row = width * sizeof(float), part = n_rows[i] * row / WN__MEMO_PART;
            size_t allowed = part > WN__MEMO_SIZE ? part : WN__MEMO_SIZE;
            allowed = 5 * row + 128 > allowed ? 5 * row + 128 : allowed;
            most = allowed > most ? allowed : most;
            cr_assert(wn__memo_open(&memo, &heap, &memo, width, width, n_rows[i]));
            cr_assert_leq(memo.buffer.cap, most, "%zu rows of %zu", n_rows[i], width);
            cr_assert_geq(memo.n_spare, 1);
            cr_assert_leq(memo.n_spare, WN__MEMO_SPARE);
            size_t end = (size_t)((char *)memo.sums - (char *)memo.buffer.data) +
                         (WN__MEMO_WAYS * memo.n + memo.n_spare) * row;
            cr_assert_leq(end, memo.buffer.cap);
            cr_assert(memo.n == 1 || memo.n_spare * row < end / 4, "most of it is places");
        }
        stop();
        start();
    }
}

/* The last byte of a key says who wrote it, so no word may have one there. */
Test(memo, takes_no_long_word_for_a_shorter_one)
{
    enum { WIDE = 30000 }; /* such that there is one set */
    static float sum[WIDE];
    char longest[] = "fifteen-letters", longer[] = "fifteen-letters?";
    wn__word word = word_of(longest);
    for (uint64_t i = 1; i < 256; i++) {
        cr_assert(wn__memo_open(&memo, &heap, &memo, i, WIDE, 1));
        cr_assert_eq(memo.n, 1);
        wn__memo_put(&memo, 0, &word, sum, 1);
        longer[15] = (char)i; /* the owner's own */
        cr_assert_eq(find_word(longer), WN__MEMO_WAYS);
        wn__word long_word = word_of(longer);
        wn__memo_put(&memo, 0, &long_word, sum, 2);
        cr_assert_eq(memo.sets[0].n_new, i);
        uint32_t way = find_word(longest);
        cr_assert_lt(way, WN__MEMO_WAYS);
        cr_assert_eq(memo.sets[0].counts[way], 1);
    }
}

/* ---- In a context ---- */

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

enum { N_WORDS = 7, N_TEXTS = 16 };

/* Words that share a set, more than it holds: in even texts each at most once, so that a context
 * that is new remembers none of them; in odd ones again and again, hundreds of them. */
static void write_text(char *text, size_t size, char words[N_WORDS][16], uint64_t number)
{
    uint64_t random = number;
    uint32_t order[N_WORDS] = {0};
    size_t n = number % 2 == 0 ? 1 + number % N_WORDS : 20 * number, len = 0;
    for (uint32_t i = 0; i < N_WORDS; i++) {
        uint32_t at = random_below(&random, i + 1);
        order[i] = order[at];
        order[at] = i;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t which = number % 2 == 0 ? order[i] : random_below(&random, N_WORDS);
        len += (size_t)snprintf(text + len, size - len, " %s", words[which]);
    }
}

Test(memo, words_that_share_a_set_keep_their_sums)
{
    static const sample kinds[] = {SAMPLE_FOLDED, SAMPLE_OVA};
    for (size_t k = 0; k < WN__COUNT(kinds); k++) {
        const wn_model *model = sample_open(kinds[k], 3, WN_SCORING_FAST, NULL);
        char words[N_WORDS][16];
        uint32_t n_known = 0;
        wn_ctx *warm;
        cr_assert(wn__memo_open(&memo, &heap, model, model->checksum, model->width,
                                model->blocks[0].fast.n));
        find_sharing(words, N_WORDS);
        cr_assert_eq(wn_ctx_new(NULL, &warm), WN_OK);
        for (uint64_t round = 0; round < 3; round++) {
            for (uint64_t number = 0; number < N_TEXTS; number++) {
                static char text[8192];
                double expected[64] = {0}, found[64] = {0};
                wn_ctx *fresh;
                write_text(text, sizeof text, words, number);
                cr_assert_eq(wn_ctx_new(NULL, &fresh), WN_OK);
                uint32_t n = logits_of(fresh, model, text, expected);
                n_known += n > 0;
                wn_ctx_free(fresh);
                cr_assert_eq(logits_of(warm, model, text, found), n);
                cr_assert(memcmp(found, expected, sizeof found) == 0,
                          "round %d, text %d, model %zu", (int)round, (int)number, k);
            }
        }
        wn_ctx_free(warm);
        cr_assert_gt(n_known, N_TEXTS, "the words say something to model %zu", k);
        wn_model_unref(model);
    }
}
