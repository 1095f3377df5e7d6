/* test_bytes.c - half floats, base64, cursors, checked sizes. */
#include "bytes.h"

#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

/* ---- Half floats: IEEE 754-2008, table 3.2 (binary16): (-1)^s 2^(e - 15) (1 + f / 1024) ---- */

static double half_by_formula(unsigned half)
{
    double sign = half >> 15 != 0 ? -1.0 : 1.0;
    int exponent = (int)(half >> 10 & 31);
    double fraction = (double)(half & 1023);
    if (exponent == 31)
        return fraction == 0 ? sign * INFINITY : NAN;
    if (exponent == 0)
        return sign * ldexp(fraction, -24);
    return sign * ldexp(1024 + fraction, exponent - 25);
}

Test(bytes, every_half_float_follows_the_standard)
{
    for (unsigned half = 0; half < 65536; half++) {
        double expected = half_by_formula(half);
        float actual = wn__half_to_float((uint16_t)half);
        if (isnan(expected)) {
            cr_assert(isnan(actual), "0x%04x", half);
            continue;
        }
        cr_assert_eq((double)actual, expected, "0x%04x: %g, not %g", half, (double)actual,
                     expected);
        cr_assert_eq(signbit(actual) != 0, half >> 15 != 0, "0x%04x: sign", half);
    }
}

/* ---- Base64: the vectors of RFC 4648, section 10 ---- */

static const char *const vectors[][2] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

Test(bytes, base64_gives_the_vectors_of_the_rfc)
{
    for (size_t i = 0; i < WN__COUNT(vectors); i++) {
        wn__heap heap;
        wn__heap_init(&heap, NULL);
        wn__writer w = {.heap = &heap};
        const char *plain = vectors[i][0], *coded = vectors[i][1];
        wn__write_base64(&w, (const uint8_t *)plain, strlen(plain));
        cr_assert_not(w.failed);
        cr_assert_eq(w.len, strlen(coded));
        cr_assert(w.len == 0 || memcmp(w.buffer.data, coded, w.len) == 0, "%s", plain);
        uint8_t back[16];
        cr_assert_eq(wn__base64_size(coded, strlen(coded)), strlen(plain));
        cr_assert(wn__base64_decode(coded, strlen(coded), back));
        cr_assert(memcmp(back, plain, strlen(plain)) == 0, "%s", plain);
        wn__heap_free_all(&heap);
    }
}

Test(bytes, base64_gives_all_bytes_back)
{
    uint64_t random = 1;
    wn__heap heap;
    wn__heap_init(&heap, NULL);
    for (size_t n = 0; n < 300; n++) {
        uint8_t bytes[300], back[300];
        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)next_random(&random);
        wn__writer w = {.heap = &heap};
        wn__write_base64(&w, bytes, n);
        cr_assert_eq(w.len, (n + 2) / 3 * 4);
        cr_assert_eq(wn__base64_size(w.buffer.data, w.len), n);
        cr_assert(wn__base64_decode(w.buffer.data, w.len, back));
        cr_assert(memcmp(bytes, back, n) == 0);
    }
    wn__heap_free_all(&heap);
}

Test(bytes, base64_has_one_spelling)
{
    /* Wrong lengths, characters outside the alphabet, padding in the middle or too much of it,
     * spare bits that are not zero, white space, and the URL alphabet. */
    static const char *const wrong[] = {"Z",        "Zg",       "Zg=",     "Zg===",    "=",
                                        "====",     "Z===",     "=Zg=",    "Zg=v",     "Zh==",
                                        "Zm9=",     "Zm9v Zm9", "Zm9\n",   "Zm9-",     "Zm9_",
                                        "Zg==Zg==", "Zm8=Zm9v", "Zm\x80v", "Zm9v=Zg=", "Zm.v"};
    for (size_t i = 0; i < WN__COUNT(wrong); i++) {
        uint8_t out[64];
        size_t len = strlen(wrong[i]);
        bool taken =
            wn__base64_size(wrong[i], len) != SIZE_MAX && wn__base64_decode(wrong[i], len, out);
        cr_expect_not(taken, "\"%s\" was taken", wrong[i]);
    }
}

/* ---- Cursor ---- */

Test(bytes, a_cursor_never_passes_the_end)
{
    const uint8_t data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    wn__cursor c = {data, sizeof data, 0};
    uint32_t v;
    cr_assert_null(wn__cursor_take(&c, 9));
    cr_assert_null(wn__cursor_take(&c, SIZE_MAX));
    cr_assert_eq(c.at, 0, "a failed read moves nothing");
    cr_assert(wn__cursor_read(&c, &v, sizeof v));
    cr_assert_eq(v, 0x04030201u);
    cr_assert_eq(wn__cursor_left(&c), 4);
    cr_assert_eq(wn__cursor_take(&c, 4), data + 4);
    cr_assert_eq(wn__cursor_take(&c, 0), data + 8);
    cr_assert_null(wn__cursor_take(&c, 1));
    cr_assert_not(wn__cursor_read(&c, &v, 1));
}

Test(bytes, loads_are_little_endian_at_any_address)
{
    const uint8_t data[12] = {0xff, 0x01, 0x02, 0x03, 0x84, 0x05, 0x06, 0x07, 0x88, 0, 0, 0};
    cr_assert_eq(wn__load_u32(data + 1), 0x84030201u);
    cr_assert_eq(wn__load_i32(data + 1), (int32_t)0x84030201u);
    cr_assert_eq(wn__load_i64(data + 1), (int64_t)0x8807060584030201u);
    const uint8_t one[9] = {0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f}; /* 1.0 from byte 1 on */
    cr_assert_eq(wn__load_f64(one + 1), 1.0);
    const uint8_t half[5] = {9, 0, 0, 0, 0x3f}; /* 0.5f from byte 1 on */
    cr_assert_eq(wn__load_f32(half + 1), 0.5f);
}

/* ---- Sizes ---- */

Test(bytes, checked_sizes_stop_at_the_largest)
{
    size_t out;
    cr_assert(wn__mul(SIZE_MAX, 1, &out) && out == SIZE_MAX);
    cr_assert_not(wn__mul(SIZE_MAX / 2 + 1, 2, &out));
    cr_assert(wn__mul(SIZE_MAX / 2, 2, &out) && out == SIZE_MAX - 1);
    cr_assert(wn__mul(0, SIZE_MAX, &out) && out == 0);
    cr_assert(wn__add(SIZE_MAX - 1, 1, &out) && out == SIZE_MAX);
    cr_assert_not(wn__add(SIZE_MAX, 1, &out));
}

Test(bytes, places_are_multiples_of_64_or_the_end)
{
    cr_assert_eq(wn__align64(0, 1000), 0);
    cr_assert_eq(wn__align64(1, 1000), 64);
    cr_assert_eq(wn__align64(64, 1000), 64);
    cr_assert_eq(wn__align64(65, 128), 128);
    cr_assert_eq(wn__align64(65, 127), 127);
    cr_assert_eq(wn__align64(65, 65), 65);
    cr_assert_eq(wn__align64(SIZE_MAX - 63, SIZE_MAX), SIZE_MAX - 63);
    cr_assert_eq(wn__align64(SIZE_MAX - 62, SIZE_MAX), SIZE_MAX);
}

/* ---- Writer ---- */

Test(bytes, a_writer_grows_and_remembers_a_failure)
{
    tally t = {0};
    wn_allocator allocator = tally_allocator(&t);
    wn__heap heap;
    wn__heap_init(&heap, &allocator);
    wn__writer w = {.heap = &heap};
    for (unsigned i = 0; i < 1000; i++) {
        uint8_t byte = (uint8_t)i;
        wn__write(&w, &byte, 1);
    }
    wn__write_zeros(&w, 3);
    wn__write_text(&w, "end");
    cr_assert_not(w.failed);
    cr_assert_eq(w.len, 1006);
    const uint8_t *bytes = w.buffer.data;
    for (unsigned i = 0; i < 1000; i++)
        cr_assert_eq(bytes[i], (uint8_t)i);
    cr_assert(memcmp(bytes + 1000, "\0\0\0end", 6) == 0);
    tally_fail(&t, 1, false);
    for (unsigned i = 0; i < 100000 && !w.failed; i++)
        wn__write_zeros(&w, 1);
    cr_assert(w.failed);
    size_t len = w.len;
    wn__write_text(&w, "more"); /* memory is there again, but the text has a hole */
    cr_assert(w.failed);
    cr_assert_eq(w.len, len);
    wn__heap_free_all(&heap);
    cr_assert_eq(atomic_load(&t.n_live), 0);
}
