/* support.c - the allocator that counts, and random texts. The stress programs include this file as
 * well: nothing of Criterion here. */
#include "support.h"

#include <stdlib.h>

/* ---- The allocator ---- */

#define HEADER 16 /* keeps the alignment; holds the size */

static void *tally_allocate(void *user, size_t size)
{
    tally *t = user;
    size_t call = atomic_fetch_add(&t->n_asked, 1) + 1;
    if (t->fail_at != 0 && (call == t->fail_at || (t->fails_ever && call > t->fail_at)))
        return NULL;
    unsigned char *p = malloc(size + HEADER);
    if (p == NULL)
        return NULL;
    memcpy(p, &size, sizeof size);
    memset(p + HEADER, 0xa5, size); /* nobody may count on zeros */
    atomic_fetch_add(&t->n_allocated, 1);
    atomic_fetch_add(&t->n_live, 1);
    size_t live = atomic_fetch_add(&t->bytes_live, size) + size;
    if (live > atomic_load(&t->bytes_most))
        atomic_store(&t->bytes_most, live);
    return p + HEADER;
}

static void tally_release(void *user, void *memory)
{
    tally *t = user;
    unsigned char *p = (unsigned char *)memory - HEADER;
    size_t size;
    memcpy(&size, p, sizeof size);
    memset(p + HEADER, 0x5a, size); /* nobody may read what is freed */
    atomic_fetch_sub(&t->n_live, 1);
    atomic_fetch_sub(&t->bytes_live, size);
    free(p);
}

wn_allocator tally_allocator(tally *t)
{
    return (wn_allocator){tally_allocate, tally_release, t};
}

void tally_fail(tally *t, size_t n, bool ever)
{
    t->fail_at = n == 0 ? 0 : atomic_load(&t->n_asked) + n;
    t->fails_ever = ever;
}

/* ---- Texts ---- */

static const char *const pieces[] = {
    "harbour",
    "winter",
    "Ticket",
    "offer",
    "now",
    "police",
    "vote",
    "river",
    "été",
    "日本",
    "Straße",
    "free",
    "the",
    "of",
    "a",
    "goal",
    "team",
    "2026",
    "7",
    "co_op",
    "naïve",
    "мир",
    "ελλάδα",
    "</s>",
    "x",
    "😀",
    "don’t",
    "“so”",
    "e-mail",
    "C++",
    "café",
    "U.S.A.",
    "…",
    "zebra",
    "qqqq",
    "__label__b",
    "longishwordthatnobodyknows",
};
static const char *const gaps[] = {
    " ", " ", " ",    " ", "  ", "\t", ", ", ". ", "\n", "\r\n", "\xC2\xA0", "\xE3\x80\x80",
    "",  "!", "\n\n",
};

static size_t append(char *out, size_t cap, size_t at, const char *text, size_t len)
{
    if (len > cap - at)
        return at;
    memcpy(out + at, text, len);
    return at + len;
}

size_t random_text(uint64_t *state, char *out, size_t cap, bool is_hostile)
{
    size_t at = 0, n_words = random_below(state, 60);
    for (size_t i = 0; i < n_words; i++) {
        const char *piece = pieces[random_below(state, WN__COUNT(pieces))];
        const char *gap = gaps[random_below(state, WN__COUNT(gaps))];
        at = append(out, cap, at, piece, strlen(piece));
        at = append(out, cap, at, gap, strlen(gap));
        if (is_hostile && random_below(state, 6) == 0) {
            char byte = (char)random_below(state, 256);
            at = append(out, cap, at, &byte, 1);
        }
    }
    return at;
}
