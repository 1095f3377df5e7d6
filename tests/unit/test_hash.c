/* test_hash.c - hash functions against published vectors; the maps on top of them. */
#include "hash.h"

#include "string_table.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <xxhash.h>

/* ---- Functions ---- */

Test(hash, fnv_extends_the_sign_of_bytes_as_fasttext_does)
{
    /* Printed by the reference's own dictionary. */
    static const struct {
        const char *text;
        uint32_t hash;
    } rows[] = {
        {"", 2166136261u},
        {"a", 3826002220u},
        {"hello", 1335831723u},
        {"world", 933488787u},
        {"</s>", 3617362777u},
        {"\xC3\xA9t\xC3\xA9", 200187927u},
        {"\xE6\x97\xA5\xE6\x9C\xAC", 4164387409u},
        {"\xFF", 4193493326u},
        {"__label__en", 3409607150u},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        cr_expect_eq(wn__fnv((const uint8_t *)rows[i].text, strlen(rows[i].text)), rows[i].hash,
                     "\"%s\"", rows[i].text);
    }
}

Test(hash, murmur3_gives_published_vectors)
{
    /* Seed 0; the last three by scikit-learn's murmurhash3_32. */
    static const struct {
        const char *text;
        int32_t hash;
    } rows[] = {
        {"", 0},
        {"test", (int32_t)0xba6bd213u},
        {"Hello, world!", (int32_t)0xc0363e43u},
        {"The quick brown fox jumps over the lazy dog", 0x2e4ff723},
        {"foo", -156908512},
        {"\xC3\xA9t\xC3\xA9", 865297935},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        cr_expect_eq((int32_t)wn__murmur3((const uint8_t *)rows[i].text, strlen(rows[i].text)),
                     rows[i].hash, "\"%s\"", rows[i].text);
    }
}

/* MurmurHash3_x86_32, written once more from its description, byte by byte. */
static uint32_t murmur3_by_bytes(const uint8_t *p, size_t len)
{
    uint32_t h = 0, k = 0;
    for (size_t i = 0; i < len; i++) {
        k |= (uint32_t)p[i] << (i % 4 * 8);
        if (i % 4 != 3 && i + 1 != len)
            continue;
        k *= 0xcc9e2d51u;
        k = (k << 15) | (k >> 17);
        k *= 0x1b873593u;
        h ^= k;
        k = 0;
        if (i % 4 == 3) {
            h = (h << 13) | (h >> 19);
            h = h * 5 + 0xe6546b64u;
        }
    }
    h ^= (uint32_t)len;
    h ^= h >> 16;
    h *= 0x85ebca6bu;
    h ^= h >> 13;
    h *= 0xc2b2ae35u;
    return h ^ (h >> 16);
}

Test(hash, murmur3_of_any_bytes_and_lengths)
{
    uint64_t random = 2;
    for (size_t i = 0; i < 20000; i++) {
        uint8_t bytes[64];
        size_t len = random_below(&random, 41), shift = random_below(&random, 8);
        for (size_t j = 0; j < len; j++)
            bytes[shift + j] = (uint8_t)next_random(&random);
        cr_assert_eq(wn__murmur3(bytes + shift, len), murmur3_by_bytes(bytes + shift, len));
    }
}

Test(hash, xxh3_with_a_hole_is_that_of_zeros_there)
{
    uint8_t bytes[1000], zeroed[1000];
    uint64_t random = 3;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)next_random(&random);
    static const size_t lens[] = {40, 41, 64, 128, 129, 240, 241, 256, 1000};
    for (size_t i = 0; i < WN__COUNT(lens); i++) {
        cr_assert_eq(wn__xxh3(bytes, lens[i]), XXH3_64bits(bytes, lens[i]));
        for (size_t hole = 0; hole + 8 <= lens[i]; hole += hole == 0 ? 32 : lens[i]) {
            memcpy(zeroed, bytes, lens[i]);
            memset(zeroed + hole, 0, 8);
            cr_assert_eq(wn__xxh3_with_hole(bytes, lens[i], hole), XXH3_64bits(zeroed, lens[i]));
        }
    }
}

/* ---- The map of numbers ---- */

Test(hash, idmap_finds_what_was_put_in_and_nothing_else)
{
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    static const size_t sizes[] = {0, 1, 7, 8, 9, 1000, 20000};
    for (size_t s = 0; s < WN__COUNT(sizes); s++) {
        wn__idmap map;
        uint32_t n = (uint32_t)sizes[s];
        cr_assert(wn__idmap_init(&map, &heap, n));
        cr_assert_geq((size_t)map.mask + 1, 2 * (size_t)n, "at most half full");
        for (uint32_t i = 0; i < n; i++)
            cr_assert(wn__idmap_insert(&map, i * 2654435761u, i ^ 5));
        for (uint32_t i = 0; i < n; i++)
            cr_assert_eq(wn__idmap_find(&map, i * 2654435761u), i ^ 5);
        for (uint32_t i = n; i < n + 1000; i++)
            cr_assert_eq(wn__idmap_find(&map, i * 2654435761u), UINT32_MAX);
    }
    wn__heap_free_all(&heap);
}

Test(hash, idmap_refuses_keys_that_were_made_to_collide)
{
    /* One key many times over walks one run: the last allowed one goes in, the next does not. */
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    wn__idmap map;
    cr_assert(wn__idmap_init(&map, &heap, 100000));
    for (uint32_t i = 0; i <= WN__IDMAP_MAX_PROBES; i++)
        cr_assert(wn__idmap_insert(&map, 12345, i), "%u", i);
    cr_assert_not(wn__idmap_insert(&map, 12345, 7));
    cr_assert(wn__idmap_insert(&map, 99, 7), "another key is still welcome");
    wn__heap_free_all(&heap);
}

/* ---- The map of strings ---- */

/* A table of NUL-terminated strings; memory of heap. */
static wn__strings make_strings(wn__heap *heap, const char *const *list, uint32_t n)
{
    uint32_t *ends = wn__heap_alloc(heap, n, sizeof *ends);
    size_t total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += strlen(list[i]);
    uint8_t *bytes = wn__heap_alloc(heap, total, 1);
    uint32_t at = 0;
    for (uint32_t i = 0; i < n; i++) {
        memcpy(bytes + at, list[i], strlen(list[i]));
        at += (uint32_t)strlen(list[i]);
        ends[i] = at;
    }
    return (wn__strings){.bytes = bytes, .ends = ends, .n = n};
}

static uint32_t find(const wn__strings *s, const char *text)
{
    const uint8_t *p = (const uint8_t *)text;
    return wn__strings_find(s, p, strlen(text), wn__strings_hash(p, strlen(text)));
}

Test(strings, every_string_is_found_by_content)
{
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    const char *const list[] = {"", "a", "ab", "b", "abc", "\xC3\xA9", "a b", "longer than others"};
    wn__strings s = make_strings(&heap, list, 8);
    uint32_t duplicate = 77;
    cr_assert_eq(wn__strings_index(&s, &heap, false, &duplicate), WN_OK);
    for (uint32_t i = 0; i < 8; i++)
        cr_assert_eq(find(&s, list[i]), i, "\"%s\"", list[i]);
    cr_assert_eq(find(&s, "c"), UINT32_MAX);
    cr_assert_eq(find(&s, "longer"), UINT32_MAX, "a prefix is another string");
    /* The right hash alone is not enough. */
    cr_assert_eq(
        wn__strings_find(&s, (const uint8_t *)"zz", 2, wn__strings_hash((const uint8_t *)"ab", 2)),
        UINT32_MAX);
    wn__heap_free_all(&heap);
}

Test(strings, duplicates_are_an_error_or_the_last_wins)
{
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    const char *const list[] = {"x", "y", "x", "z", "x"};
    wn__strings s = make_strings(&heap, list, 5);
    uint32_t duplicate = 77;
    cr_assert_eq(wn__strings_index(&s, &heap, false, &duplicate), WN_ERROR_CORRUPT);
    cr_assert_eq(duplicate, 2, "the second of two");
    cr_assert_eq(wn__strings_index(&s, &heap, true, &duplicate), WN_OK);
    cr_assert_eq(find(&s, "x"), 4);
    cr_assert_eq(find(&s, "y"), 1);
    wn__heap_free_all(&heap);
}

Test(strings, strings_with_one_hash_are_kept_apart_up_to_the_limit)
{
    /* Birthday search for strings with equal FNV: among 200,000 there are some. */
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    enum { N = 200000 };
    wn__strings s = {.n = N};
    uint32_t *ends = wn__heap_alloc(&heap, N, sizeof *ends);
    uint8_t *bytes = wn__heap_alloc(&heap, (size_t)N * 5, 1);
    for (uint32_t i = 0; i < N; i++) {
        bytes[5 * i] = (uint8_t)('a' + i % 23);
        bytes[5 * i + 1] = (uint8_t)('a' + i / 23 % 23);
        bytes[5 * i + 2] = (uint8_t)('a' + i / 529 % 23);
        bytes[5 * i + 3] = (uint8_t)('a' + i / 12167 % 23);
        bytes[5 * i + 4] = (uint8_t)('0' + i % 7);
        ends[i] = 5 * (i + 1);
    }
    s.bytes = bytes;
    s.ends = ends;
    uint32_t duplicate;
    cr_assert_eq(wn__strings_index(&s, &heap, false, &duplicate), WN_OK);
    for (uint32_t i = 0; i < N; i++) {
        const uint8_t *p = bytes + 5 * i;
        cr_assert_eq(wn__strings_find(&s, p, 5, wn__strings_hash(p, 5)), i);
    }
    wn__heap_free_all(&heap);
}
