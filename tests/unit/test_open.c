/* test_open.c - ways to a model: a file that is read, mapped, or folded while it is read gives the
 * same model; mapped files that nobody verified are safe whatever is in them. Large fastText files:
 * test_open_fasttext.c. */

#include "format.h"
#include "model.h"

#include "judge.h"

#include <criterion/criterion.h>
#include <stdlib.h>
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
                cr_assert_eq(digest_of_model(models[i]), digest_of_model(models[0]), "%s, way %zu",
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
            cr_assert_eq(digest_of_model(ours), digest_of_model(whole), "%s, way %d",
                         sample_names[kind], i % 4);
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
            (void)digest_of_model(model);
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
