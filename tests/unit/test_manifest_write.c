/* test_manifest_write.c - manifests as they are written: every kind of field and of array, once. */
#include "format.h"
#include "manifest.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static wn__spec spec, again;

static void start(void)
{
    wn__spec_init(&spec, NULL);
    wn__spec_init(&again, NULL);
}

static void stop(void)
{
    wn__spec_free(&spec);
    wn__spec_free(&again);
}

TestSuite(manifest_write, .init = start, .fini = stop);

/* The text belongs to the spec. */
static const char *written(wn__spec *from, size_t *len)
{
    wn__writer w = {.heap = &from->heap};
    wn_error error;
    cr_assert_eq(wn__format_json.write(&w, from, &error), WN_OK, "%s", error.message);
    *len = w.len;
    wn__write(&w, "", 1);
    cr_assert_not(w.failed);
    return w.buffer.data;
}

/* A model in the spelling of the writer, by hand. Enumerations, whole numbers and pairs are always
 * there; what is false, empty, 0 or no number is left out. */
static const char by_hand[] =
    "{\"winnow\": 1,\n"
    " \"name\": \"a \\\"b\\\" \\\\ \\u0001\\u001f \\u007f\xC3\xA9/\", \"normalize\": "
    "[\"lower_ascii\", \"lower\"], \"unicode\": \"14.0\", \"labels\": \"s\", \"link\": "
    "\"softmax\", \"multi_label\": true, \"bias\": \"d\", \"sum_order\": \"descending\", "
    "\"weighting\": {\"binarize\": 0.5, \"norm\": \"none\"}, \"stages\": [{\"norm\": \"max\"}, "
    "{\"norm\": \"none\", \"matrix\": {\"encoding\": \"dense\", \"values\": \"f\"}}], \"members\": "
    "2, \"calibration\": {\"method\": \"isotonic\", \"input\": \"probability\", \"normalize\": "
    "\"mean\", \"ends\": \"u\"}, \"probe_tolerance\": 0.0009765625,\n"
    " \"blocks\": [\n"
    "  {\"extractor\": \"words\", \"field\": \"title\", \"normalize\": [], \"tokens\": "
    "\"nonspace\", \"min_length\": 1, \"ngrams\": [1, 2], \"terms\": \"s\", \"weighting\": "
    "[{\"binary\": true, \"norm\": \"none\"}, {\"sublinear_tf\": true, \"norm\": \"l2\"}], "
    "\"rows\": {\"encoding\": \"dense\", \"values\": \"f\"}},\n"
    "  {\"extractor\": \"chars\", \"ngrams\": [3, 3], \"hash\": {\"n_features\": 16, "
    "\"alternate_sign\": true}, \"rows\": {\"encoding\": \"product\", \"codes\": \"b\", \"dim\": "
    "3, "
    "\"sub_dim\": 2}}],\n"
    " \"probes\": [\n"
    "  {\"text\": \"x\", \"scores\": []},\n"
    "  {\"text\": \"\", \"scores\": [0.10000000000000001]},\n"
    "  {\"fields\": [\"x\", \"y\\u000a\"], \"scores\": [1, -2.5]},\n"
    "  {\"fields\": [], \"scores\": []}],\n"
    " \"arrays\": {\n"
    "  \"s\": {\"dtype\": \"str\", \"shape\": [3], \"values\": [\"a\", \"\", \"\\\"\"]},\n"
    "  \"b\": {\"dtype\": \"u8\", \"shape\": [2], \"values\": [0, 255]},\n"
    "  \"c\": {\"dtype\": \"i8\", \"shape\": [2, 1], \"values\": [-128, 127]},\n"
    "  \"i\": {\"dtype\": \"i32\", \"shape\": [2], \"values\": [-2147483648, 2147483647]},\n"
    "  \"u\": {\"dtype\": \"u32\", \"shape\": [2], \"values\": [0, 4294967295]},\n"
    "  \"l\": {\"dtype\": \"i64\", \"shape\": [1], \"data\": \"AQAAAAAAAIA=\"},\n"
    "  \"h\": {\"dtype\": \"f16\", \"shape\": [2], \"data\": \"ADwAwA==\"},\n"
    "  \"f\": {\"dtype\": \"f32\", \"shape\": [1, 2], \"values\": [0.100000001, -16777216]},\n"
    "  \"d\": {\"dtype\": \"f64\", \"shape\": [2], \"values\": [0.10000000000000001, -0]},\n"
    "  \"n\": {\"dtype\": \"str\", \"shape\": [0], \"values\": []}}}\n";

Test(manifest_write, a_manifest_is_written_as_it_was_read)
{
    wn_error error;
    size_t len;
    cr_assert_eq(wn__manifest_read(&spec, by_hand, strlen(by_hand), 0, NULL, &error), WN_OK, "%s",
                 error.message);
    const char *text = written(&spec, &len);
    size_t same = 0;
    while (by_hand[same] != '\0' && text[same] == by_hand[same])
        same++;
    cr_expect_eq(len, strlen(by_hand));
    cr_expect(text[same] == '\0' && by_hand[same] == '\0',
              "from byte %zu:\n%.100s\nand not\n%.100s", same, text + same, by_hand + same);
}

/* ---- Arrays ---- */

/* Adds strings of one byte each. */
static void add_strings(const char *name, uint32_t n, char byte)
{
    wn__array_ref ref;
    wn__array *array = wn__spec_add_array(&spec, name, &ref);
    uint8_t *data = wn__heap_alloc(&spec.heap, n, 5);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t end = i + 1;
        memcpy(data + 4 * (size_t)i, &end, sizeof end);
    }
    memset(data + 4 * (size_t)n, byte, n);
    array->dtype = WN__STR;
    array->shape[0] = n;
    array->data = data;
    array->size = 5 * (size_t)n;
}

static void add_numbers(const char *name, wn__dtype dtype, size_t n)
{
    wn__array_ref ref;
    wn__array *array = wn__spec_add_array(&spec, name, &ref);
    array->dtype = dtype;
    array->shape[0] = n;
    array->size = n * wn__dtypes[dtype].size;
    array->data = wn__heap_zalloc(&spec.heap, array->size, 1);
}

/* What is short and text is written to be read by people, all else as bytes; both read back. */
Test(manifest_write, arrays_are_readable_or_whole)
{
    static const char *const readable[] = {"b64", "u64", "f64", "d64", "s1024"};
    static const char *const whole[] = {"b65", "u65", "f65", "d65", "h1", "l1", "s1025", "z", "x"};
    wn__spec_block_init(&spec.blocks[0]);
    spec.blocks[0].extractor = WN__EXTRACT_CHARS;
    spec.n_blocks = 1;
    add_numbers("b64", WN__U8, 64);
    add_numbers("b65", WN__U8, 65);
    add_numbers("u64", WN__U32, 64);
    add_numbers("u65", WN__U32, 65);
    add_numbers("f64", WN__F32, 64);
    add_numbers("f65", WN__F32, 65);
    add_numbers("d64", WN__F64, 64);
    add_numbers("d65", WN__F64, 65);
    add_numbers("h1", WN__F16, 1);
    add_numbers("l1", WN__I64, 1);
    add_strings("s1024", 1024, 'a');
    add_strings("s1025", 1025, 'a');
    add_strings("z", 2, '\0');
    add_strings("x", 2, '\xff'); /* no UTF-8 */
    size_t len;
    const char *text = written(&spec, &len);
    cr_expect_null(strstr(text, "\"probes\""), "there are none");
    cr_assert_eq(spec.n_arrays, WN__COUNT(readable) + WN__COUNT(whole));
    for (size_t i = 0; i < spec.n_arrays; i++) {
        bool is_readable = i < WN__COUNT(readable);
        const char *name = is_readable ? readable[i] : whole[i - WN__COUNT(readable)];
        char key[32];
        snprintf(key, sizeof key, "\n  \"%s\": {", name);
        const char *at = strstr(text, key), *end = at != NULL ? strchr(at, ']') : NULL;
        cr_assert_not_null(end, "%s", name);
        const char *expected = is_readable ? "], \"values\": [" : "], \"data\": \"";
        cr_expect(strncmp(end, expected, strlen(expected)) == 0, "%s: %.20s", name, end);
    }
    wn_error error;
    cr_assert_eq(wn__manifest_read(&again, text, len, 0, NULL, &error), WN_OK, "%s", error.message);
    cr_assert_eq(again.n_arrays, spec.n_arrays);
    for (size_t i = 0; i < spec.n_arrays; i++) {
        const wn__array *a = &spec.arrays[i], *b = &again.arrays[i];
        cr_expect(strcmp(a->name, b->name) == 0 && a->dtype == b->dtype && a->size == b->size);
        cr_expect(memcmp(a->data, b->data, a->size) == 0, "%s", a->name);
    }
}

/* Strings of which one byte more than they have would be no text, or text. */
Test(manifest_write, each_string_is_text_of_its_own)
{
    static const struct {
        uint32_t ends[2];
        const char *bytes;
        bool is_readable;
    } rows[] = {
        {{2, 4}, "\xC3\xA9\xC3\xA9", true},
        {{1, 4}, "\xC3\xA9\xC3\xA9", false}, /* together they are UTF-8 */
        {{3, 4}, "\xC3\xA9\xC3\xA9", false},
        {{0, 4}, "\xC3\xA9\xC3\xA9", true},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        uint8_t data[12];
        wn__array_ref ref;
        memcpy(data, rows[i].ends, 8);
        memcpy(data + 8, rows[i].bytes, 4);
        wn__spec_block_init(&spec.blocks[0]);
        spec.n_blocks = 1;
        spec.n_arrays = 0;
        wn__array *array = wn__spec_add_array(&spec, "s", &ref);
        array->dtype = WN__STR;
        array->shape[0] = 2;
        array->data = data;
        array->size = sizeof data;
        size_t len;
        bool is_readable = strstr(written(&spec, &len), "\"values\": [") != NULL;
        cr_expect_eq(is_readable, rows[i].is_readable, "%zu", i);
    }
}
