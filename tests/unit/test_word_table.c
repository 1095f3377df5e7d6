/* test_word_table.c - words are found by content; tables made to be slow or wrong are refused, and
 * those that nobody checked are safe. */
#include "word_table.h"

#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { MAX_WORDS = 6000 };

/* Words in one block that ends with the last one: a sanitizer sees what is read behind. */
typedef struct words {
    wn__strings strings;
    uint32_t ends[MAX_WORDS];
    uint8_t *bytes;
    wn__word_slot *slots;
    wn__word_table table;
} words;

static void add(words *w, const void *text, size_t len)
{
    w->bytes = realloc(w->bytes, w->strings.n_bytes + len);
    memcpy(w->bytes + w->strings.n_bytes, text, len);
    w->strings.n_bytes += len;
    w->ends[w->strings.n++] = (uint32_t)w->strings.n_bytes;
    w->strings.bytes = w->bytes;
    w->strings.ends = w->ends;
}

static wn_status build(words *w, bool last_wins, uint32_t *duplicate)
{
    w->slots = aligned_alloc(64, (wn__word_table_size(w->strings.n) * sizeof *w->slots + 63) &
                                     ~(size_t)63);
    return wn__word_table_build(&w->table, w->slots, &w->strings, last_wins, duplicate);
}

static uint32_t find(const words *w, const void *text, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    memcpy(copy, text, len);
    wn__word word;
    wn__word_start(&w->table, &word, copy, len, len);
    const wn__word_slot *slot = wn__word_find(&w->table, &w->strings, &word);
    free(copy);
    if (slot == NULL)
        return UINT32_MAX;
    cr_assert_eq(slot->fnv, wn__fnv(text, len));
    return slot->id;
}

static void clear(words *w)
{
    free(w->bytes);
    free(w->slots);
    *w = (words){0};
}

Test(word_table, words_of_all_lengths_are_found_and_nothing_else)
{
    static words w;
    uint32_t duplicate;
    char text[104];
    for (size_t len = 0; len < 104; len++) {
        memset(text, 'x', sizeof text); /* all have the same first bytes */
        if (len > 0)
            text[len - 1] = 'y';
        add(&w, text, len);
    }
    cr_assert_eq(build(&w, false, &duplicate), WN_OK);
    for (size_t len = 0; len < 104; len++) {
        memset(text, 'x', sizeof text);
        if (len > 0)
            text[len - 1] = 'y';
        cr_assert_eq(find(&w, text, len), len);
        text[len / 2] = 'z'; /* in the key, or behind it */
        cr_assert_eq(find(&w, text, len), len > 0 ? UINT32_MAX : 0, "length %zu", len);
        memset(text, 'x', sizeof text);
        cr_assert_eq(find(&w, text, len), len > 0 ? UINT32_MAX : 0);
    }
    cr_assert(wn__word_table_is_sound(&w.table, &w.strings, false));
    clear(&w);
}

Test(word_table, equal_words_are_an_error_or_the_last_wins)
{
    static words w;
    uint32_t duplicate = 0;
    add(&w, "one", 3);
    add(&w, "a word of more than sixteen bytes", 33);
    add(&w, "two", 3);
    add(&w, "a word of more than sixteen bytes", 33);
    cr_assert_eq(build(&w, false, &duplicate), WN_ERROR_CORRUPT);
    cr_assert_eq(duplicate, 3);
    free(w.slots);
    cr_assert_eq(build(&w, true, &duplicate), WN_OK);
    cr_assert_eq(find(&w, "a word of more than sixteen bytes", 33), 3);
    cr_assert_eq(find(&w, "two", 3), 2);
    cr_assert(wn__word_table_is_sound(&w.table, &w.strings, true));
    cr_assert_not(wn__word_table_is_sound(&w.table, &w.strings, false));
    clear(&w);
}

/* Words whose slots begin side by side, as many as a run may have and some more. */
Test(word_table, words_that_were_made_to_collide_are_refused)
{
    static const struct {
        uint32_t n;
        wn_status status;
    } rows[] = {{WN__WORD_MAX_PROBES - 20, WN_OK}, {WN__WORD_MAX_PROBES + 20, WN_ERROR_LIMIT}};
    for (size_t row = 0; row < WN__COUNT(rows); row++) {
        static words w;
        uint32_t duplicate;
        wn__word_table shape = {.n_slots = (uint32_t)wn__word_table_size(rows[row].n)};
        for (uint64_t i = 0; w.strings.n < rows[row].n; i++) {
            uint64_t key[2] = {i, 0};
            uint64_t hash = wn__word_mix(8, key[0], key[1]);
            if ((hash >> 32) * shape.n_slots >> 32 < 4)
                add(&w, &i, 8);
        }
        cr_assert_eq(build(&w, false, &duplicate), rows[row].status, "%u words",
                     (unsigned)rows[row].n);
        clear(&w);
    }
}

/* Every byte of a table but the counts has to be what it would be; and whatever it is, a look-up
 * ends and gives an index below n. */
Test(word_table, damaged_tables_are_noticed_and_harmless)
{
    static words w;
    uint32_t duplicate;
    uint64_t random = 77;
    char text[40];
    for (size_t i = 0; i < 60; i++) {
        size_t len = 1 + random_below(&random, 30);
        for (size_t j = 0; j < len; j++)
            text[j] = (char)('a' + random_below(&random, 26));
        memcpy(text, &i, 1);
        add(&w, text, len);
    }
    cr_assert_eq(build(&w, false, &duplicate), WN_OK);
    size_t size = w.table.n_slots * sizeof *w.slots;
    for (size_t at = 0; at < size; at++) {
        const wn__word_slot *slot = &w.slots[at / sizeof *w.slots];
        uint8_t *byte = (uint8_t *)w.slots + at, old = *byte;
        bool is_empty = slot->id == UINT32_MAX, is_id = at % sizeof *w.slots / 4 == 4;
        *byte = (uint8_t)(old ^ (1 + random_below(&random, 255)));
        bool is_noticed = !wn__word_table_is_sound(&w.table, &w.strings, false);
        if (at % sizeof *w.slots < offsetof(wn__word_slot, count) && (!is_empty || is_id))
            cr_assert(is_noticed, "byte %zu", at);
        for (size_t i = 0; i < w.strings.n; i++) {
            size_t len;
            const uint8_t *p = wn__strings_get(&w.strings, (uint32_t)i, &len);
            wn__word word;
            wn__word_start(&w.table, &word, p, len, w.strings.n_bytes - (size_t)(p - w.bytes));
            const wn__word_slot *found = wn__word_find(&w.table, &w.strings, &word);
            cr_assert(found == NULL || found->id < w.table.n);
        }
        *byte = old;
    }
    /* A table without an empty slot. */
    for (size_t i = 0; i < w.table.n_slots; i++)
        w.slots[i] = (wn__word_slot){{i, i}, 3, 5, 0, 1};
    cr_assert_eq(find(&w, "nowhere", 7), UINT32_MAX);
    clear(&w);
}
