/* test_paragraph_any.c - what holds for the paragraphs of any text, however odd or large. */
#include "paragraph.h"
#include "utf8.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const wn_split_mode modes[] = {WN_SPLIT_AUTO, WN_SPLIT_LINE, WN_SPLIT_BLANK, WN_SPLIT_NONE};
enum { N_MODES = sizeof modes / sizeof modes[0] };

enum { MOST_SPANS = 256 };

static size_t split(wn_split_mode mode, const char *text, size_t len, wn_span *spans)
{
    wn__splitter splitter;
    size_t n = 0;
    wn__splitter_init(&splitter, text, len, mode);
    while (n < MOST_SPANS && wn__splitter_next(&splitter, &spans[n]))
        n++;
    return n;
}

/* Each code point that is not white space lies in exactly one span, and every span starts and ends
 * with one. */
static bool covers(const char *text, size_t len, const wn_span *spans, size_t n)
{
    const uint8_t *p = (const uint8_t *)text;
    size_t i = 0;
    bool ends_with_space = false;
    for (size_t at = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; at < len;) {
        uint32_t c;
        size_t size = wn__utf8_decode(p + at, len - at, &c);
        bool is_space = wn__utf8_is_space(c);
        if (i < n && at == spans[i].end) {
            if (ends_with_space)
                return false;
            i++;
        }
        bool is_inside = i < n && at >= spans[i].begin;
        if (!is_space && !is_inside)
            return false;
        if (i < n && at == spans[i].begin && is_space)
            return false;
        if (is_inside && at + size > spans[i].end)
            return false;
        ends_with_space = is_space;
        at += size;
    }
    return i == n || (i + 1 == n && spans[i].end == len && !ends_with_space);
}

/* Each span of `fine` lies in one of `coarse`, whose ends are ends of fine ones. */
static bool refines(const wn_span *fine, size_t n_fine, const wn_span *coarse, size_t n_coarse)
{
    size_t k = 0;
    for (size_t i = 0; i < n_coarse; i++) {
        if (k == n_fine || fine[k].begin != coarse[i].begin)
            return false;
        while (k < n_fine && fine[k].end < coarse[i].end)
            k++;
        if (k == n_fine || fine[k].end != coarse[i].end)
            return false;
        k++;
    }
    return k == n_fine;
}

static uint64_t random_below(uint64_t *state, uint64_t n)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (*state >> 33) % n;
}

Test(paragraph, spans_are_sound_for_random_texts)
{
    static const struct {
        const char *bytes;
        size_t size;
    } pieces[] = {
        {" ", 1},
        {"\n", 1},
        {"\n", 1},
        {"\r", 1},
        {"\r\n", 2},
        {"\t", 1},
        {"\f", 1},
        {"\0", 1},
        {"a", 1},
        {"Word ", 5},
        {"word ", 5},
        {". ", 2},
        {">", 1},
        {"\n> ", 3},
        {"\n- ", 3},
        {"\n1. ", 4},
        {"\xC2\xA0", 2},
        {"\xE3\x80\x80", 3},
        {"\xE2\x80\xA8", 3},
        {"\x80", 1},
        {"\xFF", 1},
        {"\xE2\x80", 2},
        {"\xEF\xBB\xBF", 3},
        {"\xC3\xA9", 2},
        {"\xE4\xB8\xAD", 3},
        {"\xE2\x80\xA6", 3},
        {"\xC2", 1},
        {"of the harbour that was searched by ", 36},
        {"Pier by pier and again ", 23},
    };
    enum { N = sizeof pieces / sizeof pieces[0] };
    uint64_t state = 2031;
    size_t n_joined = 0;
    for (int round = 0; round < 60000; round++) {
        char buffer[2048];
        size_t len = 0;
        size_t n_pieces = (size_t)random_below(&state, 50);
        for (size_t i = 0; i < n_pieces; i++) {
            size_t k = (size_t)random_below(&state, N);
            memcpy(buffer + len, pieces[k].bytes, pieces[k].size);
            len += pieces[k].size;
        }
        char *text = malloc(len + (len == 0)); /* its exact size, for sanitizers */
        cr_assert_not_null(text);
        memcpy(text, buffer, len);
        wn_span spans[N_MODES][MOST_SPANS];
        size_t n[N_MODES];
        for (size_t m = 0; m < N_MODES; m++) {
            n[m] = split(modes[m], text, len, spans[m]);
            cr_assert(covers(text, len, spans[m], n[m]), "round %d, mode %d", round, (int)modes[m]);
        }
        /* LINE refines AUTO, AUTO refines BLANK, BLANK refines NONE. */
        cr_assert(refines(spans[1], n[1], spans[0], n[0]), "round %d", round);
        cr_assert(refines(spans[0], n[0], spans[2], n[2]), "round %d", round);
        cr_assert(refines(spans[2], n[2], spans[3], n[3]), "round %d", round);
        for (size_t i = 0; i < n[1]; i++)
            for (size_t at = spans[1][i].begin; at < spans[1][i].end; at++)
                cr_assert(text[at] != '\n' && text[at] != '\r', "round %d", round);
        n_joined += n[1] > n[0];
        free(text);
    }
    cr_assert_gt(n_joined, 1000, "hardly a text had a hard wrap");
}

/* Texts of a few megabytes that would take hours if a block, line or word were read again for each
 * line end in it. */
Test(paragraph, time_is_linear_for_hostile_texts, .timeout = 120)
{
    static const char *const patterns[] = {
        "\n",
        "\r",
        " ",
        "x",
        ">",
        ">\n",
        "a\n",
        "> a\nb\n",
        "\"",
        "\xE2\x80\x9C",
        "\xE4\xB8\xAD",
        "\xE4\xB8\xAD\xE6\x96\x87\xE4\xB8\xAD\xE6\x96\x87\n",
        "the harbour was searched by divers of the navy\nand by\n",
        "The Harbour Was Searched By Divers Of The Navy\rAnd By\r",
        "The Harbour Was Searched By Divers Of The Navy\nAnd By\n\n",
        "> The Harbour Was Searched By Divers Of The Navy\n> And By\nx\n",
        "- the harbour was searched by divers of the navy\n1. and\n",
    };
    enum { LEN = 4 << 20 };
    char *text = malloc(LEN);
    cr_assert_not_null(text);
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        size_t size = strlen(patterns[i]);
        for (size_t at = 0; at < LEN; at++)
            text[at] = patterns[i][at % size];
        for (size_t m = 0; m < N_MODES; m++) {
            for (int end = 0; end < 2; end++) {
                /* The other line end, once, at the very end of the text. */
                text[LEN - 1] = end ? '\n' : '\r';
                wn__splitter splitter;
                wn_span span = {0, 0};
                size_t before = 0;
                wn__splitter_init(&splitter, text, LEN, modes[m]);
                while (wn__splitter_next(&splitter, &span)) {
                    cr_assert(span.begin >= before && span.end > span.begin);
                    before = span.end;
                }
                cr_assert_leq(before, (size_t)LEN);
            }
        }
    }
    free(text);
}
