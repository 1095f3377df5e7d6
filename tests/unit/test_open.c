/* test_open.c - ways to a model: a file that is read, mapped, or folded while it is read gives the
 * same model; mapped files that nobody verified are safe whatever is in them. */
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

static wn_status open_as(wn_scoring scoring, unsigned flags, const wn_model **model,
                         wn_error *error)
{
    wn_open_options options = {.size = sizeof options, .scoring = scoring, .flags = flags};
    return wn_model_open(path, &options, model, error);
}

static uint64_t mix(uint64_t digest, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return next_random(&digest) ^ bits;
}

/* Every bit of the scores of some texts, and of what they come of; all scores have to be finite and
 * probabilities. */
static uint64_t digest_of(const wn_model *model)
{
    wn_classify_options all = {.size = sizeof all};
    uint64_t random = 61, digest = 0;
    wn_ctx *ctx;
    cr_assert_eq(wn_ctx_new(NULL, &ctx), WN_OK);
    for (unsigned i = 0; i < 30; i++) {
        char text[500];
        wn_result result;
        wn_text one = {text, random_text(&random, text, sizeof text, true)};
        cr_assert_eq(wn_classify_batch(ctx, &model, 1, &one, 1, &all, &result), WN_OK);
        const wn_prediction *p = result.paragraphs[0].predictions;
        for (uint32_t j = 0; j < p->n_scores; j++) {
            digest = mix(digest, p->scores[j].logit) ^ p->scores[j].label;
            double probability = p->scores[j].probability;
            cr_assert(isfinite(p->scores[j].logit) &&
                      (isnan(probability) || (probability >= 0 && probability <= 1)));
        }
        wn_explanation e = {0}; /* a tree has none */
        wn_status status = wn_explain(ctx, model, text, one.len, 0, &e);
        cr_assert(status == WN_OK || status == WN_ERROR_UNSUPPORTED);
        for (size_t j = 0; j < e.n; j++)
            digest = mix(digest, e.contributions[j].value);
    }
    wn_ctx_free(ctx);
    return digest;
}

/* A sample as a file with all that it can keep. */
static void convert_sample(sample kind, wn_keep keep)
{
    char json_path[64];
    size_t len;
    char *json = sample_json(kind, 5, &len);
    wn_convert_options options = {.size = sizeof options, .keep = keep};
    wn_error error;
    temporary_name(json_path);
    write_file(json_path, json, len);
    cr_assert_eq(wn_convert(json_path, path, &options, &error), WN_OK, "%s", error.message);
    unlink(json_path);
    free(json);
}

static wn_keep keep_of(sample kind)
{
    if (!sample_is_fasttext(kind))
        return WN_KEEP_SOURCE;
    return kind == SAMPLE_MANY || kind == SAMPLE_BUSH ? WN_KEEP_EXACT : WN_KEEP_BOTH;
}

Test(open, read_and_mapped_files_are_one_model, .init = start, .fini = stop)
{
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        convert_sample((sample)kind, keep_of((sample)kind));
        size_t len;
        uint8_t *image = read_file(path, &len);
        uint64_t checksum; /* of the header */
        memcpy(&checksum, image + 32, sizeof checksum);
        for (int scoring = 0; scoring < 2; scoring++) {
            const wn_model *models[3];
            wn_open_options options = {.size = sizeof options, .scoring = (wn_scoring)scoring};
            wn_error error;
            cr_assert_eq(open_as((wn_scoring)scoring, 0, &models[0], &error), WN_OK, "%s",
                         error.message);
            cr_assert_eq(open_as((wn_scoring)scoring, WN_OPEN_MAP, &models[1], &error), WN_OK, "%s",
                         error.message);
            cr_assert_eq(wn_model_open_memory(image, len, &options, &models[2], &error), WN_OK);
            wn_model_info infos[3];
            for (size_t i = 0; i < 3; i++) {
                infos[i].size = sizeof infos[i];
                cr_assert_eq(wn_model_get_info(models[i], &infos[i]), WN_OK);
                cr_assert_eq(infos[i].checksum, checksum);
                cr_assert(!models[i]->is_folded || models[i]->head.panels == NULL,
                          "the head is in the rows");
                cr_assert_eq(digest_of(models[i]), digest_of(models[0]), "%s, way %zu",
                             sample_names[kind], i);
            }
            for (size_t i = 0; i < 3; i++)
                wn_model_unref(models[i]);
        }
        free(image);
    }
}

/* Takes away what fills folded rows up. */
static void tighten(wn__spec *spec, size_t n_outputs)
{
    if (!spec->blocks[0].folded.present)
        return;
    wn__array *rows = &spec->arrays[spec->blocks[0].folded.values];
    size_t from = (size_t)rows->shape[1] * 4, to = n_outputs * 4;
    uint8_t *tight = wn__heap_alloc(&spec->heap, (size_t)rows->shape[0], to);
    cr_assert_not_null(tight);
    for (size_t i = 0; i < rows->shape[0]; i++)
        memcpy(tight + i * to, rows->data + i * from, to);
    rows->shape[1] = to / 4;
    rows->size = (size_t)rows->shape[0] * to;
    rows->data = tight;
}

/* What a file's image has can stay where it is, but not what was made of the file's text: all that
 * a .winnow file has, written as JSON and without its index of words. */
Test(open, only_what_lies_in_the_image_is_used_in_place, .init = start, .fini = stop)
{
    static const wn__format *const formats[] = {&wn__format_json, &wn__format_winnow};
    for (int i = 0; i < 4 * N_SAMPLES; i++) {
        sample kind = (sample)(i / 4);
        wn_error error;
        wn__spec spec;
        size_t len;
        convert_sample(kind, keep_of(kind));
        void *image = read_file(path, &len);
        wn__spec_init(&spec, NULL);
        cr_assert_eq(wn__format_read(&spec, image, len, &error), WN_OK, "%s", error.message);
        if (i % 4 >= 2 && spec.blocks[0].words_index >= 0) {
            cr_assert_eq((uint32_t)spec.blocks[0].words_index, spec.n_arrays - 1);
            spec.blocks[0].words_index = -1;
            spec.n_arrays--;
            const wn_model *model;
            cr_assert_eq(wn_model_open_memory(image, len, NULL, &model, &error), WN_OK);
            tighten(&spec, model->n_outputs);
            wn_model_unref(model);
        }
        wn__writer writer = {.heap = &spec.heap};
        cr_assert_eq(formats[i % 2]->write(&writer, &spec, &error), WN_OK, "%s", error.message);
        write_file(path, writer.buffer.data, writer.len);
        for (int scoring = 0; scoring < 2; scoring++) {
            tally t = {0}; /* an image that is freed has other bytes */
            wn_allocator allocator = tally_allocator(&t);
            wn_open_options options = {.size = sizeof options, .scoring = (wn_scoring)scoring};
            const wn_model *ours, *whole;
            options.allocator = &allocator;
            cr_assert_eq(wn_model_open(path, &options, &ours, &error), WN_OK, "%s", error.message);
            options.allocator = NULL;
            cr_assert_eq(wn_model_open_memory(image, len, &options, &whole, &error), WN_OK);
            cr_assert_eq(digest_of(ours), digest_of(whole), "%s, way %d", sample_names[kind],
                         i % 4);
            wn_model_unref(ours);
            wn_model_unref(whole);
        }
        wn__spec_free(&spec);
        free(image);
    }
}

/* A word's slot and its folded row say the same of how many features it stands for. */
Test(open, an_index_has_the_counts_of_folded_rows, .init = start, .fini = stop)
{
    enum { SLOT = 32, ID = 16, COUNT = 28 }; /* bytes: word_table.h */
    static wn__spec spec;
    size_t len, n_wrong = 0;
    wn_error error;
    convert_sample(SAMPLE_OVA, WN_KEEP_BOTH); /* its labels are in the index too */
    uint8_t *image = read_file(path, &len);
    for (size_t slot = 0;; slot++) {
        wn__spec_init(&spec, NULL);
        cr_assert_eq(wn__format_read(&spec, image, len, &error), WN_OK, "%s", error.message);
        const wn__array *index = &spec.arrays[spec.blocks[0].words_index];
        if (slot == index->shape[0])
            break;
        uint8_t *at = image + index->offset + slot * SLOT;
        uint32_t id, count, other;
        memcpy(&id, at + ID, sizeof id);
        memcpy(&count, at + COUNT, sizeof count);
        other = count + 1;
        memcpy(at + COUNT, &other, sizeof other);
        wn__writer writer = {.heap = &spec.heap};
        cr_assert_eq(wn__format_json.write(&writer, &spec, &error), WN_OK);
        memcpy(at + COUNT, &count, sizeof count);
        const wn_model *model;
        error.message[0] = '\0';
        wn_status status =
            wn_model_open_memory(writer.buffer.data, writer.len, NULL, &model, &error);
        cr_assert_eq(status, id == UINT32_MAX ? WN_OK : WN_ERROR_CORRUPT, "slot %zu", slot);
        cr_assert(status == WN_OK || strstr(error.message, "other counts than") != NULL, "%s",
                  error.message);
        n_wrong += status != WN_OK;
        wn_model_unref(model);
        wn__spec_free(&spec);
    }
    cr_expect_eq(n_wrong, spec.arrays[spec.blocks[0].words].shape[0] + 4); /* four labels */
    wn__spec_free(&spec);
    free(image);
}

/* Bytes behind the manifest change, as they would in a file that somebody writes: what is opened
 * all the same scores within its bounds. */
Test(open, damaged_files_that_are_mapped_do_no_harm, .init = start, .fini = stop)
{
    uint64_t random = 5;
    size_t n_opened = 0;
    for (int kind = SAMPLE_FOLDED; kind < N_SAMPLES; kind++) {
        convert_sample((sample)kind, keep_of((sample)kind));
        size_t len;
        uint8_t *image = read_file(path, &len);
        uint64_t manifest;
        memcpy(&manifest, image + 24, sizeof manifest);
        size_t begin = 64 + (size_t)manifest;
        for (unsigned round = 0; round < 250; round++) {
            uint8_t *copy = malloc(len);
            memcpy(copy, image, len);
            for (unsigned i = 0; i <= round % 40; i++) {
                size_t at = begin + random_below(&random, (uint32_t)(len - begin));
                copy[at] = round % 3 == 0 ? 0xff : (uint8_t)random_below(&random, 256);
            }
            write_file(path, copy, len);
            free(copy);
            const wn_model *model;
            wn_error error;
            if (open_as((wn_scoring)(round % 2), WN_OPEN_MAP, &model, &error) != WN_OK)
                continue;
            (void)digest_of(model);
            n_opened++;
            wn_model_unref(model);
        }
        free(image);
    }
    cr_assert_gt(n_opened, 200); /* most of what was not noticed is weights and slots */
}

Test(open, what_cannot_be_mapped_says_so, .init = start, .fini = stop)
{
    const wn_model *model;
    wn_error error;
    size_t len;
    char *json = sample_json(SAMPLE_FOLDED, 5, &len);
    write_file(path, json, len);
    cr_assert_eq(open_as(WN_SCORING_FAST, WN_OPEN_MAP, &model, &error), WN_ERROR_UNSUPPORTED);
    cr_assert_not_null(strstr(error.message, "only .winnow files can be mapped"));
    cr_assert_null(model);
    cr_assert_eq(open_as(WN_SCORING_FAST, 2, &model, &error), WN_ERROR_ARGUMENT);
    wn_open_options options = {.size = sizeof options, .flags = WN_OPEN_MAP};
    cr_assert_eq(wn_model_open_memory(json, len, &options, &model, &error), WN_ERROR_ARGUMENT);
    free(json);
    write_file(path, "", 0);
    cr_assert_eq(open_as(WN_SCORING_FAST, WN_OPEN_MAP, &model, &error), WN_ERROR_UNSUPPORTED);
    convert_sample(SAMPLE_FOLDED, WN_KEEP_BOTH);
    uint8_t *image = read_file(path, &len);
    for (size_t cut = 1; cut < 200; cut++) {
        write_file(path, image, len - cut);
        cr_assert_eq(open_as(WN_SCORING_FAST, WN_OPEN_MAP, &model, &error), WN_ERROR_CORRUPT);
    }
    free(image);
    cr_assert_eq(wn_model_open("/nowhere/x", &options, &model, &error), WN_ERROR_IO);
}

/* ---- Large fastText files ---- */

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

Test(open, what_memory_held_before_is_not_taken_for_the_file, .init = start, .fini = stop)
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
    cr_assert_eq(digest_of(read), digest_of(image));
    wn_model_unref(read);
    wn_model_unref(image);
    free(other.bytes);
    free(b.bytes);
}

Test(open, rows_that_are_folded_while_they_are_read_are_those_of_the_image, .init = start,
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
        cr_assert_eq(digest_of(read), digest_of(image));
        const wn__table *x = scoring == 0 ? &read->blocks[0].fast : &read->blocks[0].exact,
                        *y = scoring == 0 ? &image->blocks[0].fast : &image->blocks[0].exact;
        cr_assert_eq(memcmp(x->f32, y->f32, x->n * x->stride * sizeof(float)), 0);
        wn_model_unref(read);
        wn_model_unref(image);
    }
    free(before);
    free(b.bytes);
}

Test(open, damage_is_found_while_rows_are_read, .init = start, .fini = stop)
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
            cr_assert_eq(open_as((wn_scoring)scoring, 0, &model, &error), WN_ERROR_CORRUPT);
            cr_assert_not_null(strstr(error.message, "not finite"));
            memcpy(b.bytes + b.rows + 4 * places[i], &old, 4);
        }
        static const size_t cuts[] = {1, 4, 47, 48, 100, 1000000};
        for (size_t i = 0; i < WN__COUNT(cuts); i++) {
            write_file(path, b.bytes, b.len - cuts[i]);
            cr_assert_eq(open_as((wn_scoring)scoring, 0, &model, &error), WN_ERROR_CORRUPT);
        }
        write_file(path, b.bytes, b.len + 4);
        cr_assert_eq(open_as((wn_scoring)scoring, 0, &model, &error), WN_ERROR_CORRUPT);
    }
    free(b.bytes);
}

/* The loss decides what scores are, and version 11 has no subwords. */
Test(open, what_a_fasttext_file_says)
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
Test(open, rows_are_where_the_length_says)
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
Test(open, words_have_less_than_4_gib, .init = start, .fini = stop)
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
Test(open, rows_are_not_read_again_without_memory, .init = start, .fini = stop)
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

Test(open, a_file_that_changes_while_it_is_read_is_refused, .init = start, .fini = stop)
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
