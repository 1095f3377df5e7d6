/* test_file.c - the binary format under damage: every bit, every length, every rule of the layout.
 */
#include "bytes.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/* The layout, as format_winnow.c describes it. */
enum {
    AT_VERSION = 8,
    AT_OLDEST = 12,
    AT_FILE_SIZE = 16,
    AT_MANIFEST_SIZE = 24,
    AT_CHECKSUM = 32,
    AT_ZERO = 40,
    HEADER = 64
};

static wn_status open_bytes(const void *bytes, size_t len, wn_error *error)
{
    const wn_model *model;
    wn_status status = wn_model_open_memory(bytes, len, NULL, &model, error);
    cr_assert((status == WN_OK) == (model != NULL));
    wn_model_unref(model);
    return status;
}

static void set_u64(uint8_t *p, uint64_t value)
{
    memcpy(p, &value, sizeof value);
}

/* Makes length and checksum right again, so that whatever is wrong inside has to be found. */
static void seal(uint8_t *bytes, size_t len)
{
    set_u64(bytes + AT_FILE_SIZE, len);
    set_u64(bytes + AT_CHECKSUM, 0);
    set_u64(bytes + AT_CHECKSUM, XXH3_64bits(bytes, len));
}

/* ---- Damage in transit ---- */

Test(file, every_flipped_bit_is_refused)
{
    static const sample kinds[] = {SAMPLE_SCALED, SAMPLE_CHARS, SAMPLE_TREE};
    for (size_t k = 0; k < WN__COUNT(kinds); k++) {
        size_t len;
        uint8_t *bytes = sample_binary(kinds[k], 1, &len);
        cr_assert_eq(open_bytes(bytes, len, NULL), WN_OK);
        for (size_t i = 0; i < len * 8; i++) {
            wn_error error = {0};
            bytes[i / 8] ^= (uint8_t)(1 << i % 8);
            uint32_t oldest;
            memcpy(&oldest, bytes + AT_OLDEST, sizeof oldest);
            wn_status status = open_bytes(bytes, len, &error);
            bytes[i / 8] ^= (uint8_t)(1 << i % 8);
            cr_assert_neq(status, WN_OK, "bit %zu of byte %zu", i % 8, i / 8);
            cr_assert_eq(error.status, status);
            wn_status expected = i / 8 < 8    ? WN_ERROR_FORMAT
                                 : oldest > 2 ? WN_ERROR_VERSION
                                              : WN_ERROR_CORRUPT;
            cr_assert_eq(status, expected, "byte %zu: %s, %s", i / 8, wn_status_name(status),
                         error.message);
        }
        free(bytes);
    }
}

Test(file, every_other_length_is_refused)
{
    size_t len;
    uint8_t *bytes = sample_binary(SAMPLE_FOLDED, 1, &len);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *exact = malloc(cut + 1); /* a block of its own: a sanitizer sees reads behind it */
        memcpy(exact, bytes, cut);
        wn_status status = open_bytes(exact, cut, NULL);
        cr_assert_eq(status, cut < 8 ? WN_ERROR_FORMAT : WN_ERROR_CORRUPT, "%zu of %zu bytes", cut,
                     len);
        if (cut >= HEADER) { /* cut, and made to look whole */
            seal(exact, cut);
            status = open_bytes(exact, cut, NULL);
            cr_assert(status == WN_ERROR_CORRUPT || status == WN_ERROR_FORMAT, "%zu bytes: %s", cut,
                      wn_status_name(status));
        }
        free(exact);
    }
    for (size_t more = 1; more < 130; more++) {
        uint8_t *longer = calloc(1, len + more);
        memcpy(longer, bytes, len);
        cr_assert_eq(open_bytes(longer, len + more, NULL), WN_ERROR_CORRUPT);
        seal(longer, len + more);
        cr_assert_eq(open_bytes(longer, len + more, NULL), WN_ERROR_CORRUPT, "%zu more", more);
        free(longer);
    }
    free(bytes);
}

/* ---- The layout, with a right checksum ---- */

typedef struct image {
    uint8_t *bytes;
    size_t len;
} image;

/* Where the sections of labels, terms and rows are said to lie and how long to be; their content is
 * put there. Labels and terms have the same content, so that they may even share it: nothing but
 * the rules of the layout can refuse that. */
typedef struct layout {
    size_t offset[3], size[3];
    size_t tail;                              /* bytes behind the last section */
    const char *more_of_rows, *manifest_tail; /* keys, bytes behind the manifest; NULL: nothing */
} layout;

static const layout right = {{0, 64, 128}, {10, 10, 32}, 0, NULL, NULL};

static image build(const layout *l)
{
    static const uint8_t strings[10] = {1, 0, 0, 0, 2, 0, 0, 0, 'a', 'b'};
    char manifest[1200];
    int n = snprintf(
        manifest, sizeof manifest,
        "{\"winnow\":1,\"labels\":\"labels\",\"link\":\"raw\",\"blocks\":[{\"extractor\":\"words\","
        "\"tokens\":\"nonspace\",\"terms\":\"terms\",\"rows\":{\"encoding\":\"dense\",\"values\":"
        "\"rows\"}}],\"arrays\":{\"labels\":{\"dtype\":\"str\",\"shape\":[2],\"offset\":%zu,"
        "\"size\":%zu},\"terms\":{\"dtype\":\"str\",\"shape\":[2],\"offset\":%zu,\"size\":%zu},"
        "\"rows\":{\"dtype\":\"f64\",\"shape\":[2,2],\"offset\":%zu,\"size\":%zu%s}}}%s",
        l->offset[0], l->size[0], l->offset[1], l->size[1], l->offset[2], l->size[2],
        l->more_of_rows != NULL ? l->more_of_rows : "",
        l->manifest_tail != NULL ? l->manifest_tail : "");
    size_t begin = (HEADER + (size_t)n + 63) & ~(size_t)63, end = 0;
    for (size_t i = 0; i < 3; i++) {
        if (l->offset[i] < 1000 && l->offset[i] + right.size[i] > end)
            end = l->offset[i] + right.size[i];
    }
    size_t len = begin + end + l->tail;
    uint8_t *bytes = calloc(1, len);
    memcpy(bytes, "\x93WINNOW\n\1\0\0\0\1\0\0\0", 16);
    set_u64(bytes + AT_MANIFEST_SIZE, (uint64_t)n);
    memcpy(bytes + HEADER, manifest, (size_t)n);
    for (size_t i = 0; i < 2; i++) {
        if (l->offset[i] < 1000)
            memcpy(bytes + begin + l->offset[i], strings, sizeof strings);
    }
    seal(bytes, len);
    return (image){bytes, len};
}

static void check_layout(const layout *l, wn_status expected, const char *what)
{
    image i = build(l);
    wn_error error = {0};
    wn_status status = open_bytes(i.bytes, i.len, &error);
    cr_expect_eq(status, expected, "%s: %s (%s)", what, wn_status_name(status), error.message);
    free(i.bytes);
}

Test(file, sections_have_one_place_each)
{
    layout l = right;
    check_layout(&l, WN_OK, "as it has to be");
    static const struct {
        size_t offset[3];
        const char *what;
    } rows[] = {
        {{0, 0, 64}, "two sections share their bytes"},
        {{0, 64, 192}, "a hole"},
        {{64, 128, 192}, "a hole in front"},
        {{0, 16, 64}, "not aligned"},
        {{0, 10, 64}, "one behind the other"},
        {{64, 0, 128}, "in another order"},
        {{0, 64, 1 << 20}, "behind the end"},
        {{(size_t)1 << 60, 0, 64}, "an offset that no double holds"},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        l = right;
        memcpy(l.offset, rows[i].offset, sizeof l.offset);
        check_layout(&l, WN_ERROR_CORRUPT, rows[i].what);
    }
}

Test(file, sections_have_the_size_that_their_shape_asks_for)
{
    layout l = right;
    static const size_t rows[] = {0, 8, 31, 33, 64, 1 << 20, (size_t)1 << 53, (size_t)1 << 54};
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        l.size[2] = rows[i];
        check_layout(&l, WN_ERROR_CORRUPT, "rows");
    }
    l = right;
    static const size_t strings[] = {0, 7, 8, 9, 11, 74};
    for (size_t i = 0; i < WN__COUNT(strings); i++) {
        l.size[1] = strings[i];
        check_layout(&l, WN_ERROR_CORRUPT, "terms");
    }
    l = right;
    l.more_of_rows = ",\"data\":\"\"";
    check_layout(&l, WN_ERROR_CORRUPT, "a section with data");
    l = right;
    l.tail = 1;
    check_layout(&l, WN_ERROR_CORRUPT, "a byte after the last section");
    l.tail = 32;
    check_layout(&l, WN_ERROR_CORRUPT, "padding after the last section");
}

Test(file, what_is_between_the_parts_is_zero)
{
    image i = build(&right);
    cr_assert_eq(open_bytes(i.bytes, i.len, NULL), WN_OK);
    uint64_t manifest_size;
    memcpy(&manifest_size, i.bytes + AT_MANIFEST_SIZE, 8);
    size_t end = HEADER + (size_t)manifest_size, begin = (end + 63) & ~(size_t)63, n_zeros = 0;
    cr_assert_gt(begin, end, "there is padding to damage");
    for (size_t at = end; at < i.len; at++) {
        size_t in_section = at - begin;
        bool is_padding = at < begin || (in_section >= 10 && in_section < 64) ||
                          (in_section >= 74 && in_section < 128);
        if (!is_padding)
            continue;
        n_zeros++;
        wn_error error = {0};
        i.bytes[at] = 1;
        seal(i.bytes, i.len);
        cr_assert_eq(open_bytes(i.bytes, i.len, &error), WN_ERROR_CORRUPT, "byte %zu", at);
        cr_assert_eq(error.offset, at);
        i.bytes[at] = 0;
    }
    cr_assert_gt(n_zeros, 100);
    for (size_t at = AT_ZERO; at < HEADER; at++) {
        i.bytes[at] = 1;
        seal(i.bytes, i.len);
        cr_assert_eq(open_bytes(i.bytes, i.len, NULL), WN_ERROR_CORRUPT, "byte %zu", at);
        i.bytes[at] = 0;
    }
    free(i.bytes);
    layout l = right;
    l.manifest_tail = " \n";
    check_layout(&l, WN_OK, "white space after the manifest");
    l.manifest_tail = "{}";
    check_layout(&l, WN_ERROR_CORRUPT, "something after the manifest");
}

Test(file, header_fields)
{
    image i = build(&right);
    uint32_t v[2];
    static const struct {
        uint32_t version, oldest;
        wn_status status;
    } rows[] = {
        {1, 1, WN_OK},
        {2, 1, WN_OK}, /* newer, but readable by this version */
        {UINT32_MAX, 1, WN_OK},
        {2, 2, WN_OK},
        {3, 2, WN_OK},
        {1, 2, WN_ERROR_CORRUPT},
        {3, 3, WN_ERROR_VERSION},
        {1, 3, WN_ERROR_VERSION},
        {UINT32_MAX, UINT32_MAX, WN_ERROR_VERSION},
        {0, 0, WN_ERROR_CORRUPT},
        {1, 0, WN_ERROR_CORRUPT},
        {0, 1, WN_ERROR_CORRUPT},
    };
    for (size_t r = 0; r < WN__COUNT(rows); r++) {
        v[0] = rows[r].version;
        v[1] = rows[r].oldest;
        memcpy(i.bytes + AT_VERSION, v, sizeof v);
        seal(i.bytes, i.len);
        wn_error error = {0};
        cr_expect_eq(open_bytes(i.bytes, i.len, &error), rows[r].status, "%u, %u: %s",
                     (unsigned)v[0], (unsigned)v[1], error.message);
    }
    v[0] = v[1] = 1;
    memcpy(i.bytes + AT_VERSION, v, sizeof v);
    static const uint64_t sizes[] = {0, 1, UINT64_MAX, (uint64_t)1 << 63, 1 << 20};
    for (size_t s = 0; s < WN__COUNT(sizes); s++) {
        set_u64(i.bytes + AT_MANIFEST_SIZE, sizes[s]);
        seal(i.bytes, i.len);
        wn_status status = open_bytes(i.bytes, i.len, NULL);
        cr_expect(status == WN_ERROR_CORRUPT || status == WN_ERROR_FORMAT, "manifest size %llu: %s",
                  (unsigned long long)sizes[s], wn_status_name(status));
    }
    free(i.bytes);
}

/* What is missing is said where it is missing. */
Test(file, a_header_and_a_manifest_have_their_room)
{
    image i = build(&right);
    const struct {
        size_t len;
        uint64_t manifest_size;
        wn_status status;
        uint64_t offset;
        const char *message;
    } rows[] = {
        {HEADER - 1, 0, WN_ERROR_CORRUPT, HEADER - 1, "shorter than its header"},
        {HEADER, 0, WN_ERROR_FORMAT, HEADER, "not a JSON object"},
        {HEADER, 1, WN_ERROR_CORRUPT, AT_MANIFEST_SIZE, "the manifest ends outside"},
        {i.len, i.len - HEADER, WN_ERROR_CORRUPT, UINT64_MAX, "manifest: "},
        {i.len, i.len - HEADER + 1, WN_ERROR_CORRUPT, AT_MANIFEST_SIZE,
         "the manifest ends outside"},
    };
    for (size_t r = 0; r < WN__COUNT(rows); r++) {
        wn_error error = {.message = ""};
        uint8_t *bytes = malloc(rows[r].len);
        memcpy(bytes, i.bytes, rows[r].len);
        set_u64(bytes + AT_MANIFEST_SIZE, rows[r].manifest_size);
        seal(bytes, rows[r].len);
        cr_expect_eq(open_bytes(bytes, rows[r].len, &error), rows[r].status);
        cr_expect_not_null(strstr(error.message, rows[r].message), "%zu: %s", r, error.message);
        if (rows[r].offset != UINT64_MAX)
            cr_expect_eq(error.offset, rows[r].offset, "%zu: %s", r, error.message);
        free(bytes);
    }
    free(i.bytes);
    wn_error error;
    cr_expect_eq(open_bytes("", 0, &error), WN_ERROR_FORMAT);
    cr_expect_str_eq(error.message, "the file is empty");
    cr_expect_eq(open_bytes("x", 1, &error), WN_ERROR_FORMAT);
    cr_expect_not_null(strstr(error.message, "not a model"), "%s", error.message);
}

/* ---- Files of the operating system ---- */

Test(file, only_regular_files_within_the_limit_are_opened)
{
    char path[64];
    size_t len;
    uint8_t *bytes = sample_binary(SAMPLE_SCALED, 1, &len);
    temporary_name(path);
    write_file(path, bytes, len);
    const wn_model *model;
    wn_error error;
    wn_open_options options = {.size = sizeof options, .max_file_size = len};
    cr_expect_eq(wn_model_open(path, &options, &model, &error), WN_OK);
    unlink(path); /* it may go once it is open */
    wn_ctx *ctx;
    wn_result result;
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
    cr_expect_eq(wn_classify(ctx, &model, 1, "winter", 6, NULL, &result), WN_OK);
    wn_ctx_free(ctx);
    wn_model_unref(model);
    write_file(path, bytes, len);
    options.max_file_size = len - 1;
    cr_expect_eq(wn_model_open(path, &options, &model, &error), WN_ERROR_LIMIT);
    cr_expect_eq(wn_model_open_memory(bytes, len, &options, &model, &error), WN_ERROR_LIMIT);
    cr_expect_null(model);
    write_file(path, "", 0);
    cr_expect_eq(wn_model_open(path, NULL, &model, &error), WN_ERROR_FORMAT);
    unlink(path);
    cr_expect_eq(wn_model_open(path, NULL, &model, &error), WN_ERROR_IO);
    cr_expect(strstr(error.message, path) != NULL, "%s", error.message);
    cr_expect_eq(wn_model_open("/", NULL, &model, &error), WN_ERROR_IO);
    cr_expect_eq(wn_model_open("/dev/zero", NULL, &model, &error), WN_ERROR_IO);
    cr_expect_eq(mkfifo(path, 0600), 0);
    cr_expect_eq(wn_model_open(path, NULL, &model, &error), WN_ERROR_IO, "a pipe, without waiting");
    unlink(path);
    free(bytes);
}
