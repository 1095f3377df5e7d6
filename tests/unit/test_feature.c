/* test_feature.c - the part of the text that each feature comes from, and fastText's longest words.
 */
#include "feature.h"
#include "pattern.h"

#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>

typedef struct features {
    wn__sink sink;
    const char *text;
    char joined[512]; /* the text of each feature's span, | behind it */
} features;

static void take(wn__sink *sink)
{
    features *f = (features *)(void *)sink;
    if (sink->n == WN__SINK_SIZE) {
        size_t len = strlen(f->joined), size = sink->span.end - sink->span.begin;
        cr_assert_lt(len + size, sizeof f->joined - 2);
        memcpy(f->joined + len, f->text + sink->span.begin, size);
        f->joined[len + size] = '|';
    }
    sink->n = WN__SINK_SIZE - 1;
}

static const char *spans_of(const wn__block *block, const wn__extractor *extractor,
                            const char *text)
{
    static features f;
    f = (features){.sink = {.flush = take, .n = WN__SINK_SIZE - 1}, .text = text};
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    wn__feature_scratch scratch = {.heap = &heap};
    if (extractor->extract != NULL) {
        cr_assert_eq(
            extractor->extract(block, (const uint8_t *)text, strlen(text), &scratch, &f.sink),
            WN_OK);
    } else {
        wn__fasttext_tokens tokens = {.text = (const uint8_t *)text, .len = strlen(text)};
        const wn__fasttext_sinks sinks = {.words = &f.sink, .ngrams = &f.sink, .with_spans = true};
        wn__fasttext_walk(block, &tokens, WN__WALK_ALL_EXACT, &sinks);
    }
    wn__heap_free_all(&heap);
    return f.joined;
}

Test(feature, linear_features_know_where_they_come_from)
{
    wn__block block = {.ngrams = {1, 2}, .hashed = true, .n_features = 1 << 20, .min_length = 1};
    block.tokens = WN__TOKENS_WORD;
    cr_expect_str_eq(spans_of(&block, &wn__extract_words, "One, \xC3\xA9t\xC3\xA9 -- two"),
                     "One|\xC3\xA9t\xC3\xA9|One, \xC3\xA9t\xC3\xA9|two|\xC3\xA9t\xC3\xA9 -- two|");
    block.ngrams[0] = 3;
    block.ngrams[1] = 3;
    cr_expect_str_eq(spans_of(&block, &wn__extract_words, "a b  c d"), "a b  c|b  c d|");
    static wn__pattern pattern;
    cr_assert_eq(wn__pattern_parse(&pattern, "#(\\w*)", WN__UNICODE_NEWEST, NULL), WN_OK);
    block = (wn__block){.ngrams = {1, 2}, .hashed = true, .n_features = 1 << 20};
    block.tokens = WN__TOKENS_PATTERN;
    block.pattern = &pattern;
    cr_expect_str_eq(spans_of(&block, &wn__extract_words, "#a ## #b"), "a||a #||#|b| #b|");
    /* A run of white space is one space, and its span is the run. */
    block.ngrams[0] = 2;
    cr_expect_str_eq(spans_of(&block, &wn__extract_chars, "a \n b"), "a \n | \n b|");
    /* Padding covers nothing. */
    block.ngrams[1] = 3;
    cr_expect_str_eq(spans_of(&block, &wn__extract_chars_wb, " ab  c"), "a|ab|ab|b|ab|c|c|c|");
    block.ngrams[0] = block.ngrams[1] = 6;
    cr_expect_str_eq(spans_of(&block, &wn__extract_chars_wb, "ab"), "ab|");
    block.ngrams[0] = block.ngrams[1] = 1;
    cr_expect_str_eq(spans_of(&block, &wn__extract_chars_wb, "ab"), "|a|b||");
}

/* The filter of a block without pruning. */
static const uint64_t all_there = UINT64_MAX;

Test(feature, fasttext_features_know_where_they_come_from)
{
    /* No word is known: subwords of two and three letters, and pairs of words. */
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    wn__block block = {.kernel = &wn__kernel_portable,
                       .ngrams = {1, 2},
                       .subwords = {2, 3},
                       .bucket = 1000,
                       .bucket_inverse = UINT64_MAX / 1000,
                       .filter = &all_there};
    uint32_t duplicate;
    wn__word_slot slots[16];
    cr_assert_eq(wn__word_table_size(0), WN__COUNT(slots));
    cr_assert_eq(wn__word_table_build(&block.words, slots, &block.terms, false, &duplicate), WN_OK);
    cr_expect_str_eq(spans_of(&block, &wn__extract_fasttext, "ab c"), "a|ab|ab|ab|b|c|c|c|ab c|c|");
    wn__heap_free_all(&heap);
}

/* ---- Subwords ---- */

typedef struct ids {
    wn__sink sink;
    uint32_t ids[4096];
    size_t n;
} ids;

static void keep(wn__sink *sink)
{
    ids *kept = (ids *)(void *)sink;
    memcpy(kept->ids + kept->n, sink->ids, sink->n * sizeof sink->ids[0]);
    kept->n += sink->n;
    sink->n = 0;
}

/* Short words of ASCII are hashed by a kernel, others byte by byte: the same subwords of all. */
static void check_subwords(const wn__kernel *kernel, uint32_t shortest, uint32_t longest,
                           bool is_ascii)
{
    const wn__block block = {.kernel = kernel,
                             .subwords = {shortest, longest},
                             .bucket = 999983,
                             .bucket_inverse = UINT64_MAX / 999983,
                             .filter = &all_there,
                             .n_words = 7};
    uint32_t least = shortest > 0 ? shortest : 1;
    for (size_t len = 1; len < 300; len++) {
        static ids found;
        static uint8_t bytes[302]; /* '<' word '>' */
        size_t n = 0;
        bytes[0] = '<';
        for (size_t i = 1; i <= len; i++)
            bytes[i] = (uint8_t)(!is_ascii && i * i % 7 == 0 && i < len ? 0xC3
                                 : bytes[i - 1] == 0xC3                 ? 0xA9
                                                                        : 'a' + i % 26);
        bytes[len + 1] = '>';
        found.n = found.sink.n = 0;
        found.sink.flush = keep;
        wn__fasttext_subwords(&block, bytes + 1, len, &found.sink);
        keep(&found.sink);
        /* The definition: n-grams of characters, each hashed on its own. */
        for (size_t i = 0; i < len + 2; i++) {
            size_t j = i, n_chars = 0;
            uint32_t hash = WN__FNV_START;
            while ((bytes[i] & 0xC0) != 0x80 && j < len + 2 && n_chars < longest) {
                do {
                    hash = wn__fnv_step(hash, bytes[j++]);
                } while (j < len + 2 && (bytes[j] & 0xC0) == 0x80);
                if (++n_chars >= least && !(n_chars == 1 && (i == 0 || j == len + 2))) {
                    cr_assert_lt(n, found.n);
                    cr_assert_eq(found.ids[n++], 7 + hash % block.bucket, "length %zu", len);
                }
            }
        }
        cr_assert_eq(n, found.n);
    }
}

Test(feature, subwords_of_words_of_any_length)
{
    static const uint32_t ranges[][2] = {{2, 5}, {0, 3}, {1, 1}, {3, 6}, {6, 6}, {4, 7}, {1, 12}};
    for (size_t k = 0; k < wn__n_kernels; k++) {
        for (size_t r = 0; r < WN__COUNT(ranges) && wn__kernels[k]->is_supported(); r++) {
            check_subwords(wn__kernels[k], ranges[r][0], ranges[r][1], true);
            check_subwords(wn__kernels[k], ranges[r][0], ranges[r][1], false);
        }
    }
}

/* ---- Word n-grams of a vocabulary ---- */

enum { N_TERMS = 300, MAX_TERM = 120, N_TOKENS = 200 };

static const char *const alphabet[] = {"a",
                                       "b",
                                       "ab",
                                       "word",
                                       "\xC3\xA9t\xC3\xA9",
                                       "sixteen_letters_",
                                       "seventeen_letters",
                                       "a_word_of_more_than_sixteen_letters_A",
                                       "a_word_of_more_than_sixteen_letters_B"};

/* Some words, joined by single spaces. */
static size_t join(char *out, uint64_t *random, uint32_t n)
{
    size_t len = 0;
    for (uint32_t i = 0; i < n; i++) {
        const char *word = alphabet[random_below(random, WN__COUNT(alphabet))];
        len += (size_t)sprintf(out + len, "%s%s", i > 0 ? " " : "", word);
    }
    return len;
}

/* Holds what is found in texts against the definition: every n-gram of words, joined, among the
 * terms. A text ends with its memory. */
static void check_ngrams(uint64_t *random, uint32_t lo, uint32_t hi)
{
    static char terms[N_TERMS][3 * MAX_TERM], text[N_TOKENS * 50];
    static uint8_t bytes[N_TERMS * MAX_TERM];
    static uint32_t ends[N_TERMS];
    wn__strings strings = {.bytes = bytes, .ends = ends};
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    while (strings.n < N_TERMS) {
        char *term = terms[strings.n];
        size_t len = join(term, random, 1 + random_below(random, 3));
        uint32_t i = 0;
        while (i < strings.n && strcmp(terms[i], term) != 0)
            i++;
        if (i < strings.n || strings.n_bytes + len > sizeof bytes)
            break; /* most are there by then */
        memcpy(bytes + strings.n_bytes, term, len);
        strings.n_bytes += len;
        ends[strings.n++] = (uint32_t)strings.n_bytes;
    }
    wn__block block = {.ngrams = {lo, hi}, .min_length = 1, .tokens = WN__TOKENS_NONSPACE};
    uint32_t duplicate;
    block.terms = strings;
    cr_assert_eq(wn__phrases_build(&block.phrases, &heap, &strings, &duplicate), WN_OK);
    for (unsigned round = 0; round < 20; round++) {
        size_t n_tokens = random_below(random, N_TOKENS), len = 0, starts[N_TOKENS],
               tails[N_TOKENS];
        for (size_t i = 0; i < n_tokens; i++) {
            const char *word = random_below(random, 6) == 0
                                   ? "unknown"
                                   : alphabet[random_below(random, WN__COUNT(alphabet))];
            len += (size_t)sprintf(text + len, "%s", i % 7 == 0 ? "  " : i % 5 == 0 ? "\n" : " ");
            starts[i] = len;
            len += (size_t)sprintf(text + len, "%s", word);
            tails[i] = len;
        }
        uint32_t expected[N_TERMS] = {0}, found[N_TERMS] = {0};
        for (size_t i = 0; i < n_tokens; i++) {
            char joined[40 * 40];
            size_t size = 0;
            for (size_t n = 1; n <= hi && i + n <= n_tokens; n++) {
                size_t at = i + n - 1;
                size += (size_t)sprintf(joined + size, "%s%.*s", n > 1 ? " " : "",
                                        (int)(tails[at] - starts[at]), text + starts[at]);
                for (uint32_t t = 0; t < strings.n && n >= lo; t++)
                    expected[t] += strcmp(terms[t], joined) == 0;
            }
        }
        uint8_t *copy = malloc(len > 0 ? len : 1);
        memcpy(copy, text, len);
        static ids sink;
        static wn__feature_scratch scratch;
        scratch = (wn__feature_scratch){.heap = &heap};
        sink.n = sink.sink.n = 0;
        sink.sink.flush = keep;
        cr_assert_eq(wn__extract_words.extract(&block, copy, len, &scratch, &sink.sink), WN_OK);
        free(copy);
        for (size_t i = 0; i < sink.n; i++)
            found[sink.ids[i]]++;
        cr_assert_eq(memcmp(found, expected, sizeof found), 0,
                     "n-grams of %u to %u words, round %u", (unsigned)lo, (unsigned)hi, round);
    }
    wn__heap_free_all(&heap);
}

Test(feature, word_ngrams_are_those_of_joined_words)
{
    uint64_t random = 31;
    for (unsigned round = 0; round < 12; round++) {
        check_ngrams(&random, 1, 1);
        check_ngrams(&random, 1, 2);
        check_ngrams(&random, 2, 2);
        check_ngrams(&random, 1, 3);
        check_ngrams(&random, 3, 5);
        check_ngrams(&random, 1, 32);
    }
}

Test(feature, equal_terms_are_an_error)
{
    static const uint8_t bytes[] = "a ba ba";
    static const uint32_t ends[] = {3, 6, 7};
    wn__strings strings = {.bytes = bytes, .ends = ends, .n = 3, .n_bytes = 7};
    wn__phrases phrases;
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    uint32_t duplicate = 0;
    cr_assert_eq(wn__phrases_build(&phrases, &heap, &strings, &duplicate), WN_ERROR_CORRUPT);
    cr_assert_eq(duplicate, 1);
    wn__heap_free_all(&heap);
}

/* Phrases of two words, each another: as many steps as terms, so that the table of steps grows. */
Test(feature, phrases_without_memory_are_refused)
{
    enum { N = 2000, LEN = 9 };
    static uint8_t bytes[N * LEN];
    static uint32_t ends[N];
    for (uint32_t i = 0; i < N; i++) {
        char term[LEN + 1];
        snprintf(term, sizeof term, "w%03u w%03u", i / 50 % 1000, i % 50);
        memcpy(bytes + (size_t)i * LEN, term, LEN);
        ends[i] = (i + 1) * LEN;
    }
    wn__strings strings = {.bytes = bytes, .ends = ends, .n = N, .n_bytes = sizeof bytes};
    wn_status status = WN_ERROR_MEMORY;
    size_t n = 0;
    while (status == WN_ERROR_MEMORY) {
        tally t = {0};
        wn_allocator allocator = tally_allocator(&t);
        wn__phrases phrases;
        wn__heap heap;
        wn__heap_init(&heap, &allocator);
        uint32_t duplicate;
        tally_fail(&t, ++n, false);
        status = wn__phrases_build(&phrases, &heap, &strings, &duplicate);
        wn__heap_free_all(&heap);
        cr_assert_eq(atomic_load(&t.n_live), 0);
    }
    cr_assert_eq(status, WN_OK, "%s", wn_status_name(status));
    cr_assert_gt(n, 4, "the tables have grown");
}
