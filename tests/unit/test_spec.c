/* test_spec.c - what is checked of any array: its size, its strings, its numbers, its place. */
#include "format.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static wn__spec spec;

static void start(void)
{
    wn__spec_init(&spec, NULL);
}

static void stop(void)
{
    wn__spec_free(&spec);
}

TestSuite(spec, .init = start, .fini = stop);

/* ---- Sizes ---- */

Test(spec, sizes_that_do_not_fit_are_none)
{
    static const struct {
        wn__dtype dtype;
        uint32_t n_dims;
        uint64_t shape[2];
        bool fits;
        size_t size;
    } rows[] = {
        {WN__U8, 1, {SIZE_MAX, 9}, true, SIZE_MAX}, /* the second number is not looked at */
        {WN__U8, 2, {SIZE_MAX, 1}, true, SIZE_MAX},
        {WN__U8, 2, {SIZE_MAX, 2}, false, 0},
        {WN__F16, 1, {SIZE_MAX / 2, 1}, true, SIZE_MAX - 1},
        {WN__F16, 1, {SIZE_MAX / 2 + 1, 1}, false, 0},
        {WN__F64, 2, {3, 5}, true, 120},
        {WN__F64, 2, {0, SIZE_MAX}, true, 0},
        {WN__F32, 2, {(uint64_t)1 << 32, (uint64_t)1 << 32}, false, 0},
        {WN__STR, 1, {3, 1}, true, 12}, /* the ends of strings that are empty */
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        size_t size;
        bool fits = wn__array_size(rows[i].dtype, rows[i].n_dims, rows[i].shape, &size);
        cr_expect_eq(fits, rows[i].fits, "%zu", i);
        if (fits)
            cr_expect_eq(size, rows[i].size, "%zu", i);
    }
}

Test(spec, there_are_at_most_128_arrays)
{
    wn__array_ref ref = -1;
    for (int i = 0; i < WN__MAX_ARRAYS; i++) {
        wn__array *array = wn__spec_add_array(&spec, i == 99 ? "wanted" : "other", &ref);
        cr_assert_eq(array, &spec.arrays[i]);
        cr_assert_eq(ref, i);
    }
    cr_expect_null(wn__spec_add_array(&spec, "one more", &ref));
    cr_expect_eq(ref, WN__MAX_ARRAYS - 1);
    cr_expect_eq(wn__spec_find_array(&spec, "wanted"), 99);
    cr_expect_eq(wn__spec_find_array(&spec, "one more"), -1);
}

/* ---- Numbers ---- */

Test(spec, one_number_that_is_not_finite_is_found_among_many)
{
    static const float bad[] = {INFINITY, -INFINITY, NAN};
    for (size_t n = 0; n < 70; n++) {
        float values[72];
        for (size_t i = 0; i < WN__COUNT(values); i++)
            values[i] = i % 2 == 0 ? 3.40282347e38f : -3.40282347e38f;
        values[n] = NAN; /* behind them */
        cr_assert(wn__are_finite(values, n), "%zu", n);
        for (size_t i = 0; i < 3 * n; i++) {
            float old = values[i / 3];
            values[i / 3] = bad[i % 3];
            cr_assert_not(wn__are_finite(values, n), "number %zu of %zu", i / 3, n);
            values[i / 3] = old;
        }
    }
}

/* Bits of numbers: the largest, and the first two and the last that are not finite. */
static const struct {
    wn__dtype dtype;
    size_t size;
    uint64_t largest, bad[3];
} kinds[] = {
    {WN__F16, 2, 0x7bff, {0x7c00, 0xfc00, 0x7e01}},
    {WN__F32, 4, 0x7f7fffff, {0x7f800000, 0xff800000, 0x7fc00001}},
    {WN__F64, 8, 0x7fefffffffffffff, {0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000001}},
};

Test(spec, a_number_that_is_not_finite_is_named_with_its_place)
{
    enum { SIZE = 3 * 4096 + 8 };
    static const size_t places[] = {0, 8, 2048, 4088, 4096, 8184, 8192, 12280, 12288};
    static uint8_t bytes[SIZE + 8];
    for (size_t kind = 0; kind < WN__COUNT(kinds); kind++) {
        size_t step = kinds[kind].size;
        for (size_t at = 0; at < sizeof bytes; at += step)
            memcpy(bytes + at, &kinds[kind].largest, step);
        memcpy(bytes + SIZE, &kinds[kind].bad, step); /* behind it */
        for (size_t i = 0; i < 4 * WN__COUNT(places); i++) {
            size_t at = places[i / 4];
            uint64_t offset = i % 3 == 0 ? WN__NO_OFFSET : 1000;
            wn__array array = {.name = "numbers",
                               .dtype = kinds[kind].dtype,
                               .n_dims = 1,
                               .shape = {SIZE / step, 1},
                               .data = bytes,
                               .size = SIZE,
                               .offset = offset};
            wn_error error = {.message = ""};
            char number[64];
            snprintf(number, sizeof number, "\"numbers\": number %zu is not finite", at / step);
            if (i % 4 < 3)
                memcpy(bytes + at, &kinds[kind].bad[i % 4], step);
            wn_status status = wn__array_check(&spec, &array, &error);
            memcpy(bytes + at, &kinds[kind].largest, step);
            cr_expect_eq(status, i % 4 < 3 ? WN_ERROR_CORRUPT : WN_OK, "%s", error.message);
            if (status == WN_OK)
                continue;
            cr_expect_not_null(strstr(error.message, number), "%s: %s", number, error.message);
            cr_expect_eq(error.offset, i % 3 == 0 ? WN__NO_OFFSET : 1000 + at);
        }
    }
}

/* Numbers of mapped files are looked at in arrays of up to 1 MiB, those that come later nowhere. */
Test(spec, large_arrays_are_believed_where_nothing_is_verified)
{
    const size_t large = (size_t)1 << 20;
    uint8_t *bytes = calloc(large + 4, 1);
    memcpy(bytes + 400, &kinds[1].bad[0], 4);
    static const struct {
        size_t more;
        bool is_unverified, is_deferred;
        wn_status status;
    } rows[] = {
        {0, true, false, WN_ERROR_CORRUPT},
        {4, true, false, WN_OK},
        {4, false, false, WN_ERROR_CORRUPT},
        {0, false, true, WN_OK},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        size_t size = large + rows[i].more;
        const wn__array array = {.name = "rows",
                                 .dtype = WN__F32,
                                 .n_dims = 1,
                                 .shape = {size / 4, 1},
                                 .data = bytes,
                                 .size = size};
        spec.is_unverified = rows[i].is_unverified;
        spec.deferred.begin = rows[i].is_deferred ? bytes : NULL;
        cr_expect_eq(wn__array_check(&spec, &array, NULL), rows[i].status, "%zu", i);
    }
    free(bytes);
}

/* ---- Strings ---- */

Test(spec, strings_ascend_and_end_with_their_array)
{
    static const struct {
        uint32_t ends[3];
        size_t at; /* of what is wrong; SIZE_MAX: nothing */
        const char *message;
    } rows[] = {
        {{1, 2, 4}, SIZE_MAX, ""},
        {{0, 0, 4}, SIZE_MAX, ""},
        {{4, 4, 4}, SIZE_MAX, ""},
        {{2, 1, 4}, 4, "string 1 ends at 1, outside 2..4"},
        {{1, 5, 4}, 4, "string 1 ends at 5, outside 1..4"},
        {{1, 4, 3}, 8, "string 2 ends at 3, outside 4..4"},
        {{1, 2, 3}, 0, "its strings have 3 bytes, the array 4"},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        uint8_t bytes[16] = {0};
        memcpy(bytes, rows[i].ends, sizeof rows[i].ends);
        const wn__array array = {.name = "s",
                                 .dtype = WN__STR,
                                 .n_dims = 1,
                                 .shape = {3, 1},
                                 .data = bytes,
                                 .size = sizeof bytes,
                                 .offset = 64};
        wn_error error = {.message = ""};
        wn_status status = wn__array_check(&spec, &array, &error);
        cr_expect_eq(status, rows[i].at == SIZE_MAX ? WN_OK : WN_ERROR_CORRUPT, "%zu", i);
        cr_expect_not_null(strstr(error.message, rows[i].message), "%zu: %s", i, error.message);
        if (status != WN_OK)
            cr_expect_eq(error.offset, 64 + rows[i].at, "%zu", i);
    }
}

/* ---- Places ---- */

Test(spec, an_array_stays_where_its_image_does)
{
    _Alignas(64) static uint8_t bytes[128];
    static const struct {
        size_t at;
        uint64_t offset;
        bool is_borrowed, can_stay;
    } rows[] = {
        {0, 64, true, true},   {64, 0, true, true},
        {0, 64, false, false}, {0, WN__NO_OFFSET, true, false},
        {32, 64, true, false}, {1, 64, true, false},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        wn__array array = {.data = bytes + rows[i].at, .offset = rows[i].offset};
        spec.is_borrowed = rows[i].is_borrowed;
        cr_expect_eq(wn__array_can_stay(&spec, &array), rows[i].can_stay, "%zu", i);
    }
}

/* A file without an index of words is one that the first version reads, wherever the index is. */
Test(spec, an_index_of_words_makes_a_file_of_version_2)
{
    for (wn__array_ref index = -1; index < 2; index++) {
        wn__spec_block_init(&spec.blocks[0]);
        spec.n_blocks = 1;
        spec.n_arrays = 0;
        for (int i = 0; i < 2; i++) {
            wn__array_ref ref;
            wn__array *array = wn__spec_add_array(&spec, i == 0 ? "a" : "b", &ref);
            array->data = (const uint8_t *)"";
        }
        spec.blocks[0].extractor = WN__EXTRACT_FASTTEXT;
        spec.blocks[0].words_index = index;
        wn__writer w = {.heap = &spec.heap};
        cr_assert_eq(wn__format_winnow.write(&w, &spec, NULL), WN_OK);
        const uint8_t *file = w.buffer.data;
        cr_expect_eq(file[8], index < 0 ? 1 : 2);
        cr_expect_eq(file[12], index < 0 ? 1 : 2);
    }
}
