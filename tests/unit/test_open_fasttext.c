/* test_open_fasttext.c - fastText's own files: where their rows are, and large ones, whose rows are
 * folded while they are read. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "format.h"
#include "model.h"

#include "judge.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[64];

static void start(void)
{
    temporary_name(path);
}

static void stop(void)
{
    unlink(path);
}

static wn_status open_as(wn_scoring scoring, const wn_model **model, wn_error *error)
{
    wn_open_options options = {.size = sizeof options, .scoring = scoring};
    return wn_model_open(path, &options, model, error);
}

typedef struct bin {
    uint8_t *bytes;
    size_t len, rows, end; /* where the rows begin and end */
} bin;

static void put(bin *b, const void *p, size_t n)
{
    memcpy(b->bytes + b->len, p, n);
    b->len += n;
}

static void put_matrix(bin *b, int64_t n, int64_t dim, uint64_t *random)
{
    put(b, "", 1);
    put(b, &n, 8);
    put(b, &dim, 8);
    for (int64_t i = 0; i < n * dim; i++) {
        float x = random_float(random);
        put(b, &x, 4);
    }
}

/* Two words, three labels, bigrams and subwords, and 17 MB of rows. */
static bin make_bin(void)
{
    enum { DIM = 4, BUCKET = 1100000 };
    bin b = {.bytes = malloc((size_t)BUCKET * DIM * 4 + 1000)};
    int32_t header[14] = {793712314, 12, DIM, 5, 1, 1, 5, 2, 3, 3, BUCKET, 2, 3, 100};
    int32_t sizes[3] = {5, 2, 3};
    int64_t counts[2] = {10, -1}, count = 1;
    double t = 1e-4;
    uint64_t random = 3;
    static const char *const entries[] = {"alpha", "</s>", "__label__a", "__label__b",
                                          "__label__c"};
    put(&b, header, sizeof header);
    put(&b, &t, 8);
    put(&b, sizes, sizeof sizes);
    put(&b, counts, sizeof counts);
    for (size_t i = 0; i < 5; i++) {
        uint8_t type = i >= 2;
        put(&b, entries[i], strlen(entries[i]) + 1);
        put(&b, &count, 8);
        put(&b, &type, 1);
    }
    b.rows = b.len + 17;
    put_matrix(&b, BUCKET + 2, DIM, &random);
    b.end = b.len;
    put_matrix(&b, 3, DIM, &random);
    return b;
}

/* A model whose rows are codes, as long as if they were dense: a word has all the letters that this
 * takes. */
static bin make_long_ftz(uint64_t seed)
{
    enum { DIM = 1024, BUCKET = 4200, LETTERS = 18 << 20 };
    bin b = {.bytes = malloc(LETTERS + DIM * 1100 + 1000)};
    int32_t header[14] = {793712314, 12, DIM, 5, 1, 1, 5, 2, 3, 3, BUCKET, 0, 0, 100};
    int32_t sizes[3] = {3, 1, 2}, n_codes = 2 * (1 + BUCKET);
    int32_t quantizer[4] = {DIM, 2, DIM / 2, DIM / 2};
    int64_t counts[2] = {10, -1}, count = 1, shape[2] = {1 + BUCKET, DIM};
    double t = 1e-4;
    static const char labels[] = "__label__a\0\1\0\0\0\0\0\0\0\1__label__b\0\1\0\0\0\0\0\0\0\1";
    put(&b, header, sizeof header);
    put(&b, &t, 8);
    put(&b, sizes, sizeof sizes);
    put(&b, counts, sizeof counts);
    memset(b.bytes + b.len, 'x', LETTERS);
    b.len += LETTERS;
    put(&b, "", 1);
    put(&b, &count, 8);
    put(&b, "", 1);
    put(&b, labels, sizeof labels - 1);
    put(&b, "\1", 2); /* quantised, without norms */
    put(&b, shape, sizeof shape);
    put(&b, &n_codes, 4);
    for (int32_t i = 0; i < n_codes; i++)
        b.bytes[b.len++] = (uint8_t)random_below(&seed, 256);
    put(&b, quantizer, sizeof quantizer);
    for (int32_t i = 0; i < DIM * 256; i++) {
        float x = (float)(i % 251 - 125) / 125;
        put(&b, &x, 4);
    }
    put_matrix(&b, 2, DIM, &seed);
    return b;
}

/* Memory that has been used: a new block holds what there was before. */
typedef struct used_memory {
    const uint8_t *before; /* [len] */
    size_t len;
    size_t begin, end; /* what is looked at in the first block that is longer than that */
    uint8_t *image;    /* that block */
    bool is_as_before; /* when it was given back */
} used_memory;

enum { BLOCK_HEADER = 64 }; /* of heap.c: what is aligned is given out behind it */

static void *allocate_used(void *user, size_t size)
{
    used_memory *m = user;
    uint8_t *block = aligned_alloc(64, (size + 63) & ~(size_t)63);
    size_t n = size - BLOCK_HEADER < m->len ? size - BLOCK_HEADER : m->len;
    memcpy(block + BLOCK_HEADER, m->before, n);
    if (size > m->len && m->image == NULL)
        m->image = block;
    return block;
}

static void release_used(void *user, void *block)
{
    used_memory *m = user;
    if (block != NULL && block == m->image)
        m->is_as_before = memcmp(m->image + BLOCK_HEADER + m->begin, m->before + m->begin,
                                 m->end - m->begin) == 0;
    free(block);
}

Test(open_fasttext, what_memory_held_before_is_not_taken_for_the_file, .init = start, .fini = stop)
{
    /* Not all of the file is read at first: the place of its codes has those of another one. */
    bin b = make_long_ftz(1), other = make_long_ftz(2);
    used_memory memory = {.before = other.bytes, .len = other.len};
    wn_allocator allocator = {allocate_used, release_used, &memory};
    wn_open_options options = {.size = sizeof options, .allocator = &allocator};
    const wn_model *read, *image;
    wn_error error;
    write_file(path, b.bytes, b.len);
    cr_assert_eq(wn_model_open(path, &options, &read, &error), WN_OK, "%s", error.message);
    cr_assert_eq(wn_model_open_memory(b.bytes, b.len, NULL, &image, &error), WN_OK);
    cr_assert_eq(read->checksum, image->checksum);
    cr_assert_eq(digest_of_model(read), digest_of_model(image));
    wn_model_unref(read);
    wn_model_unref(image);
    free(other.bytes);
    free(b.bytes);
}

Test(open_fasttext, rows_that_are_folded_while_they_are_read_are_those_of_the_image, .init = start,
     .fini = stop)
{
    bin b = make_bin();
    uint8_t *before = malloc(b.len);
    memset(before, 0xa5, b.len);
    write_file(path, b.bytes, b.len);
    for (int scoring = 0; scoring < 2; scoring++) {
        wn_open_options options = {.size = sizeof options, .scoring = (wn_scoring)scoring};
        used_memory memory = {.before = before, .len = b.len, .begin = b.rows, .end = b.end};
        wn_allocator allocator = {allocate_used, release_used, &memory};
        const wn_model *read, *image;
        wn_error error;
        options.allocator = &allocator;
        cr_assert_eq(wn_model_open(path, &options, &read, &error), WN_OK, "%s", error.message);
        cr_assert(memory.is_as_before, "the rows were in memory twice");
        options.allocator = NULL;
        cr_assert_eq(wn_model_open_memory(b.bytes, b.len, &options, &image, &error), WN_OK);
        cr_assert_eq(read->checksum, image->checksum);
        cr_assert_eq(digest_of_model(read), digest_of_model(image));
        const wn__table *x = scoring == 0 ? &read->blocks[0].fast : &read->blocks[0].exact,
                        *y = scoring == 0 ? &image->blocks[0].fast : &image->blocks[0].exact;
        cr_assert_eq(memcmp(x->f32, y->f32, x->n * x->stride * sizeof(float)), 0);
        wn_model_unref(read);
        wn_model_unref(image);
    }
    free(before);
    free(b.bytes);
}

Test(open_fasttext, damage_is_found_while_rows_are_read, .init = start, .fini = stop)
{
    bin b = make_bin();
    const float bad = NAN;
    const wn_model *model;
    wn_error error;
    for (int scoring = 0; scoring < 2; scoring++) {
        size_t places[] = {0, 999999, 4400004};
        for (size_t i = 0; i < WN__COUNT(places); i++) {
            float old;
            memcpy(&old, b.bytes + b.rows + 4 * places[i], 4);
            memcpy(b.bytes + b.rows + 4 * places[i], &bad, 4);
            write_file(path, b.bytes, b.len);
            cr_assert_eq(open_as((wn_scoring)scoring, &model, &error), WN_ERROR_CORRUPT);
            cr_assert_not_null(strstr(error.message, "not finite"));
            memcpy(b.bytes + b.rows + 4 * places[i], &old, 4);
        }
        static const size_t cuts[] = {1, 4, 47, 48, 100, 1000000};
        for (size_t i = 0; i < WN__COUNT(cuts); i++) {
            write_file(path, b.bytes, b.len - cuts[i]);
            cr_assert_eq(open_as((wn_scoring)scoring, &model, &error), WN_ERROR_CORRUPT);
        }
        write_file(path, b.bytes, b.len + 4);
        cr_assert_eq(open_as((wn_scoring)scoring, &model, &error), WN_ERROR_CORRUPT);
    }
    free(b.bytes);
}

/* The loss decides what scores are, and version 11 has no subwords. */
Test(open_fasttext, what_a_fasttext_file_says)
{
    enum { AT_VERSION = 4, AT_NGRAMS = 28, AT_LOSS = 32, AT_MINN = 44, AT_MAXN = 48 };
    static const struct {
        int32_t version, ngrams, loss, minn, maxn;
        wn_link link;
        bool sigmoid_table, multi_label;
        int64_t longest, subwords[2];
    } rows[] = {
        {12, 2, 1, 2, 3, WN_LINK_HIERARCHICAL_SOFTMAX, false, false, 2, {2, 3}},
        {12, 1, 2, 2, 3, WN_LINK_SIGMOID, true, false, 1, {2, 3}}, /* negative sampling */
        {12, 0, 3, 2, 2, WN_LINK_SOFTMAX, false, false, 1, {2, 2}},
        {12, 3, 4, 2, 0, WN_LINK_SIGMOID, true, true, 3, {0, 0}}, /* one against all */
        {11, 2, 3, 2, 3, WN_LINK_SOFTMAX, false, false, 2, {0, 0}},
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        uint32_t fields[64];
        size_t n_fields, len;
        uint8_t *bytes = fasttext_file(FASTTEXT_SOFTMAX, 5, &len, fields, &n_fields);
        memcpy(bytes + AT_VERSION, &rows[i].version, 4);
        memcpy(bytes + AT_NGRAMS, &rows[i].ngrams, 4);
        memcpy(bytes + AT_LOSS, &rows[i].loss, 4);
        memcpy(bytes + AT_MINN, &rows[i].minn, 4);
        memcpy(bytes + AT_MAXN, &rows[i].maxn, 4);
        wn__spec spec;
        wn_error error;
        wn__spec_init(&spec, NULL);
        cr_assert_eq(wn__format_fasttext.read(&spec, bytes, len, &error), WN_OK, "%s",
                     error.message);
        const wn__spec_block *block = &spec.blocks[0];
        cr_expect_eq(spec.link, rows[i].link, "%zu", i);
        cr_expect_eq(spec.sigmoid_table, rows[i].sigmoid_table, "%zu", i);
        cr_expect_eq(spec.multi_label, rows[i].multi_label, "%zu", i);
        cr_expect_eq(spec.label_counts >= 0, rows[i].loss == 1, "%zu", i);
        cr_expect_eq(block->ngrams[1], rows[i].longest, "%zu", i);
        cr_expect_eq(block->subwords[0], rows[i].subwords[0], "%zu", i);
        cr_expect_eq(block->subwords[1], rows[i].subwords[1], "%zu", i);
        cr_expect_not_null(strstr(spec.trainer, rows[i].version == 11 ? "11" : "12"));
        wn__spec_free(&spec);
        free(bytes);
    }
}

/* Where the rows of a large file begin is known by its first bytes and its length. */
Test(open_fasttext, rows_are_where_the_length_says)
{
    enum { ROWS = 1 << 20, DIM = 4, LABELS = 3, BEHIND = LABELS * DIM * 4 + 17 };
    const int32_t numbers[14] = {793712314, 12, DIM, 5, 1, 1, 5, 1, 3, 3, ROWS, 0, 0, 100};
    const size_t size = (size_t)ROWS * DIM * 4; /* 16 MiB: large enough */
    static const struct {
        int field; /* of numbers; -1: none */
        int32_t value;
        int64_t n_pruned;
        size_t n, len; /* len: more than header, rows and what is behind them */
        bool are_found;
    } rows[] = {
        {-1, 0, -1, WN__FASTTEXT_HEADER, 1000, true},
        {-1, 0, -1, WN__FASTTEXT_HEADER - 1, 1000, false},
        {-1, 0, -1, WN__FASTTEXT_HEADER, 0, true},
        {-1, 0, -1, WN__FASTTEXT_HEADER, SIZE_MAX, false}, /* one less */
        {-1, 0, 0, WN__FASTTEXT_HEADER, 1000, false},
        {10, ROWS - 1, -1, WN__FASTTEXT_HEADER, 1000, false}, /* too small */
        {0, 7, -1, WN__FASTTEXT_HEADER, 1000, false},
        {8, 9, -1, WN__FASTTEXT_HEADER, 1000, false},
        {10, INT32_MAX, -1, WN__FASTTEXT_HEADER, 1000, false}, /* more than there is */
    };
    for (size_t i = 0; i < WN__COUNT(rows); i++) {
        uint8_t bytes[WN__FASTTEXT_HEADER];
        bin b = {.bytes = bytes};
        const int32_t sizes[3] = {LABELS, 0, LABELS};
        const int64_t counts[2] = {10, rows[i].n_pruned};
        const double t = 1e-4;
        put(&b, numbers, sizeof numbers);
        put(&b, &t, sizeof t);
        put(&b, sizes, sizeof sizes);
        put(&b, counts, sizeof counts);
        cr_assert_eq(b.len, sizeof bytes);
        if (rows[i].field >= 0)
            memcpy(bytes + 4 * rows[i].field, &rows[i].value, 4);
        size_t begin = 0, found = 0, len = sizeof bytes + size + BEHIND + rows[i].len;
        bool are_found = wn__format_fasttext_rows(bytes, rows[i].n, len, &begin, &found);
        cr_expect_eq(are_found, rows[i].are_found, "%zu", i);
        if (!are_found)
            continue;
        cr_expect_eq(found, size, "%zu", i);
        cr_expect_eq(begin, sizeof bytes + rows[i].len, "%zu", i);
    }
}

/* 4 GiB of one letter are a file of 16 MiB, mapped again and again. */
Test(open_fasttext, words_have_less_than_4_gib, .init = start, .fini = stop)
{
    enum { PART = 16 << 20 };
    const size_t total = ((size_t)UINT32_MAX / PART + 2) * PART;
    uint8_t *part = malloc(PART);
    memset(part, 'a', PART);
    write_file(path, part, PART);
    free(part);
    int fd = open(path, O_RDONLY);
    uint8_t *all = mmap(NULL, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cr_assert(fd >= 0 && all != MAP_FAILED);
    for (size_t at = 0; at < total; at += PART) {
        void *here = mmap(all + at, PART, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, fd, 0);
        cr_assert_neq(here, MAP_FAILED);
    }
    close(fd);
    /* A word as long as all words may be, and one that is of the wrong type or too much. */
    for (uint8_t type = 0; type < 2; type++) {
        const int32_t numbers[14] = {793712314, 12, 1, 5, 1, 1, 5, 1, 3, 3, 0, 0, 0, 100};
        const int32_t sizes[3] = {3, 2, 1};
        const int64_t counts[2] = {10, -1}, count = 1;
        const double t = 1e-4;
        bin b = {.bytes = all};
        put(&b, numbers, sizeof numbers);
        put(&b, &t, sizeof t);
        put(&b, sizes, sizeof sizes);
        put(&b, counts, sizeof counts);
        b.len += UINT32_MAX;
        put(&b, "", 1);
        put(&b, &count, sizeof count);
        put(&b, "", 1);
        put(&b, "b", 2);
        put(&b, &count, sizeof count);
        put(&b, &type, 1);
        wn__spec spec;
        wn_error error;
        wn__spec_init(&spec, NULL);
        cr_expect_eq(wn__format_fasttext.read(&spec, all, b.len, &error), WN_ERROR_CORRUPT);
        cr_expect_not_null(
            strstr(error.message, type == 0 ? "more than 4 GiB of words" : "of the wrong type"),
            "%s", error.message);
        wn__spec_free(&spec);
    }
    munmap(all, total);
}

/* Nothing is wrong with the file then: it is not read a second time, and whole. */
Test(open_fasttext, rows_are_not_read_again_without_memory, .init = start, .fini = stop)
{
    bin b = make_bin();
    write_file(path, b.bytes, b.len);
    free(b.bytes);
    for (size_t n = 1;; n++) {
        tally t = {0};
        wn_allocator allocator = tally_allocator(&t);
        wn_open_options options = {.size = sizeof options, .allocator = &allocator};
        const wn_model *model;
        wn_error error;
        tally_fail(&t, n, false);
        wn_status status = wn_model_open(path, &options, &model, &error);
        wn_model_unref(model);
        cr_assert_eq(atomic_load(&t.n_live), 0);
        if (atomic_load(&t.n_asked) < n) {
            cr_assert_eq(status, WN_OK);
            cr_expect_gt(n, 15);
            break;
        }
        cr_assert_eq(status, WN_ERROR_MEMORY, "%zu: %s", n, wn_status_name(status));
    }
}

/* ---- Files that change ---- */

/* Somebody writes to the file while it is read: the times are others when it is closed. */
static void *allocate_and_touch(void *user, size_t size)
{
    (void)user;
    const struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    return malloc(size);
}

static void release(void *user, void *memory)
{
    (void)user;
    free(memory);
}

Test(open_fasttext, a_file_that_changes_while_it_is_read_is_refused, .init = start, .fini = stop)
{
    wn_allocator allocator = {allocate_and_touch, release, NULL};
    wn_open_options options = {.size = sizeof options, .allocator = &allocator};
    for (int is_large = 0; is_large < 2; is_large++) {
        bin b = {0};
        if (is_large)
            b = make_bin();
        else
            b.bytes = (uint8_t *)sample_json(SAMPLE_TERMS, 1, &b.len);
        write_file(path, b.bytes, b.len);
        free(b.bytes);
        const wn_model *model;
        wn_error error;
        cr_assert_eq(wn_model_open(path, &options, &model, &error), WN_ERROR_IO);
        cr_expect_not_null(strstr(error.message, "changed while it was read"), "%s", error.message);
        cr_expect_null(model);
    }
}
